// Every text comes from one file on the server; the page carries it along.
import { byId } from "./dom.js";

/** @type {Record<string, string>} */
const texts = JSON.parse(byId("texts").textContent);

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const found = texts[key];
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** @param {string} key */
export const hasText = (key) => key in texts;
