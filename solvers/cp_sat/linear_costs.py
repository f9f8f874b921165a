"""What each pair of unit and territory costs while the centres of the territories are held."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from solvers.model import SearchModel


def held_centres(model: SearchModel, label: IntArray, members: NDArray[np.intp]) -> FloatArray:
    """Return the centres that distance is taken from: homes, else the centroids of `members`, ``(k, 2)`` scaled.

    `members` are all units of the territories that matter. A territory without mass has its centre amid its units,
    else at its home, else amid all units.
    """
    if model.fixed_centre:
        return model.home
    k = model.n_territories
    of, weight = label[members], model.weight[members]
    count = np.bincount(of, minlength=k)
    mass = sum_by(of, weight, k)
    centre = np.where(np.isfinite(model.home), model.home, model.xy.mean(axis=0))
    for axis in (0, 1):
        place = model.xy[members, axis]
        middle = sum_by(of, place, k) / np.maximum(count, 1)
        heavy = sum_by(of, weight * place, k) / np.where(mass > 0, mass, 1.0)
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


def linear_cost(
    model: SearchModel, centre: FloatArray, label: IntArray, units: NDArray[np.integer[Any]]
) -> float:
    """Return the scaled cost of `units` about `centre`; the true one where these are the centroids."""
    of = label[units]
    distance = model.weight[units] * ((model.xy[units] - centre[of]) ** 2).sum(axis=1)
    saved = np.asarray(model.pair_cost()[units, of]).ravel() if len(units) else np.zeros(0)
    return float(distance.sum() + model.leave_cost[units].sum() - saved.sum())
