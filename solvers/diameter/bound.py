"""A proven lower bound on the largest territory diameter.

The territory of any unit must hold the lower limits, and all of it lies within one diameter of that unit, along the
neighbour graph where it must hang together. So the radius that gathers enough around the worst-placed unit bounds the
diameter. The worst-placed units are looked at harder: of what lies within reach of a unit, nothing can share its
territory that has itself too little within reach of both.
"""

from __future__ import annotations

import heapq
import math

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.arrays import FloatArray, IntArray
from planner.stop import Stop
from solvers.local_search.kernel import CountArray
from solvers.model import SearchModel

ENOUGH = 1e-9
"""Shortfall that counts as none, as a share of an average ideal."""

LOOKED_AT_HARDER = 200
"""Units with the largest radius that are looked at harder."""

HALVINGS = 14
"""Halvings of the interval of diameters in question, per unit."""

LARGEST_BALL = 5_000
"""Units within reach at most, for one to be looked at harder; the work grows with the square."""


def diameter_bound(model: SearchModel, stop: Stop) -> float:
    """Return a lower bound on the largest diameter, scaled; 0 where limits demand nothing.

    Parameters
    ----------
    model
        The scaled problem. Activities below zero count as zero.
    stop
        Asked between units; what is proved by then is returned.
    """
    need = (model.lower - model.fixed).min(axis=0) - ENOUGH
    measures = np.flatnonzero(need > 0)
    if not len(measures) or model.n_units < 2:
        return 0.0
    need = np.ascontiguousarray(need[measures])
    activity = np.ascontiguousarray(np.maximum(model.activity[:, measures], 0.0))
    if (activity.sum(axis=0) < need).any():
        return 0.0
    if model.contiguous:
        radius = _radii_on_graph(model.xy, activity, need, model.graph_indptr, model.graph_indices)
    else:
        radius = _radii(model.xy, activity, need)
    # A unit that reaches too little has no feasible territory: other checks say so.
    radius = np.where(np.isfinite(radius), radius, 0.0)
    order = np.argsort(-radius)[:LOOKED_AT_HARDER]
    best = float(radius[order[0]])
    tree = cKDTree(model.xy)
    for i in order:
        if stop.reason(0) is not None:
            break
        best = _raise(model, activity, need, int(i), best, tree)
    return best


def _raise(
    model: SearchModel, activity: FloatArray, need: FloatArray, unit: int, best: float, tree: cKDTree
) -> float:
    """Return the largest diameter that `unit` proves too small, if it is more than `best`."""
    low, high = best, 2.0 * best
    trial = best * (1 + 1e-6)
    for _ in range(HALVINGS):
        near = np.sort(np.asarray(tree.query_ball_point(model.xy[unit], trial * (1 + 1e-12)), dtype=np.int64))
        if len(near) > LARGEST_BALL or may_hold(
            unit,
            near,
            trial,
            model.xy,
            activity,
            need,
            model.graph_indptr,
            model.graph_indices,
            model.contiguous,
        ):
            high = trial
            if low == best:
                return best
        else:
            low = trial
        trial = (low + high) / 2
    return low


def _radii(xy: FloatArray, activity: FloatArray, need: FloatArray) -> FloatArray:
    """Return per unit the least radius that gathers `need`, shape ``(n_units,)``."""
    n = len(xy)
    tree, radius, left = cKDTree(xy), np.full(n, np.inf), np.arange(n)
    width = min(n, 16)
    while len(left):
        undone = []
        for chunk in np.array_split(left, max(1, len(left) * width // 1_000_000)):
            found = tree.query(xy[chunk], k=width)
            distance = np.reshape(found[0], (len(chunk), width))
            near = np.reshape(found[1], (len(chunk), width))
            enough: NDArray[np.bool_] = np.all(activity[near].cumsum(axis=1) >= need, axis=2)
            done = enough[:, -1]
            radius[chunk[done]] = distance[done, enough[done].argmax(axis=1)]
            undone.append(chunk[~done])
        left = np.concatenate(undone)
        if width == n:
            break
        width = min(n, 2 * width)
    return radius


@nb.njit(cache=True, nogil=True)
def _radii_on_graph(
    xy: FloatArray, activity: FloatArray, need: FloatArray, indptr: IntArray, indices: IntArray
) -> FloatArray:
    """Return per unit the least radius inside which the units connected to it gather `need`, inf where none does."""
    n, m = activity.shape
    radius = np.full(n, np.inf)
    seen = np.full(n, -1, np.int64)
    held = np.zeros(m)
    for i in range(n):
        heap = [(0.0, i)]
        seen[i] = i
        held[:] = 0.0
        reach = 0.0
        while len(heap) > 0:
            distance, u = heapq.heappop(heap)
            reach = max(reach, distance)
            enough = True
            for q in range(m):
                held[q] += activity[u, q]
                enough = enough and held[q] >= need[q]
            if enough:
                radius[i] = reach
                break
            for e in range(indptr[u], indptr[u + 1]):
                v = int(np.int64(indices[e]))
                if seen[v] != i:
                    seen[v] = i
                    dx, dy = xy[v, 0] - xy[i, 0], xy[v, 1] - xy[i, 1]
                    heapq.heappush(heap, (math.sqrt(dx * dx + dy * dy), v))
    return radius


@nb.njit(cache=True, nogil=True)
def may_hold(
    unit: int,
    near: CountArray,
    diameter: float,
    xy: FloatArray,
    activity: FloatArray,
    need: FloatArray,
    indptr: IntArray,
    indices: IntArray,
    contiguous: bool,
) -> bool:
    """Return False only where no territory with `unit`, no wider than `diameter`, can gather `need`.

    `near` are the units within `diameter` of `unit`, ascending. A unit is struck out where too little is left within
    reach of it, or where nothing left connects it to `unit`, until nothing more can be struck out.
    """
    count, m = near.shape[0], activity.shape[1]
    square = diameter * diameter * (1 + 1e-12)
    left = np.ones(count, np.bool_)
    linked = np.zeros(count, np.bool_)
    queue = np.zeros(count, np.int64)
    held = np.zeros(m)
    own = np.searchsorted(near, unit)
    changed = True
    while changed:
        changed = False
        if contiguous:
            linked[:] = False
            linked[own] = True
            queue[0] = own
            head, tail = 0, 1
            while head < tail:
                u = near[queue[head]]
                head += 1
                for e in range(indptr[u], indptr[u + 1]):
                    p = np.searchsorted(near, indices[e])
                    if p < count and near[p] == indices[e] and left[p] and not linked[p]:
                        linked[p] = True
                        queue[tail] = p
                        tail += 1
            left[:] = linked
        for a in range(count):
            if not left[a]:
                continue
            held[:] = 0.0
            x, y = xy[near[a], 0], xy[near[a], 1]
            for b in range(count):
                if left[b]:
                    dx, dy = xy[near[b], 0] - x, xy[near[b], 1] - y
                    if dx * dx + dy * dy <= square:
                        for q in range(m):
                            held[q] += activity[near[b], q]
            if (held < need).any():
                left[a] = False
                changed = True
                if a == own:
                    return False
    return True
