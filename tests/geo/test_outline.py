"""Outlines around points that bring none."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.outline import outline_around


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 300), st.sampled_from([1.0, 1e4, 1e6]))
def test_every_point_lies_well_inside(seed: int, n: int, spread: float) -> None:
    xy_m = np.random.default_rng(seed).normal(0, spread, (n, 2))
    outline = outline_around(xy_m)
    assert outline.is_valid
    assert outline.area > 0
    assert shapely.distance(outline.boundary, shapely.points(xy_m)).min() > 100
    assert shapely.contains_properly(outline, shapely.points(xy_m)).all()


def test_far_off_groups_get_parts_of_their_own() -> None:
    random = np.random.default_rng(0)
    land = random.uniform(0, 1e6, (2000, 2))
    island = random.uniform(0, 2e4, (20, 2)) + np.array([4e6, 0])
    outline = outline_around(np.r_[land, island])
    assert outline.geom_type == "MultiPolygon"
    assert len(outline.geoms) == 2
    assert outline.area < 1.3e12


def test_many_points_are_thinned_and_still_inside() -> None:
    xy_m = np.random.default_rng(0).uniform(0, 1e6, (40_000, 2))
    outline = outline_around(xy_m)
    assert shapely.contains_properly(outline, shapely.points(xy_m)).all()
    assert 1e12 < outline.area < 1.2e12


@pytest.mark.parametrize("xy_m", [[[5, 5]], [[0, 0], [0, 0]], [[0, 0], [1e5, 1e5], [2e5, 2e5]]])
def test_few_and_collinear_points(xy_m: list[list[float]]) -> None:
    outline = outline_around(xy_m)
    assert shapely.contains_properly(outline, shapely.points(xy_m)).all()


@pytest.mark.parametrize("xy_m", [np.empty((0, 2)), [[np.nan, 1]]])
def test_no_place_no_outline(xy_m: object) -> None:
    with pytest.raises(ValueError, match="at least one point"):
        outline_around(xy_m)  # type: ignore[arg-type]
