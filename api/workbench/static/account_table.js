// Accounts, a page at a time: the service filters and sorts.
import { get } from "./api.js";
import { byId, debounced, make } from "./dom.js";
import { amount, integer, title } from "./format.js";
import { t } from "./texts.js";

const PAGE = 25;

/**
 * @param {string} plan id
 * @param {string[]} measures
 */
export function accountTable(plan, measures) {
  const state = { territory: /** @type {string | null} */ (null), search: "", moved: false, sort: measures.find((name) => name !== "accounts" && name !== "units") ?? "account_id", order: "desc", offset: 0 };
  const shown = measures.filter((name) => name !== "accounts" && name !== "units");
  /** @type {AbortController | null} */
  let asking = null;

  async function load() {
    asking?.abort();
    asking = new AbortController();
    const query = new URLSearchParams({ search: state.search, moved: String(state.moved), sort: state.sort, order: state.order, offset: String(state.offset), limit: String(PAGE) });
    if (state.territory !== null) query.set("territory_id", state.territory);
    try {
      show(await get(`plans/${plan}/accounts?${query}`, { signal: asking.signal }));
    } catch (error) {
      if (/** @type {Error} */ (error).name === "AbortError") return;
      byId("account-table").replaceChildren(make("p", { class: "notice bad" }, `${t("accounts.failed")} ${/** @type {Error} */ (error).message}`));
    }
  }

  const columns = [
    { key: "account_id", text: t("accounts.id") },
    { key: "name", text: t("accounts.name") },
    { key: "territory_id", text: t("accounts.territory") },
    { key: "previous_territory_id", text: t("accounts.previous") },
    ...shown.map((name) => ({ key: name, text: title(name), number: true })),
    { key: "reason", text: t("accounts.reason") },
  ];

  /** @param {any} page */
  function show(page) {
    const head = columns.map((column) => {
      const sorted = state.sort === column.key ? (state.order === "asc" ? "ascending" : "descending") : null;
      const sort = () => {
        state.order = state.sort === column.key ? (state.order === "asc" ? "desc" : "asc") : column.number ? "desc" : "asc";
        state.sort = column.key;
        state.offset = 0;
        load();
      };
      return make("th", { scope: "col", class: column.number ? "number" : null, "aria-sort": sorted }, make("button", { type: "button", class: "sort", "aria-label": t("table.sort", { column: column.text }), onclick: sort }, column.text));
    });
    const rows = page.accounts.map((/** @type {any} */ account) => {
      const moved = account.previous_territory_id !== "" && account.previous_territory_id !== account.territory_id;
      return make(
        "tr",
        { "data-account": account.account_id },
        make("th", { scope: "row" }, make("code", {}, account.account_id)),
        make("td", {}, account.name),
        make("td", { class: "nowrap" }, account.territory_id || "–"),
        make("td", { class: "moved-to" }, moved ? `${account.previous_territory_id} →` : account.previous_territory_id || "–"),
        shown.map((name) => make("td", { class: "number" }, amount(account.values[name]))),
        make("td", {}, account.reason),
      );
    });
    const none = make("tr", {}, make("td", { colspan: columns.length, class: "muted" }, t("accounts.none")));
    byId("account-table").replaceChildren(make("table", { class: "table" }, make("caption", {}, t("accounts.caption")), make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows.length ? rows : none)));
    pager(page);
  }

  /** @param {any} page */
  function pager(page) {
    const turn = (/** @type {number} */ step) => () => {
      state.offset = Math.max(0, state.offset + step);
      load();
    };
    const last = page.offset + page.accounts.length;
    const count = page.total ? t("accounts.count", { from: integer(page.offset + 1), to: integer(last), n: integer(page.total) }) : "";
    const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {number} */ step, /** @type {boolean} */ off) =>
      make("button", { type: "button", class: "button small", "aria-label": label, disabled: off, onclick: turn(step) }, text);
    byId("account-pager").replaceChildren(make("span", { role: "status" }, count), button("‹", t("accounts.previouspage"), -PAGE, page.offset === 0), button("›", t("accounts.nextpage"), PAGE, last >= page.total));
  }

  const again = debounced(() => {
    state.offset = 0;
    load();
  }, 150);
  byId("accounts-search").addEventListener("input", (/** @type {any} */ event) => {
    state.search = event.target.value.trim();
    again();
  });
  byId("accounts-moved").addEventListener("change", (/** @type {any} */ event) => {
    state.moved = event.target.checked;
    again();
  });

  return {
    load,
    /** @param {string | null} territory */
    only(territory) {
      if (state.territory === territory) return;
      state.territory = territory;
      byId("accounts-of").textContent = territory === null ? "" : t("accounts.of", { id: territory });
      again();
    },
  };
}
