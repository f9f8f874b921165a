"""The way in, in a real browser: signing in, coming back to where one was, one's own account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from data.store.adopting import adopt_output
from planner.roles import Role
from tests.team import PASSWORD, add, cheap_passwords

Opening = Callable[..., Page]


@pytest.fixture
def service(serve: Callable[..., Any]) -> Iterator[Any]:
    """A service for a team, with a planner and a viewer."""
    with cheap_passwords():
        found = serve(mode="team", oidc_issuer="https://id.example.org", oidc_client_id="x")
        add(found.app, "pia", Role.PLANNER)
        add(found.app, "vic", Role.VIEWER)
        yield found


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """Fill in the form and send it."""
    page.get_by_label("E-mail address or login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_stands_in_the_way_in(open_page: Opening, scheme: str, width: int) -> None:
    page = open_page("/", color_scheme=scheme, viewport={"width": width, "height": 844})
    expect(page).to_have_url(f"{page.url.split('/sign-in')[0]}/sign-in?next=%2F")
    expect(page.get_by_label("E-mail address or login")).to_be_focused()
    expect(page.get_by_role("link", name="Sign in with company account")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_signing_in_leads_back_to_where_one_was(open_page: Opening, service: Any, grid_output: Any) -> None:
    plan = adopt_output(service.app.state.services.store, "Grid plan", "grid", grid_output, "test")
    page = open_page(f"/plans/{plan.id}?territory=T1#quotas")
    sign_in(page, "pia")
    page.wait_for_selector("#plan[data-ready]")
    assert page.url == f"{service.url}/plans/{plan.id}?territory=T1#quotas"
    page.goto(f"{service.url}/")
    page.get_by_role("button", name="Delete: Grid plan").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="No plan yet")).to_be_visible()


def test_a_page_that_stayed_open_too_long_leads_to_the_way_in(
    chromium: Browser, service: Any, grid_output: Any
) -> None:
    adopt_output(service.app.state.services.store, "Grid plan", "grid", grid_output, "test")
    with chromium.new_context() as context:  # the browser itself tells of every 401 on its console
        page = context.new_page()
        page.goto(f"{service.url}/sign-in")
        sign_in(page, "vic", "wrong")
        expect(page.get_by_role("alert")).to_contain_text("Login or password is wrong")
        expect(page.get_by_label("Password")).to_be_focused()
        sign_in(page, "vic")
        page.get_by_role("link", name="Grid plan").wait_for()
        expect(page.get_by_role("button", name="New plan")).to_have_count(0)
        context.clear_cookies()
        page.get_by_role("button", name="Delete: Grid plan").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        page.wait_for_url("**/sign-in?next=%2F")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_changes_the_password_and_leaves(open_page: Opening, scheme: str) -> None:
    page = open_page("/account", color_scheme=scheme)
    sign_in(page, "pia")
    page.get_by_role("heading", name="Your account").wait_for()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.get_by_label("Old password").fill(PASSWORD)
    page.get_by_label("New password").fill("nine small doors of blue glass")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("status")).to_contain_text("signed out everywhere else")
    page.get_by_role("link", name="Plans").click()
    page.get_by_role("link", name="Pia").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_label("E-mail address or login").wait_for()
    page.goto(page.url.split("/sign-in")[0] + "/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
