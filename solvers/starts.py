"""Starts for the search: many cheap, different, nearly balanced alignments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.arrays import IntArray
from planner.stop import Stop
from solvers.bisection import bisect
from solvers.centres import centroids
from solvers.model import SearchModel
from solvers.portion import share_of
from solvers.repair import fill_empty, make_contiguous
from solvers.seeding import start_centres
from solvers.transport import balance, cheapest_candidates, round_into_bands

FINE = 150
"""Units per territory from which a start is rounded into the bands; few, heavy units are left to the search."""


MOVE_PRICES = (1.0, 4.0, 0.25)
"""Prices of a change of owner, in costs of an average territory a length apart, that starts are drawn with in turn."""

OTHERS, ALONE = 1, 10_000_000
"""Other centres that a start is begun from as well, one to each core, and pairs of unit and territory above which:
there is one start only then."""

BALANCE_SHARE = 0.88
"""Share of a start's time for balancing: the rest mends what is left in pieces and outside the bands."""


def draw_start(model: SearchModel, current: IntArray, index: int, seed: int, stop: Stop) -> IntArray:
    """Return start number `index`: complete, contiguous where asked, nearly balanced.

    Start 0 and most others balance the territories around centres by optimal transport; every third one of a problem
    whose centres are all free comes from straight cuts, which are balanced on all measures at once. Where a budget
    limits what changes owner, every other start is near today's alignment.
    """
    random = np.random.default_rng([seed, index])
    if keeps_to_a_budget(model, index):
        return _near_today(model, current, MOVE_PRICES[index // 2 % len(MOVE_PRICES)], stop, random)
    centre, drawn = start_centres(model, current if index == 0 else np.full_like(current, -1), random)
    if index % 3 == 2 and drawn.all():
        return fill_empty(model, make_contiguous(model, obey(model, bisect(model, random))))
    free = drawn if model.fixed_centre else drawn | ~np.isfinite(model.home).all(axis=1)
    alone = model.n_units * model.n_territories > ALONE and drawn.all() and free.all()
    nobody = np.full_like(current, -1)
    others = tuple(start_centres(model, nobody, random)[0] for _ in range(OTHERS if alone else 0))
    clock = share_of(stop, BALANCE_SHARE)
    clustering = balance(model, centre, free=free, stop=clock, random=random, others=others)
    territory = fill_empty(model, make_contiguous(model, obey(model, clustering.territory)))
    if model.n_units < FINE * model.n_territories:
        return territory
    return round_into_bands(model, territory, clustering.centre, clustering.multiplier, stop)


def keeps_to_a_budget(model: SearchModel, index: int) -> bool:
    """Return whether start number `index` changes today's alignment as little as balance asks for.

    Every other one does where a budget limits what changes owner: from elsewhere the way back is long.
    """
    return index % 2 == 0 and bool(np.isfinite(model.budgets.total).any())


def _near_today(
    model: SearchModel, current: IntArray, price: float, stop: Stop, random: np.random.Generator
) -> IntArray:
    """Return today's territories balanced around their centres, with a price on what changes owner."""
    centre, _ = start_centres(model, current, random)
    priced = replace(model, own_cost=model.own_cost + price * model.budgets.own.sum(axis=1))
    held = np.zeros(model.n_territories, bool)
    clustering = balance(priced, centre, free=held, stop=share_of(stop, BALANCE_SHARE), random=random)
    return fill_empty(model, make_contiguous(model, obey(model, clustering.territory)))


def obey(model: SearchModel, territory: IntArray) -> IntArray:
    """Return `territory` with every locked unit at its lock, every other one nearby where it is excluded.

    A unit that is not allowed where it is goes to the allowed territory with the nearest centre.
    """
    label = np.where(model.locked >= 0, model.locked, territory).astype(np.int32)
    row = np.repeat(np.arange(model.n_units), np.diff(model.excluded_indptr))
    banned = row[model.excluded_indices == label[row]]
    if len(banned):
        centre = model.home if model.fixed_centre else centroids(model, label)
        nearest = cheapest_candidates(model, centre, np.zeros(model.lower.shape), 1)[banned, 0]
        label[banned] = np.where(nearest >= 0, nearest, label[banned])
    return label
