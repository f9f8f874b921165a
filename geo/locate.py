"""Which polygon each point lies in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]

NOT_FOUND = -1


def locate(xy_m: ArrayLike, shapes_m: gpd.GeoSeries, tolerance_m: float = 0.0) -> IntArray:
    """Return the position of the polygon that each point lies in.

    Parameters
    ----------
    xy_m
        Points in metres, shape ``(n, 2)``; NaN where a point has no place.
    shapes_m
        Polygons in metres.
    tolerance_m
        A point outside every polygon goes to the nearest one within this many metres.

    Returns
    -------
    position
        Shape ``(n,)``; −1 for points without a polygon. A point on a border goes to the first of its polygons.
    """
    xy_m = np.asarray(xy_m, dtype=float).reshape(-1, 2)
    shapes = shapes_m.to_numpy()
    found = np.full(len(xy_m), len(shapes), dtype=np.int64)
    usable = np.flatnonzero(np.isfinite(xy_m).all(axis=1))
    points = shapely.points(xy_m[usable])
    # The tree holds the points and is asked with the polygons: GEOS prepares what it asks with.
    polygon, point = shapely.STRtree(points).query(shapes, predicate="intersects")
    np.minimum.at(found, usable[point], polygon)
    missed = np.flatnonzero(found[usable] == len(shapes))
    if tolerance_m > 0 and len(missed):
        filled = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
        tree = shapely.STRtree(shapes[filled])
        point, polygon = tree.query_nearest(points[missed], max_distance=tolerance_m)
        np.minimum.at(found, usable[missed[point]], filled[polygon])
    found[found == len(shapes)] = NOT_FOUND
    return found
