"""Soft assignment of units to all territories, and Newton steps on it: for few pairs of unit and territory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray
from solvers.model import SearchModel
from solvers.transport.bands import SmoothBand

MOST_DAMPINGS = 7
"""Tries to find a step that ascends before a Newton step is given up."""


class Dense:
    """Soft assignment of some of the units to all territories."""

    def __init__(self, model: SearchModel, pick: NDArray[np.intp], stands_for: FloatArray) -> None:
        weight = np.maximum(model.weight[pick], 1e-12)
        self._place = model.xy[pick]
        self._saved = _saved(model, pick, weight)
        self._per_weight = model.activity[pick] / weight[:, None]
        self._activity = model.activity[pick] * stands_for[:, None]
        self._mass = weight * stands_for
        self.squared: FloatArray = np.zeros((len(pick), model.n_territories))

    @property
    def size(self) -> int:
        """Number of units in the sample."""
        return len(self._mass)

    def move_to(self, centre: FloatArray) -> None:
        """Measure distances from other centres."""
        cross = self._place @ centre.T
        squared = (self._place**2).sum(axis=1)[:, None] + (centre**2).sum(axis=1) - 2 * cross
        self.squared = np.maximum(squared, 0.0)

    def _share(self, price: FloatArray, heat: FloatArray) -> tuple[FloatArray, float]:
        share = self._per_weight @ price.T
        share += self.squared
        if self._saved is not None:
            share -= self._saved
        low = share.min(axis=1)
        share -= low[:, None]
        share /= -heat[:, None]
        np.exp(share, out=share)
        whole = share.sum(axis=1)
        share /= whole[:, None]
        return share, float(self._mass @ (low - heat * np.log(whole)))

    def value(self, price: FloatArray, heat: FloatArray) -> float:
        """Return the summed softmin cost."""
        return self._share(price, heat)[1]

    def moments(self, price: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return masses (k,) and first moments (k, 2) at the last temperature used."""
        share = self._share(price, self._heat)[0] * self._mass[:, None]
        return share.sum(axis=0), share.T @ self._place

    def expand(self, price: FloatArray, heat: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return value, loads (k, m) and the Jacobian of the loads (k·m, k·m)."""
        self._heat = heat
        share, total = self._share(price, heat)
        k, n_measures = price.shape
        jacobian = np.zeros((k, n_measures, k, n_measures))
        single = share.astype(np.float32)
        for m in range(n_measures):
            for g in range(m, n_measures):
                slope = self._activity[:, m] * self._per_weight[:, g] / heat
                # Single precision: a curvature need not be exact, and this product is most of the work.
                block = ((share * slope[:, None]).astype(np.float32).T @ single).astype(np.float64)
                block[np.diag_indices(k)] -= share.T @ slope
                jacobian[:, m, :, g] = jacobian[:, g, :, m] = block
        return total, share.T @ self._activity, jacobian.reshape(k * n_measures, k * n_measures)


def _saved(model: SearchModel, pick: NDArray[np.intp], weight: FloatArray) -> FloatArray | None:
    """Return what staying with an owner saves per weight, a huge negative number where rules forbid a pair.

    Shape ``(len(pick), n_territories)``; None where it would be all zeros.
    """
    ruled = np.flatnonzero((model.locked[pick] >= 0) | (np.diff(model.excluded_indptr)[pick] > 0))
    if not len(ruled) and not model.own_cost.any():
        return None
    saved: FloatArray = model.pair_cost()[pick].toarray() / weight[:, None]
    for i in ruled:
        unit = pick[i]
        banned = np.zeros(model.n_territories, bool)
        banned[model.excluded_indices[model.excluded_indptr[unit] : model.excluded_indptr[unit + 1]]] = True
        if model.locked[unit] >= 0:
            banned[:] = True
            banned[model.locked[unit]] = False
        # A price that no multiplier reaches; infinity would spoil the softmin of a unit with no choice left.
        saved[i, banned] -= 1e6 * max(1.0, float((model.xy[unit] ** 2).sum()))
    return saved


def ascend(
    soft: Dense, band: SmoothBand, price: FloatArray, heat: FloatArray, steps: int, close: float
) -> FloatArray:
    """Ascend the smooth dual at one temperature by damped Newton steps and return the multipliers.

    Ends after `steps` steps, or once loads are within `close` ideals of what the bands offer.
    """
    for _ in range(steps):
        total, load, jacobian = soft.expand(price, heat)
        value = total - band.support(price)
        gradient = load - band.wanted(price)
        curvature = -jacobian + np.diag(band.slope(price).ravel())
        # Levenberg and Marquardt: where little is contested the system is all but singular, and only a damped step
        # ascends. Its natural size: prices that move by one temperature.
        natural = band.ideal.ravel() / float(heat.mean())
        damping = 1e-9
        for _ in range(MOST_DAMPINGS):
            system = curvature + np.diag(damping * natural)
            step = np.linalg.solve(system, gradient.ravel()).reshape(price.shape)
            gain = soft.value(price + step, heat) - band.support(price + step) - value
            if gain >= 1e-4 * float((gradient * step).sum()):
                price = price + step
                break
            damping = max(30 * damping, 1e-3)
        if np.abs(gradient / band.ideal).max() < close or damping > 1e4:
            break
    return price
