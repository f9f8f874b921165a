"""A backup: everything the store keeps in one ZIP file, at one moment, while others go on working.

Layout::

    manifest.json        what is in it: revision, rows and SHA-256 of every table, objects, end of the audit trail
    tables/NAME.jsonl    rows, one a line (`data.store.backup_rows`); tables in the order to write them in
    objects/ab/abcd…     files by their SHA-256

It holds nothing of the kind of database it came from: one made from SQLite is restored into PostgreSQL and back.
Rows are read in one snapshot; files never change, so those that the rows name can be copied afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Table, select, text

from data.store import references
from data.store.backup_rows import lines_of, tables_of
from data.store.database import StoreError, now, refuse_later
from data.store.opening import Store

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class BackedUpTable:
    """What a backup holds of one table: how many rows, and the SHA-256 of their lines."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Parameters
    ----------
    format, product, made_at
        Version of the layout; version of the product that wrote it; when, ISO 8601.
    revision
        Revision of the database.
    tables
        In the order in which they have to be written.
    objects, object_bytes
        How many files, and their size together.
    trail_number, trail_hash
        Number and hash of the last entry of the audit trail; 0 and empty where there was none.
    missing
        Digests of files that rows name and that the store no longer had, or had damaged.
    """

    format: int
    product: str
    made_at: str
    revision: str
    tables: list[BackedUpTable] = field(default_factory=list)
    objects: int = 0
    object_bytes: int = 0
    trail_number: int = 0
    trail_hash: str = ""
    missing: list[str] = field(default_factory=list)

    def as_json(self) -> bytes:
        """Return the manifest as it stands in a backup."""
        return json.dumps(asdict(self), indent=1).encode("utf-8")

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Return the manifest of a backup; `StoreError` where that is none."""
        try:
            found: dict[str, Any] = json.loads(content)
            if found["format"] != FORMAT:
                raise StoreError(
                    "The backup was written by a later version of this product. Install that version."
                )
            return cls(**{**found, "tables": [BackedUpTable(**table) for table in found["tables"]]})
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                "The backup has no manifest that can be read: it is none, or is damaged."
            ) from error


def write_backup(store: Store, path: Path, product: str) -> Manifest:
    """Write everything the store keeps to `path`, which is complete or not there.

    Files that are missing or damaged do not keep the rest from being saved: the manifest lists them.

    Parameters
    ----------
    product
        Version of the product, to be told in the manifest.

    Raises
    ------
    StoreError
        Where `path` exists, or the store is empty or of a later version of the product.
    """
    if path.exists():
        raise StoreError(f"{path} exists; nothing is overwritten. Choose another name.")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as target:
            beside.chmod(0o600)  # it holds customers, quotas and hashes of passwords
            manifest = _write(store, target, product)
            target.flush()
            os.fsync(target.fileno())
        _place(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return manifest


def _place(beside: Path, path: Path) -> None:
    try:
        os.link(beside, path)  # unlike renaming, this fails where another one was quicker
    except FileExistsError:
        raise StoreError(f"{path} exists; nothing is overwritten. Choose another name.") from None
    except OSError:  # a file system without links
        beside.rename(path)


def _write(store: Store, target: IO[bytes], product: str) -> Manifest:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        with store.database.snapshot() as connection:
            revision = revision_of(connection)
            tables = tables_of(connection)
            written = [_write_table(archive, connection, table) for table in tables]
            number, last = end_of_trail(connection, tables)
            trees, files = (set(objects_named(connection, tables, kind)) for kind in ("tree", "file"))
        count, size, missing = _write_objects(archive, store, trees, files)
        manifest = Manifest(
            FORMAT,
            product,
            now().isoformat(),
            revision,
            written,
            count,
            size,
            number,
            last,
            missing,
        )
        archive.writestr(MANIFEST, manifest.as_json())
    return manifest


def revision_of(connection: Connection) -> str:
    """Return the revision of a database; `StoreError` where it holds no store, or one of a later version."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        raise StoreError("There is no store: the database is empty.")
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if revision is None:
        raise StoreError("There is no store: the database is empty.")
    refuse_later(str(revision))
    return str(revision)


def end_of_trail(connection: Connection, tables: Iterable[Table]) -> tuple[int, str]:
    """Return number and hash of the last entry of the audit trail; 0 and empty where there is none."""
    for table in tables:
        if table.name == "trail":
            wanted = select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)
            row = connection.execute(wanted).first()
            if row is not None:
                return int(row.number), str(row.hash)
    return 0, ""


def objects_named(connection: Connection, tables: Iterable[Table], kind: str) -> Iterator[str]:
    """Yield the digests of a kind, ``tree`` or ``file``, that rows name in tables as a database describes them."""
    known = {(c.table.name, c.name) for c in references.columns_with_objects(kind)}
    for table in tables:
        for column in table.columns:
            if (table.name, column.name) in known:
                wanted = select(column).where(column.is_not(None)).distinct()
                yield from connection.execute(wanted).scalars()


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> BackedUpTable:
    rows, seen = 0, hashlib.sha256()
    with archive.open(name_of_table(table.name), "w", force_zip64=True) as entry:
        for line in lines_of(connection, table):
            entry.write(line)
            seen.update(line)
            rows += 1
    return BackedUpTable(table.name, rows, seen.hexdigest())


def name_of_table(name: str) -> str:
    """Return where a backup keeps the rows of a table."""
    return f"tables/{name}.jsonl"


def name_of_object(digest: str) -> str:
    """Return where a backup keeps the file of a digest."""
    return f"objects/{digest[:2]}/{digest}"


def _write_objects(
    archive: zipfile.ZipFile, store: Store, trees: set[str], files: set[str]
) -> tuple[int, int, list[str]]:
    """Write what trees and files are made of; return how many files, their bytes, and what was missing or damaged."""
    wanted, missing = set(files), set()
    for tree in sorted(trees):
        wanted.add(tree)
        try:
            wanted |= {file for file, _ in store.objects.manifest(tree).values()}
        except StoreError:
            missing.add(tree)
    count = size = 0
    for digest in sorted(wanted - missing):
        if not store.objects.has(digest) or store.objects.is_damaged(digest):
            missing.add(digest)
            continue
        with (
            store.objects.path(digest).open("rb") as source,
            archive.open(name_of_object(digest), "w", force_zip64=True) as entry,
        ):
            while chunk := source.read(_CHUNK):
                entry.write(chunk)
                size += len(chunk)
        count += 1
    return count, size, sorted(missing)
