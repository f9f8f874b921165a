"""Signing in with the company's identity provider: a real one, on loopback, in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.app import create_app
from api.errors import ApiError
from api.identity import accounts, company
from api.settings import Settings
from data.store import trail
from planner.roles import Role
from tests.conftest import running
from tests.team import PASSWORD, add, cheap_passwords


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Run an identity provider and give its issuer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if re.search(r"running on http", line, re.IGNORECASE):
                    break
            else:
                pytest.fail("the provider did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def team(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Give a service that knows the provider; the same one for the same settings."""
    company.discover.cache_clear()
    started: dict[str, Any] = {}
    with ExitStack() as stack:
        stack.enter_context(cheap_passwords())

        def start(**settings: Any) -> Any:
            given = {
                "oidc_issuer": provider,
                "oidc_client_id": "planner",
                "oidc_client_secret": "a secret, of course",
                "mode": "team",
                **settings,
            }
            if repr(settings) not in started:
                root = tmp_path_factory.mktemp("company")
                (root / "samples").mkdir()
                app = create_app(Settings(workspace=root / "work", samples=root / "samples", **given))
                started[repr(settings)] = stack.enter_context(running(app))
            return started[repr(settings)]

        yield start


def known(provider: str, sub: str, **claims: Any) -> None:
    """Let the provider know somebody."""
    answer = httpx.put(f"{provider}/users/{sub}", json=claims)
    assert answer.status_code in (200, 204), answer.text


@contextmanager
def visitor(service: Any) -> Iterator[httpx.Client]:
    """Give a browser that nobody has signed in with."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


def through(client: httpx.Client, sub: str, path: str = "/") -> httpx.Response:
    """Sign in as a person would: to the provider and back; return what the service answers then."""
    begun = client.get("/sign-in/company", params={"next": path})
    assert begun.status_code == 303, begun.text
    allowed = httpx.post(begun.headers["location"], data={"sub": sub})
    assert allowed.status_code == 302, allowed.text
    return client.get(allowed.headers["location"])


def test_somebody_who_comes_for_the_first_time_is_a_viewer(provider: str, team: Callable[..., Any]) -> None:
    service = team()
    known(provider, "17", email="Eve@Example.org", name="Eve Holm")
    with visitor(service) as client:
        assert "Sign in with company account" in client.get("/sign-in").text
        back = through(client, "17", "/plans/p-1?tab=quotas#top")
        assert (back.status_code, back.headers["location"]) == (303, "/plans/p-1?tab=quotas#top")
        me = client.get("/api/me").json()
        assert (me["name"], me["roles"], me["regions"]) == ("Eve Holm", ["viewer"], None)
    with visitor(service) as again:
        through(again, "17")
        assert again.get("/api/me").json()["id"] == me["id"]
    with service.app.state.services.store.database.reading() as connection:
        said = [
            (entry.what, entry.subject) for entry in trail.entries(connection) if entry.subject == me["id"]
        ]
    assert [what for what, _ in said] == ["person.add", "sign_in", "sign_in"]


def test_what_is_asked_is_proved_by_more_than_the_code(team: Callable[..., Any]) -> None:
    service = team()
    with visitor(service) as client:
        asked = parse_qs(urlsplit(client.get("/sign-in/company").headers["location"]).query)
        flow = company.Flow.of(client.cookies[company.COOKIE])
        again = parse_qs(urlsplit(client.get("/sign-in/company").headers["location"]).query)
    assert flow is not None
    assert (asked["state"], asked["nonce"]) == ([flow.state], [flow.nonce])
    digest = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).decode().rstrip("=")
    assert (asked["code_challenge_method"], asked["code_challenge"]) == (["S256"], [digest])
    assert asked["response_type"] == ["code"]
    assert asked["redirect_uri"] == [f"{service.url}/sign-in/company/return"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name][0]) >= 43
        assert asked[name] != again[name]


def test_roles_and_regions_follow_the_claims_at_every_sign_in(
    provider: str, team: Callable[..., Any]
) -> None:
    service = team(
        oidc_roles_claim="groups", oidc_roles="sales-managers=manager,it=admin", oidc_regions_claim="areas"
    )
    known(provider, "21", email="mo@example.org", groups=["sales-managers", "admin", "x"], areas=["west"])
    with visitor(service) as client:
        through(client, "21")
        me = client.get("/api/me").json()
        assert (me["roles"], me["regions"]) == (["manager"], ["west"])
        known(provider, "21", email="mo@example.org", groups="planner, it", areas="west,north")
        through(client, "21")
        assert client.get("/api/me").json()["roles"] == ["admin", "planner"]


def test_who_has_no_role_is_turned_away_where_that_is_asked(provider: str, team: Callable[..., Any]) -> None:
    service = team(oidc_roles_claim="groups", oidc_default_role="")
    known(provider, "31", email="no@example.org", groups=["others"])
    with visitor(service) as client:
        told = through(client, "31")
        assert told.status_code == 403
        assert "names no role" in told.text
        assert client.get("/api/me").status_code == 401


def test_a_login_with_a_password_is_not_taken_over(provider: str, team: Callable[..., Any]) -> None:
    service = team()
    add(service.app, "ann@example.org", Role.ADMIN)
    known(provider, "41", email="ann@example.org")
    with visitor(service) as client:
        told = through(client, "41")
        assert told.status_code == 403
        assert client.get("/api/me").status_code == 401


def test_who_was_added_without_a_password_is_recognised(provider: str, team: Callable[..., Any]) -> None:
    service = team()
    services = service.app.state.services
    added = accounts.add_person(
        services.store.database,
        services.settings,
        "test",
        login="kim@example.org",
        name="Kim",
        roles=[Role.FINANCE],
    )
    known(provider, "51", email="kim@example.org")
    with visitor(service) as client:
        through(client, "51")
        me = client.get("/api/me").json()
        assert (me["id"], me["roles"]) == (added.id, ["finance"])
        wrong = client.post("/api/sign-in", json={"login": "kim@example.org", "password": PASSWORD})
        assert wrong.status_code == 401


def test_who_is_shut_out_stays_out(provider: str, team: Callable[..., Any]) -> None:
    service = team()
    services = service.app.state.services
    known(provider, "61", email="lou@example.org")
    with visitor(service) as client:
        through(client, "61")
        lou = client.get("/api/me").json()["id"]
        accounts.change_person(
            services.store.database, services.settings, "test", lou, if_match="*", disabled=True
        )
        told = through(client, "61")
        assert told.status_code == 403
        assert "disabled" in told.text


@pytest.mark.parametrize("change", ["state", "nonce", "cookie", "code"])
def test_what_does_not_belong_together_lets_nobody_in(
    provider: str, team: Callable[..., Any], change: str
) -> None:
    service = team()
    known(provider, "71", email="max@example.org")
    with visitor(service) as client:
        begun = client.get("/sign-in/company")
        back = httpx.post(begun.headers["location"], data={"sub": "71"}).headers["location"]
        flow = company.Flow.of(client.cookies[company.COOKIE])
        assert flow is not None
        if change == "state":
            back = back.replace(flow.state, "x" * 43)
        elif change == "code":
            back = re.sub(r"code=[^&]+", "code=x", back)
        else:
            changed = company.Flow(flow.state, "x" * 43, flow.verifier, "/") if change == "nonce" else None
            client.cookies.clear()
            if changed is not None:
                client.cookies.set(company.COOKIE, changed.sealed(), domain="127.0.0.1", path="/sign-in")
        told = client.get(back)
        assert told.status_code == 403
        assert "did not let you in" in told.text
        assert client.get("/api/me").status_code == 401


def test_a_code_is_worth_one_sign_in(provider: str, team: Callable[..., Any]) -> None:
    service = team()
    known(provider, "81", email="ned@example.org")
    with visitor(service) as client:
        begun = client.get("/sign-in/company")
        back = httpx.post(begun.headers["location"], data={"sub": "81"}).headers["location"]
        kept = client.cookies[company.COOKIE]
        assert client.get(back).status_code == 303
        client.cookies.set(company.COOKIE, kept, domain="127.0.0.1", path="/sign-in")
        assert client.get(back).status_code == 403


def test_a_refusal_of_the_provider_is_told_as_text(team: Callable[..., Any]) -> None:
    service = team()
    with visitor(service) as client:
        begun = parse_qs(urlsplit(client.get("/sign-in/company").headers["location"]).query)
        answer = {
            "state": begun["state"][0],
            "error": "access_denied",
            "error_description": "<script>no</script>",
        }
        told = client.get("/sign-in/company/return", params=answer)
        assert told.status_code == 403
        assert "&lt;script&gt;no" in told.text


def test_a_provider_that_does_not_answer_is_told() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(ApiError) as told:
            company.discover(issuer)
    assert told.value.status_code == 502


@pytest.mark.parametrize("value", [None, "", "x", "bm8=", "W10=", "eyJzdGF0ZSI6IDF9"])
def test_a_cookie_that_is_none_counts_for_nothing(value: str | None) -> None:
    assert company.Flow.of(value) is None
