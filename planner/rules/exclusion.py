"""Exclusions: a unit must not belong to a territory, for whatever reason: skill, language, conflict, reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import IntArray, MaskArray
from planner.problem import AlignmentProblem
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import the_territory, the_units


@dataclass(frozen=True, eq=False)
class ExclusionRule:
    """Some units are excluded from one territory; the exclusion of each unit is a part.

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
    kind: ClassVar[RuleKind] = RuleKind.EXCLUSION

    def parts(self, problem: AlignmentProblem) -> tuple[ExclusionRule, ...]:
        """Return the exclusion of each unit; none where there is only one."""
        if len(self.units) < 2:
            return ()
        return tuple(_rule(problem, self.units[[p]], self.territory) for p in range(len(self.units)))

    def text(self, problem: AlignmentProblem) -> str:
        """Return which units are excluded."""
        verb = "is" if len(self.units) == 1 else "are"
        return (
            f"{the_units(problem, self.units)} {verb} excluded from {the_territory(problem, self.territory)}"
        )

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the units that are there all the same, all in one breach."""
        there = self.units[territory[self.units] == self.territory]
        if not len(there):
            return ()
        verb = "is" if len(there) == 1 else "are"
        away = the_territory(problem, self.territory)
        said = f"{the_units(problem, there)} {verb} in {away}, but excluded from it"
        return (Breach(self.name, (self.territory,), tuple(there.tolist()), len(there), len(there), said),)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which these units may belong to the territory."""
        if problem.excluded is None:
            return problem
        pairs = problem.excluded.tocoo()
        row, column = pairs.coords
        free = np.zeros(problem.n_units, bool)
        free[self.units] = True
        kept: MaskArray = np.asarray(pairs.data, bool) & ~(free[row] & (column == self.territory))
        shape = problem.excluded.shape
        left = csr_array((np.ones(int(kept.sum()), bool), (row[kept], column[kept])), shape=shape)
        return problem.replace(excluded=left)


def exclusion_rules(problem: AlignmentProblem) -> tuple[ExclusionRule, ...]:
    """Return the exclusions of each territory that has any."""
    if problem.excluded is None:
        return ()
    by_territory = problem.excluded.astype(bool).tocsc()
    by_territory.eliminate_zeros()
    by_territory.sort_indices()
    first, unit = by_territory.indptr, by_territory.indices
    return tuple(
        _rule(problem, unit[first[j] : first[j + 1]].astype(np.int32), j)
        for j in range(problem.n_territories)
        if first[j] < first[j + 1]
    )


def _rule(problem: AlignmentProblem, units: IntArray, territory: int) -> ExclusionRule:
    away = problem.territories.territory_id[territory]
    one = f"exclusion of {problem.units.unit_id[units[0]]} from {away}"
    return ExclusionRule(one if len(units) == 1 else f"exclusions from {away}", units, territory)
