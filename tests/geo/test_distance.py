"""Distances and sizes."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.distance import EARTH_RADIUS_M, great_circle_m, straight_m
from geo.shapes import area_m2, bounds_m, inner_points_m, perimeter_m


def test_great_circles_agree_with_the_ellipsoid() -> None:
    lon, lat = np.random.default_rng(2).uniform([[-180] * 50, [-90] * 50], [[180] * 50, [90] * 50])
    _, _, exact = Geod(ellps="WGS84").inv(lon[:25], lat[:25], lon[25:], lat[25:])
    assert great_circle_m(lon[:25], lat[:25], lon[25:], lat[25:]) == pytest.approx(exact, rel=0.006)


def test_antipodes_and_neighbours_are_exact() -> None:
    half = np.pi * EARTH_RADIUS_M
    assert great_circle_m(0, 0, 180, 0) == pytest.approx(half, rel=1e-15)
    assert great_circle_m(30, 45, -150, -45 + 1e-7) == pytest.approx(
        half - np.radians(1e-7) * EARTH_RADIUS_M, rel=1e-12
    )
    assert great_circle_m(10, 50, 10, 50 + 1e-9) == pytest.approx(np.radians(1e-9) * EARTH_RADIUS_M, rel=1e-4)
    assert great_circle_m(7, 7, 7, 7) == 0


def test_arguments_broadcast() -> None:
    assert great_circle_m([[0], [90]], 0, [0, 90, 180], 0).shape == (2, 3)
    assert straight_m([[0, 0], [3, 4]], [0, 0]).tolist() == [0, 5]


def test_sizes(grid: Callable[..., gpd.GeoSeries]) -> None:
    shapes = grid(2, 1)
    assert area_m2(shapes).tolist() == [1e6, 1e6]
    assert perimeter_m(shapes).tolist() == [4000, 4000]
    assert bounds_m(shapes) == (0, 0, 2000, 1000)


def test_inner_points_lie_inside() -> None:
    crescent = shapely.Point(0, 0).buffer(10) - shapely.Point(4, 0).buffer(9)
    shapes = gpd.GeoSeries([shapely.box(0, 0, 2, 2), crescent, shapely.Point(3, 4), shapely.Polygon(), None])
    inner = inner_points_m(shapes)
    assert inner[0].tolist() == [1, 1]
    assert crescent.contains(shapely.Point(inner[1]))
    assert inner[2].tolist() == [3, 4]
    assert np.isnan(inner[3:]).all()
