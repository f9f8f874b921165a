"""Places as KML 2.2 (OGC 07-147r2), every text escaped, names of columns too: drivers leave those as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n'
TAIL = "</Document>\n</kml>\n"


def write_kml(path: Path, title: str, places: Iterable[tuple[str, BaseGeometry, Mapping[str, str]]]) -> None:
    """Write places with their names, shapes and properties.

    Parameters
    ----------
    title
        Name of the layer.
    places
        Name, shape (points, polygons, multipolygons) in longitude and latitude of WGS 84, which is what KML means, and
        properties as text; empty ones are left out.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{HEAD}<name>{_text(title)}</name>\n")
        for name, shape, properties in places:
            told = "".join(
                f"<Data name={quoteattr(printable(key))}><value>{_text(value)}</value></Data>"
                for key, value in properties.items()
                if value
            )
            file.write(
                f"<Placemark><name>{_text(name)}</name><ExtendedData>{told}</ExtendedData>{_shape(shape)}</Placemark>\n"
            )
        file.write(TAIL)


def printable(text: str) -> str:
    """Return `text` with spaces for control characters, which XML cannot hold."""
    return "".join(c if c.isprintable() else " " for c in text)


def _text(text: str) -> str:
    return escape(printable(text))


def _shape(shape: BaseGeometry) -> str:
    if isinstance(shape, Point):
        return f"<Point>{_coordinates([shape.coords[0]])}</Point>"
    if isinstance(shape, Polygon):
        inner = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in shape.interiors)
        return f"<Polygon><outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>{inner}</Polygon>"
    if isinstance(shape, MultiPolygon):
        return f"<MultiGeometry>{''.join(map(_shape, shape.geoms))}</MultiGeometry>"
    raise TypeError(f"KML of {shape.geom_type} is not written here")


def _ring(ring: BaseGeometry) -> str:
    return f"<LinearRing>{_coordinates(ring.coords)}</LinearRing>"


def _coordinates(points: Iterable[tuple[float, ...]]) -> str:
    told = " ".join(f"{float(lon)!r},{float(lat)!r}" for lon, lat, *_ in points)
    return f"<coordinates>{told}</coordinates>"
