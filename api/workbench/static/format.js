// Numbers, money and times as the reader's language writes them.

import { byId } from "./dom.js";

/** @type {Record<string, number>} digits after the point of the currencies that do not have two */
const otherDigits = JSON.parse(byId("minor-digits").textContent);
const locale = navigator.languages?.[0];
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 });
const one = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

/** @param {number} value */
export const integer = (value) => whole.format(value);

/** @param {number} value */
export const decimal = (value) => one.format(value);

/** @param {number} value a measure: short when large */
export const amount = (value) => (Math.abs(value) < 10000 ? (Number.isInteger(value) ? whole : one).format(value) : short.format(value));

/**
 * @param {number} fraction
 * @param {{sign?: boolean, digits?: number}} [options]
 */
export function percent(fraction, { sign = false, digits } = {}) {
  const size = Math.abs(fraction * 100);
  const places = digits ?? (size >= 99.95 ? 0 : 1);
  return new Intl.NumberFormat(locale, {
    style: "percent",
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    signDisplay: sign ? "exceptZero" : "auto",
  })
    .format(fraction)
    .replace("-", "\u2212");
}

/** @param {number} fraction a band or share, without trailing zeros */
export const percentPlain = (fraction) =>
  new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 }).format(fraction);

/** @param {string} currency how many digits its amounts have after the point */
export const minorDigits = (currency) => otherDigits[currency] ?? 2;

/**
 * @param {number} cents
 * @param {string} currency
 * @param {{compact?: boolean, symbol?: boolean, cents?: boolean}} [options]
 */
export function money(cents, currency, { compact = false, symbol = true, cents: shown = true } = {}) {
  const digits = shown ? minorDigits(currency) : 0;
  const value = cents / 10 ** minorDigits(currency);
  const style = symbol ? { style: "currency", currency } : {};
  const detail = compact
    ? { notation: "compact", minimumFractionDigits: 0, maximumSignificantDigits: 4 }
    : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  try {
    return new Intl.NumberFormat(locale, /** @type {any} */ ({ ...style, ...detail })).format(value);
  } catch {
    return `${currency} ${new Intl.NumberFormat(locale, /** @type {any} */ (detail)).format(value)}`;
  }
}

/** @param {string} text ISO 8601 */
export const when = (text) => moment.format(new Date(text));

/** @param {number} seconds */
export const seconds = (seconds) => (seconds < 10 ? one : whole).format(seconds);

/** @param {number} bytes */
export function size(bytes) {
  const unit = bytes >= 1e6 ? "megabyte" : "kilobyte";
  const value = bytes >= 1e6 ? bytes / 1e6 : bytes / 1e3;
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** @param {string} period 2025, 2025-Q3 or 2025-07 */
export function period(period) {
  const month = /^(\d{4})-(\d{2})$/.exec(period);
  if (!month) return period.replace("-", " ");
  const date = new Date(Number(month[1]), Number(month[2]) - 1, 1);
  return new Intl.DateTimeFormat(locale, { month: "short", year: "2-digit" }).format(date);
}

/** @param {string} name a column name as a title */
export const title = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ");
