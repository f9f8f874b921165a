"""Prices found from nothing, for groups of neighbouring territories at a time.

An island, or a rich city where two measures are limited, reaches its bands only at prices that reach across the map,
and damped steps from a price of zero take for ever to get there. At a temperature at which everything mixes the
smooth dual is nearly quadratic, and each lower one starts next to its solution; but at such temperatures every pair
of unit and territory counts. So neighbouring territories share one price until the temperature is down to their size.
"""

from __future__ import annotations

from dataclasses import replace

import numba as nb
import numpy as np
from scipy.spatial import cKDTree

from planner.arrays import FloatArray, IntArray
from solvers.local_search.kernel import allowed, row_value
from solvers.model import SearchModel
from solvers.transport.bands import SmoothBand, squared_spacing
from solvers.transport.dense import Dense, ascend
from solvers.transport.nearby import part_of
from solvers.transport.pruning import CentreTree
from solvers.transport.sampling import spread_sample

MOST_PRICES = 128
"""Prices that are found, groups times measures, at most: the work grows with their cube."""
SAMPLE_PER_GROUP = 6
LEAST_SAMPLED = 1_500
COOLING = 4.0
STEPS = 5
CLOSE = 0.05
BAND_SOFTNESS = 0.1
FORBIDDEN = 1e6
"""Cost per weight of a group that a unit must not join, in squared sizes of the map."""


def neighbourhoods(centre: FloatArray, most: int) -> IntArray:
    """Return the group of each centre: at most `most` groups of about as many neighbours, shape ``(k,)``."""
    k = len(centre)
    if k <= most:
        return np.arange(k, dtype=np.int32)
    order = CentreTree.of(centre, np.zeros((k, 1)), size=k / most).order
    group = np.empty(k, np.int32)
    group[order] = np.arange(k) * most // k
    return group


@nb.njit(cache=True, nogil=True)
def _cheapest_of_group(
    xy: FloatArray, weight: FloatArray, activity: FloatArray, centre: FloatArray, price: FloatArray,
    own_indptr: IntArray, own_indices: IntArray, own_cost: FloatArray,
    locked: IntArray, excluded_indptr: IntArray, excluded_indices: IntArray,
    group: IntArray, cost: FloatArray,
) -> None:  # fmt: skip
    """Lower `cost` (n, n_groups) to what each unit pays per weight in the cheapest territory of each group."""
    for i in range(xy.shape[0]):
        for j in range(centre.shape[0]):
            dx, dy = xy[i, 0] - centre[j, 0], xy[i, 1] - centre[j, 1]
            value = weight[i] * (dx * dx + dy * dy)
            for m in range(activity.shape[1]):
                value += activity[i, m] * price[j, m]
            value -= row_value(own_indptr, own_indices, own_cost, i, j)
            value /= weight[i]
            if value < cost[i, group[j]] and allowed(i, j, locked, excluded_indptr, excluded_indices):
                cost[i, group[j]] = value


def prices_from_nothing(
    model: SearchModel, centre: FloatArray, random: np.random.Generator, near_heat: float
) -> FloatArray:
    """Return prices at which groups of neighbouring territories reach their bands at falling temperatures.

    The last temperature is `near_heat` squared distances between neighbouring centres. Shape
    ``(n_territories, n_limited)``.
    """
    k, n_measures = model.lower.shape
    group = neighbourhoods(centre, max(1, MOST_PRICES // n_measures))
    n_groups = int(group.max()) + 1
    pick, stands_for = spread_sample(model, max(LEAST_SAMPLED, SAMPLE_PER_GROUP * n_groups), random)
    part = part_of(model, pick)
    barred = FORBIDDEN * max(1.0, float((part.xy**2).sum(axis=1).max()))
    cost = np.full((len(pick), n_groups), barred)
    _cheapest_of_group(
        part.xy, part.weight, part.activity, centre, np.zeros((k, n_measures)), part.own_indptr,
        part.own_indices, part.own_cost, part.locked, part.excluded_indptr, part.excluded_indices, group, cost,
    )  # fmt: skip
    whole = _as_territories(part, group, n_groups)
    dense = Dense(whole, np.arange(len(pick)), stands_for)
    dense.squared = cost
    members = np.bincount(group)
    means = [np.bincount(group, centre[:, axis]) / members for axis in (0, 1)]
    middle: FloatArray = np.stack(means, axis=1)
    spacing = squared_spacing(middle)
    least = near_heat * spacing[cKDTree(middle).query(part.xy)[1]]
    price = np.zeros((n_groups, n_measures))
    heat = float(np.median(cost[cost < barred / 2]))
    while True:
        band = SmoothBand(whole, np.maximum(BAND_SOFTNESS * spacing, heat))
        price = ascend(dense, band, price, np.maximum(heat, least), STEPS, CLOSE)
        if heat <= np.median(least):
            return price[group]
        heat /= COOLING


def _as_territories(model: SearchModel, group: IntArray, n_groups: int) -> SearchModel:
    """Return the model in which each group is one territory and every rule is in the costs already."""

    def summed(values: FloatArray) -> FloatArray:
        out = np.zeros((n_groups, values.shape[1]))
        np.add.at(out, group, values)
        return out

    nothing = np.zeros(model.n_units + 1, np.int32)
    nobody = np.empty(0, np.int32)
    return replace(
        model,
        lower=summed(model.lower),
        upper=summed(model.upper),
        ideal=summed(model.ideal),
        fixed=summed(model.fixed),
        home=np.zeros((n_groups, 2)),
        own_indptr=nothing,
        own_indices=nobody,
        own_cost=np.empty(0),
        locked=np.full(model.n_units, -1, np.int32),
        excluded_indptr=nothing,
        excluded_indices=nobody,
    )
