"""Cells around points tile their outline."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.adjacency import shared_borders
from geo.cells import cells
from geo.locate import locate

HOOK = shapely.Polygon(
    [(0, 0), (1000, 0), (1000, 100), (100, 100), (100, 900), (1000, 900), (1000, 1000), (0, 1000)]
)
HOLED = shapely.box(0, 0, 1000, 1000) - shapely.box(300, 300, 700, 700)
OUTLINES = {
    "square": shapely.box(0, 0, 1000, 1000),
    "hook": HOOK,
    "hole": HOLED,
    "parts": shapely.MultiPolygon([shapely.box(0, 0, 400, 1000), shapely.box(600, 0, 1000, 1000)]),
    "far part": shapely.MultiPolygon([shapely.box(0, 0, 1000, 1000), shapely.box(4000, 4000, 4100, 4100)]),
}


def assert_tiles(shapes: gpd.GeoSeries, outline: shapely.Geometry) -> None:
    assert shapes.is_valid.all()
    assert not shapes.is_empty.any()
    assert shapes.area.sum() == pytest.approx(outline.area, rel=1e-9)
    assert shapely.coverage_is_valid(shapes.to_numpy())
    assert shapely.union_all(shapes.to_numpy()).symmetric_difference(outline).area < 1e-6 * outline.area


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.sampled_from(sorted(OUTLINES)))
def test_cells_tile_the_outline(seed: int, n: int, kind: str) -> None:
    outline = OUTLINES[kind]
    xy_m = np.random.default_rng(seed).uniform(-50, 1050, (n, 2))
    shapes = cells(xy_m, outline)
    assert len(shapes) == n
    assert_tiles(shapes, outline)
    inside = shapely.contains_properly(outline, shapely.points(xy_m))
    assert (shapely.distance(shapes.to_numpy(), shapely.points(xy_m))[inside] < 1e-5).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40))
def test_in_a_convex_outline_every_place_goes_to_the_nearest_point(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    xy_m, probes = random.uniform(0, 1000, (n, 2)), random.uniform(0, 1000, (200, 2))
    found = locate(probes, cells(xy_m, OUTLINES["square"]), tolerance_m=0.1)
    away = np.hypot(*(probes[:, None] - xy_m[None]).transpose(2, 0, 1))
    assert np.allclose(away[np.arange(200), found], away.min(axis=1), atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 30))
def test_within_one_part_cells_hang_together(seed: int, n: int) -> None:
    probes = np.random.default_rng(seed).uniform(0, 1000, (20 * n, 2))
    xy_m = probes[shapely.contains_properly(HOOK, shapely.points(probes))][:n]
    if len(xy_m):
        assert (cells(xy_m, HOOK).geom_type == "Polygon").all()


@pytest.mark.parametrize("direction", [(1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("n", [2, 3, 7])
def test_points_on_a_line(direction: tuple[int, int], n: int) -> None:
    xy_m = 100 + np.arange(n)[:, None] * np.array(direction) * 100.0
    assert_tiles(cells(xy_m, OUTLINES["square"]), OUTLINES["square"])


def test_one_point_gets_everything() -> None:
    assert cells([[10, 10]], OUTLINES["parts"]).iloc[0].equals(OUTLINES["parts"])


def test_a_part_without_points_goes_to_the_nearest_point() -> None:
    shapes = cells([[100, 100], [900, 900]], OUTLINES["far part"])
    assert shapes.iloc[0].geom_type == "Polygon"
    assert shapes.iloc[1].intersects(shapely.box(4000, 4000, 4100, 4100))


def test_points_outside_that_reach_one_corner_stay_apart() -> None:
    shapes = cells([[-50, -50], [-60, -60], [-90, -10], [500, 500]], OUTLINES["square"])
    assert_tiles(shapes, OUTLINES["square"])


def test_many_points_outside_that_reach_one_corner_all_get_a_cell() -> None:
    xy_m = -np.random.default_rng(0).uniform(1, 500, (200, 2))
    assert_tiles(cells(xy_m, OUTLINES["square"]), OUTLINES["square"])


def test_a_point_in_a_hole_counts_as_at_its_rim() -> None:
    shapes = cells([[310, 500], [690, 510], [100, 100]], HOLED)
    assert_tiles(shapes, HOLED)
    assert shapes.iloc[0].intersects(shapely.Point(299, 500))
    assert shapes.iloc[1].intersects(shapely.Point(701, 510))


def test_parts_that_touch_in_a_point_and_bow_ties_are_tiled() -> None:
    corners = [(-1442.6, -425.4), (1527.7, 998.3), (648.9966, -533.8755), (157.8188, -1390.3391)]
    bow_tie = shapely.Polygon(
        [*corners, (-505.2, -542.5056), (834.81885, -543.50989), (614.80215, -532.10257)]
    )
    outline = shapely.make_valid(bow_tie, method="structure")
    assert outline.geom_type == "MultiPolygon"
    assert_tiles(cells([[-1272.2, 565.9], [1132.0, -350.4]], outline), outline)


def test_points_a_centimetre_apart_far_from_the_origin() -> None:
    middle = np.array([4e6, 5e6])
    outline = shapely.box(*(middle - 1e6), *(middle + 1e6))
    xy_m = middle + np.random.default_rng(3).uniform(-9e5, 9e5, (50, 2))
    assert_tiles(cells(np.r_[xy_m, xy_m[:3] + np.array([0.01, 0])], outline), outline)


def test_cells_border_on_what_lies_beyond_the_outline() -> None:
    outline, beyond = OUTLINES["square"], shapely.box(1000, 0, 2000, 1000)
    shapes = cells(np.random.default_rng(5).uniform(0, 1000, (30, 2)), outline)
    found = shared_borders(gpd.GeoSeries([*shapes, beyond]))
    east = found.pairs[:, 1] == 30
    assert found.length_m[east].sum() == pytest.approx(1000, rel=1e-6)


@pytest.mark.parametrize(
    ("xy_m", "outline", "words"),
    [
        ([[1, 1], [2, 2], [1, 1]], OUTLINES["square"], "points 0 and 2"),
        ([[1, np.nan]], OUTLINES["square"], "point 0 has no place"),
        (np.empty((0, 2)), OUTLINES["square"], "no points"),
        ([[1, 1]], shapely.Polygon(), "no area"),
        ([[1, 1]], shapely.LineString([(0, 0), (1, 1)]), "no area"),
    ],
)
def test_what_cannot_be_divided_is_refused(xy_m: object, outline: shapely.Geometry, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cells(xy_m, outline)  # type: ignore[arg-type]
