"""Rows as lines of JSON and back, the same over every kind of database and at every revision.

Tables are taken as the database itself describes them, not as this version of the product states them, so that rows of
an earlier revision can be read and written too. A line holds one row: a column that is NULL is left out, moments are
ISO 8601 in UTC, bytes are Base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, Connection, Integer, MetaData, Table, Text, cast, insert, select, text, types

from data.store.database import StoreError

_PAGE = 1000
_NOT_ROWS = "alembic_version"


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables of a database as they are there, each after those that it refers to."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name != _NOT_ROWS)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return found.sorted_tables


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield the rows of a table as lines, each after those of the same table that it refers to."""
    names = [column.name for column in table.columns]
    # As text, so that JSON's null and no value at all stay apart.
    wanted = [cast(c, Text).label(c.name) if _is_json(c.type) else c for c in table.columns]
    as_json = {c.name for c in table.columns if _is_json(c.type)}
    rows = connection.execution_options(yield_per=_PAGE).execute(
        select(*wanted).order_by(*table.primary_key.columns)
    )
    plain = (
        {
            name: json.loads(value) if name in as_json else _out(value)
            for name, value in zip(names, row, strict=True)
            if value is not None
        }
        for row in rows
    )
    for content in _parents_first(plain, table):
        yield json.dumps(content, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def insert_lines(transaction: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Write rows that `lines_of` gave into a table and return how many they were.

    Raises
    ------
    StoreError
        Where a line is not a row of this table.
    """
    columns = {column.name: column for column in table.columns}
    count = 0
    for _, group in groupby(enumerate(lines), lambda pair: pair[0] // _PAGE):
        page = [_row(line, columns, table.name) for _, line in group]
        transaction.execute(insert(table), page)
        count += len(page)
    _move_on_sequences(transaction, table)
    return count


def count_of(connection: Connection, table: Table) -> int:
    """Return how many rows a table has."""
    return int(connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar_one())


def _is_json(kind: Any) -> bool:
    return isinstance(kind, JSON)


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode("ascii")
    return value


def _row(line: bytes, columns: dict[str, Any], table: str) -> dict[str, Any]:
    content = json.loads(line)
    if not isinstance(content, dict) or not content.keys() <= columns.keys():
        raise StoreError(f"The backup holds a row that the table {table!r} has no place for: {line[:200]!r}.")
    return {
        name: _in(content[name], column.type) if name in content else None for name, column in columns.items()
    }


def _in(value: Any, kind: Any) -> Any:
    if isinstance(kind, JSON):
        return JSON.NULL if value is None else value
    if isinstance(kind, types.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, types.Date):
        return date.fromisoformat(value)
    if isinstance(kind, types.LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, types.Numeric) and isinstance(value, str):
        return Decimal(value)
    return value


def _parents_first(rows: Iterable[dict[str, Any]], table: Table) -> Iterator[dict[str, Any]]:
    """Yield rows so that each comes after the row of the same table that it refers to."""
    own = [key for key in table.foreign_keys if key.column.table is table]
    if not own:
        yield from rows
        return
    pairs = [(key.parent.name, key.column.name) for key in own]
    waiting = list(rows)
    there: dict[str, set[Any]] = {target: set() for _, target in pairs}
    while waiting:
        ready = [
            row
            for row in waiting
            if all(row.get(name) is None or row[name] in there[target] for name, target in pairs)
        ]
        if not ready:
            raise StoreError(f"Rows of the table {table.name!r} refer to each other in a circle.")
        yield from ready
        for target in there:
            there[target] |= {row[target] for row in ready}
        taken = {id(row) for row in ready}
        waiting = [row for row in waiting if id(row) not in taken]


def _move_on_sequences(transaction: Connection, table: Table) -> None:
    """Let numbers that PostgreSQL hands out go on after those that were written."""
    if transaction.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer) or column.server_default is None:
            continue
        transaction.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{column.name}'), "
                f'(SELECT coalesce(max("{column.name}"), 0) + 1 FROM "{table.name}"), false)'
            )
        )
