"""Publications, and what is in force on a day."""

from __future__ import annotations

import re
from datetime import date
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.approving import publishing
from api.approving.commenting import readable
from api.approving.effective import effective
from api.approving.reviewed import reviewed
from api.deps import PlanId, ServicesDep
from api.errors import ApiError, documented
from api.http.paging import Cursor, Limit, Page, after, page_of
from api.schemas.publications import EffectiveOut, PublicationOut, PublishIn, WithdrawIn
from api.who import Reading, allowed
from data.store.ids import ID_PATTERN
from data.store.publications import Publication
from planner.roles import Permission, Person

router = APIRouter(prefix="/api", tags=["Publications"])
Publishing = Annotated[Person, allowed(Permission.PUBLISH)]
PublicationId = Annotated[
    str,
    Path(
        pattern=ID_PATTERN,
        description="Id of a publication, from `GET /api/publications`.",
        examples=["spring-9a8b7c6d5e"],
    ),
]
Line = Annotated[
    str | None,
    # No database keeps a text with a zero in it, and one of them refuses to look for it.
    Query(max_length=80, pattern="^[^\\x00]*$", description="One line of publications; all where left out."),
]


def publication_out(found: Publication) -> PublicationOut:
    """Return a publication as it is sent."""
    return PublicationOut(
        id=found.id,
        plan_id=found.plan_id,
        version=found.version,
        effective_from=found.effective_from,
        line=found.line,
        output_digest=found.output_digest,
        published_by=found.published_by,
        at=found.at,
        withdrawn_by=found.withdrawn_by,
        withdrawn_at=found.withdrawn_at,
        withdrawn_why=found.withdrawn_why,
    )


@router.post(
    "/plans/{plan_id}/approval/publish", status_code=201, responses=documented(401, 403, 404, 409, 422)
)
def publish_plan(
    services: ServicesDep, who: Publishing, plan_id: PlanId, wanted: PublishIn
) -> PublicationOut:
    """Put a validated version in force from a day on."""
    found = reviewed(services, who, plan_id, wanted.version)
    line = readable(wanted.line, "line", required=False, longest=80)
    return publication_out(publishing.publish(services, who, found, wanted.effective_from, line))


@router.get("/publications", responses=documented(401, 403, 422))
def list_publications(
    services: ServicesDep,
    who: Reading,
    line: Line = None,
    plan_id: Annotated[str | None, Query(pattern=ID_PATTERN, description="Those of one plan.")] = None,
    standing: Annotated[bool, Query(description="Leave out what was withdrawn.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PublicationOut]:
    """List publications, the latest day first."""
    key = after(cursor, str, str)
    try:
        last = None if key is None else (date.fromisoformat(key[0]), _id(key[1]))
    except ValueError as fault:
        raise ApiError(422, "invalid-request", "The cursor is none of this list.") from fault
    found = publishing.listed(
        services, who, plan_id=plan_id, line=line, standing=standing, after=last, limit=limit
    )
    return page_of(found, limit, lambda each: [each.effective_from.isoformat(), each.id], publication_out)


def _id(text: str) -> str:
    if re.match(ID_PATTERN, text) is None:
        raise ValueError(text)
    return text


@router.get("/publications/{publication_id}", responses=documented(401, 403, 404, 422))
def get_publication(services: ServicesDep, who: Reading, publication_id: PublicationId) -> PublicationOut:
    """Return one publication."""
    return publication_out(publishing.publication(services, who, publication_id))


@router.post("/publications/{publication_id}/withdraw", responses=documented(401, 403, 404, 409, 422))
def withdraw_publication(
    services: ServicesDep, who: Publishing, publication_id: PublicationId, wanted: WithdrawIn
) -> PublicationOut:
    """Take a publication back, with a reason: what it replaced is in force again."""
    why = readable(wanted.reason, "reason")
    return publication_out(publishing.withdraw(services, who, publication_id, why))


@router.get("/effective", responses=documented(401, 403, 422))
def list_effective(
    services: ServicesDep,
    who: Reading,
    on: Annotated[date, Query(description="The day.", examples=["2026-07-01"])],
    account_id: Annotated[
        str | None, Query(max_length=200, description="One account; all where left out.", examples=["2633"])
    ] = None,
    line: Line = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[EffectiveOut]:
    """Return each account's territory and that territory's quota on a day, as published: inside your regions.

    Of each line the publication counts whose day has come last. Accounts that nobody holds are left out.
    """
    key = after(cursor, str, int)
    last = None if key is None else (key[0], key[1])
    rows = effective(services, who.scope, on, account_id=account_id, line=line, after=last)
    found = list(islice(rows, limit + 1))
    return page_of(found, limit, lambda each: list(each[0]), lambda each: each[1])
