"""Projections: areas and distances hold anywhere on the globe, and shapes survive the way there and back."""

from __future__ import annotations

import pickle

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.crs import Projection
from geo.rings import split_at_antimeridian

GLOBE = Geod(ellps="WGS84")

# west, south, east, north; the stretch of lengths that is unavoidable at such an extent
PLACES = {
    "Iowa": ((-96.6, 40.4, -90.1, 43.5), 0.002),
    "lower 48 states": ((-124.7, 24.5, -67.0, 49.4), 0.015),
    "Fiji": ((176.0, -20.0, 183.0, -15.0), 0.002),
    "Chukotka": ((157.0, 62.0, 191.0, 71.0), 0.006),
    "New Zealand and Chatham": ((166.0, -48.0, 184.0, -34.0), 0.007),
    "Antarctica": ((-180.0, -89.0, 180.0, -65.0), 0.026),
    "Svalbard": ((10.0, 76.0, 34.0, 81.0), 0.002),
    "Indonesia": ((95.0, -11.0, 141.0, 6.0), 0.02),
    "whole equator": ((-180.0, -8.0, 180.0, 8.0), 0.02),
}


def scattered(box: tuple[float, float, float, float], n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = box
    random = np.random.default_rng(7)
    lon = random.uniform(west, east, n)
    return (lon + 180) % 360 - 180, random.uniform(south, north, n)


@pytest.mark.parametrize("place", PLACES)
def test_short_distances_are_right(place: str) -> None:
    box, tolerance = PLACES[place]
    lon, lat = scattered(box)
    projection = Projection.for_points(lon, lat)
    azimuth = np.random.default_rng(1).uniform(0, 360, len(lon))
    there_lon, there_lat, _ = GLOBE.fwd(lon, lat, azimuth, np.full(len(lon), 1000.0))
    step = projection.to_m(there_lon, there_lat) - projection.to_m(lon, lat)
    inner = (np.quantile(lat, 0.02) <= lat) & (lat <= np.quantile(lat, 0.98))
    assert np.abs(np.hypot(*step[inner].T) / 1000 - 1).max() < tolerance


@pytest.mark.parametrize("place", PLACES)
def test_areas_are_right(place: str) -> None:
    box, _ = PLACES[place]
    lon, lat = scattered(box)
    projection = Projection.for_points(lon, lat)
    corners = shapely.box(lon, lat - 0.4, lon + 0.5, lat - 0.1)
    projected = projection.shapes_to_m(gpd.GeoSeries(corners, crs=4326)).area
    on_globe = [abs(GLOBE.geometry_area_perimeter(shapely.segmentize(shape, 0.02))[0]) for shape in corners]
    assert np.allclose(projected, on_globe, rtol=1e-4)


def test_whole_world_keeps_areas_and_nothing_breaks() -> None:
    lon, lat = scattered((-180, -60, 180, 75), 500)
    projection = Projection.for_points(np.r_[lon, 0.0], np.r_[lat, -90.0])
    assert projection.name.startswith("Cylindrical")
    assert np.isfinite(projection.to_m([0.0, 180.0, -180.0], [90.0, 0.0, -90.0])).all()
    russia = shapely.MultiPolygon([shapely.box(30, 50, 180, 70), shapely.box(-180, 60, -170, 70)])
    joined = projection.shapes_to_m(gpd.GeoSeries([russia], crs=4326)).iloc[0]
    area = sum(abs(GLOBE.geometry_area_perimeter(shapely.segmentize(p, 0.05))[0]) for p in russia.geoms)
    assert joined.geom_type == "Polygon"
    assert joined.area == pytest.approx(area, rel=1e-4)


def test_the_kind_of_projection_follows_the_extent() -> None:
    kinds = {
        place: Projection.for_points(*scattered(box)).name.split(",")[0] for place, (box, _) in PLACES.items()
    }
    assert kinds["Iowa"] == kinds["Antarctica"] == kinds["Svalbard"] == "Lambert azimuthal equal-area"
    assert kinds["lower 48 states"] == "Albers equal-area conic"
    assert kinds["whole equator"] == "Cylindrical equal-area"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-180, 180, allow_nan=False), st.floats(-89.9, 89.9, allow_nan=False)),
        min_size=1,
        max_size=12,
    )
)
def test_points_come_back(places: list[tuple[float, float]]) -> None:
    lon, lat = np.array(places).T
    projection = Projection.for_points(lon, lat)
    back = projection.to_degrees(projection.to_m(lon, lat))
    # A degree of longitude is short near a pole, so the longitude is compared by its length on the ground.
    turn = (back[:, 0] - lon + 180) % 360 - 180
    away = projection.to_m(lon, lat)
    kept = np.hypot(*away.T) < 1.2e7  # the azimuthal projection blurs the point opposite to its centre
    assert np.abs(turn * np.cos(np.radians(lat)))[kept].max(initial=0) < 1e-6
    assert np.abs(back[:, 1] - lat)[kept].max(initial=0) < 1e-6
    assert np.abs(back[:, 0]).max() <= 180


@pytest.mark.parametrize(
    "lon_lat",
    [([5.0], [5.0]), ([7.0] * 3, [50.0] * 3), ([180.0, -180.0], [0, 0]), ([0.0], [90.0])],
)
def test_single_and_coincident_points(lon_lat: tuple[list[float], list[float]]) -> None:
    projection = Projection.for_points(*lon_lat)
    assert np.abs(projection.to_m(*lon_lat)).max() < 1e-3


def test_longitudes_stay_within_180_to_the_last_bit() -> None:
    lon, lat = np.array([-180.0, 180.0, 179.9]), np.array([0.0, 11.5234375, 5.0])
    projection = Projection.for_points(lon[:2], lat[:2])
    assert np.abs(projection.to_degrees(projection.to_m(lon, lat))[:, 0]).max() <= 180
    (shape,) = split_at_antimeridian(np.array([shapely.box(179, 0, 180 + 3e-14, 1)]))
    assert shape.geom_type == "Polygon"
    assert shape.bounds[2] == 180


def test_points_without_place_stay_without() -> None:
    projection = Projection.for_points([np.nan, 10.0, 11.0], [1.0, 50.0, np.inf])
    xy_m = projection.to_m([np.nan, 10.0], [50.0, 50.0])
    assert np.isnan(xy_m[0]).all()
    assert np.isfinite(xy_m[1]).all()
    assert np.isfinite(Projection.for_points([], []).to_m([1.0], [2.0])).all()


ACROSS = {
    "split": shapely.MultiPolygon([shapely.box(179, -18, 180, -16), shapely.box(-180, -18, -179, -16)]),
    "beyond 180": shapely.box(179, -18, 181, -16),
    "below -180": shapely.box(-181, -18, -179, -16),
    "jumping": shapely.Polygon([(179, -18), (-179, -18), (-179, -16), (179, -16)]),
}


@pytest.mark.parametrize("stored", ACROSS)
def test_shapes_over_the_antimeridian_are_whole(stored: str) -> None:
    projection = Projection.for_points([177, 180, -179], [-17, -17, -17])
    shape = projection.shapes_to_m(gpd.GeoSeries([ACROSS[stored]], crs=4326)).iloc[0]
    alike = projection.shapes_to_m(gpd.GeoSeries([shapely.box(176, -18, 178, -16)], crs=4326)).iloc[0]
    assert shape.geom_type == "Polygon"
    assert shape.area == pytest.approx(alike.area, rel=1e-6)
    back = projection.shapes_to_degrees(gpd.GeoSeries([shape])).iloc[0]
    assert back.symmetric_difference(ACROSS["split"]).area < 1e-5
    assert back.bounds[0] >= -180
    assert back.bounds[2] <= 180


def test_shapes_around_a_pole_come_back() -> None:
    shapes = gpd.GeoSeries([shapely.box(-180, -90, 180, -70), shapely.box(20, -90, 50, -70)], crs=4326)
    projection = Projection.for_points(np.arange(-180, 180, 10), np.full(36, -75.0))
    projected = projection.shapes_to_m(shapes)
    assert projected.is_valid.all()
    assert projected.area.iloc[0] / projected.area.iloc[1] == pytest.approx(12, rel=1e-3)
    back = projection.shapes_to_degrees(projected)
    assert shapely.area(shapely.symmetric_difference(back.to_numpy(), shapes.to_numpy())).max() < 1e-3


def test_a_long_straight_border_stays_shared() -> None:
    # One long edge above, two below with a vertex in between: bent edges would leave a gap of kilometres.
    shapes = gpd.GeoSeries(
        [
            shapely.box(-110, 45, -100, 49),
            shapely.box(-110, 49, -104.37, 50),
            shapely.box(-104.37, 49, -100, 50),
        ],
        crs=4326,
    )
    projected = Projection.for_points([-110, -100], [45, 50]).shapes_to_m(shapes)
    union = shapely.union_all(projected.to_numpy())
    assert abs(projected.area.sum() - union.area) < 1e-7 * union.area
    assert (
        shapely.area(shapely.intersection(projected[0], projected[1:].to_numpy())).max() < 1e-7 * union.area
    )


def test_equal_edges_stay_equal_to_the_last_bit() -> None:
    left, right = shapely.box(-100.3, 40.1, -93.7, 47.9), shapely.box(-93.7, 40.1, -89.1, 47.9)
    projected = Projection.for_points([-100, -89], [40, 48]).shapes_to_m(
        gpd.GeoSeries([left, right], crs=4326)
    )
    shared = shapely.intersection(*projected.to_numpy())
    assert shared.length == pytest.approx(GLOBE.line_length([-93.7, -93.7], [40.1, 47.9]), rel=0.01)


def test_projections_compare_pickle_and_describe_themselves() -> None:
    projection = Projection.for_points([-93.0, -92.0], [42.0, 41.0])
    assert pickle.loads(pickle.dumps(projection)) == projection
    assert projection.wkt.startswith("PROJCRS")
    assert "42" in projection.name or "41" in projection.name
    with pytest.raises(AttributeError):
        projection.name = "another"  # type: ignore[misc]


def test_index_empty_shapes_and_other_systems_are_respected() -> None:
    shapes = gpd.GeoSeries(
        [shapely.box(10, 50, 11, 51), None, shapely.Polygon()], index=["a", "b", "c"], crs=4326
    )
    projection = Projection.for_points([10, 11], [50, 51])
    projected = projection.shapes_to_m(shapes)
    assert list(projected.index) == ["a", "b", "c"]
    assert projected.area.fillna(0).tolist()[1:] == [0, 0]
    again = projection.shapes_to_m(shapes.iloc[[0]].to_crs(3857))
    assert again.iloc[0].area == pytest.approx(projected.iloc[0].area, rel=1e-3)


def test_cutting_at_the_antimeridian_keeps_the_area() -> None:
    shape = shapely.box(170, -10, 200, 10)
    (cut,) = split_at_antimeridian(np.array([shape]))
    assert cut.area == pytest.approx(shape.area)
    assert cut.bounds == (-180, -10, 180, 10)
