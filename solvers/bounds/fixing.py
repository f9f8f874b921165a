r"""Which candidates, and which pairs of unit and candidate, are in no plan that is better than a known one.

At multipliers that prove a lower bound, opening another candidate, or giving it another unit, raises that bound; where
it reaches the cost of a known plan the candidate or the pair is out (reduced cost fixing; Dantzig, Fulkerson, Johnson
1954, https://doi.org/10.1287/opre.2.4.393; for the Hess model Validi, Buchanan, Lykhovyd 2022,
https://doi.org/10.1287/opre.2021.2141).
"""

from __future__ import annotations

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.stop import Stop
from solvers.bounds.branching import relaxed
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.content import listed, reduced_cost, settled_content
from solvers.bounds.lagrangian import LagrangianBound, least_beside

CANDIDATES_AT_ONCE = 8
"""Candidates between two questions whether to stop."""


def open_pairs(
    problem: CentreProblem, bound: LagrangianBound, upper_bound: float, *, stop: Stop, most: int = 50
) -> MaskArray:
    """Return the pairs that a plan cheaper than `upper_bound` may still use, shape ``(n_candidates, n_units)``.

    Parameters
    ----------
    problem
        What was bounded.
    bound
        Its Lagrangian bound; better ones rule out more.
    upper_bound
        Cost of a known plan.
    stop
        Asked every few candidates; the pairs of those that are left stay open.
    most
        Cases of whole units looked at for each pair that prices do not rule out.

    Returns
    -------
    A row without any pair is a candidate that no better plan opens.
    """
    pairs = np.zeros(problem.cost.shape, bool)
    content, chosen = bound.content, bound.chosen[bound.chosen >= 0]
    rest = least_beside(bound.value, content, chosen, problem.k)
    load = np.ascontiguousarray(problem.activity[:, 0])
    for first in range(0, problem.n_candidates, CANDIDATES_AT_ONCE):
        last = min(first + CANDIDATES_AT_ONCE, problem.n_candidates)
        if stop.reason(0) is not None:
            pairs[first:] = np.isfinite(problem.cost[first:])
            break
        _open_pairs(
            problem.cost, bound.alpha, load, problem.activity, problem.lower, problem.upper, bound.price,
            problem.member, rest, content, upper_bound, most, first, last, pairs,
        )  # fmt: skip
    return pairs


@nb.njit(cache=True, nogil=True)
def _at_price(
    per_load: float, reduced: FloatArray, held_by: FloatArray, floor: float, ceiling: float
) -> float:
    """Return a lower bound on the cheapest content: the limits are left out, at a price per load instead."""
    total = per_load * (floor if per_load > 0.0 else ceiling)
    for item in range(len(reduced)):
        total += min(0.0, reduced[item] - per_load * held_by[item])
    return total


@nb.njit(cache=True, nogil=True)
def _open_pairs(
    cost: FloatArray, alpha: FloatArray, load: FloatArray, activity: FloatArray, lower: FloatArray, upper: FloatArray,
    price: FloatArray, member: IntArray, rest: FloatArray, content: FloatArray, known: float, most: int,
    first: int, last: int, pairs: MaskArray,
) -> None:  # fmt: skip
    """Mark the pairs of the candidates in [first, last) whose lower bound stays below `known`."""
    n = cost.shape[1]
    unit, reduced, held_by, ratio = np.empty(n, np.int32), np.empty(n), np.empty(n), np.empty(n)
    share = np.empty(n)
    for u in range(first, last):
        if rest[u] + content[u] >= known:
            continue
        least = settled_content(
            u, -1, cost, alpha, load, activity, lower, upper, price, member, 0.0, most, share
        )
        least = max(least, content[u])
        if rest[u] + least >= known:
            continue
        count, value, held = listed(
            u, -1, cost, alpha, load, activity, lower, upper, price, member, unit, reduced, held_by, ratio
        )
        order = np.argsort(ratio[:count], kind="mergesort").astype(np.int32)
        free = np.zeros(count, np.int32)
        floor, ceiling = lower[u, 0] - held, upper[u, 0] - held
        _, place, _ = relaxed(reduced[:count], held_by[:count], order, free, floor, ceiling)
        inside, per_load = -np.inf, 0.0
        for rank in (place - 1, place, count):
            tried = ratio[order[rank]] if 0 <= rank < count else 0.0
            if np.isfinite(tried):
                proved = _at_price(tried, reduced[:count], held_by[:count], floor, ceiling)
                if proved > inside:
                    inside, per_load = proved, tried
        for i in range(n):
            r = reduced_cost(i, u, cost, alpha, activity, price)
            if r == np.inf:
                continue
            forced = max(least, value + inside + max(0.0, r - per_load * load[i]))
            if i != member[u] and rest[u] + forced < known:
                forced = settled_content(
                    u, i, cost, alpha, load, activity, lower, upper, price, member, 0.0, most, share
                )
            elif i == member[u]:
                forced = least
            pairs[u, i] = rest[u] + forced < known
