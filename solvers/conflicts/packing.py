"""Bands that the sizes of the units rule out wherever they lie.

1. Activity that comes in multiples of a common step (accounts, say) leaves narrow bands between two multiples empty.
2. Units too large to share a territory need one each: the bound of Martello and Toth for bin packing
   (1990, https://doi.org/10.1016/0166-218X(90)90094-S).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from planner.arrays import FloatArray, sum_by
from planner.problem import AlignmentProblem
from solvers.conflicts.band import Band
from solvers.conflicts.conflict import Conflict

SUBDIVISIONS = (1.0, 100.0)
"""Parts of one that activity may be counted in: whole ones and hundredths (cents)."""

NO_WIDTH = 1e-9
"""Deviation below which a band has no width to speak of."""

MOST_COUNTED = 2.0**52
"""Largest total of steps that floats hold exactly."""

MOST_SIZES = 400
"""Sizes of units that a packing bound is tried for, the largest ones."""


def sizes_that_do_not_fit(problem: AlignmentProblem, bands: list[Band]) -> list[Conflict]:
    """Return the bands that no division of the units meets, contiguous or not.

    Parameters
    ----------
    problem
        The problem.
    bands
        Limits per measure; one with an ideal of 0 is passed over.
    """
    found: list[Conflict] = []
    for band in bands:
        if (band.ideal > 0).all():
            found += _between_multiples(problem, band)
            found += _too_many_large_units(problem, band)
    return found


def _between_multiples(problem: AlignmentProblem, band: Band) -> list[Conflict]:
    value = problem.activity[:, band.measure]
    fixed = problem.territories.fixed_activity[:, band.measure]
    step = common_step(value)
    if step <= 0:
        return []
    count = round(float(value.sum()) / step)
    if count > MOST_COUNTED:
        return []

    def multiples(deviation: float) -> tuple[FloatArray, FloatArray]:
        lower, upper = band.at(deviation)
        few = np.ceil((lower - band.slack - fixed) / step * (1 - 1e-12))
        many = np.floor((upper + band.slack - fixed) / step * (1 + 1e-12))
        return np.maximum(few, 0.0), np.minimum(many, count)

    def fits(deviation: float) -> bool:
        few, many = multiples(deviation)
        return bool((few <= many).all() and few.sum() <= count <= many.sum())

    deviation = least_fitting(fits)
    if deviation == 0:
        return []
    few, many = multiples(0.0)
    name = problem.measures[band.measure].name
    text = f"{name} comes in steps of {step:,.10g}"
    empty = np.flatnonzero(few > many)
    if len(empty):
        j = int(empty[0])
        text += (
            f", and there is none between {band.lower[j]:,.2f} and {band.upper[j]:,.2f}, the limits of territory "
            f"{problem.territories.territory_id[j]}"
        )
    elif few.sum() > count:
        text += f": all territories together need at least {few.sum() * step:,.2f}, but there is {count * step:,.2f}"
    else:
        text += f": all territories together hold at most {many.sum() * step:,.2f} of {count * step:,.2f}"
    if deviation > NO_WIDTH:
        text += f". The narrowest band that can hold is ±{100 * deviation:.2f} %"
    return [Conflict("granularity", text, band.measure, (), deviation)]


def common_step(value: FloatArray) -> float:
    """Return the largest number that all of `value` are multiples of; 0 where none is apparent."""
    for parts in SUBDIVISIONS:
        counted = np.rint(value * parts)
        if counted.sum() <= MOST_COUNTED and (np.abs(value * parts - counted) <= 1e-9 * (1 + counted)).all():
            return float(np.gcd.reduce(counted.astype(np.int64))) / parts
    return 0.0


def least_fitting(fits: Callable[[float], bool]) -> float:
    """Return the deviation up to which `fits` is false; 0 where it holds at once or not even at 1.

    `fits` holds above every deviation at which it holds.
    """
    if fits(0.0) or not fits(1.0):
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if fits(middle) else (middle, high)
    # Limits that leave out the ideal itself may give way at any width of a band about it.
    return low or high


def _too_many_large_units(problem: AlignmentProblem, band: Band) -> list[Conflict]:
    value, k = problem.activity[:, band.measure], problem.n_territories
    held = problem.locked >= 0
    pinned = problem.territories.fixed_activity[:, band.measure] + sum_by(
        problem.locked[held], value[held], k
    )
    free = -np.sort(-value[~held])

    def room(deviation: float) -> float:
        return float((band.at(deviation)[1] - pinned + band.slack).max())

    deviation = least_fitting(lambda d: least_territories(free, room(d))[0] <= k)
    if deviation == 0:
        return []
    needed, size = least_territories(free, room(0.0))
    large = np.flatnonzero(~held & (value >= size))
    large = large[np.lexsort((large, -value[large]))]
    text = (
        f"the {len(large)} units that hold {size:,.2f} or more of {problem.measures[band.measure].name} need at "
        f"least {needed} territories of at most {room(0.0):,.2f} each, but there are {k}. The narrowest band that can "
        f"hold is ±{100 * deviation:.2f} %"
    )
    return [Conflict("packing", text, band.measure, tuple(int(i) for i in large), deviation)]


def least_territories(value: FloatArray, room: float) -> tuple[int, float]:
    """Return how many territories that hold at most `room` the units need at least, and from which size on.

    Parameters
    ----------
    value
        Activity of each unit, descending.
    room
        Most that a territory may hold. Units above it count as one territory each.
    """
    if room <= 0 or not np.isfinite(room):
        return 0, 0.0
    total = np.r_[0.0, np.cumsum(value)]

    def above(size: float, strictly: bool) -> int:
        return int(np.searchsorted(-value, -size, side="left" if strictly else "right"))

    half = above(room / 2, True)
    sizes = np.unique(value[half : half + MOST_SIZES])[::-1]
    best = (half, float(value[half - 1]) if half else 0.0)
    for size in sizes:
        alone, down_to = above(room - size, True), above(float(size), False)
        alone = min(alone, half)
        left = (half - alone) * room - (total[half] - total[alone])
        spill = float(total[down_to] - total[half]) - left
        needed = half + max(0, int(np.ceil(spill / room - 1e-9)))
        if needed > best[0]:
            best = (needed, float(size))
    return best
