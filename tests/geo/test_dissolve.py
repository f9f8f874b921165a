"""Joining shapes by label and drawing them with fewer vertices."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cells import cells
from geo.dissolve import dissolve, simplify

Grid = Callable[..., gpd.GeoSeries]


def test_labels_without_shapes_are_empty_and_negative_labels_left_out(grid: Grid) -> None:
    joined = dissolve(grid(4, 1, crs=3857), [0, 0, 2, -1], 4)
    assert joined.area.tolist() == [2e6, 0, 1e6, 0]
    assert joined.iloc[0].equals(shapely.box(0, 0, 2000, 1000))
    assert joined.crs == 3857


def test_shapes_whose_vertices_do_not_match_are_joined_all_the_same() -> None:
    shapes = gpd.GeoSeries([shapely.box(0, 0, 10, 10), shapely.box(10, 3, 20, 5), shapely.box(9, 9, 12, 12)])
    joined = dissolve(shapes, [0, 0, 0], 1).iloc[0]
    assert joined.is_valid
    assert joined.equals(shapely.union_all(shapes.to_numpy()))


def test_missing_shapes_are_passed_over() -> None:
    shapes = gpd.GeoSeries([None, shapely.box(0, 0, 1, 1), shapely.Polygon()])
    assert dissolve(shapes, [0, 0, 0], 1).iloc[0].equals(shapely.box(0, 0, 1, 1))


def test_labels_that_do_not_fit_are_refused(grid: Grid) -> None:
    with pytest.raises(ValueError, match="2 shapes but 1 labels"):
        dissolve(grid(2, 1), [0], 1)
    with pytest.raises(ValueError, match="label 5 is not below"):
        dissolve(grid(2, 1), [0, 5], 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_dissolving_keeps_the_area_and_the_coverage(seed: int, n_labels: int) -> None:
    random = np.random.default_rng(seed)
    outline = shapely.box(0, 0, 10_000, 10_000)
    shapes = cells(random.uniform(0, 10_000, (60, 2)), outline)
    joined = dissolve(shapes, random.integers(0, n_labels, 60), n_labels)
    assert joined.is_valid.all()
    assert joined.area.sum() == pytest.approx(outline.area, rel=1e-9)
    assert shapely.coverage_is_valid(joined.to_numpy())


def test_simplified_shapes_still_share_their_borders() -> None:
    wave = [(x, 40 * np.sin(x / 30)) for x in np.linspace(0, 1000, 200)]
    shapes = gpd.GeoSeries(
        [shapely.Polygon([*wave, (1000, 900), (0, 900)]), shapely.Polygon([*wave, (1000, -900), (0, -900)])],
        index=[5, 6],
    )
    thinner = simplify(shapes, 40.0)
    assert shapely.get_num_coordinates(thinner.to_numpy()).sum() < 200
    assert shapely.coverage_is_valid(thinner.to_numpy())
    assert thinner.area.sum() == pytest.approx(shapes.area.sum(), rel=1e-6)
    assert thinner.index.tolist() == [5, 6]


def test_specks_go_and_lone_small_shapes_stay() -> None:
    speck = shapely.box(500, 500, 501, 501)
    shapes = gpd.GeoSeries(
        [shapely.MultiPolygon([shapely.box(0, 0, 100, 100), speck]), shapely.box(300, 0, 301, 1)]
    )
    thinner = simplify(shapes, 10.0)
    assert thinner.iloc[0].equals(shapely.box(0, 0, 100, 100))
    assert not thinner.iloc[1].is_empty


def test_no_tolerance_changes_nothing(grid: Grid) -> None:
    assert simplify(grid(2, 2), 0.0).equals(grid(2, 2))
