"""Neighbours of polygons and points."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.adjacency import point_neighbours, shared_borders
from geo.cells import cells

Grid = Callable[..., gpd.GeoSeries]


def borders(shapes: list[shapely.Geometry], **options: object) -> dict[tuple[int, int], float]:
    found = shared_borders(gpd.GeoSeries(shapes), **options)  # type: ignore[arg-type]
    return dict(zip(map(tuple, found.pairs.tolist()), found.length_m.tolist(), strict=True))


def n_pieces(n: int, pairs: np.ndarray) -> int:
    return connected_components(coo_array((np.ones(len(pairs)), pairs.T), shape=(n, n)), directed=False)[0]


def test_a_grid_has_rook_neighbours(grid: Grid) -> None:
    found = shared_borders(grid(4, 3))
    assert len(found.pairs) == 3 * 3 + 4 * 2
    assert (found.length_m == 1000).all()
    assert (found.pairs[:, 0] < found.pairs[:, 1]).all()


def test_corners_count_for_the_queen_only(grid: Grid) -> None:
    found = shared_borders(grid(2, 2), queen=True)
    assert found.pairs.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert found.length_m.tolist() == [1000, 1000, 0, 0, 1000, 1000]


def test_a_vertex_that_only_one_side_has() -> None:
    found = borders([shapely.box(0, 0, 100, 10), shapely.box(0, 10, 35, 20), shapely.box(35, 10, 100, 20)])
    assert found == pytest.approx({(0, 1): 35, (0, 2): 65, (1, 2): 10}, rel=1e-9)


@pytest.mark.parametrize("shift", [0.8, -0.8])
def test_small_gaps_and_overlaps_do_not_part_neighbours(shift: float) -> None:
    found = borders(
        [shapely.box(0, 0, 1000, 1000), shapely.box(1000 + shift, 200, 2000, 1200)], tolerance_m=2.0
    )
    assert found == pytest.approx({(0, 1): 800}, abs=5)
    assert borders([shapely.box(0, 0, 1000, 1000), shapely.box(1010, 200, 2000, 1200)], tolerance_m=2.0) == {}


def test_borders_drawn_with_different_vertices() -> None:
    x = np.linspace(0, 1000, 41)
    wavy = np.c_[x, 3 * np.sin(x / 40)]
    low = shapely.Polygon([*wavy, (1000, -500), (0, -500)])
    high = shapely.Polygon([*(wavy[::2] + np.array([0, 0.2])), (1000, 500), (0, 500)])
    assert borders([low, high], tolerance_m=4.0) == pytest.approx({(0, 1): 1000}, rel=0.03)


def test_a_corner_touch_is_no_border_even_with_tolerance() -> None:
    assert borders([shapely.box(0, 0, 100, 100), shapely.box(100, 100, 200, 200)], tolerance_m=1.0) == {}


def test_enclaves_and_overlaid_shapes_are_neighbours() -> None:
    hole = shapely.box(1, 1, 2, 2)
    ring = shapely.Polygon(shapely.box(0, 0, 3, 3).exterior, [hole.exterior])
    assert borders([ring, hole]) == {(0, 1): 4}
    assert borders([shapely.box(0, 0, 3, 3), hole], tolerance_m=0.01) == {(0, 1): 2}


def test_multipolygons_and_empty_shapes() -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 0, 6, 1)])
    assert borders([two, shapely.box(1, 0, 5, 1), shapely.Polygon(), None]) == {(0, 1): 2}
    assert borders([]) == {}
    assert borders([shapely.Polygon()]) == {}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40))
def test_in_a_coverage_borders_add_up_to_perimeters(seed: int, n: int) -> None:
    outline = shapely.box(0, 0, 10_000, 6_000)
    shapes = cells(np.random.default_rng(seed).uniform([0, 0], [10_000, 6_000], (n, 2)), outline)
    found = shared_borders(shapes)
    of_each = np.bincount(found.pairs.ravel(), weights=np.repeat(found.length_m, 2), minlength=n)
    outer = shapely.length(shapely.intersection(shapes.boundary.to_numpy(), outline.boundary))
    assert np.allclose(of_each + outer, shapes.length, rtol=1e-6, atol=0.1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40))
def test_points_hang_together(places: list[tuple[int, int]]) -> None:
    xy_m = np.array(places, dtype=float) * 100
    pairs = point_neighbours(xy_m)
    assert n_pieces(len(xy_m), pairs) == 1
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == len(pairs)


def test_points_on_a_line_are_linked_in_order() -> None:
    xy_m = np.array([[3, 3], [1, 1], [2, 2], [0, 0]]) * 1000.0
    assert point_neighbours(xy_m).tolist() == [[0, 2], [1, 2], [1, 3]]


def test_coincident_points_are_chained() -> None:
    xy_m = np.array([[0, 0], [0, 0], [0, 0], [5, 0]], dtype=float)
    assert point_neighbours(xy_m).tolist() == [[0, 1], [0, 3], [1, 2]]


def test_long_edges_along_the_hull_are_left_out() -> None:
    t = np.linspace(0, 0.9 * np.pi, 60)
    arc = np.c_[np.cos(t), np.sin(t)] * 100_000
    pairs = point_neighbours(arc)
    assert np.hypot(*(arc[pairs[:, 0]] - arc[pairs[:, 1]]).T).max() < 50_000
    assert n_pieces(60, pairs) == 1


def test_a_point_without_place_is_refused() -> None:
    with pytest.raises(ValueError, match="point 1 has no place"):
        point_neighbours([[0, 0], [np.nan, 1]])


def test_no_and_one_point() -> None:
    assert point_neighbours(np.empty((0, 2))).shape == (0, 2)
    assert point_neighbours([[1, 2]]).shape == (0, 2)
