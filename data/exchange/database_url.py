"""Where a database is: read from a URL, opened for reading only, its password never shown."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from data.read.report import Report, shown

DIALECTS = ("postgresql", "mysql", "mariadb", "oracle", "sqlite")
"""Databases that can be asked for a transaction that only reads."""
DRIVERS = {"postgresql": "psycopg"}
"""Driver that is taken where the URL names none."""
_HIDDEN = "***"
_SECRET_WORDS = ("password", "passwd", "pwd", "secret", "token", "sslkey", "sslpassword", "passfile")


class Address:
    """A database URL whose secrets come out in no text of this module.

    Parameters
    ----------
    text
        SQLAlchemy URL, e.g. ``postgresql://ann@db.example.com/sales``.
    password
        Password, where it is not part of the URL.
    """

    def __init__(self, text: str, password: str | None = None) -> None:
        self._url: URL | None = None
        self._text = text
        try:
            self._url = make_url(text)
        except (ArgumentError, ValueError):
            return
        if password is not None:
            self._url = self._url.set(password=password)

    def __str__(self) -> str:
        if self._url is None:
            return _HIDDEN
        url = self._url
        hidden = {name: _HIDDEN for name in url.query if _secret(name)}
        return url.update_query_dict(hidden).render_as_string(hide_password=True)

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    @property
    def dialect(self) -> str:
        """Kind of database; ``""`` where the URL cannot be read."""
        return "" if self._url is None else self._url.get_backend_name()

    def masked(self, text: str) -> str:
        """Return `text` with every spelling of the secrets hidden."""
        secrets = [self._text] if "://" in self._text else []
        if self._url is not None:
            secrets += [str(self._url.password)] if self._url.password else []
            for name, value in self._url.query.items():
                if _secret(name):
                    secrets += [value] if isinstance(value, str) else list(value)
        spellings = {
            s for one in secrets for s in (one, quote(one, safe=""), quote_plus(one), repr(one)[1:-1])
        }
        for one in sorted(filter(None, spellings), key=len, reverse=True):
            text = text.replace(one, str(self) if one == self._text else _HIDDEN)
        return text

    def engine(self, report: Report, timeout_s: float, dialects: Collection[str] = DIALECTS) -> Engine | None:
        """Return what connects for reading only; None, reported, where the URL cannot be used."""
        url = self._url
        if url is None:
            report.error(
                "database_url",
                "This is no URL of a database.",
                "Write it as postgresql://user:password@host/name, or sqlite:///path/to/file.db.",
            )
            return None
        if self.dialect not in dialects or self.dialect not in DIALECTS:
            report.error(
                "database_kind",
                f"Databases of the kind {self.dialect!r} are not read here.",
                f"Use one of {', '.join(d for d in DIALECTS if d in dialects)}, or export the tables as files.",
                value=str(self),
            )
            return None
        if "+" not in url.drivername and self.dialect in DRIVERS:
            url = url.set(drivername=f"{self.dialect}+{DRIVERS[self.dialect]}")
        try:
            return _opened(url, timeout_s, report, str(self))
        except (ArgumentError, NoSuchModuleError, ImportError) as fault:
            report.error(
                "database_driver",
                f"The database cannot be reached from here: {shown(self.masked(str(fault)))}.",
                "Install its driver beside this program, or export the tables as files.",
                value=str(self),
            )
            return None


def _secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)


def _opened(url: URL, timeout_s: float, report: Report, told: str) -> Engine | None:
    arguments: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if not url.database or url.database == ":memory:" or not path.is_file():
            report.error("database_file", "There is no such file.", "Check the path.", value=told)
            return None
        # A plain path would make the file where it is missing, and could write to it.
        file = f"file:{quote(str(path.resolve()))}?mode=ro"
        url = URL.create("sqlite", database=file, query={"uri": "true"})
    elif url.get_backend_name() == "postgresql":
        milliseconds = max(1, int(1000 * timeout_s))
        arguments = {
            "connect_timeout": max(2, min(30, int(timeout_s))),
            "options": f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}",
        }
        url = url.difference_update_query(["options"])
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _fence_sqlite)
    return engine


def _fence_sqlite(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
