"""The page of one plan, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

READY = "#plan[data-ready]"
Opening = Callable[..., Page]


@pytest.fixture
def open_plan(open_page: Opening, plan_id: str) -> Opening:
    def open_(fragment: str = "", **context: Any) -> Page:
        page = open_page(f"/plans/{plan_id}{fragment}", **context)
        page.wait_for_selector(READY)
        return page

    return open_


def selected(page: Page) -> list[str]:
    return page.locator("#territories tr.selected").evaluate_all(
        "rows => rows.map(row => row.dataset.territory)"
    )


def test_totals_on_the_page_are_those_of_the_service(open_plan: Opening, service: Any, plan_id: str) -> None:
    page = open_plan()
    quotas = service.http.get(f"/api/plans/{plan_id}/quotas").json()
    total = page.locator("#quota-total")
    assert int(total.get_attribute("data-cents") or 0) == quotas["total_cents"]
    assert total.inner_text() == f"{quotas['total_cents'] / 100:,.2f}"
    cells = page.locator("#quota-table tfoot td").all_inner_texts()
    shown = [round(float(cell.replace(",", "")) * 100) for cell in cells]
    assert shown == [*quotas["totals_cents"], quotas["total_cents"]]
    assert "Ties out to the cent" in page.locator("#tie-out").inner_text()
    rows = page.locator("#territories tbody tr")
    territories = service.http.get(f"/api/plans/{plan_id}/territories").json()["territories"]
    assert rows.count() == len(territories)
    for territory, row in zip(territories, rows.all(), strict=True):
        text = row.inner_text().replace("\u2212", "-")
        assert territory["territory_id"] in text
        for measure in territory["measures"]:
            if measure["lower"] is not None:
                assert f"{measure['deviation'] * 100:+.1f}%" in text


def test_the_plan_is_put_in_words(open_plan: Opening) -> None:
    page = open_plan()
    words = page.locator("#words").inner_text()
    assert "At most 10.0% costlier than the best possible." in words
    assert "Stopped at the time limit" in words
    assert (
        "Nearest home" in page.locator("#made").inner_text()
        or "nearest home" in page.locator("#made").inner_text()
    )


def test_the_equations_open_and_all_hold(open_plan: Opening, service: Any, plan_id: str) -> None:
    page = open_plan()
    page.get_by_role("button", name="Ties out to the cent").click()
    equations = service.http.get(f"/api/plans/{plan_id}/quotas").json()["tie_out"]["equations"]
    rows = page.locator("#equations tbody tr")
    expect(rows).to_have_count(len(equations))
    assert all("0 ✓" in text for text in rows.all_inner_texts())
    page.keyboard.press("Escape")
    expect(page.locator("#equations")).not_to_be_visible()


def test_map_and_table_show_the_same_selection(open_plan: Opening) -> None:
    page = open_plan()
    page.locator('#territories tr[data-territory="T2"] button').click()
    assert selected(page) == ["T2"]
    assert page.url.endswith("#territory=T2")
    expect(page.locator("#detail h3")).to_have_text("Territory T2 · Rep S2")
    expect(page.locator("#accounts-of")).to_have_text("of territory T2")
    expect(page.locator("#account-table tbody td:nth-child(3)").first).to_have_text("T2")
    page.locator("body").press("Escape")
    assert selected(page) == []
    assert "#" not in page.url
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.6)
    assert len(selected(page)) == 1


def test_a_link_opens_a_territory(open_plan: Opening) -> None:
    page = open_plan("#territory=T3")
    assert selected(page) == ["T3"]


def test_the_keyboard_does_everything(open_plan: Opening) -> None:
    page = open_plan()
    expect(page.locator("#when-after")).to_be_checked()
    page.keyboard.press("b")
    expect(page.locator("#when-before")).to_be_checked()
    page.keyboard.press("b")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert selected(page) == ["T2"]
    page.keyboard.press("ArrowUp")
    assert selected(page) == ["T1"]
    page.keyboard.press("m")
    expect(page.locator("#layer-moved")).to_be_checked()
    page.keyboard.press("/")
    page.keyboard.type("rep s4")
    expect(page.locator("#territories tbody tr")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_the_table_sorts_by_any_measure(open_plan: Opening) -> None:
    page = open_plan()
    sort = page.locator("#territories").get_by_role("button", name="Sort by Sales")
    sort.click()
    numbers = page.locator("#territories tbody tr td:nth-child(2) .number").all_inner_texts()
    values = [float(text.strip("%").replace("\u2212", "-")) for text in numbers]
    assert values == sorted(values, reverse=True)
    sort.click()
    assert page.locator("#territories th[aria-sort=ascending]").inner_text() == "Sales"


def test_the_accounts_are_searched_and_their_names_stay_text(open_plan: Opening) -> None:
    page = open_plan()
    page.locator("#accounts-search").fill("onerror")
    row = page.locator("#account-table tbody tr")
    expect(row).to_have_count(1)
    expect(row.locator("td").first).to_have_text("<img src=x onerror=alert(1)>")
    assert page.locator("#account-table img").count() == 0


def test_today_and_plan_are_drawn_differently(open_plan: Opening) -> None:
    page = open_plan()
    page.locator("#layer-homes").evaluate("box => box.click()")
    after = page.locator("#map").screenshot()
    page.keyboard.press("b")
    page.mouse.move(0, 0)
    assert page.locator("#map").screenshot() != after


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_stands_in_anybodys_way(open_plan: Opening, scheme: str, width: int) -> None:
    page = open_plan("#territory=T1", color_scheme=scheme, viewport={"width": width, "height": 844})
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_prints_whole(open_plan: Opening) -> None:
    page = open_plan()
    page.emulate_media(media="print")
    assert page.locator(".bar").is_hidden()
    assert page.locator("#quota-total").is_visible()
