"""Balance bands: every territory holds its ideal of a measure, give or take the same fraction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.problem import AlignmentProblem
from planner.rules.holding import allowed, binding_lower, limit_breaches, relative, widened
from planner.rules.rule import Breach, RuleKind

PRECISION = 1e-9
"""Relative difference up to which two limits are the same band."""


@dataclass(frozen=True, eq=False)
class BandRule:
    """Territories hold a measure within one band about their ideals. Its size is the wider of its sides, a fraction.

    Parameters
    ----------
    name
        Name for people.
    measure
        Position of the measure.
    lower_of, upper_of
        Positions of the territories whose lower and upper limits follow the band, ascending.
    """

    name: str
    measure: int
    lower_of: IntArray
    upper_of: IntArray
    kind: ClassVar[RuleKind] = RuleKind.BAND

    def parts(self, problem: AlignmentProblem) -> tuple[BandRule, ...]:
        """Return the band of each territory; none where there is only one."""
        held = np.union1d(self.lower_of, self.upper_of).tolist()
        if len(held) < 2:
            return ()
        ids, measure = problem.territories.territory_id, problem.measures[self.measure].name
        return tuple(
            BandRule(
                f"balance of {measure} in {ids[j]}",
                self.measure,
                self.lower_of[self.lower_of == j],
                self.upper_of[self.upper_of == j],
            )
            for j in held
        )

    def text(self, problem: AlignmentProblem) -> str:
        """Return the band in fractions and, where all ideals are the same, in units of the measure."""
        measure = problem.measures[self.measure]
        held = np.union1d(self.lower_of, self.upper_of)
        whose = f"each of {len(held):,} territories" if len(held) > 1 else f"{_id(problem, held[0])}"
        whose = "every territory" if len(held) == problem.n_territories > 1 else whose
        said = f"{whose} must hold its ideal of {measure.name} within {widened(self._sides(problem))}"
        if np.ptp(measure.ideal[held]) > PRECISION * np.abs(measure.ideal[held]).max():
            return said
        lower = measure.lower[self.lower_of].max(initial=-np.inf)
        return f"{said}: {allowed(lower, measure.upper[self.upper_of].min(initial=np.inf))}"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the territories that leave the band; amounts are in units of the measure."""
        return limit_breaches(self.name, problem, territory, self.measure, self.lower_of, self.upper_of)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem without these limits."""
        return self.eased(problem, np.inf)

    def size(self, problem: AlignmentProblem) -> float:
        """Return the wider side of the band, a fraction; inf where it has no limit left."""
        sides = [side for side in self._sides(problem) if np.isfinite(side)]
        return max(sides, default=np.inf)

    def needed(self, problem: AlignmentProblem, territory: IntArray) -> float:
        """Return the largest deviation of a territory that leaves the band, else its size."""
        out = [breach.territories[0] for breach in self.breaches(problem, territory)]
        if not out:
            return self.size(problem)
        load, ideal = problem.loads(territory)[out, self.measure], problem.measures[self.measure].ideal[out]
        return float(np.abs(load / ideal - 1.0).max()) if (ideal > 0).all() else np.inf

    def eased(self, problem: AlignmentProblem, size: float) -> AlignmentProblem:
        """Return the problem with the band at ±`size`, where it is not wider already."""
        measure = problem.measures[self.measure]
        lower, upper = np.array(measure.lower), np.array(measure.upper)
        if np.isfinite(size):
            lower[self.lower_of] = np.minimum(lower, measure.ideal * (1 - size))[self.lower_of]
            upper[self.upper_of] = np.maximum(upper, measure.ideal * (1 + size))[self.upper_of]
        else:
            lower[self.lower_of], upper[self.upper_of] = -np.inf, np.inf
        measures = list(problem.measures)
        measures[self.measure] = replace(measure, lower=lower, upper=upper)
        return problem.replace(measures=tuple(measures))

    def eased_text(self, problem: AlignmentProblem, size: float) -> str:
        """Return the old band and the new one."""
        old, new = (widened(self._sides(of)) for of in (problem, self.eased(problem, size)))
        return f"widen the band of {problem.measures[self.measure].name} from {old} to {new}"

    def _sides(self, problem: AlignmentProblem) -> tuple[float, float]:
        """Return the fractions allowed below and above; inf where there is no limit."""
        measure = problem.measures[self.measure]
        below = -relative(measure.lower, measure.ideal)[self.lower_of]
        above = relative(measure.upper, measure.ideal)[self.upper_of]
        return _known(below), _known(above)


def band_rules(problem: AlignmentProblem) -> tuple[BandRule, ...]:
    """Return the band of each measure that has one."""
    found = []
    for m in problem.limited.tolist():
        measure = problem.measures[m]
        lower_of, upper_of = (
            in_band(binding_lower(measure), measure.ideal, -1.0),
            in_band(measure.upper, measure.ideal, 1.0),
        )
        if len(lower_of) or len(upper_of):
            found.append(BandRule(f"balance of {measure.name}", m, lower_of, upper_of))
    return tuple(found)


def in_band(limit: FloatArray, ideal: FloatArray, sign: float) -> IntArray:
    """Return the territories whose limits are the same fraction of their ideals: all, or more than half of them.

    An ideal of 0 goes with any fraction, so long as the limit is 0 as well. A band holds its ideal: an upper limit
    (`sign` 1) below the ideals, or a lower one (−1) above them, is an amount that people gave.
    """
    away = np.round(relative(limit, ideal), 9)
    held, count = np.unique(away[np.isfinite(away)], return_counts=True)
    limited = int(np.isfinite(limit).sum())
    if not len(held) or (limited > 1 and 2 * int(count.max()) <= limited):
        return np.zeros(0, np.int32)
    common = float(held[int(count.argmax())])
    if sign * common < 0:
        return np.zeros(0, np.int32)
    same = np.abs(limit - ideal * (1 + common)) <= PRECISION * np.maximum(np.abs(ideal), np.abs(limit))
    return np.flatnonzero(same).astype(np.int32)


def _known(deviation: FloatArray) -> float:
    found = np.round(deviation[np.isfinite(deviation)], 9)
    return float(found.max()) if len(found) else np.inf


def _id(problem: AlignmentProblem, position: int) -> str:
    return f"territory {problem.territories.territory_id[position]}"
