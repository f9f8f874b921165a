"""Accounts and tokens: changed by routes and by the command line alike, each change with its entry in the trail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from api.errors import ApiError, not_found
from api.http.preconditions import check
from api.identity import passwords
from api.identity.signing import refuse_haste
from api.settings import Settings
from data.store import access, people, trail
from data.store.access import TokenRow
from data.store.database import Database, now
from data.store.people import PersonRow, tidy_login
from planner.errors import InvalidInput, Problem
from planner.roles import Permission, Person, Role

_FREE = 5
"""Wrong old passwords that cost no wait."""


def add_person(
    database: Database,
    settings: Settings,
    by: str,
    *,
    login: str,
    name: str,
    roles: Iterable[Role],
    regions: Iterable[str] = (),
    password: str | None = None,
    why: str = "",
) -> PersonRow:
    """Add a person.

    Parameters
    ----------
    by
        Id of who does it.
    password
        None for somebody who signs in elsewhere only.

    Raises
    ------
    InvalidInput
        Where the login can be nobody's, or the password is too easy.
    ApiError
        409 where somebody has this login already.
    """
    tidy = _known_login(login)
    kept = _kept(password, tidy, settings)
    with database.writing() as tx:
        _free_login(tx, tidy)
        added = people.add_person(
            tx,
            name=name,
            login=tidy,
            roles=frozenset(roles),
            regions=frozenset(regions),
            password_hash=kept,
            created_by=by,
        )
        trail.append(
            tx, who=by, what="person.add", kind="person", subject=added.id, new=added.told(), why=why
        )
    return added


def change_person(
    database: Database,
    settings: Settings,
    by: str,
    person_id: str,
    *,
    if_match: str | None,
    why: str = "",
    **wanted: Any,
) -> PersonRow:
    """Change a person. Whoever is shut out or gets another password is signed out everywhere.

    Parameters
    ----------
    if_match
        ETag of the account as it was looked at; ``*`` to change it as it is now.
    wanted
        Any of name, login, roles, regions, disabled (whether shut out), password.

    Raises
    ------
    ApiError
        404 where there is nobody of this id, 409 where the login is taken or the last administrator would be lost, 412
        where the account has changed, 428 where `if_match` is missing.
    """
    values = {name: value for name, value in wanted.items() if value is not None}
    disabled, password = values.pop("disabled", None), values.pop("password", None)
    for name in ("roles", "regions"):
        if name in values:
            values[name] = frozenset(values[name])
    if "login" in values:
        values["login"] = _known_login(values["login"])
    if password is not None:
        with database.reading() as connection:
            found = people.person(connection, person_id)
        values["password_hash"] = _kept(password, found.login if found is not None else "", settings)
    with database.writing() as tx:
        people.active_admins(tx, lock=True)  # first, so that two changes at once wait for each other
        old = people.person(tx, person_id, lock=True)
        if old is None:
            raise not_found("person", person_id, "/api/people")
        check(if_match, old.revision, "person")
        if values.get("login", old.login) != old.login:
            _free_login(tx, values["login"])
        if disabled is not None and disabled == old.active:
            values["disabled_at"] = now() if disabled else None
        new = people.change_person(tx, old, **values) if values else old
        if not people.active_admins(tx) and old.active and Role.ADMIN in old.roles:
            detail = f"{old.name} is the last administrator. Make somebody else one first."
            raise ApiError(409, "last-administrator", detail)
        if "password_hash" in values or not new.active:
            access.end_sessions(tx, person_id)
        if values:
            _tell_change(tx, by, old, new, why)
    return new


def change_password(
    database: Database, settings: Settings, person_id: str, old: str, new: str, keep_session: str
) -> None:
    """Give oneself another password, and sign out everywhere else.

    Raises
    ------
    ApiError
        403 where the old password is wrong, 429 after several of those.
    InvalidInput
        Where the new one is too easy.
    """
    key = f"password:{person_id}"
    with database.writing() as tx:
        refuse_haste(access.begin_attempt(tx, key, _FREE))
        found = people.person(tx, person_id)
    right, _ = passwords.verified(old, found.password_hash if found is not None else None)
    if found is None or not right:
        raise ApiError(403, "wrong-password", "The old password is wrong.")
    kept = _kept(new, found.login, settings)
    with database.writing() as tx:
        locked = people.person(tx, person_id, lock=True)
        if locked is None or locked.password_hash != found.password_hash:
            raise ApiError(409, "changed", "The password was changed meanwhile.")
        changed = people.change_person(tx, locked, password_hash=kept)
        access.end_sessions(tx, person_id, but=keep_session)
        access.forgive(tx, key, everything=True)
        _tell_change(tx, person_id, locked, changed, "")


def add_token(
    database: Database,
    settings: Settings,
    by: str,
    *,
    person_id: str,
    name: str,
    permissions: Iterable[Permission] | None,
    regions: Iterable[str] | None,
    days: int,
) -> tuple[TokenRow, str]:
    """Make a token of a person; return it and what the program has to send, which is told this once.

    Raises
    ------
    ApiError
        404 where there is nobody of this id, 422 where it would live longer than the settings allow, or be limited to
        permissions that the person does not have.
    """
    if days > settings.token_days:
        detail = f"A token lives {settings.token_days} days at most. Ask for less."
        raise ApiError(422, "token-life", detail)
    with database.writing() as tx:
        owner = people.person(tx, person_id, lock=True)
        if owner is None:
            raise not_found("person", person_id, "/api/people")
        asked = None if permissions is None else frozenset(permissions)
        if beyond := sorted(p for p in asked or () if not owner.person().may(p)):
            raise ApiError(422, "token-permissions", f"{owner.name} does not have: {', '.join(beyond)}.")
        token, secret = access.add_token(
            tx,
            name=name,
            person_id=person_id,
            permissions=asked,
            regions=None if regions is None else frozenset(regions),
            lasts=timedelta(days=days),
            created_by=by,
        )
        trail.append(tx, who=by, what="token.add", kind="token", subject=token.id, new=token.told())
    return token, secret


def revoke_token(database: Database, by: Person, token_id: str) -> TokenRow:
    """Withdraw a token of one's own, or as an administrator anybody's; `ApiError` 404 for all others."""
    with database.writing() as tx:
        found = access.token(tx, token_id, lock=True)
        others = by.may(Permission.ADMINISTER) and by.scope.everything
        if found is None or not (others or found.person_id == by.id):
            raise not_found("token", token_id, "/api/tokens")
        if found.revoked_at is None:
            access.revoke_token(tx, token_id)
            trail.append(tx, who=by.id, what="token.revoke", kind="token", subject=token_id, old=found.told())
    return found


def _tell_change(tx: Connection, by: str, old: PersonRow, new: PersonRow, why: str) -> None:
    told = {"password": "another one"} if new.password_hash != old.password_hash else {}
    trail.append(
        tx,
        who=by,
        what="person.change",
        kind="person",
        subject=new.id,
        old=old.told(),
        new={**new.told(), **told},
        why=why,
    )


def _known_login(login: str) -> str:
    tidy = tidy_login(login)
    if tidy is None:
        raise InvalidInput(
            [
                Problem(
                    "A login is 1 to 200 characters without spaces.",
                    "Take the e-mail address.",
                    column="login",
                    value=login[:200],
                    code="login",
                )
            ]
        )
    return tidy


def _free_login(tx: Connection, login: str) -> None:
    if people.by_login(tx, login) is not None:
        raise ApiError(409, "login-taken", f"Somebody signs in with {login!r} already. Take another login.")


def _kept(password: str | None, login: str, settings: Settings) -> str | None:
    if password is None:
        return None
    passwords.check_password(password, login, settings.password_length)
    return passwords.hashed(password)
