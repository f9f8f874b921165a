"""The offline map as a page: self-contained, harmless, small."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.map_data import Column, PointLayer, PolygonLayer
from geo.maps import offline_map

EVIL = "</script><script>alert('x')</script> {{ 7*7 }} {% raw %} \"quoted\" & <b>bold</b>"


def layer(shapes: gpd.GeoSeries, name: str = "After", label: str = "Group") -> PolygonLayer:
    n = len(shapes)
    return PolygonLayer(
        name, shapes, [f"{label} {at}" for at in range(n)], ["#0072b2"] * n, [[at] for at in range(n)]
    )


@pytest.fixture
def squares() -> gpd.GeoSeries:
    return gpd.GeoSeries(shapely.box([10, 11], [50, 50], [11, 12], [51, 51]), crs=4326)


def sent(page: str) -> dict[str, object]:
    return json.loads(re.search(r'id="content">(.*?)</script>', page, re.DOTALL).group(1))  # type: ignore[union-attr]


def test_the_page_refers_to_nothing_outside(squares: gpd.GeoSeries) -> None:
    page = offline_map(title="T", layers=[layer(squares)], columns=[Column("Value", 0)])
    assert not re.search(r"<(script|link|img|iframe)[^>]*\s(src|href)=(?![\"']data:)", page)
    assert not re.search(r"url\((?!['\"]?(data:|#))", page)
    assert "sourceMappingURL" not in page
    assert "default-src 'none'" in page


def test_hostile_texts_stay_texts(squares: gpd.GeoSeries) -> None:
    points = PointLayer([10.5], [50.5], [[0]], [EVIL])
    page = offline_map(
        title=EVIL,
        subtitle=EVIL,
        facts=[(EVIL, EVIL)],
        attribution=EVIL,
        layers=[PolygonLayer(EVIL, squares, [EVIL, "b"], ["#000000"] * 2, [[EVIL], [None]])],
        columns=[Column(EVIL)],
        points=points,
    )
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    assert "49" not in re.search(r"<title>(.*?)</title>", page).group(1)  # type: ignore[union-attr]
    assert "{{ 7*7 }}" in page
    content = sent(page)
    assert content["title"] == content["subtitle"] == content["layers"][0]["labels"][0] == EVIL  # type: ignore[index]


def test_equal_input_gives_an_equal_page(squares: gpd.GeoSeries) -> None:
    pages = {offline_map(title="T", layers=[layer(squares)], columns=[Column("Value", 0)]) for _ in range(2)}
    assert len(pages) == 1


def test_shared_borders_stay_shared_after_packing(squares: gpd.GeoSeries) -> None:
    one, other = sent(offline_map(title="T", layers=[layer(squares)], columns=[Column("V", 0)]))["layers"][0][
        "shapes"
    ]  # type: ignore[index]
    corners = [
        set(map(tuple, np.cumsum(np.reshape(shape[0][0], (-1, 2)), axis=0).tolist()))
        for shape in (one, other)
    ]
    assert corners[0] & corners[1] == {(1_100_000, 5_000_000), (1_100_000, 5_100_000)}


def test_values_that_are_no_numbers_are_sent_as_missing(squares: gpd.GeoSeries) -> None:
    rows = [[np.float64("nan"), np.int64(3)], [None, "text"]]
    polygons = PolygonLayer("After", squares, ["a", "b"], ["#000000"] * 2, rows)
    content = sent(offline_map(title="T", layers=[polygons], columns=[Column("A", 0), Column("B")]))
    assert content["layers"][0]["rows"] == [[None, 3], [None, "text"]]  # type: ignore[index]


def test_what_lies_over_the_antimeridian_is_drawn_in_one_piece() -> None:
    fiji = gpd.GeoSeries(
        [shapely.MultiPolygon([shapely.box(179, -18, 180, -16), shapely.box(-180, -18, -179, -16)])], crs=4326
    )
    content = sent(offline_map(title="T", layers=[layer(fiji)], columns=[Column("V", 0)]))
    (parts,) = content["layers"][0]["shapes"]  # type: ignore[index]
    assert len(parts) == 1


def test_groups_without_shape_and_points_without_place_are_listed_not_drawn(squares: gpd.GeoSeries) -> None:
    shapes = gpd.GeoSeries([squares[0], None, shapely.Polygon()], crs=4326)
    points = PointLayer([10.5, np.nan], [50.5, 50.0], [[0, 1]], ["a", "b"])
    content = sent(offline_map(title="T", layers=[layer(shapes)], columns=[Column("V", 0)], points=points))
    assert [len(shape) for shape in content["layers"][0]["shapes"]] == [1, 0, 0]  # type: ignore[index]
    assert content["points"]["names"] == ["a"]  # type: ignore[index]


def test_fifty_thousand_points_stay_below_five_megabytes() -> None:
    x, y = np.divmod(np.arange(900), 30)
    areas = gpd.GeoSeries(shapely.box(x / 2, y / 2 + 30, x / 2 + 0.5, y / 2 + 30.5), crs=4326)
    lon, lat = np.random.default_rng(0).uniform([[0] * 50_000, [30] * 50_000], [[15] * 50_000, [45] * 50_000])
    points = PointLayer(
        lon, lat, [np.arange(50_000) % 900], [f"Some customer number {at}" for at in range(50_000)]
    )
    page = offline_map(title="T", layers=[layer(areas)], columns=[Column("V", 0)], points=points, areas=areas)
    assert len(page.encode()) < 5_000_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": []}, "at least one layer"),
        ({"columns": []}, "a row has 1 values, not 0"),
        ({"points": PointLayer([1], [1], [], ["a"])}, "one array of labels for each layer"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    squares: gpd.GeoSeries, change: dict[str, object], words: str
) -> None:
    options: dict[str, object] = {"title": "T", "layers": [layer(squares)], "columns": [Column("V", 0)]}
    with pytest.raises(ValueError, match=words):
        offline_map(**(options | change))  # type: ignore[arg-type]


def test_layers_of_uneven_length_are_refused(squares: gpd.GeoSeries) -> None:
    uneven = PolygonLayer("After", squares, ["a"], ["#000000"] * 2, [[1], [2]])
    with pytest.raises(ValueError, match="differ in length"):
        offline_map(title="T", layers=[uneven], columns=[Column("V", 0)])
