"""How far the seats have to travel."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray, sum_by


def distance_m(xy_m: FloatArray, territory: IntArray, from_m: FloatArray) -> FloatArray:
    """Return the straight distance of each unit from the point of its territory in metres; NaN where none."""
    point = np.vstack([from_m, np.full((1, 2), np.nan)])[territory]
    away = xy_m - point
    distance: FloatArray = np.hypot(away[:, 0], away[:, 1])
    return distance


def mean_and_reach_m(
    distance: FloatArray, weight: FloatArray, territory: IntArray, n_territories: int
) -> tuple[FloatArray, FloatArray]:
    """Return the weighted mean distance and the reach (greatest distance) of each territory in metres.

    Both of shape ``(n_territories,)``; NaN where a territory is empty or has no point to measure from.
    """
    known = (territory >= 0) & np.isfinite(distance)
    label, far, by = territory[known], distance[known], weight[known]
    mass = sum_by(label, by, n_territories)
    count = np.bincount(label, minlength=n_territories)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = sum_by(label, far, n_territories) / count
        mean = np.where(mass > 0, sum_by(label, by * far, n_territories) / mass, plain)
    reach = np.full(n_territories, -np.inf)
    np.maximum.at(reach, label, far)
    return mean, np.where(count > 0, reach, np.nan)
