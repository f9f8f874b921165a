"""Whether a few neighbouring units can be divided at all, compiled.

A region is a set of at most 64 units. Its *open* units have neighbours outside. Whatever the plan, what a territory
holds of the region falls into connected pieces, and each piece is either a whole territory (then its load is inside
the band) or reaches an open unit (then it stays below the upper limit). So the units that are not open are covered
by disjoint connected pieces of these two kinds. The least relative widening of the band for which they can be is a
lower bound on the largest deviation of every plan. It is found by branch and bound over connected sets of units.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray

Masks = NDArray[np.uint64]

IDEAL, LOWER, UPPER, HELD, HELD_OR_ELSEWHERE, WHOLE = range(6)
"""Columns of the table of limits: ideal of a territory, 0 where its limits cannot be widened; its limits, tolerance
included; what it surely holds outside the region; the same
plus all it could hold in other components of the graph; 1 where it can lie wholly in the region."""


@nb.njit(cache=True, nogil=True, inline="always")
def _bit(i: int) -> np.uint64:
    return np.uint64(1) << np.uint64(i)


@nb.njit(cache=True, nogil=True)
def excess(load: float, limits: FloatArray) -> float:
    """Return the least deviation at which some territory may hold `load` as a part; 0 inside the limits."""
    least = np.inf
    for c in range(len(limits)):
        held = load + limits[c, HELD]
        if held <= limits[c, UPPER]:
            return 0.0
        if limits[c, IDEAL] > 0:
            least = min(least, held / limits[c, IDEAL] - 1.0)
    return max(least, 0.0)


@nb.njit(cache=True, nogil=True)
def shortfall(load: float, limits: FloatArray) -> float:
    """Return the least deviation at which some territory may hold `load` or less of this component, and no more."""
    least = np.inf
    for c in range(len(limits)):
        if limits[c, WHOLE] == 0.0:
            continue
        held = load + limits[c, HELD_OR_ELSEWHERE]
        if held >= limits[c, LOWER]:
            return 0.0
        if limits[c, IDEAL] > 0:
            least = min(least, 1.0 - held / limits[c, IDEAL])
    return max(least, 0.0)


@nb.njit(cache=True, nogil=True)
def misfit(load: float, limits: FloatArray) -> float:
    """Return the least deviation at which some territory may hold `load` and nothing more of this component."""
    least = np.inf
    for c in range(len(limits)):
        if limits[c, WHOLE] > 0.0:
            one = limits[c : c + 1]
            least = min(least, max(excess(load, one), shortfall(load, one)))
        if least == 0.0:
            break
    return least


@nb.njit(cache=True, nogil=True)
def _load(mask: np.uint64, load: FloatArray) -> float:
    total = 0.0
    for i in range(len(load)):
        if mask & _bit(i):
            total += load[i]
    return total


@nb.njit(cache=True, nogil=True)
def _beside(mask: np.uint64, near: Masks) -> np.uint64:
    reached = np.uint64(0)
    for i in range(len(near)):
        if mask & _bit(i):
            reached |= near[i]
    return np.uint64(reached & ~mask)


@nb.njit(cache=True, nogil=True)
def _cut_off(
    left: np.uint64, open_units: np.uint64, near: Masks, load: FloatArray, limits: FloatArray
) -> float:
    """Return the least deviation that the connected rests without an open unit call for."""
    needed = 0.0
    while left:
        first = 0
        while not left & _bit(first):
            first += 1
        rest = _bit(first)
        grown = rest | (near[first] & left)
        while grown != rest:
            rest = grown
            grown = rest | (_beside(rest, near) & left)
        if not rest & open_units:
            needed = max(needed, shortfall(_load(rest, load), limits))
        left &= ~rest
    return needed


@nb.njit(cache=True, nogil=True)
def least_deviation(
    near: Masks,
    load: FloatArray,
    open_units: np.uint64,
    limits: FloatArray,
    cap: float,
    most_nodes: int,
) -> tuple[float, np.uint64, int]:
    """Return the least deviation at which the region can be divided.

    Parameters
    ----------
    near
        Neighbours of each unit inside the region as bits, shape ``(n,)`` with n ≤ 64. Units that come first are
        placed first.
    load
        Load of each unit, shape ``(n,)``.
    open_units
        Units with neighbours outside the region, as bits.
    limits
        One row per kind of territory, shape ``(n_kinds, 6)``; see the columns above.
    cap
        Deviation above which it does not matter.
    most_nodes
        Effort: connected sets looked at.

    Returns
    -------
    deviation, piece, nodes
        The least deviation, or `cap` where every way needs that much; the piece that needs most of it, as bits;
        connected sets looked at. The deviation is 0 (no proof) where the effort did not suffice.
    """
    n = len(load)
    none = np.uint64(0)
    core = none
    for i in range(n):
        if not open_units & _bit(i):
            core |= _bit(i)
    best, best_piece = cap, none
    # Covered units, the piece that grows, units barred from it, worst piece so far; at most n more per set.
    size = 4 * n * n + 16
    covered = np.zeros(size, np.uint64)
    growing = np.zeros(size, np.uint64)
    barred = np.zeros(size, np.uint64)
    worst = np.zeros(size, np.uint64)
    needed = np.zeros(size)
    top = 0
    if core:
        first = 0
        while not core & _bit(first):
            first += 1
        growing[0] = _bit(first)
        top = 1
    else:
        best = 0.0
    nodes = 0
    while top > 0 and best > 0.0:
        nodes += 1
        if nodes > most_nodes or top + n + 2 > size:
            return 0.0, none, nodes
        top -= 1
        done, piece, closed, so_far, guilty = covered[top], growing[top], barred[top], needed[top], worst[top]
        held = _load(piece, load)
        over = excess(held, limits)
        if max(so_far, over) >= best:
            continue
        # The piece may still grow, by each neighbour without those before it: every set is met once.
        options = _beside(piece, near) & ~done & ~closed
        shut = closed
        for v in range(n):
            if options & _bit(v):
                covered[top], growing[top], barred[top] = done, piece | _bit(v), shut
                needed[top], worst[top] = so_far, guilty
                top += 1
                shut |= _bit(v)
        here = over if piece & open_units else misfit(held, limits)
        after = max(so_far, here)
        if after >= best:
            continue
        culprit = piece if here > so_far else guilty
        now = done | piece
        left = core & ~now
        if not left:
            best, best_piece = after, culprit
            continue
        every = (_bit(n) - np.uint64(1)) if n < 64 else ~none
        if _cut_off(every & ~now, open_units, near, load, limits) >= best:
            continue
        first = 0
        while not left & _bit(first):
            first += 1
        covered[top], growing[top], barred[top] = now, _bit(first), none
        needed[top], worst[top] = after, culprit
        top += 1
    return best, best_piece, nodes
