r"""The cheapest content of a territory around any place in the plane, at given multipliers.

A territory :math:`T` whose centroid lies within :math:`r` of a place :math:`p` has a moment of inertia of

.. math:: \sum_{i \in T} w_i \lVert x_i - c\rVert^2 \ge \sum_{i \in T} w_i \bigl(\lVert x_i - p\rVert^2 - r^2\bigr)

(Steiner's theorem), so that the cheapest content at :math:`p`, with every squared distance less :math:`r^2`, is a lower
bound for all centres in a square of half-diagonal :math:`r` around it.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray
from solvers.bounds.branching import branched
from solvers.bounds.knapsack import fill


class Ground(NamedTuple):
    """Units sorted into a grid of square buckets.

    Parameters
    ----------
    x, y, weight, load
        Places, weights of distance and limited activity in bucket order, each shape ``(n_units,)``.
    start
        First unit of each bucket, row by row, and the number of units, shape ``(columns · rows + 1,)``.
    left, bottom, side, columns, rows
        The grid.
    floor, ceiling
        What a territory holds at least and at most.
    light
        Load up to which a unit counts as divisible.
    least_ratio
        Least weight per load of a unit that has load.
    """

    x: FloatArray
    y: FloatArray
    weight: FloatArray
    load: FloatArray
    start: IntArray
    left: float
    bottom: float
    side: float
    columns: int
    rows: int
    floor: float
    ceiling: float
    light: float
    least_ratio: float


MOST_CASES = 60
"""Cases of whole units looked at per content."""
NEGLIGIBLE = 12.0
"""Temperatures above the least at which a place no longer counts."""
UNITS_PER_BUCKET = 4.0
"""Mean number of units in a bucket of the grid."""


def lay_ground(
    xy: FloatArray, weight: FloatArray, load: FloatArray, floor: float, ceiling: float, light: float
) -> tuple[Ground, IntArray]:
    """Return the units in buckets, and the unit at each position."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    width = np.maximum(high - low, 1e-6 * max(float((high - low).max()), 1e-9))
    side = float(np.sqrt(width[0] * width[1] * UNITS_PER_BUCKET / len(xy)))
    side = max(side, float(width.max()) / 200)
    columns, rows = (int(count) + 1 for count in width / side)
    column = np.minimum((xy[:, 0] - low[0]) / side, columns - 1).astype(np.int64)
    row = np.minimum((xy[:, 1] - low[1]) / side, rows - 1).astype(np.int64)
    bucket = row * columns + column
    order = np.argsort(bucket, kind="stable")
    start = np.searchsorted(bucket[order], np.arange(columns * rows + 1))
    held = load > 0
    ground = Ground(
        np.ascontiguousarray(xy[order, 0]), np.ascontiguousarray(xy[order, 1]), np.ascontiguousarray(weight[order]),
        np.ascontiguousarray(load[order]), start.astype(np.int32), float(low[0]), float(low[1]), side, columns, rows,
        floor, ceiling, light, float((weight[held] / load[held]).min()) if held.any() else 0.0,
    )  # fmt: skip
    return ground, order.astype(np.int32)


@nb.njit(cache=True, nogil=True)
def highest(ground: Ground, alpha: FloatArray) -> FloatArray:
    """Return the largest multiplier per weight in each bucket: how far away a centre may be for it to pay."""
    top = np.full(ground.columns * ground.rows, -np.inf)
    for bucket in range(len(top)):
        for i in range(ground.start[bucket], ground.start[bucket + 1]):
            if ground.weight[i] > 0.0:
                top[bucket] = max(top[bucket], alpha[i] / ground.weight[i])
            elif alpha[i] > 0.0:
                top[bucket] = np.inf
    return top


@nb.njit(cache=True, nogil=True)
def _gather(
    px: float, py: float, squared: float, margin: float, ground: Ground, alpha: FloatArray, top: FloatArray,
    unit: IntArray, reduced: FloatArray,
) -> tuple[int, float, float]:  # fmt: skip
    """List the units whose reduced cost is below `margin` times their weight; return count, cost and load."""
    count, cost, held = 0, 0.0, 0.0
    for row in range(ground.rows):
        low = ground.bottom + row * ground.side
        dy = max(low - py, py - low - ground.side, 0.0)
        for column in range(ground.columns):
            bucket = row * ground.columns + column
            if ground.start[bucket] == ground.start[bucket + 1]:
                continue
            low = ground.left + column * ground.side
            dx = max(low - px, px - low - ground.side, 0.0)
            # The last column and row may reach beyond their squares by rounding.
            if (dx * dx + dy * dy) * (1.0 - 1e-9) - squared >= top[bucket] + margin:
                continue
            for i in range(ground.start[bucket], ground.start[bucket + 1]):
                ex, ey = ground.x[i] - px, ground.y[i] - py
                r = ground.weight[i] * (ex * ex + ey * ey - squared) - alpha[i]
                if r < margin * ground.weight[i]:
                    unit[count], reduced[i] = i, r
                    count += 1
                    cost += r
                    held += ground.load[i]
    return count, cost, held


@nb.njit(cache=True, nogil=True)
def place_values(
    place: FloatArray, squared: FloatArray, ground: Ground, alpha: FloatArray, value: FloatArray,
    settled: IntArray,
) -> None:  # fmt: skip
    """Fill the least reduced cost of a territory around each place, units divisible, lower limit left out.

    Parameters
    ----------
    place, squared
        Places, shape ``(n_places, 2)``, and what is taken off squared distances, ``(n_places,)``.
    settled
        Filled with 1 where whole units and the lower limit would change nothing.
    """
    n = len(alpha)
    unit, reduced, ratio = np.empty(n, np.int32), np.empty(n), np.empty(n)
    top = highest(ground, alpha)
    for p in range(len(place)):
        count, cost, held = _gather(
            place[p, 0], place[p, 1], squared[p], 0.0, ground, alpha, top, unit, reduced
        )
        if held > ground.ceiling:
            cost, end, part = fill(reduced, ground.load, ratio, unit, count, ground.ceiling)
            settled[p] = 1 if part == 0.0 or ground.load[unit[end]] <= ground.light else 0
        else:
            settled[p] = 1 if held >= ground.floor else 0
        value[p] = cost


@nb.njit(cache=True, nogil=True)
def settle_place(
    px: float, py: float, squared: float, ground: Ground, alpha: FloatArray, top: FloatArray, unit: IntArray,
    reduced: FloatArray, share: FloatArray,
) -> tuple[float, int]:  # fmt: skip
    """Return the least reduced cost within the limits, heavy units whole, and the number of units listed.

    Fills `unit` with the units listed and ``share[:count]`` with their shares. Units far away, which only the lower
    limit could call for, are stood for by one that costs less per load than any of them.
    """
    margin = 0.0
    for bucket in range(len(top)):
        if np.isfinite(top[bucket]):
            margin = max(margin, top[bucket])
    wider = max(margin, squared) / 16.0 + 1e-9
    margin = 0.0
    for _ in range(8):
        count, _, held = _gather(px, py, squared, margin, ground, alpha, top, unit, reduced)
        heaviest = 0.0
        for item in range(count):
            heaviest = max(heaviest, ground.load[unit[item]])
        if held - heaviest >= ground.ceiling or count == len(alpha):
            break
        margin, wider = wider, 2.0 * wider
    cost, load, ratio = np.empty(count + 1), np.empty(count + 1), np.empty(count + 1)
    for item in range(count):
        i = unit[item]
        cost[item], load[item] = reduced[i], ground.load[i]
        if load[item] > 0.0:
            ratio[item] = cost[item] / load[item]
        else:
            ratio[item] = -np.inf if cost[item] < 0.0 else np.inf
    load[count] = 2.0 * ground.ceiling
    ratio[count] = margin * ground.least_ratio
    cost[count] = ratio[count] * load[count]
    whole = load > ground.light
    whole[count] = False
    order = np.argsort(ratio, kind="mergesort").astype(np.int32)
    part = np.empty(count + 1)
    value = branched(cost, load, order, ground.floor, ground.ceiling, whole, MOST_CASES, part)
    share[:count] = part[:count]
    return value, count


@nb.njit(cache=True, nogil=True)
def settle_lowest(
    place: FloatArray, squared: FloatArray, ground: Ground, alpha: FloatArray, above: float, value: FloatArray,
    settled: IntArray,
) -> float:  # fmt: skip
    """Settle the values of all places within `above` of the least, and return the least."""
    n = len(alpha)
    unit, reduced, share = np.empty(n, np.int32), np.empty(n), np.empty(n)
    top = highest(ground, alpha)
    least = np.inf
    for p in np.argsort(value, kind="mergesort"):
        if value[p] > least + above:
            break
        if settled[p] == 0:
            exact, _ = settle_place(
                place[p, 0], place[p, 1], squared[p], ground, alpha, top, unit, reduced, share
            )
            value[p], settled[p] = max(value[p], exact), 1
        least = min(least, value[p])
    return least


@nb.njit(cache=True, nogil=True)
def soft_least(
    place: FloatArray, ground: Ground, alpha: FloatArray, heat: float, value: FloatArray, covered: FloatArray
) -> float:
    """Return the softmin of the settled values of all places at the temperature `heat`.

    Fills how much of each unit the softly least content holds, ``(n_units,)``. Places whose values differ from the
    least by many temperatures are left out.
    """
    n = len(alpha)
    unit, reduced, share = np.empty(n, np.int32), np.empty(n), np.empty(n)
    top = highest(ground, alpha)
    least, total = np.inf, 0.0
    covered[:] = 0.0
    for p in np.argsort(value, kind="mergesort"):
        if value[p] > least + NEGLIGIBLE * heat:
            break
        exact, count = settle_place(place[p, 0], place[p, 1], 0.0, ground, alpha, top, unit, reduced, share)
        if exact == np.inf:
            continue
        if exact < least:
            # All that was added so far is measured from the least.
            factor = np.exp((exact - least) / heat) if least < np.inf else 0.0
            total *= factor
            covered *= factor
            least = exact
        chance = np.exp((least - exact) / heat)
        total += chance
        for item in range(count):
            covered[unit[item]] += chance * share[item]
    if total == 0.0:
        return np.inf
    covered /= total
    return float(least - heat * np.log(total))
