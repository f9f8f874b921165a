"""The audit trail over HTTP: what was done can be read back, a page at a time, and proved."""

from __future__ import annotations

import io
from typing import Any

from sqlalchemy import update

from data.store import trail
from data.store.trail_file import read_trail
from planner.trail import prove


def _pages(service: Any, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        given = {**query, **({} if cursor is None else {"cursor": cursor})}
        answer = service.http.get(path, params=given)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return found


def test_what_was_done_is_told_newest_first_page_by_page(service: Any, plan_id: str) -> None:
    whole = _pages(service, "/api/trail")
    numbers = [entry["number"] for entry in whole]
    assert numbers == list(range(len(numbers), 0, -1))
    assert _pages(service, "/api/trail", limit=1) == whole
    told = _pages(service, "/api/trail", plan_id=plan_id)
    assert told == [entry for entry in whole if entry["plan"] == plan_id] != []
    assert _pages(service, f"/api/plans/{plan_id}/history") == told


def test_the_trail_is_proved_here_and_elsewhere(service: Any, plan_id: str) -> None:
    proof = service.http.get("/api/trail/proof").json()
    assert (proof["unbroken"], proof["fault"]) == (True, None)
    content = service.http.get("/api/trail/export").content
    again = prove(read_trail(io.BytesIO(content)), (proof["number"], proof["hash"]))
    assert (again.fault, again.number, again.hash) == (None, proof["number"], proof["hash"])
    assert plan_id.encode() in content


def test_a_change_behind_the_trail_is_told(service: Any, plan_id: str) -> None:
    store = service.app.state.services.store
    with store.database.writing() as transaction:
        transaction.execute(update(trail.trail).where(trail.trail.c.plan == plan_id).values(who="nobody"))
    proof = service.http.get("/api/trail/proof").json()
    assert proof["unbroken"] is False
    assert "changed after it was written" in proof["fault"]


def test_the_history_of_no_plan_is_not_there(service: Any) -> None:
    assert service.http.get("/api/plans/none-000000/history").status_code == 404
