"use strict";

(() => {
  const content = unpack(JSON.parse(document.getElementById("content").textContent));
  const box = document.getElementById("map");
  const map = L.map(box, { zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5,
    wheelPxPerZoomLevel: 90, minZoom: 1, maxZoom: 18, worldCopyJump: false, center: [0, 0], zoom: 1 });
  ["land", "groups", "areas", "marked", "overlay"].forEach((name, at) => {
    map.createPane(name).style.zIndex = String(300 + 20 * at);
    if (name !== "groups") map.getPane(name).style.pointerEvents = "none";
  });

  const overlay = new Overlay(content.points);
  const tip = L.tooltip({ className: "tip", direction: "top", offset: [0, -10], opacity: 1 });
  const popup = L.popup({ className: "pop", minWidth: 200, maxWidth: 320, autoPanPadding: [24, 24] });
  const marked = L.polygon([], { pane: "marked", className: "marked", interactive: false, fill: false }).addTo(map);
  const areaLines = L.polyline(content.areas.flat(2), { pane: "areas", className: "area", interactive: false,
    renderer: L.svg({ pane: "areas" }), smoothFactor: 0.5 }).addTo(map);
  const drawn = content.layers.map((layer) => L.layerGroup(layer.shapes.map((shape, group) => polygon(layer, shape, group))));
  const state = { layer: 0, selected: -1 };

  const panel = new Panel(content, {
    show, select, point: showPoint,
    hint: (group) => { if (state.selected < 0) mark(group); },
    names: (on) => { overlay.named = on; overlay.draw(); },
    points: (on) => { overlay.visible = on; overlay.draw(); },
    areas: (on) => { if (on) areaLines.addTo(map); else areaLines.remove(); },
    changed: (on) => { overlay.hidden = on ? unchanged() : null; overlay.draw(); },
  });
  document.body.prepend(panel.node);
  L.DomEvent.disableClickPropagation(panel.node);
  const narrow = window.matchMedia("(max-width: 720px)");
  if (narrow.matches) panel.setOpen(false);

  L.control.zoom({ position: "topright" }).addTo(map);
  const home = L.control({ position: "topright" });
  home.onAdd = () => {
    const button = element("button", { type: "button", class: "home", title: content.texts.whole_map,
      "aria-label": content.texts.whole_map, onclick: () => { select(-1); fit(everything()); } });
    L.DomEvent.disableClickPropagation(button);
    return button;
  };
  home.addTo(map);
  L.control.scale({ position: narrow.matches ? "topleft" : "bottomright", imperial: true }).addTo(map);

  fit(usual(), false);
  overlay.firstZoom = map.getZoom();
  overlay.show(0, content.layers[0].colours, content.layers[0].names);
  overlay.addTo(map);
  show(0);

  map.on("mousemove", (event) => point(event));
  map.on("mouseout", () => tip.remove());
  map.on("click", (event) => {
    const at = overlay.at(event.containerPoint);
    if (at >= 0) showPoint(at, false);
    else if (state.over === undefined) select(-1);
  });
  map.on("popupclose", () => { overlay.chosen = -1; overlay.draw(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") select(-1); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => overlay.draw());

  function polygon(layer, shape, group) {
    const drawnShape = L.polygon(shape, { pane: "groups", className: "group", fillColor: layer.colours[group], smoothFactor: 0.4 });
    drawnShape.on("mouseover", () => { state.over = group; });
    drawnShape.on("mouseout", () => { state.over = undefined; tip.remove(); if (state.selected < 0) mark(-1); });
    drawnShape.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      const at = overlay.at(event.containerPoint);
      if (at >= 0) return showPoint(at, false);
      select(group, false);
      return popup.setLatLng(event.latlng).setContent(groupCard(content, layer, group)).openOn(map);
    });
    return drawnShape;
  }

  /** Show what lies under the pointer: a point first, else the group. */
  function point(event) {
    const at = overlay.at(event.containerPoint);
    if (at < 0 && state.over === undefined) return tip.remove();
    if (state.selected < 0) mark(state.over === undefined ? -1 : state.over);
    const key = at >= 0 ? `p${at}` : `g${state.over}`;
    if (tip.key !== key) {
      tip.key = key;
      tip.setContent(at >= 0 ? pointCard(at) : groupCard(content, content.layers[state.layer], state.over));
    }
    return tip.setLatLng(event.latlng).addTo(map);
  }

  function pointCard(at) {
    const list = element("dl", {});
    content.layers.forEach((layer, number) => {
      const group = content.points.labels[number][at];
      list.append(element("dt", {}, layer.name), element("dd", {},
        ...(group === NO_GROUP ? [content.texts.no_group] : [swatch(layer.colours[group]), layer.labels[group]])));
    });
    return element("div", { class: "card" }, element("p", { class: "card-title" }, content.points.names[at]), list);
  }

  function show(layer) {
    drawn[state.layer].remove();
    state.layer = layer;
    state.over = undefined;
    drawn[layer].addTo(map);
    overlay.show(layer, content.layers[layer].colours, content.layers[layer].names);
    tip.key = null;
    select(-1);
    panel.show(layer);
  }

  /** Select a group, −1 for none; `zoom` brings it into view. */
  function select(group, zoom = false) {
    popup.close();
    tip.remove();
    state.selected = group;
    overlay.selected = group;
    mark(group);
    panel.mark(group);
    box.classList.toggle("has-selection", group >= 0);
    drawn[state.layer].getLayers().forEach((shape, at) => shape.getElement()?.classList.toggle("selected", at === group));
    overlay.draw();
    const shape = group >= 0 ? drawn[state.layer].getLayers()[group] : null;
    if (!zoom || !shape || shape.isEmpty()) return;
    if (narrow.matches) panel.setOpen(false);
    fit(shape.getBounds());
  }

  function mark(group) {
    marked.setLatLngs(group >= 0 ? content.layers[state.layer].shapes[group] : []);
  }

  function showPoint(at, zoom = true) {
    const place = [content.points.lat[at], content.points.lon[at]];
    if (zoom) {
      select(-1);
      if (narrow.matches) panel.setOpen(false);
      map.setView(place, Math.max(map.getZoom(), overlay.firstZoom + 3), { animate: false });
    }
    tip.remove();
    popup.setLatLng(place).setContent(pointCard(at)).openOn(map);
    overlay.chosen = at;
    overlay.draw();
  }

  /** Points whose group has the same name in all layers. */
  function unchanged() {
    const { labels } = content.points, name = (layer, at) => content.layers[layer].labels[labels[layer][at]];
    return Uint8Array.from(labels[0], (_, at) => labels.every((_label, layer) => name(layer, at) === name(0, at)));
  }

  function everything() {
    const bounds = L.latLngBounds([]);
    content.layers.forEach((layer) => bounds.extend(L.polygon(layer.shapes).getBounds()));
    if (content.points) content.points.lon.forEach((lon, at) => bounds.extend([content.points.lat[at], lon]));
    return bounds;
  }

  /** The region of most points: a few far-off ones do not make all the others tiny at first. */
  function usual() {
    const all = everything();
    if (!content.points || content.points.lon.length < 50) return all;
    const span = (values) => {
      const ordered = Float32Array.from(values).sort(), cut = Math.floor(ordered.length / 100);
      return [ordered[cut], ordered[ordered.length - 1 - cut]];
    };
    const [west, east] = span(content.points.lon), [south, north] = span(content.points.lat);
    const most = L.latLngBounds([south, west], [north, east]).pad(0.06);
    const far = east - west < 0.6 * (all.getEast() - all.getWest()) || north - south < 0.6 * (all.getNorth() - all.getSouth());
    return far ? most : all;
  }

  /** Bring a region into the part of the map that the panel leaves free. */
  function fit(bounds, animate = !window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
    if (!bounds.isValid()) return;
    const side = panel.node.getBoundingClientRect();
    map.fitBounds(bounds, { animate, maxZoom: 13, paddingTopLeft: narrow.matches ? [16, 16] : [side.right + 24, 24],
      paddingBottomRight: narrow.matches ? [16, window.innerHeight - side.top + 16] : [64, 32] });
  }

  /** Turn what was sent into coordinates and typed arrays. */
  function unpack(sent) {
    const unit = 10 ** -sent.digits;
    const ring = (steps) => {
      const line = [];
      for (let at = 0, x = 0, y = 0; at < steps.length; at += 2) {
        x += steps[at];
        y += steps[at + 1];
        line.push([y * unit, x * unit]);
      }
      return line;
    };
    const shapes = (list) => list.map((shape) => shape.map((part) => part.map(ring)));
    sent.layers.forEach((layer) => {
      layer.shapes = shapes(layer.shapes);
      layer.names = layer.shapes.map((shape, group) => namePlace(shape, layer.labels[group], group))
        .filter(Boolean).sort((a, b) => b.size - a.size);
    });
    sent.areas = shapes(sent.areas).map((shape) => shape.map((part) => part.map((line) => [...line, line[0]])));
    if (sent.points) {
      const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
      sent.points.lon = new Float32Array(bytes(sent.points.lon));
      sent.points.lat = new Float32Array(bytes(sent.points.lat));
      sent.points.labels = sent.points.labels.map((text) => new Uint16Array(bytes(text)));
    }
    return sent;
  }

  /** Where a group's name goes: the middle of the widest stretch through its largest part. */
  function namePlace(shape, text, group) {
    let best = null;
    for (const [line] of shape) {
      let area = 0, low = Infinity, high = -Infinity;
      line.forEach(([y, x], at) => {
        const [v, u] = line[(at + 1) % line.length];
        area += x * v - u * y;
        low = Math.min(low, y);
        high = Math.max(high, y);
      });
      if (!best || Math.abs(area) > best.size) best = { size: Math.abs(area), line, low, high };
    }
    if (!best) return null;
    let place = null;
    for (const share of [0.5, 0.4, 0.6, 0.3, 0.7]) {
      const y = best.low + share * (best.high - best.low), cuts = [];
      best.line.forEach(([b, a], at) => {
        const [d, c] = best.line[(at + 1) % best.line.length];
        if ((b > y) !== (d > y)) cuts.push(a + (y - b) / (d - b) * (c - a));
      });
      cuts.sort((one, other) => one - other);
      for (let at = 0; at + 1 < cuts.length; at += 2) {
        const width = (cuts[at + 1] - cuts[at]) * (1 - Math.abs(share - 0.5));
        if (!place || width > place.width) place = { width, lon: (cuts[at] + cuts[at + 1]) / 2, lat: y };
      }
    }
    return place && { ...place, text, group, size: best.size };
  }
})();
