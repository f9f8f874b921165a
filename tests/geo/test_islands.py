"""Joining islands by the shortest bridges."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from geo.adjacency import shared_borders
from geo.islands import IslandPolicy, join_islands
from geo.shapes import inner_points_m

NO_PAIRS = np.empty((0, 2), dtype=int)


def test_the_nearest_outline_counts_not_the_nearest_middle() -> None:
    # The wide shape's middle is far away, its edge is near.
    shapes = gpd.GeoSeries(
        [
            shapely.box(0, 0, 10_000, 1_000),
            shapely.box(9_000, 1_100, 9_100, 1_200),
            shapely.box(9_000, 3_000, 9_500, 3_500),
        ]
    )
    xy_m = inner_points_m(shapes)
    assert join_islands(3, NO_PAIRS, xy_m, shapes).tolist() == [[0, 1], [1, 2]]
    assert join_islands(3, NO_PAIRS, xy_m).tolist() == [[0, 1], [1, 2]]


def test_the_middle_of_a_long_edge_is_near() -> None:
    shapes = gpd.GeoSeries(
        [
            shapely.box(0, 0, 10_000, 100),
            shapely.box(4_900, 110, 5_100, 300),
            shapely.box(10_000, 0, 11_000, 100),
        ]
    )
    assert join_islands(3, [[0, 2]], inner_points_m(shapes), shapes).tolist() == [[0, 1]]


def test_policies(grid: Callable[..., gpd.GeoSeries]) -> None:
    shapes = grid(3, 1).iloc[[0, 2]].reset_index(drop=True)
    xy_m = inner_points_m(shapes)
    assert join_islands(2, NO_PAIRS, xy_m, shapes, "none").shape == (0, 2)
    assert join_islands(2, NO_PAIRS, xy_m, shapes, IslandPolicy.NEAREST).tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="farthest"):
        join_islands(2, NO_PAIRS, xy_m, shapes, "farthest")


def test_nothing_to_join(grid: Callable[..., gpd.GeoSeries]) -> None:
    shapes = grid(3, 3)
    assert not len(join_islands(9, shared_borders(shapes).pairs, inner_points_m(shapes), shapes))
    assert not len(join_islands(0, NO_PAIRS, np.empty((0, 2))))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 25))
def test_bridges_join_everything_at_least_length(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    xy_m = random.uniform(0, 1e5, (n, 2))
    bridges = join_islands(n, NO_PAIRS, xy_m)
    away = np.hypot(*(xy_m[:, None] - xy_m[None]).transpose(2, 0, 1))
    length = np.hypot(*(xy_m[bridges[:, 0]] - xy_m[bridges[:, 1]]).T).sum()
    assert len(bridges) == n - 1
    assert length == pytest.approx(minimum_spanning_tree(away).sum())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 0.9))
def test_shapes_hang_together_afterwards(seed: int, kept: float) -> None:
    y, x = np.divmod(np.arange(64), 8)
    squares = shapely.box(x * 100.0, y * 100.0, x * 100.0 + 100, y * 100.0 + 100)
    shapes = gpd.GeoSeries(squares[np.random.default_rng(seed).random(64) < kept])
    n = len(shapes)
    pairs = shared_borders(shapes).pairs
    bridges = join_islands(n, pairs, inner_points_m(shapes), shapes)
    before = connected_components(coo_array((np.ones(len(pairs)), pairs.T), shape=(n, n)), directed=False)[0]
    both = np.r_[pairs, bridges]
    assert len(bridges) == max(before - 1, 0)
    assert n == 0 or connected_components(coo_array((np.ones(len(both)), both.T), shape=(n, n)))[0] == 1
