// The plan in words and figures: what holds, how good it is, how it was made.
import { byId, make } from "./dom.js";
import { amount, integer, money, percent, percentPlain, seconds, title } from "./format.js";
import { hasText, t } from "./texts.js";

/** @param {any} summary */
export function words(summary) {
  const good = ["optimal", "feasible"].includes(summary.status);
  const known = (/** @type {string} */ key, /** @type {Record<string, string>} */ values = {}) => (hasText(key) ? t(key, values) : "");
  const sentences = [
    summary.status === "feasible" ? "" : known(`words.${summary.status}`),
    summary.status === "optimal" ? "" : summary.gap === null ? t("words.nogap") : t("words.gap", { gap: percent(summary.gap) }),
    summary.gap !== null && summary.bound_kind ? t("words.bound", { kind: summary.bound_kind }) : "",
    known(`words.${summary.termination}`, { s: seconds(summary.seconds) }),
    summary.unplaced === 1 ? t("words.unplaced.one") : summary.unplaced ? t("words.unplaced", { n: integer(summary.unplaced) }) : "",
  ];
  const chip = make("span", { class: `chip ${good ? "good" : summary.status === "infeasible" ? "bad" : "warn"}` }, good ? "✓ " : "! ", known(`status.${summary.status}`) || summary.status);
  byId("words").replaceChildren(chip, " ", sentences.filter(Boolean).join(" "));
  if (summary.reasons.length) {
    byId("failure").replaceChildren(make("div", { class: `notice ${good ? "warn" : "bad"}` }, make("strong", {}, t("made.reasons")), make("ul", {}, summary.reasons.map((/** @type {string} */ reason) => make("li", {}, reason)))));
  }
}

/**
 * The measures that have a band, most important to whoever asked for one; without any, the first two.
 * @param {any[]} measures
 */
export function notable(measures) {
  const banded = measures.filter((measure) => measure.below !== null || measure.above !== null);
  return (banded.length ? banded : measures.slice(0, 2)).slice(0, 4);
}

/** @param {any} summary */
export function figures(summary) {
  const figure = (/** @type {string} */ label, /** @type {any} */ value, /** @type {string} */ ...subs) =>
    make("div", { class: "figure" }, make("div", { class: "label" }, label), make("div", { class: "value" }, value), subs.filter(Boolean).map((sub) => make("div", { class: "sub" }, sub)));
  const found = notable(summary.measures).map((/** @type {any} */ measure) => {
    const banded = measure.below !== null || measure.above !== null;
    const even = measure.below === measure.above;
    const band = !banded ? t("figure.noband") : even ? t("figure.band", { x: percentPlain(measure.above) }) : t("figure.bands", { below: percentPlain(measure.below ?? 1), above: measure.above === null ? "∞" : percentPlain(measure.above) });
    const inside = !banded || measure.worst_after <= Math.max(measure.below ?? 0, measure.above ?? 0) * 1.000001;
    const value = make("span", { class: inside ? "" : "bad" }, `±${percent(measure.worst_after)}`);
    const before = measure.worst_before === null ? t("figure.nobefore") : t("figure.from", { x: `±${percent(measure.worst_before)}` });
    return figure(t("figure.worst", { name: title(measure.name) }), value, `${before}, ${band}`);
  });
  const first = summary.measures[0];
  if (first && summary.measures.some((/** @type {any} */ m) => m.worst_before !== null)) {
    const of = t("figure.moved.of", { moved: integer(summary.moved), all: integer(summary.accounts), entities: t("page.accounts").toLowerCase() });
    found.push(figure(t("figure.moved"), percent(first.moved_share), `${title(first.name)}; ${of}`));
  }
  if (summary.compactness_before) {
    const change = summary.compactness_after / summary.compactness_before - 1;
    found.push(figure(t("figure.compactness"), percent(change, { sign: true }), t("figure.compactness.of")));
  }
  if (summary.has_quotas) {
    found.push(figure(t("figure.quota"), money(summary.street_cents, summary.currency, { compact: true }), summary.ties_out ? `✓ ${t("plan.ties")}` : `✕ ${t("plan.ties.not")}`));
  }
  byId("figures").replaceChildren(...found);
  byId("figures").setAttribute("aria-busy", "false");
}

/**
 * @param {any} row one territory
 * @param {any} table
 * @param {() => void} close
 */
export function detail(row, table, close) {
  if (!row) {
    byId("detail").replaceChildren();
    return;
  }
  const entries = row.measures.map((/** @type {any} */ m) =>
    make("div", {}, make("dt", {}, title(m.name)), make("dd", {}, m.value_before === null ? amount(m.value) : `${amount(m.value_before)} → ${amount(m.value)}`, " ", make("small", {}, t("detail.ideal", { x: amount(m.ideal) })))),
  );
  if (row.quota_cents !== null) entries.push(make("div", {}, make("dt", {}, t("table.quota")), make("dd", {}, money(row.quota_cents, table.currency))));
  const facts = [t("detail.gained", { n: integer(row.gained) }), t("detail.lost", { n: integer(row.lost) })];
  if (row.mean_distance_km !== null) facts.push(t("detail.mean", { km: integer(row.mean_distance_km) }));
  if (row.reach_km !== null) facts.push(t("detail.reach", { km: integer(row.reach_km) }));
  byId("detail").replaceChildren(
    make("div", { class: "detail" }, make("div", { class: "detail-head" }, make("h3", {}, [t("detail.title", { id: row.territory_id }), row.rep_name].filter(Boolean).join(" · ")), make("button", { type: "button", class: "icon-button", "aria-label": t("detail.close"), onclick: close }, "✕")), make("dl", {}, entries), make("p", { class: "facts-line" }, facts.join(" · "))),
  );
}

/**
 * @param {any} run record of the run
 * @param {any} quotas
 */
export function howMade(run, quotas) {
  const fact = (/** @type {string} */ label, /** @type {any} */ value) => (value === null || value === undefined || value === "" ? null : make("div", {}, make("dt", {}, label), make("dd", {}, String(value))));
  const list = (/** @type {string} */ heading, /** @type {string[]} */ entries) => (entries.length ? [make("h3", {}, heading), make("ul", {}, entries.map((entry) => make("li", {}, entry)))] : []);
  const remarks = run.problems.map((/** @type {any} */ p) => `${[p.file, p.column].filter(Boolean).join(", ")}${p.count > 1 ? ` (${t("problems.times", { n: integer(p.count) })})` : ""}: ${p.why} ${p.what_to_do}`);
  byId("made-content").replaceChildren(
    make("dl", { class: "made-facts" }, fact(t("made.solver"), run.solver), fact(t("made.status"), `${run.status}, ${run.termination}`), fact(t("made.bound"), run.gap === null ? null : `${percent(run.gap)}: ${run.bound_kind}`), fact(t("made.seed"), run.seed), fact(t("made.seconds"), seconds(run.seconds))),
    ...list(t("made.notes"), run.notes),
    ...list(t("made.quotas"), (quotas.tie_out?.bridge ?? []).map((/** @type {any} */ step) => `${step.name}: ${money(step.carried_cents, quotas.currency)}`)),
    ...list(t("made.remarks"), remarks),
  );
}
