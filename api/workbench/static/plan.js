// One plan: wires the words, the map and the tables together.
import { accountTable } from "./account_table.js";
import { get } from "./api.js";
import { toggleTheme } from "./chrome.js";
import { byId, make } from "./dom.js";
import { size } from "./format.js";
import { planMap } from "./plan_map.js";
import { detail, figures, howMade, words } from "./plan_words.js";
import { quotaTable } from "./quota_table.js";
import { territoryTable } from "./territory_table.js";
import { t } from "./texts.js";

const plan = byId("plan").dataset.plan;

/** @param {any} error */
function failed(error) {
  byId("figures").setAttribute("aria-busy", "false");
  byId("failure").replaceChildren(make("div", { class: "notice bad" }, `${t("page.failed")} ${error.message}`));
}

/** @param {any[]} files */
function downloads(files) {
  const link = (/** @type {string} */ href, /** @type {string} */ name, /** @type {string} */ about, /** @type {string} */ bytes) => make("li", {}, make("a", { href, download: true, title: about }, name, make("span", { class: "size" }, bytes)));
  byId("files").replaceChildren(link(`/api/plans/${plan}/download`, t("page.all"), "", ""), ...files.map((file) => link(`/api/plans/${plan}/files/${encodeURIComponent(file.name)}`, file.name, file.about, size(file.bytes))));
}

async function open() {
  const state = await get(`plans/${plan}`);
  if (!state.summary) {
    byId("words").replaceChildren(make("p", {}, t("page.notready")));
    return;
  }
  words(state.summary);
  figures(state.summary);
  const [table, quotas, files, run] = await Promise.all(["territories", "quotas", "files", "run"].map((name) => get(`plans/${plan}/${name}`)));
  downloads(files);
  quotaTable(quotas);
  howMade(run, quotas);

  /** @type {Awaited<ReturnType<typeof planMap>> | null} */
  let map = null;
  let selected = /** @type {number | null} */ (null);
  const on = {
    hover: (/** @type {number | null} */ index) => {
      rows.hot(index);
      map?.hot(index);
      byId("map-hint").textContent = index === null ? "" : [table.territories[index].territory_id, table.territories[index].rep_name].filter(Boolean).join(" · ");
    },
    select: (/** @type {number | null} */ index, look = true) => {
      selected = index;
      const row = index === null ? null : table.territories[index];
      detail(row, table, () => on.select(null));
      rows.select(index, look);
      map?.select(index, look);
      accounts.only(row ? row.territory_id : null);
      const hash = row ? `#territory=${encodeURIComponent(row.territory_id)}` : "";
      history.replaceState(null, "", location.pathname + location.search + hash);
    },
  };
  const rows = territoryTable(table, on);
  const accounts = accountTable(plan, table.measures);
  keys(on, rows);

  const linked = () => {
    const found = /^#territory=(.+)$/.exec(location.hash);
    const index = found ? table.territories.findIndex((/** @type {any} */ row) => row.territory_id === decodeURIComponent(found[1])) : -1;
    if (index >= 0) on.select(index);
  };
  addEventListener("hashchange", linked);

  byId("map-hint").textContent = t("map.loading");
  const drawing = planMap(plan, table.territories, on).then(
    (drawnMap) => {
      map = drawnMap;
      byId("map-hint").textContent = "";
      const choose = () => drawnMap.show(byId("when-before").checked ? "before" : "after");
      for (const id of ["when-before", "when-after"]) byId(id).addEventListener("change", choose);
      byId("when-before").disabled = !drawnMap.hasBefore;
      choose();
      if (selected !== null) drawnMap.select(selected, true);
    },
    (error) => {
      byId("map-hint").textContent = "";
      byId("map").replaceChildren(make("div", { class: "notice bad", role: "alert" }, `${t("map.failed")} ${error.message}`));
    },
  );
  linked();
  await Promise.all([accounts.load(), drawing]);
  byId("plan").dataset.ready = "true";
}

/**
 * @param {{select: (index: number | null, look?: boolean) => void}} on
 * @param {ReturnType<typeof territoryTable>} rows
 */
function keys(on, rows) {
  const flip = (/** @type {string} */ id) => {
    byId(id).checked = !byId(id).checked;
    byId(id).dispatchEvent(new Event("change"));
  };
  /** @type {Record<string, (event: KeyboardEvent) => void>} */
  const actions = {
    b: () => {
      if (byId("when-before").disabled) return;
      const other = byId(byId("when-before").checked ? "when-after" : "when-before");
      other.checked = true;
      other.dispatchEvent(new Event("change"));
    },
    m: () => flip("layer-moved"),
    t: toggleTheme,
    "?": () => byId("keys").showModal(),
    "/": (event) => {
      event.preventDefault();
      byId("territory-search").focus();
    },
    Escape: () => on.select(null),
    ArrowDown: (event) => step(event, 1),
    ArrowUp: (event) => step(event, -1),
  };
  /**
   * Arrows walk the table where it, or nothing in particular, has the focus; elsewhere they scroll as ever.
   * @param {KeyboardEvent} event
   * @param {number} by
   */
  function step(event, by) {
    const active = document.activeElement;
    if (active !== document.body && !byId("territories").contains(active)) return;
    event.preventDefault();
    on.select(rows.neighbour(by));
  }
  document.addEventListener("keydown", (event) => {
    const typing = /** @type {Element} */ (event.target).closest("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog");
    if (typing && event.key === "Escape") /** @type {HTMLElement} */ (typing).blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    actions[event.key]?.(event);
  });
}

byId("show-keys").addEventListener("click", () => byId("keys").showModal());
open().catch(failed);
