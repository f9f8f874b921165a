"""Editing plans: edits, undo and redo, the log, the working state."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api.deps import PlanId, Services, ServicesDep
from api.desk import Made
from api.editing.answers import draft_out, edit_out, effect_out, event_detail, event_out, owners_out
from api.editing.conditional import Known
from api.editing.handing_out import check_handed_out
from api.errors import ApiError, documented, not_found
from api.fence import WITHOUT, Fence, fence_of
from api.http import preconditions
from api.http.paging import Cursor, Limit, Page, after, page_of
from api.schemas.edits import (
    DraftOut,
    EditOut,
    EditsIn,
    EffectOut,
    EventDetail,
    EventOut,
    OwnersOut,
    QuotaEditsIn,
    UndoIn,
)
from api.who import Reading, allowed
from data.store import edits as edit_room
from planner.editing.edits import ClearQuota, SetQuota
from planner.roles import Permission, Person

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["Editing"])
Editing = Annotated[Person, allowed(Permission.EDIT)]
Quoting = Annotated[Person, allowed(Permission.SET_QUOTAS)]
EventNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the edit.", examples=[12])]
_EDIT = documented(404, 409, 412, 422)
_READ = documented(404, 409, 422)


def seen_by(services: Services, who: Person, plan_id: str) -> Fence:
    """Return what somebody sees of a plan that is made; `ApiError` 404 where that is nothing."""
    if who.scope.everything:
        return WITHOUT
    fence = fence_of(who, services.shelf.plan(plan_id))
    if not fence.inside:
        raise not_found("plan", plan_id, "/api/plans")
    return fence


def _answer(response: Response, made: Made, fence: Fence = WITHOUT) -> EditOut:
    preconditions.state(response, made.revision)
    return edit_out(made, fence)


def _check(services: Services, if_match: str | None, plan_id: str) -> None:
    """Let a request pass that states no revision, or the present one; edits check each account besides."""
    if if_match is not None:
        preconditions.check(if_match, services.plan(plan_id).revision, "plan", required=False)


@router.post("/edits", status_code=201, responses=_EDIT)
def edit_plan(
    services: ServicesDep,
    who: Editing,
    plan_id: PlanId,
    wanted: EditsIn,
    response: Response,
    if_match: preconditions.IfMatch = None,
) -> EditOut:
    """Make edits as one: all of them, or none where anything stands against one of them.

    Each move states where it believes accounts to be (`from`). Where somebody else was quicker, nothing is changed,
    and the answer (409 `conflict`) says for each account where it is now (`column`), who moved it, and when. Locked
    accounts do not move (409 `locked`). Other rules may be broken knowingly: the answer says which are.
    """
    asked = wanted.asked()
    if any(isinstance(each, SetQuota | ClearQuota) for each in asked) and not who.may(Permission.SET_QUOTAS):
        detail = (
            f"This needs the permission {Permission.SET_QUOTAS.value!r}, which {who.name} does not have here."
        )
        raise ApiError(403, "not-permitted", detail)
    fence = seen_by(services, who, plan_id)
    if not fence.everything:
        raise ApiError(
            403, "not-permitted", "Moving accounts is about the whole plan, of which you see a part."
        )
    _check(services, if_match, plan_id)
    return _answer(response, services.desks.edit(who, plan_id, asked, reason=wanted.reason))


@router.post("/edits/preview", responses=_READ)
def preview_edits(services: ServicesDep, who: Editing, plan_id: PlanId, wanted: EditsIn) -> EffectOut:
    """Return what edits would do, without making them."""
    fence = seen_by(services, who, plan_id)
    return effect_out(services.desks.what_if(plan_id, wanted.asked()), fence)


@router.post("/quota-edits", status_code=201, responses=_EDIT)
def edit_quotas(
    services: ServicesDep,
    who: Quoting,
    plan_id: PlanId,
    wanted: QuotaEditsIn,
    response: Response,
    if_match: preconditions.IfMatch = None,
) -> EditOut:
    """Decide amounts as one. Who sees some regions only hands out what these carry: their sums stay."""
    fence = seen_by(services, who, plan_id)
    _check(services, if_match, plan_id)
    desk = services.desks.of(plan_id)
    with services.store.database.reading() as connection:
        known = desk.quotas(connection, services.store)

    made = services.desks.edit(
        who,
        plan_id,
        wanted.asked(),
        reason=wanted.reason,
        permitted=lambda effect: check_handed_out(effect.changes, fence, known, effect.before.by_hand),
    )
    return _answer(response, made, fence)


@router.post("/undo", status_code=201, responses=_EDIT)
def undo_edit(
    services: ServicesDep,
    who: Editing,
    plan_id: PlanId,
    wanted: UndoIn,
    response: Response,
    if_match: preconditions.IfMatch = None,
) -> EditOut:
    """Undo the newest edit that stands, or a certain one that no later edit rests on. Undoing is an edit itself."""
    seen_by(services, who, plan_id)
    _check(services, if_match, plan_id)
    made = services.desks.undo(who, plan_id, number=wanted.number, mine=wanted.mine, reason=wanted.reason)
    return _answer(response, made)


@router.post("/redo", status_code=201, responses=_EDIT)
def redo_edit(
    services: ServicesDep,
    who: Editing,
    plan_id: PlanId,
    wanted: UndoIn,
    response: Response,
    if_match: preconditions.IfMatch = None,
) -> EditOut:
    """Make the edit again that was undone last, or a certain one."""
    seen_by(services, who, plan_id)
    _check(services, if_match, plan_id)
    made = services.desks.undo(
        who, plan_id, number=wanted.number, mine=wanted.mine, again=True, reason=wanted.reason
    )
    return _answer(response, made)


@router.get("/edits", responses=_READ)
def list_edits(
    services: ServicesDep, who: Reading, plan_id: PlanId, limit: Limit = 100, cursor: Cursor = None
) -> Page[EventOut]:
    """Return the log of edits, newest first."""
    services.plan(plan_id)
    fence = seen_by(services, who, plan_id)
    key = after(cursor, int)
    desk, now = services.desks.of(plan_id), services.desks.now(plan_id)
    with services.store.database.reading() as connection:
        before = None if key is None else int(key[0])
        rows = edit_room.newest(connection, plan_id, before=before, limit=limit + 1)
    undone, told = desk.undone(), {}
    for event in rows:
        found = event_out(event, desk.effect(event), now.working, event.number in undone, fence)
        if found is not None:
            told[event.number] = found
    page = page_of(rows, limit, lambda event: (event.number,), lambda event: told.get(event.number))
    return Page(items=[each for each in page.items if each is not None], next=page.next)


@router.get("/edits/{number}", responses=_READ)
def get_edit(services: ServicesDep, who: Reading, plan_id: PlanId, number: EventNumber) -> EventDetail:
    """Return one entry of the log with what it changed."""
    services.plan(plan_id)
    fence = seen_by(services, who, plan_id)
    desk, now = services.desks.of(plan_id), services.desks.now(plan_id)
    with services.store.database.reading() as connection:
        found = edit_room.events(connection, plan_id, after=number - 1, up_to=number)
    told = None
    if found:
        changes = desk.effect(found[0])
        told = event_out(found[0], changes, now.working, number in desk.undone(), fence)
    if told is None:
        raise not_found("edit", str(number), "…/edits")
    return event_detail(told, changes, now.working, fence)


@router.get("/draft", responses={**_READ, 200: {"model": DraftOut}, 304: {"description": "As it was."}})
def get_draft(
    services: ServicesDep, who: Reading, plan_id: PlanId, asked: Annotated[Known, Depends()]
) -> Response:
    """Return the working state of a plan: every measure, and every rule that is broken, after all edits."""
    plan = services.plan(plan_id)
    fence = seen_by(services, who, plan_id)
    if asked.knows(plan.revision):
        return asked.unchanged(plan.revision)
    desk, now = services.desks.of(plan_id), services.desks.now(plan_id)
    frozen = services.desks.frozen(plan_id) is not None
    told = partial(draft_out, desk, now, fence, frozen)
    return asked.answer(plan.revision, now, f"draft {frozen}" if fence.everything else "", told)


@router.get(
    "/draft/owners", responses={**_READ, 200: {"model": OwnersOut}, 304: {"description": "As it was."}}
)
def get_owners(
    services: ServicesDep, who: Reading, plan_id: PlanId, asked: Annotated[Known, Depends()]
) -> Response:
    """Return who has what in the working state, in columns: every account, its territory, what may not move."""
    plan = services.plan(plan_id)
    fence = seen_by(services, who, plan_id)
    if asked.knows(plan.revision):
        return asked.unchanged(plan.revision)
    now = services.desks.now(plan_id)
    return asked.answer(
        plan.revision, now, "owners" if fence.everything else "", partial(owners_out, now, fence)
    )
