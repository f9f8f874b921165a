"""Soft assignment of units to their cheapest few territories: memory and time linear in units.

At a low temperature a unit has a share in its cheapest few territories only. The loads, the centroids and the
curvature of the smooth dual follow from those; the curvature links territories that share units, a planar pattern
with a handful of entries per territory.
"""

from __future__ import annotations

from dataclasses import replace

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from planner.arrays import FloatArray, IntArray
from solvers.local_search.kernel import allowed, row_value
from solvers.model import SearchModel
from solvers.side_rules import no_side_rules
from solvers.transport.pruning import cheapest_candidates, in_blocks

MOST_LINKED = 48
"""Territories that one territory's curvature is linked to, at most; what is left out makes steps shorter."""
NEGLIGIBLE = 1e-6
"""Share of a unit below which a territory plays no part in the curvature."""


@nb.njit(cache=True, nogil=True)
def _expand(
    first: int, last: int, xy: FloatArray, weight: FloatArray, activity: FloatArray, stands_for: FloatArray,
    own_indptr: IntArray, own_indices: IntArray, own_cost: FloatArray,
    candidate: IntArray, centre: FloatArray, price: FloatArray, heat: FloatArray,
    load: FloatArray, moment: FloatArray, linked: IntArray, curve: FloatArray, curved: bool,
) -> float:  # fmt: skip
    """Return the softmin cost of units [first, last) and add up their loads, moments and curvature.

    `load` (k, m); `moment` (k, 6: mass, Σwx, Σwy, and the same of what is contested); `linked` (k, MOST_LINKED)
    territories with a greater number that share units, −1 where unused; `curve` (k, MOST_LINKED + 1, m, m): own
    curvature last.
    """
    width, n_measures, n_links = candidate.shape[1], activity.shape[1], linked.shape[1]
    cost = np.empty(width)
    total = 0.0
    for i in range(first, last):
        w, owned = weight[i], own_indptr[i + 1] > own_indptr[i]
        low, filled = np.inf, 0
        for p in range(width):
            j = candidate[i, p]
            if j < 0:
                break
            dx, dy = xy[i, 0] - centre[j, 0], xy[i, 1] - centre[j, 1]
            value = w * (dx * dx + dy * dy)
            for m in range(n_measures):
                value += activity[i, m] * price[j, m]
            if owned:
                value -= row_value(own_indptr, own_indices, own_cost, i, j)
            cost[p] = value / w
            low = min(low, cost[p])
            filled += 1
        whole = 0.0
        for p in range(filled):
            gap = (cost[p] - low) / heat[i]
            cost[p] = np.exp(-gap) if gap < 30.0 else 0.0
            whole += cost[p]
        total += w * stands_for[i] * (low - heat[i] * np.log(whole))
        for p in range(filled):
            share = cost[p] / whole
            cost[p] = share
            if share == 0.0:
                continue
            j = candidate[i, p]
            part = share * stands_for[i]
            moment[j, 0] += part * w
            moment[j, 1] += part * w * xy[i, 0]
            moment[j, 2] += part * w * xy[i, 1]
            for m in range(n_measures):
                load[j, m] += part * activity[i, m]
        if not curved:
            continue
        for p in range(filled):
            if cost[p] < NEGLIGIBLE or cost[p] > 1.0 - NEGLIGIBLE:
                continue
            j = candidate[i, p]
            rate = stands_for[i] * cost[p] / (w * heat[i])
            contested = stands_for[i] * w * cost[p] * (1.0 - cost[p]) / heat[i]
            moment[j, 3] += contested
            moment[j, 4] += contested * xy[i, 0]
            moment[j, 5] += contested * xy[i, 1]
            for m in range(n_measures):
                for g in range(n_measures):
                    curve[j, n_links, m, g] += rate * (1.0 - cost[p]) * activity[i, m] * activity[i, g]
            for q in range(filled):
                other = candidate[i, q]
                if other <= j or cost[p] * cost[q] < NEGLIGIBLE:
                    continue
                place = 0
                while place < n_links and linked[j, place] != other and linked[j, place] >= 0:
                    place += 1
                if place == n_links:
                    continue
                linked[j, place] = other
                for m in range(n_measures):
                    for g in range(n_measures):
                        curve[j, place, m, g] -= rate * cost[q] * activity[i, m] * activity[i, g]
    return total


@nb.njit(cache=True, nogil=True)
def _gaps(
    j: int, xy: FloatArray, weight: FloatArray, activity: FloatArray,
    own_indptr: IntArray, own_indices: IntArray, own_cost: FloatArray,
    locked: IntArray, excluded_indptr: IntArray, excluded_indices: IntArray,
    candidate: IntArray, centre: FloatArray, price: FloatArray, gap: FloatArray,
) -> None:  # fmt: skip
    """Fill `gap` (n,) with the rise of all prices of territory `j` at which each unit leaves it."""
    for i in range(xy.shape[0]):
        if not allowed(i, j, locked, excluded_indptr, excluded_indices):
            gap[i] = -np.inf
            continue
        owned = own_indptr[i + 1] > own_indptr[i]
        best, here, amount = np.inf, 0.0, 0.0
        for p in range(-1, candidate.shape[1]):
            t = j if p < 0 else candidate[i, p]
            if t < 0:
                break
            if p >= 0 and t == j:
                continue
            dx, dy = xy[i, 0] - centre[t, 0], xy[i, 1] - centre[t, 1]
            value = weight[i] * (dx * dx + dy * dy)
            for m in range(activity.shape[1]):
                value += activity[i, m] * price[t, m]
            if owned:
                value -= row_value(own_indptr, own_indices, own_cost, i, t)
            if p < 0:
                here = value
            else:
                best = min(best, value)
        for m in range(activity.shape[1]):
            amount += activity[i, m]
        gap[i] = (best - here) / max(amount, 1e-12)


class Nearby:
    """Soft assignment of units to their `width` cheapest territories.

    Parameters
    ----------
    part
        The units taken, without a graph; see `part_of` and `solvers.transport.gathering`.
    stands_for
        How many units' worth each stands for, shape ``(n_taken,)``.
    width
        Territories per unit.
    """

    def __init__(self, part: SearchModel, stands_for: FloatArray, width: int) -> None:
        self.model = part
        self.stands_for = stands_for
        self._width = width
        self._centre: FloatArray = np.empty((0, 2))
        self._looked_at: FloatArray = np.empty((0, 0))
        self._candidate: IntArray = np.empty((0, 0), np.int32)

    @property
    def size(self) -> int:
        """Number of units taken."""
        return len(self.stands_for)

    def look_around(self, centre: FloatArray, price: FloatArray) -> None:
        """Find the cheapest territories of each unit at these centres and prices."""
        self._centre, self._looked_at = centre, price
        self._candidate = cheapest_candidates(self.model, centre, price, self._width)

    @property
    def seen(self) -> tuple[FloatArray, FloatArray, IntArray]:
        """What units look at: the centres and prices it was found at, and their cheapest territories."""
        return self._centre, self._looked_at, self._candidate

    @seen.setter
    def seen(self, before: tuple[FloatArray, FloatArray, IntArray]) -> None:
        self._centre, self._looked_at, self._candidate = before

    def has_moved(self, price: FloatArray, scale: FloatArray) -> bool:
        """Return whether prices have moved by more than `scale` (k,) since the last look around."""
        return bool((np.abs(price - self._looked_at).max(axis=1) > scale).any())

    def local(self, spacing: FloatArray) -> FloatArray:
        """Return the squared length that matters to each unit, shape ``(size,)``.

        On the border of a dense and a sparse territory prices act on the geometric mean of their two lengths: the
        width of what a price contests is its temperature over the distance between the two centres, and that must be
        small beside the dense one. `spacing` (k,) is the squared length of each territory.
        """
        first = self._candidate[:, 0]
        second = self._candidate[:, min(1, self._candidate.shape[1] - 1)]
        own = spacing[first]
        mean: FloatArray = np.sqrt(own * np.where(second >= 0, spacing[second], own))
        return mean

    def gaps(self, territory: int, price: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the rise of all prices of `territory` at which each unit leaves it, and what each unit holds.

        Both of shape ``(size,)``; the second is summed over the measures and over the units that it stands for.
        """
        model, gap = self.model, np.empty(self.size)
        _gaps(
            territory, model.xy, model.weight, model.activity, model.own_indptr, model.own_indices, model.own_cost,
            model.locked, model.excluded_indptr, model.excluded_indices,
            self._candidate, self._centre, price, gap,
        )  # fmt: skip
        return gap, model.activity.sum(axis=1) * self.stands_for

    def expand(
        self, price: FloatArray, heat: FloatArray, curved: bool = True
    ) -> tuple[float, FloatArray, FloatArray, csc_array]:
        """Return value, loads (k, m), moments (k, 6) and the curvature (k·m, k·m) of the smooth dual."""
        model, (k, n_measures) = self.model, price.shape
        parts: list[tuple[FloatArray, FloatArray, IntArray, FloatArray]] = []

        def work(first: int, last: int) -> float:
            load, moment = np.zeros((k, n_measures)), np.zeros((k, 6))
            linked = np.full((k, MOST_LINKED), -1, np.int32)
            curve = np.zeros((k, MOST_LINKED + 1, n_measures, n_measures))
            value: float = _expand(
                first, last, model.xy, model.weight, model.activity, self.stands_for,
                model.own_indptr, model.own_indices, model.own_cost,
                self._candidate, self._centre, price, heat, load, moment, linked, curve, curved,
            )  # fmt: skip
            parts.append((load, moment, linked, curve))
            return value

        total = sum(in_blocks(model.n_units, work))
        load = sum((part[0] for part in parts[1:]), parts[0][0])
        moment = sum((part[1] for part in parts[1:]), parts[0][1])
        curvature = _assembled(parts[0][2], parts[0][3])
        for part in parts[1:]:
            curvature = curvature + _assembled(part[2], part[3])
        return total, load, moment, curvature


def _assembled(linked: IntArray, curve: FloatArray) -> csc_array:
    """Return the curvature as a symmetric sparse matrix over (territory, measure)."""
    k, n_links = linked.shape
    n_measures = curve.shape[2]
    measure = np.arange(n_measures)
    at, place = np.nonzero(linked >= 0)
    row = (at[:, None, None] * n_measures + measure[:, None]) + 0 * measure
    column = (linked[at, place][:, None, None].astype(np.int64) * n_measures + measure) + 0 * measure[:, None]
    own_row = (np.arange(k)[:, None, None] * n_measures + measure[:, None]) + 0 * measure
    own_column = (np.arange(k)[:, None, None] * n_measures + measure) + 0 * measure[:, None]
    value = curve[at, place].ravel()
    rows = np.concatenate([row.ravel(), column.ravel(), own_row.ravel()])
    columns = np.concatenate([column.ravel(), row.ravel(), own_column.ravel()])
    values = np.concatenate([value, value, curve[:, n_links].ravel()])
    return csc_array((values, (rows, columns)), shape=(k * n_measures, k * n_measures))


def everyone(model: SearchModel) -> SearchModel:
    """Return the model with no weight that is nothing: units pay per weight."""
    return replace(model, weight=np.maximum(model.weight, 1e-12))


def part_of(model: SearchModel, pick: NDArray[np.intp]) -> SearchModel:
    """Return the model of some of the units, without a graph; of the rules it keeps bands, locks and exclusions."""
    n, k = model.n_units, model.n_territories
    if len(pick) == n:
        return everyone(model)
    owned = model.pair_cost()[pick]
    ones = np.ones(len(model.excluded_indices), np.int8)
    excluded = csr_array((ones, model.excluded_indices, model.excluded_indptr), shape=(n, k))[pick]
    mixes, budgets, rivals = no_side_rules(len(pick), k, len(owned.data))
    return replace(
        model,
        xy=np.ascontiguousarray(model.xy[pick]),
        weight=np.maximum(model.weight[pick], 1e-12),
        activity=np.ascontiguousarray(model.activity[pick]),
        own_indptr=owned.indptr.astype(np.int32),
        own_indices=owned.indices.astype(np.int32),
        own_cost=owned.data,
        leave_cost=model.leave_cost[pick],
        mixes=mixes,
        budgets=budgets,
        rivals=rivals,
        excluded_indptr=excluded.indptr.astype(np.int32),
        excluded_indices=excluded.indices.astype(np.int32),
        locked=np.ascontiguousarray(model.locked[pick]),
    )
