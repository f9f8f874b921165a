"""Finds out who sent a request: by the cookie of a browser, or by the token of a program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from api.settings import Settings
from data.store import access, people
from data.store.access import SessionRow, TokenRow
from data.store.database import Database, now
from planner.roles import LOCAL, Person

_NOTED_EVERY = timedelta(minutes=1)  # writing at every request would have readers wait for writers


@dataclass(frozen=True)
class Access:
    """Who sent a request, and how that was proved.

    Parameters
    ----------
    person
        Who it is.
    session, token
        The session or the token that proved it; neither in a service for one person.
    secret
        What the browser sent to prove its session.
    """

    person: Person
    session: SessionRow | None = None
    token: TokenRow | None = None
    secret: str | None = None


LOCAL_ACCESS = Access(LOCAL)


def by_session(database: Database, settings: Settings, secret: str) -> Access | None:
    """Return whose session a browser sent; None where it is over."""
    idle = timedelta(minutes=settings.session_idle_minutes)
    with database.reading() as connection:
        session = access.session(connection, secret, idle)
        who = people.person(connection, session.person_id) if session is not None else None
    if session is None or who is None or not who.active:
        return None
    if now() - session.seen_at > _NOTED_EVERY:
        with database.writing() as tx:
            access.touch_session(tx, session)
    return Access(who.person(), session=session, secret=secret)


def by_token(database: Database, secret: str) -> Access | None:
    """Return whose token a program sent; None where it is not valid (any more)."""
    with database.reading() as connection:
        token = access.token_by_secret(connection, secret)
        who = people.person(connection, token.person_id) if token is not None else None
    if token is None or who is None or not who.active or not token.valid(now()):
        return None
    if token.used_at is None or now() - token.used_at > _NOTED_EVERY:
        with database.writing() as tx:
            access.touch_token(tx, token.id)
    return Access(who.person(token.permissions, token.regions), token=token)
