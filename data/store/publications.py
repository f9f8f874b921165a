"""Publications: which version of a plan is in force from which day on.

Plans for different parts of a firm are published in lines of their own; in each line the publication with the latest
day that has come is in force, of those with the same day the one that was made last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import (
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from data.store.database import Moment, metadata
from data.store.plans import plans
from data.store.references import TREE

publications = Table(
    "publications",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("plan_id", String(80), ForeignKey(plans.c.id), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("data_digest", String(64), nullable=False, info=TREE),
    Column("output_digest", String(64), nullable=False, info=TREE),
    Column("line", String(80), nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("published_by", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    Column("withdrawn_by", String(80), nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_why", Text, nullable=False),
    Index("ix_publications_line_effective_from", "line", "effective_from"),
)


@dataclass(frozen=True)
class Publication:
    """A version of a plan that is in force from a day on.

    Parameters
    ----------
    id, plan_id, version
        Its id, the plan's, and the number of the version.
    data_digest, output_digest
        Files that the plan was made from, and those of the version.
    effective_from
        First day.
    published_by, at
        Who published it, and when.
    line
        What part of the firm it is for; empty for all of it.
    withdrawn_by, withdrawn_at, withdrawn_why
        Who took it back, when, why; empty and None while it stands.
    """

    id: str
    plan_id: str
    version: int
    data_digest: str
    output_digest: str
    effective_from: date
    published_by: str
    at: datetime
    line: str = ""
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_why: str = ""


@dataclass(frozen=True)
class InForce:
    """A publication, and the last day on which it is in force; None where no other one follows yet."""

    publication: Publication
    until: date | None


def add_publication(transaction: Connection, publication: Publication) -> None:
    """Add a publication."""
    transaction.execute(insert(publications).values(**publication.__dict__))


def publication(connection: Connection, publication_id: str, *, lock: bool = False) -> Publication | None:
    """Return a publication, None where there is none.

    Parameters
    ----------
    lock
        Whether others have to wait until the transaction ends before they can change it.
    """
    wanted = select(publications).where(publications.c.id == publication_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else Publication(**row._mapping)


def all_publications(
    connection: Connection,
    *,
    plan_id: str | None = None,
    line: str | None = None,
    standing: bool = False,
    limit: int | None = None,
    after: tuple[date, str] | None = None,
) -> list[Publication]:
    """Return publications, the latest day first, then by id.

    Parameters
    ----------
    standing
        Whether to leave out what was withdrawn.
    after
        Day and id to go on after.
    """
    table = publications
    wanted = select(table)
    for column, value in ((table.c.plan_id, plan_id), (table.c.line, line)):
        if value is not None:
            wanted = wanted.where(column == value)
    if standing:
        wanted = wanted.where(table.c.withdrawn_at.is_(None))
    if after is not None:
        day, last = after
        wanted = wanted.where(
            (table.c.effective_from < day) | ((table.c.effective_from == day) & (table.c.id > last))
        )
    rows = connection.execute(wanted.order_by(table.c.effective_from.desc(), table.c.id).limit(limit))
    return [Publication(**row._mapping) for row in rows]


def timeline(connection: Connection, line: str | None = None) -> list[InForce]:
    """Return what stands with the last day of each, by line and day; not what a later one of the same day replaced."""
    table = publications
    wanted = select(table).where(table.c.withdrawn_at.is_(None))
    if line is not None:
        wanted = wanted.where(table.c.line == line)
    rows = connection.execute(wanted.order_by(table.c.line, table.c.effective_from, table.c.at, table.c.id))
    last_of_day = {(row.line, row.effective_from): Publication(**row._mapping) for row in rows}
    found = list(last_of_day.values())
    until: list[date | None] = [
        date.fromordinal(later.effective_from.toordinal() - 1) if later.line == this.line else None
        for this, later in pairwise(found)
    ]
    return [InForce(this, end) for this, end in zip(found, [*until, None], strict=True)] if found else []


def in_force(connection: Connection, on: date, line: str | None = None) -> list[InForce]:
    """Return what is in force on a day: one publication of each line at most, by line."""
    return [
        each
        for each in timeline(connection, line)
        if each.publication.effective_from <= on and (each.until is None or on <= each.until)
    ]


def withdraw_publication(
    transaction: Connection, publication_id: str, who: str, at: datetime, why: str
) -> None:
    """Take a publication back; what it replaced is in force again."""
    changed = update(publications).where(
        publications.c.id == publication_id, publications.c.withdrawn_at.is_(None)
    )
    transaction.execute(changed.values(withdrawn_by=who, withdrawn_at=at, withdrawn_why=why))
