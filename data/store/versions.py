"""Versions of plans: named states that never change, each with its parent, and the output folder written from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from data.store import plans as plan_room
from data.store.database import Moment, StoreError, metadata, now
from data.store.ids import new_id
from data.store.plans import plans
from data.store.references import FILE, TREE, refers_to

plan_versions = Table(
    "plan_versions",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("plan_id", String(80), ForeignKey(plans.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("parent_id", String(80), ForeignKey("plan_versions.id")),
    Column("name", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("author", String(80), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("edit_number", Integer, nullable=False),
    Column("state_digest", String(64), info=FILE),
    Column("output_digest", String(64), info=TREE),
    Column("frozen_at", Moment),
    Column("frozen_by", String(80)),
    Column("certificate", JSON(none_as_null=True)),
    Column("job_id", String(80), info=refers_to("jobs.id")),
    UniqueConstraint("plan_id", "number", name="uq_plan_versions_plan_id_number"),
)


@dataclass(frozen=True)
class VersionRow:
    """A version of a plan.

    Parameters
    ----------
    id, plan_id, number
        Stable id; its plan; 1 for the first of the plan, without gaps.
    parent_id
        The version that it was edited from; None for what a job or another program made.
    name, note, author, created_at
        For people.
    edit_number
        Number of the last edit that it holds; 0 where it holds none.
    state_digest
        File of the store that holds its state (`planner.editing.State`); None until that was first asked for, which
        happens to outputs that a job or another program made.
    output_digest
        Tree of the store that holds its output folder; None until that is written.
    frozen_at, frozen_by, certificate
        When and by whom it was frozen, and what proves what it held then; None while it is not.
    job_id
        The job that writes its output; None where there is none.
    """

    id: str
    plan_id: str
    number: int
    parent_id: str | None
    name: str
    note: str
    author: str
    created_at: datetime
    edit_number: int
    state_digest: str | None = None
    output_digest: str | None = None
    frozen_at: datetime | None = None
    frozen_by: str | None = None
    certificate: dict[str, Any] | None = None
    job_id: str | None = None


def add(
    transaction: Connection,
    plan_id: str,
    name: str,
    author: str,
    *,
    note: str = "",
    parent_id: str | None = None,
    edit_number: int = 0,
    state_digest: str | None = None,
    output_digest: str | None = None,
    job_id: str | None = None,
    created_at: datetime | None = None,
) -> VersionRow:
    """Add the next version of a plan; see `VersionRow` for the parameters.

    Raises
    ------
    StoreError
        Where there is no such plan.
    """
    plan_room.bump(transaction, plan_id)  # from here on others who add versions to the plan wait
    last = transaction.execute(
        select(func.max(plan_versions.c.number)).where(plan_versions.c.plan_id == plan_id)
    ).scalar()
    added = VersionRow(
        id=new_id(name),
        plan_id=plan_id,
        number=int(last or 0) + 1,
        parent_id=parent_id,
        name=name,
        note=note,
        author=author,
        created_at=created_at or now(),
        edit_number=edit_number,
        state_digest=state_digest,
        output_digest=output_digest,
        job_id=job_id,
    )
    transaction.execute(insert(plan_versions).values(**added.__dict__))
    return added


def version(connection: Connection, plan_id: str, number: int | None = None) -> VersionRow | None:
    """Return a version of a plan by its number, the newest where that is None; None where there is none."""
    wanted = select(plan_versions).where(plan_versions.c.plan_id == plan_id)
    if number is not None:
        wanted = wanted.where(plan_versions.c.number == number)
    return _first(connection, wanted.order_by(plan_versions.c.number.desc()).limit(1))


def written(connection: Connection, plan_id: str) -> VersionRow | None:
    """Return the newest version of a plan whose output folder is written; None where there is none."""
    wanted = select(plan_versions).where(
        plan_versions.c.plan_id == plan_id, plan_versions.c.output_digest.is_not(None)
    )
    return _first(connection, wanted.order_by(plan_versions.c.number.desc()).limit(1))


def by_id(connection: Connection, version_id: str) -> VersionRow | None:
    """Return a version by its id; None where there is none."""
    return _first(connection, select(plan_versions).where(plan_versions.c.id == version_id))


def newest(
    connection: Connection, plan_id: str, *, before: int | None = None, limit: int | None = None
) -> list[VersionRow]:
    """Return versions of a plan, the newest first: those below the number `before`."""
    wanted = select(plan_versions).where(plan_versions.c.plan_id == plan_id)
    if before is not None:
        wanted = wanted.where(plan_versions.c.number < before)
    rows = connection.execute(wanted.order_by(plan_versions.c.number.desc()).limit(limit))
    return [VersionRow(**row._mapping) for row in rows]


def set_state(transaction: Connection, version_id: str, state_digest: str) -> None:
    """Record the state of a version that has none yet."""
    _change(transaction, version_id, state_digest=state_digest)


def set_output(transaction: Connection, version_id: str, output_digest: str) -> None:
    """Record the output folder that was written for a version."""
    _change(transaction, version_id, output_digest=output_digest)


def set_job(transaction: Connection, version_id: str, job_id: str) -> None:
    """Record the job that writes the output of a version."""
    _change(transaction, version_id, job_id=job_id)


def freeze(
    transaction: Connection, version_id: str, who: str, certificate: dict[str, Any] | None = None
) -> VersionRow:
    """Freeze a version and with it its plan, and return it: nobody edits the plan until it is unfrozen."""
    found = _existing(transaction, version_id)
    plan_room.bump(transaction, found.plan_id)  # edits on their way come before, or find it frozen
    _change(transaction, version_id, frozen_at=now(), frozen_by=who, certificate=certificate)
    return _existing(transaction, version_id)


def unfreeze(transaction: Connection, version_id: str) -> VersionRow:
    """Let a frozen version and its plan go again; its certificate stays, and the trail tells who did it."""
    found = _existing(transaction, version_id)
    plan_room.bump(transaction, found.plan_id)
    _change(transaction, version_id, frozen_at=None, frozen_by=None)
    return _existing(transaction, version_id)


def frozen(connection: Connection, plan_id: str) -> VersionRow | None:
    """Return the version that a plan is frozen at; None while the plan may be edited."""
    wanted = select(plan_versions).where(
        plan_versions.c.plan_id == plan_id, plan_versions.c.frozen_at.is_not(None)
    )
    return _first(connection, wanted.order_by(plan_versions.c.number.desc()).limit(1))


def _first(connection: Connection, wanted: Any) -> VersionRow | None:
    row = connection.execute(wanted).first()
    return None if row is None else VersionRow(**row._mapping)


def _existing(connection: Connection, version_id: str) -> VersionRow:
    found = by_id(connection, version_id)
    if found is None:
        raise StoreError(f"There is no version {version_id!r}.")
    return found


def _change(transaction: Connection, version_id: str, **values: Any) -> None:
    changed = update(plan_versions).where(plan_versions.c.id == version_id).values(**values)
    if transaction.execute(changed).rowcount != 1:
        raise StoreError(f"There is no version {version_id!r} to change.")
