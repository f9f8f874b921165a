"""What each pair of unit and territory costs while the centres of the territories are held."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from solvers.local_search.search_state import moved_cost
from solvers.model import SearchModel


def held_centres(model: SearchModel, label: IntArray) -> FloatArray:
    """Return the centres that distance is taken from: homes, else the centroids under `label`, ``(k, 2)`` scaled.

    A territory without mass has its centre amid its units, else at its home, else amid all units.
    """
    if model.fixed_centre:
        return model.home
    k = model.n_territories
    count = np.bincount(label, minlength=k)
    mass = sum_by(label, model.weight, k)
    centre = np.where(np.isfinite(model.home), model.home, model.xy.mean(axis=0))
    for axis in (0, 1):
        middle = sum_by(label, model.xy[:, axis], k) / np.maximum(count, 1)
        heavy = sum_by(label, model.weight * model.xy[:, axis], k) / np.where(mass > 0, mass, 1.0)
        centre[:, axis] = np.where(mass > 0, heavy, np.where(count > 0, middle, centre[:, axis]))
    return centre


def allowed_pairs(model: SearchModel, units: IntArray, territories: IntArray) -> MaskArray:
    """Return which of `units` may belong to which of `territories`, shape ``(len(units), len(territories))``."""
    pairs = np.ones((len(units), len(territories)), bool)
    lock = model.locked[units]
    pairs[lock >= 0] = lock[lock >= 0, None] == territories[None, :]
    for row in np.flatnonzero(np.diff(model.excluded_indptr)[units]):
        start, end = model.excluded_indptr[units[row]], model.excluded_indptr[units[row] + 1]
        pairs[row] &= ~np.isin(territories, model.excluded_indices[start:end])
    return pairs


def pair_costs(model: SearchModel, centre: FloatArray, units: IntArray, territories: IntArray) -> FloatArray:
    """Return the scaled cost of each pair about `centre`, move cost included, ``(len(units), len(territories))``."""
    offset = model.xy[units][:, None, :] - centre[territories][None, :, :]
    distance = model.weight[units][:, None] * (offset**2).sum(axis=2)
    saved = model.pair_cost()[units].toarray()[:, territories]
    return np.asarray(distance + model.leave_cost[units][:, None] - saved, dtype=np.float64)


def linear_cost(model: SearchModel, centre: FloatArray, label: IntArray) -> float:
    """Return the scaled cost of a whole alignment about `centre`; the true one where these are its centroids."""
    offset = model.xy - centre[label]
    distance = float(model.weight @ (offset**2).sum(axis=1))
    return distance + moved_cost(model, label, model.leave_cost, model.own_cost)
