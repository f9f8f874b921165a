"""Annealing about best units: from drawn centres or from what there is, with prices soft while it is hot.

A breach is priced softly at first and dearer as it lasts. With heavy units a stiff price freezes the balance while
centres should still wander: no unit may then move without another in return, and shape is never found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from planner.arrays import IntArray
from planner.stop import Stop
from solvers.local_search.annealing import TOLERANCE, Found
from solvers.median.median_state import MedianState
from solvers.model import SearchModel
from solvers.repair import fill_empty, make_contiguous
from solvers.seeding import start_centres
from solvers.starts import obey


@dataclass(frozen=True)
class MedianParams:
    """Tuning of one annealing about best units.

    Parameters
    ----------
    proposals_per_unit
        Proposals over the whole run, per basic unit.
    steps
        Parts of the run; prices and the best so far are looked after in between.
    hot, cold
        First and last temperature, in shares of the mean cost of one unit's mass over one territory's size.
    pair_share
        Share of proposals that move two units at once.
    price, rise, ease
        First price of a breach of one whole ideal, in mean territory costs; factors per part while a breach lasts and
        while there is none.
    """

    proposals_per_unit: int = 8_000
    steps: int = 40
    hot: float = 0.5
    cold: float = 0.005
    pair_share: float = 0.3
    price: float = 2.0
    rise: float = 1.1
    ease: float = 0.97


def anneal_about_units(
    model: SearchModel, territory: IntArray, params: MedianParams, *, seed: int, stop: Stop
) -> Found:
    """Anneal from `territory` and return the best alignment seen at the end of a part, the start included.

    Parameters
    ----------
    model
        The scaled problem, its distance taken from the best units.
    territory
        Start that keeps locks and exclusions, shape ``(n_units,)``.
    params
        Tuning.
    seed
        Seed of the random stream.
    stop
        Asked between parts.
    """
    state = MedianState(model, territory, seed)
    best = state.found()
    price = np.full(len(state.breach()), params.price)
    proposals = max(1, params.proposals_per_unit * model.n_units // params.steps)
    cooling = (params.cold / params.hot) ** (1.0 / params.steps)
    temperature = params.hot * model.n_territories / model.n_units
    for step in range(params.steps):
        if stop.reason(0) is not None:
            break
        state.anneal(proposals, temperature, temperature * cooling, params.pair_share, price)
        state.refresh()
        breach = state.breach()
        price *= np.where(breach > TOLERANCE, params.rise, params.ease)
        if breach.sum() <= TOLERANCE or step == params.steps - 1:
            state.recentre()
        now = state.found()
        if now.better_than(best):
            best = now
        temperature *= cooling
    return best


def drawn_around_units(model: SearchModel, random: np.random.Generator) -> IntArray:
    """Return each unit at the nearest of drawn centres: complete, contiguous where asked, balanced only roughly.

    Annealing from a high temperature balances it; what a balanced start costs is better spent there.
    """
    nobody = np.full(model.n_units, -1, np.int32)
    centre, _ = start_centres(model, nobody, random)
    _, nearest = cKDTree(centre).query(model.xy)
    territory = make_contiguous(model, obey(model, np.asarray(nearest, dtype=np.int32)))
    return fill_empty(model, territory)
