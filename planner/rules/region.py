"""Regions: a unit must stay in the territories of its region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from planner.arrays import IntArray
from planner.measures.company import strayed
from planner.problem import AlignmentProblem
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import the_units


@dataclass(frozen=True, eq=False)
class RegionRule:
    """The units of one region belong to its territories.

    Parameters
    ----------
    name
        Name for people.
    region
        Number of the region in the problem.
    """

    name: str
    region: int
    kind: ClassVar[RuleKind] = RuleKind.REGION

    def parts(self, problem: AlignmentProblem) -> tuple[RegionRule, ...]:
        """Return none: it is one piece."""
        return ()

    def text(self, problem: AlignmentProblem) -> str:
        """Return how many units and territories it has."""
        units = int((problem.region_of_unit == self.region).sum())
        own = int((problem.region_of_territory == self.region).sum())
        name = problem.region_name[self.region]
        return f"the {units:,} units of region {name} must belong to its {own:,} territories"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the units in territories of other regions, all in one breach."""
        mine = np.where(problem.region_of_unit == self.region, self.region, -1)
        away = np.flatnonzero(strayed(mine, problem.region_of_territory, territory))
        if not len(away):
            return ()
        verb = "belongs" if len(away) == 1 else "belong"
        said = f"{the_units(problem, away)} of region {problem.region_name[self.region]} {verb} to territories outside"
        where = tuple(np.unique(territory[away]).tolist())
        return (Breach(self.name, where, tuple(away.tolist()), len(away), len(away), said),)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which its units may belong to any territory."""
        free = np.where(problem.region_of_unit == self.region, -1, problem.region_of_unit)
        return problem.replace(region_of_unit=free)


def region_rules(problem: AlignmentProblem) -> tuple[RegionRule, ...]:
    """Return a rule for each region that has units."""
    held = np.unique(problem.region_of_unit[problem.region_of_unit >= 0])
    return tuple(RegionRule(f"region {problem.region_name[r]}", int(r)) for r in held)
