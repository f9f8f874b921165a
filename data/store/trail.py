"""The audit trail in the database: append, read, prove."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Column, Connection, Integer, String, Table, Text, insert, select, text

from data.store.database import Moment, metadata, now
from planner.trail import START, Entry, first_break

SYSTEM = "system"
"""Who did what nobody asked for, such as picking up work after a restart."""
_PAGE = 1000
_LOCK = 0x7472_6169_6C  # any number that no other lock uses

trail = Table(
    "trail",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("who", String(80), nullable=False, index=True),
    Column("what", String(80), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("plan", String(80), nullable=False, index=True),
    Column("old", JSON),
    Column("new", JSON),
    Column("why", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)


def append(
    transaction: Connection,
    *,
    who: str,
    what: str,
    kind: str,
    subject: str,
    plan: str = "",
    old: Any = None,
    new: Any = None,
    why: str = "",
) -> Entry:
    """Append an entry, in the transaction that does what it tells. Do so last: from here on others have to wait.

    See `planner.trail.Entry` for the parameters.
    """
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = transaction.execute(
        select(trail.c.number, trail.c.hash).order_by(trail.c.number.desc()).limit(1)
    ).first()
    number, previous = (last.number + 1, last.hash) if last is not None else (1, START)
    entry = Entry(number, now(), who, what, kind, subject, plan, old, new, why, previous).sealed()
    transaction.execute(insert(trail).values(**entry.__dict__))
    return entry


def entries(
    connection: Connection,
    *,
    after: int = 0,
    limit: int | None = None,
    who: str | None = None,
    plan: str | None = None,
    kind: str | None = None,
    subject: str | None = None,
    newest_first: bool = False,
) -> Iterator[Entry]:
    """Yield entries in order: those above the number `after`, below it where the newest come first and it is not 0."""
    wanted = select(trail).order_by(trail.c.number.desc() if newest_first else trail.c.number)
    for column, value in (
        (trail.c.who, who),
        (trail.c.plan, plan),
        (trail.c.kind, kind),
        (trail.c.subject, subject),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    left = limit
    while left is None or left > 0:  # a page at a time, so that nothing stays open when a reader turns away
        page = wanted.limit(_PAGE if left is None else min(left, _PAGE))
        if newest_first and after:
            page = page.where(trail.c.number < after)
        elif not newest_first:
            page = page.where(trail.c.number > after)
        rows = connection.execute(page).all()
        for row in rows:
            yield Entry(**row._mapping)
        if len(rows) < _PAGE:
            return
        after = rows[-1].number
        left = None if left is None else left - len(rows)


def broken(connection: Connection) -> str | None:
    """Return where and how the chain is broken, in words; None where it holds."""
    return first_break(entries(connection))
