"""Balanced clustering: prices and centres in turn, from few units at a high temperature to all at a low one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.stop import Stop
from solvers.model import SearchModel
from solvers.portion import share_of
from solvers.transport.ascent import Ascent
from solvers.transport.bands import SmoothBand, squared_spacing
from solvers.transport.dense import Dense, ascend
from solvers.transport.gathering import gathered
from solvers.transport.groups import prices_from_nothing
from solvers.transport.nearby import Nearby, part_of
from solvers.transport.pruning import cheapest_candidates, dual_value
from solvers.transport.sampling import spread_sample

MEAN_SHARE = 0.4
"""Share of the time in which the mean of several measures is balanced, before each of them is."""


@dataclass(frozen=True)
class TransportParams:
    """Tuning of the balanced clustering.

    Parameters
    ----------
    sample_per_territory, least_sampled
        Units that stand for all where every pair of unit and territory is looked at; all of a small problem are taken.
    cooling
        Factor between temperatures while prices are found from nothing.
    rounds, moving, steps_between, at_rest
        How often free centres move, at most; temperature meanwhile (as `hot`) and Newton steps between two moves;
        longest way, over the distance between neighbours, that counts as rest.
    newton_steps, first_newton_steps
        Newton steps per temperature, at most; and at the first one where units look at nearby territories only.
    close
        Largest distance between soft load and band, relative to the ideal, that ends a temperature early.
    hot, cold
        First and last temperature of a round, in squared distances between neighbouring centres.
    band_softness
        Width of the smooth band in the same unit.
    many
        Territories above which units look at their cheapest ones only. What follows is for those problems.
    width, final_width
        Cheapest territories that a unit looks at: in a sample, and where all units are taken.
    samples, moves
        Units per territory in one sample after the other, and how often free centres move in each, then with all units.
    stride
        Share of the way to the centroid of its cell that a centre moves at once.
    cooling_moving, least_warm
        Factor between temperatures from one move to the next, beginning at 1, and where they end.
    coldest
        Last temperature of all, at which units are hardly shared: what is left to round is small.
    newton_steps_moving
        Newton steps between two moves, at most.
    moving_shares, finish_share
        Shares of the time there is after which each sample is left, and all is done, at the latest.
    astray, refills
        Distance from its band, in ideals, from which a territory is refilled rather than moved, and how often.
    most_astray
        Share of such territories at the first temperature from which no centre moves: cells drag them along.
    """

    sample_per_territory: int = 10
    least_sampled: int = 3_500
    cooling: float = 4.0
    rounds: int = 40
    moving: float = 0.06
    steps_between: int = 10
    at_rest: float = 0.01
    newton_steps: int = 5
    first_newton_steps: int = 16
    close: float = 0.02
    hot: float = 0.25
    cold: float = 0.015
    band_softness: float = 0.1
    many: int = 100
    width: int = 12
    final_width: int = 8
    samples: tuple[int, ...] = (10, 40)
    moves: tuple[int, ...] = (50, 30, 2)
    stride: float = 0.6
    cooling_moving: float = 0.9
    least_warm: float = 0.06
    newton_steps_moving: int = 2
    coldest: float = 0.004
    moving_shares: tuple[float, ...] = (0.4, 0.65, 0.75)
    finish_share: float = 0.9
    astray: float = 0.3
    refills: int = 2
    most_astray: float = 0.1


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
        Draws the samples of large problems.
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
        if k > params.many:
            if n_measures > 1 and free.any() and multiplier is None:
                centre, price = _by_mean_measure(
                    model, centre, free, share_of(stop, MEAN_SHARE), random, params
                )
                free = np.zeros_like(free)
            if multiplier is None and stop.reason(0) is None:
                found = prices_from_nothing(model, centre, random, params.hot)
                # The dual tells which prices are better, whatever they were found by.
                if dual_value(model, centre, found) > dual_value(model, centre, price):
                    price = found
            centre, price = _by_nearby(model, centre, price, free, stop, random, params)
        else:
            centre, price = _by_all_pairs(
                model, centre, price, free, stop, random, params, multiplier is None
            )
    label = np.ascontiguousarray(cheapest_candidates(model, centre, price, 1)[:, 0])
    return Clustering(label, centre, price)


def _by_all_pairs(
    model: SearchModel, centre: FloatArray, price: FloatArray, free: MaskArray, stop: Stop,
    random: np.random.Generator, params: TransportParams, from_nothing: bool,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return centres and prices found on a sample of units, each looking at every territory."""
    count = max(params.least_sampled, params.sample_per_territory * model.n_territories)
    soft = Dense(model, *spread_sample(model, count, random))
    spacing = squared_spacing(centre)
    soft.move_to(centre)
    nearest = spacing[soft.squared.argmin(axis=1)]
    # Continuation: at a temperature at which everything mixes the smooth dual is nearly quadratic, and each
    # lower one starts next to its solution, however far prices have to go (to an island, say).
    heat = float(np.median(soft.squared)) if from_nothing else 0.0
    steps, close = params.newton_steps, params.close
    while heat > params.hot * nearest.min() and stop.reason(0) is None:
        band = SmoothBand(model, np.maximum(params.band_softness * spacing, heat))
        price = ascend(soft, band, price, np.maximum(heat, params.hot * nearest), steps, close)
        heat /= params.cooling
    if free.any():
        price = _come_to_rest(model, soft, centre, price, free, spacing, stop, params)
    for cold in (params.hot, params.hot / 4, params.cold):
        if stop.reason(0) is not None:
            return centre, price
        band = SmoothBand(model, np.maximum(params.band_softness, cold) * spacing)
        price = ascend(soft, band, price, cold * nearest, steps, close)
    if soft.size < model.n_units:
        # The sample misses the bands by its own noise: the last steps are taken on all units.
        whole = _nearby(model, model.n_units, params.final_width, random)
        _finish(Ascent(price), whole, centre, stop, params, _Pace(stop))
    return centre, price


def _come_to_rest(
    model: SearchModel, soft: Dense, centre: FloatArray, price: FloatArray, free: MaskArray, spacing: FloatArray,
    stop: Stop, params: TransportParams,
) -> FloatArray:  # fmt: skip
    """Move free centres, in place, to the centroids of their cells until they rest; return the prices.

    `spacing` follows in place. Prices must follow closely: cells far from their bands would pull centres astray.
    """
    for _ in range(params.rounds):
        if stop.reason(0) is not None:
            break
        spacing[:] = squared_spacing(centre)
        nearest = spacing[soft.squared.argmin(axis=1)]
        band = SmoothBand(model, np.maximum(params.band_softness, params.moving) * spacing)
        price = ascend(soft, band, price, params.moving * nearest, params.steps_between, params.close)
        mass, first = soft.moments(price)
        moved = free & (mass > 0)
        step = first[moved] / mass[moved, None] - centre[moved]
        centre[moved] += step
        soft.move_to(centre)
        if len(step) == 0 or float((step**2).sum(axis=1).max()) < params.at_rest**2 * float(
            np.median(spacing)
        ):
            break
    return price


def _by_mean_measure(
    model: SearchModel, centre: FloatArray, free: MaskArray, stop: Stop, random: np.random.Generator,
    params: TransportParams,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return centres and prices that balance the mean of all measures.

    Prices of several measures pull cells apart that centres would follow; the mean keeps them whole.
    """
    n_measures = model.activity.shape[1]
    mean = replace(
        model,
        activity=model.activity.mean(axis=1, keepdims=True),
        fixed=model.fixed.mean(axis=1, keepdims=True),
        lower=model.lower.mean(axis=1, keepdims=True),
        upper=model.upper.mean(axis=1, keepdims=True),
        ideal=model.ideal.mean(axis=1, keepdims=True),
    )
    found = balance(mean, centre, free=free, stop=stop, random=random, params=params)
    return found.centre, np.repeat(found.multiplier / n_measures, n_measures, axis=1)


def _by_nearby(
    model: SearchModel, centre: FloatArray, price: FloatArray, free: MaskArray, stop: Stop,
    random: np.random.Generator, params: TransportParams,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return centres and prices found on growing samples, each unit looking at its cheapest territories.

    While centres move, the temperature falls slowly: which territory ends where is decided while cells still mix, and
    slow cooling decides it better. Steps are short, since a cell that loses all its mass is hard to win back.
    """
    ascent, pace = Ascent(price), _Pace(stop)
    warmth, done = 1.0, 0
    sizes = (*(per * model.n_territories for per in params.samples), model.n_units)
    for size, moves, until in zip(sizes, params.moves, params.moving_shares, strict=True):
        soft = _nearby(model, size, params.width if size < model.n_units else params.final_width, random)
        begun, cooled = pace.spent(), 0.0
        for _ in range(moves if free.any() else 1):
            if stop.reason(done) is not None:
                return centre, ascent.price
            steps = params.newton_steps_moving if free.any() else params.newton_steps
            steps = params.first_newton_steps if done == 0 else steps
            _settle(ascent, soft, centre, warmth, steps, stop, params)
            if done == 0 and (ascent.worst() >= params.astray).mean() > params.most_astray:
                # Cells that reach far across the map to be balanced would drag their centres there.
                free = np.zeros_like(free)
            done += 1
            if not free.any():
                warmth = max(params.least_warm, params.hot * warmth)
                break
            moved = free & (ascent.moment[:, 0] > 0) & (ascent.worst() < params.astray)
            step = np.zeros_like(centre)
            target = ascent.moment[moved, 1:3] / ascent.moment[moved, :1]
            step[moved] = params.stride * (target - centre[moved])
            held = np.maximum(ascent.load.sum(axis=1), 1e-9) / np.maximum(ascent.moment[:, 0], 1e-9)
            ascent.follow(centre, step, held)
            centre += step
            # Where time is short fewer moves cool as far.
            wanted = max(cooled + 1.0, moves * (pace.spent() - begun) / max(until - begun, 1e-9))
            warmth = max(params.least_warm, params.cooling_moving ** (wanted - cooled) * warmth)
            cooled = wanted
            if pace.spent() >= until:
                break
        if soft.size == model.n_units:
            break
    if soft.size < model.n_units:
        soft, warmth = _nearby(model, model.n_units, params.final_width, random), np.inf
    _finish(ascent, soft, centre, stop, params, pace, warmth)
    return centre, ascent.price


def _nearby(model: SearchModel, size: int, width: int, random: np.random.Generator) -> Nearby:
    """Return the soft assignment of about `size` units, or of all that stand for as many."""
    together = gathered(model, size)
    if together is not None:
        return Nearby(together, np.ones(together.n_units), width)
    pick, stands_for = spread_sample(model, size, random)
    return Nearby(part_of(model, pick), stands_for, width)


def _settle(
    ascent: Ascent, soft: Nearby, centre: FloatArray, warmth: float, steps: int, stop: Stop,
    params: TransportParams,
) -> None:  # fmt: skip
    """Find prices at one temperature, in squared distances between neighbouring centres."""
    spacing = squared_spacing(centre)
    band = SmoothBand(soft.model, np.maximum(params.band_softness, warmth) * spacing)
    ascent.climb(soft, band, centre, warmth, spacing, steps, params.close, stop)
    for _ in range(params.refills):
        if ascent.worst().max() < params.astray or stop.reason(0) is not None:
            return
        ascent.refill(soft, centre, params.astray)
        ascent.climb(soft, band, centre, warmth, spacing, steps, params.close, stop)


class _Pace:
    """Tells how much of the time there was in the beginning is spent; none where time is not limited."""

    def __init__(self, stop: Stop) -> None:
        self._stop, self._whole = stop, stop.seconds_left()

    def spent(self) -> float:
        """Return the share of time that is spent, in [0, 1]."""
        if not np.isfinite(self._whole):
            return 0.0
        return 1.0 - self._stop.seconds_left() / max(self._whole, 1e-9)


def _finish(
    ascent: Ascent, soft: Nearby, centre: FloatArray, stop: Stop, params: TransportParams, pace: _Pace,
    reached: float = np.inf,
) -> None:  # fmt: skip
    """Find prices for all units at the last temperatures below the one `reached`, as far as there is time."""
    took = 0.0
    for cold in (params.least_warm, params.cold, params.coldest):
        if cold >= reached:
            continue
        begun = pace.spent()
        if stop.reason(0) is not None or begun + took > params.finish_share:
            return
        _settle(ascent, soft, centre, cold, params.newton_steps, stop, params)
        took = pace.spent() - begun
