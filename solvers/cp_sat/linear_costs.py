"""What each pair of unit and territory costs while the centres of the territories are held."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray, MaskArray
from solvers.centres import Centres
from solvers.model import SearchModel


def allowed_pairs(model: SearchModel, units: IntArray, territories: IntArray) -> MaskArray:
    """Return which of `units` may belong to which of `territories`, shape ``(len(units), len(territories))``."""
    pairs = np.ones((len(units), len(territories)), bool)
    lock = model.locked[units]
    pairs[lock >= 0] = lock[lock >= 0, None] == territories[None, :]
    for row in np.flatnonzero(np.diff(model.excluded_indptr)[units]):
        start, end = model.excluded_indptr[units[row]], model.excluded_indptr[units[row] + 1]
        pairs[row] &= ~np.isin(territories, model.excluded_indices[start:end])
    return pairs


def pair_costs(model: SearchModel, centres: Centres, units: IntArray, territories: IntArray) -> FloatArray:
    """Return the scaled cost of each pair about `centres`, move cost included, ``(len(units), len(territories))``."""
    saved = model.pair_cost()[units].toarray()[:, territories]
    cost = centres.pairs(model, units, territories) + model.leave_cost[units][:, None] - saved
    return np.asarray(cost, dtype=np.float64)


def linear_cost(
    model: SearchModel, centres: Centres, label: IntArray, units: NDArray[np.integer[Any]]
) -> float:
    """Return the scaled cost of `units` about `centres`; the true one where these are the best ones."""
    saved = np.asarray(model.pair_cost()[units, label[units]]).ravel() if len(units) else np.zeros(0)
    return centres.cost(model, label, units) + float(model.leave_cost[units].sum() - saved.sum())
