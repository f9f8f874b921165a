"""Proofs by sums: totals against limits, in all and per region, what is bound to a territory, what has to move.

They take a pass over the units each, and name a territory or a region.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.arrays import sum_by
from planner.problem import AlignmentProblem
from planner.rules.wording import number, the_territory
from solvers.conflicts.counting import least_moved


def overrun(problem: AlignmentProblem) -> str:
    """Return the first contradiction that sums tell, in words with numbers; empty where there is none."""
    return next(_overruns(problem), "")


def _overruns(problem: AlignmentProblem) -> Iterator[str]:
    for m in problem.limited.tolist():
        yield from _of_totals(problem, m)
        yield from _of_bound(problem, m)
    if len(problem.region_name):
        for r in np.unique(problem.region_of_unit[problem.region_of_unit >= 0]).tolist():
            for m in problem.limited.tolist():
                yield from _of_region(problem, r, m)
    for budget in problem.budgets:
        needed = least_moved(problem, budget)
        if needed > budget.most:
            yield (
                f"at least {number(needed)} of {budget.name} has to change hands (owners that are no longer there, "
                f"locks, exclusions), and {number(budget.total)} may"
            )


def _of_totals(problem: AlignmentProblem, m: int) -> Iterator[str]:
    measure, fixed = problem.measures[m], problem.territories.fixed_activity[:, m]
    total = float(problem.activity[:, m].sum() + fixed.sum())
    together = f"the {problem.n_territories:,} territories together"
    yield from _against(together, measure.name, total, measure.lower.sum(), measure.upper.sum(), total)


def _against(
    whose: str, name: str, total: float, least: float, most: float, reachable: float
) -> Iterator[str]:
    """Yield what territories may or must hold against what there is; inf and −inf are no limits."""
    slack = 1e-9 * max(abs(total), 1.0)
    if total > most + slack:
        yield f"{whose} may hold at most {number(most)} of {name}, but there are {number(total)} to be held"
    if reachable < least - slack:
        yield f"{whose} must hold at least {number(least)} of {name}, but there are only {number(reachable)}"


def _of_region(problem: AlignmentProblem, r: int, m: int) -> Iterator[str]:
    measure = problem.measures[m]
    mine = problem.region_of_territory == r
    value, region = problem.activity[:, m], problem.region_of_unit
    fixed = float(problem.territories.fixed_activity[mine, m].sum())
    total = float(value[region == r].sum()) + fixed
    reachable = total + float(value[region < 0].sum())
    whose = f"the {int(mine.sum()):,} territories of region {problem.region_name[r]} together"
    least, most = float(measure.lower[mine].sum()), float(measure.upper[mine].sum())
    yield from _against(whose, measure.name, total, least, most, reachable)


def _of_bound(problem: AlignmentProblem, m: int) -> Iterator[str]:
    measure, fixed = problem.measures[m], problem.territories.fixed_activity[:, m]
    held = problem.locked >= 0
    pinned = fixed + sum_by(problem.locked[held], problem.activity[held, m], problem.n_territories)
    over = (pinned - measure.upper) / np.maximum(np.abs(measure.ideal), 1e-300)
    j = int(over.argmax())
    if pinned[j] > measure.upper[j] + 1e-9 * max(abs(float(measure.ideal[j])), abs(float(pinned[j]))):
        named = "named accounts and accounts without a place"
        how = (
            "locked units" if fixed[j] == 0 else named if pinned[j] == fixed[j] else f"locked units, {named}"
        )
        load, most = number(pinned[j]), number(measure.upper[j])
        yield f"{the_territory(problem, j)} holds {load} of {measure.name} in any case ({how}), and may hold {most}"
