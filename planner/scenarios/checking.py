"""Whether changes go together, and whether what they name is there: all that is wrong, told at once."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.data_changes import RulePattern, as_row
from planner.errors import Problem
from planner.scenario import Scenario
from planner.scenarios.change import Change
from planner.scenarios.codec import FILE
from planner.scenarios.holding import AddRule, Exclude, Lock, RemoveRule
from planner.scenarios.seats import HireSeat, Leave


@dataclass(frozen=True)
class Known:
    """What there is in the data that changes may name; None where that is not known.

    Parameters
    ----------
    accounts, units, seats, territories
        Ids. Seats without a table of seats are the territories in force.
    regions, segments, levels
        Names; of regions, ids and names of nodes as well.
    measures
        Names of measures, counts among them.
    rules
        Rules of the folder's table by column.
    """

    accounts: frozenset[str] | None = None
    units: frozenset[str] | None = None
    seats: frozenset[str] | None = None
    territories: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    segments: frozenset[str] | None = None
    levels: frozenset[str] | None = None
    measures: frozenset[str] | None = None
    rules: tuple[dict[str, object], ...] | None = None


def check(
    changes: Sequence[Change], base: Scenario | None = None, known: Known | None = None, file: str = FILE
) -> tuple[Problem, ...]:
    """Return what is wrong with changes: conflicts, contradictions, and names that are not there.

    Parameters
    ----------
    changes
        The changes.
    base
        What they change; None where that is not known.
    known
        What there is in the data; None to check nothing against it.
    file
        What problems name as the place.
    """
    found = [*_conflicts(changes, file), *_contradictions(changes, file)]
    if known is not None:
        found += _unknown(changes, base, known, file)
    return tuple(found)


def _conflicts(changes: Sequence[Change], file: str) -> list[Problem]:
    """Return pairs of changes to the same thing."""
    first: dict[tuple[str, ...], int] = {}
    found: list[Problem] = []
    told: set[tuple[int, int]] = set()
    for number, change in enumerate(changes):
        for thing in change.sets():
            other = first.setdefault(thing, number)
            if other == number or (other, number) in told:
                continue
            told.add((other, number))
            what = " ".join(part for part in thing if part).replace("_", " ")
            why = f"Two changes speak of the same ({what}): {changes[other].sentence()} {change.sentence()}"
            found.append(_problem(file, number, why, "Keep one of the two.", "scenario_conflict", what))
    return found


def _contradictions(changes: Sequence[Change], file: str) -> list[Problem]:
    """Return changes that need what another one takes away."""
    gone = {name for change in changes if isinstance(change, Leave) for name in change.seats}
    found = []
    for number, change in enumerate(changes):
        needed = _owners(change)
        for name in sorted(needed & gone):
            why = f"{change.sentence()} But {name} is given up by the same scenario."
            what = "Name a seat that stays, or leave this out."
            found.append(_problem(file, number, why, what, "scenario_contradiction", name))
        if isinstance(change, Lock):
            found += _locked_out(number, change, changes, file)
        if isinstance(change, AddRule):
            pairs = [other for other in changes if isinstance(other, RemoveRule)]
            for other in pairs:
                if other.rule.matches(as_row(change.rule)):
                    why = (
                        f"{change.sentence()} {other.sentence()} The same scenario adds and removes the rule."
                    )
                    found.append(
                        _problem(file, number, why, "Keep one of the two.", "scenario_contradiction", "rule")
                    )
    return found


def _locked_out(number: int, lock: Lock, changes: Sequence[Change], file: str) -> list[Problem]:
    """Return exclusions of what is locked to the very same owner."""
    found = []
    for other in changes:
        if not isinstance(other, Exclude):
            continue
        same = {*lock.accounts} & {*other.accounts} or {*lock.units} & {*other.units}
        to = (lock.territory, lock.seat)
        if same and any(to) and (other.territory, other.seat) == to:
            name = min(same)
            why = f"{name} is locked to {to[0] or to[1]} and must not belong to it."
            found.append(_problem(file, number, why, "Keep one of the two.", "scenario_contradiction", name))
    return found


def _owners(change: Change) -> set[str]:
    """Return the seats and territories that a change needs."""
    if isinstance(change, Lock | Exclude):
        return {change.territory, change.seat} - {""}
    if isinstance(change, AddRule):
        return {change.rule.territory_id, change.rule.seat_id} - {""}
    return set()


def _unknown(changes: Sequence[Change], base: Scenario | None, known: Known, file: str) -> list[Problem]:
    """Return names that the data do not have."""
    hired = frozenset(change.seat_id for change in changes if isinstance(change, HireSeat))
    asked = frozenset() if base is None else frozenset(base.regions)
    plus = replace(
        known,
        seats=None if known.seats is None else known.seats | hired,
        territories=None if known.territories is None else known.territories | hired,
        regions=None if known.regions is None else known.regions | asked,
    )
    found: list[Problem] = []
    for number, change in enumerate(changes):
        for noun, names in change.names().items():
            there: frozenset[str] | None = getattr(plus, _THERE[noun])
            if noun == "seat" and there is not None:
                # A seat goes by the name of its territory as well.
                there |= plus.territories or frozenset()
            missing = [] if there is None else [name for name in names if name not in there]
            if missing and there is not None:
                found.append(_missing(file, number, noun, missing, there))
        if isinstance(change, HireSeat) and known.seats is not None and change.seat_id in known.seats:
            why = f"A new seat cannot be called {change.seat_id!r}: there is one already."
            found.append(_problem(file, number, why, "Give it another id.", "seat_exists", change.seat_id))
        if isinstance(change, RemoveRule) and known.rules is not None:
            found += _no_rule(change.rule, base, known.rules, number, file)
    return found


_THERE = {
    "account": "accounts",
    "unit": "units",
    "seat": "seats",
    "territory": "territories",
    "region": "regions",
    "segment": "segments",
    "level": "levels",
    "measure": "measures",
}
"""Field of `Known` that holds what there is of each kind."""


def _missing(file: str, number: int, noun: str, missing: list[str], there: frozenset[str]) -> Problem:
    near = difflib.get_close_matches(missing[0], sorted(there)[:50_000], n=1, cutoff=0.6)
    more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
    why = f"There is no {noun} {missing[0]!r}{more} in the data."
    why += f" The nearest is {near[0]!r}." if near else ""
    problem = _problem(file, number, why, f"Correct the {noun}.", f"unknown_{noun}", missing[0])
    return replace(problem, count=len(missing))


def _no_rule(
    pattern: RulePattern,
    base: Scenario | None,
    rules: tuple[dict[str, object], ...],
    number: int,
    file: str,
) -> list[Problem]:
    stated = [] if base is None else [as_row(each) for each in base.rules]
    if any(pattern.matches(each) for each in (*rules, *stated)):
        return []
    why = f"There is no rule with {pattern.told} that could be taken away."
    what = "State a name, or the kind and the ids, of a rule that is there."
    return [_problem(file, number, why, what, "unknown_rule", pattern.told)]


def _problem(file: str, number: int, why: str, what: str, code: str, value: str) -> Problem:
    return Problem(why, what, file=file, column=f"changes[{number + 1}]", value=value, code=code)
