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
from solvers.transport.groups import prices_from_nothing
from solvers.transport.moving import Pace, by_nearby, finish
from solvers.transport.nearby import Nearby, everyone
from solvers.transport.params import TransportParams
from solvers.transport.pruning import cheapest_candidates, dual_value
from solvers.transport.sampling import spread_sample

MEAN_SHARE = 0.6
"""Share of the time in which the mean of several measures is balanced, before each of them is."""


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
    others: tuple[FloatArray, ...] = (),
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
    others
        Other start centres, where centres are free and territories many: the best are found on few units and
        followed on all.

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
            several, warmth = n_measures > 1 and multiplier is None, 1.0
            if several and free.any():
                clock = share_of(stop, MEAN_SHARE)
                centre, price = _by_mean_measure(model, (centre, *others), free, clock, random, params)
                free, others, warmth = np.zeros_like(free), (), params.least_warm
            if several and stop.reason(0) is None:
                found = prices_from_nothing(model, centre, random, params.hot)
                # The dual tells which prices are better, whatever they were found by.
                if dual_value(model, centre, found) > dual_value(model, centre, price):
                    price = found
            centre, price = by_nearby(
                model, (centre, *others), price, free, stop, random, params, warmth=warmth
            )
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
        whole = Nearby(everyone(model), np.ones(model.n_units), params.final_width)
        finish(Ascent(price), whole, centre, stop, params, Pace(stop))
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
    model: SearchModel, centres: tuple[FloatArray, ...], free: MaskArray, stop: Stop, random: np.random.Generator,
    params: TransportParams,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return centres and prices that balance the mean of all measures.

    Prices of several measures pull cells apart that centres would follow; the mean keeps them whole.
    """
    k, n_measures = model.lower.shape
    mean = replace(
        model,
        activity=model.activity.mean(axis=1, keepdims=True),
        fixed=model.fixed.mean(axis=1, keepdims=True),
        lower=model.lower.mean(axis=1, keepdims=True),
        upper=model.upper.mean(axis=1, keepdims=True),
        ideal=model.ideal.mean(axis=1, keepdims=True),
    )
    centre, price = by_nearby(mean, centres, np.zeros((k, 1)), free, stop, random, params, on_all=False)
    return centre, np.repeat(price / n_measures, n_measures, axis=1)
