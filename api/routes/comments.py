"""Comments on plans, territories, accounts and challenges."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.approving import commenting
from api.approving.reviewed import reviewed
from api.deps import PlanId, ServicesDep
from api.errors import documented
from api.http.paging import Cursor, Limit, Page, after, page_of
from api.schemas.comments import CommentIn, CommentOut
from api.who import Reading, allowed
from data.store.comments import About, Comment
from data.store.ids import ID_PATTERN
from planner.roles import Permission, Person

router = APIRouter(prefix="/api/plans/{plan_id}/comments", tags=["Approval"])
Commenting = Annotated[Person, allowed(Permission.CHALLENGE)]
CommentId = Annotated[
    str, Path(pattern=ID_PATTERN, description="Id of a comment.", examples=["territory-5e4d3c2b1a"])
]


def comment_out(found: Comment) -> CommentOut:
    """Return a comment as it is sent."""
    return CommentOut(
        id=found.id,
        about=found.about,
        subject=found.subject,
        text=found.text,
        author=found.author,
        at=found.at,
        reply_to=found.reply_to,
        removed=found.removed_at is not None,
    )


@router.get("", responses=documented(401, 403, 404, 409, 422))
def list_comments(
    services: ServicesDep,
    who: Reading,
    plan_id: PlanId,
    about: Annotated[About | None, Query(description="Comments on one kind of thing.")] = None,
    subject: Annotated[
        str | None, Query(max_length=200, pattern="^[^\\x00]*$", description="Id of what they are about.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CommentOut]:
    """List comments that concern your regions, oldest first."""
    within = reviewed(services, who, plan_id)
    last = after(cursor, int) or (0,)
    found = commenting.listed(services, who, within, about, subject, last[0], limit)
    return page_of(found, limit, lambda each: [each[0]], lambda each: comment_out(each[1]))


@router.post("", status_code=201, responses=documented(401, 403, 404, 409, 422))
def write_comment(services: ServicesDep, who: Commenting, plan_id: PlanId, wanted: CommentIn) -> CommentOut:
    """Write a comment on a plan, a territory, an account or a challenge, or answer one."""
    found = reviewed(services, who, plan_id)
    written = commenting.write(
        services, who, found, wanted.text, wanted.about, wanted.subject, wanted.reply_to
    )
    return comment_out(written)


@router.delete("/{comment_id}", status_code=204, responses=documented(401, 403, 404, 409, 422))
def remove_comment(services: ServicesDep, who: Commenting, plan_id: PlanId, comment_id: CommentId) -> None:
    """Take an own comment back. That there was one stays; what it said stays in the audit trail only."""
    commenting.remove(services, who, reviewed(services, who, plan_id), comment_id)
