// The table of territories: every measure against its band, sorted, searched, linked with the map.
import { deviationBar, legend, reach } from "./bars.js";
import { byId, debounced, make, swatch } from "./dom.js";
import { amount, decimal, integer, money, percent, title } from "./format.js";
import { t } from "./texts.js";

/**
 * @param {any} table answer of GET /territories
 * @param {{hover: (index: number | null) => void, select: (index: number | null) => void}} on
 */
export function territoryTable(table, on) {
  const rows = table.territories.map((/** @type {any} */ row, /** @type {number} */ index) => ({ ...row, index }));
  const reaches = table.measures.map((/** @type {string} */ _, /** @type {number} */ m) => reach(rows.map((/** @type {any} */ row) => row.measures[m])));
  const has = (/** @type {string} */ name) => rows.some((/** @type {any} */ row) => row[name] !== null && row[name] !== undefined);
  const limited = (/** @type {number} */ m) => rows.some((/** @type {any} */ row) => row.measures[m].lower !== null || row.measures[m].upper !== null);
  const banded = table.measures.map((/** @type {string} */ _, /** @type {number} */ m) => m).filter(limited);
  const watched = table.measures.map((/** @type {string} */ _, /** @type {number} */ m) => m).filter((/** @type {number} */ m) => !limited(m));
  const measured = (/** @type {number} */ m) => ({ key: `m${m}`, text: title(table.measures[m]), of: (/** @type {any} */ row) => row.measures[m].deviation ?? 0, first: -1 });
  const columns = [
    { key: "territory", text: t("table.territory"), of: (/** @type {any} */ row) => row.territory_id, first: 1 },
    ...banded.map(measured),
    { key: "gained", text: t("table.gained"), of: (/** @type {any} */ row) => row.gained, first: -1, number: true },
    { key: "lost", text: t("table.lost"), of: (/** @type {any} */ row) => row.lost, first: -1, number: true },
    ...(has("mean_distance_km") ? [{ key: "travel", text: t("table.travel"), of: (/** @type {any} */ row) => row.mean_distance_km ?? 0, first: -1, number: true }] : []),
    ...(has("quota_cents") ? [{ key: "quota", text: t("table.quota"), of: (/** @type {any} */ row) => row.quota_cents ?? 0, first: -1, number: true }] : []),
    ...watched.map(measured),
  ];
  const state = { sort: "territory", direction: 1, search: "", selected: /** @type {number | null} */ (null) };
  const body = make("tbody");
  const heads = columns.map((column) =>
    make("th", { scope: "col", class: `${column.number ? "number" : ""}${column.key === "territory" ? " sticky" : ""}`, "data-key": column.key }, make("button", { type: "button", class: "sort", "aria-label": t("table.sort", { column: column.text }), onclick: () => sortBy(column) }, column.text)),
  );
  byId("territories").replaceChildren(make("table", { class: "table" }, make("caption", {}, t("table.caption")), make("thead", {}, make("tr", {}, heads)), body));
  byId("legend").replaceChildren(...legend());
  /** @type {Map<number, any>} */
  const lines = new Map(rows.map((/** @type {any} */ row) => [row.index, line(row)]));

  /** @param {any} row */
  function line(row) {
    const who = row.rep_name || row.seat_id || t("table.open");
    const pieces = row.surplus_pieces > 0 ? make("span", { class: "chip bad" }, t("table.pieces", { n: row.pieces })) : null;
    return make(
      "tr",
      {
        class: "row-hover", "data-index": row.index, "data-territory": row.territory_id,
        onmouseenter: () => on.hover(row.index), onmouseleave: () => on.hover(null),
        onclick: () => on.select(state.selected === row.index ? null : row.index),
      },
      make("th", { scope: "row", class: "sticky" }, make("div", { class: "name-cell" }, swatch(row.colour), make("span", {}, make("button", { type: "button", "aria-pressed": "false" }, row.territory_id), " ", pieces), make("small", { title: [who, row.region].filter(Boolean).join(" · ") }, who))),
      banded.map((/** @type {number} */ m) => bar(row, m)),
      make("td", { class: "number gain" }, row.gained ? `+${integer(row.gained)}` : "0"),
      make("td", { class: "number gain" }, row.lost ? `−${integer(row.lost)}` : "0"),
      has("mean_distance_km") ? make("td", { class: "number" }, row.mean_distance_km === null ? "–" : decimal(row.mean_distance_km)) : null,
      has("quota_cents") ? make("td", { class: "number" }, row.quota_cents === null ? "–" : money(row.quota_cents, table.currency, { compact: true })) : null,
      watched.map((/** @type {number} */ m) => bar(row, m)),
    );
  }

  /**
   * @param {any} row
   * @param {number} m
   */
  function bar(row, m) {
    const measure = row.measures[m];
    const out = (measure.violation ?? 0) > 0;
    const number = measure.deviation === null ? "–" : percent(measure.deviation, { sign: true });
    return make("td", {}, make("div", { class: "bar-cell", title: `${title(measure.name)} ${amount(measure.value)}` }, deviationBar(measure, reaches[m]), make("span", { class: `number${out ? " out" : ""}` }, number)));
  }

  function order() {
    const column = columns.find((c) => c.key === state.sort) ?? columns[0];
    const found = rows.filter((/** @type {any} */ row) => {
      const text = [row.territory_id, row.seat_id, row.rep_name, row.region].join(" ").toLowerCase();
      return text.includes(state.search);
    });
    found.sort((/** @type {any} */ a, /** @type {any} */ b) => {
      const [x, y] = [column.of(a), column.of(b)];
      const sign = typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
      return sign * state.direction || a.index - b.index;
    });
    return found;
  }

  function show() {
    heads.forEach((head) => {
      if (head.dataset.key === state.sort) head.setAttribute("aria-sort", state.direction > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    const found = order();
    if (found.length) body.replaceChildren(...found.map((/** @type {any} */ row) => lines.get(row.index)));
    else body.replaceChildren(make("tr", {}, make("td", { colspan: columns.length, class: "muted" }, t("table.none", { text: state.search }))));
  }

  /** @param {(typeof columns)[number]} column */
  function sortBy(column) {
    state.direction = state.sort === column.key ? -state.direction : column.first;
    state.sort = column.key;
    show();
  }

  byId("territory-search").addEventListener("input", debounced((/** @type {any} */ event) => {
    state.search = event.target.value.trim().toLowerCase();
    show();
  }, 80));
  show();

  return {
    /** @param {number | null} index */
    hot(index) {
      for (const [at, row] of lines) row.classList.toggle("hot", at === index);
    },
    /**
     * @param {number | null} index
     * @param {boolean} [look]
     */
    select(index, look = false) {
      state.selected = index;
      for (const [at, row] of lines) {
        row.classList.toggle("selected", at === index);
        row.querySelector("button").setAttribute("aria-pressed", String(at === index));
      }
      if (index !== null && look) bringInto(lines.get(index));
    },
    /**
     * @param {number} step
     * @returns {number | null} the territory `step` rows from the selected one
     */
    neighbour(step) {
      const shown = order();
      const at = shown.findIndex((/** @type {any} */ row) => row.index === state.selected);
      const next = at < 0 ? (step > 0 ? 0 : shown.length - 1) : Math.max(0, Math.min(shown.length - 1, at + step));
      return shown[next]?.index ?? null;
    },
  };
}

/** Scrolls the table, not the page. */
function bringInto(/** @type {any} */ row) {
  const box = byId("territories");
  const head = box.querySelector("thead").offsetHeight;
  if (row.offsetTop < box.scrollTop + head) box.scrollTop = row.offsetTop - head;
  else if (row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = row.offsetTop + row.offsetHeight - box.clientHeight;
}
