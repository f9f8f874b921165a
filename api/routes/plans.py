"""Plans: list, start, follow, cancel, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.deps import PlanId, Services, ServicesDep
from api.errors import ApiError, ProblemItem, documented, leaving_out_what_is_not_there, not_found
from api.fence import any_region, only_unfenced
from api.jobs import solving
from api.jobs.watching import LastEventId, as_sent, may_cancel
from api.results.fenced_plan import fenced_plan
from api.results.seen import seen
from api.schemas.plans import PlanIn, PlanOut
from api.who import Reading, allowed
from data.store import data_sets, jobs, plans, trail
from data.store.ids import new_id
from data.store.jobs import JobRow
from data.store.plans import PlanRow
from planner.approval.steps import Stage
from planner.job import JobState
from planner.roles import Permission, Person

router = APIRouter(prefix="/api/plans", tags=["Plans"])
Planning = Annotated[Person, allowed(Permission.PLAN)]


def plan_out(
    services: Services, who: Person, plan: PlanRow, job: JobRow | None, folders: Mapping[str, str]
) -> PlanOut:
    """Return a plan as it is sent to somebody.

    Parameters
    ----------
    services, who
        Where its numbers are, and who asks.
    plan, job
        The plan, and the job that makes it; None where it was made elsewhere.
    folders
        Names of data sets by their ids.

    Raises
    ------
    ApiError
        404 for those who see nothing of it.
    """
    if not any_region(who, plan.regions):
        raise not_found("plan", plan.id, "/api/plans")
    state = JobState.DONE if job is None else job.state
    done = state is JobState.DONE
    told = PlanOut(
        id=plan.id,
        name=plan.name,
        folder_id=plan.data_set_id,
        folder_name=folders[plan.data_set_id],
        overrides=plan.changes,
        state=state,
        reason="" if job is None else job.reason,
        problems=[] if job is None else [ProblemItem.model_validate(each) for each in job.problems],
        created=plan.created_at,
        started=plan.created_at if job is None else job.started_at,
        ended=plan.created_at if job is None else job.ended_at,
        progress=job.progress if job is not None and state.active else None,
        summary=services.shelf.summary(plan.id) if done and who.scope.everything else None,
    )
    if who.scope.everything:
        return told
    summary = seen(who, services.shelf.plan(plan.id), plan.id).summary if done else None
    return fenced_plan(told, who, summary)


def one_plan(services: Services, who: Person, plan_id: str) -> PlanOut:
    """Return a plan as it is sent to somebody; `ApiError` 404 where there is none for them."""
    plan = services.plan(plan_id)
    with services.store.database.reading() as connection:
        job = None if plan.job_id is None else jobs.job(connection, plan.job_id)
        folders = data_sets.names(connection)
    return plan_out(services, who, plan, job, folders)


@router.get("", responses=documented())
def list_plans(services: ServicesDep, who: Reading) -> list[PlanOut]:
    """List plans, newest first."""
    with services.store.database.reading() as connection:
        found = plans.all_plans(connection)
        making = jobs.jobs_by_id(connection, [plan.job_id for plan in found if plan.job_id is not None])
        folders = data_sets.names(connection)
    listed = []
    for plan in found:
        with leaving_out_what_is_not_there():
            listed.append(plan_out(services, who, plan, making.get(plan.job_id or ""), folders))
    return listed


@router.post("", status_code=202, responses=documented(404, 422, 429))
def start_plan(services: ServicesDep, who: Planning, wanted: PlanIn) -> PlanOut:
    """Start making a plan. Follow it with `GET /api/plans/{id}/events`."""
    only_unfenced(who, "plan folder", wanted.folder_id, "/api/folders")
    longest = services.settings.max_time_limit_s
    if wanted.time_limit_s is not None and wanted.time_limit_s > longest:
        raise ApiError(422, "time-limit", f"The longest time limit is {longest:g} seconds. Ask for less.")
    changes = wanted.overrides()
    with services.store.database.writing() as tx:
        of = data_sets.data_set(tx, wanted.folder_id, lock=True)
        if of is None:
            raise not_found("plan folder", wanted.folder_id, "/api/folders")
        name = wanted.name or of.name
        plan_id = new_id(name)
        job = services.runner.submit(
            solving.KIND, solving.params_of(of.digest, changes), who, plan_id=plan_id, subject=name, tx=tx
        )
        plan = plans.add_plan(tx, name, of, who.id, changes=changes, job_id=job.id, plan_id=plan_id)
        told = {"name": name, "data_set": of.id, "changes": changes}
        trail.append(tx, who=who.id, what="plan.create", kind="plan", subject=plan.id, plan=plan.id, new=told)
    services.runner.wake()
    return one_plan(services, who, plan.id)


@router.get("/{plan_id}", responses=documented(404, 422))
def get_plan(services: ServicesDep, who: Reading, plan_id: PlanId) -> PlanOut:
    """Return one plan and how it stands."""
    return one_plan(services, who, plan_id)


@router.delete("/{plan_id}", status_code=204, responses=documented(404, 409, 422))
def delete_plan(services: ServicesDep, who: Planning, plan_id: PlanId) -> None:
    """Delete a plan that has ended. What it said stays in the audit trail."""
    only_unfenced(who, "plan", plan_id, "/api/plans")
    with services.store.database.writing() as tx:
        plan = plans.plan(tx, plan_id, lock=True)
        if plan is None:
            raise not_found("plan", plan_id, "/api/plans")
        for job in jobs.active_jobs_of(tx, plan_id):
            detail = f"The plan {plan.name!r} is {job.state}. Cancel it first."
            raise ApiError(409, "job-active", detail)
        if Stage(plan.stage).frozen:
            detail = f"The plan {plan.name!r} is {plan.stage}: it stays as it is. Reopen it first."
            raise ApiError(409, "frozen", detail)
        plans.delete(tx, plan_id)
        trail.append(
            tx,
            who=who.id,
            what="plan.delete",
            kind="plan",
            subject=plan_id,
            plan=plan_id,
            old={"name": plan.name},
        )


@router.post("/{plan_id}/cancel", status_code=202, responses=documented(403, 404, 409, 422))
def cancel_plan(services: ServicesDep, who: Reading, plan_id: PlanId) -> PlanOut:
    """Ask a plan to stop. A running one keeps the best it has found so far; a waiting one is withdrawn."""
    one_plan(services, who, plan_id)
    plan = services.plan(plan_id)
    if plan.job_id is None:
        raise ApiError(409, "job-ended", f"The plan {plan.name!r} was made elsewhere: nothing to cancel.")
    may_cancel(services, who, plan.job_id)
    services.runner.cancel(plan.job_id, who)
    return one_plan(services, who, plan_id)


def _making(services: ServicesDep, who: Reading, plan_id: PlanId) -> JobRow | None:
    # A dependency, so that an unknown plan is an error rather than a broken stream.
    one_plan(services, who, plan_id)
    plan = services.plan(plan_id)
    with services.store.database.reading() as connection:
        return None if plan.job_id is None else jobs.job(connection, plan.job_id)


@router.get("/{plan_id}/events", response_class=EventSourceResponse, responses=documented(404, 422))
async def follow_plan(
    services: ServicesDep,
    who: Reading,
    job: Annotated[JobRow | None, Depends(_making)],
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    """Follow the making of a plan as server-sent events until it ends.

    The same events as those of its job: see `GET /api/jobs/{id}/events`.
    """
    if job is None:
        if not last_event_id:
            yield ServerSentEvent(data={"state": "done", "reason": "", "attempt": 0}, event="state", id="1")
        return
    async for news in services.runner.follow(job.id, last_event_id or 0):
        yield as_sent(who, news)
