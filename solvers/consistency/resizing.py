"""The same problem with more territories, or fewer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from planner.alignment import GONE
from planner.arrays import FloatArray
from planner.objective import Centre
from planner.problem import AlignmentProblem, Measure

ABOUT_ALL = 1e-6
"""Share of a total up to which ideals come to all there is."""


def with_more(problem: AlignmentProblem, count: int) -> AlignmentProblem:
    """Return the problem with `count` more territories that hold nothing yet and have the ordinary limits.

    Limits that follow the ideals follow the new, smaller ones; amounts stay amounts. A new territory has the middle
    of the others' limits, no rule of its own, and its home, where homes are needed, amid the units.
    """
    n = problem.n_units
    old = problem.territories
    taken = {str(name) for name in old.territory_id}
    names: list[str] = []
    while len(names) < count:
        name = f"new {len(names) + 1}"
        names.append(f"{name} (added)" if name in taken else name)
    home = np.full((count, 2), np.nan)
    if problem.objective.centre is Centre.HOME:
        home[:] = problem.units.xy_m.mean(axis=0)
    between = problem.objective.between
    if between is not None and problem.objective.centre is Centre.HOME:
        between = np.c_[between, np.repeat(between.mean(axis=1)[:, None], count, axis=1)]
    loose = bool(problem.loose.all())
    return problem.replace(
        territories=old.replace(
            territory_id=[*old.territory_id, *names],
            seat_id=[*old.seat_id, *[""] * count],
            home_xy_m=np.r_[old.home_xy_m, home],
            fixed_activity=np.r_[old.fixed_activity, np.zeros((count, len(problem.measures)))],
        ),
        measures=tuple(_spread(problem, m, count) for m in range(len(problem.measures))),
        objective=problem.objective.replace(between=between),
        owned=csr_array(hstack([problem.owned, csr_array((n, count))])),
        excluded=None
        if problem.excluded is None
        else csr_array(hstack([problem.excluded.astype(bool), csr_array((n, count), dtype=bool)])),
        budgets=tuple(
            one.replace(per_territory=np.r_[one.per_territory, np.full(count, np.inf)]) for one in problem.budgets
        ),
        mixes=tuple(
            mix.replace(
                fixed_part=np.r_[mix.fixed_part, np.zeros(count)],
                fixed_whole=np.r_[mix.fixed_whole, np.zeros(count)],
                lower=np.r_[mix.lower, np.full(count, np.median(mix.lower))],
                upper=np.r_[mix.upper, np.full(count, np.median(mix.upper))],
            )
            for mix in problem.mixes
        ),
        region_of_territory=np.r_[problem.region_of_territory, np.full(count, -1)],
        loose=np.r_[problem.loose, np.full(count, loose)],
    )  # fmt: skip


def with_fewer(problem: AlignmentProblem, count: int) -> AlignmentProblem | None:
    """Return the problem without `count` of its territories; None where not so many can go.

    Those go that nothing is locked to, that hold nothing whatever is decided, and of these the ones that own least.
    Their units have to move.
    """
    k = problem.n_territories
    may_go = np.bincount(problem.locked[problem.locked >= 0], minlength=k) == 0
    may_go &= ~problem.territories.fixed_activity.any(axis=1) & (problem.region_of_territory < 0)
    for mix in problem.mixes:
        may_go &= mix.fixed_whole == 0
    owns = np.asarray(problem.owned.sum(axis=0)).ravel()
    order = np.flatnonzero(may_go)[np.argsort(owns[may_go], kind="stable")]
    if len(order) < count or count >= k:
        return None
    stays = np.setdiff1d(np.arange(k), order[:count])
    position = np.full(k, GONE)
    position[stays] = np.arange(len(stays))
    known = problem.current >= 0
    old, between = problem.territories, problem.objective.between
    if between is not None and problem.objective.centre is Centre.HOME:
        between = between[:, stays]
    return problem.replace(
        territories=old.replace(
            territory_id=old.territory_id[stays],
            seat_id=old.seat_id[stays],
            home_xy_m=old.home_xy_m[stays],
            fixed_activity=old.fixed_activity[stays],
        ),
        measures=tuple(_spread(problem, m, -count, stays) for m in range(len(problem.measures))),
        objective=problem.objective.replace(between=between),
        current=np.where(known, position[np.where(known, problem.current, 0)], problem.current),
        owned=csr_array(problem.owned.tocsc()[:, stays]),
        locked=np.where(problem.locked >= 0, position[np.maximum(problem.locked, 0)], -1),
        excluded=None if problem.excluded is None else csr_array(problem.excluded.tocsc()[:, stays]),
        budgets=tuple(one.replace(per_territory=one.per_territory[stays]) for one in problem.budgets),
        mixes=tuple(
            mix.replace(
                fixed_part=mix.fixed_part[stays],
                fixed_whole=mix.fixed_whole[stays],
                lower=mix.lower[stays],
                upper=mix.upper[stays],
            )
            for mix in problem.mixes
        ),
        region_of_territory=problem.region_of_territory[stays],
        loose=problem.loose[stays],
    )


def _spread(problem: AlignmentProblem, m: int, more: int, stays: NDArray[np.intp] | None = None) -> Measure:
    """Return a measure with its ideals spread over `more` territories than today, or over those that stay."""
    measure = problem.measures[m]
    total = float(problem.activity[:, m].sum() + problem.territories.fixed_activity[:, m].sum())
    whole = float(measure.ideal.sum())
    at = np.arange(problem.n_territories) if stays is None else stays
    fresh = max(more, 0)
    ideal = np.r_[measure.ideal[at], np.full(fresh, measure.ideal.mean())]
    factor = whole / float(ideal.sum()) if ideal.sum() > 0 else 1.0
    shared = abs(whole - total) <= ABOUT_ALL * max(total, 1.0)

    def side(limit: FloatArray, sign: float) -> FloatArray:
        middle = float(np.median(limit))
        new: FloatArray = np.r_[limit[at], np.full(fresh, middle)]
        return new * factor if shared and _follows(limit, measure.ideal, sign) else new

    return replace(
        measure, ideal=ideal * factor, lower=side(measure.lower, -1.0), upper=side(measure.upper, 1.0)
    )


def _follows(limit: FloatArray, ideal: FloatArray, sign: float) -> bool:
    """Return whether limits are the same fraction of the ideals everywhere, as a band's are.

    A limit on the wrong side of ideals that come to all there is cannot be a band's: it is an amount that people gave.
    """
    if not np.isfinite(limit).all() or (ideal <= 0).any():
        return False
    share = limit / ideal
    return bool(np.ptp(share) <= 1e-9 * np.abs(share).max() and sign * (share[0] - 1.0) >= 0)
