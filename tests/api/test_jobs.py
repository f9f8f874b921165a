"""Plans as jobs: progress, cancel, failure, restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def states(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["state"] for event in events if event["event"] == "state"]


def test_a_plan_runs_to_its_end(service: Any) -> None:
    plan = service.plan(name="First", territories=4, target_cents=5, seed=3)
    assert plan["state"] == "queued"
    assert plan["overrides"] == {"territories": 4, "seed": 3, "quota": {"target_cents": 5}}
    events = list(service.events(plan["id"]))
    assert states(events)[-2:] == ["running", "done"]
    progress = next(event["data"] for event in events if event["event"] == "progress")
    assert set(progress) == {"phase", "fraction", "objective", "bound", "violation", "iterations", "seconds"}
    done = service.http.get(f"/api/plans/{plan['id']}").json()
    assert (done["state"], done["reason"], done["progress"]) == ("done", "", None)
    assert done["summary"]["territories"] == 4
    assert done["created"] <= done["started"] <= done["ended"]
    assert [p["id"] for p in service.http.get("/api/plans").json()] == [plan["id"]]


def test_events_are_numbered_and_go_on_where_a_reader_left_off(service: Any) -> None:
    plan = service.plan()
    events = list(service.events(plan["id"]))
    numbers = [int(event["id"]) for event in events]
    assert numbers == list(range(1, len(events) + 1))
    assert list(service.events(plan["id"], after=numbers[0])) == events[1:]
    assert list(service.events(plan["id"], after=numbers[-1])) == []
    assert list(service.events(plan["id"], after=10_000)) == events


def test_a_running_plan_is_cancelled_and_keeps_its_best(serve: Callable[..., Any]) -> None:
    service = serve("patient")
    plan = service.plan()
    events = service.events(plan["id"])
    next(event for event in events if event["event"] == "progress")
    answer = service.http.post(f"/api/plans/{plan['id']}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelling")
    assert answer.json()["progress"] is None or answer.json()["progress"]["phase"] == "looking for better"
    assert states(list(events)) == ["cancelling", "done"]
    done = service.http.get(f"/api/plans/{plan['id']}").json()
    assert done["summary"]["termination"] == "cancelled"
    again = service.http.post(f"/api/plans/{plan['id']}/cancel")
    assert (again.status_code, again.json()["type"]) == (409, "urn:planner:error:job-ended")


def test_a_waiting_plan_is_withdrawn_and_a_full_queue_says_so(serve: Callable[..., Any]) -> None:
    service = serve("patient", concurrent_jobs=1, waiting_jobs=1)
    first = service.plan()
    next(event for event in service.events(first["id"]) if event["data"].get("state") == "running")
    second = service.plan()
    full = service.http.post("/api/plans", json={"folder_id": "grid"})
    assert (full.status_code, full.json()["type"]) == (429, "urn:planner:error:queue-full")
    busy = service.http.delete(f"/api/plans/{second['id']}")
    assert (busy.status_code, busy.json()["type"]) == (409, "urn:planner:error:job-active")
    withdrawn = service.http.post(f"/api/plans/{second['id']}/cancel").json()
    assert withdrawn["state"] == "cancelled"
    assert states(list(service.events(second["id"]))) == ["queued", "cancelled"]
    third = service.plan()
    for plan in (first, third):
        events = service.events(plan["id"])
        next(event for event in events if event["event"] == "progress")
        service.http.post(f"/api/plans/{plan['id']}/cancel")
        assert states(list(events))[-1] == "done"
    assert service.http.get(f"/api/plans/{second['id']}").json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("planning", "reason"),
    [
        ("impossible", "Account A7 alone is 2.3 times a territory."),
        ("broken", "ZeroDivisionError: nought"),
        ("dying", "ended without a word (3)"),
        ("missing", "AttributeError"),
        ("refusing", "mend what is listed"),
    ],
)
def test_a_failure_says_why_and_leaves_no_output(
    serve: Callable[..., Any], planning: str, reason: str
) -> None:
    service = serve(planning)
    plan = service.ended(service.plan()["id"])
    assert plan["state"] == "failed"
    assert reason in plan["reason"]
    assert plan["summary"] is None
    assert not list((service.app.state.services.store.scratch / "jobs").iterdir())
    results = service.http.get(f"/api/plans/{plan['id']}/territories")
    assert (results.status_code, results.json()["type"]) == (409, "urn:planner:error:no-result")
    if planning == "refusing":
        assert plan["problems"][0]["column"] == "latitude"


def test_a_plan_that_does_not_listen_is_ended(serve: Callable[..., Any]) -> None:
    service = serve("stubborn", cancel_grace_s=0.1)
    plan = service.plan()
    events = service.events(plan["id"])
    next(event for event in events if event["event"] == "progress")
    service.http.post(f"/api/plans/{plan['id']}/cancel")
    assert states(list(events)) == ["cancelling", "failed"]
    assert "in time" in service.http.get(f"/api/plans/{plan['id']}").json()["reason"]


def test_plans_survive_a_restart_with_their_events(serve: Callable[..., Any]) -> None:
    first = serve()
    plan_id = first.plan(name="Done")["id"]
    events = list(first.events(plan_id))
    done = first.http.get(f"/api/plans/{plan_id}").json()
    second = serve()
    assert second.http.get(f"/api/plans/{plan_id}").json() == done
    assert list(second.events(plan_id)) == events
    assert list(second.events(plan_id, after=1)) == events[1:]


def test_a_service_that_stops_gives_its_jobs_back_and_the_next_one_does_them(
    tmp_path: Path, grid_samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.app import create_app
    from api.settings import Settings
    from tests.conftest import STANDINS, running

    monkeypatch.syspath_prepend(str(STANDINS))
    settings = Settings(workspace=tmp_path, samples=grid_samples, planning="planning_standin:patient")
    with running(create_app(settings)) as service:
        plans = [service.plan()["id"] for _ in range(2)]
        events = service.events(plans[0])
        seen = next(event for event in events if event["event"] == "progress" and "id" in event)
        events.close()
    quick = settings.model_copy(update={"planning": "planning_standin:quick"})
    with running(create_app(quick)) as service:
        later = list(service.events(plans[0], after=int(seen["id"])))
        assert states(later) == ["queued", "running", "done"]
        assert all(int(event["id"]) > int(seen["id"]) for event in later)
        assert [service.ended(plan_id)["state"] for plan_id in plans] == ["done", "done"]
        jobs = service.http.get("/api/jobs").json()["items"]
        assert [job["attempts"] for job in jobs] == [1, 1]


def test_a_deleted_plan_is_gone(service: Any, plan_id: str) -> None:
    assert service.http.get(f"/api/plans/{plan_id}/territories").status_code == 200
    assert service.http.delete(f"/api/plans/{plan_id}").status_code == 204
    assert service.http.get(f"/api/plans/{plan_id}").status_code == 404
    assert service.http.get(f"/api/plans/{plan_id}/territories").status_code == 404
