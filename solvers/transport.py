r"""Balanced clustering by semi-discrete optimal transport: power diagrams on several measures at once.

For fixed centres :math:`c_j` the relaxed assignment problem

.. math::

    \min_{z \ge 0} \sum_{ij} \bigl(w_i \lVert x_i - c_j\rVert^2 + q_{ij}\bigr) z_{ij}
    \quad\text{s.t.}\quad \sum_j z_{ij} = 1,\qquad L_{jm} \le f_{jm} + \sum_i a_{im} z_{ij} \le U_{jm}

has the concave dual

.. math::

    D(\lambda) = \sum_i \min_j \Bigl(w_i \lVert x_i - c_j\rVert^2 + q_{ij} + \sum_m a_{im}\lambda_{jm}\Bigr)
    + \sum_{jm} \bigl(f_{jm}\lambda_{jm} - U_{jm}\lambda_{jm}^+ + L_{jm}\lambda_{jm}^-\bigr),

a lower bound on the assignment for those centres whatever :math:`\lambda`. With one measure that is also the weight,
the minimisers are the cells of a power diagram (Aurenhammer, Hoffmann, Aronov 1998,
https://doi.org/10.1007/PL00009187). The minimum is smoothed by a softmin of falling temperature and the band by a
smooth support function, so that damped Newton steps apply (Kitagawa, Mérigot, Thibert 2019,
https://doi.org/10.4171/JEMS/889); between steps free centres move to the centroids of their cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.stop import Stop
from solvers.local_search.kernel import allowed, row_value
from solvers.model import SearchModel

MOST_DAMPINGS = 7
"""Tries to find a step that ascends before a Newton step is given up."""


@dataclass(frozen=True)
class TransportParams:
    """Tuning of the balanced clustering.

    Parameters
    ----------
    sample_per_territory, least_sampled
        Units that stand for all of a large problem; all of a small one are taken.
    cooling
        Factor between temperatures while prices are found from nothing.
    rounds, many
        Times that prices are found, with free centres moving to the centroids of their cells in between; once where
        there are more than `many` territories.
    newton_steps
        Newton steps per temperature, at most.
    close
        Largest distance between soft load and band, relative to the ideal, that ends a temperature early.
    hot, cold
        First and last temperature of a round, in squared distances between neighbouring centres.
    band_softness
        Width of the smooth band in the same unit.
    most_pairs, block
        Pairs of unit and territory up to which the last steps are taken on all units; units in one block of them.
    """

    sample_per_territory: int = 10
    least_sampled: int = 3_500
    cooling: float = 4.0
    rounds: int = 5
    many: int = 100
    newton_steps: int = 5
    close: float = 0.02
    hot: float = 0.25
    cold: float = 0.015
    band_softness: float = 0.1
    most_pairs: int = 60_000_000
    block: int = 4_000


@dataclass(frozen=True, eq=False)
class Clustering:
    """A balanced clustering and the multipliers that balance it.

    Parameters
    ----------
    territory
        Cheapest territory of each unit, shape ``(n_units,)``.
    centre
        Centres, scaled, shape ``(n_territories, 2)``.
    multiplier
        Price of activity per territory and limited measure, scaled, shape ``(n_territories, n_limited)``.
    """

    territory: IntArray
    centre: FloatArray
    multiplier: FloatArray


@nb.njit(cache=True, nogil=True)
def _dual(
    xy: FloatArray, weight: FloatArray, activity: FloatArray, centre: FloatArray, multiplier: FloatArray,
    fixed_part: float, own_indptr: IntArray, own_indices: IntArray, own_cost: FloatArray,
    leave_cost: FloatArray, locked: IntArray, excluded_indptr: IntArray, excluded_indices: IntArray,
) -> float:  # fmt: skip
    """Return the dual value over all pairs, not candidates alone."""
    n, k, n_measures = xy.shape[0], centre.shape[0], activity.shape[1]
    total = fixed_part
    for i in range(n):
        low = np.inf
        plain = excluded_indptr[i] == excluded_indptr[i + 1] and locked[i] < 0
        owners = own_indptr[i + 1] > own_indptr[i]
        for j in range(k):
            dx, dy = xy[i, 0] - centre[j, 0], xy[i, 1] - centre[j, 1]
            value = weight[i] * (dx * dx + dy * dy)
            for m in range(n_measures):
                value += activity[i, m] * multiplier[j, m]
            if owners:
                value -= row_value(own_indptr, own_indices, own_cost, i, j)
            if value < low and (plain or allowed(i, j, locked, excluded_indptr, excluded_indices)):
                low = value
        total += low + leave_cost[i]
    return total


def dual_value(model: SearchModel, centre: FloatArray, multiplier: FloatArray) -> float:
    """Return the dual value for `centre` and `multiplier`, scaled: a lower bound for those centres."""
    positive, negative = np.maximum(multiplier, 0.0), np.maximum(-multiplier, 0.0)
    upper = np.where(positive > 0, model.upper, 0.0)
    lower = np.where(negative > 0, model.lower, 0.0)
    fixed_part = float((model.fixed * multiplier - upper * positive + lower * negative).sum())
    value: float = _dual(
        model.xy, model.weight, model.activity, centre, multiplier, fixed_part,
        model.own_indptr, model.own_indices, model.own_cost, model.leave_cost,
        model.locked, model.excluded_indptr, model.excluded_indices,
    )  # fmt: skip
    return value


@nb.njit(cache=True, nogil=True)
def _cheapest(
    xy: FloatArray, weight: FloatArray, activity: FloatArray, centre: FloatArray, multiplier: FloatArray,
    own_indptr: IntArray, own_indices: IntArray, own_cost: FloatArray,
    locked: IntArray, excluded_indptr: IntArray, excluded_indices: IntArray,
    candidate: IntArray, cost: FloatArray,
) -> None:  # fmt: skip
    """Fill `candidate` (n, width) with the cheapest allowed territories of each unit, cheapest first."""
    n, width = candidate.shape
    k, n_measures = multiplier.shape
    for i in range(n):
        if locked[i] >= 0:
            candidate[i, 0] = locked[i]
            continue
        plain = excluded_indptr[i] == excluded_indptr[i + 1]
        owned = own_indptr[i + 1] > own_indptr[i]
        filled = 0
        for j in range(k):
            dx, dy = xy[i, 0] - centre[j, 0], xy[i, 1] - centre[j, 1]
            value = weight[i] * (dx * dx + dy * dy)
            for m in range(n_measures):
                value += activity[i, m] * multiplier[j, m]
            if owned:
                value -= row_value(own_indptr, own_indices, own_cost, i, j)
            if filled == width and value >= cost[width - 1]:
                continue
            if not plain and not allowed(i, j, locked, excluded_indptr, excluded_indices):
                continue
            place = filled if filled < width else width - 1
            while place > 0 and cost[place - 1] > value:
                cost[place] = cost[place - 1]
                candidate[i, place] = candidate[i, place - 1]
                place -= 1
            cost[place] = value
            candidate[i, place] = j
            if filled < width:
                filled += 1


def cheapest_candidates(
    model: SearchModel, centre: FloatArray, multiplier: FloatArray, width: int
) -> IntArray:
    """Return the `width` cheapest allowed territories of each unit at these prices, −1 where fewer are allowed.

    Shape ``(n_units, width)``, cheapest first.
    """
    width = min(width, model.n_territories)
    candidate = np.full((model.n_units, width), -1, np.int32)
    _cheapest(
        model.xy, model.weight, model.activity, centre, multiplier,
        model.own_indptr, model.own_indices, model.own_cost,
        model.locked, model.excluded_indptr, model.excluded_indices, candidate, np.empty(width),
    )  # fmt: skip
    return candidate


def balance(
    model: SearchModel,
    centre: FloatArray,
    *,
    free: MaskArray,
    stop: Stop,
    random: np.random.Generator,
    params: TransportParams | None = None,
    multiplier: FloatArray | None = None,
) -> Clustering:
    """Balance the territories around `centre`.

    Parameters
    ----------
    model
        The scaled problem.
    centre
        Start centres, scaled, shape ``(n_territories, 2)``.
    free
        Which centres may move to the centroid of their cell, shape ``(n_territories,)``.
    stop
        Asked once per temperature.
    random
        Draws the sample of large problems.
    params
        Tuning.
    multiplier
        Warm start of the multipliers.

    Returns
    -------
    The clustering of the last temperature: every unit at its cheapest territory; loads close to the bands but not
    exactly inside, since units are indivisible.
    """
    params = params or TransportParams()
    k, n_measures = model.lower.shape
    centre = np.array(centre)
    price = np.zeros((k, n_measures)) if multiplier is None else np.array(multiplier)
    if n_measures and k > 1:
        soft = _Soft(model, *_sample(model, params, random))
        spacing = squared_spacing(centre)
        soft.move_to(centre)
        nearest = spacing[soft.squared.argmin(axis=1)]
        # Continuation: at a temperature at which everything mixes the smooth dual is nearly quadratic, and each
        # lower one starts next to its solution, however far prices have to go (to an island, say).
        heat = float(np.median(soft.squared)) if multiplier is None else 0.0
        while heat > params.hot * nearest.min() and stop.reason(0) is None:
            band = SmoothBand(model, np.maximum(params.band_softness * spacing, heat))
            price = _newton(soft, band, price, np.maximum(heat, params.hot * nearest), params)
            heat /= params.cooling
        rounds = params.rounds if k <= params.many and free.any() else 1
        for step in range(rounds):
            for cold in (params.hot, params.hot / 4, params.cold):
                if stop.reason(step) is not None:
                    break
                band = SmoothBand(model, np.maximum(params.band_softness, cold) * spacing)
                price = _newton(soft, band, price, cold * nearest, params)
            if stop.reason(step) is not None:
                break
            if free.any() and step + 1 < rounds:
                mass, first = soft.moments(price)
                moved = free & (mass > 0)
                centre[moved] = first[moved] / mass[moved, None]
                soft.move_to(centre)
        if soft.size < model.n_units and model.n_units * k <= params.most_pairs:
            # The sample misses the bands by its own noise: the last steps are taken on all units, block by block.
            whole = _Blocks(model, centre, params.block)
            nearest = spacing[cKDTree(centre).query(model.xy)[1]]
            for cold in (params.hot, params.hot / 4, params.cold):
                if stop.reason(rounds) is not None:
                    break
                band = SmoothBand(model, np.maximum(params.band_softness, cold) * spacing)
                price = _newton(whole, band, price, cold * nearest, params)
    label = np.ascontiguousarray(cheapest_candidates(model, centre, price, 1)[:, 0])
    return Clustering(label, centre, price)


def _sample(
    model: SearchModel, params: TransportParams, random: np.random.Generator
) -> tuple[NDArray[np.intp], FloatArray]:
    """Draw the units that stand for all, busy ones more likely, and how many units' worth each stands for."""
    chance = model.activity.mean(axis=1) + model.weight + 1e-12
    chance /= chance.sum()
    k, n = model.n_territories, model.n_units
    n_sampled = min(n, max(params.least_sampled, params.sample_per_territory * k))
    if n_sampled == n:
        return np.arange(n), np.ones(n)
    pick = np.sort(random.choice(n, n_sampled, p=chance))
    return pick, 1.0 / (n_sampled * chance[pick])


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


class SmoothBand:
    """A smooth stand-in for the support function of the bands: loads between the limits at any multiplier."""

    def __init__(self, model: SearchModel, softness: FloatArray) -> None:
        self.ideal = ideal = np.maximum(model.ideal, 1e-9)
        lower = np.where(np.isfinite(model.lower), model.lower, np.minimum(0.0, model.upper - 4 * ideal))
        upper = np.where(
            np.isfinite(model.upper), model.upper, np.maximum(4 * ideal, model.lower + 4 * ideal)
        )
        self.middle = (lower + upper) / 2 - model.fixed
        # A tenth of a percent of slack keeps the Newton system regular where the band has no width.
        self.half = np.maximum((upper - lower) / 2, 1e-3 * ideal) * 0.98
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


class _Soft:
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


class _Blocks:
    """Soft assignment of all units, block by block, so that scratch space does not grow with their number."""

    def __init__(self, model: SearchModel, centre: FloatArray, block: int) -> None:
        self._slices = [
            np.arange(first, min(first + block, model.n_units)) for first in range(0, model.n_units, block)
        ]
        self._parts = [_Soft(model, pick, np.ones(len(pick))) for pick in self._slices]
        for part in self._parts:
            part.move_to(centre)

    def value(self, price: FloatArray, heat: FloatArray) -> float:
        """Return the summed softmin cost."""
        return sum(
            part.value(price, heat[pick]) for part, pick in zip(self._parts, self._slices, strict=True)
        )

    def expand(self, price: FloatArray, heat: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Return value, loads (k, m) and the Jacobian of the loads (k·m, k·m)."""
        total, load, jacobian = 0.0, np.zeros(price.shape), np.zeros((price.size, price.size))
        for part, pick in zip(self._parts, self._slices, strict=True):
            value, held, slope = part.expand(price, heat[pick])
            total += value
            load += held
            jacobian += slope
        return total, load, jacobian


def _newton(
    soft: _Soft | _Blocks, band: SmoothBand, price: FloatArray, heat: FloatArray, params: TransportParams
) -> FloatArray:
    """Ascend the smooth dual at one temperature by damped Newton steps and return the multipliers."""
    for _ in range(params.newton_steps):
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
        if np.abs(gradient / band.ideal).max() < params.close or damping > 1e4:
            break
    return price
