"""The database of the service: SQLite in a file, or PostgreSQL by URL; the same code over both.

Every change happens inside one transaction (`Database.writing`) together with its entry in the audit trail: both are
there, or neither. Reading never waits for writing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from planner.errors import PlannerError

MIGRATIONS = Path(__file__).parent / "migrations"
_SECONDS_FOR_A_LOCK = 60
_LOCK = 0x6D69_6772_6174_65  # any number that no other lock uses
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the store; each room of it states its own beside the code that reads and writes them."""


class StoreError(PlannerError):
    """The store cannot be used as it is."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; comes back with its time zone from SQLite too, to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse moments without a time zone, store the others in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """Return the present moment, with time zone."""
    return datetime.now(UTC)


class Database:
    """A database and how to reach it.

    Parameters
    ----------
    url
        SQLAlchemy URL: ``sqlite:///path/to/file`` or ``postgresql+psycopg://user:password@host/name``.

    Attributes
    ----------
    before_commit
        Called with every transaction before it is committed.

    Raises
    ------
    StoreError
        Where the URL is none, or of another kind of database.
    """

    def __init__(self, url: str) -> None:
        self.url = _known(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            # Connections are kept: the last one that closes would have all of the write-ahead log written back.
            self._engine = create_engine(
                self.url,
                poolclass=QueuePool,
                pool_size=10,
                max_overflow=-1,
                connect_args={"timeout": _SECONDS_FOR_A_LOCK, "check_same_thread": False},
            )
            event.listen(self._engine, "connect", _prepare_sqlite)
        else:
            self._engine = create_engine(self.url, pool_size=10, max_overflow=20, pool_pre_ping=True)
        self.before_commit: list[Callable[[Connection], None]] = []
        # One writer at a time inside a process: SQLite would have the others sleep and try again.
        self._turn = threading.Lock() if self.is_sqlite else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read with. For several questions about the same moment see `snapshot`."""
        with self._engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection whose every answer is of the same moment, whatever others commit meanwhile; to read only.

        Unlike with `reading`, this holds on PostgreSQL for several questions too.
        """
        if self.is_sqlite:
            with self.reading() as connection:
                yield connection
            return
        with self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction; it is committed when the block ends without an error, and leaves nothing otherwise.

        On SQLite one block at a time writes. On PostgreSQL rows that are read to be changed have to be locked with
        ``with_for_update()``, which SQLite ignores.
        """
        if self._turn is None:
            with self._engine.begin() as connection:
                yield connection
                self._finish(connection)
            return
        with self._turn, self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                self._finish(connection)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _finish(self, connection: Connection) -> None:
        """Let those add to a transaction who asked for it with `before_commit`."""
        for hook in self.before_commit:
            hook(connection)

    def version(self) -> str | None:
        """Return the revision the database is at; None for an empty one.

        Raises
        ------
        StoreError
            Where the database cannot be reached, or is none.
        """
        try:
            with self.reading() as connection:
                return MigrationContext.configure(connection).get_current_revision()
        except DatabaseError as error:
            why = str(error.orig).strip().partition("\n")[0]
            raise StoreError(f"The database {self} cannot be used: {why}.") from error

    def migrate(self, revision: str = "head") -> None:
        """Bring the database to a revision, all steps or none.

        Raises
        ------
        StoreError
            Where the database was written by a later version of this product.
        """
        at = self.version()
        if at == (revisions()[-1] if revision == "head" else revision):
            return
        refuse_later(at)
        with self.writing() as connection:
            upgrade(connection, revision)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __str__(self) -> str:
        """Return the URL without its password."""
        return str(self.url.render_as_string(hide_password=True))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@lru_cache(maxsize=1)
def revisions() -> tuple[str, ...]:
    """Return every revision of the store, the first one first."""
    script = ScriptDirectory.from_config(_config())
    return tuple(each.revision for each in script.walk_revisions())[::-1]


def refuse_later(revision: str | None) -> None:
    """Raise `StoreError` where a revision is one that this version of the product does not know."""
    if revision is not None and revision not in revisions():
        raise StoreError(
            f"The database was written by a later version of this product (revision {revision}). Install that version."
        )


def upgrade(transaction: Connection, revision: str = "head") -> None:
    """Bring a database to a revision inside a transaction; others who try the same wait, and find it done."""
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = _config()
    config.attributes["connection"] = transaction
    command.upgrade(config, revision)


def _known(url: str) -> Any:
    try:
        parsed = make_url(url)
    except Exception as error:
        raise StoreError(
            "The database URL cannot be read. It looks like sqlite:///plans/planner.db or "
            "postgresql+psycopg://user:password@host/name."
        ) from error
    if parsed.get_backend_name() == "postgresql" and parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"The store is kept in SQLite or PostgreSQL, not in {parsed.get_backend_name()!r}.")
    return parsed


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # Transactions are begun here, not by the driver, which would begin them too late for BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # what was acknowledged survives a loss of power
        "foreign_keys = ON",
        "cell_size_check = ON",
        "trusted_schema = OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
