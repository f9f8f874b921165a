"""Locks: a unit must belong to one territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from planner.arrays import IntArray
from planner.measures.placement import unlocked
from planner.problem import AlignmentProblem
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import held_by, the_territory, the_units


@dataclass(frozen=True, eq=False)
class LockRule:
    """Some units are locked to one territory; the lock of each unit is a part.

    Parameters
    ----------
    name
        Name for people.
    units
        Their positions, ascending.
    territory
        Position of the territory.
    """

    name: str
    units: IntArray
    territory: int
    kind: ClassVar[RuleKind] = RuleKind.LOCK

    def parts(self, problem: AlignmentProblem) -> tuple[LockRule, ...]:
        """Return the lock of each unit; none where there is only one."""
        if len(self.units) < 2:
            return ()
        return tuple(_rule(problem, self.units[[p]], self.territory) for p in range(len(self.units)))

    def text(self, problem: AlignmentProblem) -> str:
        """Return which units are locked and what the territory holds with them."""
        verb = "is" if len(self.units) == 1 else "are"
        said = f"{the_units(problem, self.units)} {verb} locked to {the_territory(problem, self.territory)}"
        held = held_by(problem, self.territory, self.units)
        return (
            f"{said}, which holds at least {held} with {'it' if verb == 'is' else 'them'}" if held else said
        )

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the units that are elsewhere, all in one breach."""
        placed = self.units[territory[self.units] >= 0]
        away = placed[unlocked(np.full(len(placed), self.territory), territory[placed])]
        if not len(away):
            return ()
        verb = "is" if len(away) == 1 else "are"
        home = the_territory(problem, self.territory)
        said = f"{the_units(problem, away)} {verb} locked to {home}, but not there"
        return (Breach(self.name, (self.territory,), tuple(away.tolist()), len(away), len(away), said),)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which these units are free."""
        locked = np.array(problem.locked)
        locked[self.units] = -1
        return problem.replace(locked=locked)


def lock_rules(problem: AlignmentProblem) -> tuple[LockRule, ...]:
    """Return the locks of each territory that has any."""
    to = np.unique(problem.locked[problem.locked >= 0])
    return tuple(_rule(problem, np.flatnonzero(problem.locked == j).astype(np.int32), int(j)) for j in to)


def _rule(problem: AlignmentProblem, units: IntArray, territory: int) -> LockRule:
    to = problem.territories.territory_id[territory]
    name = f"lock of {problem.units.unit_id[units[0]]}" if len(units) == 1 else f"locks to {to}"
    return LockRule(name, units, territory)
