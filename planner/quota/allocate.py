r"""Split an amount over territories by their shares, inside limits, in whole rounding units.

Given wanted amounts :math:`w_t` in proportion to the shares, limits :math:`l_t \le q_t \le h_t` and a total :math:`S`:

.. math:: \min_q \sum_t \frac{(q_t - w_t)^2}{w_t} \quad \text{s.t.} \quad \sum_t q_t = S,\; l_t \le q_t \le h_t .

*In real numbers* the conditions of Karush, Kuhn and Tucker give :math:`q_t = \min(h_t, \max(l_t, \lambda w_t))`: who
meets no limit keeps the proportions of the shares. :math:`\lambda` is found exactly from the sorted break points.

*In whole units* :math:`q_t = u z_t` the cost is separable and convex and its z-th step costs
:math:`u^2 (2z - 1)/w_t - 2u`, so taking the cheapest steps first is optimal (Gross 1956; Fox 1966,
https://doi.org/10.1287/opre.14.2.210). Those are the quotients of Webster's method of apportionment, here between
a minimum and a maximum for each territory (`apportion`; Balinski and Young 1982, *Fair Representation*).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray
from planner.quota.hierarchy import as_fraction
from planner.quota.rounding import Cents, fitting_unit, largest_remainder

NOTHING = 1e-15
"""A smaller part of all shares counts as no share."""


@dataclass(frozen=True, eq=False)
class Allocation:
    """An amount split over territories.

    Parameters
    ----------
    cents
        Amounts in minor units, shape ``(n,)``.
    wanted, limited
        Shares of the total before limits, and the optimum inside them before rounding, minor units, shape ``(n,)``.
    at_limit
        −1 where the lower limit holds an amount up, 1 where the upper one holds it down, else 0, shape ``(n,)``.
    unit
        Amounts are multiples of this, but for at most one, which takes what the total has beyond.
    relaxed
        Factor that the limits which could not hold together were multiplied by; 1 where all hold.
    """

    cents: Cents
    wanted: FloatArray
    limited: FloatArray
    at_limit: NDArray[np.int8]
    unit: int
    relaxed: float = 1.0


def change_limits(
    last_year: Cents, total: int, max_decrease: float | None, max_increase: float | None
) -> tuple[Cents, Cents]:
    """Return the least and the most each territory may carry, to the cent outside.

    What a territory sold is scaled so that all territories together sold `total`; the limits are fractions of that. A
    territory that sold nothing, or less, has no limits.

    Parameters
    ----------
    last_year
        Minor units on the new boundaries, shape ``(n,)``.
    total
        Amount to be carried together, minor units.
    max_decrease, max_increase
        Fractions ≥ 0; None for no limit.
    """
    sold = np.maximum(last_year, 0).tolist()
    lower = np.zeros(len(sold), np.int64)
    upper = np.full(len(sold), total, np.int64)
    whole = sum(sold)
    if whole == 0:
        return lower, upper
    if max_decrease is not None:
        least = max(1 - as_fraction(max_decrease), as_fraction(0)) * total / whole
        lower[:] = [cents * least.numerator // least.denominator for cents in sold]
    if max_increase is not None:
        most = (1 + as_fraction(max_increase)) * total / whole
        upper[:] = [
            min(total, -(-cents * most.numerator // most.denominator)) if cents else total for cents in sold
        ]
    return np.minimum(lower, upper), upper


def allocate(weights: FloatArray, total: int, lower: Cents, upper: Cents, unit: int = 1) -> Allocation:
    """Split `total` in proportion to `weights` inside limits, in multiples of `unit` where the total allows.

    Limits that cannot carry the total are widened by one common factor, the smallest that suffices. Limits hold in
    whole units; where those cannot carry the total either, or no multiple lies between two limits, the next
    multiple outside is allowed. Where the total has less than one unit for each territory, the unit is divided by ten.

    Parameters
    ----------
    weights
        Shares, not negative, shape ``(n,)``, n > 0; equal where all are 0.
    total
        Minor units, ≥ 0.
    lower, upper
        Limits in minor units, ``0 ≤ lower ≤ upper``, shape ``(n,)``.
    """
    weights = np.asarray(weights, dtype=np.float64)
    weights = np.where(weights > NOTHING * weights.sum(), weights, 0.0)
    if not weights.any():
        weights = np.ones(len(weights))
    share = weights / weights.sum()
    wanted = share * total
    # Who has no share stays at the lower limit as long as anybody else has room.
    lower, upper, relaxed = relax_limits(lower, np.where(share > 0, upper, lower), total)
    level = _level(share, total, lower, upper)
    limited = np.clip(level * share, lower, upper)
    unit = fitting_unit(total, int((limited > 0).sum()), unit)
    units, rest = divmod(int(total), unit)
    cents = apportion(share, units, *whole_limits(lower, upper, unit, units)) * unit
    add_rest(cents, rest, share, upper)
    return Allocation(cents, wanted, limited, held_at(limited, level * share), unit, relaxed)


def relax_limits(lower: Cents, upper: Cents, total: int) -> tuple[Cents, Cents, float]:
    """Widen limits that cannot carry `total` by the smallest common factor; return them and the factor."""
    least, most = sum(lower.tolist()), sum(upper.tolist())
    if most < total:
        widened = largest_remainder(upper, total) if most else np.full(len(upper), total, np.int64)
        return lower, np.maximum(upper, widened), total / most if most else float("inf")
    if least > total:
        return np.minimum(lower, largest_remainder(lower, total)), upper, total / least
    return lower, upper, 1.0


def fill_between(weights: FloatArray, total: float, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Return parts of `total` in proportion to weights between limits, in real numbers, shape ``(n,)``.

    Who has no weight gets more than the lower limit only where the others have no room left. Everyone is at a limit
    where the limits cannot carry the total.
    """
    if total <= lower.sum():
        return lower
    if total >= upper.sum():
        return upper
    weight = np.maximum(weights, 0.0)
    if np.where(weight > 0, upper, lower).sum() < total:
        weight = np.where(weight > 0, weight, 1e-9 * (weight.max() or 1.0))
    return np.asarray(np.clip(_level(weight, total, lower, upper) * weight, lower, upper))


def apportion(weights: FloatArray, units: int, fewest: Cents, most: Cents) -> Cents:
    """Hand out whole `units` by Webster's method, everyone between `fewest` and `most`.

    Optimal for the sum of squared differences to the wanted amounts over those amounts (see the top of this
    file). Equal claims go to the larger weight, then to the first. ``Σ fewest ≤ units ≤ Σ most`` must hold.
    """
    weight = np.asarray(weights, dtype=np.float64)
    open_to_more = np.where(weight > 0, most, fewest)

    def at(level: float) -> Cents:
        wanted = np.minimum(np.floor(level * weight + 0.5), open_to_more.astype(np.float64))
        return np.clip(wanted.astype(np.int64), fewest, open_to_more)

    room = sum(open_to_more.tolist())
    if room < units:
        # Those with a weight are full. The others have equal claims: the first is filled up, then the next.
        spare = np.cumsum(most - open_to_more)
        filled = np.diff(np.minimum(spare, units - room), prepend=0)
        return np.asarray(open_to_more + filled)
    low, high = 0.0, max(1.0, units) / max(float(weight.sum()), 1e-300)
    while int(at(high).sum()) < units:
        low, high = high, high * 2
    # Bisect down to neighbouring floats: what then is still to hand out are ties.
    while low < (middle := (low + high) / 2) < high:
        handed = int(at(middle).sum())
        low, high = (middle, high) if handed <= units else (low, middle)
        if handed == units:
            break
    given = at(low)
    missing = units - int(given.sum())
    claims = [
        (_claim(int(given[t]), float(weight[t])), -float(weight[t]), int(t))
        for t in (np.flatnonzero(given < open_to_more) if missing > 0 else ())
    ]
    heapq.heapify(claims)
    for _ in range(missing):
        _, minus_weight, t = heapq.heappop(claims)
        given[t] += 1
        if given[t] < open_to_more[t]:
            heapq.heappush(claims, (_claim(int(given[t]), -minus_weight), minus_weight, t))
    return given


def _claim(units: int, weight: float) -> float:
    return (units + 0.5) / weight if weight > 0 else float("inf")


def whole_limits(lower: Cents, upper: Cents, unit: int, units: int) -> tuple[Cents, Cents]:
    """Return the fewest and the most whole units inside limits in minor units, such that `units` can be handed out.

    Where no multiple lies between two limits, or the multiples between all of them cannot carry `units`, the next
    multiple outside is allowed.
    """
    fewest, most = -(-lower // unit), upper // unit
    crossed = fewest > most
    fewest, most = np.where(crossed, lower // unit, fewest), np.where(crossed, -(-upper // unit), most)
    if sum(fewest.tolist()) > units:
        fewest = lower // unit
    if sum(most.tolist()) < units:
        most = -(-upper // unit)
    return fewest, most


def add_rest(cents: Cents, rest: int, share: FloatArray, upper: Cents) -> None:
    """Add what a total has beyond whole units to the largest share that has room for it, in place."""
    if rest:
        able = np.flatnonzero(cents + rest <= upper)
        able = able if len(able) else np.arange(len(cents))
        cents[able[np.argmax(share[able])]] += rest


def held_at(limited: FloatArray, freely: FloatArray) -> NDArray[np.int8]:
    """Return 1 where a limit holds an amount down below what it were freely, −1 where one holds it up, else 0."""
    held = limited - freely
    tolerance = np.maximum(0.5, 1e-9 * limited)
    return np.asarray((held < -tolerance).astype(np.int8) - (held > tolerance).astype(np.int8))


def _level(share: FloatArray, total: float, lower: Cents | FloatArray, upper: Cents | FloatArray) -> float:
    """Return the λ with which ``clip(λ · share, lower, upper)`` adds up to `total`, exact but for float error."""
    positive = share > 0
    w = share[positive]
    low, high = lower[positive].astype(np.float64), upper[positive].astype(np.float64)
    left = float(total) - float(lower[~positive].sum())
    # Below its first break point a territory is at its lower limit, between the two it grows with λ.
    points = np.concatenate([low / w, high / w])
    order = np.argsort(points, kind="stable")
    points = points[order]
    fixed = low.sum() + np.cumsum(np.concatenate([-low, high])[order])
    slope = np.cumsum(np.concatenate([w, -w])[order])
    sums = fixed + np.maximum(slope, 0) * points
    segment = int(np.searchsorted(sums, left, side="left"))
    if segment == 0:
        return float(points[0])
    if segment == len(points) or slope[segment - 1] <= 1e-12 * w.sum():
        return float(points[min(segment, len(points) - 1)])
    return float(
        np.clip((left - fixed[segment - 1]) / slope[segment - 1], points[segment - 1], points[segment])
    )
