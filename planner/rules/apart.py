"""Keep apart: two units must not share a territory, such as two competitors with one rep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from planner.arrays import IntArray
from planner.measures.company import sharing
from planner.problem import AlignmentProblem
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import the_territory, the_units


@dataclass(frozen=True, eq=False)
class ApartRule:
    """Two units must not share a territory.

    Parameters
    ----------
    name
        Name for people.
    pair
        Their positions, ascending.
    """

    name: str
    pair: tuple[int, int]
    kind: ClassVar[RuleKind] = RuleKind.APART

    def parts(self, problem: AlignmentProblem) -> tuple[ApartRule, ...]:
        """Return none: it is one piece."""
        return ()

    def text(self, problem: AlignmentProblem) -> str:
        """Return which units these are."""
        return f"{the_units(problem, self.pair)} must not share a territory"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the breach where they share one; the amount is 1."""
        if not sharing(np.array([self.pair], np.int32), territory)[0]:
            return ()
        shared = int(territory[self.pair[0]])
        said = (
            f"{the_units(problem, self.pair)} must be kept apart, but share {the_territory(problem, shared)}"
        )
        return (Breach(self.name, (shared,), self.pair, 1.0, 1.0, said),)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which they may share one."""
        same = (np.sort(problem.apart, axis=1) == np.array(self.pair)).all(axis=1)
        return problem.replace(apart=problem.apart[~same])


def apart_rules(problem: AlignmentProblem) -> tuple[ApartRule, ...]:
    """Return a rule for each pair; a pair that is told twice is one."""
    ids = problem.units.unit_id
    pairs = np.unique(np.sort(problem.apart, axis=1), axis=0).tolist()
    return tuple(ApartRule(f"{ids[a]} apart from {ids[b]}", (a, b)) for a, b in pairs)
