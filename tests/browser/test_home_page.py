"""The list of plans, and starting one, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

Opening = Callable[..., Page]
BAD = b"account_id,latitude,longitude,sales\nA1,91.2,-93.5,100\nA1,41.6,-93.4,many\n"


def test_a_first_visit_says_what_to_do_and_a_plan_is_made_while_we_look(
    open_page: Opening, service: Any
) -> None:
    page = open_page("/")
    expect(page.get_by_role("heading", name="No plan yet")).to_be_visible()
    expect(page.locator("#asking .facts")).to_contain_text("60 accounts")
    assert page.get_by_label("Territories", exact=True).input_value() == "4"
    assert page.get_by_label("Band of Sales, percent").input_value() == "60"
    page.get_by_label("Name").fill("Spring")
    page.get_by_role("button", name="Start the plan").click()
    link = page.get_by_role("link", name="Spring")
    expect(link).to_be_visible(timeout=60_000)
    row = page.locator(".plan-row")
    expect(row).to_contain_text("Ties out to the cent")
    (plan,) = service.http.get("/api/plans").json()
    assert plan["overrides"]["measures"]["sales"] == {"below": 0.6, "above": 0.6}
    worst = plan["summary"]["measures"][0]["worst_after"]
    assert f"±{worst * 100:.1f}%" in row.inner_text()
    link.click()
    page.wait_for_selector("#plan[data-ready]")


def test_a_target_that_is_no_amount_is_told(open_page: Opening, service: Any) -> None:
    page = open_page("/#new")
    page.get_by_label("Company target").fill("a lot")
    page.get_by_role("button", name="Start the plan").click()
    expect(page.locator("#asking")).to_contain_text("a lot is not an amount")
    assert service.http.get("/api/plans").json() == []


def test_a_bad_folder_is_shown_cell_by_cell(open_page: Opening) -> None:
    page = open_page("/#new")
    page.locator("#asking form").wait_for()
    page.locator("#files").set_input_files([{"name": "accounts.csv", "mimeType": "text/csv", "buffer": BAD}])
    table = page.locator("#problems table").first
    expect(table).to_be_visible()
    expect(table.locator("tbody tr", has_text="latitude")).to_contain_text("91.2")
    expect(page.locator("#problems")).to_contain_text("mend these and upload again")
    expect(page.get_by_role("button", name="Start the plan")).to_have_count(0)


def test_a_plan_is_deleted_after_asking(open_page: Opening, service: Any, plan_id: str) -> None:
    page = open_page("/")
    page.get_by_role("button", name="Delete: Grid plan").click()
    page.get_by_role("button", name="Keep it").click()
    assert service.http.get(f"/api/plans/{plan_id}").status_code == 200
    page.get_by_role("button", name="Delete: Grid plan").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No plan yet")).to_be_visible()
    assert service.http.get("/api/plans").json() == []


@pytest.mark.usefixtures("plan_id")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_stands_in_anybodys_way(open_page: Opening, scheme: str, width: int) -> None:
    page = open_page("/#new", color_scheme=scheme, viewport={"width": width, "height": 844})
    page.locator("#asking form").wait_for()
    page.locator(".plan-row").wait_for()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_theme_is_switched_and_kept(open_page: Opening) -> None:
    page = open_page("/", color_scheme="light")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_api_page_is_readable(open_page: Opening) -> None:
    page = open_page("/api/docs")
    page.locator("details.operation").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
