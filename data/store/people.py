"""People: who may sign in, what each one is, and which regions each one answers for.

Nobody is ever deleted, since the audit trail names people by their ids: who leaves is disabled.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from data.store.database import Moment, metadata, now
from data.store.ids import new_id
from planner.roles import Permission, Person, Role

MOST_OF_A_LOGIN = 200
"""Longest login, in characters."""

people = Table(
    "people",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("login", String(MOST_OF_A_LOGIN), nullable=False, unique=True),
    Column("password_hash", Text),
    Column("roles", JSON, nullable=False),
    Column("regions", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("disabled_at", Moment),
    Column("revision", Integer, nullable=False),
)
identities = Table(
    "identities",
    metadata,
    Column("issuer", String(300), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("person_id", String(80), ForeignKey(people.c.id), nullable=False, index=True),
    Column("linked_at", Moment, nullable=False),
    PrimaryKeyConstraint("issuer", "subject"),
)


@dataclass(frozen=True)
class PersonRow:
    """Somebody with an account.

    Parameters
    ----------
    id, name
        Stable id; name for people.
    login
        What the person signs in with, mostly an e-mail address; as `tidy_login` returns it.
    roles, regions
        What the person is, and the regions of a manager or viewer.
    created_at, created_by
        When the account was made, and by whom.
    password_hash
        What proves the password; None for people who sign in elsewhere only.
    disabled_at
        When the person was shut out; None while they may sign in.
    revision
        Counts the changes: 0 at first.
    """

    id: str
    name: str
    login: str
    roles: frozenset[Role]
    regions: frozenset[str]
    created_at: datetime
    created_by: str
    password_hash: str | None = None
    disabled_at: datetime | None = None
    revision: int = 0

    @property
    def active(self) -> bool:
        """Whether the person may sign in."""
        return self.disabled_at is None

    def person(
        self, permitted: frozenset[Permission] | None = None, within: frozenset[str] | None = None
    ) -> Person:
        """Return the person as routes see them, with the limits of a token where there are any."""
        return Person(self.id, self.name, self.roles, self.regions, permitted, within)

    def told(self) -> dict[str, Any]:
        """Return what the trail says of the account; never what proves the password."""
        return {
            "name": self.name,
            "login": self.login,
            "roles": sorted(self.roles),
            "regions": sorted(self.regions),
            "disabled": not self.active,
        }


def tidy_login(text: str) -> str | None:
    """Return a login in the one way it is written; None where it can be nobody's."""
    tidy = unicodedata.normalize("NFKC", text).strip().casefold()
    if not tidy or len(tidy) > MOST_OF_A_LOGIN or not tidy.isprintable() or " " in tidy:
        return None
    return tidy


def add_person(
    transaction: Connection,
    *,
    name: str,
    login: str,
    roles: frozenset[Role],
    regions: frozenset[str] = frozenset(),
    password_hash: str | None = None,
    created_by: str,
) -> PersonRow:
    """Add a person; `login` is tidy and free (`by_login`)."""
    added = PersonRow(
        id=new_id(name),
        name=name,
        login=login,
        roles=roles,
        regions=regions,
        created_at=now(),
        created_by=created_by,
        password_hash=password_hash,
    )
    values = {**added.__dict__, "roles": sorted(roles), "regions": sorted(regions)}
    transaction.execute(insert(people).values(**values))
    return added


def person(connection: Connection, person_id: str, *, lock: bool = False) -> PersonRow | None:
    """Return a person; None where there is none. `lock` makes others wait until the transaction ends."""
    wanted = select(people).where(people.c.id == person_id)
    return _one(connection, wanted.with_for_update() if lock else wanted)


def by_login(connection: Connection, login: str, *, lock: bool = False) -> PersonRow | None:
    """Return who signs in with a tidy login; None where nobody does."""
    wanted = select(people).where(people.c.login == login)
    return _one(connection, wanted.with_for_update() if lock else wanted)


def by_identity(connection: Connection, issuer: str, subject: str) -> PersonRow | None:
    """Return whom an identity provider means by a subject; None where it was never seen."""
    joined = select(people).join(identities, identities.c.person_id == people.c.id)
    return _one(connection, joined.where(identities.c.issuer == issuer, identities.c.subject == subject))


def all_people(connection: Connection) -> list[PersonRow]:
    """Return everybody, by login."""
    return [_row(row) for row in connection.execute(select(people).order_by(people.c.login))]


def change_person(transaction: Connection, old: PersonRow, **values: Any) -> PersonRow:
    """Change a person that was read in the same transaction with `lock`, and return the person as they are now.

    Parameters
    ----------
    values
        Any of name, login, roles, regions, password_hash, disabled_at.
    """
    values["revision"] = old.revision + 1
    new = PersonRow(**{**old.__dict__, **values})
    plain = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in values.items()}
    transaction.execute(update(people).where(people.c.id == old.id).values(**plain))
    return new


def link_identity(transaction: Connection, issuer: str, subject: str, person_id: str) -> None:
    """Let a subject of an identity provider stand for a person."""
    transaction.execute(
        insert(identities).values(issuer=issuer, subject=subject, person_id=person_id, linked_at=now())
    )


def active_admins(connection: Connection, *, lock: bool = False) -> list[PersonRow]:
    """Return the administrators who may sign in. `lock` keeps two of them from disabling each other at once."""
    wanted = select(people).where(people.c.disabled_at.is_(None)).order_by(people.c.id)
    rows = connection.execute(wanted.with_for_update() if lock else wanted)
    return [found for found in map(_row, rows) if Role.ADMIN in found.roles]


def _one(connection: Connection, wanted: Any) -> PersonRow | None:
    row = connection.execute(wanted).first()
    return None if row is None else _row(row)


def _row(row: Any) -> PersonRow:
    values = dict(row._mapping)
    values["roles"] = frozenset(Role(name) for name in values["roles"])
    values["regions"] = frozenset(values["regions"])
    return PersonRow(**values)
