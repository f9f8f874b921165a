"""Proofs by counting: what locks, exclusions, totals, single units and the budget come to."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, MaskArray
from planner.budget import Budget
from planner.problem import AlignmentProblem
from solvers.conflicts.conflict import Conflict, named


def counted(problem: AlignmentProblem) -> tuple[Conflict, ...]:
    """Return every contradiction that counting can prove; empty where none is found (which proves nothing)."""
    found: list[Conflict] = []
    n, k = problem.n_units, problem.n_territories
    if n < k:
        found.append(
            Conflict("too_few_units", f"{k} territories are asked for, but there are only {n} units")
        )
    if problem.excluded is not None:
        options = k - np.diff(problem.excluded.tocsr().indptr)
        for i in np.flatnonzero((options == 0) & (problem.locked < 0)):
            name = problem.units.unit_id[i]
            found.append(
                Conflict("nowhere_allowed", f"exclusions leave no territory for unit {name}", -1, (int(i),))
            )
    found += _of_locks(problem)
    for budget in problem.budgets:
        found += _of_budget(problem, budget)
    lower, upper = problem.limits()
    for m in problem.limited:
        found += _of_measure(problem, int(m), lower[:, m], upper[:, m])
    return tuple(found)


def _of_locks(problem: AlignmentProblem) -> list[Conflict]:
    """Return every unit that is locked to a territory it is excluded from."""
    return [
        Conflict(
            "locked_where_excluded",
            f"unit {problem.units.unit_id[i]} is locked to territory "
            f"{problem.territories.territory_id[problem.locked[i]]}, from which it is excluded",
            -1,
            (int(i),),
        )
        for i in np.flatnonzero(locked_where_excluded(problem))
    ]


def locked_where_excluded(problem: AlignmentProblem) -> MaskArray:
    """Return which units are locked to a territory that they are excluded from, shape ``(n_units,)``."""
    banned = np.zeros(problem.n_units, bool)
    held = np.flatnonzero(problem.locked >= 0)
    if problem.excluded is not None and len(held):
        banned[held] = np.asarray(problem.excluded.tocsr()[held, problem.locked[held]], dtype=bool).ravel()
    return banned


def _of_budget(problem: AlignmentProblem, budget: Budget) -> list[Conflict]:
    """Return the proof that more has to change hands than a disruption budget allows, if it does."""
    needed = least_moved(problem, budget)
    if needed <= budget.most:
        return []
    message = (
        f"at least {needed:,.2f} of {budget.name} has to change hands (owners that are no longer there, locks, "
        f"exclusions), but the budget is {budget.total:,.2f}"
    )
    return [Conflict("budget", message)]


def least_moved(problem: AlignmentProblem, budget: Budget) -> float:
    """Return the least sum of a budget's weights over what moves, were each unit free to choose by itself."""
    n = problem.n_units
    owned = problem.owned.tocoo()
    row, column = owned.coords
    may_stay = (problem.locked[row] < 0) | (problem.locked[row] == column)
    if problem.excluded is not None and len(row):
        may_stay &= ~np.asarray(problem.excluded.tocsr()[row, column], dtype=bool).ravel()
    kept = np.zeros(n)
    np.maximum.at(kept, row[may_stay], owned.data[may_stay])
    return float(np.clip(problem.had_owner - kept, 0.0, 1.0) @ budget.weight)


def _of_measure(problem: AlignmentProblem, m: int, lower: FloatArray, upper: FloatArray) -> list[Conflict]:
    found: list[Conflict] = []
    name = problem.measures[m].name
    value = problem.activity[:, m]
    fixed = problem.territories.fixed_activity[:, m]
    ids = problem.territories.territory_id
    total = float(value.sum() + fixed.sum())
    slack = 1e-9 * max(total, 1.0)
    if total > upper.sum() + slack:
        found.append(
            Conflict(
                "total",
                f"all territories together may hold at most {upper.sum():,.2f} of {name}, "
                f"but there are {total:,.2f} to be held",
                m,
            )
        )
    if total < lower.sum() - slack:
        found.append(
            Conflict(
                "total",
                f"all territories together must hold at least {lower.sum():,.2f} of {name}, "
                f"but there are only {total:,.2f}",
                m,
            )
        )
    locked = problem.locked >= 0
    pinned = fixed + np.bincount(problem.locked[locked], value[locked], len(fixed))
    for j in np.flatnonzero(pinned > upper + slack):
        kind = "fixed" if fixed[j] > upper[j] + slack else "locked"
        found.append(
            Conflict(
                kind,
                f"territory {ids[j]} is bound to hold {pinned[j]:,.2f} of {name} (locks, named accounts, accounts "
                f"without a place), but its limit is {upper[j]:,.2f}",
                m,
                tuple(int(i) for i in np.flatnonzero(problem.locked == j)),
            )
        )
    room = float((upper - fixed).max())
    big = np.flatnonzero((value > room + slack) & ~locked)
    if len(big):
        big = big[np.argsort(-value[big], kind="stable")]
        ideal = float(problem.measures[m].ideal.mean())
        found.append(
            Conflict(
                "oversize",
                f"{len(big)} unit(s) hold more {name} than any territory may ({room:,.2f}): "
                f"{named(problem, big.tolist(), value[big].tolist())}. "
                f"Whatever the plan, the territory of the largest deviates by at least "
                f"{value[big[0]] / ideal - 1:+.1%}",
                m,
                tuple(int(i) for i in big),
            )
        )
    return found
