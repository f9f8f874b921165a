"""What hangs on the graph by one unit only, compiled.

Where the removal of a unit *v* cuts off a bag too light for a territory of its own, every piece of every territory
in the bag reaches *v*: bag and *v* belong together (block-cut tree; Tarjan 1972, https://doi.org/10.1137/0201010).
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray
from solvers.conflicts.region import shortfall

LongArray = NDArray[np.int64]


@nb.njit(cache=True, nogil=True)
def depth_first(
    indptr: IntArray, indices: IntArray, root: int
) -> tuple[LongArray, LongArray, LongArray, LongArray]:
    """Walk the component of `root` depth first.

    Returns
    -------
    order, parent, found_at, low
        Units in the order of their discovery; and per unit, −1 outside the component: the unit it was found from,
        when it was found, and the earliest unit found that its subtree touches.
    """
    n = len(indptr) - 1
    parent = np.full(n, -1, np.int64)
    found_at = np.full(n, -1, np.int64)
    low = np.full(n, -1, np.int64)
    at = indptr[:-1].astype(np.int64)
    order = np.empty(n, np.int64)
    path = np.empty(n, np.int64)
    path[0] = root
    order[0] = root
    found_at[root] = low[root] = 0
    top, count = 1, 1
    while top > 0:
        u = path[top - 1]
        if at[u] < indptr[u + 1]:
            v = indices[at[u]]
            at[u] += 1
            if found_at[v] < 0:
                parent[v] = u
                found_at[v] = low[v] = count
                order[count] = v
                count += 1
                path[top] = v
                top += 1
            elif v != parent[u]:
                low[u] = min(low[u], found_at[v])
        else:
            top -= 1
            if top > 0:
                above = path[top - 1]
                low[above] = min(low[above], low[u])
    return order[:count], parent, found_at, low


@nb.njit(cache=True, nogil=True)
def subtree_loads(order: LongArray, parent: LongArray, load: FloatArray) -> FloatArray:
    """Return the load of everything found from each unit, itself included, shape ``(n_units,)``."""
    total = load.copy()
    for p in range(len(order) - 1, 0, -1):
        total[parent[order[p]]] += total[order[p]]
    return total


@nb.njit(cache=True, nogil=True)
def bound_together(
    order: LongArray,
    parent: LongArray,
    found_at: LongArray,
    low: LongArray,
    bag: FloatArray,
    locks: FloatArray,
    limits: FloatArray,
    least: float,
    group: LongArray,
) -> None:
    """Write into `group` the unit that each unit of the component belongs with; itself where it is free.

    Bags that cannot be a territory of their own at any deviation below `least` go with the unit they hang on, except
    those with locked units in them: `limits` are those of territories that are locked to nothing here.

    Parameters
    ----------
    bag, locks
        Load and number of locked units of everything found from each unit, itself included, shape ``(n_units,)``.
    """
    for p in range(len(order)):
        u = order[p]
        above = parent[u]
        group[u] = u
        if above < 0:
            continue
        hangs = low[u] >= found_at[above] and locks[u] == 0 and shortfall(bag[u], limits) >= least
        # What is found from a bag is part of it.
        if hangs or group[above] != above:
            group[u] = group[above]
