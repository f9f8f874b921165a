"""Challenges of plans: what was asked to be different, by whom, and how it was answered."""

from __future__ import annotations

from collections.abc import Iterable

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

from data.store.database import Moment, StoreError, metadata
from data.store.plans import plans
from planner.approval.challenges import Challenge, State, Wish

challenges = Table(
    "challenges",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("plan_id", String(80), ForeignKey(plans.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("wish", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("regions", JSON, nullable=False),
    Column("raised_by", String(80), nullable=False, index=True),
    Column("raised_at", Moment, nullable=False),
    Column("state", String(20), nullable=False),
    Column("answer", Text, nullable=False),
    Column("decided_by", String(80), nullable=False),
    Column("decided_at", Moment),
    Column("told", JSON(none_as_null=True)),
    Column("edits", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("plan_id", "number"),
)


def add_challenge(transaction: Connection, challenge: Challenge) -> int:
    """Add a challenge and return its number in the plan, from 1. The row of the plan has to be locked before."""
    last = transaction.execute(
        select(func.max(challenges.c.number)).where(challenges.c.plan_id == challenge.plan_id)
    ).scalar()
    number = (last or 0) + 1
    transaction.execute(insert(challenges).values(number=number, **_row(challenge)))
    return number


def challenge(
    connection: Connection, plan_id: str, challenge_id: str, *, lock: bool = False
) -> Challenge | None:
    """Return a challenge of a plan; None where there is none.

    Parameters
    ----------
    lock
        Whether others have to wait until the transaction ends before they can change it.
    """
    table = challenges
    wanted = select(table).where(table.c.plan_id == plan_id, table.c.id == challenge_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else _challenge(row)


def all_challenges(
    connection: Connection,
    plan_id: str,
    *,
    state: State | None = None,
    raised_by: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[tuple[int, Challenge]]:
    """Return challenges of a plan with their numbers, those numbered above `after`, in the order raised."""
    table = challenges
    wanted = select(table).where(table.c.plan_id == plan_id, table.c.number > after)
    if state is not None:
        wanted = wanted.where(table.c.state == state.value)
    if raised_by is not None:
        wanted = wanted.where(table.c.raised_by == raised_by)
    rows = connection.execute(wanted.order_by(table.c.number).limit(limit))
    return [(row.number, _challenge(row)) for row in rows]


def number_open(connection: Connection, plan_ids: Iterable[str]) -> dict[str, int]:
    """Return how many challenges of each plan are open."""
    table, found = challenges, dict.fromkeys(plan_ids, 0)
    wanted = select(table.c.plan_id, func.count()).where(
        table.c.plan_id.in_(found), table.c.state == State.OPEN.value
    )
    for plan_id, count in connection.execute(wanted.group_by(table.c.plan_id)):
        found[plan_id] = count
    return found


def save_challenge(transaction: Connection, changed: Challenge) -> None:
    """Keep a challenge after its revision was raised by one.

    Raises
    ------
    StoreError
        Where somebody else changed it in the meantime.
    """
    table = challenges
    values = _row(changed)
    done = transaction.execute(
        update(table)
        .where(table.c.id == changed.id, table.c.revision == changed.revision - 1)
        .values(**values)
    )
    if done.rowcount != 1:
        raise StoreError(f"The challenge {changed.id!r} was changed by somebody else.")


def _row(challenge: Challenge) -> dict[str, object]:
    return {
        **challenge.__dict__,
        "wish": challenge.wish.as_dict(),
        "regions": list(challenge.regions),
        "state": challenge.state.value,
        "told": None if challenge.told is None else dict(challenge.told),
        "edits": list(challenge.edits),
    }


def _challenge(row: object) -> Challenge:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    values.pop("number")
    return Challenge(
        **{
            **values,
            "wish": Wish.of(values["wish"]),
            "regions": tuple(values["regions"]),
            "state": State(values["state"]),
            "edits": tuple(values["edits"]),
        }
    )
