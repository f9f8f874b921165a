// Building pages from values. Text is always text: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} id
 * @returns {any} the element, which must exist
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}

/**
 * @param {Element} element
 * @param {Record<string, unknown>} given attributes; `on…` are listeners, null and false are left out
 * @param {unknown[]} children nodes, texts, lists of them; null and false are left out
 */
function fill(element, given, children) {
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {any} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(.../** @type {any[]} */ (children.flat(3).filter((child) => child !== null && child !== false && child !== undefined)));
  return element;
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [given]
 * @param {...unknown} children
 * @returns {any}
 */
export function make(tag, given = {}, ...children) {
  return fill(document.createElement(tag), given, children);
}

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [given]
 * @param {...unknown} children
 * @returns {any}
 */
export function drawn(tag, given = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), given, children);
}

/**
 * Colours set through the object model, which a strict content policy allows.
 * @param {string} colour
 */
export function swatch(colour) {
  const element = make("span", { class: "swatch", "aria-hidden": "true" });
  element.style.background = colour;
  return element;
}

/**
 * @template {(...args: any[]) => void} F
 * @param {F} call
 * @param {number} milliseconds
 */
export function debounced(call, milliseconds) {
  let timer = 0;
  return (/** @type {Parameters<F>} */ ...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), milliseconds);
  };
}
