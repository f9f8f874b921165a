// Starting a plan: choose or drop a plan folder, see what it holds, say what is asked.
import { get, post, upload } from "./api.js";
import { byId, make } from "./dom.js";
import { amount, integer, minorDigits, percentPlain, title, when } from "./format.js";
import { t } from "./texts.js";

/** @type {{started: (plan: any) => void, report: (problems: import("./api.js").Problem[]) => void}} */
let wiring;
let loaded = false;
/** @type {AbortController | null} */
let checking = null;

/** Shows the form and loads what can be chosen. */
export function openStarter() {
  byId("starter").hidden = false;
  byId("new-plan").setAttribute("aria-expanded", "true");
  if (!loaded) loadSources().catch(shown);
}

function closeStarter() {
  byId("starter").hidden = true;
  byId("new-plan").setAttribute("aria-expanded", "false");
  byId("new-plan").focus();
}

/** @param {any} error */
function shown(error) {
  byId("asking").replaceChildren(make("div", { class: "notice bad", role: "alert" }, error.message));
  wiring.report(error.problems ?? []);
}

/** @param {string} [wanted] id of the folder to choose */
async function loadSources(wanted) {
  const folders = await get("folders");
  loaded = true;
  byId("sources").replaceChildren(
    ...folders.map((/** @type {any} */ folder) =>
      make(
        "label",
        { class: "source" },
        make("input", { type: "radio", name: "folder", value: folder.id, onchange: () => choose(folder) }),
        make("span", {}, folder.name, make("small", {}, folder.source === "sample" ? t("form.sample") : t("form.upload", { when: when(folder.added) }))),
      ),
    ),
  );
  const folder = folders.find((/** @type {any} */ f) => f.id === wanted) ?? folders[0];
  if (!folder) {
    byId("asking").replaceChildren(make("p", { class: "muted" }, t("form.pick")));
    return;
  }
  /** @type {HTMLInputElement} */ (byId("sources").querySelector(`input[value="${CSS.escape(folder.id)}"]`)).checked = true;
  await choose(folder);
}

/** @param {any} folder */
async function choose(folder) {
  checking?.abort();
  checking = new AbortController();
  wiring.report([]);
  byId("asking").replaceChildren(make("p", { class: "muted", role: "status" }, t("form.checking")));
  try {
    const check = await get(`folders/${folder.id}/check`, { signal: checking.signal });
    wiring.report(check.problems);
    byId("asking").replaceChildren(check.usable ? form(folder, check) : "");
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") shown(error);
  }
}

/** @param {any} check */
function facts(check) {
  const texts = [];
  if (check.accounts) texts.push(t("form.facts.accounts", { n: integer(check.accounts) }));
  if (check.areas) texts.push(t("form.facts.areas", { n: integer(check.areas) }));
  if (check.history.length) texts.push(t("form.facts.history", { from: check.history[0], to: check.history[1] }));
  texts.push(t(check.has_current ? "form.facts.current" : "form.facts.nocurrent"));
  if (check.placed.nowhere) texts.push(t("form.facts.nowhere", { n: integer(check.placed.nowhere) }));
  return make("div", { class: "facts" }, texts.map((text) => make("span", { class: "chip" }, text)));
}

/**
 * @param {any} folder
 * @param {any} check
 */
function form(folder, check) {
  const field = (/** @type {string} */ label, /** @type {any} */ input, kind = "") => make("label", { class: `field ${kind}` }, make("span", {}, label), input);
  const name = make("input", { class: "input", name: "name", value: folder.name, maxlength: 120, required: true });
  const territories = make("input", { class: "input", name: "territories", type: "number", min: 1, max: 65000, value: check.territories || null, required: true });
  const target = make("input", { class: "input", name: "target", inputmode: "decimal", autocomplete: "off", value: check.target_cents === null ? "" : (check.target_cents / 10 ** minorDigits(check.currency)).toFixed(minorDigits(check.currency)), "aria-describedby": "target-help" });
  const limit = make("input", { class: "input", name: "time", type: "number", min: 1, step: "any", value: check.time_limit_s, required: true });
  const contiguous = make("input", { type: "checkbox", name: "contiguous" });
  contiguous.checked = check.contiguous;
  const bands = check.measures.map((/** @type {any} */ measure) => {
    const band = measure.above ?? measure.below;
    const input = make("input", { class: "input", type: "number", min: 0, max: 1000, step: "any", "data-measure": measure.name, "aria-label": t("form.band.of", { name: title(measure.name) }), value: band === null ? null : +(band * 100).toFixed(4) });
    return make("label", {}, make("span", {}, title(measure.name), make("small", { class: "muted" }, ` ${amount(measure.total)}`)), make("span", {}, "± ", input, " %"));
  });
  const note = make("div", { "aria-live": "polite" });
  const button = make("button", { class: "button primary" }, t("form.start"));
  return make(
    "form",
    { class: "asking", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      start(folder, check, event.target, button, note);
    } },
    make("h3", {}, t("form.step.ask")),
    facts(check),
    make(
      "div",
      { class: "fields" },
      field(t("form.name"), name, "full"),
      field(t("form.territories"), territories),
      field(`${t("form.target")} (${check.currency})`, [target, make("small", { class: "muted", id: "target-help" }, t("form.target.help"))]),
      make("fieldset", { class: "bands full" }, make("legend", {}, t("form.band")), bands, make("p", { class: "muted" }, t("form.band.help"))),
      field(t("form.time"), make("span", { class: "with-unit" }, limit, t("form.seconds"))),
      make("label", { class: "check" }, contiguous, t("form.contiguous")),
    ),
    note,
    make("div", {}, button),
  );
}

/**
 * @param {any} folder
 * @param {any} check
 * @param {any} form
 * @param {any} button
 * @param {any} note
 */
async function start(folder, check, form, button, note) {
  const said = form.elements.target.value.trim();
  const cents = said === "" ? null : centsOf(said, minorDigits(check.currency));
  form.elements.target.setAttribute("aria-invalid", String(said !== "" && cents === null));
  if (said !== "" && cents === null) {
    note.replaceChildren(make("div", { class: "notice bad" }, t("form.target.bad", { value: said })));
    form.elements.target.focus();
    return;
  }
  /** @type {Record<string, {below: number, above: number}>} */
  const measures = {};
  for (const input of form.querySelectorAll("[data-measure]")) {
    const kept = check.measures.find((/** @type {any} */ m) => m.name === input.dataset.measure);
    const band = Number(input.value) / 100;
    // An uneven band from plan.toml stays as it is unless somebody changes it.
    const same = kept.above !== null && kept.below !== null && Math.abs(kept.above - band) < 1e-9;
    if (input.value !== "") measures[input.dataset.measure] = same ? { below: kept.below, above: kept.above } : { below: band, above: band };
  }
  const body = {
    folder_id: folder.id,
    name: form.elements.name.value.trim(),
    territories: Number(form.elements.territories.value) === check.territories ? null : Number(form.elements.territories.value),
    measures,
    contiguous: form.elements.contiguous.checked === check.contiguous ? null : form.elements.contiguous.checked,
    time_limit_s: Number(form.elements.time.value),
    target_cents: cents === check.target_cents ? null : cents,
  };
  button.disabled = true;
  button.textContent = t("form.starting");
  try {
    const plan = await post("plans", body);
    closeStarter();
    wiring.started(plan);
    note.replaceChildren();
  } catch (error) {
    note.replaceChildren(make("div", { class: "notice bad", role: "alert" }, `${t("form.failed")} ${/** @type {Error} */ (error).message}`));
  } finally {
    button.disabled = false;
    button.textContent = t("form.start");
  }
}

/**
 * Reads an amount without rounding: digits, after a point at most as many as the currency has.
 * @param {string} text
 * @param {number} digits
 * @returns {number | null}
 */
function centsOf(text, digits) {
  const found = /^(\d{1,13})(?:\.(\d+))?$/.exec(text.replace(/[\s_,']/g, ""));
  const part = found?.[2] ?? "";
  return found && part.length <= digits ? Number(found[1]) * 10 ** digits + Number(part.padEnd(digits, "0")) : null;
}

/** @param {File[]} files */
async function send(files) {
  if (!files.length) return;
  const note = byId("upload-note");
  const name = files.length === 1 ? files[0].name.replace(/\.[^.]+$/, "") : files[0].name;
  const say = (/** @type {number} */ fraction) => {
    note.textContent = t("form.drop.busy", { name, percent: percentPlain(Math.floor(fraction * 100) / 100) });
  };
  say(0);
  try {
    const folder = await upload(name, files, say);
    note.textContent = "";
    await loadSources(folder.id);
  } catch (error) {
    note.textContent = `${t("form.drop.failed")} ${/** @type {Error} */ (error).message}`;
  }
}

/** @param {typeof wiring} given */
export function setUpStarter(given) {
  wiring = given;
  const [drop, files] = [byId("drop"), byId("files")];
  byId("new-plan").addEventListener("click", () => (byId("starter").hidden ? openStarter() : closeStarter()));
  byId("starter-close").addEventListener("click", closeStarter);
  files.addEventListener("change", () => {
    send([...files.files]).finally(() => (files.value = ""));
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") send([...(event.dataTransfer?.files ?? [])]);
    });
  }
}
