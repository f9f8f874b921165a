"""Jobs in processes: lost workers, memory, time, effects that fail, and servers that are gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from api.jobs import kinds
from api.jobs.kinds import KINDS, Kind, Lane
from data.store import job_work, plans, versions
from data.store.jobs import JobRow, QueueLimits, add_job, job
from data.store.opening import open_store
from planner.job import JobState
from planner.roles import LOCAL
from tests.stores import empty_database_url

STANDINS = Path(__file__).parent.parent / "standins"
ROOM = QueueLimits(100, 100)


def _row(connection: Connection, job_id: str | None) -> JobRow:
    found = job(connection, job_id or "")
    assert found is not None
    return found


@pytest.fixture
def do(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Do a job of a kind for tests and return it when it has ended, with its service."""

    def start(kind: Kind, params: dict[str, Any] | None = None, **settings: Any) -> tuple[Any, Any]:
        monkeypatch.setitem(KINDS, "test", kind)
        service = serve(**settings)
        asked = service.app.state.services.runner.submit("test", params or {}, LOCAL, subject="A test")
        list(service.job_events(asked.id))
        return service, service.http.get(f"/api/jobs/{asked.id}").json()

    return start


def test_every_kind_names_functions_that_are_there() -> None:
    for name, kind in KINDS.items():
        for named in filter(None, (kind.work, kind.finish, kind.without_result)):
            assert callable(kinds.found(named)), name


def test_a_job_gives_what_it_returns_and_what_it_writes(do: Callable[..., Any]) -> None:
    service, job = do(Kind("job_standin:answer", lane=Lane.QUICK), {"question": "why"})
    assert (job["state"], job["result"], job["subject"]) == ("done", {"answer": "why"}, "A test")
    assert job["progress"]["phase"] == "writing"
    assert [job["progress"][name] for name in ("objective", "bound", "violation")] == [7.0, 5.0, 0.25]
    store = service.app.state.services.store
    with store.database.reading() as connection:
        digest = _row(connection, job["id"]).output_digest
    assert (store.objects.tree(digest) / "answer.txt").read_text("utf-8") == "why"
    assert not list((store.scratch / "jobs").iterdir())


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        ("refuse_effect", "The plan was frozen meanwhile."),
        ("stumble", "kept its result from being put in place"),
    ],
)
def test_where_the_effect_fails_the_job_fails(do: Callable[..., Any], finish: str, reason: str) -> None:
    kind = Kind("job_standin:answer", finish=f"job_standin:{finish}")
    _, job = do(kind, {"question": "why"})
    assert (job["state"], job["result"], job["attempts"]) == ("failed", None, 1)
    assert reason in job["reason"]


@pytest.mark.parametrize("work", ["hungry", "greedy"])
def test_a_job_that_wants_too_much_memory_fails_once(do: Callable[..., Any], work: str) -> None:
    _, job = do(Kind(f"job_standin:{work}"), job_memory_bytes=400 * 1024**2)
    assert (job["state"], job["attempts"]) == ("failed", 1)
    assert "not enough memory: a job may use 400 MB" in job["reason"]


def test_a_job_that_takes_too_long_is_stopped(do: Callable[..., Any]) -> None:
    _, job = do(Kind("job_standin:listening"), max_job_s=0.01)
    assert (job["state"], job["attempts"]) == ("failed", 1)
    assert "nobody asked" in job["reason"]


def test_a_job_that_does_not_hear_its_limit_is_ended(serve: Callable[..., Any]) -> None:
    service = serve("stubborn", max_job_s=0.01, cancel_grace_s=0.01)
    plan = service.ended(service.plan()["id"])
    assert plan["state"] == "failed"
    assert "longer than its limit of 0.01 seconds" in plan["reason"]


def test_a_job_without_anything_to_keep_is_withdrawn(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "test", Kind("job_standin:listening"))
    service = serve()
    job = service.app.state.services.runner.submit("test", {}, LOCAL)
    events = service.job_events(job.id)
    next(event for event in events if event["event"] == "progress")
    assert service.http.post(f"/api/jobs/{job.id}/cancel").json()["state"] == "cancelling"
    assert [e["data"]["state"] for e in events if e["event"] == "state"] == ["cancelling", "cancelled"]


def test_a_job_whose_worker_was_killed_is_done_again_whole(serve: Callable[..., Any]) -> None:
    service = serve("job_standin:killed_at_first")
    services = service.app.state.services
    plan = service.plan()
    states = [e["data"]["state"] for e in service.events(plan["id"]) if e["event"] == "state"]
    assert states == ["queued", "running", "queued", "running", "done"]
    with services.store.database.reading() as connection:
        found = plans.plan(connection, plan["id"])
        made = versions.newest(connection, plan["id"])
        done = _row(connection, None if found is None else found.job_id)
    assert (done.attempts, len(made), made[0].output_digest) == (2, 1, done.output_digest)
    assert "half.csv" not in services.store.objects.manifest(done.output_digest)


def test_what_a_dead_server_held_is_taken_over_at_once(serve: Callable[..., Any], tmp_path: Path) -> None:
    store = open_store(tmp_path / "workspace")
    with store.database.writing() as tx:
        left = add_job(tx, "nothing known", LOCAL.id, lane=Lane.LONG, limits=ROOM)
        job_work.claim(tx, Lane.LONG, "a server that is gone", lease_s=3600)
    half_done = store.scratch / "jobs" / "its-lease"
    half_done.mkdir(parents=True)
    store.close()
    service = serve()
    events = list(service.job_events(left.id))
    told = [event["data"]["state"] for event in events]
    assert told == ["queued", "running", "queued", "running", "failed"]
    assert "does not know jobs of the kind" in events[-1]["data"]["reason"]
    assert not half_done.exists()


def test_two_servers_work_on_one_queue_and_tell_of_each_other(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    url = empty_database_url("postgresql")
    shared = {"workspace": tmp_path / "shared", "database_url": url}
    here, there = serve("quick", **shared), serve("quick", **shared)
    plan_ids = [here.plan()["id"] for _ in range(2)]
    for plan_id in plan_ids:
        assert list(map(_stored, here.events(plan_id)))[-1] == list(map(_stored, there.events(plan_id)))[-1]
        assert here.ended(plan_id)["state"] == there.ended(plan_id)["state"] == "done"
        assert list(here.events(plan_id)) == list(there.events(plan_id))
    with here.app.state.services.store.database.reading() as connection:
        assert [len(versions.newest(connection, plan_id)) for plan_id in plan_ids] == [1, 1]


def _stored(event: dict[str, Any]) -> tuple[str | None, Any]:
    return event.get("id"), event["data"]


def test_a_server_takes_over_what_another_one_lost(serve: Callable[..., Any], tmp_path: Path) -> None:
    url = empty_database_url("postgresql")
    service = serve("quick", workspace=tmp_path / "shared", database_url=url)
    store = service.app.state.services.store
    with store.database.writing() as tx:
        left = add_job(tx, "nothing known", LOCAL.id, lane="a lane nobody serves", limits=ROOM)
        job_work.claim(tx, "a lane nobody serves", "a server that is gone", lease_s=-1)
    events = service.job_events(left.id)
    told = [next(events)["data"]["state"] for _ in range(3)]
    events.close()
    assert told == ["queued", "running", "queued"]
    with store.database.reading() as connection:
        assert _row(connection, left.id).state is JobState.QUEUED


_PARENT = """
import multiprocessing, os, sys
from pathlib import Path
from api.jobs.process import work
from api.jobs.task import Task

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    task = Task("job", "test", "job_standin:listening", scratch=Path.cwd())
    context.Process(target=work, args=(task, theirs)).start()
    theirs.close()
    ours.recv()
    os.kill(os.getpid(), 9)
"""


def test_a_worker_does_not_outlive_its_server(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT, encoding="utf-8")
    root = Path(__file__).parent.parent.parent
    # The worker holds the other end of the pipe too: it is at its end when both are gone.
    ran = subprocess.run(
        [sys.executable, str(script)],
        env={"PYTHONPATH": f"{root}:{STANDINS}"},
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        check=False,
        timeout=120,
    )
    assert ran.returncode == -9
