r"""Cheapest territories of every unit, and the dual value, exactly but without a look at every pair.

Centres stand in a balanced tree of boxes. What unit *i* pays in a box of centres is at least

.. math:: w_i \, \mathrm{dist}(x_i, \mathrm{box})^2 + \sum_m a_{im} \min_{j \in \mathrm{box}} \lambda_{jm},

since activities are not negative; a box that cannot beat what was found is skipped. Prices that run to hundreds, to
fill an island, only make the search longer, never wrong. What is saved by staying with an owner is no part of that
bound, so owners are looked at first, one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray
from solvers.local_search.kernel import allowed, row_value, separated
from solvers.model import SearchModel

LEAF = 6
"""Centres in a leaf of the tree, at most."""
THREADS = 2
"""Blocks of a large problem that are worked on at once."""
LARGE = 50_000
"""Units from which two threads are worth starting."""
SQUARED: FloatArray = np.empty((0, 2))
"""Cost of distance that is its square."""
UNITS_AT_ONCE = 2_000
"""Units whose row of a table of distances is worked on at once."""


@dataclass(frozen=True, eq=False)
class CentreTree:
    """Centres in a balanced tree of boxes, with the lowest price per box.

    Node 1 is the root, the children of node *v* are 2v and 2v + 1; the leaves are the last level.

    Parameters
    ----------
    order
        Centres in the order of the leaves, shape ``(n_territories,)``.
    depth
        Levels below the root.
    box
        Least x, least y, greatest x, greatest y of the centres below a node, shape ``(2 · n_leaves, 4)``.
    least
        Least price of each measure below a node, shape ``(2 · n_leaves, n_limited)``.
    """

    order: IntArray
    depth: int
    box: FloatArray
    least: FloatArray

    @classmethod
    def of(cls, centre: FloatArray, multiplier: FloatArray, size: float = LEAF) -> CentreTree:
        """Build the tree of `centre` (k, 2) at prices `multiplier` (k, m), at most `size` of them in a leaf."""
        depth = max(0, int(np.ceil(np.log2(max(len(centre), 1) / size))))
        order, box, least = _build(np.ascontiguousarray(centre), np.ascontiguousarray(multiplier), depth)
        return cls(order, depth, box, least)


@nb.njit(cache=True, nogil=True)
def _build(centre: FloatArray, multiplier: FloatArray, depth: int) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return order, boxes and least prices of the tree of centres."""
    k, n_measures = multiplier.shape
    order = np.arange(k).astype(np.int32)
    box = np.empty((2 << depth, 4))
    least = np.empty((2 << depth, n_measures))
    for level in range(depth + 1):
        for v in range(1 << level):
            first, last = (v * k) >> level, ((v + 1) * k) >> level
            node = (1 << level) + v
            box[node, 0] = box[node, 1] = np.inf
            box[node, 2] = box[node, 3] = -np.inf
            least[node] = np.inf
            for e in range(first, last):
                j = order[e]
                for axis in range(2):
                    box[node, axis] = min(box[node, axis], centre[j, axis])
                    box[node, 2 + axis] = max(box[node, 2 + axis], centre[j, axis])
                for m in range(n_measures):
                    least[node, m] = min(least[node, m], multiplier[j, m])
            if level < depth and last - first > 1:
                axis = 0 if box[node, 2] - box[node, 0] >= box[node, 3] - box[node, 1] else 1
                inside = order[first:last].copy()
                order[first:last] = inside[np.argsort(centre[inside, axis])]
    return order, box, least


@nb.njit(cache=True, nogil=True, inline="always")
def _bound(
    i: int, node: int, xy: FloatArray, weight: FloatArray, activity: FloatArray,
    box: FloatArray, least: FloatArray, affine: FloatArray,
) -> float:  # fmt: skip
    """Return the least that unit `i` can pay to a centre below `node`, owners aside."""
    dx = max(box[node, 0] - xy[i, 0], xy[i, 0] - box[node, 2], 0.0)
    dy = max(box[node, 1] - xy[i, 1], xy[i, 1] - box[node, 3], 0.0)
    value = weight[i] * separated(dx * dx + dy * dy, affine)
    for m in range(activity.shape[1]):
        if activity[i, m] > 0.0:
            value += activity[i, m] * least[node, m]
    return float(value)


@nb.njit(cache=True, nogil=True, inline="always")
def _pays(
    i: int, j: int, xy: FloatArray, weight: FloatArray, activity: FloatArray,
    centre: FloatArray, multiplier: FloatArray, affine: FloatArray,
) -> float:  # fmt: skip
    """Return what unit `i` pays to territory `j`, owners aside."""
    dx, dy = xy[i, 0] - centre[j, 0], xy[i, 1] - centre[j, 1]
    value = weight[i] * separated(dx * dx + dy * dy, affine)
    for m in range(activity.shape[1]):
        value += activity[i, m] * multiplier[j, m]
    return float(value)


@nb.njit(cache=True, nogil=True, inline="always")
def _insert(j: int, value: float, filled: int, i: int, candidate: IntArray, cost: FloatArray) -> int:
    """Insert territory `j` into the ascending row `i` and return how many the row holds."""
    width = candidate.shape[1]
    place = filled if filled < width else width - 1
    while place > 0 and cost[place - 1] > value:
        cost[place] = cost[place - 1]
        candidate[i, place] = candidate[i, place - 1]
        place -= 1
    cost[place] = value
    candidate[i, place] = j
    return filled + 1 if filled < width else filled


@nb.njit(cache=True, nogil=True)
def _cheapest(
    first: int, last: int, xy: FloatArray, weight: FloatArray, activity: FloatArray,
    centre: FloatArray, multiplier: FloatArray, order: IntArray, depth: int, box: FloatArray, least: FloatArray,
    own_indptr: IntArray, own_indices: IntArray, own_cost: FloatArray,
    locked: IntArray, excluded_indptr: IntArray, excluded_indices: IntArray,
    candidate: IntArray, affine: FloatArray,
) -> float:  # fmt: skip
    """Fill rows [first, last) of `candidate` (n, width), cheapest first, and return what the cheapest add up to."""
    width = candidate.shape[1]
    k = centre.shape[0]
    n_leaves = 1 << depth
    cost = np.empty(width)
    stack = np.empty(2 * depth + 2, np.int64)
    bounds = np.empty(2 * depth + 2)
    total = 0.0
    for i in range(first, last):
        filled = 0
        if locked[i] >= 0:
            j = locked[i]
            candidate[i, 0] = j
            value = _pays(i, j, xy, weight, activity, centre, multiplier, affine)
            barred = not allowed(i, j, locked, excluded_indptr, excluded_indices)
            total += np.inf if barred else value - row_value(own_indptr, own_indices, own_cost, i, j)
            continue
        plain = excluded_indptr[i] == excluded_indptr[i + 1]
        owned = own_indptr[i + 1] > own_indptr[i]
        for e in range(own_indptr[i], own_indptr[i + 1]):
            j = own_indices[e]
            value = _pays(i, j, xy, weight, activity, centre, multiplier, affine) - own_cost[e]
            if filled == width and value >= cost[width - 1]:
                continue
            if plain or allowed(i, j, locked, excluded_indptr, excluded_indices):
                filled = _insert(j, value, filled, i, candidate, cost)
        stack[0] = 1
        bounds[0] = -np.inf
        top = 1
        while top > 0:
            top -= 1
            node = stack[top]
            if filled == width and bounds[top] >= cost[width - 1]:
                continue
            if node < n_leaves:
                near, far = 2 * node, 2 * node + 1
                low = _bound(i, near, xy, weight, activity, box, least, affine)
                high = _bound(i, far, xy, weight, activity, box, least, affine)
                if high < low:
                    near, far, low, high = far, near, high, low
                stack[top], bounds[top] = far, high
                stack[top + 1], bounds[top + 1] = near, low
                top += 2
                continue
            v = node - n_leaves
            for e in range((v * k) >> depth, ((v + 1) * k) >> depth):
                j = order[e]
                value = _pays(i, j, xy, weight, activity, centre, multiplier, affine)
                if filled == width and value >= cost[width - 1]:
                    continue
                if owned and _is_owner(i, j, own_indptr, own_indices):
                    continue
                if plain or allowed(i, j, locked, excluded_indptr, excluded_indices):
                    filled = _insert(j, value, filled, i, candidate, cost)
        total += cost[0] if filled else np.inf
    return total


@nb.njit(cache=True, nogil=True)
def _is_owner(i: int, j: int, own_indptr: IntArray, own_indices: IntArray) -> bool:
    """Return whether territory `j` is among the owners of unit `i`."""
    found = False
    for e in range(own_indptr[i], own_indptr[i + 1]):
        found = found or own_indices[e] == j
    return found


def in_blocks(n_units: int, work: Callable[[int, int], float]) -> list[float]:
    """Call ``work(first, last)`` over all units, in two threads where there are many, and return its results.

    The blocks depend on the number of units alone, so that sums do not depend on the machine.
    """
    if n_units < LARGE:
        return [work(0, n_units)]
    edges = np.linspace(0, n_units, THREADS + 1).astype(int)
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, edges[:-1].tolist(), edges[1:].tolist()))


def fill_cheapest(
    model: SearchModel,
    centre: FloatArray,
    multiplier: FloatArray,
    candidate: NDArray[np.int32],
    affine: FloatArray = SQUARED,
) -> float:
    """Fill `candidate` (n_units, width) with the cheapest allowed territories and return the sum of the cheapest.

    `affine` is the cost of distance; see `planner.measures.separation`.

    Entries beyond the allowed territories keep what they held; the sum is inf where a unit is allowed nowhere.
    """
    tree = CentreTree.of(centre, multiplier)

    def work(first: int, last: int) -> float:
        value: float = _cheapest(
            first, last, model.xy, model.weight, model.activity, centre, multiplier,
            tree.order, tree.depth, tree.box, tree.least,
            model.own_indptr, model.own_indices, model.own_cost,
            model.locked, model.excluded_indptr, model.excluded_indices, candidate, affine,
        )  # fmt: skip
        return value

    return sum(in_blocks(model.n_units, work))


def cheapest_candidates(
    model: SearchModel, centre: FloatArray, multiplier: FloatArray, width: int
) -> IntArray:
    """Return the `width` cheapest allowed territories of each unit at these prices, −1 where fewer are allowed.

    Shape ``(n_units, width)``, cheapest first.
    """
    candidate = np.full((model.n_units, min(width, model.n_territories)), -1, np.int32)
    fill_cheapest(model, np.ascontiguousarray(centre), np.ascontiguousarray(multiplier), candidate)
    return candidate


def dual_value(model: SearchModel, centre: FloatArray, multiplier: FloatArray) -> float:
    """Return the dual value for `centre` and `multiplier`, scaled: a lower bound for those centres.

    Exact over all pairs of unit and territory, whatever was pruned. Distance costs what the objective says where homes
    are the centres, its square otherwise.
    """
    positive, negative = np.maximum(multiplier, 0.0), np.maximum(-multiplier, 0.0)
    upper = np.where(positive > 0, model.upper, 0.0)
    lower = np.where(negative > 0, model.lower, 0.0)
    fixed_part = float((model.fixed * multiplier - upper * positive + lower * negative).sum())
    centre, multiplier = np.ascontiguousarray(centre), np.ascontiguousarray(multiplier)
    if model.fixed_centre and model.separation.table is not None:
        paid = _paid_by_table(model, centre, multiplier)
    else:
        affine = model.separation.affine if model.fixed_centre else SQUARED
        scratch = np.full((model.n_units, 1), -1, np.int32)
        paid = fill_cheapest(model, centre, multiplier, scratch, affine)
    return fixed_part + paid + float(model.leave_cost.sum())


def _paid_by_table(model: SearchModel, centre: FloatArray, multiplier: FloatArray) -> float:
    """Return what the cheapest territories add up to where a table tells the distances: nothing can be pruned."""
    n, k = model.n_units, model.n_territories
    saved, column = model.pair_cost(), np.arange(k, dtype=np.int32)
    ones = np.ones(len(model.excluded_indices))
    excluded = csr_array((ones, model.excluded_indices, model.excluded_indptr), shape=(n, k))
    total = 0.0
    for first in range(0, n, UNITS_AT_ONCE):
        units = np.arange(first, min(first + UNITS_AT_ONCE, n), dtype=np.int32)
        cost = model.weight[units, None] * model.separation.pairs(model.xy, units, centre, column)
        cost += model.activity[units] @ multiplier.T - saved[units].toarray()
        cost[excluded[units].toarray() > 0] = np.inf
        lock = model.locked[units, None]
        cost[(lock >= 0) & (lock != column)] = np.inf
        total += float(cost.min(axis=1).sum())
    return total
