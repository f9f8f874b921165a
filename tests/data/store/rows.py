"""Rows for every table of a store, as its database describes them at whatever revision it is at."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Table, insert, types

from data.store import references, trail
from data.store.backup_rows import tables_of
from data.store.opening import Store

ROWS = 2
"""Rows that every table gets: all columns filled, and those that may be empty left empty."""
START = datetime(2026, 1, 5, 9, 30, 0, 123456, tzinfo=UTC)


def fill(store: Store) -> None:
    """Add rows to every table, referring to each other as they must, and naming files that are there."""
    made: dict[str, list[dict[str, Any]]] = {}
    with store.database.writing() as transaction:
        tables = tables_of(transaction)
        for table in tables:
            if table.name == "trail":
                continue
            made[table.name] = []
            for n in range(ROWS):
                row = _row(store, table, n, made)
                made[table.name].append(row)
                transaction.execute(insert(table), [row])
        for n in range(ROWS):
            trail.append(
                transaction, who="ann", what="x.do", kind="x", subject=f"x{n}", new={"n": n + 0.5, "ö": None}
            )


def _row(store: Store, table: Table, n: int, made: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    objects = {
        column.name: kind
        for kind in ("tree", "file")
        for column in references.columns_with_objects(kind)
        if column.table.name == table.name
    }
    pointers = {
        own.name: other for own, other in references.soft_references() if own.table.name == table.name
    }
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.nullable and n == ROWS - 1:
            row[column.name] = None
        elif column.name in objects:
            row[column.name] = _digest(store, objects[column.name], f"{table.name}.{column.name}.{n}")
        elif column.name in pointers:
            target = pointers[column.name]
            there = made.get(target.table.name)
            row[column.name] = there[n][target.name] if there else None
        else:
            row[column.name] = _value(table, column, n)
    for constraint in table.foreign_key_constraints:
        row |= _referring(table, constraint, row, n, made)
    return row


def _referring(
    table: Table,
    constraint: ForeignKeyConstraint,
    row: dict[str, Any],
    n: int,
    made: dict[str, list[dict[str, Any]]],
) -> dict[str, Any]:
    names = [(element.parent.name, element.column.name) for element in constraint.elements]
    if all(row[own] is None for own, _ in names):
        return {}
    target = constraint.referred_table
    if target is table:  # the last row that was made; the first refers to nothing or to itself
        rows = made[table.name]
        return {
            own: rows[-1][other] if rows else (None if table.c[own].nullable else row[other])
            for own, other in names
        }
    return {own: made[target.name][n][other] for own, other in names}


def _digest(store: Store, kind: str, content: str) -> str:
    if kind == "file":
        return store.objects.put_bytes(content.encode())
    with TemporaryDirectory() as folder:
        (Path(folder) / "file.txt").write_text(content, encoding="utf-8")
        return store.objects.put_tree(Path(folder))


def _value(table: Table, column: Column[Any], n: int) -> Any:
    kind = column.type
    if isinstance(kind, types.JSON):
        return {"n": n, "ö": [1.5, None, "x"]}
    if isinstance(kind, types.DateTime):
        return START + timedelta(hours=n)
    if isinstance(kind, types.Date):
        return date(2026, 1, 5 + n)
    if isinstance(kind, types.Boolean):
        return n == 0
    if isinstance(kind, types.Integer):
        return n + 1
    if isinstance(kind, types.Float):
        return n + 0.1
    if isinstance(kind, types.Numeric):
        return Decimal("1.25") + n
    if isinstance(kind, types.LargeBinary):
        return bytes([0, 255, n])
    text = f"{table.name} {column.name} é {n}"
    return text[-kind.length :] if isinstance(kind, types.String) and kind.length else text
