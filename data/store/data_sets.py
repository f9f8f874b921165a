"""Data sets: plan folders that were uploaded, imported or shipped as samples. Their files never change.

A data set is a name for a tree of the store. The product's samples are data sets too; where a later version of the
product ships other files under the same name, the name moves on, and plans keep the tree that they were made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Column, Connection, String, Table, insert, select, update

from data.store.database import Moment, StoreError, metadata, now
from data.store.ids import new_id
from data.store.references import TREE

Source = Literal["sample", "upload", "import"]

data_sets = Table(
    "data_sets",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("source", String(20), nullable=False),
    Column("digest", String(64), nullable=False, info=TREE),
    Column("added_at", Moment, nullable=False),
    Column("added_by", String(80), nullable=False),
    Column("deleted_at", Moment),
)


@dataclass(frozen=True)
class DataSet:
    """A plan folder in the store.

    Parameters
    ----------
    id, name
        Stable id; name for people.
    source
        ``sample``, ``upload`` or ``import``.
    digest
        The tree that holds its files.
    added_at, added_by
        When it came in, and the id of who brought it.
    deleted_at
        When it was deleted; None while it is there.
    """

    id: str
    name: str
    source: Source
    digest: str
    added_at: datetime
    added_by: str
    deleted_at: datetime | None = None


def add_data_set(
    transaction: Connection,
    name: str,
    source: Source,
    digest: str,
    added_by: str,
    *,
    data_set_id: str | None = None,
    added_at: datetime | None = None,
) -> DataSet:
    """Add a data set whose tree is in the store already.

    Parameters
    ----------
    data_set_id, added_at
        Where they are known, as for samples; a fresh id and the present moment where not.
    """
    added = DataSet(data_set_id or new_id(name), name, source, digest, added_at or now(), added_by)
    transaction.execute(insert(data_sets).values(**added.__dict__))
    return added


def data_set(connection: Connection, data_set_id: str, *, lock: bool = False) -> DataSet | None:
    """Return a data set, None where there is none (any more).

    Parameters
    ----------
    lock
        Whether others have to wait until the transaction ends before they can change it.
    """
    wanted = select(data_sets).where(data_sets.c.id == data_set_id, data_sets.c.deleted_at.is_(None))
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else DataSet(**row._mapping)


def all_data_sets(connection: Connection) -> list[DataSet]:
    """Return every data set: those that were brought in, newest first, then samples by name."""
    wanted = select(data_sets).where(data_sets.c.deleted_at.is_(None))
    rows = [DataSet(**row._mapping) for row in connection.execute(wanted)]
    brought = [row for row in rows if row.source != "sample"]
    samples = [row for row in rows if row.source == "sample"]
    return sorted(brought, key=lambda row: (row.added_at, row.id), reverse=True) + sorted(
        samples, key=lambda row: row.name
    )


def names(connection: Connection) -> dict[str, str]:
    """Return the name of every data set by its id, of deleted ones too: plans still say what they were made from."""
    return {row.id: row.name for row in connection.execute(select(data_sets.c.id, data_sets.c.name))}


def put_sample(
    transaction: Connection, data_set_id: str, name: str, digest: str, added_by: str
) -> DataSet | None:
    """Let the id of a sample stand for a tree, as this version of the product ships it.

    Returns
    -------
    The data set as it was before; None where there was none.

    Raises
    ------
    StoreError
        Where the id is that of a data set that somebody brought in.
    """
    row = transaction.execute(
        select(data_sets).where(data_sets.c.id == data_set_id).with_for_update()
    ).first()
    if row is None:
        add_data_set(transaction, name, "sample", digest, added_by, data_set_id=data_set_id)
        return None
    if row.source != "sample":
        raise StoreError(
            f"The sample {data_set_id!r} has the id of the data set {row.name!r}. Rename its folder."
        )
    transaction.execute(
        update(data_sets)
        .where(data_sets.c.id == data_set_id)
        .values(name=name, digest=digest, added_at=now(), added_by=added_by, deleted_at=None)
    )
    return DataSet(**row._mapping)


def remove_data_set(transaction: Connection, data_set_id: str) -> None:
    """Delete a data set that no plan uses: nothing answers for it any more. Its row stays for those who refer to it."""
    transaction.execute(update(data_sets).where(data_sets.c.id == data_set_id).values(deleted_at=now()))
