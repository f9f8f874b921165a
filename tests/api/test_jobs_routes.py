"""Jobs over HTTP: lists, places in the queue, who sees and who ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.jobs.kinds import KINDS, Kind
from data.store import trail
from planner.roles import LOCAL, Role
from tests.team import add, cheap_passwords, program, token


@pytest.fixture
def waiting(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A service with one plan in the making and one place, so that what comes next waits."""
    monkeypatch.setitem(KINDS, "test", Kind("job_standin:listening"))
    service = serve("patient", waiting_jobs_each=3, waiting_jobs=10)
    service.first = service.plan(name="First")
    next(event for event in service.events(service.first["id"]) if event["data"].get("state") == "running")
    return service


def test_jobs_are_listed_filtered_and_paged(waiting: Any) -> None:
    runner = waiting.app.state.services.runner
    ids = [runner.submit("test", {"n": n}, LOCAL, subject=f"Number {n}").id for n in range(3)]

    def listed(**query: Any) -> list[str]:
        return [job["id"] for job in waiting.http.get("/api/jobs", params=query).json()["items"]]

    running = listed(state="running")
    assert len(running) == 1
    assert listed() == [*ids[::-1], *running]
    assert listed(kind="test", state=["queued", "failed"]) == ids[::-1]
    assert listed(plan_id=waiting.first["id"]) == listed(kind="solve") == running
    assert listed(submitted_by="nobody") == []
    page = waiting.http.get("/api/jobs", params={"limit": 2}).json()
    rest = waiting.http.get("/api/jobs", params={"limit": 2, "cursor": page["next"]}).json()
    assert [job["id"] for job in page["items"] + rest["items"]] == listed()
    assert rest["next"] is None
    assert [waiting.http.get(f"/api/jobs/{job_id}").json()["position"] for job_id in ids] == [1, 2, 3]
    assert [job["position"] for job in waiting.http.get("/api/jobs").json()["items"]] == [3, 2, 1, None]


@pytest.mark.parametrize("cursor", ["nonsense", "WyJub3doZXJlIiwieCJd", "WyIyMDI2LTAxLTAxIiwieCJd"])
def test_cursors_of_other_lists_are_refused(waiting: Any, cursor: str) -> None:
    assert waiting.http.get("/api/jobs", params={"cursor": cursor}).status_code == 422


def test_one_person_cannot_fill_the_queue(waiting: Any) -> None:
    for _ in range(3):
        waiting.plan()
    full = waiting.http.post("/api/plans", json={"folder_id": "grid"})
    assert (full.status_code, full.json()["type"]) == (429, "urn:planner:error:queue-full")
    assert "3 of your jobs wait" in full.json()["detail"]
    assert len(waiting.http.get("/api/plans").json()) == 4


ROLES = {
    "planner": (Role.PLANNER,),
    "finance": (Role.FINANCE,),
    "fenced": (Role.MANAGER,),
    "admin": (Role.ADMIN,),
}


@pytest.fixture
def team(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A service for a team, its one place taken, and people by what they are, each with a program of their own."""
    monkeypatch.setitem(KINDS, "test", Kind("job_standin:listening"))
    service = serve("patient", mode="team")
    app = service.app
    with cheap_passwords():
        ids = {
            name: add(app, name, *roles, regions=("West",) * (name == "fenced"))
            for name, roles in ROLES.items()
        }
        programs = {name: program(service.url, token(app, person)) for name, person in ids.items()}
    plan = programs["admin"].post("/api/plans", json={"folder_id": "grid"}).json()
    with programs["admin"].stream("GET", f"/api/plans/{plan['id']}/events") as events:
        next(line for line in events.iter_lines() if "looking for better" in line)
    yield service, programs
    for each in programs.values():
        each.close()


def test_who_sees_and_who_ends_jobs(team: tuple[Any, dict[str, Any]]) -> None:
    service, people = team
    services = service.app.state.services
    job_id = services.runner.submit("test", {"secret": "Acme"}, LOCAL, subject="Import").id
    (making,) = people["admin"].get("/api/jobs", params={"kind": "solve"}).json()["items"]
    assert {"objective", "bound"} <= set(making["progress"])
    for name in ("planner", "finance", "admin"):
        assert people[name].get(f"/api/jobs/{job_id}").json()["params"] == {"secret": "Acme"}
    fenced = people["fenced"]
    assert [job["id"] for job in fenced.get("/api/jobs").json()["items"]] == [making["id"]]
    seen = fenced.get(f"/api/jobs/{making['id']}").json()
    assert (seen["params"], seen["result"], seen["state"]) == (None, None, "running")
    assert not {"objective", "bound"} & set(seen["progress"])
    assert fenced.post(f"/api/jobs/{making['id']}/cancel").status_code == 403
    assert fenced.get(f"/api/jobs/{job_id}").status_code == 404
    assert fenced.get(f"/api/jobs/{job_id}/events").status_code == 404
    assert fenced.post(f"/api/jobs/{job_id}/cancel").status_code == 404
    refused = people["finance"].post(f"/api/jobs/{job_id}/cancel")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:planner:error:not-permitted")
    assert people["planner"].post(f"/api/jobs/{job_id}/cancel").json()["state"] == "cancelled"
    again = people["planner"].post(f"/api/jobs/{job_id}/cancel")
    assert (again.status_code, again.json()["type"]) == (409, "urn:planner:error:job-ended")
    with services.store.database.reading() as connection:
        told = [(each.what, each.subject) for each in trail.entries(connection, kind="job")]
    assert told == [("job.submit", job_id), ("job.cancel", job_id)]
