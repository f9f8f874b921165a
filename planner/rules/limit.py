"""Hard limits in units of a measure: at least so much, at most so many accounts, for one territory or for all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.problem import AlignmentProblem
from planner.rules.band import in_band
from planner.rules.holding import binding_lower, limit_breaches
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import listed, number


class Side(StrEnum):
    """Which limit."""

    LOWER = "lower"
    UPPER = "upper"


@dataclass(frozen=True, eq=False)
class LimitRule:
    """Some territories hold at least, or at most, the same amount of a measure. Its size is that amount.

    Parameters
    ----------
    name
        Name for people.
    measure
        Position of the measure.
    side
        Which limit.
    territories
        Positions of the territories, ascending.
    """

    name: str
    measure: int
    side: Side
    territories: IntArray
    kind: ClassVar[RuleKind] = RuleKind.LIMIT

    def parts(self, problem: AlignmentProblem) -> tuple[LimitRule, ...]:
        """Return the limit of each territory; none where there is only one."""
        if len(self.territories) < 2:
            return ()
        return tuple(
            _rule(problem, self.measure, self.side, self.territories[[p]])
            for p in range(len(self.territories))
        )

    def text(self, problem: AlignmentProblem) -> str:
        """Return who may hold how much."""
        whose = "every territory"
        if len(self.territories) < problem.n_territories or problem.n_territories == 1:
            several = "territories" if len(self.territories) > 1 else "territory"
            whose = f"{several} {listed(problem.territories.territory_id, self.territories)}"
        measure = problem.measures[self.measure].name
        return f"{whose} must hold {self._amount(self.size(problem))} of {measure}"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the territories that pass the limit; amounts are in units of the measure."""
        nothing = np.zeros(0, np.int32)
        lower_of, upper_of = nothing, nothing
        if self.side is Side.LOWER:
            lower_of = self.territories
        else:
            upper_of = self.territories
        return limit_breaches(self.name, problem, territory, self.measure, lower_of, upper_of)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem without this limit."""
        return self.eased(problem, -np.inf if self.side is Side.LOWER else np.inf)

    def size(self, problem: AlignmentProblem) -> float:
        """Return the limit in units of the measure; the loosest where they differ."""
        limit = self._limit(problem)[self.territories]
        return float(limit.min() if self.side is Side.LOWER else limit.max())

    def needed(self, problem: AlignmentProblem, territory: IntArray) -> float:
        """Return the limit that all territories keep, and no tighter one than that of today."""
        load = problem.loads(territory)[self.territories, self.measure]
        if self.side is Side.LOWER:
            return min(float(load.min()), self.size(problem))
        return max(float(load.max()), self.size(problem))

    def eased(self, problem: AlignmentProblem, size: float) -> AlignmentProblem:
        """Return the problem with the limit at `size`, where it is not looser already."""
        limit = np.array(self._limit(problem))
        looser = np.minimum(limit, size) if self.side is Side.LOWER else np.maximum(limit, size)
        limit[self.territories] = looser[self.territories]
        measures = list(problem.measures)
        old = problem.measures[self.measure]
        lower = self.side is Side.LOWER
        measures[self.measure] = replace(old, lower=limit) if lower else replace(old, upper=limit)
        return problem.replace(measures=tuple(measures))

    def eased_text(self, problem: AlignmentProblem, size: float) -> str:
        """Return the old limit and the new one."""
        verb = "lower" if self.side is Side.LOWER else "raise"
        where = listed(problem.territories.territory_id, self.territories)
        measure = problem.measures[self.measure].name
        old, new = number(self.size(problem)), number(size)
        return f"{verb} the {self.side} limit of {measure} in {where} from {old} to {new}"

    def _limit(self, problem: AlignmentProblem) -> FloatArray:
        measure = problem.measures[self.measure]
        return measure.lower if self.side is Side.LOWER else measure.upper

    def _amount(self, limit: float) -> str:
        return f"at {'least' if self.side is Side.LOWER else 'most'} {number(limit)}"


def limit_rules(problem: AlignmentProblem) -> tuple[LimitRule, ...]:
    """Return the limits that are not part of a band: one rule where all are the same amount, else one a territory."""
    found: list[LimitRule] = []
    for m in problem.limited.tolist():
        measure = problem.measures[m]
        for side, limit in ((Side.LOWER, binding_lower(measure)), (Side.UPPER, measure.upper)):
            sign = -1.0 if side is Side.LOWER else 1.0
            single = np.setdiff1d(np.flatnonzero(np.isfinite(limit)), in_band(limit, measure.ideal, sign))
            same = len(single) == problem.n_territories and len(np.unique(limit)) == 1
            groups = [single] if same else [single[[p]] for p in range(len(single))]
            found += [_rule(problem, m, side, group.astype(np.int32)) for group in groups]
    return tuple(found)


def _rule(problem: AlignmentProblem, measure: int, side: Side, territories: IntArray) -> LimitRule:
    name = f"{side} limit of {problem.measures[measure].name}"
    if len(territories) < problem.n_territories or problem.n_territories == 1:
        name += f" in {listed(problem.territories.territory_id, territories)}"
    return LimitRule(name, measure, side, territories)
