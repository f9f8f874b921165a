"""The cheapest contents of all candidate territories at given multipliers, and the sum of the best few."""

from __future__ import annotations

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray
from solvers.bounds.branching import branched
from solvers.bounds.knapsack import fill


@nb.njit(cache=True, nogil=True)
def reduced_cost(
    i: int, u: int, cost: FloatArray, alpha: FloatArray, activity: FloatArray, price: FloatArray
) -> float:
    """Return the cost of unit *i* at candidate *u* less its multiplier, plus its activity at the candidate's prices.

    The first measure has no price: its limits are kept by the knapsack.
    """
    value = cost[u, i] - alpha[i]
    for m in range(price.shape[1]):
        value += price[u, m] * activity[i, m + 1]
    return float(value)


@nb.njit(cache=True, nogil=True)
def price_constant(u: int, lower: FloatArray, upper: FloatArray, price: FloatArray) -> float:
    """Return what the limits of further measures take off at the prices of candidate *u*."""
    total = 0.0
    for m in range(price.shape[1]):
        if price[u, m] > 0.0:
            total -= price[u, m] * upper[u, m + 1]
        elif price[u, m] < 0.0:
            total -= price[u, m] * lower[u, m + 1]
    return total


@nb.njit(cache=True, nogil=True)
def divisible_content(
    u: int, cost: FloatArray, near: IntArray, reach: float, per_scale: FloatArray, alpha: FloatArray,
    load: FloatArray, activity: FloatArray, lower: FloatArray, upper: FloatArray, price: FloatArray, member: IntArray,
    light: float, reduced: FloatArray, ratio: FloatArray, index: IntArray,
) -> tuple[float, bool]:  # fmt: skip
    """Return the least reduced cost of a territory around candidate *u*, units divisible, lower limit left out.

    Parameters
    ----------
    near, reach, per_scale
        Units in the order of cost over their scale, and the largest multiplier over scale: where costs over scale
        exceed it no further unit is worth having. `per_scale` is one over the scale.
    load
        The first measure, contiguous.
    light
        Load up to which a unit may be split.
    reduced, ratio, index
        Scratch space, ``(n_units,)``.

    Returns
    -------
    The value, inf where the member alone is too much, and whether `settled_content` would return the same.
    """
    n = alpha.shape[0]
    own = member[u]
    value, held = price_constant(u, lower, upper, price), 0.0
    if own >= 0:
        value += reduced_cost(own, u, cost, alpha, activity, price)
        held = load[own]
        if held > upper[u, 0]:
            return np.inf, True
    early = True
    for m in range(price.shape[1]):
        early = early and price[u, m] >= 0.0
    count, gain, mass = 0, 0.0, 0.0
    for place in range(n):
        i = near[u, place]
        if early and cost[u, i] * per_scale[i] > reach:
            break
        r = reduced_cost(i, u, cost, alpha, activity, price)
        if r < 0.0 and i != own:
            reduced[i] = r
            index[count] = i
            count += 1
            gain += r
            mass += load[i]
    if held + mass > upper[u, 0]:
        gain, end, part = fill(reduced, load, ratio, index, count, upper[u, 0] - held)
        return value + gain, part == 0.0 or load[index[end]] <= light
    return value + gain, held + mass >= lower[u, 0]


@nb.njit(cache=True, nogil=True)
def listed(
    u: int, also: int, cost: FloatArray, alpha: FloatArray, load: FloatArray, activity: FloatArray, lower: FloatArray,
    upper: FloatArray, price: FloatArray, member: IntArray, unit: IntArray, reduced: FloatArray, held_by: FloatArray,
    ratio: FloatArray,
) -> tuple[int, float, float]:  # fmt: skip
    """List the units that a territory around *u* may want, and return their number, and value and load without them.

    Fills `unit`, `reduced`, `held_by` and `ratio`. The member of *u* and the unit `also` (−1 for none) are inside.
    """
    n = alpha.shape[0]
    own = member[u]
    value, held = price_constant(u, lower, upper, price), 0.0
    if own >= 0:
        value += reduced_cost(own, u, cost, alpha, activity, price)
        held = load[own]
    if also >= 0 and also != own:
        value += reduced_cost(also, u, cost, alpha, activity, price)
        held += load[also]
    count = 0
    for i in range(n):
        if i == own:
            continue
        r = reduced_cost(i, u, cost, alpha, activity, price)
        if i == also or r == np.inf or (r >= 0.0 and (load[i] <= 0.0 or lower[u, 0] <= held)):
            continue
        unit[count], reduced[count], held_by[count] = i, r, load[i]
        ratio[count] = r / load[i] if load[i] > 0.0 else -np.inf
        count += 1
    return count, value, held


@nb.njit(cache=True, nogil=True)
def settled_content(
    u: int, also: int, cost: FloatArray, alpha: FloatArray, load: FloatArray, activity: FloatArray, lower: FloatArray,
    upper: FloatArray, price: FloatArray, member: IntArray, light: float, most: int, share: FloatArray,
) -> float:  # fmt: skip
    """Return the least reduced cost of a territory around *u* within its limits, heavy units indivisible.

    Parameters
    ----------
    also
        Unit that must be inside, −1 for none.
    light, most
        Load up to which a unit may be split, and how many cases are looked at; see `branched`.
    share
        Filled with the share of each unit, ``(n_units,)``.
    """
    n = alpha.shape[0]
    unit, reduced, held_by, ratio = np.empty(n, np.int32), np.empty(n), np.empty(n), np.empty(n)
    count, value, held = listed(
        u, also, cost, alpha, load, activity, lower, upper, price, member, unit, reduced, held_by, ratio
    )
    share[:] = 0.0
    if held > upper[u, 0]:
        return np.inf
    order = np.argsort(ratio[:count], kind="mergesort").astype(np.int32)
    part = np.empty(count)
    value += branched(
        reduced[:count], held_by[:count], order, lower[u, 0] - held, upper[u, 0] - held, held_by[:count] > light, most,
        part,
    )  # fmt: skip
    if member[u] >= 0:
        share[member[u]] = 1.0
    if also >= 0:
        share[also] = 1.0
    for item in range(count):
        share[unit[item]] = part[item]
    return value


@nb.njit(cache=True, nogil=True)
def all_contents(
    cost: FloatArray, near: IntArray, per_scale: FloatArray, alpha: FloatArray, load: FloatArray, activity: FloatArray,
    lower: FloatArray, upper: FloatArray, price: FloatArray, member: IntArray, k: int, exactly: bool, light: float,
    most: int, value: FloatArray, chosen: IntArray, slope: FloatArray, price_slope: FloatArray,
) -> float:  # fmt: skip
    """Return the Lagrangian: multipliers plus the `k` cheapest contents.

    Fills the value of every candidate, the chosen ones (−1 where fewer pay), and the slopes of the Lagrangian in
    `alpha` and `price`. Contents that count are settled, the values of others may be lower bounds on theirs.
    """
    p, n = cost.shape
    reduced, ratio = np.empty(n), np.empty(n)
    index = np.empty(n, np.int32)
    reach = (alpha * per_scale).max()
    settled = np.empty(p, np.bool_)
    for u in range(p):
        value[u], settled[u] = divisible_content(
            u,
            cost,
            near,
            reach,
            per_scale,
            alpha,
            load,
            activity,
            lower,
            upper,
            price,
            member,
            light,
            reduced,
            ratio,
            index,
        )
    share = np.empty(n)
    while True:
        order = np.argsort(value, kind="mergesort")[:k]
        done = True
        for u in order:
            if not settled[u] and (exactly or value[u] < 0.0):
                exact = settled_content(
                    u, -1, cost, alpha, load, activity, lower, upper, price, member, light, most, share
                )
                # Rounding must not let a value fall.
                value[u], settled[u], done = max(value[u], exact), True, False
        if done:
            break
    chosen[:] = -1
    slope[:] = 1.0
    price_slope[:] = 0.0
    total = float(alpha.sum())
    for rank in range(k):
        u = order[rank]
        if value[u] == np.inf:
            return np.inf
        if not exactly and value[u] >= 0.0:
            break
        chosen[rank] = u
        total += float(value[u])
        settled_content(u, -1, cost, alpha, load, activity, lower, upper, price, member, light, most, share)
        for i in range(n):
            if share[i] > 0.0:
                slope[i] -= share[i]
                for m in range(price.shape[1]):
                    price_slope[u, m] += share[i] * activity[i, m + 1]
        for m in range(price.shape[1]):
            high, low = upper[u, m + 1], lower[u, m + 1]
            held = price_slope[u, m]
            if price[u, m] > 0.0 or (price[u, m] == 0.0 and held > high):
                price_slope[u, m] = held - high
            elif price[u, m] < 0.0 or held < low:
                price_slope[u, m] = held - low
            else:
                price_slope[u, m] = 0.0
    return total
