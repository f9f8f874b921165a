"""Which pairs of unit and centre unit a plan cheaper than a known one may use, by reduced costs.

At multipliers α of "every unit has one territory", the cheapest content of a territory around *j* is a knapsack whose
price λ of activity makes ``r = c − α + λ a`` the reduced cost of each unit. A plan that opens *j*, or gives it unit
*i*, costs at least the Lagrangian bound plus what that choice adds; where this exceeds a known plan the choice is left
out, without loss (Validi, Buchanan, Lykhovyd 2022, https://doi.org/10.1287/opre.2021.2141).
"""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, MaskArray
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.lagrangian import LagrangianBound


def cost_of_choices(problem: CentreProblem, bound: LagrangianBound) -> FloatArray:
    """Return a lower bound on the cost of every plan that gives unit *i* to centre *j*, shape ``(p, n)``.

    Its entry at the member of a candidate is what opening that candidate costs.
    """
    p, n = problem.cost.shape
    value, beyond = np.empty(p), np.empty((p, n))
    load = problem.activity[:, 0]
    further = bound.price @ problem.activity[:, 1:].T if bound.price.shape[1] else np.zeros((p, 1))
    for j in range(p):
        reduced = problem.cost[j] - bound.alpha + further[j]
        lower, upper, own = problem.lower[j, 0], problem.upper[j, 0], int(problem.member[j])
        price = _knapsack_price(reduced, load, lower, upper, own)
        priced = reduced + price * load
        taken = np.minimum(priced, 0.0)
        if own >= 0:
            taken[own] = priced[own]
        rest = price * (upper if price > 0 else lower) if price else 0.0
        prices = bound.price[j]
        rest += float(np.where(prices > 0, prices * problem.upper[j, 1:], 0.0).sum())
        rest += float(np.where(prices < 0, prices * problem.lower[j, 1:], 0.0).sum())
        value[j] = taken.sum() - rest
        beyond[j] = np.maximum(priced, 0.0)
        if own >= 0:
            beyond[j, own] = 0.0
    last = np.partition(value, problem.k - 1)[problem.k - 1]
    whole = float(bound.alpha.sum() + np.minimum(value, last).sum() - last * (p - problem.k))
    opened = np.maximum(value - last, 0.0)
    least: FloatArray = whole + opened[:, None] + beyond
    return least


def _knapsack_price(reduced: FloatArray, load: FloatArray, lower: float, upper: float, own: int) -> float:
    """Return the price of activity at the best divisible content: over 0 where it is full, under 0 where scarce."""
    others = load > 0
    held = 0.0
    if own >= 0:
        others[own], held = False, float(load[own])
    at = np.flatnonzero(others)
    ratio = reduced[at] / load[at]
    order = np.argsort(ratio, kind="stable")
    filled = held + np.cumsum(load[at][order])
    wanted = float(load[at][ratio < 0].sum()) + held
    if wanted > upper:
        split = int(np.searchsorted(filled, upper))
    elif wanted < lower:
        split = int(np.searchsorted(filled, lower))
    else:
        return 0.0
    return -float(ratio[order[min(split, len(order) - 1)]]) if len(order) else 0.0


def kept_pairs(least: FloatArray, known: float, most: int) -> MaskArray:
    """Return which pairs are worth a place in a model, shape ``(p, n)``: those below `known`, the `most` least ones."""
    kept: MaskArray = least < known
    if kept.sum() > most:
        kept &= least <= np.partition(least[kept], most - 1)[most - 1]
    return kept
