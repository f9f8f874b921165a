"""Requests that may be sent again: what was answered the first time is answered again, and nothing is done twice.

A request that carries a key is recorded before it is worked on. What it changes and the remark that it did so are
written in one transaction (`Database.writing` calls the hook that `marking` sets), so that after a crash it is known
whether it took effect, even where its answer was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from data.store.database import Database, Moment, metadata, now
from data.store.references import NO_OBJECT

KEPT = timedelta(hours=24)
"""How long an answer is kept."""

requests = Table(
    "requests",
    metadata,
    Column("person", String(80), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("server", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("digest", String(64), info=NO_OBJECT),
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
    Column("at", Moment, nullable=False, index=True),
)


class RequestState(StrEnum):
    """How far a request got."""

    BEGUN = "begun"
    """It came in; nothing was changed yet."""
    EFFECTIVE = "effective"
    """It changed what it is to change; its answer is not known yet."""
    ANSWERED = "answered"


@dataclass(frozen=True)
class Recorded:
    """A request with a key as it is recorded.

    Parameters
    ----------
    request
        SHA-256 of method and path.
    server
        The run of the server that works or worked on it.
    state
        How far it got.
    digest
        SHA-256 of its body; None until it was answered, and where the answer came before the body was read.
    status, headers, body
        The answer; None until there is one. An answer too large to keep has no body.
    at
        When it came in.
    """

    request: str
    server: str
    state: RequestState
    digest: str | None
    status: int | None
    headers: dict[str, str] | None
    body: bytes | None
    at: datetime


def begin(database: Database, person: str, key: str, request: str, server: str) -> Recorded | None:
    """Record a request; return the one of that key that is recorded already, None where there is none.

    One that an earlier run of the server began and that changed nothing is taken over: it may be done now.
    """
    with database.writing() as transaction:
        transaction.execute(delete(requests).where(requests.c.at < now() - KEPT))
        mine = (requests.c.person == person) & (requests.c.key == key)
        row = transaction.execute(select(requests).where(mine).with_for_update()).first()
        if row is not None and not (row.state == RequestState.BEGUN and row.server != server):
            return Recorded(
                row.request,
                row.server,
                RequestState(row.state),
                row.digest,
                row.status,
                row.headers,
                row.body,
                row.at,
            )
        if row is not None:
            transaction.execute(delete(requests).where(mine))
        values = {"person": person, "key": key, "request": request, "server": server, "at": now()}
        try:
            with transaction.begin_nested():
                transaction.execute(insert(requests).values(**values, state=RequestState.BEGUN))
        except IntegrityError:  # sent twice at the same moment, to a database that lets two write at once
            return Recorded(request, server, RequestState.BEGUN, None, None, None, None, now())
    return None


def answered(
    database: Database,
    person: str,
    key: str,
    digest: str | None,
    status: int,
    headers: dict[str, str],
    body: bytes | None,
) -> None:
    """Record the answer to a request."""
    with database.writing() as transaction:
        transaction.execute(
            update(requests)
            .where(requests.c.person == person, requests.c.key == key)
            .values(state=RequestState.ANSWERED, digest=digest, status=status, headers=headers, body=body)
        )


def forget(database: Database, person: str, key: str) -> None:
    """Forget a request that failed inside and changed nothing: it may be sent again."""
    with database.writing() as transaction:
        transaction.execute(
            delete(requests).where(
                requests.c.person == person, requests.c.key == key, requests.c.state == RequestState.BEGUN
            )
        )


_KEY: ContextVar[tuple[str, str] | None] = ContextVar("planner_request_key", default=None)


@contextmanager
def marking(person: str, key: str) -> Iterator[None]:
    """Make every transaction of this block, also in threads it starts with its context, remark that it took effect."""
    token = _KEY.set((person, key))
    try:
        yield
    finally:
        _KEY.reset(token)


def mark(transaction: Connection) -> None:
    """Remark in a transaction that the request it belongs to takes effect with it."""
    found = _KEY.get()
    if found is None:
        return
    person, key = found
    transaction.execute(
        update(requests)
        .where(requests.c.person == person, requests.c.key == key, requests.c.state == RequestState.BEGUN)
        .values(state=RequestState.EFFECTIVE)
    )
