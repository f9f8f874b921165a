"""Scenarios (named changes on a base) and sweeps (many of them solved together)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from data.store.data_sets import DataSet, data_sets
from data.store.database import Moment, metadata, now
from data.store.ids import new_id
from data.store.newest import newest_first
from data.store.references import TREE, refers_to

scenarios = Table(
    "scenarios",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("data_set_id", String(80), ForeignKey(data_sets.c.id), nullable=False, index=True),
    Column("changes", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("author", String(80), nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("changed_by", String(80), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("deleted_at", Moment),
)
sweeps = Table(
    "sweeps",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("data_set_id", String(80), ForeignKey(data_sets.c.id), nullable=False, index=True),
    Column("data_digest", String(64), nullable=False, info=TREE),
    Column("axes", JSON, nullable=False),
    Column("scenarios", JSON, nullable=False),
    Column("with_base", Boolean, nullable=False),
    Column("author", String(80), nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("job_id", String(80), nullable=False, info=refers_to("jobs.id")),
    Column("output_digest", String(64), info=TREE),
    Column("deleted_at", Moment),
)


@dataclass(frozen=True)
class ScenarioRow:
    """Named changes on a data set.

    Parameters
    ----------
    id, name, note
        Stable id; name and purpose for people.
    data_set_id
        What they change.
    changes
        The changes as plain values, as `planner.scenarios.to_json` makes them.
    revision
        Counts the changes to the scenario: 0 at first.
    author, created_at, changed_by, changed_at
        Who made it and when, who changed it last and when.
    deleted_at
        When it was deleted; None while it is there.
    """

    id: str
    name: str
    note: str
    data_set_id: str
    changes: list[dict[str, Any]]
    revision: int
    author: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    deleted_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return name, note and changes as `planner.scenarios.named_from_json` takes them."""
        return {"name": self.name, "note": self.note, "changes": self.changes}


@dataclass(frozen=True)
class SweepRow:
    """Many cases solved together.

    Parameters
    ----------
    id, name
        Stable id; name for people.
    data_set_id, data_digest
        What is solved, and the tree of files that this was at the time.
    axes
        The grid, each axis as written.
    scenarios
        The scenarios as they were at the time: `ScenarioRow.as_json` with the ``id``.
    with_base
        Whether the base without any change is a case too.
    author, created_at
        Who asked for it, and when.
    job_id
        The job that solves it.
    output_digest
        The tree of its outputs; None until it has ended.
    deleted_at
        When it was deleted; None while it is there.
    """

    id: str
    name: str
    data_set_id: str
    data_digest: str
    axes: list[str]
    scenarios: list[dict[str, Any]]
    with_base: bool
    author: str
    created_at: datetime
    job_id: str
    output_digest: str | None = field(default=None)
    deleted_at: datetime | None = None


def add_scenario(
    transaction: Connection,
    name: str,
    note: str,
    data_set_id: str,
    changes: list[dict[str, Any]],
    author: str,
) -> ScenarioRow:
    """Add a scenario."""
    at = now()
    added = ScenarioRow(new_id(name), name, note, data_set_id, changes, 0, author, at, author, at)
    transaction.execute(insert(scenarios).values(**added.__dict__))
    return added


def scenario(connection: Connection, scenario_id: str, *, lock: bool = False) -> ScenarioRow | None:
    """Return a scenario, locked against changes by others where asked; None where there is none (any more)."""
    wanted = select(scenarios).where(scenarios.c.id == scenario_id, scenarios.c.deleted_at.is_(None))
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else ScenarioRow(**row._mapping)


def all_scenarios(
    connection: Connection,
    *,
    data_set_id: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[ScenarioRow]:
    """Return scenarios, newest first: those of before a moment and id, where these are given."""
    rows = connection.execute(_newest(scenarios, data_set_id, before, limit))
    return [ScenarioRow(**row._mapping) for row in rows]


def change_scenario(
    transaction: Connection,
    before: ScenarioRow,
    name: str,
    note: str,
    changes: list[dict[str, Any]],
    who: str,
) -> ScenarioRow:
    """Replace what a scenario says, and count the change."""
    values = {"name": name, "note": note, "changes": changes, "changed_by": who, "changed_at": now()}
    values["revision"] = before.revision + 1
    transaction.execute(update(scenarios).where(scenarios.c.id == before.id).values(**values))
    return ScenarioRow(**{**before.__dict__, **values})


def delete_scenario(transaction: Connection, scenario_id: str) -> None:
    """Delete a scenario: nothing answers for it any more. Its row stays for plans that were made from it."""
    transaction.execute(update(scenarios).where(scenarios.c.id == scenario_id).values(deleted_at=now()))


def add_sweep(
    transaction: Connection,
    sweep_id: str,
    name: str,
    of: DataSet,
    axes: list[str],
    of_scenarios: list[dict[str, Any]],
    author: str,
    job_id: str,
    *,
    with_base: bool,
) -> SweepRow:
    """Add a sweep that is to be solved by a job."""
    added = SweepRow(sweep_id, name, of.id, of.digest, axes, of_scenarios, with_base, author, now(), job_id)
    transaction.execute(insert(sweeps).values(**added.__dict__))
    return added


def sweep(connection: Connection, sweep_id: str, *, lock: bool = False) -> SweepRow | None:
    """Return a sweep, locked against changes by others where asked; None where there is none (any more)."""
    wanted = select(sweeps).where(sweeps.c.id == sweep_id, sweeps.c.deleted_at.is_(None))
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else SweepRow(**row._mapping)


def all_sweeps(
    connection: Connection,
    *,
    data_set_id: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[SweepRow]:
    """Return sweeps, newest first: those of before a moment and id, where these are given."""
    rows = connection.execute(_newest(sweeps, data_set_id, before, limit))
    return [SweepRow(**row._mapping) for row in rows]


def end_sweep(transaction: Connection, sweep_id: str, output_digest: str) -> None:
    """Say what came out of a sweep."""
    transaction.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(output_digest=output_digest))


def delete_sweep(transaction: Connection, sweep_id: str) -> None:
    """Delete a sweep: nothing answers for it any more."""
    transaction.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(deleted_at=now()))


def _newest(table: Table, data_set_id: str | None, before: tuple[datetime, str] | None, limit: int) -> Any:
    wanted = select(table).where(table.c.deleted_at.is_(None))
    if data_set_id is not None:
        wanted = wanted.where(table.c.data_set_id == data_set_id)
    return newest_first(wanted, table.c.created_at, table.c.id, before, limit)
