"""Plans: what each one is made from, who made it, where it stands. What came out of it stands in its versions."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    insert,
    select,
    update,
)

from data.store.data_sets import DataSet, data_sets
from data.store.database import Moment, StoreError, metadata, now
from data.store.ids import new_id
from data.store.newest import newest_first
from data.store.references import TREE, refers_to

DRAFT = "draft"
"""Stage of a plan that nobody proposed yet."""

plans = Table(
    "plans",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("data_set_id", String(80), ForeignKey(data_sets.c.id), nullable=False, index=True),
    Column("data_digest", String(64), nullable=False, info=TREE),
    Column("scenario_id", String(80)),
    Column("changes", JSON, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("created_by", String(80), nullable=False),
    Column("job_id", String(80), info=refers_to("jobs.id")),
    Column("stage", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("regions", JSON(none_as_null=True)),
    Column("deleted_at", Moment),
)


@dataclass(frozen=True)
class PlanRow:
    """A plan.

    Parameters
    ----------
    id, name
        Stable id; name for people.
    data_set_id, data_digest
        The data set it is made from, and the tree of files that this was at the time.
    created_at, created_by
        When it was asked for, and the id of who did.
    changes
        What is changed in the scenario of the data set's ``plan.toml``.
    scenario_id
        The scenario it is made from; None for the data set as it is.
    job_id
        The job that makes it; None where it was made elsewhere.
    stage
        Where it stands on its way into force, ``draft`` at first.
    revision
        Counts the changes to the plan: 0 at first.
    regions
        Names of the regions it is about; None for all.
    deleted_at
        When it was deleted; None while it is there.
    """

    id: str
    name: str
    data_set_id: str
    data_digest: str
    created_at: datetime
    created_by: str
    changes: dict[str, Any] = field(default_factory=dict)
    scenario_id: str | None = None
    job_id: str | None = None
    stage: str = DRAFT
    revision: int = 0
    regions: list[str] | None = None
    deleted_at: datetime | None = None


def add_plan(
    transaction: Connection,
    name: str,
    of: DataSet,
    created_by: str,
    *,
    changes: dict[str, Any] | None = None,
    scenario_id: str | None = None,
    job_id: str | None = None,
    regions: list[str] | None = None,
    plan_id: str | None = None,
    created_at: datetime | None = None,
) -> PlanRow:
    """Add a plan that is to be made, or was made elsewhere.

    Parameters
    ----------
    of
        The data set it is made from.
    plan_id, created_at
        Where they are known; a fresh id and the present moment where not.
    """
    added = PlanRow(
        id=plan_id or new_id(name),
        name=name,
        data_set_id=of.id,
        data_digest=of.digest,
        created_at=created_at or now(),
        created_by=created_by,
        changes=changes or {},
        scenario_id=scenario_id,
        job_id=job_id,
        regions=regions,
    )
    transaction.execute(insert(plans).values(**added.__dict__))
    return added


def plan(connection: Connection, plan_id: str, *, lock: bool = False) -> PlanRow | None:
    """Return a plan, None where there is none (any more).

    Parameters
    ----------
    lock
        Whether others have to wait until the transaction ends before they can change it.
    """
    wanted = select(plans).where(plans.c.id == plan_id, plans.c.deleted_at.is_(None))
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else PlanRow(**row._mapping)


def all_plans(
    connection: Connection, *, limit: int | None = None, before: tuple[datetime, str] | None = None
) -> list[PlanRow]:
    """Return plans, newest first.

    Parameters
    ----------
    limit
        How many at most; None for all.
    before
        Moment of creation and id of the plan to go on after, as the last one of a page states them.
    """
    wanted = select(plans).where(plans.c.deleted_at.is_(None))
    wanted = newest_first(wanted, plans.c.created_at, plans.c.id, before, limit)
    return [PlanRow(**row._mapping) for row in connection.execute(wanted)]


def plans_of(connection: Connection, data_set_id: str) -> list[PlanRow]:
    """Return the plans that a data set is used by, newest first."""
    wanted = select(plans).where(plans.c.data_set_id == data_set_id, plans.c.deleted_at.is_(None))
    rows = connection.execute(wanted.order_by(plans.c.created_at.desc(), plans.c.id.desc()))
    return [PlanRow(**row._mapping) for row in rows]


def rename(transaction: Connection, plan_id: str, name: str) -> int:
    """Give a plan another name and return its new revision."""
    return _change(transaction, plan_id, name=name)


def set_stage(transaction: Connection, plan_id: str, stage: str) -> int:
    """Record where a plan stands on its way into force and return its new revision."""
    return _change(transaction, plan_id, stage=stage)


def set_job(transaction: Connection, plan_id: str, job_id: str | None) -> int:
    """Record the job that makes a plan and return its new revision."""
    return _change(transaction, plan_id, job_id=job_id)


def bump(transaction: Connection, plan_id: str) -> int:
    """Count a change to a plan and return its new revision. Others who change the same plan wait from here on."""
    return _change(transaction, plan_id)


def delete(transaction: Connection, plan_id: str) -> None:
    """Delete a plan: nothing answers for it any more. Its rows and files stay with the store's history."""
    _change(transaction, plan_id, deleted_at=now())


def _change(transaction: Connection, plan_id: str, **values: Any) -> int:
    changed = update(plans).where(plans.c.id == plan_id, plans.c.deleted_at.is_(None))
    row = transaction.execute(
        changed.values(**values, revision=plans.c.revision + 1).returning(plans.c.revision)
    ).first()
    if row is None:
        raise StoreError(f"There is no plan {plan_id!r} to change.")
    return int(row.revision)
