"""Names and numbers in the sentences about rules."""

from __future__ import annotations

from collections.abc import Iterable

from planner.arrays import IdArray, IntArray
from planner.problem import AlignmentProblem

SHOWN = 3
"""Names that are listed; the rest are counted."""


def number(value: float) -> str:
    """Return an amount with two decimals, none where it is whole."""
    return f"{value:,.2f}".removesuffix(".00")


def percent(fraction: float) -> str:
    """Return a fraction as a percentage of at most four digits."""
    return f"{100 * fraction:.4g} %"


def listed(ids: IdArray, positions: Iterable[int], most: int = SHOWN) -> str:
    """Return names joined by commas and *and*, those beyond `most` counted."""
    names = [str(ids[i]) for i in positions]
    if len(names) > most:
        names = [*names[:most], f"{len(names) - most:,} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def the_units(problem: AlignmentProblem, positions: Iterable[int]) -> str:
    """Return units by name: ``unit u1``, ``units u1 and u2``."""
    found = list(positions)
    return f"unit{'s' if len(found) != 1 else ''} {listed(problem.units.unit_id, found)}"


def the_territory(problem: AlignmentProblem, position: int) -> str:
    """Return a territory by name."""
    return f"territory {problem.territories.territory_id[position]}"


def held_by(problem: AlignmentProblem, position: int, units: IntArray) -> str:
    """Return what a territory holds of each limited measure with some units, in words; empty where none is limited."""
    held = problem.territories.fixed_activity[position] + problem.activity[units].sum(axis=0)
    return ", ".join(f"{number(held[m])} of {problem.measures[m].name}" for m in problem.limited)
