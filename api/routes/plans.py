"""Plans: list, start, follow, cancel, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.deps import PlanId, Services, ServicesDep
from api.errors import ApiError, documented
from api.fence import only_unfenced
from api.jobs.events import NewsLog
from api.results.fenced_plan import fenced_news, fenced_plan
from api.results.seen import seen
from api.schemas.plans import PlanIn, PlanOut
from api.who import Reading, allowed
from api.workspace import PlanRecord
from data.store import data_sets
from planner.job import JobState
from planner.roles import Permission, Person

router = APIRouter(prefix="/api/plans", tags=["Plans"])

Planning = Annotated[Person, allowed(Permission.PLAN)]


def plan_out(services: Services, who: Person, record: PlanRecord) -> PlanOut:
    """Return a plan as it is sent to somebody; `ApiError` 404 where they see nothing of it."""
    with services.store.database.reading() as connection:
        folder_name = data_sets.names(connection)[record.folder_id]
    running = record.state in (JobState.RUNNING, JobState.CANCELLING)
    done = record.state is JobState.DONE
    told = PlanOut(
        **record.model_dump(),
        folder_name=folder_name,
        progress=services.runner.progress(record.id) if running else None,
        summary=services.shelf.summary(record.id) if done and who.scope.everything else None,
    )
    if who.scope.everything:
        return told
    summary = seen(who, services.shelf.plan(record.id), record.id).summary if done else None
    return fenced_plan(told, who, summary)


def _visible(services: Services, who: Person, record: PlanRecord) -> Iterator[PlanOut]:
    """Yield a plan as it is sent, nothing where somebody sees nothing of it."""
    try:
        yield plan_out(services, who, record)
    except ApiError as error:
        if error.status_code != 404:
            raise


@router.get("", responses=documented())
def list_plans(services: ServicesDep, who: Reading) -> list[PlanOut]:
    """List plans, newest first."""
    return [told for record in services.workspace.plans() for told in _visible(services, who, record)]


@router.post("", status_code=202, responses=documented(404, 422, 429))
def start_plan(services: ServicesDep, who: Planning, wanted: PlanIn) -> PlanOut:
    """Start making a plan. Follow it with `GET /api/plans/{id}/events`."""
    only_unfenced(who, "plan folder", wanted.folder_id, "/api/folders")
    folder = services.data_set(wanted.folder_id)
    longest = services.settings.max_time_limit_s
    if wanted.time_limit_s is not None and wanted.time_limit_s > longest:
        raise ApiError(422, "time-limit", f"The longest time limit is {longest:g} seconds. Ask for less.")
    record = services.runner.submit(wanted.name or folder.name, folder.id, wanted.overrides())
    return plan_out(services, who, record)


@router.get("/{plan_id}", responses=documented(404, 422))
def get_plan(services: ServicesDep, who: Reading, plan_id: PlanId) -> PlanOut:
    """Return one plan and how it stands."""
    return plan_out(services, who, services.workspace.plan(plan_id))


@router.delete("/{plan_id}", status_code=204, responses=documented(404, 409, 422))
def delete_plan(services: ServicesDep, who: Planning, plan_id: PlanId) -> None:
    """Delete a plan that has ended, with all its files."""
    only_unfenced(who, "plan", plan_id, "/api/plans")
    services.runner.forget(plan_id)
    services.shelf.drop(plan_id)


@router.post("/{plan_id}/cancel", status_code=202, responses=documented(404, 409, 422))
def cancel_plan(services: ServicesDep, who: Planning, plan_id: PlanId) -> PlanOut:
    """Ask a plan to stop. A running one keeps the best it has found so far; a waiting one is withdrawn."""
    only_unfenced(who, "plan", plan_id, "/api/plans")
    return plan_out(services, who, services.runner.cancel(plan_id))


def _known(services: ServicesDep, who: Reading, plan_id: PlanId) -> NewsLog:
    # A dependency, so that an unknown plan is an error rather than a broken stream.
    plan_out(services, who, services.workspace.plan(plan_id))
    return services.runner.news(plan_id)


@router.get("/{plan_id}/events", response_class=EventSourceResponse, responses=documented(404, 422))
async def follow_plan(
    who: Reading,
    log: Annotated[NewsLog, Depends(_known)],
    last_event_id: Annotated[
        int | None,
        Header(
            ge=0, le=2**53, description="Number of the last event received; sent by browsers on reconnecting."
        ),
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Follow a plan as server-sent events until it ends.

    `state` events carry `{state, reason}`; `progress` events carry `{phase, fraction, objective, bound, violation,
    iterations, seconds}`. Every event has a number as its id; send the last one as `Last-Event-ID` to go on after
    it. The stream ends after the event that says how the plan ended.
    """
    async for news in log.follow(last_event_id or 0):
        yield ServerSentEvent(
            data=fenced_news(who, news.kind, news.data), event=news.kind, id=str(news.number)
        )
