// The map of a plan: territories, areas, homes and account points, today or as planned.
import { get, getBytes } from "./api.js";
import { byId } from "./dom.js";
import { isDark } from "./chrome.js";
import { NOBODY, pointColours, pointsLayer, readPoints } from "./points_layer.js";
import { t } from "./texts.js";

/** Leaflet comes as a classic script from its own package. */
const L = /** @type {any} */ (window).L;
const FINE_FROM = 2;
const SMALL_PX = 60;

/**
 * A colour of the style sheet as the browser resolves it, for canvases.
 * @param {string} name
 */
function resolved(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/**
 * @param {string} plan id
 * @param {any[]} territories rows of the territory table
 * @param {{hover: (index: number | null) => void, select: (index: number | null) => void}} on
 */
export async function planMap(plan, territories, on) {
  const info = await get(`plans/${plan}/map`);
  const map = L.map(byId("map"), { attributionControl: false, zoomControl: false, preferCanvas: true, zoomSnap: 0.25, zoomDelta: 0.75, wheelPxPerZoomLevel: 120 });
  L.control.zoom({ position: "topright", zoomInTitle: t("map.zoomin"), zoomOutTitle: t("map.zoomout") }).addTo(map);
  L.control.scale({ position: "bottomleft" }).addTo(map);
  const panes = ["fills", "areas", "borders", "points", "homes"];
  panes.forEach((name, order) => {
    map.createPane(name).style.zIndex = String(400 + order * 10);
    if (name !== "fills") map.getPane(name).style.pointerEvents = "none";
  });
  const renderers = Object.fromEntries(panes.map((name) => [name, L.canvas({ pane: name, padding: 0.3 })]));
  const bounds = info.bounds ? L.latLngBounds([info.bounds[1], info.bounds[0]], [info.bounds[3], info.bounds[2]]) : L.latLngBounds([-60, -170], [75, 170]);
  const fit = () => map.fitBounds(bounds, { padding: [14, 14], animate: false });
  fit();
  map.setMinZoom(map.getZoom() - 1.5);
  const fitted = map.getZoom();

  const colours = territories.map((row) => row.colour);
  const state = { when: "after", hot: /** @type {number | null} */ (null), selected: /** @type {number | null} */ (null) };
  let ink = palette();
  /** @type {Record<string, any>} */
  const layers = {};
  /** @type {any} */
  let points = null;
  /** @type {import("./points_layer.js").Points | null} */
  let data = null;
  const levels = Object.fromEntries(info.layers.map((/** @type {any} */ layer) => [layer.name, layer.levels]));

  function palette() {
    return { line: resolved("--map-line"), area: resolved("--map-area"), text: resolved("--text"), faded: resolved("--muted"), surface: resolved("--surface") };
  }

  const shade = (/** @type {number} */ index) => {
    const focus = state.selected ?? state.hot;
    const strong = index === state.hot || index === state.selected;
    return { stroke: false, fill: true, fillColor: colours[index], fillOpacity: strong ? 0.72 : focus === null ? 0.5 : 0.26 };
  };
  const border = (/** @type {number} */ index) => {
    const strong = index === state.selected || index === state.hot;
    return { fill: false, color: strong ? ink.text : ink.line, weight: strong ? 2.4 : 1.8, opacity: 1 };
  };
  const areaStyle = () => ({ fill: false, color: ink.area, weight: 0.6, opacity: 0.45 });

  /**
   * @param {string} name
   * @param {number} level
   */
  async function fetched(name, level) {
    if (!levels[name]) return null;
    return get(`plans/${plan}/map/${name}?level=${Math.min(level, levels[name] - 1)}`);
  }

  /** @param {any} collection */
  function territoryLayers(collection) {
    const fills = L.geoJSON(collection, {
      pane: "fills", renderer: renderers.fills, smoothFactor: 0.5,
      style: (/** @type {any} */ f) => shade(f.properties.index),
      onEachFeature: (/** @type {any} */ feature, /** @type {any} */ layer) => {
        layer.on({
          mouseover: () => on.hover(feature.properties.index),
          mouseout: () => on.hover(null),
          click: (/** @type {any} */ event) => {
            L.DomEvent.stopPropagation(event);
            on.select(state.selected === feature.properties.index ? null : feature.properties.index);
          },
        });
      },
    });
    const borders = L.geoJSON(collection, { pane: "borders", renderer: renderers.borders, interactive: false, smoothFactor: 0.5, style: (/** @type {any} */ f) => border(f.properties.index) });
    return { fills, borders };
  }

  /** @param {number} level */
  async function loadLevel(level) {
    const [after, before, areas] = await Promise.all(["territories-after", "territories-before", "areas"].map((name) => fetched(name, level)));
    for (const layer of [layers.after?.fills, layers.after?.borders, layers.before?.fills, layers.before?.borders, layers.areas]) layer?.remove();
    layers.after = after && territoryLayers(after);
    layers.before = before && territoryLayers(before);
    layers.areas = areas && L.geoJSON(areas, { pane: "areas", renderer: renderers.areas, interactive: false, smoothFactor: 0.5, style: areaStyle });
    place();
  }

  const checked = (/** @type {string} */ id) => byId(id).checked;
  const put = (/** @type {any} */ layer, /** @type {boolean} */ wanted) => {
    if (!layer) return;
    if (wanted) layer.addTo(map);
    else layer.remove();
  };
  function place() {
    for (const when of ["after", "before"]) {
      put(layers[when]?.fills, state.when === when);
      put(layers[when]?.borders, state.when === when);
    }
    put(layers.areas, checked("layer-areas"));
    put(layers.homes, checked("layer-homes"));
    declutter();
    put(points, checked("layer-points"));
    restyle();
  }
  function restyle() {
    for (const when of ["after", "before"]) {
      layers[when]?.fills.setStyle((/** @type {any} */ f) => shade(f.properties.index));
      layers[when]?.borders.setStyle((/** @type {any} */ f) => border(f.properties.index));
      layers[when]?.borders.eachLayer((/** @type {any} */ layer) => {
        if ([state.hot, state.selected].includes(layer.feature.properties.index) && layer._map) layer.bringToFront();
      });
    }
    layers.areas?.setStyle(areaStyle());
    if (data) points?.show({ owner: state.when === "after" ? data.after : data.before, movedOnly: checked("layer-moved"), selected: state.selected ?? -1, colours: pointColours(colours, isDark()), ring: ink.surface, faded: ink.faded });
  }

  /** @param {any} collection */
  function homeLayer(collection) {
    return L.geoJSON(collection, {
      pointToLayer: (/** @type {any} */ feature, /** @type {any} */ at) => {
        const { index, id } = feature.properties;
        const marker = L.circleMarker(at, { pane: "homes", renderer: renderers.homes, interactive: false, radius: 5, weight: 2, color: ink.text, fillColor: colours[index], fillOpacity: 1 });
        return marker.bindTooltip(id, { permanent: true, direction: "right", offset: [6, 0], className: "map-name" });
      },
    });
  }

  const [, homes, buffer] = await Promise.all([loadLevel(0), fetched("homes", 0), getBytes(`plans/${plan}/map/points`)]);
  if (homes) layers.homes = homeLayer(homes);
  data = readPoints(buffer);
  points = pointsLayer(L, data, { pane: "points" });
  place();

  let fine = false;
  map.on("zoomend", () => {
    if (!fine && map.getZoom() > fitted + FINE_FROM) {
      fine = true;
      loadLevel(1).catch(() => (fine = false));
    }
  });
  map.on("zoomend", declutter);
  /** Hides names that would lie on another one; the first in order stays. */
  function declutter() {
    /** @type {DOMRect[]} */
    const taken = [];
    for (const name of byId("map").querySelectorAll(".map-name")) {
      name.style.visibility = "";
      const box = name.getBoundingClientRect();
      const free = taken.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top + 2 || box.top > other.bottom - 2);
      if (free) taken.push(box);
      else name.style.visibility = "hidden";
    }
  }
  declutter();
  map.on("click", () => on.select(null));
  const tip = L.tooltip({ className: "map-tip", direction: "top", offset: [0, -6] });
  map.on("mousemove", (/** @type {any} */ event) => {
    const i = checked("layer-points") && data ? points.nearest(event.containerPoint) : -1;
    if (i < 0 || !data) {
      tip.remove();
      return;
    }
    byId("map").dataset.account = String(data.position[i]);
    tip.setLatLng([data.lat[i], data.lon[i]]).setContent(accountWords(i)).addTo(map);
  });
  map.on("mouseout", () => tip.remove());

  /** @param {number} i */
  function accountWords(i) {
    if (!data) return "";
    const name = (/** @type {number} */ index) => (index === NOBODY ? t("map.nobody") : territories[index].territory_id);
    const [before, after] = [data.before[i], data.after[i]];
    const moved = before !== NOBODY && before !== after;
    const node = document.createElement("span");
    node.textContent = moved ? t("map.account.moved", { id: "", before: name(before), after: name(after) }).replace(/^ · /, "") : name(after);
    const strong = document.createElement("strong");
    accountName(data.position[i]).then((words) => (strong.textContent = `${words} `), () => strong.remove());
    node.prepend(strong);
    return node;
  }

  /** @type {Map<number, Promise<string>>} */
  const names = new Map();
  /** @param {number} position */
  function accountName(position) {
    const known = names.get(position) ?? get(`plans/${plan}/accounts/${position}`).then((account) => account.name || account.account_id);
    names.set(position, known);
    return known;
  }

  document.addEventListener("themechange", () => {
    ink = palette();
    layers.homes?.setStyle?.({ color: ink.text });
    restyle();
  });
  for (const id of ["layer-points", "layer-areas", "layer-homes", "layer-moved"]) byId(id).addEventListener("change", place);
  byId("fit").addEventListener("click", fit);
  new ResizeObserver(() => map.invalidateSize({ animate: false, pan: false })).observe(byId("map"));

  return {
    hasBefore: Boolean(layers.before),
    fit,
    /** @param {"before" | "after"} when */
    show(when) {
      state.when = when;
      place();
    },
    /** @param {number | null} index */
    hot(index) {
      state.hot = index;
      restyle();
    },
    /**
     * @param {number | null} index
     * @param {boolean} [look] whether to bring it into view
     */
    select(index, look = false) {
      state.selected = index;
      restyle();
      const shown = index === null ? null : layers[state.when]?.fills.getLayers().find((/** @type {any} */ layer) => layer.feature.properties.index === index);
      if (!shown || !look) return;
      const box = shown.getBounds();
      const [a, b] = [box.getNorthWest(), box.getSouthEast()].map((at) => map.latLngToContainerPoint(at));
      const small = Math.max(b.x - a.x, b.y - a.y) < SMALL_PX;
      if (small || !map.getBounds().contains(box)) map.fitBounds(box, { padding: [60, 60], maxZoom: fitted + 2.5 });
    },
  };
}
