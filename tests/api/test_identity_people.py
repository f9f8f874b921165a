"""Accounts and tokens over the API: who may make and change them, and what happens to those they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.identity.passwords import check_password
from api.settings import Settings
from planner.errors import InvalidInput
from planner.roles import Permission, Role
from tests.api.test_service import assert_error
from tests.conftest import running
from tests.team import PASSWORD, add, browser, cheap_passwords, program, token


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, grid_samples: Path) -> Iterator[Any]:
    """A service for a team with one administrator, ``ann``."""
    root = tmp_path_factory.mktemp("people")
    app = create_app(Settings(mode="team", workspace=root, samples=grid_samples))
    with cheap_passwords(), running(app) as service:
        service.ids = {"ann": add(app, "ann", Role.ADMIN)}
        yield service


@pytest.fixture
def ann(team: Any) -> Iterator[httpx.Client]:
    """The browser of the administrator."""
    with browser(team.url, "ann") as client:
        yield client


def person(client: httpx.Client, login: str, **values: Any) -> dict[str, Any]:
    """Add somebody over the API."""
    wanted = {"name": login, "login": login, "roles": ["viewer"], "password": PASSWORD, **values}
    answer = client.post("/api/people", json=wanted)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_somebody_is_added_signs_in_and_is_changed(team: Any, ann: httpx.Client) -> None:
    added = person(ann, "Bob@Example.org", name="Bob", roles=["manager"], regions=["west"])
    assert (added["login"], added["roles"], added["regions"]) == ("bob@example.org", ["manager"], ["west"])
    assert PASSWORD not in str(added)
    assert added in ann.get("/api/people").json()
    with browser(team.url, "bob@example.org") as bob:
        assert bob.get("/api/me").json()["regions"] == ["west"]
        assert_error(bob.get("/api/people"), 403, "not-permitted")
        one = ann.get(f"/api/people/{added['id']}")
        changed = ann.patch(
            f"/api/people/{added['id']}", json={"regions": []}, headers={"If-Match": one.headers["etag"]}
        )
        assert changed.json()["revision"] == 1
        assert bob.get("/api/me").json()["regions"] == []


def test_two_who_change_the_same_person_are_told(ann: httpx.Client) -> None:
    path = f"/api/people/{person(ann, 'two')['id']}"
    assert_error(ann.patch(path, json={"name": "x"}), 428, "precondition-required")
    assert ann.patch(path, json={"name": "x"}, headers={"If-Match": '"0"'}).status_code == 200
    late = ann.patch(path, json={"name": "y"}, headers={"If-Match": '"0"'})
    assert_error(late, 412, "precondition-failed")
    assert ann.get(path).json()["name"] == "x"


def test_a_login_is_given_once(ann: httpx.Client) -> None:
    first, second = person(ann, "dora"), person(ann, "emil")
    taken = {"name": "x", "login": " DORA ", "roles": ["viewer"]}
    assert_error(ann.post("/api/people", json=taken), 409, "login-taken")
    change = ann.patch(f"/api/people/{second['id']}", json={"login": "dora"}, headers={"If-Match": "*"})
    assert_error(change, 409, "login-taken")
    same = ann.patch(f"/api/people/{first['id']}", json={"login": "Dora"}, headers={"If-Match": "*"})
    assert same.status_code == 200


@pytest.mark.parametrize("change", [{"roles": ["planner"]}, {"disabled": True}])
def test_the_last_administrator_stays(team: Any, ann: httpx.Client, change: dict[str, Any]) -> None:
    path = f"/api/people/{team.ids['ann']}"
    assert_error(ann.patch(path, json=change, headers={"If-Match": "*"}), 409, "last-administrator")
    assert ann.get(path).json()["roles"] == ["admin"]
    assert not ann.get(path).json()["disabled"]


def test_who_is_shut_out_is_out_at_once(team: Any, ann: httpx.Client) -> None:
    fay = person(ann, "fay")
    secret = token(team.app, fay["id"])
    with browser(team.url, "fay") as there, program(team.url, secret) as robot:
        assert robot.get("/api/me").status_code == 200
        path = f"/api/people/{fay['id']}"
        assert ann.patch(path, json={"disabled": True}, headers={"If-Match": "*"}).json()["disabled"]
        assert there.get("/api/me").status_code == 401
        assert_error(robot.get("/api/me"), 401, "token-refused")
        wrong = there.post("/api/sign-in", json={"login": "fay", "password": PASSWORD})
        assert_error(wrong, 401, "sign-in-failed")
        assert ann.patch(path, json={"disabled": False}, headers={"If-Match": "*"}).status_code == 200
        assert robot.get("/api/me").status_code == 200


def test_a_password_set_by_others_ends_every_session(team: Any, ann: httpx.Client) -> None:
    gil = person(ann, "gil")
    with browser(team.url, "gil") as there:
        fresh = {"password": "nine small doors of blue glass"}
        path = f"/api/people/{gil['id']}"
        assert ann.patch(path, json=fresh, headers={"If-Match": "*"}).status_code == 200
        assert there.get("/api/me").status_code == 401
    with browser(team.url, "gil", fresh["password"]) as again:
        assert again.get("/api/me").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        {"login": "a b"},
        {"login": "x\u0000"},
        {"roles": []},
        {"roles": ["king"]},
        {"name": ""},
        {"name": "x\u0000"},
        {"regions": ["\u0001"]},
        {"password": "short"},
        {"extra": 1},
    ],
)
def test_what_cannot_be_a_person_is_refused(ann: httpx.Client, wanted: dict[str, Any]) -> None:
    given = {"name": "x", "login": "x@example.org", "roles": ["viewer"], **wanted}
    assert ann.post("/api/people", json=given).status_code == 422


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "password_short"),
        ("x" * 257, "password_long"),
        ("my name is ann.bell here", "password_login"),
        ("passwordpassword", "password_common"),
        ("Password-2026!", "password_common"),
        ("qwertyuiop123", "password_common"),
        ("aaaaaaaaaaaaaaaa", "password_common"),
        ("123456789012345", "password_common"),
        ("Summer2026!!!!", "password_common"),
    ],
)
def test_passwords_that_are_tried_first_are_refused(password: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_password(password, "ann.bell@example.org", 12)
    assert code in [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize(
    "password", [PASSWORD, "Fjord-lantern-73", "быстрый серый кот", "correct horse battery"]
)
def test_passwords_that_take_long_to_guess_are_taken(password: str) -> None:
    check_password(password, "ann@example.org", 12)


def test_a_token_does_what_it_is_for_until_it_is_withdrawn(team: Any, ann: httpx.Client) -> None:
    wanted = {"name": "nightly", "permissions": ["read"], "regions": ["west"], "days": 3}
    made = ann.post("/api/tokens", json=wanted)
    assert made.headers["cache-control"] == "no-store"
    made = made.json()
    listed = ann.get("/api/tokens").json()
    assert made["id"] in [each["id"] for each in listed]
    assert made["secret"] not in str(listed)
    with program(team.url, made["secret"]) as robot:
        me = robot.get("/api/me").json()
        assert (me["permissions"], me["regions"]) == (["read"], ["west"])
        assert robot.get("/api/plans").status_code == 200
        assert_error(robot.post("/api/plans", json={"folder_id": "grid"}), 403, "not-permitted")
        assert_error(robot.post("/api/tokens", json={"name": "more"}), 403, "not-for-tokens")
        assert_error(robot.delete(f"/api/tokens/{made['id']}"), 403, "not-for-tokens")
        used = {each["id"]: each["used_at"] for each in ann.get("/api/tokens").json()}
        assert used[made["id"]] is not None
        assert ann.delete(f"/api/tokens/{made['id']}").status_code == 204
        assert_error(robot.get("/api/plans"), 401, "token-refused")


def test_a_token_is_told_once_even_where_the_request_is_sent_again(team: Any, ann: httpx.Client) -> None:
    headers = {"Idempotency-Key": "make-one-token"}
    first = ann.post("/api/tokens", json={"name": "once"}, headers=headers)
    assert first.status_code == 201
    again = ann.post("/api/tokens", json={"name": "once"}, headers=headers)
    assert_error(again, 409, "already-done")
    assert [each["name"] for each in ann.get("/api/tokens").json()].count("once") == 1
    kept = b"".join(p.read_bytes() for p in Path(team.app.state.services.store.root).glob("planner.db*"))
    assert first.json()["secret"].encode() not in kept


def test_a_token_held_to_regions_makes_nobody(team: Any) -> None:
    limited = token(team.app, team.ids["ann"], regions=["west"])
    with program(team.url, limited) as robot:
        for method, path in (("GET", "/api/people"), ("POST", "/api/people")):
            wanted = {"name": "x", "login": "y", "roles": ["admin"]}
            answer = robot.request(method, path, json=wanted if method == "POST" else None)
            assert_error(answer, 403, "not-permitted")
        assert_error(robot.get("/api/tokens?everybody=true"), 403, "not-permitted")


def test_nobody_gives_a_token_more_than_they_have(team: Any, ann: httpx.Client) -> None:
    hal = person(ann, "hal")
    with browser(team.url, "hal") as viewer:
        beyond = {"name": "x", "permissions": [Permission.PLAN]}
        assert_error(viewer.post("/api/tokens", json=beyond), 422, "token-permissions")
        long = {"name": "x", "days": 366}
        assert_error(viewer.post("/api/tokens", json=long), 422, "token-life")
        mine = viewer.post("/api/tokens", json={"name": "x"}).json()
        with program(team.url, mine["secret"]) as robot:
            assert robot.get("/api/me").json()["permissions"] == ["read"]
            change = {"roles": ["planner"]}
            path = f"/api/people/{hal['id']}"
            ann.patch(path, json=change, headers={"If-Match": "*"}).raise_for_status()
            assert "plan" in robot.get("/api/me").json()["permissions"]


def test_tokens_of_others_are_not_there(team: Any, ann: httpx.Client) -> None:
    person(ann, "ivy")
    theirs = ann.post("/api/tokens", json={"name": "of ann"}).json()
    with browser(team.url, "ivy") as ivy:
        assert ivy.get("/api/tokens").json() == []
        assert_error(ivy.get("/api/tokens?everybody=true"), 403, "not-permitted")
        assert_error(ivy.delete(f"/api/tokens/{theirs['id']}"), 404, "not-found")
        own = ivy.post("/api/tokens", json={"name": "of ivy"}).json()
    assert own["id"] in [each["id"] for each in ann.get("/api/tokens?everybody=true").json()]
    assert ann.delete(f"/api/tokens/{own['id']}").status_code == 204


def test_a_cookie_beside_a_bad_token_does_not_help(ann: httpx.Client) -> None:
    answer = ann.get("/api/me", headers={"Authorization": "Bearer planner_wrong"})
    assert_error(answer, 401, "token-refused")
    assert answer.headers["www-authenticate"] == "Bearer"
