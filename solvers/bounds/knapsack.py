"""The cheapest content of one territory at given prices: a fractional knapsack with a floor and a ceiling.

A unit may belong in part, which makes the optimum a matter of the ratio of reduced cost to activity (Dantzig 1957,
https://doi.org/10.1287/opre.5.2.266): all units below a threshold, none above, one at it in part. The threshold is
found by weighted selection, in time linear in the units.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray


@nb.njit(cache=True, nogil=True)
def select_prefix(
    ratio: FloatArray, load: FloatArray, index: IntArray, first: int, last: int, target: float
) -> tuple[int, float]:
    """Reorder ``index[first:last]`` so that the cheapest units that fit into `target` come first.

    Returns
    -------
    The end of those units and what they hold; the unit at the end, if any, fits in part only.
    """
    held = 0.0
    low, high = first, last
    while high > low:
        a, b, c = ratio[index[low]], ratio[index[(low + high) // 2]], ratio[index[high - 1]]
        pivot = max(min(a, b), min(max(a, b), c))
        i, below, above = low, low, high
        mass_below, mass_equal = 0.0, 0.0
        while i < above:
            unit = index[i]
            if ratio[unit] < pivot:
                mass_below += load[unit]
                index[i] = index[below]
                index[below] = unit
                below += 1
                i += 1
            elif ratio[unit] > pivot:
                above -= 1
                index[i] = index[above]
                index[above] = unit
            else:
                mass_equal += load[unit]
                i += 1
        if held + mass_below > target:
            high = below
        elif held + mass_below + mass_equal > target:
            held += mass_below
            for i in range(below, above):
                if held + load[index[i]] > target:
                    return i, held
                held += load[index[i]]
            return above, held
        else:
            held += mass_below + mass_equal
            low = above
    return low, held


@nb.njit(cache=True, nogil=True)
def fill(
    reduced: FloatArray, load: FloatArray, ratio: FloatArray, index: IntArray, count: int, target: float
) -> tuple[float, int, float]:
    """Fill `target` with the cheapest of ``index[:count]``, the last one in part.

    `ratio` is scratch space, ``(n_units,)``.

    Returns
    -------
    The cost, the number of whole units at the front of `index`, and the share of the next one; the cost is inf where
    all together do not reach `target`.
    """
    for place in range(count):
        unit = index[place]
        if load[unit] > 0.0:
            ratio[unit] = reduced[unit] / load[unit]
        else:
            ratio[unit] = -np.inf if reduced[unit] < 0.0 else np.inf
    end, held = select_prefix(ratio, load, index, 0, count, target)
    cost = 0.0
    for place in range(end):
        cost += reduced[index[place]]
    if held >= target:
        return cost, end, 0.0
    if end == count:
        return np.inf, end, 0.0
    unit = index[end]
    share = (target - held) / load[unit]
    return cost + share * reduced[unit], end, share
