"""What has to hold once the dust has settled: seen through the service, and in the store behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
from sqlalchemy import func, select

from data.store import trail
from data.store.check import check_store
from data.store.jobs import JobRow, all_jobs, job_events
from data.store.opening import Store
from data.store.versions import plan_versions
from planner.job import JobState
from tests.kills.world import Facts


def faults_seen(http: httpx.Client, facts: Facts) -> Iterator[str]:
    """Yield what the service acknowledged and does not show, or shows twice."""
    folders = {folder["id"] for folder in http.get("/api/folders").json()}
    yield from (f"the uploaded folder {lost} is gone" for lost in set(facts.folders) - folders)
    plans = {plan["id"]: plan for plan in http.get("/api/plans").json()}
    deleted = set(facts.deleted_plans)
    for plan_id in facts.plans:
        if (plan_id in plans) is (plan_id in deleted):
            yield f"the plan {plan_id} is {'there' if plan_id in plans else 'gone'}"
    for plan_id, plan in plans.items():
        yield from _faults_of_plan(http, plan_id, plan, facts)
    publications = {found["id"] for found in _all(http, "/api/publications")}
    yield from (f"the publication {lost} is gone" for lost in set(facts.publications) - publications)


def _faults_of_plan(http: httpx.Client, plan_id: str, plan: dict[str, Any], facts: Facts) -> Iterator[str]:
    state, reason = plan["state"], plan["reason"]
    asked = plan_id in facts.cancelled
    if state not in ("done", "cancelled", "failed") or (state == "cancelled" and not asked):
        yield f"the plan {plan_id} is {state}"
    if state == "failed" and "was tried" not in reason:
        yield f"the plan {plan_id} failed: {reason}"
    if (state == "done") is not (plan["summary"] is not None):
        yield f"the plan {plan_id} is {state} and has {'a' if plan['summary'] else 'no'} result"
    if plan_id in facts.edits:
        reasons = Counter(each["reason"] for each in _all(http, f"/api/plans/{plan_id}/edits"))
        for asked_for in facts.edits[plan_id]:
            if reasons[asked_for] != 1:
                yield f"the edit {asked_for!r} of {plan_id} is there {reasons[asked_for]} times"
        if http.get(f"/api/plans/{plan_id}/draft").status_code != 200:
            yield f"the draft of {plan_id} cannot be read"
    if plan_id in facts.versions:
        names = Counter(each["name"] for each in _all(http, f"/api/plans/{plan_id}/versions"))
        for name in facts.versions[plan_id]:
            if names[name] != 1:
                yield f"the version {name!r} of {plan_id} is there {names[name]} times"
    if facts.steps[plan_id]:
        history = _all(http, f"/api/plans/{plan_id}/approval/history")
        if len(history) < facts.steps[plan_id]:
            yield f"{facts.steps[plan_id]} steps of {plan_id} were taken, {len(history)} are told"


def _all(http: httpx.Client, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = http.get(path, params={"limit": 100, **cursor}).raise_for_status().json()
        items += page["items"]
        if not page["next"]:
            return items
        cursor = {"cursor": page["next"]}


def faults_inside(store: Store) -> Iterator[str]:
    """Yield what is not whole in a store that nobody works on."""
    yield from (f"{check.name}: {check.detail}" for check in check_store(store) if not check.held)
    left = list((store.scratch / "jobs").glob("*"))
    yield from (f"{path} was left behind" for path in left)
    with store.database.reading() as connection:
        if (broken := trail.broken(connection)) is not None:
            yield broken
        made = dict(
            connection.execute(
                select(plan_versions.c.job_id, func.count()).group_by(plan_versions.c.job_id)
            ).all()
        )
        for job in all_jobs(connection):
            events = connection.execute(
                select(job_events).where(job_events.c.job_id == job.id).order_by(job_events.c.number)
            ).all()
            yield from _faults_of_job(job, [(each.number, each.kind, each.data) for each in events], made)


def _faults_of_job(
    job: JobRow, events: list[tuple[int, str, dict[str, Any]]], made: dict[str | None, int]
) -> Iterator[str]:
    if not job.state.ended or job.lease is not None:
        yield f"the job {job.id} is {job.state}"
    ends = [data["state"] for _, kind, data in events if kind == "state" and JobState(data["state"]).ended]
    if ends != [job.state.value]:
        yield f"the job {job.id} is {job.state} and ended as {ends}"
    numbers = [number for number, _, _ in events]
    if not numbers or numbers[-1] != job.last_event or numbers[0] != 1:
        yield f"the events of the job {job.id} end at {numbers[-1:]}, not at {job.last_event}"
    if job.kind == "solve" and made.get(job.id, 0) != (job.state is JobState.DONE):
        yield f"the job {job.id} is {job.state} and made {made.get(job.id, 0)} versions"
    if (job.output_digest is not None) and job.state is not JobState.DONE:
        yield f"the job {job.id} is {job.state} and has an output"
