"""Who may see a job and how much of it, who may end it, and how its events are sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from fastapi.sse import ServerSentEvent

from api.deps import Services
from api.errors import ApiError, leaving_out_what_is_not_there, not_found
from api.results.fenced_plan import fenced_news
from api.results.seen import seen
from data.store import jobs, plans, versions
from data.store.job_news import JobNews
from data.store.jobs import JobRow
from planner.roles import Permission, Person

LastEventId = Annotated[
    int | None,
    Header(
        ge=0, le=2**53, description="Number of the last event received; sent by browsers on reconnecting."
    ),
]


def visible(services: Services, who: Person, job_id: str) -> JobRow:
    """Return a job that somebody may see; `ApiError` 404 where there is none for them."""
    with services.store.database.reading() as connection:
        found = jobs.job(connection, job_id)
    if found is None or not sees(services, who, found):
        raise not_found("job", job_id, "/api/jobs")
    return found


def sees(services: Services, who: Person, job: JobRow) -> bool:
    """Return whether somebody may see that there is a job.

    Who is held to some regions sees their own jobs, and those of plans that they see something of.
    """
    if who.scope.everything or job.submitted_by == who.id:
        return True
    if job.plan_id is None:
        return False
    with services.store.database.reading() as connection:
        if plans.plan(connection, job.plan_id) is None:
            return False
        if versions.written(connection, job.plan_id) is None:
            return True
    with leaving_out_what_is_not_there():
        seen(who, services.shelf.plan(job.plan_id), job.plan_id)
        return True
    return False


def may_cancel(services: Services, who: Person, job_id: str) -> JobRow:
    """Return a job that somebody may end; `ApiError` 404 where they do not see it, 403 where it is not theirs."""
    found = visible(services, who, job_id)
    if found.submitted_by != who.id and not who.may(Permission.PLAN):
        detail = f"The job {job_id!r} is somebody else's. Ask them, a planner or an admin to cancel it."
        raise ApiError(403, "not-permitted", detail)
    return found


def as_sent(who: Person, news: JobNews) -> ServerSentEvent:
    """Return an event as it is sent; one that is not stored has no number, so that nobody goes on after it."""
    number = None if news.number is None else str(news.number)
    return ServerSentEvent(data=fenced_news(who, news.kind, news.data), event=news.kind, id=number)
