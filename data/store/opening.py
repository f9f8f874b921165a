"""A store put together: its database at the newest revision, its files, its folders for work in progress."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from data.store import rooms
from data.store.database import Database
from data.store.objects import ObjectStore

__all__ = ["Store", "open_store", "rooms"]


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
    database = Database(url or f"sqlite:///{root / 'planner.db'}")
    database.migrate()
    store = Store(root, database, ObjectStore(root))
    for folder in (store.scratch, store.views):
        folder.mkdir(exist_ok=True)
    return store


def clear_scratch(store: Store) -> None:
    """Throw away what an earlier run left unfinished; only where no other process works on the store."""
    for left_behind in store.scratch.iterdir():
        shutil.rmtree(left_behind, ignore_errors=True)
