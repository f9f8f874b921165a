"""Jobs: list, look at, follow, cancel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy import Connection

from api.deps import Services, ServicesDep
from api.errors import documented
from api.http import paging
from api.jobs.kinds import Lane
from api.jobs.watching import LastEventId, as_sent, may_cancel, sees, visible
from api.schemas.jobs import JobOut
from api.who import Reading
from data.store import jobs
from data.store.ids import ID_PATTERN
from data.store.jobs import JobRow
from planner.job import JobState
from planner.roles import Person

router = APIRouter(prefix="/api/jobs", tags=["Jobs"])
JobId = Annotated[
    str,
    Path(pattern=ID_PATTERN, description="Id of a job, from `GET /api/jobs`.", examples=["solve-4f2a91c07e"]),
]


def _out(services: Services, who: Person, job: JobRow) -> JobOut:
    place = None
    if job.state is JobState.QUEUED:
        with services.store.database.reading() as connection:
            place = _places(jobs.queue_order(connection, job.lane)).get(job.id)
    return JobOut.of(job, place, who)


def _places(order: list[str]) -> dict[str, int]:
    return {job_id: place for place, job_id in enumerate(order, 1)}


@router.get("", responses=documented(422))
def list_jobs(
    services: ServicesDep,
    who: Reading,
    state: Annotated[list[JobState] | None, Query(description="Only jobs in one of these states.")] = None,
    kind: Annotated[str | None, Query(max_length=80, description="Only jobs of this kind.")] = None,
    plan_id: Annotated[
        str | None, Query(max_length=80, description="Only jobs that work for this plan.")
    ] = None,
    submitted_by: Annotated[
        str | None, Query(max_length=80, description="Only jobs that this person asked for, by id.")
    ] = None,
    limit: paging.Limit = 100,
    cursor: paging.Cursor = None,
) -> paging.Page[JobOut]:
    """List jobs, newest first."""
    before = paging.after_moment(cursor)
    with services.store.database.reading() as connection:
        wanted = _Wanted(state, kind, plan_id, submitted_by)
        found = list(islice(_seen(services, who, connection, wanted, before, limit + 1), limit + 1))
        places: dict[str, int] = {}
        for lane in Lane if any(job.state is JobState.QUEUED for job in found) else ():
            places |= _places(jobs.queue_order(connection, lane))
    return paging.page_of(
        found,
        limit,
        lambda job: (job.submitted_at.isoformat(), job.id),
        lambda job: JobOut.of(job, places.get(job.id), who),
    )


@dataclass(frozen=True)
class _Wanted:
    """What jobs of a list have to be."""

    states: list[JobState] | None
    kind: str | None
    plan_id: str | None
    submitted_by: str | None


def _seen(
    services: Services,
    who: Person,
    connection: Connection,
    wanted: _Wanted,
    before: tuple[datetime, str] | None,
    size: int,
) -> Iterator[JobRow]:
    """Yield jobs that somebody sees, newest first; they are read `size` at a time."""
    while True:
        page = jobs.all_jobs(connection, **wanted.__dict__, before=before, limit=size)
        yield from (job for job in page if sees(services, who, job))
        if len(page) < size:
            return
        before = (page[-1].submitted_at, page[-1].id)


@router.get("/{job_id}", responses=documented(404, 422))
def get_job(services: ServicesDep, who: Reading, job_id: JobId) -> JobOut:
    """Return one job: how it stands, its place in the queue, its best so far, what came out."""
    return _out(services, who, visible(services, who, job_id))


@router.post("/{job_id}/cancel", status_code=202, responses=documented(403, 404, 409, 422))
def cancel_job(services: ServicesDep, who: Reading, job_id: JobId) -> JobOut:
    """Ask a job to stop. A running one keeps the best it has found so far; a waiting one is withdrawn.

    For who asked for it, planners and admins.
    """
    may_cancel(services, who, job_id)
    return _out(services, who, services.runner.cancel(job_id, who))


def _known(services: ServicesDep, who: Reading, job_id: JobId) -> JobRow:
    # A dependency, so that an unknown job is an error rather than a broken stream.
    return visible(services, who, job_id)


@router.get("/{job_id}/events", response_class=EventSourceResponse, responses=documented(404, 422))
async def follow_job(
    services: ServicesDep,
    who: Reading,
    job: Annotated[JobRow, Depends(_known)],
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    """Follow a job as server-sent events until it ends.

    `state` events carry `{state, reason, attempt}`; `progress` events carry `{phase, fraction, objective, bound,
    violation, iterations, seconds}`, the best so far. Events are numbered, also over restarts of the service; send the
    last number as `Last-Event-ID` to go on after it. Signs of progress in between are sent once, without a number.
    A comment every some seconds shows that the connection holds. The stream ends after the event that says how the
    job ended, and when the service stops; a job that lost its worker goes on with `queued`.
    """
    async for news in services.runner.follow(job.id, last_event_id or 0):
        yield as_sent(who, news)
