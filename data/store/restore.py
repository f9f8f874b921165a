"""Restores a backup into an empty store: everything is verified before anything is visible.

Files go first: without rows that name them nobody sees them. Then one transaction makes the tables as they were when
the backup was written, fills them, brings them to the newest revision, verifies the whole, and is committed or leaves
nothing.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Table, text

from data.store import trail
from data.store.backup import (
    MANIFEST,
    BackedUpTable,
    Manifest,
    end_of_trail,
    name_of_object,
    name_of_table,
    objects_named,
)
from data.store.backup_rows import count_of, insert_lines, tables_of
from data.store.check import broken_references
from data.store.database import Database, StoreError, refuse_later, upgrade
from data.store.objects import ObjectStore
from data.store.opening import database_of


def restore(path: Path, root: Path, url: str | None = None) -> Manifest:
    """Restore a backup and return what it held.

    Parameters
    ----------
    path
        A backup, of this or an earlier version of the product.
    root, url
        Where the store is to be, as for `data.store.opening.open_store`.

    Raises
    ------
    StoreError
        Where the file is no backup, is damaged, or is of a later version of the product; where the store is not empty.
        Nothing is there then that was not there before.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest_of(archive)
            refuse_later(manifest.revision)
            root.mkdir(parents=True, exist_ok=True)
            database = database_of(root, url)
            try:
                _restore(archive, manifest, database, ObjectStore(root))
            finally:
                database.close()
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise StoreError(f"The backup {path} is damaged or is none: {error}.") from error
    return manifest


def _restore(archive: zipfile.ZipFile, manifest: Manifest, database: Database, objects: ObjectStore) -> None:
    with database.reading() as connection:
        _tables_without_rows(connection)  # before files are copied for nothing
    added: list[str] = []
    try:
        _take_in(archive, manifest, objects, added)
        with database.writing() as transaction:
            _clear(transaction)
            upgrade(transaction, manifest.revision)
            _fill(archive, manifest, transaction)
            upgrade(transaction)
            _verify(manifest, transaction, objects)
    except BaseException:
        for digest in added:
            objects.drop(digest)
        raise


def _manifest_of(archive: zipfile.ZipFile) -> Manifest:
    try:
        return Manifest.from_json(archive.read(MANIFEST))
    except KeyError:
        raise StoreError("The backup has no manifest that can be read: it is none, or is damaged.") from None


def _tables_without_rows(connection: Connection) -> list[Table]:
    """Return the tables of a database, in the order of `tables_of`; `StoreError` where one has rows."""
    tables = tables_of(connection)
    filled = [table.name for table in tables if count_of(connection, table)]
    if filled:
        raise StoreError(
            f"The store is not empty (there are rows in {', '.join(filled[:5])}). "
            "Restore into a folder and a database of their own."
        )
    return tables


def _clear(transaction: Connection) -> None:
    """Drop the tables of a store that was opened and never used."""
    for table in reversed(_tables_without_rows(transaction)):
        table.drop(transaction)
    transaction.execute(text("DROP TABLE IF EXISTS alembic_version"))


def _take_in(archive: zipfile.ZipFile, manifest: Manifest, objects: ObjectStore, added: list[str]) -> None:
    names = [name for name in archive.namelist() if name.startswith("objects/")]
    for name in names:
        stated = name.rpartition("/")[2]
        if name != name_of_object(stated):
            raise StoreError(f"The backup is damaged: it holds {name[:100]!r}, which is no file of a store.")
        was_there = objects.has(stated)
        with archive.open(name) as stream:
            objects.put_stream(stream, expected=stated)
        if not was_there:
            added.append(stated)
    if len(names) != manifest.objects:
        raise StoreError(f"The backup is damaged: it holds {len(names)} files of {manifest.objects}.")


def _fill(archive: zipfile.ZipFile, manifest: Manifest, transaction: Connection) -> None:
    tables = {table.name: table for table in tables_of(transaction)}
    listed = [table.name for table in manifest.tables]
    if set(listed) != set(tables):
        differing = ", ".join(sorted(set(listed) ^ set(tables)))
        raise StoreError(f"The backup does not hold the tables of revision {manifest.revision}: {differing}.")
    for stated in manifest.tables:
        seen = hashlib.sha256()
        rows = insert_lines(transaction, tables[stated.name], _lines(archive, stated, seen))
        if rows != stated.rows or seen.hexdigest() != stated.sha256:
            raise StoreError(f"The backup is damaged: the rows of {stated.name} are not what they were.")
        if count_of(transaction, tables[stated.name]) != stated.rows:
            raise StoreError(f"Not every row of {stated.name} could be written.")


def _lines(archive: zipfile.ZipFile, stated: BackedUpTable, seen: hashlib._Hash) -> Iterator[bytes]:
    try:
        entry = archive.open(name_of_table(stated.name))
    except KeyError:
        raise StoreError(f"The backup is damaged: the rows of {stated.name} are missing.") from None
    with entry:
        for line in entry:
            seen.update(line)
            yield line


def _verify(manifest: Manifest, transaction: Connection, objects: ObjectStore) -> None:
    """Check what was restored, at the newest revision."""
    broken = trail.broken(transaction)
    if broken is not None:
        raise StoreError(f"The audit trail of the backup is broken. {broken}")
    tables = tables_of(transaction)
    if end_of_trail(transaction, tables) != (manifest.trail_number, manifest.trail_hash):
        raise StoreError("The audit trail of the backup does not end as its manifest says.")
    faults = broken_references(transaction, tables)
    if faults:
        raise StoreError(f"The backup contradicts itself: {faults[0]}")
    trees = set(objects_named(transaction, tables, "tree"))
    known_missing = set(manifest.missing)
    wanted = set(objects_named(transaction, tables, "file")) | objects.reachable(trees - known_missing)
    lacking = sorted(digest for digest in wanted - known_missing if not objects.has(digest))
    if lacking:
        raise StoreError(f"The backup lacks {len(lacking)} file(s) that its rows name, such as {lacking[0]}.")
