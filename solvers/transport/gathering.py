"""Neighbouring units gathered into one: few units that hold exactly what all hold, where they hold it.

A sample of units misses the bands by its own noise, and prices found on it must be found anew on all units. Gathered
units have none: what they miss is the shape of borders within them. The map is cut in two, across its longer side, into
parts of equal mass, again and again; a part becomes one unit at its centroid, as in the tree of Bentley (1975,
https://doi.org/10.1145/361002.361007).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numba as nb
import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray, sum_by
from solvers.model import SearchModel
from solvers.side_rules import no_side_rules

LEAST_GATHERED = 2.0
"""Units that a gathered one stands for on average, at least; below it is not worth while."""


@nb.njit(cache=True, nogil=True)
def _cut(
    xy: FloatArray, mass: FloatArray, order: NDArray[np.int64], first: int, last: int, parts: int, number: int,
    deep: bool, part: NDArray[np.int64], halves: NDArray[np.int64],
) -> None:  # fmt: skip
    """Number the parts of units ``order[first:last]`` from `number`; where not `deep`, cut once and fill `halves`.

    `halves` holds where the second half begins and how many parts the first one has.
    """
    stack = np.empty((64, 4), np.int64)
    stack[0] = first, last, parts, number
    top = 1
    while top > 0:
        top -= 1
        f, t, count, low = stack[top]
        if count == 1 or t - f <= 1:
            for e in range(f, t):
                part[order[e]] = low
            continue
        least, most = xy[order[f]].copy(), xy[order[f]].copy()
        for e in range(f, t):
            for axis in range(2):
                least[axis] = min(least[axis], xy[order[e], axis])
                most[axis] = max(most[axis], xy[order[e], axis])
        along = 0 if most[0] - least[0] >= most[1] - least[1] else 1
        inside = order[f:t].copy()
        place = np.empty(t - f)
        for e in range(t - f):
            place[e] = xy[inside[e], along]
        whole = 0.0
        sorted_by = np.argsort(place)
        for e in range(t - f):
            order[f + e] = inside[sorted_by[e]]
            whole += mass[order[f + e]]
        left = count // 2
        goal, so_far, cut = whole * left / count, mass[order[f]], f + 1
        while cut < t - 1 and so_far + 0.5 * mass[order[cut]] < goal:
            so_far += mass[order[cut]]
            cut += 1
        if not deep:
            halves[0], halves[1] = cut, left
            return
        stack[top] = f, cut, left, low
        stack[top + 1] = cut, t, count - left, low + left
        top += 2


def parts_of_equal_mass(xy: FloatArray, mass: FloatArray, count: int) -> IntArray:
    """Return the part of each unit, numbered from 0 without gaps: about `count` parts of about equal mass.

    Shape ``(len(xy),)``. A unit heavier than a part has one to itself, so that there may be fewer.
    """
    n = len(xy)
    order, part, halves = np.arange(n), np.zeros(n, np.int64), np.zeros(2, np.int64)
    if count > 1 and n > 1:
        _cut(xy, mass, order, 0, n, count, 0, False, part, halves)
        cut, left = int(halves[0]), int(halves[1])
        with ThreadPoolExecutor(2) as pool:
            tasks = [
                pool.submit(
                    _cut, xy, mass, order, first, last, parts, number, True, part, np.zeros(2, np.int64)
                )
                for first, last, parts, number in ((0, cut, left, 0), (cut, n, count - left, left))
            ]
            for task in tasks:
                task.result()
    return np.unique(part, return_inverse=True)[1].astype(np.int32)


def gathered(model: SearchModel, count: int) -> SearchModel | None:
    """Return about `count` units that stand for all, without a graph; of the rules they keep bands.

    None where that is not worth while, or where locks, exclusions or owners tell neighbouring units apart.
    """
    n, k = model.n_units, model.n_territories
    if n < LEAST_GATHERED * count or not _alike(model):
        return None
    weight = np.maximum(model.weight, 1e-12)
    mass = weight + (model.activity.mean(axis=1) if model.activity.shape[1] else 0.0)
    part = parts_of_equal_mass(model.xy, mass, count)
    size = int(part.max()) + 1
    held = sum_by(part, weight, size)
    place = np.stack([sum_by(part, weight * model.xy[:, axis], size) / held for axis in (0, 1)], axis=1)
    activity = np.stack([sum_by(part, column, size) for column in model.activity.T], axis=1)
    mixes, budgets, rivals = no_side_rules(size, k, 0)
    nothing, nobody = np.zeros(size + 1, np.int32), np.empty(0, np.int32)
    return replace(
        model,
        xy=place,
        weight=held,
        activity=activity,
        own_indptr=nothing,
        own_indices=nobody,
        own_cost=np.empty(0),
        leave_cost=np.zeros(size),
        mixes=mixes,
        budgets=budgets,
        rivals=rivals,
        excluded_indptr=nothing,
        excluded_indices=nobody,
        locked=np.full(size, -1, np.int32),
    )


def _alike(model: SearchModel) -> bool:
    """Return whether any unit may go anywhere, and none costs less with an owner of today."""
    ruled = (model.locked >= 0).any() or len(model.excluded_indices) or model.own_cost.any()
    return not ruled
