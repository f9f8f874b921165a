"""Mending shapes: nothing breaks, nothing disappears, everything is named."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.clean import clean_shapes

SQUARE = shapely.box(0, 0, 1, 1)
BOW_TIE = shapely.Polygon([(5, 0), (6, 1), (6, 0), (5, 1)])


def faults_of(*shapes: shapely.Geometry | None) -> list[tuple[int, str, bool]]:
    return [
        (fault.position, fault.what, fault.repaired) for fault in clean_shapes(gpd.GeoSeries(list(shapes)))[1]
    ]


def test_good_shapes_pass_untouched() -> None:
    shapes = gpd.GeoSeries([SQUARE, shapely.box(1, 0, 2, 1)], index=[7, 9], crs=4326)
    cleaned, faults = clean_shapes(shapes)
    assert not faults
    assert cleaned.equals(shapes)
    assert cleaned.crs == shapes.crs


def test_a_bow_tie_is_mended() -> None:
    cleaned, (fault,) = clean_shapes(gpd.GeoSeries([SQUARE, BOW_TIE]))
    assert fault.position == 1
    assert fault.repaired
    assert "Self-intersection" in fault.what
    assert cleaned.is_valid.all()
    assert cleaned.area.tolist() == [1, 0.5]


def test_lines_beside_a_polygon_are_dropped() -> None:
    mixed = shapely.GeometryCollection([shapely.box(5, 5, 6, 6), shapely.LineString([(0, 9), (1, 9)])])
    cleaned, (fault,) = clean_shapes(gpd.GeoSeries([SQUARE, mixed]))
    assert cleaned.iloc[1].equals(shapely.box(5, 5, 6, 6))
    assert fault.repaired


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (None, "no geometry"),
        (shapely.Polygon(), "no geometry"),
        (shapely.Point(3, 3), "not a polygon"),
        (shapely.LineString([(3, 3), (4, 4)]), "not a polygon"),
        (shapely.Polygon([(3, 3), (4, 4), (5, 5)]), "no area"),
    ],
)
def test_what_cannot_be_used_is_empty_and_named(shape: shapely.Geometry | None, words: str) -> None:
    cleaned, (fault,) = clean_shapes(gpd.GeoSeries([SQUARE, shape]))
    assert cleaned.iloc[1].is_empty
    assert words in fault.what
    assert not fault.repaired


def test_a_coordinate_that_is_not_a_number_is_named() -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(3, 3), (4, np.nan), (5, 3)])
    cleaned, (fault,) = clean_shapes(gpd.GeoSeries([SQUARE, broken]))
    assert cleaned.iloc[1].is_empty
    assert fault.what == "has a coordinate that is not a number"


def test_points_are_fine_when_all_are_points() -> None:
    cleaned, faults = clean_shapes(gpd.GeoSeries([shapely.Point(0, 0), None, shapely.Point(1, 1)]))
    assert cleaned.iloc[2].equals(shapely.Point(1, 1))
    assert [fault.position for fault in faults] == [1]


def test_specks_are_dropped() -> None:
    speckled = shapely.MultiPolygon([SQUARE, shapely.box(3, 3, 3 + 1e-6, 3 + 1e-6)])
    cleaned, (fault,) = clean_shapes(gpd.GeoSeries([speckled]))
    assert cleaned.iloc[0].equals(SQUARE)
    assert fault.repaired


def test_duplicates_and_overlaps_name_the_other_shape() -> None:
    assert faults_of(SQUARE, SQUARE) == [(1, "is the same shape as number 1", False)]
    (fault,) = faults_of(SQUARE, shapely.box(0.5, 0, 1.5, 1))
    assert fault == (1, "overlaps shape number 1 by 50.0% of the smaller one", False)
    (inside,) = faults_of(SQUARE, shapely.box(0.2, 0.2, 0.4, 0.4))
    assert "100.0%" in inside[1]
    assert not faults_of(SQUARE, shapely.box(1 - 1e-6, 0, 2, 1))


def test_an_enclave_in_a_hole_is_no_overlap() -> None:
    ring = shapely.Polygon(shapely.box(0, 0, 3, 3).exterior, [shapely.box(1, 1, 2, 2).exterior])
    assert not faults_of(ring, shapely.box(1, 1, 2, 2))


def test_height_is_dropped() -> None:
    cleaned, faults = clean_shapes(gpd.GeoSeries([shapely.force_3d(SQUARE, 5.0)]))
    assert not cleaned.has_z.any()
    assert not faults


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=9))
def test_any_ring_ends_valid_or_empty(corners: list[tuple[int, int]]) -> None:
    cleaned, faults = clean_shapes(gpd.GeoSeries([shapely.Polygon(corners), shapely.box(100, 100, 101, 101)]))
    shape = cleaned.iloc[0]
    assert shape.is_valid
    assert shape.geom_type in ("Polygon", "MultiPolygon")
    assert shape.is_empty == any(not fault.repaired for fault in faults)
