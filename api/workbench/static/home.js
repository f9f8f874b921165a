// The list of plans, kept up to date while plans are being made.
import { get, post, remove } from "./api.js";
import "./chrome.js";
import { byId, make } from "./dom.js";
import { planRow } from "./plan_rows.js";
import { problemReport } from "./problems.js";
import { openStarter, setUpStarter } from "./starter.js";
import { t } from "./texts.js";

const place = byId("plans");
/** @type {Map<string, EventSource>} */
const followed = new Map();
/** @type {any[]} */
let plans = [];

function show() {
  place.setAttribute("aria-busy", "false");
  if (!plans.length) {
    place.replaceChildren(
      make("div", { class: "card state" }, make("h2", {}, t("home.empty.title")), make("p", { class: "muted" }, t("home.empty.what"))),
    );
    return;
  }
  place.replaceChildren(make("ul", { class: "plans" }, plans.map((plan) => planRow(plan, actions))));
}

/** @param {any} plan */
function showOne(plan) {
  const at = plans.findIndex((other) => other.id === plan.id);
  if (at < 0) return;
  plans[at] = plan;
  const old = place.querySelector(`[data-plan="${CSS.escape(plan.id)}"]`);
  const focused = old?.contains(document.activeElement);
  const row = planRow(plan, actions);
  old?.replaceWith(row);
  if (focused) row.querySelector("button, a")?.focus();
}

/** @param {any} error */
function failed(error) {
  place.prepend(make("div", { class: "notice bad", role: "alert" }, `${t("plan.actionfailed")} ${error.message}`));
}

/** @param {string} id */
async function reload(id) {
  showOne(await get(`plans/${id}`));
}

/** Follows a plan until it has ended. The browser reconnects by itself and says where it left off. */
function follow(/** @type {any} */ plan) {
  if (followed.has(plan.id) || !["queued", "running", "cancelling"].includes(plan.state)) return;
  const source = new EventSource(`/api/plans/${plan.id}/events`);
  followed.set(plan.id, source);
  const known = () => plans.find((other) => other.id === plan.id);
  source.addEventListener("progress", (event) => showOne({ ...known(), progress: JSON.parse(event.data) }));
  source.addEventListener("state", (event) => {
    const news = JSON.parse(event.data);
    if (["done", "failed", "cancelled"].includes(news.state)) {
      source.close();
      followed.delete(plan.id);
      reload(plan.id).catch(failed);
    } else showOne({ ...known(), ...news });
  });
}

async function load() {
  try {
    plans = await get("plans");
  } catch (error) {
    place.setAttribute("aria-busy", "false");
    const again = make("button", { type: "button", class: "button", onclick: load }, t("home.retry"));
    place.replaceChildren(make("div", { class: "card state", role: "alert" }, make("h2", {}, t("home.failed")), make("p", { class: "muted" }, /** @type {Error} */ (error).message), again));
    return;
  }
  show();
  plans.forEach(follow);
}

const actions = {
  cancel: (/** @type {any} */ plan) => post(`plans/${plan.id}/cancel`).then(showOne, failed),
  again: async (/** @type {any} */ plan) => {
    const { quota = {}, ...asked } = plan.overrides;
    await post("plans", { folder_id: plan.folder_id, name: plan.name, ...asked, ...quota }).then(started, failed);
  },
  remove: (/** @type {any} */ plan) => {
    const dialog = make(
      "dialog",
      { onclose: () => {
        if (dialog.returnValue === "yes") remove(`plans/${plan.id}`).then(load, failed);
        dialog.remove();
      } },
      make("p", {}, t("plan.delete.sure", { name: plan.name })),
      make("form", { method: "dialog" }, make("button", { class: "button", value: "no" }, t("plan.delete.no")), " ", make("button", { class: "button danger", value: "yes" }, t("plan.delete"))),
    );
    document.body.append(dialog);
    dialog.showModal();
  },
};

/** @param {any} plan */
function started(plan) {
  plans = [plan, ...plans];
  show();
  follow(plan);
}

setUpStarter({ started, report: (problems) => byId("problems").replaceChildren(problemReport(problems) ?? "") });
await load();
const mayPlan = !byId("new-plan").hidden;
const asked = () => mayPlan && location.hash === "#new" && openStarter();
addEventListener("hashchange", asked);
if (mayPlan && !plans.length) openStarter();
asked();
