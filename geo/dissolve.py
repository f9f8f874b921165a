"""Joining shapes by label, and drawing a whole coverage with fewer vertices."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike

from geo.rings import mended, polygonal

AREA_TOLERANCE = 1e-6
"""A fast union is trusted when it is valid and its area is that of its members within this share."""


def dissolve(shapes_m: gpd.GeoSeries, label: ArrayLike, n_labels: int) -> gpd.GeoSeries:
    """Join the shapes of each label into one.

    Parameters
    ----------
    shapes_m
        Polygons, in metres or degrees.
    label
        Label of each shape, shape ``(n,)``, 0 to ``n_labels − 1``; shapes with a negative label are left out.
    n_labels
        How many labels there are.

    Returns
    -------
    joined
        Polygon or multipolygon of each label, length `n_labels`; empty where a label has no shapes.
    """
    label = np.asarray(label, dtype=np.int64)
    shapes = shapes_m.to_numpy()
    if len(label) != len(shapes):
        raise ValueError(f"there are {len(shapes)} shapes but {len(label)} labels")
    if len(label) and label.max() >= n_labels:
        raise ValueError(f"label {label.max()} is not below the number of labels, {n_labels}")
    order = np.argsort(label, kind="stable")
    start = np.searchsorted(label[order], np.arange(n_labels + 1))
    joined = np.empty(n_labels, dtype=object)
    for at in range(n_labels):
        joined[at] = join(shapes[order[start[at] : start[at + 1]]])
    return gpd.GeoSeries(joined, crs=shapes_m.crs)


def join(shapes: np.ndarray) -> shapely.Geometry:
    """Return the union of polygons: the fast way where their edges match, else the general one."""
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if not len(shapes):
        return shapely.Polygon()
    if len(shapes) == 1:
        return shapes[0]
    total = shapely.area(shapes).sum()
    try:
        quick = polygonal(shapely.coverage_union_all(shapes))
    except shapely.GEOSException:
        quick = shapely.Polygon()
    if quick.is_valid and abs(quick.area - total) <= AREA_TOLERANCE * total:
        return quick
    return polygonal(shapely.union_all(shapes))


def simplify(shapes_m: gpd.GeoSeries, tolerance_m: float) -> gpd.GeoSeries:
    """Draw shapes with fewer vertices while shared borders stay shared, without gaps or overlaps.

    Parameters
    ----------
    shapes_m
        Polygons that together form a coverage: neighbours share their vertices.
    tolerance_m
        Roughly the size of the bends that may go, in the units of the coordinates. Parts smaller than its square
        are dropped, except the largest part of each shape.
    """
    shapes = shapes_m.to_numpy()
    if tolerance_m <= 0 or not len(shapes):
        return shapes_m.copy()
    thinner = mended(shapely.coverage_simplify(shapes, tolerance_m))
    return gpd.GeoSeries(_without_specks(thinner, tolerance_m**2), index=shapes_m.index, crs=shapes_m.crs)


def _without_specks(shapes: np.ndarray, smallest: float) -> np.ndarray:
    shapes = shapes.copy()
    for at in np.flatnonzero(shapely.get_num_geometries(shapes) > 1):
        parts = shapely.get_parts(shapes[at])
        area = shapely.area(parts)
        kept = parts[(area >= smallest) | (area == area.max())]
        shapes[at] = kept[0] if len(kept) == 1 else shapely.MultiPolygon(list(kept))
    return shapes
