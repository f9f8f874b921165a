"""The best that is possible: limits loosened just where they were proved impossible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.problem import AlignmentProblem
from solvers.conflicts.band import Band
from solvers.conflicts.conflict import Conflict
from solvers.conflicts.counting import least_moved, locked_where_excluded
from solvers.conflicts.reachability import most_in_reach

ROOM = 1e-6
"""Share of an ideal by which a loosened limit is wider than what was proved: sums of floats have to fit."""


MISSING = ("total", "fixed", "locked", "oversize")
"""Kinds that put the ideals of a measure out of reach."""


def best_possible(problem: AlignmentProblem, conflicts: tuple[Conflict, ...]) -> AlignmentProblem:
    """Return the problem with limits loosened just where they are proved impossible.

    A unit too big for any territory gets one of its own to be the core of, with an upper limit to match; the others
    share what is left, so their lower limits fall with their mean. Where a territory is bound to hold too much, its
    upper limit rises to that; where totals and limits miss each other, all limits are scaled to meet. Where no plan
    keeps a band, whoever lies where, it is widened for all to the narrowest one that is not ruled out. A lock counts
    for more than an exclusion; the budget rises to what has to change hands.
    """
    lower, upper = (limit.copy() for limit in problem.limits())
    locked = np.array(problem.locked)
    k = problem.n_territories
    taken: dict[int, int] = {}
    for conflict in conflicts:
        m = conflict.measure
        if conflict.kind == "oversize":
            for i in conflict.units:
                host = taken.get(i, _host(problem, i, taken))
                if host is None or (i not in taken and len(taken) >= k - 1):
                    continue
                taken[i] = locked[i] = host
                upper[taken[i], m] = max(upper[taken[i], m], problem.activity[i, m] * (1 + 1e-6))
                upper[taken[i], m] += 0.1 * problem.measures[m].ideal[taken[i]]
    for m in problem.limited:
        measure = problem.measures[int(m)]
        pinned = _pinned(problem, locked, int(m))
        upper[:, m] = np.maximum(upper[:, m], pinned * (1 + ROOM))
        over, share = _left_to_share(problem, locked, int(m))
        with np.errstate(invalid="ignore"):
            if share < 1:
                lower[:, m] = np.minimum(lower[:, m], measure.lower * share)
            else:
                upper[~over, m] = np.maximum(upper[~over, m], measure.upper[~over] * share)
        widest = max((one.deviation for one in conflicts if one.measure in (m, -1)), default=0.0)
        if widest > 0:
            over &= _misses(conflicts, int(m))
            ideal = measure.ideal * (share if _misses(conflicts, int(m)) else 1.0)
            widened = ideal * (1 - widest - ROOM), ideal * (1 + widest + ROOM)
            lower[~over, m] = np.minimum(lower[~over, m], widened[0][~over])
            upper[~over, m] = np.maximum(upper[~over, m], widened[1][~over])
    if any(one.kind == "out_of_reach" for one in conflicts):
        _lower_to_reach(problem.replace(locked=locked), lower, upper)
    measures = tuple(
        replace(measure, lower=lower[:, m], upper=np.maximum(upper[:, m], lower[:, m]))
        if measure.limited
        else measure
        for m, measure in enumerate(problem.measures)
    )
    excluded = problem.excluded
    banned = np.flatnonzero(locked_where_excluded(problem))
    if excluded is not None and len(banned):
        kept = excluded.tolil(copy=True)
        kept[banned, problem.locked[banned]] = False
        excluded = kept.tocsr()
    held = problem.replace(locked=locked, excluded=excluded)
    budgets = tuple(
        budget.replace(total=max(budget.total, least_moved(held, budget))) for budget in problem.budgets
    )
    return held.replace(measures=measures, budgets=budgets)


def _lower_to_reach(problem: AlignmentProblem, lower: FloatArray, upper: FloatArray) -> None:
    """Lower the limits that are out of reach, and let the other territories take up what is left over."""
    most = most_in_reach(problem)
    for m in problem.limited:
        ideal = problem.measures[int(m)].ideal
        short = most[:, m] < lower[:, m]
        lower[short, m] = most[short, m] - ROOM * ideal[short]
        total = problem.activity[:, m].sum() + problem.territories.fixed_activity[:, m].sum()
        left_over = float(total - np.minimum(upper[:, m], most[:, m]).sum())
        if left_over > 0 and ideal[~short].sum() > 0:
            upper[~short, m] += left_over * (1 + ROOM) * ideal[~short] / ideal[~short].sum()


def bands(problem: AlignmentProblem, loosened: AlignmentProblem, conflicts: Sequence[Conflict]) -> list[Band]:
    """Return the limits that are left to be proved impossible once `conflicts` have been loosened.

    Where some territories are bound to hold more than they may, deviation is from what is left for the others.
    """
    left: list[Band] = []
    lower, upper = loosened.limits()
    for m in problem.limited:
        ideal = np.array(problem.measures[int(m)].ideal)
        over = np.zeros(len(ideal), bool)
        if _misses(conflicts, int(m)):
            over, share = _left_to_share(problem, loosened.locked, int(m))
            ideal[~over] *= share
        left.append(Band(int(m), ideal, lower[:, m], upper[:, m], ~over))
    return left


def _misses(conflicts: Sequence[Conflict], m: int) -> bool:
    """Return whether the ideals of a measure are out of reach because of how much there is to share."""
    return any(one.measure == m and one.kind in MISSING for one in conflicts)


def _pinned(problem: AlignmentProblem, locked: IntArray, m: int) -> FloatArray:
    """Return what each territory is bound to hold, shape ``(n_territories,)``."""
    held = locked >= 0
    sums = np.bincount(locked[held], problem.activity[held, m], problem.n_territories)
    return np.asarray(problem.territories.fixed_activity[:, m] + sums, dtype=np.float64)


def _left_to_share(problem: AlignmentProblem, locked: IntArray, m: int) -> tuple[MaskArray, float]:
    """Return which territories are bound to hold too much, and what is left for the others per ideal of theirs."""
    measure = problem.measures[m]
    pinned = _pinned(problem, locked, m)
    over = np.asarray(pinned > measure.upper, dtype=bool)
    total = float(problem.activity[:, m].sum() + problem.territories.fixed_activity[:, m].sum())
    left = (total - float(pinned[over].sum())) / max(int((~over).sum()), 1)
    return over, left / max(float(measure.ideal[~over].mean()) if (~over).any() else 1.0, 1e-300)


def _host(problem: AlignmentProblem, unit: int, taken: dict[int, int]) -> int | None:
    """Return the territory that a unit too big for any gets; None where there is none left for it.

    Its owner, else the one with the nearest home, else any free one.
    """
    barred = set(taken.values())
    if problem.excluded is not None:
        barred |= set(problem.excluded.tocsr()[[unit], :].nonzero()[1].tolist())
    owner = int(problem.current[unit])
    if owner >= 0 and owner not in barred:
        return owner
    home = problem.territories.home_xy_m
    distance = ((home - problem.units.xy_m[unit]) ** 2).sum(axis=1)
    order = np.argsort(np.where(np.isfinite(distance), distance, np.inf), kind="stable")
    return next((int(j) for j in order if int(j) not in barred), None)
