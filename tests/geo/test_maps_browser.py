"""The offline map in a real browser, opened from a file with the network off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from geo.map_data import Column, PointLayer, PolygonLayer, Texts
from geo.maps import offline_map

EVIL = "<img src=x onerror=\"document.title='run'\">"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    x, y = np.divmod(np.arange(16), 4)
    squares = gpd.GeoSeries(shapely.box(x, y + 50, x + 1, y + 51), crs=4326)
    halves = gpd.GeoSeries(shapely.box([0, 2], 50, [2, 4], 54), crs=4326)
    lon, lat = np.random.default_rng(0).uniform([[0] * 300, [50] * 300], [[4] * 300, [54] * 300])
    after, before = np.floor(lon).astype(int) * 4 + np.floor(lat - 50).astype(int), (lon > 2).astype(int)
    page = offline_map(
        title="Map of squares",
        subtitle=EVIL,
        layers=[
            PolygonLayer("After", squares, [f"Square {at}" for at in range(15)] + [EVIL], ["#0072b2", "#e69f00"] * 8,
                         [[at * 1000, at / 100 - 0.05] for at in range(16)]),
            PolygonLayer("Before", halves, ["West", "East"], ["#009e73", "#cc79a7"], [[1, 0.5], [2, None]]),
        ],
        columns=[Column("Size", 0, listed=True), Column("Share", 1, percent=True, signed=True)],
        points=PointLayer(lon, lat, [after, before], [f"Point {at}" for at in range(299)] + [EVIL]),
        areas=squares,
        attribution="Made up",
        texts=Texts(groups="Squares"),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def page(chromium: Browser, file: Path) -> Iterator[Page]:
    """Return the page, and fail afterwards on any error or any request that left it."""
    context = chromium.new_context(
        offline=True, viewport={"width": 1200, "height": 800}, reduced_motion="reduce"
    )
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("console", lambda message: trouble.append(message.text))
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on(
        "request", lambda request: trouble.append(request.url) if request.url != file.as_uri() else None
    )
    opened.goto(file.as_uri())
    opened.wait_for_selector("path.group")
    yield opened
    title = opened.title()
    context.close()
    assert trouble == []
    assert title == "Map of squares"


def row_names(page: Page) -> list[str]:
    return page.locator("tbody th").all_inner_texts()


def test_the_page_shows_groups_values_and_switches_layers(page: Page) -> None:
    assert page.locator("path.group").count() == 16
    assert "15,000" in page.locator("tbody").inner_text()
    page.get_by_text("Before", exact=True).click()
    assert row_names(page) == ["East", "West"]
    assert page.locator("path.group").count() == 2


def test_columns_sort_either_way(page: Page) -> None:
    page.get_by_role("button", name="Size").click()
    assert row_names(page)[:2] == [EVIL, "Square 14"]
    assert page.get_by_role("columnheader", name="Size").get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Size").click()
    assert row_names(page)[0] == "Square 0"


def test_pointing_shows_the_values_of_a_group(page: Page) -> None:
    page.get_by_label("Points", exact=True).uncheck()
    box = page.locator("path.group").nth(5).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = page.locator(".tip")
    tip.wait_for()
    assert tip.inner_text().split() == ["Square", "5", "Size", "5,000", "Share", "0.0", "%"]


def test_a_row_selects_its_group_by_keyboard_and_escape_lets_go(page: Page) -> None:
    page.get_by_role("button", name="Square 3", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.locator("path.group.selected").count() == 1
    assert page.locator("tr.selected").inner_text().startswith("Square 3")
    page.keyboard.press("Escape")
    assert page.locator("path.group.selected").count() == 0


def test_search_finds_points_and_tells_their_groups(page: Page) -> None:
    page.get_by_role("combobox").fill("point 17")
    assert page.get_by_role("option").first.inner_text() == "Point 17"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    card = page.locator(".pop .card")
    card.wait_for()
    assert card.inner_text().startswith("Point 17")
    assert "Before" in card.inner_text()


def test_search_that_finds_nothing_says_so_and_hostile_names_stay_text(page: Page) -> None:
    page.get_by_role("combobox").fill("no such name")
    assert page.locator(".results").inner_text() == "Nothing found"
    page.get_by_role("combobox").fill("<img")
    assert page.get_by_role("option").all_inner_texts() == [EVIL, EVIL]
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_page_is_accessible_and_fits(chromium: Browser, file: Path, scheme: str, width: int) -> None:
    context = chromium.new_context(
        offline=True,
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": width, "height": 800},  # type: ignore[arg-type]
    )
    opened = context.new_page()
    opened.goto(file.as_uri())
    opened.wait_for_selector("path.group")
    found = Axe().run(opened).response["violations"]
    too_wide = opened.evaluate("document.documentElement.scrollWidth > innerWidth")
    folded = opened.locator(".panel.closed").count()
    context.close()
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
    assert not too_wide
    assert folded == (width < 720)
