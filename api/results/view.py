"""What the map and the account table need beyond the output folder, prepared once and kept as plain files.

A view lies beside the output: ``view.json`` (what is there), ``accounts.parquet``, ``points.bin`` and GeoJSON layers at
levels of detail. It is made in the process of the job, where everything is at hand, or on the first look at a plan
that was made elsewhere.
"""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from api.results.output import PlanOutput
from api.results.points import encode
from data.assembled import Assembled
from geo.cells import cells
from geo.dissolve import dissolve, simplify
from geo.outline import outline_around

FORMAT = 1
VIEW = "view"
"""Name of the folder of a view, beside the output."""
Layer = tuple[gpd.GeoSeries, list[dict[str, Any]]]
"""Shapes in metres and the properties of each."""
_LEVELS = (1 / 1000, 1 / 6000)
"""Detail of each level: outlines are simplified to this fraction of the map's diagonal."""
_DIGITS = (4, 5)
"""Decimals of a degree per level: one global grid, so that borders of neighbours stay one line."""


def is_ready(view: Path) -> bool:
    """Return whether `view` holds a view that this version can read."""
    try:
        found: dict[str, Any] = json.loads((view / "view.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return found.get("format") == FORMAT


def make_view(assembled: Assembled, output: Path, view: Path) -> None:
    """Write the view of a plan; `view` is complete or not there.

    Parameters
    ----------
    assembled
        What the plan was made from.
    output
        The folder the plan was written to.
    view
        Where the view is to be; replaced where it exists.
    """
    fresh = view.with_name(f".{view.name}.{secrets.token_hex(4)}")
    fresh.mkdir(parents=True)
    try:
        _write(assembled, PlanOutput(output), fresh)
        shutil.rmtree(view, ignore_errors=True)
        fresh.rename(view)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(assembled: Assembled, output: PlanOutput, view: Path) -> None:
    accounts = _accounts(assembled, output)
    accounts.to_parquet(view / "accounts.parquet", index=False)
    placed = np.isfinite(accounts[["longitude", "latitude"]].to_numpy()).all(axis=1)
    position = np.flatnonzero(placed)
    shown = accounts.loc[placed]
    order = {territory_id: j for j, territory_id in enumerate(output.territory_ids)}
    first = assembled.problem.measures[0].name if assembled.problem.measures else None
    weight = shown[f"value:{first}"].to_numpy(float) if first else np.ones(len(shown))
    points = encode(
        shown[["longitude", "latitude"]].to_numpy(float),
        position,
        _positions(shown["territory_id"], order),
        _positions(shown["previous_territory_id"], order),
        weight,
    )
    (view / "points.bin").write_bytes(points)

    layers = [
        _write_layer(view, assembled, "areas", *_areas(assembled, output, order)),
        _write_layer(view, assembled, "territories-after", *_after(assembled, output)),
        _write_layer(view, assembled, "territories-before", *_before(assembled)),
        _write_homes(view, assembled),
    ]
    info = {
        "format": FORMAT,
        "bounds": _bounds(assembled, shown),
        "points": len(shown),
        "layers": [layer for layer in layers if layer["features"]],
    }
    (view / "view.json").write_text(json.dumps(info), encoding="utf-8")


def _accounts(assembled: Assembled, output: PlanOutput) -> pd.DataFrame:
    """Return one row per account, in their order; one per basic unit where there are none."""
    problem = assembled.problem
    if assembled.accounts is None:
        ids, activity = problem.units.unit_id, problem.activity
        place = assembled.projection.to_degrees(problem.units.xy_m)
        source: Any = "unit"
        name = _unit_names(assembled)
        key = "unit_id"
    else:
        ids, activity, place = (
            assembled.accounts.account_id,
            assembled.accounts.activity,
            assembled.account_place_deg,
        )
        source = assembled.account_place_source
        folder = assembled.folder.accounts
        name = folder["name"].to_numpy(dtype=object) if folder is not None and "name" in folder else ""
        key = "account_id"
    told = output.assignments
    told = told[told[key] != ""].drop_duplicates(key).set_index(key)
    found = told.reindex(ids)[["territory_id", "previous_territory_id", "reason"]].fillna("")
    frame = pd.DataFrame(
        {
            "account_id": ids,
            "name": name,
            "territory_id": found["territory_id"].to_numpy(dtype=object),
            "previous_territory_id": np.asarray(assembled.previous_territory, dtype=object),
            "reason": found["reason"].to_numpy(dtype=object),
            "place": source,
            "longitude": place[:, 0],
            "latitude": place[:, 1],
        }
    )
    if not output.unplaced.empty:
        reasons = output.unplaced.drop_duplicates("account_id").set_index("account_id")["reason"]
        frame["reason"] = frame["account_id"].map(reasons).fillna(frame["reason"])
    for m, measure in enumerate(problem.measures):
        frame[f"value:{measure.name}"] = activity[:, m]
    return frame


def _unit_names(assembled: Assembled) -> Any:
    units = assembled.folder.units
    if units is None or "name" not in units:
        return ""
    return np.append(units["name"].to_numpy(dtype=object), "")[assembled.unit_area]


def _areas(assembled: Assembled, output: PlanOutput, order: dict[str, int]) -> Layer:
    """Return the areas of the folder in metres with their names and owners; nothing where they are points."""
    units = assembled.folder.units
    if units is None or not units.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return gpd.GeoSeries([]), []
    told = output.assignments
    told = told[told["unit_id"] != ""].drop_duplicates("unit_id").set_index("unit_id")
    found = told.reindex(units["unit_id"])[["territory_id", "previous_territory_id"]].fillna("")
    after = _positions(found["territory_id"], order)
    before = _positions(found["previous_territory_id"], order)
    names = units["name"] if "name" in units else units["unit_id"]
    properties = [
        {"id": unit_id, "name": name or unit_id, "after": int(new), "before": int(old)}
        for unit_id, name, new, old in zip(units["unit_id"], names, after, before, strict=True)
    ]
    return assembled.projection.shapes_to_m(units.geometry), properties


def _after(assembled: Assembled, output: PlanOutput) -> Layer:
    """Return the territories of the plan as the output drew them, in metres."""
    features = output.shapes["features"]
    shapes = [None if f["geometry"] is None else shapely.geometry.shape(f["geometry"]) for f in features]
    known = [j for j, shape in enumerate(shapes) if shape is not None]
    ids = output.territory_ids
    order = {territory_id: j for j, territory_id in enumerate(ids)}
    index = [order[str(features[j]["properties"]["territory_id"])] for j in known]
    drawn = gpd.GeoSeries([shapes[j] for j in known], crs="EPSG:4326")
    return assembled.projection.shapes_to_m(drawn), [{"id": ids[j], "index": j} for j in index]


def _before(assembled: Assembled) -> Layer:
    """Return the territories in force today in metres; nothing where there are none."""
    problem, shapes = assembled.problem, assembled.shapes
    label: NDArray[np.int32] = np.maximum(problem.current, -1)
    if not (label >= 0).any():
        return gpd.GeoSeries([]), []
    if shapes is None:
        place, first = np.unique(problem.units.xy_m, axis=0, return_index=True)
        shapes, label = cells(place, outline_around(place)), label[first]
    joined = dissolve(shapes, label, problem.n_territories)
    shown = np.flatnonzero(~joined.is_empty.to_numpy())
    ids = problem.territories.territory_id
    properties = [{"id": str(ids[j]), "index": int(j)} for j in shown]
    return joined.iloc[shown].reset_index(drop=True), properties


def _write_layer(
    view: Path, assembled: Assembled, name: str, shapes_m: gpd.GeoSeries, properties: list[dict[str, Any]]
) -> dict[str, Any]:
    """Write a layer at every level of detail and return what ``view.json`` says of it."""
    sizes = []
    if len(shapes_m):
        left, bottom, right, top = shapes_m.total_bounds
        diagonal = float(np.hypot(right - left, top - bottom))
        for level, (detail, digits) in enumerate(zip(_LEVELS, _DIGITS, strict=True)):
            simpler = simplify(shapes_m, diagonal * detail)
            simpler = simpler.map(
                lambda shape, least=(diagonal * detail) ** 2: _without_pinholes(shape, least)
            )
            shapes = assembled.projection.shapes_to_degrees(simpler).to_numpy()
            geometry = shapely.transform(shapes, lambda xy, digits=digits: xy.round(digits))
            sizes.append(_write_features(view / f"{name}-{level}.geojson", geometry, properties))
    return {"name": name, "levels": len(sizes), "features": len(properties), "bytes": sizes}


def _without_pinholes(shape: Any, least: float) -> Any:
    """Return a shape without holes smaller than `least`, which show as specks along borders."""
    parts = [
        shapely.Polygon(
            part.exterior, [ring for ring in part.interiors if shapely.Polygon(ring).area >= least]
        )
        for part in shapely.get_parts(shape)
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _write_homes(view: Path, assembled: Assembled) -> dict[str, Any]:
    territories = assembled.problem.territories
    known = np.flatnonzero(territories.have_home)
    places = assembled.projection.to_degrees(territories.home_xy_m[known]).round(5)
    properties = [
        {"id": str(territories.territory_id[j]), "index": int(j), "seat": str(territories.seat_id[j])}
        for j in known
    ]
    size = _write_features(view / "homes-0.geojson", shapely.points(places), properties)
    return {"name": "homes", "levels": 1, "features": len(known), "bytes": [size]}


def _write_features(path: Path, geometry: Any, properties: list[dict[str, Any]]) -> int:
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": values}
        for shape, values in zip(geometry, properties, strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return path.stat().st_size


def _positions(territory_id: pd.Series, order: dict[str, int]) -> NDArray[np.int32]:
    return np.array([order.get(name, -1) for name in territory_id], np.int32)


def _bounds(assembled: Assembled, shown: pd.DataFrame) -> list[float] | None:
    """Return west, south, east and north of everything that is drawn."""
    boxes = []
    if assembled.folder.units is not None:
        boxes.append(assembled.folder.units.geometry.total_bounds)
    if len(shown):
        lon, lat = shown["longitude"], shown["latitude"]
        boxes.append(np.array([lon.min(), lat.min(), lon.max(), lat.max()]))
    if not boxes:
        return None
    box = np.array(boxes)
    return [float(v) for v in (*box[:, :2].min(axis=0), *box[:, 2:].max(axis=0))]
