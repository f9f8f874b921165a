// One plan in the list: what it came to, or how far it is.
import { swing } from "./bars.js";
import { make } from "./dom.js";
import { integer, percent, percentPlain, seconds, title, when } from "./format.js";
import { notable } from "./plan_words.js";
import { hasText, t } from "./texts.js";

const CHIP = { queued: "", running: "busy", cancelling: "busy", done: "good", failed: "bad", cancelled: "" };
const OUTCOME = { optimal: "good", feasible: "good", infeasible: "bad", unknown: "warn" };

/** @param {any} plan */
function chips(plan) {
  const summary = plan.summary;
  if (!summary) return [make("span", { class: `chip ${CHIP[/** @type {keyof typeof CHIP} */ (plan.state)]}` }, t(`state.${plan.state}`))];
  const status = hasText(`status.${summary.status}`) ? t(`status.${summary.status}`) : summary.status;
  const found = [make("span", { class: `chip ${OUTCOME[/** @type {keyof typeof OUTCOME} */ (summary.status)] ?? ""}` }, status)];
  if (summary.has_quotas) {
    const [kind, text] = summary.ties_out ? ["good", t("plan.ties")] : ["bad", t("plan.ties.not")];
    found.push(make("span", { class: `chip ${kind}` }, summary.ties_out ? "✓ " : "✕ ", text));
  } else found.push(make("span", { class: "chip" }, t("plan.noquotas")));
  return found;
}

/** @param {any} summary */
function swings(summary) {
  const shown = notable(summary.measures);
  const most = Math.max(0.02, ...shown.map((/** @type {any} */ m) => Math.max(m.worst_after, Math.min(m.worst_before ?? 0, 2)), 0.02));
  return make(
    "div",
    { class: "swing" },
    shown.flatMap((/** @type {any} */ m) => [
      make("span", {}, make("span", { class: "visually-hidden" }, t("plan.worst", { name: title(m.name) })), make("span", { "aria-hidden": "true" }, title(m.name))),
      swing(m, most),
      make("span", { class: "number" }, m.worst_before === null ? null : make("span", { class: "muted" }, `±${percent(m.worst_before)} → `), make("span", { class: "to" }, `±${percent(m.worst_after)}`)),
    ]),
  );
}

/** @param {any} summary */
function facts(summary) {
  const first = summary.measures[0];
  const entry = (/** @type {string} */ value, /** @type {string} */ label) => make("div", {}, make("dt", {}, label), make("dd", {}, value));
  return make(
    "dl",
    { class: "plan-facts" },
    entry(first ? percent(first.moved_share) : "–", t("plan.moved")),
    entry(summary.gap === null ? "–" : percent(summary.gap), summary.gap === null ? t("plan.gap.none") : t("plan.gap")),
    entry(`${seconds(summary.seconds)} s`, t("plan.time")),
  );
}

/** @param {any} plan */
function running(plan) {
  const progress = plan.progress;
  const bar = make("progress", { max: 1, "aria-label": t("plan.progress", { name: plan.name }) });
  if (plan.state === "queued") bar.value = 0;
  else if (progress?.fraction !== null && progress?.fraction !== undefined) bar.value = progress.fraction;
  const phase = plan.state === "queued" ? t("plan.queued") : plan.state === "cancelling" ? t("plan.cancelling") : progress?.phase ?? t("state.running");
  const violation = progress?.violation;
  const breach = violation === null || violation === undefined ? null : violation > 0 ? t("plan.breach", { x: percentPlain(violation) }) : t("plan.inband");
  const elapsed = progress?.seconds === undefined ? null : t("plan.elapsed", { s: seconds(progress.seconds) });
  return make("div", { class: "plan-run" }, bar, make("div", { class: "run-line" }, make("strong", {}, phase), make("span", {}, [breach, elapsed].filter(Boolean).join(" · "))));
}

/**
 * @param {any} plan
 * @param {{cancel: (plan: any) => void, remove: (plan: any) => void, again: (plan: any) => void}} actions
 */
export function planRow(plan, actions) {
  const open = plan.summary !== null;
  const active = ["queued", "running", "cancelling"].includes(plan.state);
  const name = open ? make("a", { href: `/plans/${plan.id}` }, plan.name) : plan.name;
  const button = (/** @type {string} */ text, /** @type {(plan: any) => void} */ act, kind = "quiet") =>
    make("button", { type: "button", class: `button small ${kind}`, onclick: () => act(plan), "aria-label": `${text}: ${plan.name}` }, text);
  const buttons = [];
  if (active && plan.state !== "cancelling") buttons.push(button(t(plan.state === "queued" ? "plan.withdraw" : "plan.cancel"), actions.cancel, ""));
  if (plan.state === "failed" || plan.state === "cancelled") buttons.push(button(t("plan.again"), actions.again, ""));
  if (!active) buttons.push(button(t("plan.delete"), actions.remove));
  return make(
    "li",
    { class: `card plan-row${open ? " open" : ""}`, "data-plan": plan.id },
    make(
      "div",
      {},
      make("h2", { class: "plan-name" }, name),
      make("p", { class: "plan-what" }, t("plan.made", { folder: plan.folder_name, when: when(plan.created) }), open ? ` · ${t("form.facts.territories", { n: integer(plan.summary.territories) })}` : null),
      make("div", { class: "plan-chips" }, chips(plan)),
    ),
    open ? [swings(plan.summary), facts(plan.summary)] : active ? running(plan) : make("div", { class: `plan-reason${plan.reason ? " notice bad" : ""}` }, plan.reason),
    make("div", { class: "plan-actions" }, buttons),
  );
}
