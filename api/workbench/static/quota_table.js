// Quotas by territory and period, and the proof that they tie out.
import { byId, make } from "./dom.js";
import { integer, minorDigits, money, percentPlain, period } from "./format.js";
import { t } from "./texts.js";

/** @param {any} quotas answer of GET /quotas */
export function quotaTable(quotas) {
  if (!quotas.tie_out) {
    byId("quota-table").replaceChildren(make("p", { class: "muted" }, t("quota.none")));
    return;
  }
  const currency = quotas.currency;
  const everything = [...quotas.totals_cents, ...quotas.rows.flatMap((/** @type {any} */ row) => row.amounts_cents)];
  const cents = everything.some((value) => value % 10 ** minorDigits(currency) !== 0);
  const plain = (/** @type {number} */ value) => money(value, currency, { symbol: false, cents });
  const cell = (/** @type {number} */ value, kind = "") => make("td", { class: `number ${kind}` }, plain(value));
  const table = make(
    "table",
    { class: "table" },
    make("caption", {}, `${t("quota.caption")}, ${currency}`),
    make("thead", {}, make("tr", {}, make("th", { scope: "col", class: "sticky" }, t("quota.territory")), quotas.periods.map((/** @type {string} */ name) => make("th", { scope: "col", class: "number" }, period(name))), make("th", { scope: "col", class: "number sticky-end" }, `${t("quota.total")} (${currency})`))),
    make("tbody", {}, quotas.rows.map((/** @type {any} */ row) =>
      make("tr", { class: "row-hover", "data-territory": row.territory_id }, make("th", { scope: "row", class: "sticky" }, row.territory_id), row.amounts_cents.map((/** @type {number} */ value) => cell(value)), make("td", { class: "number sticky-end" }, make("strong", {}, plain(row.total_cents)))),
    )),
    make("tfoot", {}, make("tr", {}, make("th", { scope: "row", class: "sticky" }, t("quota.total")), quotas.totals_cents.map((/** @type {number} */ value) => cell(value)), make("td", { class: "number sticky-end", id: "quota-total", "data-cents": quotas.total_cents }, money(quotas.total_cents, currency, { symbol: false })))),
  );
  byId("quota-table").replaceChildren(table);
  tieOut(quotas.tie_out, currency);
}

/**
 * @param {any} proof
 * @param {string} currency
 */
function tieOut(proof, currency) {
  const [kind, key] = proof.ties_out ? ["good", "quota.tieslink"] : ["bad", "quota.tiesnot"];
  const open = () => byId("equations").showModal();
  byId("tie-out").replaceChildren(make("button", { type: "button", class: `chip ${kind}`, onclick: open, "aria-haspopup": "dialog" }, proof.ties_out ? "✓ " : "✕ ", t(key)));
  const values = { target: money(proof.target_cents, currency), street: money(proof.street_cents, currency), over: percentPlain(proof.over_assignment) };
  byId("quota-sum").textContent = t(proof.over_assignment ? "quota.sum" : "quota.sum.plain", values);
  byId("equations-lead").textContent = t("quota.equations.lead", { n: integer(proof.equations.length) });
  const head = ["name", "left", "right", "difference"].map((name, at) => make("th", { scope: "col", class: at ? "number" : null }, t(`quota.equations.${name}`)));
  const rows = proof.equations.map((/** @type {any} */ equation) =>
    make("tr", {}, make("th", { scope: "row" }, equation.name), [equation.left_cents, equation.right_cents].map((value) => make("td", { class: "number" }, money(value, currency))), make("td", { class: "number" }, equation.difference_cents === 0 ? "0 ✓" : make("span", { class: "chip bad" }, money(equation.difference_cents, currency)))),
  );
  byId("equations-table").replaceChildren(make("table", { class: "table" }, make("caption", {}, t("quota.equations")), make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows)));
}
