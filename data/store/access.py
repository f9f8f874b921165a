"""How people get in: sessions of browsers, tokens of programs, and how often somebody failed lately.

Neither a session nor a token is kept, only the SHA-256 of each: both are random and long, so that nobody who reads the
database could use or guess one.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from data.store.database import Moment, metadata, now
from data.store.ids import new_id
from data.store.people import people
from planner.roles import Permission

TOKEN_PREFIX = "planner_"
"""How every token begins, so that tools which look for leaked secrets find one."""
FORGET = timedelta(hours=1)
"""After so long without another one, failures are forgotten."""
MOST_WAIT = timedelta(minutes=15)
"""Longest wait between two attempts."""

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("person_id", String(80), ForeignKey(people.c.id), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False, index=True),
    Column("address", String(60), nullable=False),
)
tokens = Table(
    "tokens",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("person_id", String(80), ForeignKey(people.c.id), nullable=False, index=True),
    Column("permissions", JSON(none_as_null=True)),
    Column("regions", JSON(none_as_null=True)),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
)
failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Moment, nullable=False, index=True),
)


@dataclass(frozen=True)
class SessionRow:
    """A browser that somebody signed in with.

    Parameters
    ----------
    hash
        What stands for it in the database.
    person_id
        Who signed in.
    created_at, seen_at, ends_at
        When they did, when the last request came (to the minute), and when it ends whatever comes.
    address
        Where they signed in from.
    """

    hash: str
    person_id: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str


@dataclass(frozen=True)
class TokenRow:
    """A token of a program.

    Parameters
    ----------
    id, name
        Stable id; what it is for.
    person_id
        Whose token it is: it never may more than that person.
    permissions, regions
        What it is limited to; None for all that the person may and sees.
    created_at, created_by, expires_at, used_at, revoked_at
        When it was made, by whom, when it ends, was last used (to the minute), was withdrawn.
    """

    id: str
    hash: str
    name: str
    person_id: str
    permissions: frozenset[Permission] | None
    regions: frozenset[str] | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def valid(self, at: datetime) -> bool:
        """Return whether it opens anything at a moment."""
        return self.revoked_at is None and at < self.expires_at

    def told(self) -> dict[str, Any]:
        """Return what the trail says of it."""
        return {
            "name": self.name,
            "person": self.person_id,
            "permissions": None if self.permissions is None else sorted(self.permissions),
            "regions": None if self.regions is None else sorted(self.regions),
            "expires": self.expires_at.isoformat(),
        }


def hashed(secret: str) -> str:
    """Return what the database keeps of a session or token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def open_session(transaction: Connection, person_id: str, lasts: timedelta, address: str) -> str:
    """Open a session and return what the browser has to send; those that are over are cleared away."""
    secret, at = secrets.token_urlsafe(32), now()
    transaction.execute(delete(sessions).where(sessions.c.ends_at < at))
    transaction.execute(
        insert(sessions).values(
            hash=hashed(secret),
            person_id=person_id,
            created_at=at,
            seen_at=at,
            ends_at=at + lasts,
            address=address[:60],
        )
    )
    return secret


def session(connection: Connection, secret: str, idle: timedelta) -> SessionRow | None:
    """Return a session that is not over; `idle` is how long it lasts without a request."""
    row = connection.execute(select(sessions).where(sessions.c.hash == hashed(secret))).first()
    if row is None:
        return None
    found, at = SessionRow(**row._mapping), now()
    return found if at < found.ends_at and at < found.seen_at + idle else None


def sessions_of(connection: Connection, person_id: str) -> list[SessionRow]:
    """Return the sessions of a person, the last one first."""
    wanted = select(sessions).where(sessions.c.person_id == person_id).order_by(sessions.c.created_at.desc())
    return [SessionRow(**row._mapping) for row in connection.execute(wanted)]


def touch_session(transaction: Connection, found: SessionRow) -> None:
    """Note that a request came."""
    transaction.execute(update(sessions).where(sessions.c.hash == found.hash).values(seen_at=now()))


def end_session(transaction: Connection, session_hash: str) -> int:
    """End one session; return how many there were, one or none."""
    return transaction.execute(delete(sessions).where(sessions.c.hash == session_hash)).rowcount


def end_sessions(transaction: Connection, person_id: str, but: str | None = None) -> int:
    """End every session of a person, but the one with the hash `but`; return how many ended."""
    wanted = delete(sessions).where(sessions.c.person_id == person_id)
    return transaction.execute(wanted if but is None else wanted.where(sessions.c.hash != but)).rowcount


def add_token(
    transaction: Connection,
    *,
    name: str,
    person_id: str,
    permissions: frozenset[Permission] | None,
    regions: frozenset[str] | None,
    lasts: timedelta,
    created_by: str,
) -> tuple[TokenRow, str]:
    """Add a token; return it and what the program has to send, which nobody can find out again."""
    secret, at = TOKEN_PREFIX + secrets.token_urlsafe(32), now()
    added = TokenRow(
        id=new_id(name),
        hash=hashed(secret),
        name=name,
        person_id=person_id,
        permissions=permissions,
        regions=regions,
        created_at=at,
        created_by=created_by,
        expires_at=at + lasts,
    )
    plain = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in added.__dict__.items()}
    transaction.execute(insert(tokens).values(**plain))
    return added, secret


def token_by_secret(connection: Connection, secret: str) -> TokenRow | None:
    """Return the token that a program sent, valid or not; None where there is none."""
    row = connection.execute(select(tokens).where(tokens.c.hash == hashed(secret))).first()
    return None if row is None else _token(row)


def token(connection: Connection, token_id: str, *, lock: bool = False) -> TokenRow | None:
    """Return a token by its id."""
    wanted = select(tokens).where(tokens.c.id == token_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if row is None else _token(row)


def all_tokens(connection: Connection, person_id: str | None = None) -> list[TokenRow]:
    """Return the tokens of a person, or of everybody, the last one first."""
    wanted = select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id)
    if person_id is not None:
        wanted = wanted.where(tokens.c.person_id == person_id)
    return [_token(row) for row in connection.execute(wanted)]


def touch_token(transaction: Connection, token_id: str) -> None:
    """Note that a token was used."""
    transaction.execute(update(tokens).where(tokens.c.id == token_id).values(used_at=now()))


def revoke_token(transaction: Connection, token_id: str) -> None:
    """Withdraw a token for good."""
    transaction.execute(update(tokens).where(tokens.c.id == token_id).values(revoked_at=now()))


def begin_attempt(transaction: Connection, key: str, free: int) -> timedelta:
    """Count an attempt to sign in as failed, until `forgive` says otherwise; return how long to wait instead.

    Counted before the password is looked at, so that a hundred attempts at once are a hundred and not one.

    Parameters
    ----------
    key
        What attempts are counted by.
    free
        How many failures cost no wait; from then on it doubles from one second to `MOST_WAIT`.

    Returns
    -------
    Zero where the attempt may go ahead; a wait counts nothing.
    """
    at = now()
    transaction.execute(delete(failures).where(failures.c.last_at < at - FORGET))
    fresh = postgresql.insert if transaction.dialect.name == "postgresql" else sqlite.insert
    transaction.execute(fresh(failures).values(key=key, count=0, last_at=at).on_conflict_do_nothing())
    row = transaction.execute(select(failures).where(failures.c.key == key).with_for_update()).one()
    if row.count >= free:
        wait = min(timedelta(seconds=2.0 ** min(row.count - free, 20)), MOST_WAIT)
        left = row.last_at + wait - at
        if left > timedelta(0):
            return left
    transaction.execute(
        update(failures).where(failures.c.key == key).values(count=failures.c.count + 1, last_at=at)
    )
    return timedelta(0)


def forgive(transaction: Connection, key: str, everything: bool) -> None:
    """Take back the last attempt, or all of them, since it was none that failed."""
    if everything:
        transaction.execute(delete(failures).where(failures.c.key == key))
        return
    transaction.execute(
        update(failures).where(failures.c.key == key, failures.c.count > 0).values(count=failures.c.count - 1)
    )


def _token(row: Any) -> TokenRow:
    values = dict(row._mapping)
    if values["permissions"] is not None:
        known = set(Permission)
        values["permissions"] = frozenset(Permission(p) for p in values["permissions"] if p in known)
    if values["regions"] is not None:
        values["regions"] = frozenset(values["regions"])
    return TokenRow(**values)
