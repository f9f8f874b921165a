r"""Lower bounds that no plan can beat, whatever its borders.

*Fixed centres.* The dual of the balanced assignment (`solvers.transport`) at any prices.

*Free centres.* With :math:`W` the mass of a territory, its moment of inertia about the centroid equals
:math:`\frac{1}{2W} \sum_{i,l} w_i w_l d_{il}^2`. Every unit of a territory sees at least the lower limit :math:`L` of
mass around it, at best its nearest, so with :math:`\bar d_i^2` the mean squared distance from *i* to the nearest mass
:math:`L`, the sum over all territories is at least :math:`\frac12 \sum_i w_i \bar d_i^2`. The bound needs no centres
and no search; for round territories it reaches about half of the truth.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from planner.arrays import FloatArray
from planner.stop import Stop, Termination
from solvers.model import SearchModel
from solvers.transport import TransportParams, balance, dual_value

MOST_UNITS_FREE = 5_000
"""Above this the pairwise bound of free centres takes too long to be worth it."""
UNITS_AT_ONCE = 250
"""Units between two questions whether the run is cancelled."""


def fixed_centre_bound(model: SearchModel, stop: Stop) -> tuple[float, FloatArray]:
    """Return a lower bound for homes as centres, scaled, and the prices that prove it.

    Prices are found at several softnesses of the band, since the dual is best where they are nearly exact.
    """
    nobody = np.zeros(model.n_territories, bool)
    params = TransportParams(sample_per_territory=200, cold=0.001, band_softness=0.02)
    prices = balance(
        model, model.home, free=nobody, stop=stop, random=np.random.default_rng(0), params=params
    ).multiplier
    best, best_prices = -np.inf, prices
    for scale in (1.0, 0.98, 1.02, 0.0):
        value = dual_value(model, model.home, prices * scale)
        if value > best:
            best, best_prices = value, prices * scale
    return best, best_prices


def nearest_mass_bound(model: SearchModel, stop: Stop) -> float | None:
    """Return a lower bound for free centres, scaled.

    None where the problem is too big, has no lower limit, or the run is cancelled before the bound is complete; a
    time limit does not keep it from being completed, since it is short.
    """
    mass = least_mass(model)
    if mass is None or mass <= 0 or model.n_units > MOST_UNITS_FREE:
        return None
    total = 0.0
    for first in range(0, model.n_units, UNITS_AT_ONCE):
        if stop.reason(0) is Termination.CANCELLED:
            return None
        total += _nearest_mass(model.xy, model.weight, mass, first, min(first + UNITS_AT_ONCE, model.n_units))
    return 0.5 * total


def least_mass(model: SearchModel) -> float | None:
    """Return the least weight that any territory can hold, scaled; None where no limit says so.

    Known where the weight is one of the limited measures, or their mean.
    """
    lower = np.maximum(model.lower - model.fixed, 0.0)
    if not np.isfinite(lower).all() or not lower.shape[1]:
        return None
    for m in range(model.activity.shape[1]):
        ratio = _constant_ratio(model.weight, model.activity[:, m])
        if ratio is not None:
            return ratio * float(lower[:, m].min())
    ratio = _constant_ratio(model.weight, model.activity.mean(axis=1))
    return None if ratio is None else ratio * float(lower.mean(axis=1).min())


def _constant_ratio(weight: FloatArray, activity: FloatArray) -> float | None:
    """Return the factor such that ``weight ≥ factor × activity`` within rounding, None where there is none."""
    held = activity > 0
    if not held.any():
        return None
    ratio = float(weight.sum() / activity.sum())
    return ratio * (1 - 1e-6) if (weight >= ratio * activity * (1 - 1e-6) - 1e-15).all() else None


@nb.njit(cache=True, nogil=True)
def _nearest_mass(xy: FloatArray, weight: FloatArray, mass: float, first: int, last: int) -> float:
    """Return ``Σ w_i · mean squared distance from i to its nearest mass`` over the units in [first, last)."""
    n = xy.shape[0]
    squared = np.empty(n)
    total = 0.0
    for i in range(first, last):
        if weight[i] <= 0.0:
            continue
        for u in range(n):
            dx, dy = xy[i, 0] - xy[u, 0], xy[i, 1] - xy[u, 1]
            squared[u] = dx * dx + dy * dy
        order = np.argsort(squared)
        left, moment = mass, 0.0
        for u in order:
            taken = min(weight[u], left)
            moment += taken * squared[u]
            left -= taken
            if left <= 0.0:
                break
        total += weight[i] * moment / mass
    return total
