"""Mending shapes as they come in, and naming what was wrong with each."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geo.rings import POLYGONAL, made_valid, polygonal

SPECK_SHARE = 1e-9
"""A part smaller than this share of its shape is a speck left by drawing."""
OVERLAP_SHARE = 1e-3
"""Two shapes overlap when they have more than this share of the smaller one in common."""


@dataclass(frozen=True)
class ShapeFault:
    """One thing wrong with a shape.

    Parameters
    ----------
    position
        Row of the shape, from 0.
    what
        What is wrong, and what was done about it, in plain words.
    repaired
        True where the returned shape can be used as it is.
    """

    position: int
    what: str
    repaired: bool


def clean_shapes(shapes: gpd.GeoSeries) -> tuple[gpd.GeoSeries, list[ShapeFault]]:
    """Return usable shapes and everything that was wrong.

    Points stay as they are when all shapes are points. Otherwise every shape becomes a valid polygon or multipolygon:
    broken rings are mended, lines, points and specks inside a collection are dropped. A shape that cannot be used
    comes back as an empty polygon with a fault that is not repaired. Overlaps and duplicates are reported and left.

    Parameters
    ----------
    shapes
        Any geometries, None among them, in any coordinate system.

    Returns
    -------
    cleaned, faults
        Shapes with the same index, shape ``(n,)``, and the faults by position.
    """
    geometry = np.array(shapes.to_numpy(), dtype=object)
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    kinds = shapely.get_type_id(geometry)
    is_point = (kinds == shapely.GeometryType.POINT) & ~missing
    faults = [ShapeFault(int(at), "has no geometry", False) for at in np.flatnonzero(missing)]
    unfinished = ~missing & ~np.isfinite(_bounds(geometry)).all(axis=1)
    faults += [
        ShapeFault(int(at), "has a coordinate that is not a number", False)
        for at in np.flatnonzero(unfinished)
    ]
    if is_point.any() and (is_point | missing).all():
        geometry[missing | unfinished] = shapely.Point()
        return gpd.GeoSeries(geometry, index=shapes.index, crs=shapes.crs), sorted(faults, key=_position)

    geometry[missing | unfinished] = shapely.Polygon()
    geometry = shapely.force_2d(geometry)
    for at in np.flatnonzero(~(missing | unfinished)):
        geometry[at], fault = _clean_one(geometry[at], int(at))
        faults += fault
    faults += _duplicates_and_overlaps(geometry)
    return gpd.GeoSeries(geometry, index=shapes.index, crs=shapes.crs), sorted(faults, key=_position)


def _position(fault: ShapeFault) -> int:
    return fault.position


def _bounds(geometry: np.ndarray) -> np.ndarray:
    """Return bounds that are NaN where any coordinate is not finite (`shapely.bounds` passes over NaN)."""
    bounds = shapely.bounds(geometry)
    xy, owner = shapely.get_coordinates(geometry, return_index=True)
    bounds[np.unique(owner[~np.isfinite(xy).all(axis=1)])] = np.nan
    return bounds


def _clean_one(shape: shapely.Geometry, at: int) -> tuple[shapely.Geometry, list[ShapeFault]]:
    faults = []
    if not shapely.is_valid(shape):
        reason = shapely.is_valid_reason(shape)
        shape = made_valid(shape)
        faults.append(ShapeFault(at, f"has a broken outline ({reason}); it was mended", True))
    if shapely.get_type_id(shape) not in POLYGONAL:
        kind = shape.geom_type
        shape = polygonal(shape)
        if shape.is_empty:
            what = "has no area" if faults else f"is a {kind}, not a polygon"
            return shapely.Polygon(), [ShapeFault(at, what, False)]
        faults.append(ShapeFault(at, f"is a {kind}; its lines and points were dropped", True))
    parts = shapely.get_parts(shape)
    area = shapely.area(parts)
    if not area.sum() > 0:
        return shapely.Polygon(), [ShapeFault(at, "has no area", False)]
    large = area > SPECK_SHARE * area.sum()
    if not large.all():
        faults.append(
            ShapeFault(at, f"had {int((~large).sum())} part(s) without area; they were dropped", True)
        )
        shape = parts[large][0] if large.sum() == 1 else shapely.MultiPolygon(list(parts[large]))
    return shape, faults


def _duplicates_and_overlaps(geometry: np.ndarray) -> list[ShapeFault]:
    """Report shapes that repeat an earlier one, and pairs that share more than a sliver."""
    faults = []
    normal = shapely.to_wkb(shapely.normalize(geometry))
    first: dict[bytes, int] = {}
    repeated = set()
    for at in np.flatnonzero(~shapely.is_empty(geometry)):
        before = first.setdefault(normal[at], int(at))
        if before != at:
            repeated.add(int(at))
            faults.append(ShapeFault(int(at), f"is the same shape as number {before + 1}", False))

    tree = shapely.STRtree(geometry)
    # Edges that run inside another shape, or alongside it without its vertices, are found fast; few shapes have any.
    suspect = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(geometry)))
    pairs = [tree.query(geometry[suspect], predicate=relation) for relation in ("overlaps", "within")]
    one, other = np.hstack(pairs)
    pairs = np.unique(np.sort(np.c_[suspect[one], other], axis=1), axis=0)
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & ~np.isin(pairs, list(repeated)).any(axis=1)]
    if not len(pairs):
        return faults
    one, other = geometry[pairs[:, 0]], geometry[pairs[:, 1]]
    shared = shapely.area(shapely.intersection(one, other))
    share = shared / np.minimum(shapely.area(one), shapely.area(other))
    for (low, high), part in zip(pairs, share, strict=True):
        if part > OVERLAP_SHARE:
            what = f"overlaps shape number {low + 1} by {part:.1%} of the smaller one"
            faults.append(ShapeFault(int(high), what, False))
    return faults
