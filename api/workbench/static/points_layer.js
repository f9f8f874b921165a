// Account points on one canvas: positions stay typed arrays, a colour is a look-up by territory.

/**
 * Colours of points: their territory's, mixed towards the ink so that they stand out on its fill.
 * @param {string[]} colours as #rrggbb
 * @param {boolean} dark
 */
export function pointColours(colours, dark) {
  const [towards, share] = dark ? [255, 0.45] : [0, 0.38];
  return colours.map((colour) => {
    const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    return `rgb(${parts.map((part) => Math.round(part + (towards - part) * share)).join(" ")})`;
  });
}

/** No territory, in the arrays that the service sends. */
export const NOBODY = 65535;
const HIT = 9;

/**
 * @typedef {{count: number, lon: Float32Array, lat: Float32Array, position: Uint32Array, after: Uint16Array,
 *   before: Uint16Array, size: Uint8Array}} Points
 */

/**
 * Reads the binary layout that the service documents at GET /api/plans/{id}/map/points.
 * @param {ArrayBuffer} buffer
 * @returns {Points}
 */
export function readPoints(buffer) {
  const view = new DataView(buffer);
  if (view.getUint32(0) !== 0x54505031) throw new Error("not account points");
  const n = view.getUint32(4, true);
  return {
    count: n,
    lon: new Float32Array(buffer, 8, n),
    lat: new Float32Array(buffer, 8 + 4 * n, n),
    position: new Uint32Array(buffer, 8 + 8 * n, n),
    after: new Uint16Array(buffer, 8 + 12 * n, n),
    before: new Uint16Array(buffer, 8 + 14 * n, n),
    size: new Uint8Array(buffer, 8 + 16 * n, n),
  };
}

/**
 * Positions on the map's plane at zoom 0, computed once.
 * @param {Points} points
 */
function world(points) {
  const x = new Float64Array(points.count);
  const y = new Float64Array(points.count);
  for (let i = 0; i < points.count; i += 1) {
    const sine = Math.sin((Math.max(-85.05, Math.min(85.05, points.lat[i])) * Math.PI) / 180);
    x[i] = 256 * (points.lon[i] / 360 + 0.5);
    y[i] = 256 * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI));
  }
  return { x, y };
}

/**
 * @param {any} L Leaflet
 * @param {Points} points
 * @param {{pane: string}} options
 * @returns {any} a layer with `show(changes)` and `nearest(containerPoint)`
 */
export function pointsLayer(L, points, options) {
  const { x, y } = world(points);
  const state = { owner: points.after, movedOnly: false, selected: -1, colours: /** @type {string[]} */ ([]), ring: "#fff", faded: "#888" };
  const moved = (/** @type {number} */ i) => points.before[i] !== NOBODY && points.before[i] !== points.after[i];

  const Layer = L.Layer.extend({
    onAdd(/** @type {any} */ map) {
      this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated");
      this.canvas.setAttribute("aria-hidden", "true");
      map.getPane(options.pane).append(this.canvas);
      map.on({ moveend: this.draw, resize: this.draw, zoomanim: this.follow }, this);
      this.draw();
    },
    onRemove(/** @type {any} */ map) {
      this.canvas.remove();
      map.off({ moveend: this.draw, resize: this.draw, zoomanim: this.follow }, this);
    },
    /** Keeps the canvas under the map while a zoom is animated. */
    follow(/** @type {any} */ event) {
      const map = this._map;
      const scale = map.getZoomScale(event.zoom, map.getZoom());
      const offset = map._latLngBoundsToNewLayerBounds(map.getBounds(), event.zoom, event.center).min;
      L.DomUtil.setTransform(this.canvas, offset, scale);
    },
    show(/** @type {Partial<typeof state>} */ changes) {
      Object.assign(state, changes);
      if (this._map) this.draw();
    },
    draw() {
      const map = this._map;
      const size = map.getSize();
      const ratio = window.devicePixelRatio || 1;
      const canvas = this.canvas;
      canvas.width = Math.round(size.x * ratio);
      canvas.height = Math.round(size.y * ratio);
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      const context = canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const scale = 2 ** map.getZoom();
      const origin = map.getPixelOrigin().subtract(map._getMapPanePos());
      const many = points.count > 20000;
      const grow = Math.max(0.55, Math.min(2.2, 0.55 + (map.getZoom() - map.getMinZoom()) * 0.16)) * (many ? 0.42 : points.count < 5000 ? 1.2 : 1);
      const groups = this.groups();
      for (const [territory, members] of groups) {
        const dim = state.selected >= 0 && territory !== state.selected;
        context.globalAlpha = dim ? 0.2 : 0.85;
        context.fillStyle = territory === NOBODY ? state.faded : state.colours[territory];
        context.strokeStyle = state.ring;
        context.lineWidth = 0.5;
        context.beginPath();
        for (const i of members) {
          const px = x[i] * scale - origin.x;
          const py = y[i] * scale - origin.y;
          if (px < -12 || py < -12 || px > size.x + 12 || py > size.y + 12) continue;
          const r = (1.9 + (points.size[i] / 255) * 6) * grow;
          if (many) context.rect(px - r, py - r, 2 * r, 2 * r);
          else {
            context.moveTo(px + r, py);
            context.arc(px, py, r, 0, 6.2832);
          }
        }
        context.fill();
        if (!many) context.stroke();
      }
      context.globalAlpha = 1;
    },
    /** Points by the territory that colours them; made again only when what is shown changes. */
    groups() {
      const key = `${state.owner === points.after}${state.movedOnly}`;
      if (this.groupKey === key) return this.grouped;
      /** @type {Map<number, number[]>} */
      const groups = new Map();
      for (let i = 0; i < points.count; i += 1) {
        if (state.movedOnly && !moved(i)) continue;
        const members = groups.get(state.owner[i]);
        if (members) members.push(i);
        else groups.set(state.owner[i], [i]);
      }
      this.groupKey = key;
      this.grouped = groups;
      return groups;
    },
    /**
     * @param {{x: number, y: number}} at in pixels of the map's container
     * @returns {number} the point there, −1 where there is none
     */
    nearest(at) {
      const map = this._map;
      const scale = 2 ** map.getZoom();
      const origin = map.getPixelOrigin().subtract(map._getMapPanePos());
      const [cx, cy, reach] = [(at.x + origin.x) / scale, (at.y + origin.y) / scale, HIT / scale];
      let [best, closest] = [-1, reach * reach];
      for (let i = 0; i < points.count; i += 1) {
        const dx = x[i] - cx;
        if (dx > reach || dx < -reach) continue;
        const distance = dx * dx + (y[i] - cy) ** 2;
        if (distance < closest && (!state.movedOnly || moved(i))) [best, closest] = [i, distance];
      }
      return best;
    },
  });
  return new Layer();
}
