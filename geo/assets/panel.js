"use strict";

/** Small building blocks; every text goes in as text, never as markup. */
function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A value as its column wants it shown. */
function shown(column, value) {
  if (value == null) return "–";
  if (column.digits == null || typeof value === "string") return String(value);
  const number = column.percent ? value * 100 : value;
  const text = Math.abs(number).toLocaleString("en", { minimumFractionDigits: column.digits, maximumFractionDigits: column.digits });
  const zero = Number(Math.abs(number).toFixed(column.digits)) === 0;
  const sign = zero ? "" : number < 0 ? "−" : column.signed ? "+" : "";
  return `${sign}${column.prefix}${text}${column.percent ? " %" : ""}${column.suffix}`;
}

function swatch(colour) {
  const node = element("span", { class: "swatch", "aria-hidden": "true" });
  node.style.backgroundColor = colour;
  return node;
}

/** Name and values of one group, for tips and pop-ups. */
function groupCard(content, layer, group) {
  const list = element("dl", {});
  content.columns.forEach((column, at) => {
    list.append(element("dt", {}, column.title), element("dd", {}, shown(column, layer.rows[group][at])));
  });
  return element("div", { class: "card" },
    element("p", { class: "card-title" }, swatch(layer.colours[group]), layer.labels[group]), list);
}

/** The list beside the map: switch, search, table. */
class Panel {
  constructor(content, actions) {
    this.content = content;
    this.actions = actions;
    this.layer = 0;
    this.sort = { column: -1, down: false };
    this.listed = content.columns.map((column, at) => ({ column, at })).filter(({ column }) => column.listed);
    this.body = element("div", { class: "panel-body", id: "panel-body" });
    this.node = element("aside", { class: "panel", "aria-label": content.title }, this.heading(),
      content.layers.length > 1 ? this.switch() : null, this.body);
    this.body.append(this.search(), this.options(), this.table());
    if (content.attribution) this.body.append(element("p", { class: "attribution" }, content.attribution));
    this.fill();
  }

  heading() {
    const { title, subtitle, facts } = this.content;
    this.fold = element("button", {
      class: "fold", type: "button", "aria-expanded": "true", "aria-controls": "panel-body",
      "aria-label": "Show or hide details", onclick: () => this.setOpen(this.node.classList.contains("closed")),
    });
    if (facts.length) {
      this.body.append(element("dl", { class: "facts" },
        ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)))));
    }
    return element("header", {}, element("div", { class: "head-row" },
      element("div", {}, element("h1", {}, title), subtitle ? element("p", { class: "subtitle" }, subtitle) : null), this.fold));
  }

  setOpen(open) {
    this.node.classList.toggle("closed", !open);
    this.fold.setAttribute("aria-expanded", String(open));
  }

  switch() {
    return element("div", { class: "switch", role: "radiogroup", "aria-label": "Layer" },
      ...this.content.layers.map((layer, at) => element("label", {},
        element("input", { type: "radio", name: "layer", checked: at === 0, onchange: () => this.actions.show(at) }),
        element("span", {}, layer.name))));
  }

  options() {
    const { texts, points, areas, layers } = this.content;
    const box = (text, checked, act) => element("label", { class: "option" },
      element("input", { type: "checkbox", checked, onchange: (event) => act(event.target.checked) }), text);
    const row = element("div", { class: "options" }, box(texts.names_on_map, true, this.actions.names));
    if (points) row.append(box(texts.points, true, this.actions.points));
    if (areas.length) row.append(box(texts.areas, true, this.actions.areas));
    if (points && layers.length > 1) row.append(box(texts.changed_only, false, this.actions.changed));
    return row;
  }

  search() {
    const { texts } = this.content;
    this.results = element("ul", { class: "results", id: "results", role: "listbox", "aria-label": texts.search, hidden: true });
    this.input = element("input", {
      type: "search", placeholder: texts.search, "aria-label": texts.search, role: "combobox", autocomplete: "off",
      "aria-expanded": "false", "aria-controls": "results", spellcheck: "false",
      oninput: () => this.find(), onkeydown: (event) => this.steer(event), onfocus: () => this.find(),
      onblur: () => this.setResults([]),
    });
    return element("div", { class: "search" }, this.input, this.results);
  }

  find() {
    const wanted = this.input.value.trim().toLocaleLowerCase(), layer = this.content.layers[this.layer], hits = [];
    if (!wanted) return this.setResults([]);
    layer.labels.forEach((name, at) => {
      if (hits.length < 12 && name.toLocaleLowerCase().includes(wanted)) {
        hits.push({ name, colour: layer.colours[at], act: () => this.actions.select(at, true) });
      }
    });
    const names = this.content.points ? this.content.points.names : [];
    this.lower ||= names.map((name) => name.toLocaleLowerCase());
    for (let at = 0; at < names.length && hits.length < 24; at += 1) {
      if (this.lower[at].includes(wanted)) hits.push({ name: names[at], act: () => this.actions.point(at) });
    }
    return this.setResults(hits, true);
  }

  setResults(hits, asked = false) {
    this.hits = hits;
    this.active = -1;
    this.results.replaceChildren(...hits.map((hit, at) => element("li", {
      role: "option", id: `hit-${at}`, "aria-selected": "false",
      onpointerdown: (event) => { event.preventDefault(); this.take(at); },
    }, hit.colour ? swatch(hit.colour) : element("span", { class: "dot", "aria-hidden": "true" }), hit.name)));
    if (asked && !hits.length) this.results.append(element("li", { class: "nothing" }, this.content.texts.nothing_found));
    this.results.hidden = !this.results.childElementCount;
    this.input.setAttribute("aria-expanded", String(!this.results.hidden));
    this.input.removeAttribute("aria-activedescendant");
  }

  steer(event) {
    if (event.key === "Escape" && !this.results.hidden) {
      this.setResults([]);
      event.stopPropagation();
    } else if (event.key === "Enter" && this.hits.length) {
      this.take(Math.max(this.active, 0));
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.hits.length) {
      event.preventDefault();
      this.active = (this.active + (event.key === "ArrowDown" ? 1 : this.hits.length - (this.active < 0 ? 0 : 1))) % this.hits.length;
      [...this.results.children].forEach((node, at) => node.setAttribute("aria-selected", String(at === this.active)));
      this.results.children[this.active].scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", `hit-${this.active}`);
    }
  }

  take(at) {
    const hit = this.hits[at];
    this.input.value = hit.name;
    this.setResults([]);
    hit.act();
  }

  table() {
    const heads = [{ title: this.content.texts.name, at: -1 }, ...this.listed.map(({ column, at }) => ({ title: column.title, at }))];
    this.heads = heads.map(({ title, at }) => element("th", { scope: "col", class: at >= 0 && this.content.columns[at].digits != null ? "number" : null },
      element("button", { type: "button", onclick: () => this.sortBy(at) }, title)));
    this.rows = element("tbody", {});
    return element("div", { class: "table", tabindex: "-1" }, element("table", {},
      element("caption", {}, this.content.texts.groups), element("thead", {}, element("tr", {}, ...this.heads)), this.rows));
  }

  sortBy(at) {
    const numeric = at >= 0 && this.content.columns[at].digits != null;
    this.sort = this.sort.column === at ? { column: at, down: !this.sort.down } : { column: at, down: numeric };
    this.fill();
  }

  /** Show the groups of a layer. */
  show(layer) {
    this.layer = layer;
    this.fill();
  }

  fill() {
    const layer = this.content.layers[this.layer], { column, down } = this.sort;
    const value = (group) => (column < 0 ? layer.labels[group] : layer.rows[group][column]);
    const order = layer.labels.map((_, group) => group).sort((a, b) => compare(value(a), value(b), down) || a - b);
    this.heads.forEach((head, at) => {
      const own = at === 0 ? -1 : this.listed[at - 1].at;
      head.setAttribute("aria-sort", own === column ? (down ? "descending" : "ascending") : "none");
    });
    this.lines = new Map();
    this.rows.replaceChildren(...order.map((group) => {
      const line = element("tr", { onclick: () => this.actions.select(group, true),
        onpointerenter: () => this.actions.hint(group), onpointerleave: () => this.actions.hint(-1) },
      element("th", { scope: "row" }, element("button", { type: "button" }, swatch(layer.colours[group]),
        element("span", {}, layer.labels[group]))),
      ...this.listed.map(({ column: own, at }) => element("td", { class: own.digits != null ? "number" : null },
        shown(own, layer.rows[group][at]))));
      this.lines.set(group, line);
      return line;
    }));
    this.mark(-1);
  }

  /** Mark the row of the selected group. */
  mark(group) {
    this.lines.forEach((line, at) => line.classList.toggle("selected", at === group));
    if (group >= 0) this.lines.get(group).scrollIntoView({ block: "nearest" });
  }
}

/** Order of two values; what is missing comes last either way. */
function compare(a, b, down) {
  if (a == null || b == null) return (a == null) - (b == null);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  return down ? -order : order;
}
