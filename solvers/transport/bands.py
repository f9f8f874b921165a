"""Local units of length, and a smooth stand-in for the bands."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from planner.arrays import FloatArray
from solvers.model import SearchModel


def squared_spacing(centre: FloatArray) -> FloatArray:
    """Return the squared distance between neighbouring centres around each centre, shape ``(n_territories,)``.

    Cities and open country need different temperatures: this is the local unit of squared length.
    """
    k = len(centre)
    if k < 2:
        return np.ones(k)
    distance, _ = cKDTree(centre).query(centre, k=min(4, k))
    spacing: FloatArray = (np.asarray(distance)[:, 1:] ** 2).mean(axis=1)
    return np.maximum(spacing, 1e-3 * np.median(spacing) + 1e-12)


INSIDE, INSIDE_SEVERAL = 0.98, 0.8
"""Part of the width of a band that prices use, of one measure and of several.

What rounding leaves is hard to mend where all loads are at a limit, the more so where several measures are limited.
"""


class SmoothBand:
    """A smooth stand-in for the support function of the bands: loads between the limits at any multiplier."""

    def __init__(self, model: SearchModel, softness: FloatArray, inside: float = INSIDE) -> None:
        self.ideal = ideal = np.maximum(model.ideal, 1e-9)
        lower = np.where(np.isfinite(model.lower), model.lower, np.minimum(0.0, model.upper - 4 * ideal))
        upper = np.where(
            np.isfinite(model.upper), model.upper, np.maximum(4 * ideal, model.lower + 4 * ideal)
        )
        self.middle = (lower + upper) / 2 - model.fixed
        # A tenth of a percent of slack keeps the Newton system regular where the band has no width.
        self.half = np.maximum((upper - lower) / 2, 1e-3 * ideal) * inside
        self.softness = softness[:, None]

    def wanted(self, price: FloatArray) -> FloatArray:
        """Return the load that the band offers at `price`."""
        return self.middle + self.half * price / np.sqrt(price**2 + self.softness**2)

    def slope(self, price: FloatArray) -> FloatArray:
        """Return the derivative of `wanted`."""
        return self.half * self.softness**2 / (price**2 + self.softness**2) ** 1.5

    def support(self, price: FloatArray) -> float:
        """Return the smooth support function, whose gradient is `wanted`."""
        return float((self.middle * price + self.half * np.sqrt(price**2 + self.softness**2)).sum())
