"""Who asks, and whether they may: what every route states as a dependency."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from api.errors import ApiError
from planner.roles import LOCAL, Permission, Person


def person(request: Request) -> Person:
    """Return who sent the request; in a service for one person on one machine, that person."""
    found: Person = getattr(request.state, "person", LOCAL)
    return found


Asking = Annotated[Person, Depends(person)]
"""Anybody who is signed in."""


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
