"""What columns point to beyond what the database itself knows: files of the store, rows of tables that come later.

A column that holds a digest of the store says so, so that backups take the files along, that nothing which is in use is
cleaned away, and that a check finds what is missing::

    Column("output_digest", String(64), info=TREE)
    Column("job_id", String(80), info=refers_to("jobs.id"))
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Connection, select

from data.store.database import metadata

TREE: dict[str, Any] = {"object": "tree"}
"""The column holds digests of trees (`ObjectStore.put_tree`)."""
FILE: dict[str, Any] = {"object": "file"}
"""The column holds digests of single files (`ObjectStore.put_file`, `put_bytes`)."""
NO_OBJECT: dict[str, Any] = {"object": None}
"""The column holds digests of something else, such as a state: nothing in the store has this name."""


def refers_to(column: str) -> dict[str, Any]:
    """Return what says that a column points to another, as ``table.column``, where no foreign key can say it."""
    return {"refers": column}


def columns_with_objects(kind: str) -> list[Column[Any]]:
    """Return the columns of every table that hold digests of a kind, ``tree`` or ``file``."""
    return [c for table in metadata.sorted_tables for c in table.columns if c.info.get("object") == kind]


def soft_references() -> list[tuple[Column[Any], Column[Any]]]:
    """Return pairs of a column and the one it points to, where no foreign key says so."""
    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            if (target := column.info.get("refers")) is not None:
                name, _, key = target.partition(".")
                found.append((column, metadata.tables[name].c[key]))
    return found


def objects_in_use(connection: Connection, kind: str) -> Iterator[str]:
    """Yield the digests of a kind, ``tree`` or ``file``, that rows name; each may come more than once."""
    for column in columns_with_objects(kind):
        yield from connection.execute(select(column).where(column.is_not(None)).distinct()).scalars()
