"""Rules by what they are about, so that the one that a breach belongs to is found at once."""

from __future__ import annotations

import numpy as np

from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.rules import Rule, rules_of
from planner.rules.apart import ApartRule
from planner.rules.band import BandRule
from planner.rules.contiguity import ContiguityRule
from planner.rules.disruption import BudgetRule, SeatBudgetRule
from planner.rules.exclusion import ExclusionRule
from planner.rules.limit import LimitRule, Side
from planner.rules.lock import LockRule
from planner.rules.mix import MixRule
from planner.rules.region import RegionRule
from planner.rules.together import TogetherRule

Key = tuple[object, ...]


class RuleIndex:
    """The rules of one problem.

    Parameters
    ----------
    problem
        Whose rules they are.
    """

    def __init__(self, problem: AlignmentProblem) -> None:
        self.rules = rules_of(problem)
        self._by: dict[Key, Rule] = {}
        for rule in self.rules:
            for key in _keys(rule):
                self._by[key] = rule

    def limit(self, measure: int, territory: int, side: Side) -> Rule:
        """Return the band or limit that a territory keeps on one side of a measure."""
        return self._by["limit", measure, side, territory]

    def lock(self, territory: int) -> Rule:
        """Return the locks to a territory."""
        return self._by["lock", territory]

    def exclusion(self, territory: int) -> Rule:
        """Return the exclusions from a territory."""
        return self._by["exclusion", territory]

    def contiguity(self, territory: int) -> Rule:
        """Return the rule that keeps a territory in one piece."""
        return self._by["contiguity", territory]

    def budget(self, position: int, territory: int | None = None) -> Rule:
        """Return a disruption budget, or what the seat of a territory may lose of it."""
        return self._by["budget", position, territory]

    def mix(self, position: int, territory: int) -> Rule:
        """Return the mix of a segment in a territory."""
        return self._by["mix", position, territory]

    def apart(self, pair: IntArray) -> Rule:
        """Return what keeps a pair of units apart."""
        return self._by["apart", *np.sort(pair).tolist()]

    def together(self, group: int) -> Rule | None:
        """Return what keeps a group together; None where it is one unit."""
        return self._by.get(("together", group))

    def region(self, region: int) -> Rule:
        """Return what keeps the units of a region in it."""
        return self._by["region", region]


def _keys(rule: Rule) -> list[Key]:
    """Return all that a rule is found by."""
    match rule:
        case BandRule():
            sides = ((Side.LOWER, rule.lower_of), (Side.UPPER, rule.upper_of))
            return [("limit", rule.measure, side, j) for side, of in sides for j in of.tolist()]
        case LimitRule():
            return [("limit", rule.measure, rule.side, j) for j in rule.territories.tolist()]
        case LockRule():
            return [("lock", rule.territory)]
        case ExclusionRule():
            return [("exclusion", rule.territory)]
        case ContiguityRule():
            return [("contiguity", j) for j in rule.territories.tolist()]
        case BudgetRule():
            return [("budget", rule.budget, None)]
        case SeatBudgetRule():
            return [("budget", rule.budget, rule.territory)]
        case MixRule():
            return [("mix", rule.mix, j) for j in rule.territories.tolist()]
        case ApartRule():
            return [("apart", *rule.pair)]
        case TogetherRule():
            return [("together", rule.group)]
        case RegionRule():
            return [("region", rule.region)]
    return []
