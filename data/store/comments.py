"""Comments: what people write to each other about a plan, a territory, an account or a challenge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from data.store.database import Moment, metadata
from data.store.plans import plans


class About(StrEnum):
    """What a comment is about."""

    PLAN = "plan"
    TERRITORY = "territory"
    ACCOUNT = "account"
    CHALLENGE = "challenge"


comments = Table(
    "comments",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("plan_id", String(80), ForeignKey(plans.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("about", String(20), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("reply_to", String(80)),
    Column("text", Text, nullable=False),
    Column("regions", JSON(none_as_null=True)),
    Column("author", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    Column("removed_by", String(80), nullable=False),
    Column("removed_at", Moment),
    UniqueConstraint("plan_id", "number"),
    Index("ix_comments_plan_id_about_subject", "plan_id", "about", "subject"),
)


@dataclass(frozen=True)
class Comment:
    """Something that somebody wrote.

    Parameters
    ----------
    id, plan_id
        Its id, and the plan's.
    about, subject
        What it is about: a kind, and the id; empty for the plan itself.
    text
        Plain text.
    author, at
        Who wrote it, and when.
    regions
        Names of regions that it concerns, empty for what belongs to none; None where everybody sees it who sees the
        plan.
    reply_to
        Id of the comment that it answers; None where it begins a thread.
    removed_by, removed_at
        Who took it back, and when; its text is then empty here, and stays in the audit trail.
    """

    id: str
    plan_id: str
    about: About
    subject: str
    text: str
    author: str
    at: datetime
    regions: tuple[str, ...] | None = None
    reply_to: str | None = None
    removed_by: str = ""
    removed_at: datetime | None = None


def add_comment(transaction: Connection, comment: Comment) -> int:
    """Add a comment and return its number in the plan, from 1. The row of the plan has to be locked before."""
    last = transaction.execute(
        select(func.max(comments.c.number)).where(comments.c.plan_id == comment.plan_id)
    ).scalar()
    number = (last or 0) + 1
    regions = None if comment.regions is None else list(comment.regions)
    values = {**comment.__dict__, "about": comment.about.value, "regions": regions}
    transaction.execute(insert(comments).values(number=number, **values))
    return number


def comment(connection: Connection, plan_id: str, comment_id: str) -> Comment | None:
    """Return a comment of a plan; None where there is none."""
    wanted = select(comments).where(comments.c.plan_id == plan_id, comments.c.id == comment_id)
    row = connection.execute(wanted).first()
    return None if row is None else _comment(row)


def all_comments(
    connection: Connection,
    plan_id: str,
    *,
    about: About | None = None,
    subject: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[tuple[int, Comment]]:
    """Return comments of a plan with their numbers, those numbered above `after`, in the order written."""
    wanted = select(comments).where(comments.c.plan_id == plan_id, comments.c.number > after)
    if about is not None:
        wanted = wanted.where(comments.c.about == about.value)
    if subject is not None:
        wanted = wanted.where(comments.c.subject == subject)
    rows = connection.execute(wanted.order_by(comments.c.number).limit(limit))
    return [(row.number, _comment(row)) for row in rows]


def remove_comment(transaction: Connection, comment_id: str, who: str, at: datetime) -> None:
    """Take a comment back: that there was one stays, what it said goes to the audit trail."""
    changed = update(comments).where(comments.c.id == comment_id, comments.c.removed_at.is_(None))
    transaction.execute(changed.values(text="", removed_by=who, removed_at=at))


def _comment(row: object) -> Comment:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    values.pop("number")
    regions = values["regions"]
    return Comment(
        **{**values, "about": About(values["about"]), "regions": None if regions is None else tuple(regions)}
    )
