"""How plans are agreed: every step that was taken, due dates, and the certificates of what finance has proved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from data.store.database import Moment, metadata
from data.store.plans import plans
from data.store.references import NO_OBJECT, TREE
from planner.approval.standing import Event
from planner.approval.steps import Stage, Step

approval_events = Table(
    "approval_events",
    metadata,
    Column("plan_id", String(80), ForeignKey(plans.c.id), nullable=False),
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("step", String(20), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("who", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("region", String(200)),
    Column("on_behalf", Boolean, nullable=False),
    Column("content", String(64), nullable=False),
    Column("goes_to", String(20)),
    Column("void", JSON, nullable=False),
    Column("version", Integer),
    PrimaryKeyConstraint("plan_id", "number"),
)
approval_due = Table(
    "approval_due",
    metadata,
    Column("plan_id", String(80), ForeignKey(plans.c.id), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("due_on", Date, nullable=False),
    PrimaryKeyConstraint("plan_id", "stage"),
)
certificates = Table(
    "certificates",
    metadata,
    Column("plan_id", String(80), ForeignKey(plans.c.id), nullable=False),
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("output_digest", String(64), nullable=False, info=TREE),
    Column("tie_out_digest", String(64), nullable=False, info=NO_OBJECT),
    Column("equations", Integer, nullable=False),
    Column("checks", Integer, nullable=False),
    Column("trail_number", Integer, nullable=False),
    Column("trail_hash", String(64), nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("void_by", String(80), nullable=False),
    Column("void_at", Moment),
    Column("void_why", Text, nullable=False),
    PrimaryKeyConstraint("plan_id", "number"),
)


@dataclass(frozen=True)
class Numbered:
    """A step with its number, 1 for the first of a plan, and the stage that it led to."""

    number: int
    stage: Stage
    event: Event


@dataclass(frozen=True)
class Certificate:
    """What finance has proved of a version.

    Parameters
    ----------
    plan_id, number
        The plan, and a count of its certificates from 1.
    version
        Number of the version.
    output_digest
        Its files in the store, ``tie_out.json`` among them.
    tie_out_digest
        The digest that ``tie_out.json`` states of itself.
    equations, checks
        How many sums it holds, and how many checks of the files were made.
    trail_number, trail_hash
        The last entry of the audit trail before: whoever keeps them notices where the trail is cut off.
    made_by, made_at
        Who proved it, and when.
    void_by, void_at, void_why
        Who reopened the plan afterwards, when, why; empty and None while the certificate counts.
    """

    plan_id: str
    number: int
    version: int
    output_digest: str
    tie_out_digest: str
    equations: int
    checks: int
    trail_number: int
    trail_hash: str
    made_by: str
    made_at: datetime
    void_by: str = ""
    void_at: datetime | None = None
    void_why: str = ""


def add_event(transaction: Connection, plan_id: str, event: Event, stage: Stage) -> int:
    """Add a step and return its number. The row of the plan has to be locked before.

    Parameters
    ----------
    stage
        Stage that it leads to.
    """
    number = _next(transaction, approval_events, plan_id)
    transaction.execute(
        insert(approval_events).values(
            plan_id=plan_id,
            number=number,
            step=event.step.value,
            stage=stage.value,
            who=event.who,
            at=event.at,
            reason=event.reason,
            region=event.region,
            on_behalf=event.on_behalf,
            content=event.content,
            goes_to=None if event.to is None else event.to.value,
            void=list(event.void),
            version=event.version,
        )
    )
    return number


def events(
    connection: Connection, plan_id: str, *, after: int = 0, limit: int | None = None
) -> list[Numbered]:
    """Return the steps of a plan in order, those numbered above `after`."""
    table = approval_events
    wanted = select(table).where(table.c.plan_id == plan_id, table.c.number > after)
    rows = connection.execute(wanted.order_by(table.c.number).limit(limit))
    return [
        Numbered(
            row.number,
            Stage(row.stage),
            Event(
                Step(row.step),
                row.who,
                row.at,
                row.reason,
                row.region,
                row.on_behalf,
                row.content,
                None if row.goes_to is None else Stage(row.goes_to),
                tuple(row.void),
                row.version,
            ),
        )
        for row in rows
    ]


def due_dates(connection: Connection, plan_id: str) -> dict[Stage, date]:
    """Return by when each stage of a plan is to be reached, in the order of the stages."""
    table = approval_due
    rows = connection.execute(select(table.c.stage, table.c.due_on).where(table.c.plan_id == plan_id))
    found = {Stage(row.stage): row.due_on for row in rows}
    return {stage: found[stage] for stage in Stage if stage in found}


def all_due_dates(connection: Connection, plan_ids: Iterable[str]) -> dict[str, dict[Stage, date]]:
    """Return the due dates of several plans by their ids."""
    table, found = approval_due, {plan_id: dict[Stage, date]() for plan_id in plan_ids}
    for row in connection.execute(select(table).where(table.c.plan_id.in_(found))):
        found[row.plan_id][Stage(row.stage)] = row.due_on
    return found


def set_due_dates(transaction: Connection, plan_id: str, dates: Mapping[Stage, date]) -> None:
    """Replace the due dates of a plan."""
    transaction.execute(delete(approval_due).where(approval_due.c.plan_id == plan_id))
    rows = [{"plan_id": plan_id, "stage": stage.value, "due_on": on} for stage, on in dates.items()]
    if rows:
        transaction.execute(insert(approval_due), rows)


def add_certificate(
    transaction: Connection,
    plan_id: str,
    *,
    version: int,
    output_digest: str,
    tie_out_digest: str,
    equations: int,
    checks: int,
    trail_head: tuple[int, str],
    made_by: str,
    made_at: datetime,
) -> Certificate:
    """Add a certificate; see `Certificate` for the parameters. The row of the plan has to be locked before."""
    added = Certificate(
        plan_id,
        _next(transaction, certificates, plan_id),
        version,
        output_digest,
        tie_out_digest,
        equations,
        checks,
        *trail_head,
        made_by,
        made_at,
    )
    transaction.execute(insert(certificates).values(**added.__dict__))
    return added


def all_certificates(connection: Connection, plan_id: str) -> list[Certificate]:
    """Return the certificates of a plan, oldest first, those that no longer count included."""
    table = certificates
    rows = connection.execute(select(table).where(table.c.plan_id == plan_id).order_by(table.c.number))
    return [Certificate(**row._mapping) for row in rows]


def void_certificates(transaction: Connection, plan_id: str, who: str, at: datetime, why: str) -> int:
    """Mark the certificates of a plan that still count as void, and return how many there were."""
    table = certificates
    changed = update(table).where(table.c.plan_id == plan_id, table.c.void_at.is_(None))
    return transaction.execute(changed.values(void_by=who, void_at=at, void_why=why)).rowcount


def _next(connection: Connection, table: Table, plan_id: str) -> int:
    last = connection.execute(select(func.max(table.c.number)).where(table.c.plan_id == plan_id)).scalar()
    return (last or 0) + 1
