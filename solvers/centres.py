"""The centres that distance is taken from while units move: homes, centroids, or the best units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray, sum_by
from planner.measures.separation import centre_units
from solvers.model import SearchModel

EVERYBODY = slice(None)
"""All units."""


@dataclass(frozen=True, eq=False)
class Centres:
    """Centres that are held for a while.

    Parameters
    ----------
    place
        Scaled places, shape ``(n_territories, 2)``.
    column
        Column of each territory in a table of costs, shape ``(n_territories,)``.
    anchor
        Unit that is the centre of each territory and must stay in it, −1 where none, shape ``(n_territories,)``.
    """

    place: FloatArray
    column: IntArray
    anchor: IntArray

    def pairs(self, model: SearchModel, units: IntArray, territories: IntArray) -> FloatArray:
        """Return the cost of distance of each pair, scaled, shape ``(len(units), len(territories))``."""
        place, column = self.place[territories], self.column[territories]
        return model.weight[units][:, None] * model.separation.pairs(model.xy, units, place, column)

    def cost(self, model: SearchModel, label: IntArray, units: NDArray[np.integer]) -> float:
        """Return the summed cost of distance of `units` from the centres of their territories, scaled."""
        of = label[units]
        each = model.separation.each(model.xy, units.astype(np.int32), self.place[of], self.column[of])
        return float(model.weight[units] @ each)


def held_centres(model: SearchModel, label: IntArray, members: NDArray[np.integer] | None = None) -> Centres:
    """Return the centres under `label`.

    Parameters
    ----------
    model
        The scaled problem.
    label
        Territory of each unit, shape ``(n_units,)``.
    members
        All units of the territories that matter; None for all. A territory without mass has its centroid amid its
        units, else at its home, else amid all units.
    """
    k = model.n_territories
    column, nobody = np.arange(k, dtype=np.int32), np.full(k, -1, np.int32)
    if model.fixed_centre:
        return Centres(np.ascontiguousarray(model.home), column, nobody)
    if members is None:
        members = np.arange(model.n_units)
    place = centroids(model, label, members)
    if not model.unit_centre:
        return Centres(place, column, nobody)
    inside = np.full_like(label, -1)
    inside[members] = label[members]
    anchor = centre_units(model.separation, model.xy, model.weight, inside, k)
    place = np.where(anchor[:, None] >= 0, model.xy[anchor], place)
    return Centres(place, np.maximum(anchor, 0), anchor)


def centroids(
    model: SearchModel, label: IntArray, members: NDArray[np.integer] | slice = EVERYBODY
) -> FloatArray:
    """Return the scaled centroid of each territory, shape ``(n_territories, 2)``; see `held_centres` for `members`."""
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
