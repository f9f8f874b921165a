// Small drawings of deviations: never by colour alone, always beside the number.
import { drawn, make } from "./dom.js";
import { amount, percent, title } from "./format.js";
import { t } from "./texts.js";

const WIDTH = 104;
const HEIGHT = 20;

/**
 * @typedef {{name: string, value: number, ideal: number, lower: number | null, upper: number | null,
 *   deviation: number | null, violation: number | null, value_before: number | null, deviation_before: number | null,
 *   gained: number, lost: number}} Measure
 */

/**
 * How far a bar reaches to each side: the band with room around it, or what there is to show without one.
 * @param {Measure[]} measures one measure of every territory
 */
export function reach(measures) {
  const limits = measures.flatMap((m) => (m.ideal > 0 ? [m.lower, m.upper].filter((x) => x !== null).map((x) => Math.abs(Number(x) / m.ideal - 1)) : []));
  const worst = Math.max(0.01, ...measures.map((m) => Math.abs(m.deviation ?? 0)));
  return limits.length ? Math.max(Math.max(...limits) * 1.5, Math.min(worst * 1.1, Math.max(...limits) * 4)) : worst * 1.15;
}

/**
 * A bar from the ideal to the value, the band behind it, today as a hollow dot.
 * @param {Measure} measure
 * @param {number} reach deviation at either end
 */
export function deviationBar(measure, reach) {
  const at = (/** @type {number} */ deviation) => ((Math.max(-reach, Math.min(reach, deviation)) / reach + 1) * WIDTH) / 2;
  const deviation = measure.deviation ?? 0;
  const out = (measure.violation ?? 0) > 0;
  const before = measure.deviation_before;
  const limit = (/** @type {number | null} */ value, /** @type {number} */ without) =>
    value === null || measure.ideal <= 0 ? without : at(value / measure.ideal - 1);
  const [low, high] = [limit(measure.lower, 0), limit(measure.upper, WIDTH)];
  const [from, to] = [Math.min(at(0), at(deviation)), Math.max(at(0), at(deviation))];
  const limited = measure.lower !== null || measure.upper !== null;
  const parts = limited ? [drawn("rect", { class: "band", x: low, y: 1, width: Math.max(0, high - low), height: HEIGHT - 2, rx: 2 })] : [];
  if (measure.lower !== null) parts.push(drawn("line", { class: "limit", x1: low, x2: low, y1: 1, y2: HEIGHT - 1 }));
  if (measure.upper !== null) parts.push(drawn("line", { class: "limit", x1: high, x2: high, y1: 1, y2: HEIGHT - 1 }));
  parts.push(drawn("rect", { class: out ? "bar-out" : "bar-in", x: from, y: 6, width: Math.max(1.5, to - from), height: 8, rx: 1.5 }));
  if (out) for (let x = from + 3; x < to; x += 4) parts.push(drawn("line", { class: "hatch", x1: x, x2: x - 3, y1: 6, y2: 14 }));
  parts.push(drawn("line", { class: "zero", x1: at(0), x2: at(0), y1: 1, y2: HEIGHT - 1 }));
  if (before !== null && Math.abs(before) <= reach) parts.push(drawn("circle", { class: "today", cx: at(before), cy: HEIGHT / 2, r: 3 }));
  else if (before !== null) {
    const [x, side] = before > 0 ? [WIDTH - 5, 1] : [5, -1];
    parts.push(drawn("path", { class: "today-off", d: `M${x} ${HEIGHT / 2 - 4}l${5 * side} 4l${-5 * side} 4z` }));
  }
  return drawn("svg", { class: "dev", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said(measure, out) }, parts);
}

/**
 * @param {Measure} measure
 * @param {boolean} out
 */
function said(measure, out) {
  const before = measure.deviation_before === null ? "" : t("table.bar.before", { before: percent(measure.deviation_before, { sign: true }) });
  const values = { name: title(measure.name), value: amount(measure.value), after: percent(measure.deviation ?? 0, { sign: true }), before };
  return t("table.bar", values) + (out ? t("table.bar.out") : "");
}

/** What the parts of a deviation bar mean. */
export function legend() {
  const icon = (/** @type {any[]} */ ...parts) => drawn("svg", { class: "dev", viewBox: "0 0 22 20", width: 22, height: 20 }, parts);
  const entries = [
    [icon(drawn("rect", { class: "bar-in", x: 2, y: 6, width: 18, height: 8, rx: 1.5 })), t("table.legend.plan")],
    [icon(drawn("circle", { class: "today", cx: 11, cy: 10, r: 3 })), t("table.legend.today")],
    [icon(drawn("rect", { class: "band", x: 2, y: 1, width: 18, height: 18, rx: 2 }), drawn("line", { class: "limit", x1: 2, x2: 2, y1: 1, y2: 19 }), drawn("line", { class: "limit", x1: 20, x2: 20, y1: 1, y2: 19 })), t("table.legend.band")],
    [icon(drawn("rect", { class: "bar-out", x: 2, y: 6, width: 18, height: 8, rx: 1.5 }), [6, 10, 14, 18].map((x) => drawn("line", { class: "hatch", x1: x, x2: x - 3, y1: 6, y2: 14 }))), t("table.legend.out")],
  ];
  return entries.map(([drawing, text]) => {
    /** @type {any} */ (drawing).style.width = "22px";
    return make("span", {}, drawing, text);
  });
}

/**
 * Worst deviation today and in the plan as two dots on one line from zero, the band shaded.
 * @param {{worst_before: number | null, worst_after: number, below: number | null, above: number | null}} measure
 * @param {number} most worst deviation at the right end
 */
export function swing(measure, most) {
  const at = (/** @type {number} */ x) => 4 + (Math.min(x, most) / most) * 192;
  const band = Math.max(measure.below ?? 0, measure.above ?? 0);
  const inside = !band || measure.worst_after <= band * 1.000001;
  const parts = [drawn("line", { x1: 4, x2: 196, y1: 9, y2: 9, stroke: "var(--line)", "stroke-width": 2 })];
  if (band) parts.push(drawn("rect", { x: 4, y: 3, width: at(band) - 4, height: 12, rx: 2, fill: "var(--accent-soft)" }));
  if (measure.worst_before !== null) {
    parts.push(drawn("line", { x1: at(measure.worst_after), x2: at(measure.worst_before), y1: 9, y2: 9, stroke: "var(--line-strong)", "stroke-width": 1.5 }));
    parts.push(drawn("circle", { cx: at(measure.worst_before), cy: 9, r: 4, fill: "var(--surface)", stroke: "var(--muted)", "stroke-width": 1.8 }));
  }
  parts.push(drawn("circle", { cx: at(measure.worst_after), cy: 9, r: 4.5, fill: inside ? "var(--accent)" : "var(--bad)" }));
  return drawn("svg", { viewBox: "0 0 200 18", preserveAspectRatio: "xMinYMid meet", "aria-hidden": "true" }, parts);
}
