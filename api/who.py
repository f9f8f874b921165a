"""Who asks, and whether they may: what every route states as a dependency."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from api.errors import ApiError
from api.identity.access import Access
from planner.roles import Permission, Person


def access(request: Request) -> Access:
    """Return who sent the request and how that was proved; `ApiError` 401 where nobody did."""
    found: Access | None = getattr(request.state, "access", None)
    if found is None:
        raise ApiError(401, "signed-out", "Nobody is signed in. Sign in first.")
    return found


Proved = Annotated[Access, Depends(access)]
"""Anybody who is signed in, with how that was proved."""


def person(who: Proved) -> Person:
    """Return who sent the request; in a service for one person on one machine, that person."""
    return who.person


Asking = Annotated[Person, Depends(person)]
"""Anybody who is signed in."""


def anybody(request: Request) -> Access | None:
    """Return who sent the request; None where nobody is signed in. For the way in, which everybody has to find."""
    found: Access | None = getattr(request.state, "access", None)
    return found


Anybody = Annotated[Access | None, Depends(anybody)]


def present(who: Proved) -> Access:
    """Return who sent the request; `ApiError` 403 where a program did with a token."""
    if who.token is not None:
        detail = "This is for people who signed in with a browser, not for tokens."
        raise ApiError(403, "not-for-tokens", detail)
    return who


Present = Annotated[Access, Depends(present)]
"""Anybody who signed in in person: what a token must not be able to do, such as making further tokens."""


def allowed(permission: Permission) -> Any:
    """Return a dependency that lets only those pass who have a permission, and gives the person."""

    def check(who: Asking) -> Person:
        if not who.may(permission):
            detail = f"This needs the permission {permission.value!r}, which {who.name} does not have here."
            raise ApiError(403, "not-permitted", detail)
        return who

    check.permission = permission  # type: ignore[attr-defined]  # read by the test of all routes and roles
    return Depends(check)


Reading = Annotated[Person, allowed(Permission.READ)]
Administering = Annotated[Person, allowed(Permission.ADMINISTER)]
