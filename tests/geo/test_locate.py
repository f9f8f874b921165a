"""Points in polygons."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely

from geo.locate import locate


def test_inside_border_near_and_far(grid: Callable[..., gpd.GeoSeries]) -> None:
    shapes = grid(2, 2)
    places = [[500, 500], [1500, 1500], [1000, 500], [1000, 1000], [-10, 1500], [-500, 0], [np.nan, 3]]
    assert locate(places, shapes).tolist() == [0, 3, 0, 0, -1, -1, -1]
    assert locate(places, shapes, tolerance_m=20).tolist() == [0, 3, 0, 0, 2, -1, -1]


def test_empty_and_missing_shapes_hold_nothing() -> None:
    shapes = gpd.GeoSeries([shapely.Polygon(), None, shapely.box(0, 0, 1, 1)])
    assert locate([[0.5, 0.5], [5, 0.5]], shapes, tolerance_m=10).tolist() == [2, 2]
    assert locate(np.empty((0, 2)), shapes).tolist() == []
    assert locate([[0, 0]], gpd.GeoSeries([])).tolist() == [-1]


def test_holes_are_outside() -> None:
    ring = shapely.box(0, 0, 9, 9) - shapely.box(3, 3, 6, 6)
    assert locate([[4.5, 4.5], [1, 1]], gpd.GeoSeries([ring])).tolist() == [-1, 0]
