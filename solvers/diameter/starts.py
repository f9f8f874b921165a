"""Starts for the search for the smallest largest diameter: cells around units drawn at random.

Balanced, compact starts lead to a few layouts again and again. Cells around any units at all are neither, but the
search mends that quickly, and few, large territories come in many more layouts.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from planner.arrays import IntArray
from solvers.cp_sat.neighbourhood import territory_neighbours
from solvers.model import SearchModel
from solvers.repair import fill_empty, make_contiguous
from solvers.starts import obey
from solvers.submodel import part_of


def scattered_start(model: SearchModel, random: np.random.Generator) -> IntArray:
    """Return a complete alignment, contiguous where asked, of cells around units drawn at random.

    Cells are called by the names under which the most changes of owner are saved.

    Returns
    -------
    territory
        Shape ``(n_units,)``; it may breach limits.
    """
    n, k = model.n_units, model.n_territories
    centre = model.xy[random.choice(n, k, replace=n < k)]
    cell = np.asarray(cKDTree(centre).query(model.xy)[1], dtype=np.int32)
    return fill_empty(model, make_contiguous(model, obey(model, _named(model, cell))))


def _named(model: SearchModel, cell: IntArray) -> IntArray:
    """Return `cell` with each cell called by a territory, so that as much as possible stays with its owner."""
    if not len(model.own_indices):
        return cell
    k = model.n_territories
    row = np.repeat(cell.astype(np.int64), np.diff(model.own_indptr))
    worth = model.own_cost if model.own_cost.any() else np.ones(len(model.own_cost))
    stays = np.bincount(row * k + model.own_indices, worth, k * k).reshape(k, k)
    _, name = linear_sum_assignment(-stays)
    return name.astype(np.int32)[cell]


def scattered_part(
    model: SearchModel, territory: IntArray, size: int, random: np.random.Generator
) -> IntArray:
    """Return `territory` with up to `size` neighbouring territories, drawn at random, scattered anew.

    Parameters
    ----------
    model
        The scaled problem.
    territory
        Complete alignment, shape ``(n_units,)``.
    size
        Territories that are scattered, ≥ 1.
    random
        Source of the draws.
    """
    beside = territory_neighbours(model, territory)
    group = [int(random.integers(model.n_territories))]
    while len(group) < size:
        around = sorted({other for member in group for other in beside[member]} - set(group))
        if not around:
            break
        group.append(around[int(random.integers(len(around)))])
    part = part_of(model, territory, np.array(sorted(group), np.int32))
    return part.into(territory, scattered_start(part.model, random))
