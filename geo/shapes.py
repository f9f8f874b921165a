"""Sizes of projected shapes and a point inside each."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def area_m2(shapes_m: gpd.GeoSeries) -> FloatArray:
    """Return the area of each shape in square metres, shape ``(n,)``; 0 for points and empty shapes."""
    return shapely.area(shapes_m.to_numpy())


def perimeter_m(shapes_m: gpd.GeoSeries) -> FloatArray:
    """Return the length of each shape's outline in metres, holes included, shape ``(n,)``; 0 for points."""
    return shapely.length(shapes_m.to_numpy())


def bounds_m(shapes_m: gpd.GeoSeries) -> tuple[float, float, float, float]:
    """Return ``(x_min, y_min, x_max, y_max)`` over all shapes, in metres; NaN where there are none."""
    x_min, y_min, x_max, y_max = shapely.total_bounds(shapes_m.to_numpy())
    return float(x_min), float(y_min), float(x_max), float(y_max)


def inner_points_m(shapes_m: gpd.GeoSeries) -> FloatArray:
    """Return a point inside each shape, shape ``(n, 2)``: its centroid where that lies inside, else one on its surface.

    Points are their own inner points; empty shapes give NaN.
    """
    shapes = shapes_m.to_numpy()
    inner = np.full((len(shapes), 2), np.nan)
    usable = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    place = shapely.centroid(shapes[usable])
    outside = ~shapely.intersects(shapes[usable], place)
    place[outside] = shapely.point_on_surface(shapes[usable][outside])
    inner[usable] = shapely.get_coordinates(place)
    return inner
