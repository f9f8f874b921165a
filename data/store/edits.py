"""The log of edits of each plan: append where nobody was quicker, read on from a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    func,
    insert,
    select,
)

from data.store import plans as plan_room
from data.store.database import Moment, StoreError, metadata, now
from data.store.plans import plans
from planner.editing.changes import Change
from planner.editing.events import Event

plan_edits = Table(
    "plan_edits",
    metadata,
    Column("plan_id", String(80), ForeignKey(plans.c.id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("content", JSON, nullable=False),
    Column("author", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)


class Overtaken(StoreError):
    """Somebody else appended first: what was to be appended has to be looked at again."""


def append(
    transaction: Connection,
    plan_id: str,
    *,
    after: int,
    kind: str,
    author: str,
    reason: str = "",
    changes: tuple[Change, ...] = (),
    of: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> tuple[Event, int]:
    """Append an event to the log of a plan and return it with the new revision of the plan.

    Parameters
    ----------
    after
        Number of the last event that whoever appends has seen; 0 for none.
    kind, author, reason, changes, of, about
        See `planner.editing.Event`.

    Raises
    ------
    Overtaken
        Where there is a later event; nothing is appended.
    StoreError
        Where there is no such plan.
    """
    revision = plan_room.bump(transaction, plan_id)  # from here on others who edit the plan wait
    last = last_number(transaction, plan_id)
    if last != after:
        raise Overtaken(f"Plan {plan_id} is at edit {last}, not {after}.")
    event = Event(after + 1, kind, author, reason, now(), changes, of, about or {})
    transaction.execute(
        insert(plan_edits).values(
            plan_id=plan_id,
            number=event.number,
            kind=kind,
            content=event.content(),
            author=author,
            reason=reason,
            at=event.at,
        )
    )
    return event, revision


def last_number(connection: Connection, plan_id: str) -> int:
    """Return the number of the last event of a plan; 0 where there is none."""
    wanted = select(func.max(plan_edits.c.number)).where(plan_edits.c.plan_id == plan_id)
    return int(connection.execute(wanted).scalar() or 0)


def events(
    connection: Connection,
    plan_id: str,
    *,
    after: int = 0,
    up_to: int | None = None,
    limit: int | None = None,
) -> list[Event]:
    """Return events of a plan in order: those above the number `after`, and none above `up_to`."""
    wanted = select(plan_edits).where(plan_edits.c.plan_id == plan_id, plan_edits.c.number > after)
    if up_to is not None:
        wanted = wanted.where(plan_edits.c.number <= up_to)
    rows = connection.execute(wanted.order_by(plan_edits.c.number).limit(limit))
    return [_event(row) for row in rows]


def newest(
    connection: Connection, plan_id: str, *, before: int | None = None, limit: int = 100
) -> list[Event]:
    """Return events of a plan, the newest first: those below the number `before`."""
    wanted = select(plan_edits).where(plan_edits.c.plan_id == plan_id)
    if before is not None:
        wanted = wanted.where(plan_edits.c.number < before)
    rows = connection.execute(wanted.order_by(plan_edits.c.number.desc()).limit(limit))
    return [_event(row) for row in rows]


def _event(row: Any) -> Event:
    return Event.stored(row.number, row.kind, row.author, row.reason, row.at, row.content)
