"""Territories as areas on the map, also where only the places of accounts are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.export.assignments import Owners
from data.export.text import write_json
from geo.adjacency import point_neighbours
from geo.cells import cells
from geo.colours import group_colours
from geo.dissolve import dissolve, simplify
from geo.outline import outline_around

DETAIL = 1 / 8000
"""Outlines are simplified to this fraction of the map's diagonal."""
MOST_VERTICES = 200_000
"""Outlines are simplified further until they have no more vertices than this, about 5 MB of GeoJSON."""
GRID_DEG = 1e-6
"""Coordinates are written to a decimetre."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Territories as they are drawn.

    Parameters
    ----------
    shapes_deg
        One shape per territory in WGS 84; None for a territory without any basic unit.
    before_deg
        The same for the alignment in force; None where there is none.
    colours
        One colour per territory, unlike those of its neighbours.
    """

    shapes_deg: gpd.GeoSeries
    before_deg: gpd.GeoSeries | None
    colours: list[str]


def draw(owners: Owners) -> Drawn:
    """Return shapes, before and after, and colour of every territory."""
    problem = owners.assembled.problem
    shapes, unit = unit_shapes(owners)
    before = None
    if owners.plan.before is not None:
        before = _territories(owners, shapes, np.maximum(problem.current, -1)[unit])
    return Drawn(
        _territories(owners, shapes, owners.unit_territory[unit]),
        before,
        group_colours(problem.n_territories, _neighbour_territories(owners)),
    )


def unit_shapes(owners: Owners) -> tuple[gpd.GeoSeries, np.ndarray]:
    """Return shapes on the projection that tile the plan, and the basic unit that each of them stands for.

    Basic units that are points are drawn as the surroundings of each point: all places nearer to it than to
    any other point, within an outline around all points. Of units at the same point the first one counts.
    """
    shapes, units = owners.assembled.shapes, owners.assembled.problem.units
    if shapes is not None:
        return shapes, np.arange(len(units))
    place, first = np.unique(units.xy_m, axis=0, return_index=True)
    return cells(place, outline_around(place)), first


def _territories(owners: Owners, shapes: gpd.GeoSeries, label: np.ndarray) -> gpd.GeoSeries:
    """Return the shapes of each label joined, drawn with few vertices, in WGS 84."""
    joined = dissolve(shapes, label, owners.assembled.problem.n_territories)
    shown = np.flatnonzero(~joined.is_empty.to_numpy())
    drawn = np.full(len(joined), None, dtype=object)
    if len(shown):
        simpler = _simplified(joined.iloc[shown].reset_index(drop=True))
        drawn[shown] = _tidy(owners.assembled.projection.shapes_to_degrees(simpler).to_numpy())
    return gpd.GeoSeries(drawn, crs="EPSG:4326")


def write_geojson(path: Path, drawn: Drawn, rows: pd.DataFrame) -> None:
    """Write the territories as GeoJSON (RFC 7946) with the columns of `rows` as properties.

    A territory without shape has a null geometry.
    """
    bounds = drawn.shapes_deg.total_bounds
    collection = {
        "type": "FeatureCollection",
        **({"bbox": bounds.tolist()} if np.isfinite(bounds).all() else {}),
        "features": [
            {
                "type": "Feature",
                "geometry": None if shape is None else shapely.geometry.mapping(shape),
                "properties": {**properties, "colour": colour},
            }
            for shape, colour, properties in zip(
                drawn.shapes_deg, drawn.colours, rows.to_dict("records"), strict=True
            )
        ],
    }
    write_json(path, collection, compact=True)


def _simplified(shapes_m: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return the coverage with as little detail as its size on the screen asks for."""
    left, bottom, right, top = shapes_m.total_bounds
    tolerance = float(np.hypot(right - left, top - bottom)) * DETAIL
    simpler = simplify(shapes_m, tolerance)
    while shapely.get_num_coordinates(simpler.to_numpy()).sum() > MOST_VERTICES and tolerance < right - left:
        tolerance *= 2
        simpler = simplify(shapes_m, tolerance)
    return simpler


def _tidy(shapes_deg: np.ndarray) -> np.ndarray:
    """Return polygons on a decimetre grid, outer rings counter-clockwise as RFC 7946 wants them."""
    gridded = shapely.set_precision(shapely.make_valid(shapes_deg), GRID_DEG)
    # What a repair or the grid leaves besides polygons are slivers without area.
    return np.array([_polygons(shape) for shape in gridded], dtype=object)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry | None:
    """Return the polygons of `shape` with outer rings counter-clockwise; None where it has none."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"]
    wound = [shapely.geometry.polygon.orient(part) for part in parts if not part.is_empty]
    if not wound:
        return None
    return wound[0] if len(wound) == 1 else shapely.MultiPolygon(wound)


def _neighbour_territories(owners: Owners) -> np.ndarray:
    """Return the pairs of territories that share a border, shape ``(e, 2)``."""
    problem, label = owners.assembled.problem, owners.unit_territory
    if problem.graph is not None:
        pairs = problem.graph.edges()[0]
    else:
        pairs = np.asarray(point_neighbours(problem.units.xy_m)).reshape(-1, 2)
    border = np.sort(label[pairs], axis=1)
    return np.unique(border[(border[:, 0] != border[:, 1]) & (border[:, 0] >= 0)], axis=0)
