"""Ascent of the smooth dual where units look at their cheapest territories only.

Damped Newton steps, as for all pairs, but with a sparse curvature. Where a territory is far from its band Newton's
model of it is worthless: such a territory first gets the price that fills it exactly while all others keep theirs.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu

from planner.arrays import FloatArray
from planner.stop import Stop
from solvers.transport.bands import SmoothBand
from solvers.transport.nearby import Nearby

MOST_DAMPINGS = 8
"""Tries to find a step that ascends before Newton steps are given up."""
LEAST_DAMPING = 1e-7
FIRST_DAMPING = 1e-2
MOST_REFILLED = 24
"""Territories, worst first, that one call fills or empties."""


class Ascent:
    """Newton steps at falling temperatures; remembers prices and how much damping was needed.

    Parameters
    ----------
    price
        First multipliers, shape ``(n_territories, n_limited)``.
    """

    def __init__(self, price: FloatArray) -> None:
        self.price = price
        self.load: FloatArray = np.zeros(price.shape)
        self.moment: FloatArray = np.zeros((len(price), 6))
        self.missing: FloatArray = np.full(price.shape, np.inf)
        self._damping = FIRST_DAMPING

    def worst(self) -> FloatArray:
        """Return how far each territory is from what its band offers, in ideals, shape ``(n_territories,)``."""
        worst: FloatArray = np.abs(self.missing).max(axis=1)
        return worst

    def climb(
        self, soft: Nearby, band: SmoothBand, centre: FloatArray, warmth: float, spacing: FloatArray,
        steps: int, close: float, stop: Stop,
    ) -> None:  # fmt: skip
        """Take at most `steps` Newton steps, fewer once loads are within `close` ideals of what bands offer.

        `warmth` is the temperature in the squared lengths of `soft.local`, `spacing` that length per territory. What
        units look at, and how warm they are, stays the same while a step is tried: the value would jump otherwise.
        """
        natural = (band.ideal / (warmth * spacing)[:, None]).ravel()
        price = self.price
        soft.look_around(centre, price)
        heat = warmth * soft.local(spacing)
        total, load, moment, curvature = soft.expand(price, heat)
        for _ in range(steps):
            value = total - band.support(price)
            gradient = load - band.wanted(price)
            if np.abs(gradient / band.ideal).max() < close or stop.reason(0) is not None:
                break
            for _ in range(MOST_DAMPINGS):
                if stop.reason(0) is not None:
                    break
                step = newton_step(curvature, band.slope(price).ravel() + self._damping * natural, gradient)
                if step is None:
                    self._damping = max(5 * self._damping, 1e-4)
                    continue
                needed = value + band.support(price + step) + 0.1 * float((gradient * step).sum())
                tried = soft.expand(price + step, heat)
                far = soft.has_moved(price + step, spacing)
                if tried[0] >= needed and far:
                    # With more to choose from units pay less: a step may ascend only as far as they look around.
                    seen = soft.seen
                    soft.look_around(centre, price + step)
                    tried = soft.expand(price + step, heat)
                    if tried[0] < needed:
                        soft.seen = seen
                if tried[0] >= needed:
                    price = price + step
                    if far:
                        heat = warmth * soft.local(spacing)
                        tried = soft.expand(price, heat)
                    total, load, moment, curvature = tried
                    self._damping = max(self._damping / 5, LEAST_DAMPING)
                    break
                self._damping = max(5 * self._damping, 1e-4)
            else:
                self._damping = FIRST_DAMPING
                break
        self.price, self.load, self.moment = price, load, moment
        self.missing = (load - band.wanted(price)) / band.ideal

    def follow(self, centre: FloatArray, step: FloatArray, per_mass: FloatArray) -> None:
        """Change prices so that borders stay about where they are while centres go from `centre` by `step` (k, 2).

        A cell keeps what it costs where it is contested, not at its centre: beside a city a sparse cell would swallow
        it whole otherwise. `per_mass` (k,) is activity per weight, summed over the measures.
        """
        contested = self.moment[:, 3] > 0
        border = centre.copy()
        border[contested] = self.moment[contested, 4:] / self.moment[contested, 3:4]
        saved = 2 * (step * (border - centre)).sum(axis=1) - (step**2).sum(axis=1)
        self.price = self.price + (saved / per_mass)[:, None]

    def refill(self, soft: Nearby, centre: FloatArray, over: float) -> None:
        """Price territories that miss their bands by more than `over` ideals so that they just reach them."""
        model = soft.model
        wanted = np.clip(self.load + model.fixed, model.lower, model.upper) - model.fixed
        off = (self.load - wanted).sum(axis=1) / np.maximum(model.ideal.sum(axis=1), 1e-9)
        bad = np.flatnonzero(np.abs(off) > over)
        if not len(bad):
            return
        price = self.price.copy()
        soft.look_around(centre, price)
        for j in bad[np.argsort(-np.abs(off[bad]))][:MOST_REFILLED]:
            gap, amount = soft.gaps(int(j), price)
            order = np.argsort(-gap)
            reached = int(np.searchsorted(np.cumsum(amount[order]), float(wanted[j].sum())))
            shift = gap[order[min(reached, len(order) - 1)]]
            price[j] += shift if np.isfinite(shift) else 0.0
        self.price = price


def newton_step(curvature: csc_array, diagonal: FloatArray, gradient: FloatArray) -> FloatArray | None:
    """Return the step that solves ``(curvature + diagonal) · step = gradient``; None where that is singular."""
    system = csc_array(curvature + diags_array(diagonal))
    # Symmetric and positive definite: no pivots are needed, and the order that suits symmetric systems is best.
    try:
        factor = splu(
            system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
    except RuntimeError:
        # Rounding can leave a pivot of nothing; more damping helps.
        return None
    step: FloatArray = factor.solve(gradient.ravel()).reshape(gradient.shape)
    return step
