"""Scenarios: named changes on a plan folder, kept, checked, written as files, made into plans; plans side by side."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api.deps import Services, ServicesDep
from api.errors import ApiError, ProblemItem, documented, not_found
from api.fence import only_unfenced
from api.http import preconditions
from api.http.paging import Cursor, Limit, Page, after_moment, page_of
from api.jobs import solving
from api.planning import read_asked
from api.routes.plans import one_plan
from api.scenario_files import file_name
from api.schemas.plans import PlanOut
from api.schemas.scenarios import KindOut, LineOut, ScenarioIn, ScenarioOut, SideBySideOut
from api.who import Reading, allowed
from data.assemble import assemble
from data.side_by_side import side_by_side
from data.store import data_sets, plans, scenarios, trail
from data.store.ids import ID_PATTERN, new_id
from data.store.scenarios import ScenarioRow
from planner.errors import InvalidInput, Problem
from planner.roles import Permission, Person
from planner.scenarios import KINDS, NamedChanges, check, describe, named_from_json, to_json, to_toml

router = APIRouter(tags=["Scenarios"])
Planning = Annotated[Person, allowed(Permission.PLAN)]
LISTED_BY = "/api/scenarios"
ScenarioId = Annotated[
    str, Path(pattern=ID_PATTERN, description="Id of a scenario.", examples=["west-grows-5e4d3c2b1a"])
]
MOST_SIDE_BY_SIDE = 20


def scenario_of(services: Services, who: Person, scenario_id: str) -> ScenarioRow:
    """Return a scenario; `ApiError` 404 where there is none, also for those who do not see the whole company."""
    only_unfenced(who, "scenario", scenario_id, LISTED_BY)
    with services.store.database.reading() as connection:
        found = scenarios.scenario(connection, scenario_id)
    if found is None:
        raise not_found("scenario", scenario_id, LISTED_BY)
    return found


def named(content: dict[str, Any]) -> NamedChanges:
    """Return changes from plain values; `ApiError` 422 with everything that is wrong with them or between them."""
    try:
        found = named_from_json(content)
        faults = check(found.changes)
    except InvalidInput as error:
        faults = tuple(error.problems)
    if faults:
        raise ApiError(
            422, "invalid-scenario", f"The scenario has {len(faults)} fault(s): see problems.", faults
        )
    return found


def scenario_out(row: ScenarioRow, folders: dict[str, str]) -> ScenarioOut:
    """Return a scenario as it is sent."""
    return ScenarioOut(
        id=row.id,
        name=row.name,
        note=row.note,
        folder_id=row.data_set_id,
        folder_name=folders[row.data_set_id],
        changes=row.changes,
        in_words=list(describe(named_from_json(row.as_json()))),
        revision=row.revision,
        author=row.author,
        created=row.created_at,
        changed_by=row.changed_by,
        changed=row.changed_at,
    )


def _sent(services: Services, response: Response, row: ScenarioRow) -> ScenarioOut:
    preconditions.state(response, row.revision)
    with services.store.database.reading() as connection:
        folders = data_sets.names(connection)
    return scenario_out(row, folders)


@router.get("/api/scenario-kinds", dependencies=[allowed(Permission.READ)], responses=documented())
def list_scenario_kinds() -> list[KindOut]:
    """List the kinds of changes that a scenario may make, in the order in which they are put together."""
    return [
        KindOut(
            change=name,
            about=(kind.__doc__ or "").strip().splitlines()[0],
            fields=[each.name for each in fields(kind)],  # type: ignore[arg-type]  # every one is a dataclass
        )
        for name, kind in KINDS.items()
    ]


@router.get("/api/scenarios", responses=documented(422))
def list_scenarios(
    services: ServicesDep,
    who: Reading,
    folder_id: Annotated[
        str | None, Query(max_length=80, description="Only those of one plan folder.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ScenarioOut]:
    """List scenarios, newest first; none for people who see some regions only."""
    before = after_moment(cursor)
    if not who.scope.everything:
        return Page(items=[])
    with services.store.database.reading() as connection:
        rows = scenarios.all_scenarios(connection, data_set_id=folder_id, before=before, limit=limit + 1)
        folders = data_sets.names(connection)
    return page_of(
        rows, limit, lambda row: [row.created_at.isoformat(), row.id], lambda row: scenario_out(row, folders)
    )


@router.post("/api/scenarios", status_code=201, responses=documented(404, 422))
def add_scenario(services: ServicesDep, who: Planning, wanted: ScenarioIn, response: Response) -> ScenarioOut:
    """Keep a scenario. Its changes are checked against each other; `…/check` checks them against the data."""
    only_unfenced(who, "plan folder", wanted.folder_id, "/api/folders")
    found = named(wanted.model_dump(include={"name", "note", "changes"}))
    with services.store.database.writing() as tx:
        if data_sets.data_set(tx, wanted.folder_id) is None:
            raise not_found("plan folder", wanted.folder_id, "/api/folders")
        row = scenarios.add_scenario(
            tx, wanted.name, wanted.note, wanted.folder_id, to_json(found.changes), who.id
        )
        told = {**row.as_json(), "data_set": row.data_set_id}
        trail.append(tx, who=who.id, what="scenario.create", kind="scenario", subject=row.id, new=told)
    return _sent(services, response, row)


@router.get("/api/scenarios/{scenario_id}", responses=documented(404, 422))
def get_scenario(
    services: ServicesDep, who: Reading, scenario_id: ScenarioId, response: Response
) -> ScenarioOut:
    """Return one scenario."""
    return _sent(services, response, scenario_of(services, who, scenario_id))


@router.put("/api/scenarios/{scenario_id}", responses=documented(404, 412, 422, 428))
def change_scenario(
    services: ServicesDep,
    who: Planning,
    scenario_id: ScenarioId,
    wanted: ScenarioIn,
    response: Response,
    if_match: preconditions.IfMatch = None,
) -> ScenarioOut:
    """Replace what a scenario says."""
    only_unfenced(who, "scenario", scenario_id, LISTED_BY)
    found = named(wanted.model_dump(include={"name", "note", "changes"}))
    with services.store.database.writing() as tx:
        before = scenarios.scenario(tx, scenario_id, lock=True)
        if before is None:
            raise not_found("scenario", scenario_id, LISTED_BY)
        preconditions.check(if_match, before.revision, "scenario")
        if wanted.folder_id != before.data_set_id:
            detail = "A scenario stays with its plan folder. Make a new one for another folder."
            raise ApiError(422, "invalid-request", detail)
        row = scenarios.change_scenario(tx, before, wanted.name, wanted.note, to_json(found.changes), who.id)
        trail.append(
            tx,
            who=who.id,
            what="scenario.change",
            kind="scenario",
            subject=row.id,
            old=before.as_json(),
            new=row.as_json(),
        )
    return _sent(services, response, row)


@router.delete("/api/scenarios/{scenario_id}", status_code=204, responses=documented(404, 412, 422, 428))
def delete_scenario(
    services: ServicesDep, who: Planning, scenario_id: ScenarioId, if_match: preconditions.IfMatch = None
) -> None:
    """Delete a scenario. Plans that were made from it stay as they are."""
    only_unfenced(who, "scenario", scenario_id, LISTED_BY)
    with services.store.database.writing() as tx:
        before = scenarios.scenario(tx, scenario_id, lock=True)
        if before is None:
            raise not_found("scenario", scenario_id, LISTED_BY)
        preconditions.check(if_match, before.revision, "scenario")
        scenarios.delete_scenario(tx, scenario_id)
        trail.append(
            tx, who=who.id, what="scenario.delete", kind="scenario", subject=scenario_id, old=before.as_json()
        )


@router.get(
    "/api/scenarios/{scenario_id}/file",
    response_class=Response,
    responses={
        **documented(404, 422),
        200: {"content": {"application/toml": {"schema": {"type": "string"}}}},
    },
)
def download_scenario(services: ServicesDep, who: Reading, scenario_id: ScenarioId) -> Response:
    """Download a scenario as a file that `planner solve --scenario` takes."""
    row = scenario_of(services, who, scenario_id)
    headers = {"Content-Disposition": f'attachment; filename="{file_name(row.name)}"'}
    content = to_toml(named_from_json(row.as_json()))
    return Response(content, media_type="application/toml", headers=headers)


@router.get("/api/scenarios/{scenario_id}/check", responses=documented(404, 422))
def check_scenario(services: ServicesDep, who: Reading, scenario_id: ScenarioId) -> list[ProblemItem]:
    """Check a scenario against its plan folder: what it names that is not there, and what its changes come to."""
    row = scenario_of(services, who, scenario_id)
    folder = services.store.objects.tree(services.data_set(row.data_set_id).digest)
    return [ProblemItem.of(problem) for problem in _checked(folder, named_from_json(row.as_json()))]


def _checked(folder: FilePath, changes: NamedChanges) -> tuple[Problem, ...]:
    try:
        read, asked = read_asked(folder, changes)
        return assemble(read, asked.scenario).problems
    except InvalidInput as error:
        return tuple(error.problems)


@router.post("/api/scenarios/{scenario_id}/plans", status_code=202, responses=documented(404, 422, 429))
def plan_scenario(services: ServicesDep, who: Planning, scenario_id: ScenarioId) -> PlanOut:
    """Start making a plan of a scenario. Follow it with `GET /api/plans/{id}/events`."""
    row = scenario_of(services, who, scenario_id)
    with services.store.database.writing() as tx:
        of = data_sets.data_set(tx, row.data_set_id, lock=True)
        if of is None:
            raise not_found("plan folder", row.data_set_id, "/api/folders")
        plan_id = new_id(row.name)
        params = solving.params_of(of.digest, {}, row.as_json())
        job = services.runner.submit(solving.KIND, params, who, plan_id=plan_id, subject=row.name, tx=tx)
        plan = plans.add_plan(tx, row.name, of, who.id, scenario_id=row.id, job_id=job.id, plan_id=plan_id)
        told = {"name": row.name, "data_set": of.id, "scenario": row.id, "changes": row.changes}
        trail.append(tx, who=who.id, what="plan.create", kind="plan", subject=plan.id, plan=plan.id, new=told)
    services.runner.wake()
    return one_plan(services, who, plan.id)


@router.get("/api/comparison", responses=documented(404, 409, 422))
def compare_plans(
    services: ServicesDep,
    who: Reading,
    plan: Annotated[
        list[str],
        Query(
            min_length=1,
            max_length=MOST_SIDE_BY_SIDE,
            description="Ids of plans, in the order they are to be shown; `ID@NUMBER` for one of its versions.",
            examples=[["spring-4f2a91c07e", "spring-4f2a91c07e@2"]],
        ),
    ],
) -> SideBySideOut:
    """Put any number of plans side by side: one line a measure, one value a plan."""
    folders, names = [], []
    for each in plan:
        plan_id, _, number = each.partition("@")
        only_unfenced(who, "plan", plan_id, "/api/plans")
        if number and (not number.isascii() or not number.isdigit() or len(number) > 9):
            raise ApiError(422, "invalid-request", f"{each!r} is no plan: write ID or ID@NUMBER.")
        row = services.plan(plan_id)
        folders.append(services.shelf.version(plan_id, int(number) if number else None).output_path)
        names.append(f"{row.name} ({number})" if number else row.name)
    found = side_by_side(folders, names)
    lines = [LineOut(name=line.name, unit=line.unit, values=list(line.values)) for line in found.lines]
    return SideBySideOut(plans=plan, names=list(found.names), lines=lines)
