"""How compact the territories are."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray, sum_by
from planner.graph import Graph
from planner.units import Units


def centroids(xy_m: FloatArray, weight: FloatArray, territory: IntArray, n_territories: int) -> FloatArray:
    """Return the weighted centroid of each territory, shape ``(n_territories, 2)``.

    A territory whose units weigh nothing gets their plain mean; an empty one gets NaN.
    """
    placed = territory >= 0
    label = territory[placed]
    xy = xy_m[placed]

    def mean(by: FloatArray) -> FloatArray:
        mass = sum_by(label, by, n_territories)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.stack([sum_by(label, by * xy[:, d], n_territories) / mass for d in (0, 1)], axis=1)

    weighted = mean(weight[placed])
    plain = mean(np.ones(placed.sum()))
    return np.where(np.isfinite(weighted), weighted, plain)


def inertia(xy_m: FloatArray, weight: FloatArray, territory: IntArray, centre_m: FloatArray) -> FloatArray:
    """Return the moment of inertia ``Σ w·|xy − centre|²`` of each territory in activity · m².

    `centre_m` has shape ``(n_territories, 2)``; units with a negative territory are left out.
    """
    placed = territory >= 0
    label = territory[placed]
    squared = ((xy_m[placed] - centre_m[label]) ** 2).sum(axis=1)
    return sum_by(label, weight[placed] * squared, len(centre_m))


def perimeter_m(units: Units, graph: Graph, territory: IntArray, n_territories: int) -> FloatArray:
    """Return the outline length of each territory in metres, shape ``(n_territories,)``.

    Outlines of the units less twice the borders that both sides share; needs units with a perimeter.
    """
    placed = territory >= 0
    outline = sum_by(territory[placed], units.perimeter_m[placed], n_territories)
    inside = (territory[graph.rows] == territory[graph.indices]) & placed[graph.rows]
    return outline - sum_by(territory[graph.rows[inside]], graph.length_m[inside], n_territories)


def polsby_popper(area_m2: FloatArray, outline_m: FloatArray) -> FloatArray:
    """Return ``4π·area / perimeter²``: 1 for a disc, towards 0 for a ragged shape.

    Source: Polsby and Popper, Yale Law & Policy Review 9 (1991), https://doi.org/10.2139/ssrn.2936284.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(4 * np.pi * area_m2 / outline_m**2, 0.0, 1.0)
