"""Whether a store is whole: its revision, its files, what its rows refer to, its audit trail."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, select, text

from data.audit.report import Check
from data.store import references, trail
from data.store.backup import end_of_trail, objects_named, revision_of
from data.store.backup_rows import tables_of
from data.store.database import StoreError, revisions
from data.store.objects import ObjectStore
from data.store.opening import Store

YOUNG_S = 24 * 3600.0
"""Seconds for which a file that nothing names is left alone: a row that names it may be on its way."""
_SHOWN = 5


def check_store(store: Store) -> list[Check]:
    """Return what was checked and whether it holds, while others may go on working.

    Raises
    ------
    StoreError
        Where there is no store, or one of a later version of the product.
    """
    with store.database.snapshot() as connection:
        tables = tables_of(connection)
        checks = [_revision(revision_of(connection)), _database(connection)]
        faults = broken_references(connection, tables)
        checks.append(Check("references", not faults, _told(faults, "every row refers to what is there")))
        checks.append(_trail(connection, tables))
        trees, files = (set(objects_named(connection, tables, kind)) for kind in ("tree", "file"))
    missing = missing_objects(store.objects, trees, files)
    detail = _told(missing, f"{len(trees)} folder(s) and {len(files)} file(s) that rows name are there")
    checks.append(Check("files present", not missing, detail))
    damaged = list(store.objects.damaged())
    checks.append(Check("files undamaged", not damaged, _told(damaged, "every file is what it was")))
    return checks


def missing_objects(objects: ObjectStore, trees: set[str], files: set[str]) -> list[str]:
    """Return the digests of what trees and files need and a store does not have."""
    missing = {digest for digest in trees | files if not objects.has(digest)}
    for tree in trees - missing:
        try:
            manifest = objects.manifest(tree)
        except StoreError:  # its list of files is damaged, which is told elsewhere
            continue
        missing |= {file for file, _ in manifest.values() if not objects.has(file)}
    return sorted(missing)


def broken_references(connection: Connection, tables: Iterable[Table]) -> list[str]:
    """Return, in words, what rows refer to that is not there."""
    there = {table.name: table for table in tables}
    found = []
    if connection.dialect.name == "sqlite":
        for table, _, target, _ in connection.execute(text("PRAGMA foreign_key_check")):
            found.append(f"A row of {table} refers to a row of {target} that is not there.")
    for column, target in references.soft_references():
        if column.table.name not in there or target.table.name not in there:
            continue
        ours, theirs = there[column.table.name], there[target.table.name]
        own, other = ours.c[column.name], theirs.c[target.name]
        lost = select(own).where(own.is_not(None), own.not_in(select(other))).distinct()
        found += [
            f"{ours.name}.{own.name} {value!r} is not in {theirs.name}."
            for value in connection.execute(lost).scalars()
        ]
    return found


def _revision(at: str) -> Check:
    head = revisions()[-1]
    detail = (
        f"{at}, the newest"
        if at == head
        else f"{at}; this version of the product starts by moving it to {head}"
    )
    return Check("revision", at == head, detail)


def _database(connection: Connection) -> Check:
    if connection.dialect.name != "sqlite":
        return Check("database", True, "answers")
    faults = [row for row in connection.execute(text("PRAGMA integrity_check")).scalars() if row != "ok"]
    return Check("database", not faults, _told(faults, "the file is sound"))


def _trail(connection: Connection, tables: list[Table]) -> Check:
    broken = trail.broken(connection)
    number, last = end_of_trail(connection, tables)
    return Check("audit trail", broken is None, broken or f"unbroken, {number} entries, head {number}:{last}")


def _told(faults: list[str], otherwise: str) -> str:
    if not faults:
        return otherwise
    more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return "; ".join(faults[:_SHOWN]) + more


@dataclass(frozen=True)
class Cleaned:
    """What was cleaned away: files and their bytes, and views of what is no longer there."""

    files: int
    file_bytes: int
    views: int


def clean_store(store: Store, older_than_s: float = YOUNG_S) -> Cleaned:
    """Delete files that no row names, and views of them; others may go on working.

    Parameters
    ----------
    older_than_s
        Seconds since a file was last taken in, below which it stays.

    Raises
    ------
    StoreError
        Where a folder's list of files is missing or damaged: what it names cannot be told from what nothing names.
    """
    with store.database.snapshot() as connection:
        trees = set(references.objects_in_use(connection, "tree"))
        keep = set(references.objects_in_use(connection, "file"))
    keep |= store.objects.reachable(trees)
    count, size = store.objects.drop_all_but(keep, older_than_s)
    views = [path for path in store.views.iterdir() if not store.objects.has(path.name.split(".")[0])]
    for path in views:
        shutil.rmtree(path, ignore_errors=True)
    return Cleaned(count, size, len(views))
