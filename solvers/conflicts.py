"""Why rules cannot hold together: proofs by counting, in plain words, before any search.

Each finding is a proof: it names what contradicts what, with numbers. `best_possible` then loosens just the limits
that are proved impossible, so that the planner still sees the best plan there can be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import FloatArray, MaskArray
from planner.problem import AlignmentProblem

SHOWN = 10
"""Units named in one finding; the rest are counted."""


@dataclass(frozen=True, eq=False)
class Conflict:
    """One proof that the hard rules cannot all hold.

    Parameters
    ----------
    kind
        ``too_few_units``, ``nowhere_allowed``, ``locked_where_excluded``, ``budget``, ``total``, ``fixed``, ``locked``
        or ``oversize``.
    message
        The proof in plain words with names and numbers.
    measure
        Position of the measure it is about; −1 where none.
    units
        Positions of the units it is about.
    """

    kind: str
    message: str
    measure: int = -1
    units: tuple[int, ...] = ()


def find_conflicts(problem: AlignmentProblem) -> tuple[Conflict, ...]:
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
    found += _of_budget(problem)
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
        for i in np.flatnonzero(_locked_where_excluded(problem))
    ]


def _locked_where_excluded(problem: AlignmentProblem) -> MaskArray:
    banned = np.zeros(problem.n_units, bool)
    held = np.flatnonzero(problem.locked >= 0)
    if problem.excluded is not None and len(held):
        banned[held] = np.asarray(problem.excluded.tocsr()[held, problem.locked[held]], dtype=bool).ravel()
    return banned


def _of_budget(problem: AlignmentProblem) -> list[Conflict]:
    """Return the proof that more has to change hands than the disruption budget allows, if it does."""
    needed = least_moved(problem)
    budget = problem.disruption_budget
    if needed <= budget * (1 + 1e-9) + 1e-12:
        return []
    message = (
        f"at least {needed:,.2f} has to change hands (owners that are no longer there, locks, exclusions), "
        f"but the budget is {budget:,.2f}"
    )
    return [Conflict("budget", message)]


def least_moved(problem: AlignmentProblem) -> float:
    """Return the least sum of disruption weights over what moves, were each unit free to choose by itself."""
    if problem.disruption_weight is None:
        return 0.0
    n = problem.n_units
    owned = problem.owned.tocoo()
    row, column = owned.coords
    may_stay = (problem.locked[row] < 0) | (problem.locked[row] == column)
    if problem.excluded is not None and len(row):
        may_stay &= ~np.asarray(problem.excluded.tocsr()[row, column], dtype=bool).ravel()
    kept = np.zeros(n)
    np.maximum.at(kept, row[may_stay], owned.data[may_stay])
    return float(np.clip(problem.had_owner - kept, 0.0, 1.0) @ problem.disruption_weight)


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
        named = ", ".join(f"{problem.units.unit_id[i]} ({value[i]:,.2f})" for i in big[:SHOWN])
        more = f" and {len(big) - SHOWN} more" if len(big) > SHOWN else ""
        ideal = float(problem.measures[m].ideal.mean())
        found.append(
            Conflict(
                "oversize",
                f"{len(big)} unit(s) hold more {name} than any territory may ({room:,.2f}): {named}{more}. "
                f"Whatever the plan, the territory of the largest deviates by at least "
                f"{value[big[0]] / ideal - 1:+.1%}",
                m,
                tuple(int(i) for i in big),
            )
        )
    return found


def best_possible(problem: AlignmentProblem, conflicts: tuple[Conflict, ...]) -> AlignmentProblem:
    """Return the problem with limits loosened just where they are proved impossible.

    A unit too big for any territory gets one of its own to be the core of, with an upper limit to match; the others
    share what is left, so their lower limits fall with their mean. Where a territory is bound to hold too much, its
    upper limit rises to that; where totals and limits miss each other, all limits are scaled to meet. A lock counts
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
        value, fixed = problem.activity[:, m], problem.territories.fixed_activity[:, m]
        held = locked >= 0
        pinned = fixed + np.bincount(locked[held], value[held], k)
        upper[:, m] = np.maximum(upper[:, m], pinned * (1 + 1e-6))
        over = pinned > measure.upper
        rest = max(k - int(over.sum()), 1)
        left = float(value.sum() + fixed.sum() - pinned[over].sum()) / rest
        share = left / max(float(measure.ideal[~over].mean()) if (~over).any() else 1.0, 1e-300)
        with np.errstate(invalid="ignore"):
            if share < 1:
                lower[:, m] = np.minimum(lower[:, m], measure.lower * share)
            else:
                upper[~over, m] = np.maximum(upper[~over, m], measure.upper[~over] * share)
    measures = tuple(
        replace(measure, lower=lower[:, m], upper=np.maximum(upper[:, m], lower[:, m]))
        if measure.limited
        else measure
        for m, measure in enumerate(problem.measures)
    )
    excluded = problem.excluded
    banned = np.flatnonzero(_locked_where_excluded(problem))
    if excluded is not None and len(banned):
        kept = excluded.tolil(copy=True)
        kept[banned, problem.locked[banned]] = False
        excluded = kept.tocsr()
    budget = max(problem.disruption_budget, least_moved(problem.replace(locked=locked, excluded=excluded)))
    return problem.replace(measures=measures, locked=locked, excluded=excluded, disruption_budget=budget)


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
