"""Signing in with a login and a password."""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta

from sqlalchemy import Connection

from api.errors import ApiError
from api.identity import passwords
from api.identity.address import rate_key
from api.settings import Settings
from data.store import access, people, trail
from data.store.database import Database
from data.store.people import PersonRow, tidy_login

NOBODY = "nobody"
"""Who did it, in the trail, where nobody was signed in."""
_FREE_BY_LOGIN = 5
_FREE_BY_ADDRESS = 30
_WRONG = "Login or password is wrong. After several attempts each further one has to wait longer."


def sign_in(
    database: Database, settings: Settings, login: str, password: str, address: str, old_session: str | None
) -> tuple[PersonRow, str]:
    """Return who signed in and the secret of a fresh session; `old_session` of the same browser ends.

    Whether a login is unknown, disabled or has another password is answered in the same words after the same work.

    Raises
    ------
    ApiError
        401 where login or password is wrong; 429 with ``Retry-After`` after too many attempts.
    """
    tidy = tidy_login(login)
    keys = {rate_key(address): _FREE_BY_ADDRESS, _login_key(tidy or login): _FREE_BY_LOGIN}
    with database.writing() as tx:
        for key, free in keys.items():
            refuse_haste(access.begin_attempt(tx, key, free))
        found = people.by_login(tx, tidy) if tidy is not None else None
    kept = found.password_hash if found is not None else None
    right, stronger = passwords.verified(password, kept)
    with database.writing() as tx:
        found = people.person(tx, found.id, lock=True) if found is not None else None
        if found is None or not right or not found.active or found.password_hash != kept:
            trail.append(
                tx,
                who=NOBODY,
                what="sign_in.failed",
                kind="person",
                subject=found.id if found is not None else "unknown",
                new={"address": address},
            )
            entered = None
        else:
            if stronger is not None:
                found = people.change_person(tx, found, password_hash=stronger)
            address_key, login_key = keys
            access.forgive(tx, address_key, everything=False)
            access.forgive(tx, login_key, everything=True)
            entered = found, start_session(tx, settings, found, address, "password", old_session)
    if entered is None:
        raise ApiError(401, "sign-in-failed", _WRONG)
    return entered


def start_session(
    tx: Connection, settings: Settings, found: PersonRow, address: str, by: str, old_session: str | None
) -> str:
    """Open a session for a person who proved who they are, and return its secret.

    Parameters
    ----------
    by
        How they proved it, for the trail.
    """
    if old_session is not None:
        access.end_session(tx, access.hashed(old_session))
    secret = access.open_session(tx, found.id, timedelta(hours=settings.session_hours), address)
    trail.append(
        tx, who=found.id, what="sign_in", kind="person", subject=found.id, new={"address": address, "by": by}
    )
    return secret


def sign_out(database: Database, person_id: str, session_hash: str, everywhere: bool) -> int:
    """End a session of a person, or all of them; return how many ended."""
    with database.writing() as tx:
        ended = access.end_sessions(tx, person_id) if everywhere else access.end_session(tx, session_hash)
        if ended:
            trail.append(
                tx,
                who=person_id,
                what="sign_out.everywhere" if everywhere else "sign_out",
                kind="person",
                subject=person_id,
                new={"sessions": ended},
            )
    return ended


def refuse_haste(wait: timedelta) -> None:
    """Refuse an attempt that came too soon."""
    if wait <= timedelta(0):
        return
    seconds = math.ceil(wait.total_seconds())
    raise ApiError(
        429,
        "too-many-attempts",
        f"Too many attempts to sign in. Try again in {seconds} second{'s' if seconds != 1 else ''}.",
        headers={"Retry-After": str(seconds)},
    )


def _login_key(login: str) -> str:
    return f"login:{hashlib.sha256(login.encode('utf-8', 'surrogatepass')).hexdigest()}"
