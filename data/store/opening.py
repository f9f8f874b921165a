"""A store put together: its database at the newest revision, its files, its folders for work in progress."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy.exc import SQLAlchemyError

from data.store import rooms
from data.store.database import Database, StoreError, refuse_later
from data.store.objects import ObjectStore

__all__ = ["Store", "database_of", "existing_store", "open_store", "rooms"]
DATABASE = "planner.db"
"""Name of the SQLite file in the folder of a store."""


@dataclass(frozen=True)
class Store:
    """What the service keeps.

    Parameters
    ----------
    root
        Folder of the store.
    database
        Its records.
    objects
        Its files.
    """

    root: Path
    database: Database
    objects: ObjectStore

    @property
    def scratch(self) -> Path:
        """Folder for what is being made and can be thrown away after a restart."""
        return self.root / "scratch"

    @property
    def views(self) -> Path:
        """Folder for what can be made anew from trees, by their digests: map layers and the like."""
        return self.root / "views"

    def answers(self) -> bool:
        """Return whether the database answers."""
        try:
            with self.database.reading() as connection:
                return connection.exec_driver_sql("SELECT 1").scalar() == 1
        except SQLAlchemyError:
            return False

    def writable(self) -> bool:
        """Return whether files can be written."""
        try:
            with TemporaryFile(dir=self.scratch) as probe:
                return probe.write(b"1") == 1
        except OSError:
            return False

    def job_counts(self) -> dict[str, int]:
        """Return how many jobs are in each state."""
        with self.database.reading() as connection:
            return rooms.jobs.counts(connection)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_store(root: Path, url: str | None = None) -> Store:
    """Open a store, made where it is missing, at the newest revision.

    Parameters
    ----------
    root
        Folder for files, and for the database where `url` names none.
    url
        SQLAlchemy URL of the database; None for SQLite in ``planner.db`` of the folder.

    Raises
    ------
    StoreError
        Where the database is of another kind, or was written by a later version of this product.
    """
    root = root.resolve()
    root.mkdir(parents=True, exist_ok=True)
    database = database_of(root, url)
    with _closed_on_error(database):
        database.migrate()
    return _put_together(root, database)


def existing_store(root: Path, url: str | None = None) -> Store:
    """Open a store that is there, at the revision it is at.

    Parameters
    ----------
    root, url
        As for `open_store`.

    Raises
    ------
    StoreError
        Where there is none, or one that was written by a later version of this product.
    """
    root = root.resolve()
    if not root.is_dir() or (url is None and not (root / DATABASE).is_file()):
        raise StoreError(f"There is no store in {root}. Name its folder with --workspace.")
    database = database_of(root, url)
    with _closed_on_error(database):
        revision = database.version()
        if revision is None:
            raise StoreError(f"There is no store: the database {database} is empty.")
        refuse_later(revision)
    return _put_together(root, database)


def database_of(root: Path, url: str | None = None) -> Database:
    """Return the database of a store, as it is; see `open_store` for the parameters."""
    return Database(url or f"sqlite:///{root.resolve() / DATABASE}")


@contextmanager
def _closed_on_error(database: Database) -> Iterator[None]:
    try:
        yield
    except BaseException:
        database.close()
        raise


def _put_together(root: Path, database: Database) -> Store:
    store = Store(root, database, ObjectStore(root))
    for folder in (store.scratch, store.views):
        folder.mkdir(exist_ok=True)
    return store


def clear_scratch(store: Store) -> None:
    """Throw away what an earlier run left unfinished; only where no other process works on the store."""
    for left_behind in store.scratch.iterdir():
        shutil.rmtree(left_behind, ignore_errors=True)
