"""Signing in and out with a browser: sessions, what protects them, and what stands in the trail afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from sqlalchemy import delete, update

from api.app import create_app
from api.identity import middleware, passwords, signing
from api.identity.returning import safe_path
from api.settings import Settings
from data.store import access, trail
from data.store.database import now
from planner.roles import Role
from tests.api.test_service import assert_error
from tests.conftest import running
from tests.team import PASSWORD, add, browser, cheap_passwords

HTML = {"accept": "text/html,*/*"}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, grid_samples: Path) -> Iterator[Any]:
    """A service for a team, with an administrator ``ann`` and a viewer ``vic``."""
    root = tmp_path_factory.mktemp("team")
    app = create_app(Settings(mode="team", workspace=root, samples=grid_samples))
    with cheap_passwords(), running(app) as service:
        service.ids = {"ann": add(app, "ann", Role.ADMIN), "vic": add(app, "vic", Role.VIEWER)}
        yield service


@pytest.fixture(autouse=True)
def _no_failures(team: Any) -> None:
    with team.app.state.services.store.database.writing() as tx:
        tx.execute(delete(access.failures))


def entries(team: Any) -> list[Any]:
    """Return the audit trail."""
    with team.app.state.services.store.database.reading() as connection:
        assert trail.broken(connection) is None
        return list(trail.entries(connection))


def wrong(client: httpx.Client, login: str = "ann", password: str = "wrong") -> httpx.Response:
    """Try to sign in with a wrong password."""
    return client.post("/api/sign-in", json={"login": login, "password": password})


def test_who_signs_in_is_known_until_they_sign_out(team: Any) -> None:
    with browser(team.url, "ANN ") as ann:
        me = ann.get("/api/me").json()
        assert (me["id"], me["roles"], me["regions"], me["mode"]) == (
            team.ids["ann"],
            ["admin"],
            None,
            "team",
        )
        assert ann.get("/api/session").json()["signed_in"]
        kept = dict(ann.cookies)
        assert ann.post("/api/sign-out").status_code == 204
        assert dict(ann.cookies) == {}
        assert not ann.get("/api/session").json()["signed_in"]
        ann.cookies.update(kept)
        assert_error(ann.get("/api/me"), 401, "signed-out")
    said = [(entry.what, entry.who, entry.subject) for entry in entries(team)][-2:]
    assert said == [
        ("sign_in", team.ids["ann"], team.ids["ann"]),
        ("sign_out", team.ids["ann"], team.ids["ann"]),
    ]


def test_the_session_is_out_of_reach_of_scripts_and_other_sites(team: Any) -> None:
    with browser(team.url) as client:
        answer = client.post("/api/sign-in", json={"login": "ann", "password": PASSWORD})
    cookies = {line.split("=")[0]: line.lower() for line in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"planner_session", "planner_csrf"}
    assert "httponly" in cookies["planner_session"]
    assert "httponly" not in cookies["planner_csrf"]
    assert all("samesite=lax" in line and "path=/" in line for line in cookies.values())
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("login", ["nobody@example.org", "vic", "a b", "x\x00y", "é" * 500])
def test_unknown_logins_and_wrong_passwords_are_answered_alike(
    team: Any, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str | None] = []
    whole = passwords.verified

    def verified(password: str, kept: str | None) -> tuple[bool, str | None]:
        worked.append(kept)
        return whole(password, kept)

    monkeypatch.setattr(signing.passwords, "verified", verified)
    with browser(team.url) as client:
        told = wrong(client, login)
        body = assert_error(told, 401, "sign-in-failed")
        assert body == assert_error(wrong(client, "ann"), 401, "sign-in-failed")
        assert "set-cookie" not in told.headers
    assert len(worked) == 2
    last = entries(team)[-1]
    assert (last.what, last.who, last.new) == ("sign_in.failed", signing.NOBODY, {"address": "127.0.0.1"})


def test_hasty_attempts_have_to_wait_and_leave_no_trail(team: Any) -> None:
    with browser(team.url) as client:
        assert [wrong(client).status_code for _ in range(5)] == [401] * 5
        before = len(entries(team))
        refused = client.post("/api/sign-in", json={"login": "ann", "password": PASSWORD})
        assert_error(refused, 429, "too-many-attempts")
        assert int(refused.headers["retry-after"]) == 1
        assert len(entries(team)) == before
        assert wrong(client, "vic").status_code == 401
        with team.app.state.services.store.database.writing() as tx:
            tx.execute(update(access.failures).values(last_at=now() - timedelta(minutes=20)))
        assert client.post("/api/sign-in", json={"login": "ann", "password": PASSWORD}).status_code == 200
        assert wrong(client).status_code == 401


def test_many_logins_from_one_address_have_to_wait_too(team: Any) -> None:
    with browser(team.url) as client, team.app.state.services.store.database.writing() as tx:
        tx.execute(access.failures.insert().values(key="address:127.0.0.1/32", count=30, last_at=now()))
    with browser(team.url) as client:
        assert_error(wrong(client, "somebody"), 429, "too-many-attempts")


def test_a_session_is_changed_at_every_sign_in(team: Any) -> None:
    with browser(team.url, "vic") as vic:
        first = dict(vic.cookies)
        assert vic.post("/api/sign-in", json={"login": "vic", "password": PASSWORD}).status_code == 200
        assert vic.cookies["planner_session"] != first["planner_session"]
        assert vic.get("/api/me").status_code == 200
    with browser(team.url) as other:
        other.cookies.update(first)
        assert other.get("/api/me").status_code == 401


def test_a_planted_session_is_not_taken_over(team: Any) -> None:
    with browser(team.url) as client:
        client.cookies.set("planner_session", "planted", domain="127.0.0.1")
        assert client.post("/api/sign-in", json={"login": "vic", "password": PASSWORD}).status_code == 200
        found = [cookie.value for cookie in client.cookies.jar if cookie.name == "planner_session"]
        assert "planted" not in found


@pytest.mark.parametrize("sent", [None, "", "x", "ÿ"])
def test_a_change_needs_what_only_our_pages_can_send(team: Any, sent: str | None) -> None:
    with browser(team.url, "ann") as ann:
        right = ann.headers.pop("X-CSRF-Token")
        headers = {} if sent is None else {"X-CSRF-Token": sent.encode("latin-1")}
        refused = ann.post("/api/sign-out", headers=headers)  # type: ignore[arg-type]
        assert_error(refused, 403, "foreign-page")
        assert ann.get("/api/me").status_code == 200
        foreign = {"X-CSRF-Token": right, "origin": "https://evil.example"}
        assert_error(ann.post("/api/sign-out", headers=foreign), 403, "foreign-page")
        assert ann.post("/api/sign-out", headers={"X-CSRF-Token": right}).status_code == 204


def test_what_one_session_sends_is_of_no_use_in_another(team: Any) -> None:
    with browser(team.url, "ann") as ann, browser(team.url, "vic") as vic:
        vic.headers["X-CSRF-Token"] = ann.headers["X-CSRF-Token"]
        assert_error(vic.post("/api/sign-out"), 403, "foreign-page")


def test_pages_lead_to_the_way_in_and_back(team: Any) -> None:
    with browser(team.url) as client:
        answer = client.get("/plans/p-1?tab=quotas&x=%C3%B6", headers=HTML)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fplans%2Fp-1%3Ftab%3Dquotas%26x%3D%25C3%25B6"
        page = client.get(answer.headers["location"], headers=HTML)
        assert page.status_code == 200
        assert 'data-next="/plans/p-1?tab=quotas' in page.text
        assert_error(client.get("/api/plans"), 401, "signed-out")
        assert_error(client.get("/api/openapi.json"), 401, "signed-out")
        assert client.post("/plans/p-1", headers=HTML).status_code == 401


EVIL = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/x\r\nSet-Cookie: a=b",
    "\\\\evil.example",
    "",
    "evil",
    "/sign-in?next=/",
    "/api/plans",
    "/" + "x" * 3000,
]


@pytest.mark.parametrize("asked", EVIL)
def test_nobody_is_led_elsewhere_after_signing_in(team: Any, asked: str) -> None:
    assert safe_path(asked) == "/"
    with browser(team.url, "vic") as vic:
        answer = vic.get("/sign-in", params={"next": asked})
        assert answer.headers.get("location", "/") == "/"


def test_another_password_ends_every_other_session(team: Any) -> None:
    add(team.app, "pat", Role.VIEWER)
    fresh = "nine small doors of blue glass"
    with browser(team.url, "pat") as here, browser(team.url, "pat") as there:
        asked = {"old": "wrong", "new": fresh}
        assert_error(here.put("/api/me/password", json=asked), 403, "wrong-password")
        problems = here.put("/api/me/password", json={"old": PASSWORD, "new": "password1234"}).json()[
            "problems"
        ]
        assert [problem["code"] for problem in problems] == ["password_common"]
        assert here.put("/api/me/password", json={"old": PASSWORD, "new": fresh}).status_code == 204
        assert here.get("/api/me").status_code == 200
        assert there.get("/api/me").status_code == 401
        assert wrong(there, "pat", PASSWORD).status_code == 401
    with browser(team.url, "pat", fresh) as again:
        assert again.get("/api/me").json()["name"] == "Pat"
    change = next(entry for entry in reversed(entries(team)) if entry.what == "person.change")
    assert change.new["password"] == "another one"


def test_guessing_the_old_password_has_to_wait(team: Any) -> None:
    add(team.app, "gus", Role.VIEWER)
    with browser(team.url, "gus") as gus:
        asked = {"old": "wrong", "new": "nine small doors of blue glass"}
        told = [gus.put("/api/me/password", json=asked).status_code for _ in range(6)]
    assert told == [403] * 5 + [429]


def test_signing_out_everywhere_ends_every_session(team: Any) -> None:
    with browser(team.url, "vic") as here, browser(team.url, "vic") as there:
        assert here.post("/api/sign-out", json={"everywhere": True}).status_code == 204
        assert there.get("/api/me").status_code == 401
    assert entries(team)[-1].what == "sign_out.everywhere"


@pytest.mark.parametrize(
    "aged", [{"seen_at": now() - timedelta(hours=9)}, {"ends_at": now() - timedelta(seconds=1)}]
)
def test_sessions_end_by_themselves(team: Any, aged: dict[str, Any]) -> None:
    with browser(team.url, "vic") as vic:
        with team.app.state.services.store.database.writing() as tx:
            tx.execute(update(access.sessions).values(**aged))
        assert_error(vic.get("/api/me"), 401, "signed-out")


def test_an_answer_is_kept_for_nobody_else(team: Any) -> None:
    with browser(team.url, "vic") as vic:
        headers = vic.get("/api/plans").headers
    assert headers["cache-control"] == "no-store"
    assert {"Cookie", "Authorization"} <= {name.strip() for name in headers["vary"].split(",")}


def test_nothing_secret_is_kept_in_the_clear(team: Any) -> None:
    with browser(team.url, "ann") as ann:
        secret = ann.cookies["planner_session"]
        token = ann.post("/api/tokens", json={"name": "x"}).json()["secret"]
        settings = team.app.state.services.settings
        kept = b"".join(path.read_bytes() for path in Path(settings.workspace).glob("planner.db*"))
    for text in (PASSWORD, secret, token, ann.headers["X-CSRF-Token"]):
        assert text.encode() not in kept
    assert b"$argon2id$" in kept


def test_a_stream_ends_when_its_session_does(team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    services = team.app.state.services
    monkeypatch.setattr(middleware, "_CHECKED_EVERY_S", 0.0)
    with browser(team.url, "vic") as vic:
        cookie = vic.cookies["planner_session"]
    sent: list[bytes] = []

    async def stream(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        with services.store.database.writing() as tx:
            access.end_sessions(tx, team.ids["vic"])
        await send({"type": "http.response.body", "body": b"second", "more_body": True})
        raise AssertionError("the stream went on")

    async def keep(message: Any) -> None:
        sent.append(message.get("body", b""))

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/plans",
        "query_string": b"",
        "headers": [(b"cookie", f"planner_session={cookie}".encode())],
        "client": ("127.0.0.1", 1),
    }
    guarded = middleware.Identity(stream, services.settings, services.store.database)
    anyio.run(guarded, scope, None, keep)
    assert b"".join(sent) == b"first"
