"""What people ask for when they edit a plan: frozen values, to JSON and back with every problem told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from planner.errors import InvalidInput, Problem

LARGEST = 2**53
"""Largest amount in minor units that survives a program that counts in floats."""


@dataclass(frozen=True)
class Place:
    """An account or a basic unit, and the territory that whoever asks believes it to be in.

    Parameters
    ----------
    id
        Its id.
    believed
        Id of the territory; empty text for nobody's.
    """

    id: str
    believed: str


@dataclass(frozen=True)
class Move:
    """Accounts and basic units go to a territory.

    Parameters
    ----------
    to
        Id of the territory.
    accounts, units
        What goes.
    """

    to: str
    accounts: tuple[Place, ...] = ()
    units: tuple[Place, ...] = ()
    kind: ClassVar[str] = "move"


@dataclass(frozen=True)
class Lock:
    """Accounts and basic units are to stay where they are: nobody moves them until they are unlocked."""

    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    kind: ClassVar[str] = "lock"


@dataclass(frozen=True)
class Unlock:
    """Accounts and basic units may move again, also where the data lock them."""

    accounts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    kind: ClassVar[str] = "unlock"


@dataclass(frozen=True)
class SetQuota:
    """A territory carries an amount that somebody decided.

    Parameters
    ----------
    territory
        Id of the territory.
    amount_cents
        Minor units, 0 or more.
    component, period
        What it is for; empty text for all together.
    """

    territory: str
    amount_cents: int
    component: str = ""
    period: str = ""
    kind: ClassVar[str] = "set_quota"


@dataclass(frozen=True)
class ClearQuota:
    """A quota that somebody decided is left to the method again; parameters as in `SetQuota`."""

    territory: str
    component: str = ""
    period: str = ""
    kind: ClassVar[str] = "clear_quota"


Edit = Move | Lock | Unlock | SetQuota | ClearQuota


def as_json(edit: Edit) -> dict[str, Any]:
    """Return an edit as plain values for JSON."""
    return {"kind": edit.kind, **asdict(edit)}


def edits_of(stated: Any) -> tuple[Edit, ...]:
    """Return edits from plain values, as from JSON.

    Raises
    ------
    InvalidInput
        Where something cannot be used; tells all of it.
    """
    problems: list[Problem] = []
    if not isinstance(stated, Sequence) or isinstance(stated, str) or not stated:
        raise InvalidInput([_problem("There is no list of edits.", "edits")])
    found = [_Reader(f"edits[{n}]", each, problems).edit() for n, each in enumerate(stated)]
    if problems:
        raise InvalidInput(problems)
    return tuple(edit for edit in found if edit is not None)


class _Reader:
    """Reads one edit and collects what is wrong with it."""

    def __init__(self, path: str, stated: Any, problems: list[Problem]) -> None:
        self.path, self.stated, self.problems = path, stated, problems

    def edit(self) -> Edit | None:
        readers: dict[str, Callable[[], Edit]] = {
            Move.kind: lambda: Move(self._id("to"), self._places("accounts"), self._places("units")),
            Lock.kind: lambda: Lock(self._ids("accounts"), self._ids("units")),
            Unlock.kind: lambda: Unlock(self._ids("accounts"), self._ids("units")),
            SetQuota.kind: lambda: SetQuota(
                self._id("territory"),
                self._amount("amount_cents"),
                self._text("component"),
                self._text("period"),
            ),
            ClearQuota.kind: lambda: ClearQuota(
                self._id("territory"), self._text("component"), self._text("period")
            ),
        }
        kind = self.stated.get("kind") if isinstance(self.stated, Mapping) else None
        if not isinstance(kind, str) or kind not in readers:
            self._wrong("kind", f"An edit is one of {', '.join(readers)}; this is {kind!r}.")
            return None
        before = len(self.problems)
        edit = readers[kind]()
        known = {"kind", *edit.__dataclass_fields__}
        for name in sorted(set(map(str, self.stated)) - known):
            self._wrong(name, f"A {kind} has no field {name!r}.")
        if isinstance(edit, Move | Lock | Unlock) and len(self.problems) == before:
            self._check_named(edit)
        return edit

    def _check_named(self, edit: Move | Lock | Unlock) -> None:
        names = [*(("account", _id(e)) for e in edit.accounts), *(("unit", _id(e)) for e in edit.units)]
        if not names:
            self._wrong("accounts", f"A {edit.kind} names at least one account or unit.")
        seen: set[tuple[str, str]] = set()
        for what, name in names:
            if (what, name) in seen:
                self._wrong(f"{what}s", f"The {what} {name!r} is named twice.")
            seen.add((what, name))

    def _id(self, name: str) -> str:
        value = self.stated.get(name)
        if isinstance(value, str) and value:
            return value
        self._wrong(name, f"{name} must be an id; this is {value!r}.")
        return ""

    def _text(self, name: str) -> str:
        value = self.stated.get(name, "")
        if isinstance(value, str):
            return value
        self._wrong(name, f"{name} must be text; this is {value!r}.")
        return ""

    def _amount(self, name: str) -> int:
        value = self.stated.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
            return value
        self._wrong(
            name, f"{name} must be a whole number of minor units from 0 to {LARGEST:,}; this is {value!r}."
        )
        return 0

    def _list(self, name: str) -> Sequence[Any]:
        value = self.stated.get(name, ())
        if isinstance(value, Sequence) and not isinstance(value, str):
            return value
        self._wrong(name, f"{name} must be a list; this is {value!r}.")
        return ()

    def _ids(self, name: str) -> tuple[str, ...]:
        ids = self._list(name)
        for value in ids:
            if not isinstance(value, str) or not value:
                self._wrong(name, f"{name} must be ids; {value!r} is none.")
        return tuple(str(value) for value in ids)

    def _places(self, name: str) -> tuple[Place, ...]:
        found = []
        for value in self._list(name):
            told = value if isinstance(value, Mapping) else {}
            at, believed = told.get("id"), told.get("believed")
            if isinstance(at, str) and at and isinstance(believed, str) and len(told) == 2:
                found.append(Place(at, believed))
            else:
                self._wrong(name, f"{name} must be pairs of id and believed territory; {value!r} is none.")
        return tuple(found)

    def _wrong(self, name: str, why: str) -> None:
        self.problems.append(_problem(why, f"{self.path}.{name}"))


def _id(named: Place | str) -> str:
    return named.id if isinstance(named, Place) else named


def _problem(why: str, where: str) -> Problem:
    return Problem(why[:500], "Correct the edit.", column=where, code="invalid_edit")
