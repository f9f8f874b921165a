"""Versions of plans: make, list, compare, restore, branch."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.deps import PlanId, Services, ServicesDep
from api.editing import versioning
from api.editing.answers import diff_out, edit_out
from api.editing.loading import Amounts, amounts
from api.errors import ApiError, documented, not_found
from api.fence import WITHOUT
from api.http import preconditions
from api.http.paging import Cursor, Limit, Page, after, page_of
from api.routes.edits import seen_by
from api.schemas.edits import EditOut
from api.schemas.versions import BranchIn, BranchOut, DiffOut, RestoreIn, VersionIn, VersionOut
from api.who import Reading, allowed
from data.store import versions
from data.store.versions import VersionRow
from planner.editing.difference import difference
from planner.roles import Permission, Person

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["Versions"])
Planning = Annotated[Person, allowed(Permission.PLAN)]
Editing = Annotated[Person, allowed(Permission.EDIT)]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version.", examples=[2])]
Side = int | None
_SIDE = "Number of a version; nothing for the working state."
_ERRORS = documented(404, 409, 422)


def version_out(version: VersionRow) -> VersionOut:
    """Return a version as it is sent."""
    row = {name: value for name, value in version.__dict__.items() if name in VersionOut.model_fields}
    return VersionOut(**row, written=version.output_digest is not None)


@router.get("/versions", responses=_ERRORS)
def list_versions(
    services: ServicesDep, who: Reading, plan_id: PlanId, limit: Limit = 100, cursor: Cursor = None
) -> Page[VersionOut]:
    """Return the versions of a plan, newest first."""
    services.plan(plan_id)
    seen_by(services, who, plan_id)
    key = after(cursor, int)
    with services.store.database.reading() as connection:
        before = None if key is None else int(key[0])
        rows = versions.newest(connection, plan_id, before=before, limit=limit + 1)
    return page_of(rows, limit, lambda row: (row.number,), version_out)


@router.post("/versions", status_code=201, responses=documented(404, 409, 422, 429))
def make_version(services: ServicesDep, who: Editing, plan_id: PlanId, wanted: VersionIn) -> VersionOut:
    """Make a version of the working state. It stands at once; a job writes its output folder and sets quotas again."""
    _whole(services, who, plan_id)
    return version_out(versioning.make(services, who, plan_id, wanted.name, wanted.note))


@router.get("/versions/{number}", responses=_ERRORS)
def get_version(services: ServicesDep, who: Reading, plan_id: PlanId, number: VersionNumber) -> VersionOut:
    """Return one version."""
    services.plan(plan_id)
    seen_by(services, who, plan_id)
    return version_out(versioning.version_of(services.store, plan_id, number))


@router.post("/versions/{number}/write", status_code=202, responses=documented(404, 409, 422, 429))
def write_version(services: ServicesDep, who: Editing, plan_id: PlanId, number: VersionNumber) -> VersionOut:
    """Write the output folder of a version once more, where its job failed."""
    _whole(services, who, plan_id)
    found = versioning.version_of(services.store, plan_id, number)
    return version_out(versioning.write_again(services, who, found))


@router.post("/versions/{number}/restore", status_code=201, responses=_ERRORS)
def restore_version(
    services: ServicesDep,
    who: Editing,
    plan_id: PlanId,
    number: VersionNumber,
    wanted: RestoreIn,
    response: Response,
) -> EditOut:
    """Put everything where a version has it, as one edit that can be undone."""
    _whole(services, who, plan_id)
    made = versioning.restore(services.desks, who, plan_id, number, wanted.reason)
    preconditions.state(response, made.revision)
    return edit_out(made, WITHOUT)


@router.post("/branch", status_code=201, responses=_ERRORS)
def branch_plan(services: ServicesDep, who: Planning, plan_id: PlanId, wanted: BranchIn) -> BranchOut:
    """Make a new plan that begins as a version of this one."""
    _whole(services, who, plan_id)
    number = wanted.version
    if number is None:
        with services.store.database.reading() as connection:
            newest = versions.version(connection, plan_id)
        if newest is None:
            raise not_found("version", "newest", f"/api/plans/{plan_id}/versions")
        number = newest.number
    added = versioning.branch(services, who, plan_id, number, wanted.name, wanted.note)
    return BranchOut(plan_id=added.id, name=added.name, revision=added.revision)


@router.get("/diff", responses=_ERRORS)
def get_diff(
    services: ServicesDep,
    who: Reading,
    plan_id: PlanId,
    source: Annotated[Side, Query(alias="from", ge=1, le=2**31 - 1, description=_SIDE)] = None,
    target: Annotated[Side, Query(alias="to", ge=1, le=2**31 - 1, description=_SIDE)] = None,
    other: Annotated[
        str | None,
        Query(
            max_length=61, description="Plan that `to` is of, made from the same data; nothing for this one."
        ),
    ] = None,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1, description="How many of `moved` to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=5000, description="How many of `moved` to return.")] = 500,
) -> DiffOut:
    """Return what lies between two versions: accounts moved, quotas and locks changed, measures before and after."""
    one = services.plan(plan_id)
    fence = seen_by(services, who, plan_id)
    two = one if other is None else services.plan(other)
    if other is not None:
        seen_by(services, who, two.id)
    before = versioning.working_of(services.desks, one.id, source)
    after_ = versioning.working_of(services.desks, two.id, target)
    same = one.data_digest == two.data_digest and before.comparable(after_)
    if not same:
        detail = "The two plans have other accounts or territories: they cannot be compared one by one."
        raise ApiError(409, "not-comparable", detail)
    quotas = _amounts(services, one.id, source), _amounts(services, two.id, target)
    return diff_out(difference(before, after_), before, fence, quotas, offset, limit)


def _amounts(services: Services, plan_id: str, number: int | None) -> Amounts:
    """Return the quotas of a written version; nothing for the working state, whose quotas are not set yet."""
    if number is None:
        return {}
    return amounts(services.store, versioning.version_of(services.store, plan_id, number))


def _whole(services: Services, who: Person, plan_id: str) -> None:
    """Let those pass who see the whole plan."""
    services.plan(plan_id)
    if not seen_by(services, who, plan_id).everything:
        raise ApiError(403, "not-permitted", "This is about the whole plan, of which you see a part.")
