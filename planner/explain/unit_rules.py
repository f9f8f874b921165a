"""Rules about single units, and who shares a territory with whom: what a move breaks and mends of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from planner.arrays import IntArray
from planner.explain.groups import Groups
from planner.measures import company
from planner.problem import AlignmentProblem
from planner.scorecard import Scorecard


class UnitBreaches(NamedTuple):
    """Breaches of each kind; what is counted is said at the scorecard's numbers of the same names."""

    lock: int
    exclusion: int
    apart: int
    together: int
    region: int


class UnitRules:
    """Locks, exclusions, regions, pairs and groups of one alignment.

    Parameters
    ----------
    problem
        What the alignment is judged by.
    territory
        Territory of each unit, shape ``(n_units,)``, complete.
    """

    def __init__(self, problem: AlignmentProblem, territory: IntArray) -> None:
        self.problem, self.territory = problem, territory
        self._pairs_of = Groups(problem.apart.ravel(), problem.n_units)
        self.group_members = Groups(problem.together, int(problem.together.max(initial=-1)) + 1)

    def of(self, units: IntArray) -> MovingRules:
        """Return what a move of `units` makes of them."""
        return MovingRules(self, units)

    def pairs_with(self, units: IntArray) -> IntArray:
        """Return the positions of the pairs kept apart that have a part in `units`, ascending."""
        # Pairs are stored with both their units in a row: half the position is the pair.
        held = [self._pairs_of[int(u)] for u in units]
        return np.unique(np.concatenate([units[:0], *held]) // 2).astype(np.int32)

    def group(self, units: IntArray) -> IntArray:
        """Return `units` and every unit that must share a territory with one of them, ascending."""
        groups = np.unique(self.problem.together[units])
        return np.unique(np.concatenate([units, *(self.group_members[int(g)] for g in groups if g >= 0)]))


class MovingRules:
    """Breaches of rules about units after a few of them have gone together.

    Parameters
    ----------
    rules
        What was prepared.
    units
        What goes, ascending.
    """

    def __init__(self, rules: UnitRules, units: IntArray) -> None:
        self._problem, self._territory, self._units = rules.problem, rules.territory, units
        self.pairs = rules.pairs_with(units)
        groups = np.unique(rules.problem.together[units])
        near = [rules.group_members[int(g)] for g in groups if g >= 0]
        near.append(rules.problem.apart[self.pairs].ravel())
        self._concerned = np.unique(np.concatenate([units, *near])).astype(np.int32)
        self._before = self._counts(self._territory)

    def breaches(self, before: Scorecard, to: int) -> UnitBreaches:
        """Return the breaches in the whole plan after the move."""
        territory = self._territory.copy()
        territory[self._units] = to
        whole = (
            before.lock_breaches,
            before.exclusion_breaches,
            before.apart_breaches,
            before.together_breaches,
            before.region_breaches,
        )
        now = self._counts(territory)
        return UnitBreaches(*(w + a - b for w, a, b in zip(whole, now, self._before, strict=True)))

    def _counts(self, territory: IntArray) -> UnitBreaches:
        """Return the breaches in which the units that go have a part."""
        problem, units, concerned = self._problem, self._units, self._concerned
        at, groups = territory[units], problem.together[concerned]
        excluded = 0
        if problem.excluded is not None and len(units):
            excluded = int(np.asarray(problem.excluded[units, at], dtype=bool).sum())
        return UnitBreaches(
            lock=int(((problem.locked[units] >= 0) & (at != problem.locked[units])).sum()),
            exclusion=excluded,
            apart=int(company.sharing(problem.apart[self.pairs], territory).sum()),
            together=len(company.torn(groups, territory[concerned])) if (groups >= 0).any() else 0,
            region=int(company.strayed(problem.region_of_unit[units], problem.region_of_territory, at).sum()),
        )
