"""What territories hold of a measure against their hard limits: shared by bands and by single limits."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.measures.balance import band_violation
from planner.problem import AlignmentProblem, Measure
from planner.rules.rule import Breach
from planner.rules.wording import number, percent, the_territory


def limit_breaches(
    name: str,
    problem: AlignmentProblem,
    territory: IntArray,
    measure: int,
    lower_of: IntArray,
    upper_of: IntArray,
) -> tuple[Breach, ...]:
    """Return where an alignment leaves hard limits of one measure; amounts are in units of the measure.

    Parameters
    ----------
    name
        Name of the rule.
    problem, territory
        What the alignment is judged by, and the territory of each unit, shape ``(n_units,)``.
    measure
        Position of the measure.
    lower_of, upper_of
        Positions of the territories whose lower and upper limits are the rule's.
    """
    limits = problem.measures[measure]
    lower, upper = np.full(problem.n_territories, -np.inf), np.full(problem.n_territories, np.inf)
    lower[lower_of], upper[upper_of] = limits.lower[lower_of], limits.upper[upper_of]
    load = problem.loads(territory)[:, measure]
    severity = band_violation(load, lower, upper, limits.ideal)
    found = []
    for j in np.flatnonzero(severity > 0).tolist():
        amount = max(lower[j] - load[j], load[j] - upper[j])
        text = limit_text(problem, j, measure, float(load[j]))
        found.append(Breach(name, (j,), (), float(amount), float(severity[j]), text))
    return tuple(found)


def limit_text(problem: AlignmentProblem, position: int, measure: int, load: float) -> str:
    """Return in words what a territory holds of a measure that it should not."""
    limits = problem.measures[measure]
    within = allowed(limits.lower[position], limits.upper[position])
    return (
        f"{the_territory(problem, position)} holds {number(load)} of {limits.name}; allowed are "
        f"{within}{_deviation(load, float(limits.ideal[position]))}"
    )


def _deviation(load: float, ideal: float) -> str:
    return f" ({load / ideal - 1:+.1%} from its ideal)" if ideal > 0 else ""


def allowed(lower: float, upper: float) -> str:
    """Return limits in words; −inf and 0 count as no lower limit."""
    if not np.isfinite(upper):
        return f"at least {number(lower)}"
    return f"{number(lower)} to {number(upper)}" if lower > 0 else f"at most {number(upper)}"


def widened(deviations: tuple[float, float]) -> str:
    """Return how far below and above an ideal is allowed, fractions, in words; inf and all of it are no limit."""
    below, above = deviations
    if below >= 1:
        return f"at most +{percent(above)}" if np.isfinite(above) else "no limit"
    if not np.isfinite(above):
        return f"at least −{percent(below)}"
    if below == above:
        return f"±{percent(above)}"
    return f"−{percent(below)} to +{percent(above)}"


def binding_lower(measure: Measure) -> FloatArray:
    """Return the lower limits of a measure that say something: −inf for those that any territory keeps."""
    return np.where(measure.lower > 0, measure.lower, -np.inf)


def relative(limit: FloatArray, ideal: FloatArray) -> FloatArray:
    """Return the deviation of limits from their ideals as fractions, NaN where either tells nothing."""
    told = np.isfinite(limit) & (ideal > 0)
    return np.where(told, np.where(told, limit, 0.0) / np.where(told, ideal, 1.0) - 1.0, np.nan)
