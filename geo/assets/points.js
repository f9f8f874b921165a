"use strict";

/**
 * Many points and the names of groups on one canvas over the map.
 *
 * @typedef {{lon: Float32Array, lat: Float32Array, labels: Uint16Array[], names: string[]}} Points
 */
const NO_GROUP = 65535;

/** Web Mercator of one place, as a share of the world's width. */
function worldX(lon) { return (lon + 180) / 360; }
function worldY(lat) {
  const phi = Math.max(-85.0511, Math.min(85.0511, lat)) * Math.PI / 180;
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + phi / 2)) / (2 * Math.PI);
}

const Overlay = L.Layer.extend({
  initialize(points) {
    const n = points ? points.lon.length : 0;
    this.points = points;
    this.x = Float64Array.from({ length: n }, (_, at) => worldX(points.lon[at]));
    this.y = Float64Array.from({ length: n }, (_, at) => worldY(points.lat[at]));
    this.layer = 0;
    this.colours = [];
    this.names = [];
    this.hidden = null;
    this.chosen = -1;
    this.selected = -1;
    this.orders = points ? points.labels.map(byLabel) : [];
  },

  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "overlay leaflet-zoom-animated");
    this.canvas.setAttribute("aria-hidden", "true");
    map.getPane("overlay").appendChild(this.canvas);
    map.on("moveend zoomend resize viewreset", this.draw, this);
    map.on("zoomanim", this.follow, this);
    this.draw();
  },

  /** Show the groups of another layer. */
  show(layer, colours, names) {
    Object.assign(this, { layer, colours, names, selected: -1 });
    if (this.canvas) this.draw();
  },

  /** Keep the old drawing in place while the map zooms. */
  follow(event) {
    const scale = this._map.getZoomScale(event.zoom, this.zoom);
    const corner = this._map._latLngToNewLayerPoint(this.corner, event.zoom, event.center);
    L.DomUtil.setTransform(this.canvas, corner, scale);
  },

  /** Where the world's corner lies on the canvas and how wide the world is. */
  frame() {
    const map = this._map, width = 256 * 2 ** map.getZoom();
    const corner = map.getPixelBounds().min;
    return { width, left: corner.x, top: corner.y };
  },

  draw() {
    const map = this._map, size = map.getSize(), ratio = window.devicePixelRatio || 1;
    const canvas = this.canvas, context = canvas.getContext("2d");
    this.zoom = map.getZoom();
    this.corner = map.containerPointToLatLng([0, 0]);
    L.DomUtil.setTransform(canvas, map.containerPointToLayerPoint([0, 0]), 1);
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = `${size.x}px`;
    canvas.style.height = `${size.y}px`;
    context.scale(ratio, ratio);
    if (this.points && this.visible !== false) this.drawPoints(context, size);
    if (this.named !== false) this.drawNames(context, size);
  },

  /** Radius of a point: small where there are many on the screen. */
  radius() {
    const crowd = this.points.lon.length;
    const start = crowd > 20000 ? 0.9 : crowd > 4000 ? 1.6 : crowd > 800 ? 2.2 : 3;
    return Math.min(6, start * 1.25 ** Math.max(0, this.zoom - this.firstZoom));
  },

  drawPoints(context, size) {
    const { width, left, top } = this.frame();
    const radius = this.radius(), label = this.points.labels[this.layer], order = this.orders[this.layer];
    const style = getComputedStyle(this._map.getContainer());
    const edge = style.getPropertyValue("--point-edge"), plain = style.getPropertyValue("--point-none");
    const square = radius < 1.8;
    let group = -1;
    const finish = () => {
      if (group < 0) return;
      const colour = group === NO_GROUP ? plain : shade(this.colours[group], style.getPropertyValue("--point-shade"));
      context.globalAlpha = this.selected >= 0 && group !== this.selected ? 0.18 : 1;
      if (!square && radius >= 2.5) {
        context.strokeStyle = edge;
        context.lineWidth = 1.4;
        context.stroke();
      }
      context.fillStyle = colour;
      context.fill();
    };
    for (const at of order) {
      if (label[at] !== group) {
        finish();
        group = label[at];
        context.beginPath();
      }
      if (this.hidden && this.hidden[at]) continue;
      const x = this.x[at] * width - left, y = this.y[at] * width - top;
      if (x < -8 || y < -8 || x > size.x + 8 || y > size.y + 8) continue;
      if (square) context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      else {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
    }
    finish();
    context.globalAlpha = 1;
    if (this.chosen >= 0) {
      context.beginPath();
      context.arc(this.x[this.chosen] * width - left, this.y[this.chosen] * width - top, radius + 5, 0, 2 * Math.PI);
      context.strokeStyle = style.getPropertyValue("--ink");
      context.lineWidth = 2.5;
      context.stroke();
    }
  },

  /** Write the names of groups where there is room, larger groups first. */
  drawNames(context, size) {
    const { width, left, top } = this.frame(), taken = [];
    context.font = "600 12.5px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const name of this.names) {
      const x = worldX(name.lon) * width - left, y = worldY(name.lat) * width - top;
      const half = context.measureText(name.text).width / 2 + 3, room = name.width / 360 * width;
      const box = [x - half, y - 9, x + half, y + 9];
      if (x < 0 || y < 0 || x > size.x || y > size.y || 2 * half > Math.max(room * 1.1, 24)) continue;
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
      taken.push(box);
      context.globalAlpha = this.selected >= 0 && name.group !== this.selected ? 0.6 : 1;
      context.strokeStyle = shade(this.colours[name.group], "0.38");
      context.lineWidth = 3.5;
      context.strokeText(name.text, x, y);
      context.fillStyle = "#fff";
      context.fillText(name.text, x, y);
    }
    context.globalAlpha = 1;
  },

  /** The point under a place on the screen, or −1. */
  at(place) {
    if (!this.points || this.visible === false) return -1;
    const { width, left, top } = this.frame(), reach = Math.max(this.radius() + 2, 5);
    let best = -1, least = reach * reach;
    for (let at = 0; at < this.x.length; at += 1) {
      const dx = this.x[at] * width - left - place.x;
      if (dx > reach || dx < -reach) continue;
      const dy = this.y[at] * width - top - place.y, far = dx * dx + dy * dy;
      if (far <= least && !(this.hidden && this.hidden[at])) {
        best = at;
        least = far;
      }
    }
    return best;
  },
});

/** Positions of points ordered by label, so that each colour is drawn once. */
function byLabel(label) {
  const start = new Uint32Array(NO_GROUP + 2);
  for (const group of label) start[group + 1] += 1;
  for (let group = 0; group <= NO_GROUP; group += 1) start[group + 1] += start[group];
  const order = new Uint32Array(label.length);
  for (let at = 0; at < label.length; at += 1) order[start[label[at]]++] = at;
  return order;
}

/** A colour made darker: `#rrggbb` times a factor. */
function shade(colour, factor) {
  const parts = [1, 3, 5].map((at) => Math.round(parseInt(colour.slice(at, at + 2), 16) * factor));
  return `rgb(${parts.join(",")})`;
}
