"""Sweeps: many cases of a plan folder solved together."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse

from api.deps import Services, ServicesDep
from api.errors import ApiError, documented, not_found
from api.fence import only_unfenced
from api.http.paging import Cursor, Limit, Page, after_moment, page_of
from api.jobs import sweep as sweep_job
from api.routes.plans import one_plan
from api.routes.scenarios import named
from api.schemas.plans import PlanOut
from api.schemas.scenarios import CaseOut, SweepIn, SweepOut
from api.who import Reading, allowed
from data.export.sweep import DONE, INDEX, PAGE, TABLE
from data.store import data_sets, jobs, plans, scenarios, trail, versions
from data.store.ids import ID_PATTERN, new_id
from data.store.jobs import JobRow
from data.store.scenarios import SweepRow
from planner.roles import Permission, Person
from planner.scenarios import axis_of, cases_of

router = APIRouter(prefix="/api/sweeps", tags=["Sweeps"])
Planning = Annotated[Person, allowed(Permission.PLAN)]
LISTED_BY = "/api/sweeps"
MOST_CASES = 1000
SweepId = Annotated[
    str, Path(pattern=ID_PATTERN, description="Id of a sweep.", examples=["how-many-seats-5e4d3c2b1a"])
]
CaseKey = Annotated[
    str, Path(max_length=120, description="Key of a case.", examples=["territories-28-9f86d081"])
]


def sweep_of(services: Services, who: Person, sweep_id: str) -> SweepRow:
    """Return a sweep; `ApiError` 404 where there is none, also for those who do not see the whole company."""
    only_unfenced(who, "sweep", sweep_id, LISTED_BY)
    with services.store.database.reading() as connection:
        found = scenarios.sweep(connection, sweep_id)
    if found is None:
        raise not_found("sweep", sweep_id, LISTED_BY)
    return found


def _index(services: Services, row: SweepRow) -> dict[str, Any] | None:
    """Return what a sweep that has ended says of its cases."""
    if row.output_digest is None:
        return None
    file, _ = services.store.objects.manifest(row.output_digest)[INDEX]
    found: dict[str, Any] = json.loads(services.store.objects.path(file).read_bytes())
    return found


def _case_out(case: dict[str, Any]) -> CaseOut:
    told = {
        name: case[name] for name in ("name", "scenario", "point", "in_words", "state", "reason", "measures")
    }
    return CaseOut(key=case["folder"], **told)


def sweep_out(services: Services, row: SweepRow, job: JobRow, *, with_cases: bool) -> SweepOut:
    """Return a sweep as it is sent."""
    index = _index(services, row) if with_cases else None
    return SweepOut(
        id=row.id,
        name=row.name,
        folder_id=row.data_set_id,
        axes=row.axes,
        scenarios=[each["name"] for each in row.scenarios],
        author=row.author,
        created=row.created_at,
        job_id=row.job_id,
        state=job.state,
        reason=job.reason,
        progress=job.progress if job.state.active else None,
        units=None if index is None else index["units"],
        cases=None if index is None else [_case_out(case) for case in index["cases"]],
    )


def _one(services: Services, row: SweepRow) -> SweepOut:
    with services.store.database.reading() as connection:
        job = jobs.job(connection, row.job_id)
    if job is None:
        raise not_found("sweep", row.id, LISTED_BY)
    return sweep_out(services, row, job, with_cases=True)


@router.get("", responses=documented(422))
def list_sweeps(
    services: ServicesDep,
    who: Reading,
    folder_id: Annotated[
        str | None, Query(max_length=80, description="Only those of one plan folder.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SweepOut]:
    """List sweeps, newest first, without their cases; none for people who see some regions only."""
    before = after_moment(cursor)
    if not who.scope.everything:
        return Page(items=[])
    with services.store.database.reading() as connection:
        rows = scenarios.all_sweeps(connection, data_set_id=folder_id, before=before, limit=limit + 1)
        solving = jobs.jobs_by_id(connection, [row.job_id for row in rows])
    return page_of(
        rows,
        limit,
        lambda row: [row.created_at.isoformat(), row.id],
        lambda row: sweep_out(services, row, solving[row.job_id], with_cases=False),
    )


@router.post("", status_code=202, responses=documented(404, 422, 429))
def start_sweep(services: ServicesDep, who: Planning, wanted: SweepIn) -> SweepOut:
    """Start solving many cases. Follow them with `GET /api/jobs/{job_id}/events`."""
    only_unfenced(who, "plan folder", wanted.folder_id, "/api/folders")
    settings = services.settings
    if wanted.time_limit_s is not None and wanted.time_limit_s > settings.max_time_limit_s:
        detail = f"The longest time limit is {settings.max_time_limit_s:g} seconds. Ask for less."
        raise ApiError(422, "time-limit", detail)
    with services.store.database.reading() as connection:
        found = [(each, scenarios.scenario(connection, each)) for each in wanted.scenario_ids]
    held = []
    for scenario_id, scenario in found:
        if scenario is None:
            raise not_found("scenario", scenario_id, "/api/scenarios")
        if scenario.data_set_id != wanted.folder_id:
            raise ApiError(
                422, "invalid-request", f"The scenario {scenario.name!r} is of another plan folder."
            )
        held.append({"id": scenario.id, **scenario.as_json()})
    _check_cases(wanted, held)
    overrides = wanted.model_dump(include={"time_limit_s", "seed"}, exclude_none=True)
    with services.store.database.writing() as tx:
        of = data_sets.data_set(tx, wanted.folder_id, lock=True)
        if of is None:
            raise not_found("plan folder", wanted.folder_id, "/api/folders")
        sweep_id = new_id(wanted.name)
        params = sweep_job.params_of(
            of.digest,
            wanted.axes,
            held,
            overrides,
            with_base=wanted.with_base,
            iterations=wanted.iterations,
            workers=settings.sweep_workers,
            cluster=settings.cluster,
        )
        job = services.runner.submit(
            sweep_job.KIND, {**params, "sweep_id": sweep_id}, who, subject=wanted.name, tx=tx
        )
        row = scenarios.add_sweep(
            tx, sweep_id, wanted.name, of, wanted.axes, held, who.id, job.id, with_base=wanted.with_base
        )
        told = {
            "name": row.name,
            "data_set": of.id,
            "axes": row.axes,
            "scenarios": [each["id"] for each in held],
        }
        trail.append(tx, who=who.id, what="sweep.start", kind="sweep", subject=sweep_id, new=told)
    services.runner.wake()
    return _one(services, row)


def _check_cases(wanted: SweepIn, held: list[dict[str, Any]]) -> None:
    """Refuse what makes no cases, or too many."""
    if not wanted.axes and not held:
        raise ApiError(422, "invalid-sweep", "This is no sweep: it has no grid and no scenario. Add one.")
    try:
        axes = [axis_of(text) for text in wanted.axes]
        points = 1
        for axis in axes:
            points *= len(axis.values)
        if points * (len(held) + 1) > MOST_CASES:
            raise ValueError(f"these are more than {MOST_CASES:,} cases")
        changes = [named({key: each[key] for key in ("name", "note", "changes")}) for each in held]
        cases_of(axes, changes, with_base=wanted.with_base)
    except ValueError as fault:
        raise ApiError(422, "invalid-sweep", f"This is no sweep: {fault}. Change the grid.") from None


@router.get("/{sweep_id}", responses=documented(404, 422))
def get_sweep(services: ServicesDep, who: Reading, sweep_id: SweepId) -> SweepOut:
    """Return one sweep with its cases, once it has ended."""
    return _one(services, sweep_of(services, who, sweep_id))


@router.delete("/{sweep_id}", status_code=204, responses=documented(404, 409, 422))
def delete_sweep(services: ServicesDep, who: Planning, sweep_id: SweepId) -> None:
    """Delete a sweep that has ended. Plans that were taken from it stay."""
    only_unfenced(who, "sweep", sweep_id, LISTED_BY)
    with services.store.database.writing() as tx:
        row = scenarios.sweep(tx, sweep_id, lock=True)
        if row is None:
            raise not_found("sweep", sweep_id, LISTED_BY)
        job = jobs.job(tx, row.job_id)
        if job is not None and job.state.active:
            raise ApiError(409, "job-active", f"The sweep {row.name!r} is {job.state}. Cancel it first.")
        scenarios.delete_sweep(tx, sweep_id)
        trail.append(
            tx, who=who.id, what="sweep.delete", kind="sweep", subject=sweep_id, old={"name": row.name}
        )


def _ended(services: Services, who: Person, sweep_id: str) -> tuple[SweepRow, dict[str, Any], str]:
    row = sweep_of(services, who, sweep_id)
    index = _index(services, row)
    if index is None or row.output_digest is None:
        raise ApiError(409, "no-result", f"The sweep {row.name!r} has no result (yet).")
    return row, index, row.output_digest


@router.get(
    "/{sweep_id}/table",
    response_class=FileResponse,
    responses={**documented(404, 409, 422), 200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def get_sweep_table(services: ServicesDep, who: Reading, sweep_id: SweepId) -> FileResponse:
    """Download the numbers of all cases as CSV."""
    row, _, digest = _ended(services, who, sweep_id)
    return FileResponse(
        services.store.objects.tree(digest) / TABLE, filename=f"{row.id}.csv", media_type="text/csv"
    )


@router.get(
    "/{sweep_id}/page",
    response_class=FileResponse,
    responses={**documented(404, 409, 422), 200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
def get_sweep_page(services: ServicesDep, who: Reading, sweep_id: SweepId) -> FileResponse:
    """Download the charts of all cases as one page that needs no network."""
    row, _, digest = _ended(services, who, sweep_id)
    return FileResponse(
        services.store.objects.tree(digest) / PAGE, filename=f"{row.id}.html", media_type="text/html"
    )


@router.post("/{sweep_id}/cases/{key}/plans", status_code=201, responses=documented(404, 409, 422))
def adopt_case(services: ServicesDep, who: Planning, sweep_id: SweepId, key: CaseKey) -> PlanOut:
    """Take one case of a sweep over as a plan, to be edited, reviewed and published."""
    row, index, digest = _ended(services, who, sweep_id)
    case = next((each for each in index["cases"] if each["folder"] == key and each["state"] == DONE), None)
    if case is None:
        raise not_found("case", key, f"{LISTED_BY}/{sweep_id}")
    output = services.store.objects.put_tree(services.store.objects.tree(digest) / case["folder"])
    name = f"{row.name}: {case['name']}"[:200]
    with services.store.database.writing() as tx:
        of = data_sets.data_set(tx, row.data_set_id, lock=True)
        if of is None or of.digest != row.data_digest:
            detail = (
                "The plan folder that the sweep was solved on is not there any more. Solve the case again."
            )
            raise ApiError(409, "data-changed", detail)
        plan = plans.add_plan(tx, name, of, who.id)
        versions.add(tx, plan.id, name, who.id, output_digest=output)
        told = {"name": name, "data_set": of.id, "sweep": sweep_id, "case": key, "output_digest": output}
        trail.append(tx, who=who.id, what="plan.adopt", kind="plan", subject=plan.id, plan=plan.id, new=told)
    return one_plan(services, who, plan.id)
