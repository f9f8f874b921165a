"""The cheapest content of one territory where heavy units are indivisible: branch and bound on the knapsack.

The fractional knapsack splits one unit at most. Where that unit is heavy, whole counties are shared out that no plan
can share out, and the bound is weak; so the two cases, with it and without it, are looked at one by one (Kolesar
1967, https://doi.org/10.1287/mnsc.13.9.723) until the unit split is light or the nodes are used up. What is returned
is a lower bound in any case.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray

FREE, INSIDE, OUTSIDE = 0, 1, 2
"""What is decided about an item."""


@nb.njit(cache=True, nogil=True)
def relaxed(
    reduced: FloatArray, load: FloatArray, order: IntArray, state: IntArray, floor: float, ceiling: float
) -> tuple[float, int, float]:
    """Return the fractional optimum under what is decided.

    Parameters
    ----------
    reduced, load
        Reduced cost and load of each item.
    order
        Items by reduced cost per load, least first.
    state
        `FREE`, `INSIDE` or `OUTSIDE` per item.
    floor, ceiling
        What the content holds at least and at most.

    Returns
    -------
    The value (inf where the limits cannot be kept), the place in `order` of the split item (the number of items where
    none is), and its share; free items in front of that place are whole, those after it are out.
    """
    count = order.shape[0]
    value, held = 0.0, 0.0
    for place in range(count):
        if state[order[place]] == INSIDE:
            value += reduced[order[place]]
            held += load[order[place]]
    if held > ceiling:
        return np.inf, count, 0.0
    for place in range(count):
        item = order[place]
        if state[item] != FREE:
            continue
        if reduced[item] < 0.0:
            room = ceiling - held
        else:
            room = floor - held
            if room <= 0.0:
                return value, place, 0.0
        if load[item] > room:
            share = room / load[item]
            return value + share * reduced[item], place, share
        value += reduced[item]
        held += load[item]
    if held < floor:
        return np.inf, count, 0.0
    return value, count, 0.0


@nb.njit(cache=True, nogil=True)
def next_case(
    state: IntArray, decided: IntArray, second: MaskArray, pending: FloatArray, depth: int, best: float
) -> int:
    """Turn to the other case of the last decision that may still lead below `best`; return how many decisions stand.

    Parameters
    ----------
    state
        State of each item, changed in place: decisions after that one are taken back.
    decided, second, pending
        Per decision, its item, whether its second case is on, and the value from before it.
    depth
        Decisions that stand so far; 0 comes back where all cases were looked at.
    """
    while depth > 0 and (second[depth - 1] or pending[depth - 1] >= best):
        depth -= 1
        state[decided[depth]] = FREE
    if depth > 0:
        item = decided[depth - 1]
        second[depth - 1] = True
        state[item] = OUTSIDE if state[item] == INSIDE else INSIDE
    return depth


@nb.njit(cache=True, nogil=True)
def branched(
    reduced: FloatArray, load: FloatArray, order: IntArray, floor: float, ceiling: float, whole: MaskArray, most: int,
    share: FloatArray,
) -> float:  # fmt: skip
    """Return a lower bound on the cheapest content in which the items of `whole` are inside or out, not split.

    Parameters
    ----------
    reduced, load, order, floor, ceiling
        As in `relaxed`.
    whole
        Items that must not be split.
    most
        Most nodes.
    share
        Filled with the content that has this value, ``(n_items,)``, by item.
    """
    count = order.shape[0]
    state = np.zeros(reduced.shape[0], np.int32)
    deepest = min(count, most) + 2
    decided, second = np.empty(deepest, np.int32), np.zeros(deepest, np.bool_)
    pending = np.full(deepest, np.inf)
    best, depth, nodes = np.inf, 0, 0
    best_state = state.copy()
    while True:
        value, place, part = relaxed(reduced, load, order, state, floor, ceiling)
        nodes += 1
        out_of_nodes = nodes >= most
        open_node = value < best and part > 0.0 and whole[order[place]]
        if open_node and not out_of_nodes:
            item = order[place]
            decided[depth], second[depth], pending[depth] = item, False, value
            state[item] = INSIDE if part >= 0.5 else OUTSIDE
            depth += 1
            continue
        if value < best:
            best = value
            best_state[:] = state
        if out_of_nodes:
            for level in range(depth):
                if not second[level] and pending[level] < best:
                    # The other case was not looked at: the value from before the decision holds for it.
                    best = pending[level]
                    best_state[:] = FREE
                    for above in range(level):
                        best_state[decided[above]] = state[decided[above]]
            break
        depth = next_case(state, decided, second, pending, depth, best)
        if depth == 0:
            break
    share[:] = 0.0
    if best == np.inf:
        return best
    _, place, part = relaxed(reduced, load, order, best_state, floor, ceiling)
    for rank in range(count):
        item = order[rank]
        if best_state[item] == INSIDE or (best_state[item] == FREE and rank < place):
            share[item] = 1.0
    if place < count and part > 0.0:
        share[order[place]] = part
    return best
