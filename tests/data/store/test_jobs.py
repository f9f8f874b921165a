"""The queue of jobs over both databases: turns, leases, ends, events, several takers at once."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest

from data.store import job_news, job_work
from data.store.jobs import JobRow, QueueFull, QueueLimits, add_job, all_jobs, job, jobs_by_id, queue_order
from data.store.opening import Store, open_store
from planner.job import ImpossibleEvent, JobEvent, JobState

LANE = "long"
ROOM = QueueLimits(in_all=1000, each=1000)


def put(store: Store, person: str = "ada", **given: Any) -> JobRow:
    """Put a job into the queue."""
    with store.database.writing() as tx:
        return add_job(tx, "solve", person, **{"lane": LANE, "limits": ROOM, **given})


def take(store: Store, lease_s: float = 60.0) -> JobRow | None:
    """Take the next job."""
    with store.database.writing() as tx:
        return job_work.claim(tx, LANE, "here", lease_s)


def taken(store: Store, lease_s: float = 60.0) -> tuple[JobRow, str]:
    """Take the next job, which has to be there, and return it with its lease."""
    found = take(store, lease_s)
    assert found is not None
    assert found.lease is not None
    return found, found.lease


def ended(store: Store, found: JobRow, event: JobEvent, **given: Any) -> JobRow | None:
    """End an attempt."""
    with store.database.writing() as tx:
        return job_work.end(tx, found.id, found.lease or "", event, **given)


def now_of(store: Store, job_id: str) -> JobRow:
    """Return a job as it is stored."""
    with store.database.reading() as connection:
        found = job(connection, job_id)
    assert found is not None
    return found


def told(store: Store, job_id: str, after: int = 0) -> list[job_news.JobNews]:
    """Return the events of a job."""
    with store.database.reading() as connection:
        return job_news.news(connection, job_id, after)


def test_a_job_goes_through_the_queue_to_its_end(store: Store) -> None:
    asked = put(store, plan_id="plan-1", subject="Spring", params={"seed": 3}, time_limit_s=5.5)
    assert now_of(store, asked.id) == asked
    running, _ = taken(store)
    assert (running.id, running.state, running.attempts) == (asked.id, JobState.RUNNING, 1)
    assert now_of(store, asked.id) == running
    done = ended(store, running, JobEvent.FINISH, result={"territories": 4}, output_digest="d" * 64)
    assert done is not None
    assert now_of(store, asked.id) == done
    assert (done.state, done.result, done.output_digest) == (JobState.DONE, {"territories": 4}, "d" * 64)
    assert (done.lease, done.lease_until) == (None, None)
    assert [news.data["state"] for news in told(store, asked.id)] == ["queued", "running", "done"]
    assert [news.number for news in told(store, asked.id)] == [1, 2, 3]
    assert take(store) is None


def test_a_job_ends_once_and_only_for_who_holds_it(store: Store) -> None:
    put(store)
    running, _ = taken(store)
    with store.database.writing() as tx:
        assert job_work.end(tx, running.id, "another lease", JobEvent.FINISH) is None
    assert ended(store, running, JobEvent.FINISH) is not None
    assert ended(store, running, JobEvent.FINISH) is None
    assert ended(store, running, JobEvent.FAIL, reason="late") is None
    assert now_of(store, running.id).state is JobState.DONE


def test_what_belongs_to_the_end_is_there_with_it_or_neither_is(store: Store) -> None:
    put(store)
    running, _ = taken(store)

    def end_and_stumble() -> None:
        with store.database.writing() as tx:
            job_work.end(tx, running.id, running.lease or "", JobEvent.FINISH)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        end_and_stumble()
    assert now_of(store, running.id) == running
    assert len(told(store, running.id)) == 2


def test_a_lost_job_is_tried_again_and_given_up_in_the_end(store: Store) -> None:
    asked = put(store, most_attempts=1)
    first, _ = taken(store, lease_s=-1)
    with store.database.writing() as tx:
        assert [lost.state for lost in job_work.lose_expired(tx)] == [JobState.QUEUED]
        assert job_work.lose_expired(tx) == []
    second, _ = taken(store, lease_s=-1)
    assert (second.id, second.attempts) == (asked.id, 2)
    assert second.lease != first.lease
    assert ended(store, first, JobEvent.FINISH) is None
    with store.database.writing() as tx:
        job_work.lose_all(tx)
    for _ in range(3):
        taken(store, lease_s=-1)
        with store.database.writing() as tx:
            (lost,) = job_work.lose_all(tx)
    assert (lost.state, lost.lease) == (JobState.FAILED, None)
    assert "tried 5 times" in lost.reason
    assert lost.ended_at is not None


def test_signs_of_life_keep_a_lease(store: Store) -> None:
    put(store), put(store)
    (_, kept), (_, lost) = taken(store, lease_s=-1), taken(store, lease_s=-1)
    with store.database.writing() as tx:
        job_work.hold(tx, {kept}, 60.0)
        assert len(job_work.lose_expired(tx)) == 1
        job_work.hold(tx, {lost}, 60.0)
    with store.database.reading() as connection:
        assert job_work.held(connection, {kept, lost}) == {kept: job_work.Held(cancel_asked=False)}
        assert job_work.leases(connection) == {kept}


def test_a_server_that_shuts_down_gives_a_job_back_without_counting_the_try(store: Store) -> None:
    put(store, most_attempts=1)
    for _ in range(3):
        running, _ = taken(store)
        back = ended(store, running, JobEvent.RELEASE)
        assert back is not None
        assert (back.state, back.attempts) == (JobState.QUEUED, 0)


def test_cancelling(store: Store) -> None:
    waits, runs = put(store), None
    with store.database.writing() as tx:
        withdrawn = job_work.ask_cancel(tx, waits.id)
        assert withdrawn is not None
        assert withdrawn.state is JobState.CANCELLED
        assert job_work.ask_cancel(tx, "nobody") is None
    assert take(store) is None
    put(store)
    runs, lease = taken(store)
    with store.database.writing() as tx:
        job_work.ask_cancel(tx, runs.id)
        job_work.ask_cancel(tx, runs.id)
    with store.database.reading() as connection:
        assert job_work.held(connection, {lease}) == {lease: job_work.Held(cancel_asked=True)}
    assert now_of(store, runs.id).state is JobState.CANCELLING
    assert ended(store, runs, JobEvent.FINISH) is not None
    with pytest.raises(ImpossibleEvent, match="done"), store.database.writing() as tx:
        job_work.ask_cancel(tx, runs.id)
    assert [n.data["state"] for n in told(store, runs.id)] == ["queued", "running", "cancelling", "done"]


def test_stopping_without_being_asked_is_a_failure(store: Store) -> None:
    put(store)
    running, _ = taken(store)
    failed = ended(store, running, JobEvent.WITHDRAW)
    assert failed is not None
    assert (failed.state, "nobody asked" in failed.reason) == (JobState.FAILED, True)


def test_the_queue_is_bounded_in_all_and_for_each(store: Store) -> None:
    limits = QueueLimits(in_all=3, each=2)
    put(store, "ada", limits=limits), put(store, "ada", limits=limits)
    with pytest.raises(QueueFull, match="2 of your jobs wait"):
        put(store, "ada", limits=limits)
    put(store, "bob", limits=limits)
    with pytest.raises(QueueFull, match="3 jobs wait"):
        put(store, "cleo", limits=limits)
    taken(store)
    put(store, "cleo", limits=limits)


def test_people_take_turns(store: Store) -> None:
    first, second, third = (put(store, "ada").id for _ in range(3))
    other = put(store, "bob").id
    with store.database.reading() as connection:
        assert queue_order(connection, LANE) == [first, other, second, third]
        assert queue_order(connection, "another lane") == []
    running, _ = taken(store)
    assert running.id == first
    ended(store, running, JobEvent.FINISH)
    assert [taken(store)[0].id for _ in range(3)] == [other, second, third]


def test_progress_is_stored_for_who_holds_the_job_and_thinned(store: Store) -> None:
    asked = put(store)
    running, lease = taken(store)
    with store.database.writing() as tx:
        assert job_news.tell(tx, asked.id, "another lease", {"phase": "no"}) is None
        for step in range(40):
            job_news.tell(tx, asked.id, lease, {"step": step})
    assert now_of(store, asked.id).progress == {"step": 39}
    done = ended(store, running, JobEvent.FINISH)
    assert done is not None
    before = told(store, asked.id)
    with store.database.writing() as tx:
        assert job_news.thin(tx, asked.id, keep=10) == 30
        assert job_news.thin(tx, asked.id, keep=10) == 0
    after = told(store, asked.id)
    assert {news.number for news in after} < {news.number for news in before}
    assert [news.data["state"] for news in after if news.kind == "state"] == ["queued", "running", "done"]
    steps = [news.data["step"] for news in after if news.kind == "progress"]
    assert steps == [3, 7, 11, 15, 19, 23, 27, 31, 35, 39]
    assert told(store, asked.id, after=before[-1].number or 0) == []
    with store.database.reading() as connection:
        assert job_news.last_numbers(connection, {asked.id, "nobody"}) == {asked.id: before[-1].number}


def test_jobs_are_listed_newest_first_and_filtered(store: Store) -> None:
    made = [
        put(store, person, plan_id=plan).id for person, plan in (("ada", "p1"), ("bob", "p1"), ("ada", "p2"))
    ]
    with store.database.reading() as connection:
        assert [row.id for row in all_jobs(connection)] == made[::-1]
        assert [row.id for row in all_jobs(connection, plan_id="p1", submitted_by="ada")] == made[:1]
        assert [row.id for row in all_jobs(connection, states=[JobState.RUNNING])] == []
        page = all_jobs(connection, limit=2)
        last = page[-1]
        assert [row.id for row in all_jobs(connection, before=(last.submitted_at, last.id))] == made[:1]
        assert set(jobs_by_id(connection, [*made, "nobody"])) == set(made)


def _take_all(store: Store, found: list[str]) -> None:
    while (running := take(store)) is not None:
        found.append(running.id)
        assert ended(store, running, JobEvent.FINISH) is not None


def _take_all_of(root: Path, url: str | None, pipe: Any) -> None:
    store = open_store(root, url)
    found: list[str] = []
    _take_all(store, found)
    store.close()
    pipe.send(found)


def test_threads_never_take_the_same_job(store: Store) -> None:
    asked = {put(store, person).id for person in ("ada", "bob", "cleo") for _ in range(6)}
    found: list[str] = []
    threads = [threading.Thread(target=_take_all, args=(store, found)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), set(found)) == (len(asked), asked)


def test_servers_never_take_the_same_job(store: Store) -> None:
    asked = {put(store, person).id for person in ("ada", "bob") for _ in range(10)}
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    url = store.database.url.render_as_string(hide_password=False)
    servers = [context.Process(target=_take_all_of, args=(store.root, url, theirs)) for _ in range(2)]
    for server in servers:
        server.start()
    found = [job_id for _ in servers for job_id in ours.recv()]
    for server in servers:
        server.join()
    ours.close(), theirs.close()
    assert (len(found), set(found)) == (len(asked), asked)
    assert all(len(told(store, job_id)) == 3 for job_id in asked)
