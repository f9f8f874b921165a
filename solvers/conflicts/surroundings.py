"""Regions around every unit, and the least deviation each of them calls for, compiled."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray
from solvers.conflicts.region import excess, least_deviation

LongArray = NDArray[np.int64]


@nb.njit(cache=True, nogil=True)
def region_of(
    members: LongArray, indptr: IntArray, indices: IntArray, place: LongArray
) -> tuple[NDArray[np.uint64], np.uint64]:
    """Return the neighbours of each member as bits, and the members with neighbours outside.

    `place` is scratch of shape ``(n_units,)``, −1 everywhere before and after.
    """
    near = np.zeros(len(members), np.uint64)
    open_units = np.uint64(0)
    for p in range(len(members)):
        place[members[p]] = p
    for p in range(len(members)):
        for e in range(indptr[members[p]], indptr[members[p] + 1]):
            at = place[indices[e]]
            if at < 0:
                open_units |= np.uint64(1) << np.uint64(p)
            else:
                near[p] |= np.uint64(1) << np.uint64(at)
    for p in range(len(members)):
        place[members[p]] = -1
    return near, open_units


@nb.njit(cache=True, nogil=True)
def limits_of(
    members: LongArray, limits: FloatArray, locked: LongArray, own_limits: FloatArray, seen: NDArray[np.bool_]
) -> FloatArray:
    """Return the limits that count in a region: those of any territory, and of those with locked units in it.

    `seen` is scratch of shape ``(n_territories,)``, False before and after.
    """
    extra = 0
    for u in members:
        if locked[u] >= 0 and not seen[locked[u]]:
            seen[locked[u]] = True
            extra += 1
    if extra == 0:
        return limits
    table = np.empty((len(limits) + extra, limits.shape[1]))
    table[: len(limits)] = limits
    at = len(limits)
    for u in members:
        if locked[u] >= 0 and seen[locked[u]]:
            seen[locked[u]] = False
            table[at] = own_limits[locked[u]]
            at += 1
    return table


@nb.njit(cache=True, nogil=True)
def scan(
    seeds: LongArray,
    indptr: IntArray,
    indices: IntArray,
    load: FloatArray,
    limits: FloatArray,
    locked: LongArray,
    own_limits: FloatArray,
    cap: float,
    most_units: int,
    most_nodes: int,
    most_work: int,
) -> tuple[FloatArray, LongArray, int]:
    """Look at the balls around `seeds`, ever larger ones up to `most_units`.

    A ball light enough for one territory is passed over: it can leave as a whole.

    Returns
    -------
    deviation, size, work
        Per seed the largest deviation that one of its balls calls for, 0 where none does, and the number of units,
        in the order of `ball`, of the smallest ball that does; the connected sets looked at.
    """
    n = len(load)
    deviation = np.zeros(len(seeds))
    size = np.zeros(len(seeds), np.int64)
    place = np.full(n, -1, np.int64)
    seen = np.zeros(len(own_limits), np.bool_)
    mark = np.full(n, -1, np.int64)
    members = np.empty(most_units + 1, np.int64)
    work = 0
    for s in range(len(seeds)):
        members[0] = seeds[s]
        mark[seeds[s]] = s
        count, ring, total = 1, 0, load[seeds[s]]
        while work < most_work:
            first, ring = ring, count
            for p in range(first, ring):
                for e in range(indptr[members[p]], indptr[members[p] + 1]):
                    v = indices[e]
                    if mark[v] != s and count <= most_units:
                        mark[v] = s
                        members[count] = v
                        total += load[v]
                        count += 1
            if count > most_units or count == ring:
                break
            if excess(total, limits) == 0.0:
                continue
            ball = members[:count]
            near, open_units = region_of(ball, indptr, indices, place)
            table = limits_of(ball, limits, locked, own_limits, seen)
            value, _, nodes = least_deviation(near, load[ball], open_units, table, cap, most_nodes)
            work += nodes
            if value > deviation[s]:
                deviation[s], size[s] = value, count
        if work >= most_work:
            break
    return deviation, size, work


@nb.njit(cache=True, nogil=True)
def ball(seed: int, size: int, indptr: IntArray, indices: IntArray) -> LongArray:
    """Return `size` units around `seed`, in the order in which they are met."""
    mark = np.zeros(len(indptr) - 1, np.bool_)
    members = np.empty(size, np.int64)
    members[0] = seed
    mark[seed] = True
    count, at = 1, 0
    while at < count and count < size:
        for e in range(indptr[members[at]], indptr[members[at] + 1]):
            v = indices[e]
            if not mark[v] and count < size:
                mark[v] = True
                members[count] = v
                count += 1
        at += 1
    return members[:count]
