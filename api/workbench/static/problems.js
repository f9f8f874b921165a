// What is wrong with a plan folder, cell by cell.
import { make } from "./dom.js";
import { integer } from "./format.js";
import { t } from "./texts.js";

const FIRST = 50;

/** @param {import("./api.js").Problem} problem */
function row(problem) {
  const times = problem.count > 1 ? make("span", { class: "muted" }, ` · ${t("problems.times", { n: integer(problem.count) })}`) : null;
  return make(
    "tr",
    {},
    make("td", { class: "nowrap" }, problem.file ?? ""),
    make("td", { class: "number" }, problem.row === null ? "" : integer(problem.row)),
    make("td", {}, problem.column ?? ""),
    make("td", {}, problem.value === null ? "" : make("code", {}, problem.value)),
    make("td", {}, problem.why, times),
    make("td", {}, problem.what_to_do),
  );
}

/**
 * @param {import("./api.js").Problem[]} problems
 * @param {"error" | "warning"} severity
 */
function group(problems, severity) {
  const found = problems.filter((problem) => problem.severity === severity);
  if (!found.length) return null;
  const body = make("tbody", {}, found.slice(0, FIRST).map(row));
  const headline = found.length === 1 ? t(`problems.${severity}`) : t(`problems.${severity}s`, { n: integer(found.length) });
  const table = make(
    "div",
    { class: "scroll", tabindex: 0, role: "group", "aria-label": headline },
    make(
      "table",
      { class: "table" },
      make("caption", {}, t("problems.caption")),
      make("thead", {}, make("tr", {}, ["file", "row", "column", "value", "why", "what"].map((name) => make("th", { scope: "col", class: name === "row" ? "number" : null }, t(`problems.${name}`))))),
      body,
    ),
  );
  const more = found.length > FIRST
    ? make("button", { type: "button", class: "button small", onclick: (/** @type {Event} */ event) => {
        body.append(...found.slice(FIRST).map(row));
        /** @type {HTMLElement} */ (event.target).remove();
      } }, t("problems.more", { n: integer(found.length) }))
    : null;
  const content = [table, more];
  if (severity === "error") return [make("p", { class: "notice bad", role: "alert" }, headline), ...content];
  return make("details", {}, make("summary", { class: "muted" }, headline), content);
}

/**
 * @param {import("./api.js").Problem[]} problems errors first
 * @returns {any} nothing where there are none
 */
export function problemReport(problems) {
  if (!problems.length) return null;
  return make("div", { class: "problems" }, group(problems, "error"), group(problems, "warning"));
}
