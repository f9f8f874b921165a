"""Why rules cannot hold together: proofs by counting, in plain words, before any search.

Each finding is a proof: it names what contradicts what, with numbers. `best_possible` then loosens just the limits
that are proved impossible, so that the planner still sees the best plan there can be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import FloatArray
from planner.problem import AlignmentProblem

SHOWN = 10
"""Units named in one finding; the rest are counted."""


@dataclass(frozen=True, eq=False)
class Conflict:
    """One proof that the hard rules cannot all hold.

    Parameters
    ----------
    kind
        ``too_few_units``, ``nowhere_allowed``, ``total``, ``fixed``, ``locked`` or ``oversize``.
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
    lower, upper = problem.limits()
    for m in problem.limited:
        found += _of_measure(problem, int(m), lower[:, m], upper[:, m])
    return tuple(found)


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
    upper limit rises to that; where totals and limits miss each other, all limits are scaled to meet.
    """
    lower, upper = (limit.copy() for limit in problem.limits())
    locked = np.array(problem.locked)
    k = problem.n_territories
    taken: dict[int, int] = {}
    for conflict in conflicts:
        m = conflict.measure
        if conflict.kind == "oversize":
            for i in conflict.units[: k - 1]:
                taken.setdefault(i, _host(problem, i, taken))
                locked[i] = taken[i]
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
    return problem.replace(measures=measures, locked=locked)


def _host(problem: AlignmentProblem, unit: int, taken: dict[int, int]) -> int:
    """Return the territory that a unit too big for any gets: its owner, else the nearest home, else any free one."""
    used = set(taken.values())
    owner = int(problem.current[unit])
    if owner >= 0 and owner not in used:
        return owner
    home = problem.territories.home_xy_m
    distance = ((home - problem.units.xy_m[unit]) ** 2).sum(axis=1)
    order = np.argsort(np.where(np.isfinite(distance), distance, np.inf), kind="stable")
    return next(int(j) for j in order if int(j) not in used)
