"""Turns what an identity provider says of somebody into a person of this service."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from api.identity.company import refused
from api.identity.signing import start_session
from api.settings import Settings
from data.store import people, trail
from data.store.database import Database
from data.store.people import PersonRow, tidy_login
from planner.roles import Role

_BY = "identity provider"


def enter(
    database: Database, settings: Settings, claims: dict[str, Any], address: str, old_session: str | None
) -> tuple[PersonRow, str]:
    """Return the person whom claims are about and the secret of a fresh session.

    Who comes for the first time is added, or is the person of that login whom an administrator added without a
    password. Roles and regions follow the claims at every sign-in, where the settings name claims for them.

    Raises
    ------
    ApiError
        403 where the person is shut out, the claims name no role and there is none by default, or the login is that of
        somebody who signs in with a password here.
    """
    with database.writing() as tx:
        found = people.by_identity(tx, settings.oidc_issuer, str(claims["sub"]))
        found = people.person(tx, found.id, lock=True) if found is not None else None
        if found is None:
            found = _known(tx, settings, claims) or _added(tx, settings, claims)
            people.link_identity(tx, settings.oidc_issuer, str(claims["sub"]), found.id)
        if not found.active:
            raise refused("your account here is disabled.")
        found = _followed(tx, settings, claims, found)
        return found, start_session(tx, settings, found, address, _BY, old_session)


def _known(tx: Connection, settings: Settings, claims: dict[str, Any]) -> PersonRow | None:
    found = people.by_login(tx, _login(settings, claims), lock=True)
    if found is None:
        return None
    if found.password_hash is not None or claims.get("email_verified") is False:
        raise refused("somebody signs in here with that login and a password. Ask an administrator.")
    return found


def _added(tx: Connection, settings: Settings, claims: dict[str, Any]) -> PersonRow:
    roles = _roles(settings, claims)
    login = _login(settings, claims)
    name = "".join(c for c in str(claims.get("name") or login) if c.isprintable())[:120] or login
    added = people.add_person(
        tx,
        name=name,
        login=login,
        roles=roles,
        regions=_regions(settings, claims) or frozenset(),
        created_by=_BY,
    )
    trail.append(tx, who=_BY, what="person.add", kind="person", subject=added.id, new=added.told())
    return added


def _followed(tx: Connection, settings: Settings, claims: dict[str, Any], found: PersonRow) -> PersonRow:
    """Return a person with the roles and regions that the claims name, where the settings ask for that."""
    wanted: dict[str, Any] = {}
    if settings.oidc_roles_claim:
        wanted["roles"] = _roles(settings, claims)
    regions = _regions(settings, claims)
    if regions is not None:
        wanted["regions"] = regions
    wanted = {name: value for name, value in wanted.items() if value != getattr(found, name)}
    if not wanted:
        return found
    changed = people.change_person(tx, found, **wanted)
    trail.append(
        tx,
        who=_BY,
        what="person.change",
        kind="person",
        subject=found.id,
        old=found.told(),
        new=changed.told(),
    )
    return changed


def _login(settings: Settings, claims: dict[str, Any]) -> str:
    login = tidy_login(str(claims.get(settings.oidc_login_claim) or ""))
    if login is None:
        raise refused(f"it does not tell your {settings.oidc_login_claim}.")
    return login


def _roles(settings: Settings, claims: dict[str, Any]) -> frozenset[Role]:
    named = _texts(claims.get(settings.oidc_roles_claim)) if settings.oidc_roles_claim else []
    roles = {role for value in named if (role := settings.role_of_claim(value)) is not None}
    if not roles and settings.oidc_default_role:
        roles = {Role(settings.oidc_default_role)}
    if not roles:
        raise refused("it names no role that you would have here.")
    return frozenset(roles)


def _regions(settings: Settings, claims: dict[str, Any]) -> frozenset[str] | None:
    if not settings.oidc_regions_claim:
        return None
    return frozenset(_texts(claims.get(settings.oidc_regions_claim)))


def _texts(value: Any) -> list[str]:
    """Return the values of a claim: a list, or texts with commas between."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [text for part in parts if (text := str(part).strip()[:200])]
