"""What a map shows, and packing it small enough to send in one page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike

from geo.dissolve import simplify
from geo.rings import POLYGONAL, whole_shapes

DETAIL = 1 / 5000
"""Bends smaller than this share of the map's diagonal are left out."""
NO_GROUP = 65_535
"""Label of a point that is in no group."""
Value = str | float | int | None


@dataclass(frozen=True)
class Column:
    """One value that is shown for every group.

    Parameters
    ----------
    title
        Heading.
    digits
        Decimals of a number; None where the column holds text.
    percent
        The numbers are fractions, shown as percents.
    signed
        Show a plus before positive numbers.
    prefix, suffix
        Written around the number: ``$``, `` km``.
    listed
        Whether the column has a place in the list beside the map; all columns are shown for a group that is pointed at.
    """

    title: str
    digits: int | None = None
    percent: bool = False
    signed: bool = False
    prefix: str = ""
    suffix: str = ""
    listed: bool = False


@dataclass(frozen=True, eq=False)
class PolygonLayer:
    """Groups as coloured polygons; of several layers one is shown at a time.

    Parameters
    ----------
    name
        What the switch between layers says: ``After``.
    shapes
        Polygon of each group in EPSG:4326; empty or None where a group has none.
    labels
        Name of each group.
    colours
        ``#rrggbb`` of each group.
    rows
        Values of each group in the order of the map's columns; numbers, text, or None.
    """

    name: str
    shapes: gpd.GeoSeries
    labels: Sequence[str]
    colours: Sequence[str]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True, eq=False)
class PointLayer:
    """Points coloured by their group.

    Parameters
    ----------
    lon, lat
        Degrees, shapes ``(n,)``; points that are not finite are left out.
    labels
        For each polygon layer the position of the point's group in it, shapes ``(n,)``; −1 for none.
    names
        What a point is called when pointed at, and in the search.
    """

    lon: ArrayLike
    lat: ArrayLike
    labels: Sequence[ArrayLike]
    names: Sequence[str]


@dataclass(frozen=True)
class Texts:
    """Words of the page, so that it speaks the language of its subject."""

    groups: str = "Groups"
    points: str = "Points"
    areas: str = "Areas"
    name: str = "Name"
    search: str = "Search"
    nothing_found: str = "Nothing found"
    changed_only: str = "Only points that change"
    whole_map: str = "Show everything"
    no_group: str = "none"
    names_on_map: str = "Names"


@dataclass(frozen=True, eq=False)
class MapContent:
    """Everything on one page; see `geo.maps.offline_map`."""

    title: str
    layers: Sequence[PolygonLayer]
    columns: Sequence[Column] = ()
    points: PointLayer | None = None
    areas: gpd.GeoSeries | None = None
    subtitle: str = ""
    facts: Sequence[tuple[str, str]] = ()
    attribution: str = ""
    texts: Texts = field(default_factory=Texts)


def packed(content: MapContent) -> dict[str, object]:
    """Return the content as plain values for JSON: shapes as whole-number steps, points as typed arrays in base64."""
    _validate(content)
    shapes = [layer.shapes for layer in content.layers]
    if content.areas is not None:
        shapes = [*shapes, content.areas]
    centre, extent = _around(shapes, content.points)
    digits = 4 if extent > 12 else 5
    return {
        "title": content.title,
        "subtitle": content.subtitle,
        "facts": [list(map(str, fact)) for fact in content.facts],
        "attribution": content.attribution,
        "texts": vars(content.texts),
        "columns": [vars(column) for column in content.columns],
        "digits": digits,
        "layers": [
            {
                "name": layer.name,
                "labels": list(map(str, layer.labels)),
                "colours": list(layer.colours),
                "rows": [[_plain(value) for value in row] for row in layer.rows],
                "shapes": _steps(_drawable(layer.shapes, centre, extent), digits),
            }
            for layer in content.layers
        ],
        "areas": [] if content.areas is None else _steps(_drawable(content.areas, centre, extent), digits),
        "points": None if content.points is None else _pack_points(content.points, centre),
    }


def _validate(content: MapContent) -> None:
    if not content.layers:
        raise ValueError("a map needs at least one layer of polygons")
    for layer in content.layers:
        sizes = {len(layer.shapes), len(layer.labels), len(layer.colours), len(layer.rows)}
        if len(sizes) > 1:
            raise ValueError(f"layer {layer.name!r}: shapes, labels, colours and rows differ in length")
        if len(layer.labels) >= NO_GROUP:
            raise ValueError(
                f"layer {layer.name!r} has {len(layer.labels)} groups; at most {NO_GROUP - 1} fit"
            )
        for row in layer.rows:
            if len(row) != len(content.columns):
                raise ValueError(
                    f"layer {layer.name!r}: a row has {len(row)} values, not {len(content.columns)}"
                )
    if content.points is not None and len(content.points.labels) != len(content.layers):
        raise ValueError("points need one array of labels for each layer")


def _plain(value: object) -> Value:
    if value is None or isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return (int(number) if number.is_integer() else number) if np.isfinite(number) else None


def _around(shapes: Sequence[gpd.GeoSeries], points: PointLayer | None) -> tuple[float, float]:
    """Return the meridian in the middle of everything, so that nothing is torn apart, and the width in degrees."""
    bounds = np.vstack([shapely.bounds(series.to_numpy()) for series in shapes])
    lon = bounds[:, [0, 2]][(bounds[:, 2] - bounds[:, 0]) < 180].ravel()
    if points is not None:
        lon = np.r_[lon, np.asarray(points.lon, dtype=float)]
    lon = np.unique(lon[np.isfinite(lon)] % 360)
    if not len(lon):
        return 0.0, 360.0
    gap = np.diff(np.r_[lon, lon[0] + 360])
    widest = int(gap.argmax())
    width = 360 - float(gap[widest])
    middle = float(lon[(widest + 1) % len(lon)]) + width / 2
    return (middle + 180) % 360 - 180, width


def _drawable(series: gpd.GeoSeries, centre: float, extent: float) -> np.ndarray:
    shapes = np.array(series.to_numpy(), dtype=object)
    unusable = ~np.isin(shapely.get_type_id(shapes), POLYGONAL)
    shapes[unusable] = shapely.Polygon()
    shapes = whole_shapes(shapes, centre)
    return simplify(gpd.GeoSeries(shapes), max(extent, 0.01) * DETAIL).to_numpy()


def _steps(shapes: np.ndarray, digits: int) -> list[list[list[list[int]]]]:
    """Return shapes → polygons → rings → x, y, dx, dy, dx, dy … in units of the last digit.

    All shapes are rounded to one grid, so that shared borders stay shared.
    """
    packed_shapes: list[list[list[list[int]]]] = []
    for shape in shapes:
        polygons = []
        for part in shapely.get_parts(shape):
            rings = []
            for ring in shapely.get_rings(part):
                xy = np.round(shapely.get_coordinates(ring)[:-1] * 10**digits).astype(np.int64)
                moved = np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]
                xy = xy[moved]
                if len(xy) >= 3:
                    rings.append(np.diff(xy, axis=0, prepend=0).ravel().tolist())
            if rings:
                polygons.append(rings)
        packed_shapes.append(polygons)
    return packed_shapes


def _pack_points(points: PointLayer, centre: float) -> dict[str, object]:
    lon, lat = np.asarray(points.lon, dtype=float), np.asarray(points.lat, dtype=float)
    placed = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    lon = lon[placed] - 360 * np.round((lon[placed] - centre) / 360)
    labels = [np.asarray(label, dtype=np.int64)[placed] for label in points.labels]
    return {
        "lon": _base64(lon.astype("<f4")),
        "lat": _base64(lat[placed].astype("<f4")),
        "labels": [_base64(np.where(label < 0, NO_GROUP, label).astype("<u2")) for label in labels],
        "names": [str(points.names[at]) for at in placed],
    }


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")
