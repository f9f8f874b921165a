"""Changes as JSON and back: one canonical form, and every fault of what was written at once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any

from planner.errors import InvalidInput, Problem
from planner.scenarios.change import Change
from planner.scenarios.fields import MOST_LETTERS, Check, optional_text, prose
from planner.scenarios.registry import KINDS

MOST_CHANGES = 1_000
"""Most changes of one scenario."""
FILE = "scenario"
"""What problems name as the place, where nothing else is said."""


@dataclass(frozen=True)
class NamedChanges:
    """A scenario as people write it: named changes on a base.

    Parameters
    ----------
    name
        Shown to people.
    changes
        What is different from the base.
    note
        What it is for.
    """

    name: str
    changes: tuple[Change, ...] = ()
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        note = {"note": self.note} if self.note else {}
        return {"name": self.name, **note, "changes": to_json(self.changes)}


def to_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Return changes as plain values, in their order."""
    return [change.as_json() for change in changes]


def canonical(changes: Iterable[Change]) -> str:
    """Return the same text for the same changes, in whatever order they are listed: JSON without spaces."""
    return json.dumps(to_json(in_order(changes)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes in the order in which they are put together."""
    place = {kind: at for at, kind in enumerate(KINDS)}

    def rank(change: Change) -> tuple[int, str]:
        return place[change.kind], json.dumps(change.as_json(), sort_keys=True)

    return tuple(sorted(changes, key=rank))


def changes_from_json(value: Any, file: str = FILE) -> tuple[Change, ...]:
    """Return changes from plain values.

    Raises
    ------
    InvalidInput
        With everything that is wrong with them, each with the change and the field.
    """
    found, problems = _read(value, file)
    if problems:
        raise InvalidInput(problems)
    return found


def named_from_json(value: Any, file: str = FILE, name: str = "") -> NamedChanges:
    """Return a scenario from plain values; `name` stands in where it has none.

    Raises
    ------
    InvalidInput
        With everything that is wrong with it.
    """
    if not isinstance(value, dict):
        raise InvalidInput([_problem(file, None, "A scenario has a name and a list of changes.", _LIKE)])
    problems = []
    for odd in sorted(str(key) for key in value if key not in ("name", "note", "changes")):
        why = f"A scenario has no key {odd!r}.{_nearest(odd, ('name', 'note', 'changes'))}"
        problems.append(_problem(file, odd, why, "Use name, note and changes."))
    texts = {"name": name, "note": ""}
    checks: dict[str, Check] = {"name": optional_text, "note": prose}
    for key, check in checks.items():
        try:
            texts[key] = check(value.get(key)) or texts[key]
        except ValueError as fault:
            problems.append(_problem(file, key, f"The {key} cannot be used: {fault}.", f"Correct the {key}."))
    if not texts["name"]:
        problems.append(_problem(file, "name", "The scenario has no name.", 'Write name = "West grows".'))
    found, faults = _read(value.get("changes", []), file)
    if problems or faults:
        raise InvalidInput([*problems, *faults])
    return NamedChanges(texts["name"], found, texts["note"])


_LIKE = 'Write {"name": "West grows", "changes": [{"change": "growth", "measure": "potential", "by": 0.05}]}.'


def _read(value: Any, file: str) -> tuple[tuple[Change, ...], list[Problem]]:
    if not isinstance(value, list | tuple):
        return (), [_problem(file, "changes", "The changes are no list.", _LIKE)]
    if len(value) > MOST_CHANGES:
        why = f"{len(value):,} changes are too many; {MOST_CHANGES:,} are the most."
        return (), [_problem(file, "changes", why, "List several ids in one change.")]
    found: list[Change] = []
    problems: list[Problem] = []
    for number, each in enumerate(value):
        change = _one(each, f"changes[{number + 1}]", file, problems)
        if change is not None:
            found.append(change)
    return tuple(found), problems


def _one(stated: Any, at: str, file: str, problems: list[Problem]) -> Change | None:
    """Return one change; None, with all its problems, where it cannot be used."""
    if isinstance(stated, Change):
        return stated
    if not isinstance(stated, dict) or not isinstance(stated.get("change"), str):
        why = "A change is a table that says what is changed."
        what = f"State change, one of {', '.join(KINDS)}."
        problems.append(_problem(file, f"{at}.change", why, what))
        return None
    kind = KINDS.get(stated["change"])
    if kind is None:
        why = f"There is no change {_shown(stated['change'])}.{_nearest(stated['change'], KINDS)}"
        problems.append(_problem(file, f"{at}.change", why, f"Use one of {', '.join(KINDS)}."))
        return None
    before = len(problems)
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    try:
        written = kind.short({str(name): held for name, held in stated.items() if name != "change"})
    except ValueError as fault:
        problems.append(_problem(file, at, f"It cannot be used: {fault}.", "Correct it."))
        return None
    for odd in (name for name in written if name not in known):
        why = f"A change {kind.kind!r} has no {_shown(odd)}.{_nearest(odd, known)}"
        problems.append(_problem(file, f"{at}.{odd[:40]}", why, f"Use {', '.join(known)}."))
    for name, field in known.items():
        if name not in written:
            if field.default is MISSING:
                problems.append(_problem(file, f"{at}.{name}", f"{name} is missing.", f"State {name}."))
            continue
        try:
            kind.CHECKS[name](written[name])
        except ValueError as fault:
            problems.append(
                _problem(file, f"{at}.{name}", f"It cannot be used: {fault}.", f"Correct {name}.")
            )
    if len(problems) > before:
        return None
    try:
        return kind(**written)
    except ValueError as fault:
        problems.append(_problem(file, at, f"The change cannot be used: {fault}.", "Correct it."))
        return None


def _problem(file: str, column: str | None, why: str, what: str, code: str = "scenario") -> Problem:
    return Problem(why, what, file=file, column=column, code=code)


def _nearest(name: str, known: Iterable[str]) -> str:
    names: Sequence[str] = list(known)
    near = difflib.get_close_matches(name[:100].casefold(), names, n=1, cutoff=0.6)
    return f" The nearest is {near[0]!r}." if near else ""


def _shown(text: str) -> str:
    told = repr(text[:MOST_LETTERS])
    return told if len(told) <= 60 else f"{told[:57]}…"
