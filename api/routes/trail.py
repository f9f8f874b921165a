"""The audit trail: who did what, when and why; its proof, and the whole of it as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.deps import PlanId, ServicesDep
from api.errors import documented, not_found
from api.http.paging import Cursor, Limit, Page, after, page_of
from api.schemas.trail import EntryOut, ProofOut
from api.who import Reading, allowed
from data.store import trail
from data.store.trail_file import line_of
from planner.roles import Permission
from planner.trail import Entry, prove

router = APIRouter(tags=["Audit trail"])


def entry_out(entry: Entry) -> EntryOut:
    """Return an entry as it is sent."""
    return EntryOut(**asdict(entry))


def _page(
    services: ServicesDep,
    cursor: str | None,
    limit: int,
    *,
    who: str | None = None,
    plan: str | None = None,
    kind: str | None = None,
    subject: str | None = None,
) -> Page[EntryOut]:
    below = after(cursor, int) or (0,)
    with services.store.database.reading() as connection:
        found = list(
            trail.entries(
                connection,
                after=below[0],
                limit=limit + 1,
                who=who,
                plan=plan,
                kind=kind,
                subject=subject,
                newest_first=True,
            )
        )
    return page_of(found, limit, lambda entry: [entry.number], entry_out)


@router.get("/api/trail", dependencies=[allowed(Permission.AUDIT)], responses=documented(401, 403, 422))
def list_trail(
    services: ServicesDep,
    who: Annotated[str | None, Query(max_length=80, description="Only what one person did, by id.")] = None,
    plan_id: Annotated[str | None, Query(max_length=80, description="Only what belongs to one plan.")] = None,
    kind: Annotated[
        str | None, Query(max_length=40, description="Only what was done to one kind of thing.")
    ] = None,
    subject: Annotated[
        str | None, Query(max_length=200, description="Only what was done to one thing, by id.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[EntryOut]:
    """List the audit trail, newest first."""
    return _page(services, cursor, limit, who=who, plan=plan_id, kind=kind, subject=subject)


@router.get("/api/trail/proof", dependencies=[allowed(Permission.AUDIT)], responses=documented(401, 403))
def prove_trail(services: ServicesDep) -> ProofOut:
    """Follow the whole audit trail and tell whether it is unbroken, and where it ends."""
    with services.store.database.snapshot() as connection:
        proof = prove(trail.entries(connection))
    return ProofOut(unbroken=proof.fault is None, fault=proof.fault, number=proof.number, hash=proof.hash)


@router.get(
    "/api/trail/export",
    dependencies=[allowed(Permission.AUDIT)],
    response_class=StreamingResponse,
    responses={
        **documented(401, 403),
        200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}},
    },
)
def export_trail(services: ServicesDep) -> StreamingResponse:
    """Download the whole audit trail as JSON lines; `planner trail verify FILE` proves it anywhere."""

    def content() -> Iterator[bytes]:
        with services.store.database.snapshot() as connection:
            yield from map(line_of, trail.entries(connection))

    headers = {"Content-Disposition": 'attachment; filename="trail.jsonl"'}
    return StreamingResponse(content(), media_type="application/jsonl", headers=headers)


@router.get("/api/plans/{plan_id}/history", responses=documented(401, 403, 404, 422))
def list_history(
    services: ServicesDep,
    who: Reading,
    plan_id: PlanId,
    kind: Annotated[
        str | None, Query(max_length=40, description="Only what was done to one kind of thing.")
    ] = None,
    subject: Annotated[
        str | None, Query(max_length=200, description="Only what was done to one thing, such as an account.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[EntryOut]:
    """List what was done to a plan and to everything in it, newest first; for people who see all regions."""
    if not who.scope.everything:
        raise not_found("plan history", plan_id, "/api/plans")
    services.plan(plan_id)
    return _page(services, cursor, limit, plan=plan_id, kind=kind, subject=subject)
