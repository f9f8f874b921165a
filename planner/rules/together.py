"""Keep together: the units of a group must share a territory, such as the accounts of one family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from planner.arrays import IntArray
from planner.measures.company import torn
from planner.problem import AlignmentProblem
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import listed, the_units


@dataclass(frozen=True, eq=False)
class TogetherRule:
    """The units of one group must share a territory.

    Parameters
    ----------
    name
        Name for people.
    group
        Number of the group in the problem.
    units
        Positions of its units, ascending, at least two.
    """

    name: str
    group: int
    units: IntArray
    kind: ClassVar[RuleKind] = RuleKind.TOGETHER

    def parts(self, problem: AlignmentProblem) -> tuple[TogetherRule, ...]:
        """Return none: it is one piece."""
        return ()

    def text(self, problem: AlignmentProblem) -> str:
        """Return which units these are."""
        return f"{the_units(problem, self.units)} must share a territory"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the breach where they lie in several; the amount is how many of these are too many."""
        mine = territory[self.units]
        if not len(torn(np.zeros(len(mine), np.int32), mine)):
            return ()
        several = np.unique(mine[mine >= 0])
        where = listed(problem.territories.territory_id, several)
        said = f"{the_units(problem, self.units)} must be kept together, but lie in {where}"
        surplus = float(len(several) - 1)
        units, territories = tuple(self.units.tolist()), tuple(several.tolist())
        return (Breach(self.name, territories, units, surplus, surplus, said),)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which they may part; links that the graph was given for them remain."""
        return problem.replace(together=np.where(problem.together == self.group, -1, problem.together))


def together_rules(problem: AlignmentProblem) -> tuple[TogetherRule, ...]:
    """Return a rule for each group of two or more units."""
    order = np.argsort(problem.together, kind="stable").astype(np.int32)
    group, first = np.unique(problem.together[order], return_index=True)
    members = np.split(order, first[1:])
    return tuple(
        TogetherRule(f"{listed(problem.units.unit_id, units, 2)} together", int(g), units)
        for g, units in zip(group, members, strict=True)
        if g >= 0 and len(units) > 1
    )
