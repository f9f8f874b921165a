"""Requests with a key: sent twice, done once; over both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI, Response

from api.http.idempotency import Idempotency
from data.store import requests, trail
from data.store.opening import Store
from tests.stores import KINDS, fresh_store

Send = Callable[..., httpx.Response]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give an empty store of each kind."""
    with fresh_store(request.param, tmp_path) as found:
        found.database.before_commit.append(requests.mark)
        yield found


def _app(store: Store) -> FastAPI:
    app = FastAPI()

    def record(what: str) -> None:
        with store.database.writing() as transaction:
            trail.append(transaction, who="ann", what=what, kind="k", subject="s")

    @app.post("/things", status_code=201)
    def make(body: dict[str, Any], response: Response) -> dict[str, Any]:
        record("thing.add")
        response.headers["Location"] = "/things/1"
        return body

    @app.post("/refused", status_code=400)
    def refuse() -> dict[str, Any]:
        return {"detail": "no"}

    @app.post("/burst")
    def burst() -> None:
        raise RuntimeError

    @app.post("/burst-late")
    def burst_late() -> None:
        record("thing.add")
        raise RuntimeError

    return app


def _sender(app: FastAPI, store: Store) -> Send:
    guarded = Idempotency(app, store.database)

    def send(path: str, key: str | None, body: Any = None, method: str = "POST") -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(guarded, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                headers = {} if key is None else {"Idempotency-Key": key}
                return await client.request(method, path, json=body or {}, headers=headers)

        return anyio.run(ask)

    return send


@pytest.fixture
def send(store: Store) -> Send:
    """Send a request to the application, as a fresh run of the server would get it."""
    return _sender(_app(store), store)


def _done(store: Store) -> int:
    with store.database.reading() as connection:
        return len(list(trail.entries(connection)))


def test_the_second_time_gets_the_first_answer_and_changes_nothing(send: Send, store: Store) -> None:
    first, second = (send("/things", "k1", {"name": "ä"}) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json()) == (201, {"name": "ä"})
    assert second.headers["location"] == "/things/1"
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert _done(store) == 1


def test_other_keys_and_no_keys_are_other_requests(send: Send, store: Store) -> None:
    for key in ("k1", "k2", None, None):
        assert send("/things", key).status_code == 201
    assert _done(store) == 4


@pytest.mark.parametrize(("path", "body"), [("/things", {"name": "other"}), ("/refused", {"name": "one"})])
def test_a_key_of_another_request_is_refused(send: Send, store: Store, path: str, body: Any) -> None:
    send("/things", "k1", {"name": "one"})
    answer = send(path, "k1", body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:planner:error:key-used")
    assert _done(store) == 1


def test_a_refusal_is_an_answer_like_any_other(send: Send) -> None:
    assert send("/refused", "k1").status_code == send("/refused", "k1").status_code == 400


def test_what_failed_inside_and_changed_nothing_may_be_sent_again(send: Send) -> None:
    assert [send("/burst", "k1").status_code for _ in range(2)] == [500, 500]


def test_what_was_done_but_not_answered_is_not_done_again(send: Send, store: Store) -> None:
    assert send("/burst-late", "k1").status_code == 500
    again = send("/burst-late", "k1")
    assert (again.status_code, again.json()["type"]) == (409, "urn:planner:error:already-done")
    assert _done(store) == 1


def test_a_request_of_this_run_that_is_being_done_is_told_so(store: Store) -> None:
    app = _app(store)
    guarded = Idempotency(app, store.database)
    requests.begin(store.database, "local", "k1", requests_digest("/things"), guarded.server)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(guarded), base_url="http://localhost"
        ) as client:
            return await client.post("/things", json={}, headers={"Idempotency-Key": "k1"})

    answer = anyio.run(ask)
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")
    assert _done(store) == 0


def test_a_request_that_an_ended_run_began_without_effect_is_done_now(store: Store) -> None:
    requests.begin(store.database, "local", "k1", requests_digest("/things"), "an earlier run")
    assert _sender(_app(store), store)("/things", "k1").status_code == 201
    assert _done(store) == 1


@pytest.mark.parametrize("key", ["a b", "x" * 201])
def test_what_is_no_key_is_refused(send: Send, key: str) -> None:
    assert send("/things", key).status_code == 422


def requests_digest(path: str) -> str:
    """Return how a POST to a path without query is recorded."""
    import hashlib

    return hashlib.sha256(f"POST {path}?".encode()).hexdigest()
