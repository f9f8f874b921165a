"""A map as one page that needs nothing else: no network, no other file, no service."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import files
from importlib.resources import files as package_files

import folium
import geopandas as gpd
from folium.template import Template

from geo.map_data import Column, MapContent, PointLayer, PolygonLayer, Texts, packed

__all__ = ["Column", "PointLayer", "PolygonLayer", "Texts", "offline_map"]

LEAFLET = "xstatic-leaflet"
SCRIPTS = ("points.js", "panel.js", "map.js")
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
"""Content security policy of the page: the browser itself refuses any request."""


def offline_map(
    *,
    title: str,
    layers: Sequence[PolygonLayer],
    columns: Sequence[Column] = (),
    points: PointLayer | None = None,
    areas: gpd.GeoSeries | None = None,
    subtitle: str = "",
    facts: Sequence[tuple[str, str]] = (),
    attribution: str = "",
    texts: Texts | None = None,
) -> str:
    """Return a self-contained HTML page with a map, a list of groups, and a search.

    Parameters
    ----------
    title, subtitle
        Heading of the page.
    layers
        Groups as polygons; the first is shown at first, a switch shows the others.
    columns
        What the rows of the layers hold.
    points
        Points coloured by their group, drawn on one canvas.
    areas
        Outlines drawn underneath, EPSG:4326.
    facts
        A few figures under the heading: name and value.
    attribution
        Where the data come from.
    texts
        Words of the page.

    Returns
    -------
    page
        HTML; equal input gives an equal page. All text is shown as text, whatever it holds.
    """
    content = MapContent(
        title=title,
        layers=layers,
        columns=columns,
        points=points,
        areas=areas,
        subtitle=subtitle,
        facts=facts,
        attribution=attribution,
        texts=texts or Texts(),
    )
    page = _Page(title=html.escape(title))
    page.add_child(_OfflineMap(packed(content)))
    return page.render()


class _Page(folium.Figure):
    """The page around the map."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        # An empty icon, or a browser asks the server for one.
        '<link rel="icon" href="data:,">\n'
        "<title>{{ this.title }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n"
        "<body>\n{{ this.html.render(**kwargs) }}\n"
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )


class _OfflineMap(folium.Map):
    """A folium map that brings its scripts and styles along instead of linking to them."""

    default_js = ()
    default_css = ()

    def __init__(self, content: dict[str, object]) -> None:
        super().__init__(tiles=None)
        self._id = "map"
        # "<" is written as an escape so that no text can end the script element that holds it.
        data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        styles = "\n".join((_leaflet("leaflet.css"), _asset("map.css")))
        self.styles = _Verbatim(f"<style>{styles}</style>")
        self.place = _Verbatim(
            '<div id="map" role="region" aria-label="Map"></div>\n'
            f'<script type="application/json" id="content">{data}</script>'
        )
        self.scripts = _Verbatim("\n".join((_leaflet("leaflet.js"), *map(_asset, SCRIPTS))))

    def render(self, **_: object) -> None:
        """Put styles, place and scripts into the page."""
        page = self.get_root()
        page.header.add_child(self.styles, name="styles")
        page.html.add_child(self.place, name="place")
        page.script.add_child(self.scripts, name="scripts")


class _Verbatim(folium.Element):
    """Text that goes into the page as it is: folium would run it as a template, so that names could run as code."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


@lru_cache
def _asset(name: str) -> str:
    return (package_files("geo") / "assets" / name).read_text(encoding="utf-8")


@lru_cache
def _leaflet(name: str) -> str:
    """Return a file of the installed Leaflet package, without references to further files."""
    found = [path for path in files(LEAFLET) or () if path.name == name]
    if not found:
        raise FileNotFoundError(f"{name} is not in the installed package {LEAFLET}; install it again")
    text = found[0].read_text(encoding="utf-8")
    text = re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"url\(images/[^)]*\)", "none", text)
