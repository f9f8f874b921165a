"""From where a service may be reached, and what protects what comes from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import typer
from pydantic import ValidationError

from api.app import create_app
from api.cli.exits import ExitCode
from api.cli.serve import run
from api.identity.address import client_address, networks, rate_key
from api.settings import Settings
from planner.roles import Role
from tests.api.test_service import assert_error
from tests.team import PASSWORD, add, cheap_passwords


def asked(app: Any, method: str, path: str, client: str = "127.0.0.1", **given: Any) -> httpx.Response:
    """Ask an application as if from an address."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.request(method, path, **given)

    return anyio.run(ask)


def app_with(tmp_path: Path, **settings: Any) -> Any:
    """Return the service with settings."""
    samples = tmp_path / "samples"
    samples.mkdir(exist_ok=True)
    return create_app(Settings(workspace=tmp_path / "workspace", samples=samples, **settings))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "nobody has to sign in"),
        ({"mode": "team"}, "PLANNER_BEHIND_TLS"),
        ({"behind_tls": True}, "nobody has to sign in"),
    ],
)
def test_a_service_that_others_could_reach_has_to_be_safe(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(host="10.0.0.7", **settings)


def test_a_safe_service_may_be_reached_by_others() -> None:
    assert Settings(host="10.0.0.7", mode="team", behind_tls=True).host == "10.0.0.7"


def test_a_team_needs_an_administrator_before_it_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(mode="team", workspace=tmp_path, port=0)
    with pytest.raises(typer.Exit) as refused:
        run(settings, lambda url: pytest.fail(f"it listens on {url}"))
    assert refused.value.exit_code == ExitCode.BAD_INPUT
    said = capsys.readouterr().err
    assert "no administrator" in said
    assert "planner people add" in said


@pytest.mark.parametrize(
    "settings",
    [
        {"trusted_proxies": "10.0.0.0/33"},
        {"oidc_issuer": "http://id.example.org", "oidc_client_id": "x"},
        {"oidc_issuer": "https://id.example.org"},
        {"oidc_roles": "it=king"},
        {"oidc_roles": "admin"},
    ],
)
def test_settings_that_would_open_a_door_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**settings)


def test_lists_in_settings_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_ALLOWED_HOSTS", "plans.example.org, .example.com,")
    monkeypatch.setenv("PLANNER_OIDC_ROLES", "it=admin,sales=ops=planner")
    settings = Settings()
    assert settings.allowed_hosts == ("plans.example.org", ".example.com")
    assert settings.role_of_claim("it") is Role.ADMIN
    assert settings.role_of_claim("sales=ops") is Role.PLANNER
    assert settings.role_of_claim("manager") is Role.MANAGER
    assert settings.role_of_claim("admin") is None
    assert settings.role_of_claim("king") is None


def test_a_service_for_one_person_answers_nobody_elsewhere(tmp_path: Path) -> None:
    app = app_with(tmp_path)
    assert_error(asked(app, "GET", "/api/plans", client="10.0.0.9"), 403, "far-away")
    assert asked(app, "GET", "/api/plans").status_code == 200
    assert asked(app, "GET", "/api/session").json()["mode"] == "local"
    wanted = {"login": "x", "password": "y"}
    assert_error(asked(app, "POST", "/api/sign-in", json=wanted), 409, "local-mode")
    assert_error(asked(app, "POST", "/api/tokens", json={"name": "x"}), 409, "local-mode")
    change = {"old": "x", "new": "y"}
    assert_error(asked(app, "PUT", "/api/me/password", json=change), 409, "local-mode")
    assert asked(app, "GET", "/account").headers["location"] == "/"
    assert asked(app, "GET", "/sign-in").headers["location"] == "/"
    assert_error(asked(app, "GET", "/sign-in/company"), 404, "not-found")


@pytest.fixture
def behind_tls(tmp_path: Path) -> Any:
    """A service for a team behind a proxy that speaks https."""
    with cheap_passwords():
        app = app_with(
            tmp_path,
            mode="team",
            behind_tls=True,
            allowed_hosts="plans.example.org,.example.com",
            trusted_proxies="10.0.0.5",
        )
        add(app, "ann", Role.ADMIN)
        yield app


def test_cookies_are_for_https_and_this_host_only(behind_tls: Any) -> None:
    host = {"host": "plans.example.org", "origin": "https://plans.example.org"}
    answer = asked(
        behind_tls, "POST", "/api/sign-in", json={"login": "ann", "password": PASSWORD}, headers=host
    )
    assert answer.status_code == 200
    for line in answer.headers.get_list("set-cookie"):
        assert line.startswith("__Host-planner_")
        assert "Secure" in line
        assert "Domain" not in line
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_pages_that_came_without_https_change_nothing(behind_tls: Any) -> None:
    headers = {"host": "plans.example.org", "origin": "http://plans.example.org"}
    answer = asked(
        behind_tls, "POST", "/api/sign-in", json={"login": "ann", "password": PASSWORD}, headers=headers
    )
    assert_error(answer, 403, "foreign-page")


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("plans.example.org", True),
        ("PLANS.example.org:443", True),
        ("a.example.com", True),
        ("localhost:8000", True),
        ("example.com", False),
        ("plans.example.org.evil.example", False),
        ("evil-example.com", False),
        ("plans.example.org@evil.example", False),
        ("plans.example.org:80:80", False),
        ("", False),
    ],
)
def test_only_names_that_are_allowed_are_answered(behind_tls: Any, host: str, answered: bool) -> None:
    answer = asked(behind_tls, "GET", "/api/session", headers={"host": host})
    assert answer.status_code == (200 if answered else 421)


TRUSTED = networks(["10.0.0.0/24", "::1"])


@pytest.mark.parametrize(
    ("peer", "said", "meant"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.5", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.5", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.5", ["1.2.3.4", "198.51.100.1, 10.0.0.6"], "198.51.100.1"),
        ("10.0.0.5", ["nonsense"], ""),
        ("10.0.0.5", [], "10.0.0.5"),
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("", [], ""),
    ],
)
def test_proxies_are_believed_as_far_as_they_are_known(peer: str, said: list[str], meant: str) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in said]
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    assert client_address(scope, TRUSTED) == meant


def test_a_network_of_one_person_counts_as_one_address() -> None:
    assert rate_key("2001:db8:1:2:3::4") == rate_key("2001:db8:1:2::9")
    assert rate_key("2001:db8:1:2::9") != rate_key("2001:db8:1:3::9")
    assert rate_key("192.0.2.1") != rate_key("192.0.2.2")


def test_attempts_are_counted_by_where_they_really_come_from(behind_tls: Any) -> None:
    def attempt(peer: str, forwarded: str) -> int:
        headers = {"host": "plans.example.org", "x-forwarded-for": forwarded}
        wanted = {"login": f"x-{forwarded}-{peer}", "password": "y"}
        return asked(behind_tls, "POST", "/api/sign-in", peer, json=wanted, headers=headers).status_code

    told = [attempt("203.0.113.9", f"198.51.100.{n}") for n in range(31)]  # names others, is believed nothing
    assert told == [401] * 30 + [429]
    assert attempt("10.0.0.5", "198.51.100.200") == 401
