"""A service for a team, for tests: people who sign in, browsers and programs of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.identity import accounts, passwords
from planner.roles import Role

PASSWORD = "seven boats under a green lamp"


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Hash passwords at little cost while the block lasts; it takes a second otherwise on a busy machine."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", lambda: cheap)
        passwords._nobodys.cache_clear()
        yield
    passwords._nobodys.cache_clear()


def add(app: Any, login: str, *roles: Role, regions: tuple[str, ...] = (), password: str = PASSWORD) -> str:
    """Add somebody to a service and return their id."""
    services = app.state.services
    added = accounts.add_person(
        services.store.database,
        services.settings,
        "test",
        login=login,
        name=login.title(),
        roles=roles,
        regions=regions,
        password=password,
    )
    return str(added.id)


def token(app: Any, person_id: str, **limits: Any) -> str:
    """Make a token of somebody and return its secret."""
    services = app.state.services
    given: dict[str, Any] = {"permissions": None, "regions": None, "days": 1, "name": "test", **limits}
    _, secret = accounts.add_token(
        services.store.database, services.settings, "test", person_id=person_id, **given
    )
    return secret


def program(url: str, secret: str) -> httpx.Client:
    """Return a client that sends a token."""
    return httpx.Client(base_url=url, timeout=60, headers={"Authorization": f"Bearer {secret}"})


@contextmanager
def browser(url: str, login: str | None = None, password: str = PASSWORD) -> Iterator[httpx.Client]:
    """Give a client that keeps cookies, signed in where a login is given, as a page would."""
    with httpx.Client(base_url=url, timeout=60) as client:
        if login is not None:
            answer = client.post("/api/sign-in", json={"login": login, "password": password})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client
