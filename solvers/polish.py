"""Anneal whole alignments: short searches to tell good starts from bad ones, long ones to polish the best."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import IntArray
from planner.stop import Stop
from solvers.centres import centroids
from solvers.local_search.annealing import TOLERANCE, AnnealParams, Found, anneal, found
from solvers.local_search.mending import mend
from solvers.local_search.search_state import SearchState
from solvers.median.search import MedianParams, anneal_about_units
from solvers.model import SearchModel
from solvers.transport import cheapest_candidates

RESCUE, FIRM, MEND, SETTLE = -1, -2, -3, -4
"""Ways of a long search besides the numbered ones."""

FIRST_RATE = 1e6
"""Proposals a second that are counted on before any were timed."""


@dataclass(frozen=True)
class PolishParams:
    """Tuning of the annealing of whole alignments.

    Parameters
    ----------
    short
        Annealing of a start.
    long
        Annealings of a polish, tried in turn: soft prices shape better, firm ones find a way into narrow bands.
    firm
        Annealing of a start that leads into narrow bands, whatever the shape.
    rescue
        Annealing of an alignment that breaches a band, with prices that rise until they outweigh any detour.
    mend
        Annealing of a start near today's alignment, where a budget limits what changes owner: short, to be inside soon.
    settle
        Annealing that follows where a polish still breaches a band.
    about_units
        Annealings of starts about best units, in turn: soft prices for heavy units, firm ones for light units.
    least_about_units
        Proposals of each of them at least: few units need more than their number calls for.
    candidates
        Territories that a unit may join without being next to them, where territories need not hang together.
    """

    short: AnnealParams = AnnealParams(
        proposals_per_unit=800, most_proposals=30_000_000, steps=12, hot=1.0, price=0.5, rise=1.3
    )
    long: tuple[AnnealParams, ...] = (
        AnnealParams(proposals_per_unit=3_000, steps=30, hot=1.0, price=1.0, rise=1.15),
        AnnealParams(hot=5.0, price=12.0),
        AnnealParams(proposals_per_unit=6_000, steps=24, hot=1.0, price=0.25, rise=1.3),
    )
    firm: AnnealParams = AnnealParams(hot=5.0, price=12.0)
    rescue: AnnealParams = AnnealParams(hot=1.0, price=12.0, rise=1.2)
    mend: AnnealParams = AnnealParams(
        proposals_per_unit=1_500, most_proposals=20_000_000, steps=24, hot=1.0, price=12.0, rise=1.2
    )
    settle: AnnealParams = AnnealParams(
        proposals_per_unit=4_000, steps=24, hot=0.3, cold=0.002, price=30.0, rise=1.1
    )
    about_units: tuple[MedianParams, ...] = (
        MedianParams(),
        MedianParams(hot=1.0, price=0.2, rise=1.05, ease=1.0, pair_share=0.4),
        MedianParams(hot=0.2, price=10.0),
        MedianParams(hot=1.0, price=0.2, rise=1.15, ease=1.0, pair_share=0.4),
        MedianParams(hot=4.0, price=1.0, rise=1.05, ease=1.0, pair_share=0.4),
    )
    least_about_units: int = 2_000_000
    candidates: int = 8


class Polisher:
    """Anneals alignments of one problem, each run fitted into the time there is.

    Annealing that is cut short ends hot: with a time limit, the number of proposals is chosen so that the schedule
    comes to its end, by the rate that earlier ones reached.
    """

    def __init__(self, model: SearchModel, seed: int, params: PolishParams) -> None:
        self._model, self._seed, self._params = model, seed, params
        self._rate = FIRST_RATE

    def short(self, territory: IntArray, number: int, until: Stop, share: float = 0.5) -> Found:
        """Search a start briefly; it may take `share` of the time until `until`."""
        return self._anneal(territory, self._params.short, (1, number), until, share)

    def long(self, begin: Found, way: int, number: int, until: Stop) -> Found:
        """Polish `begin` by the long annealing number `way`, taken in turn, or by `FIRM`, `RESCUE`, `MEND` or
        `SETTLE`."""
        params = self._params
        special = {RESCUE: params.rescue, FIRM: params.firm, MEND: params.mend, SETTLE: params.settle}
        tuning = special[way] if way < 0 else params.long[way % len(params.long)]
        result = self._anneal(begin.territory, tuning, (2, number), until, 0.7)
        if result.breach > TOLERANCE:
            settled = self._anneal(result.territory, params.settle, (3, number), until, 0.9)
            result = settled if settled.better_than(result) else result
        return result

    def about_units(self, territory: IntArray, number: int, until: Stop) -> Found:
        """Anneal a start about the best units of its territories, centres and all, by the way of its number."""
        params, n = self._params.about_units[number % len(self._params.about_units)], self._model.n_units
        seed = int(np.random.default_rng([self._seed, 6, number]).integers(2**31))
        wanted = max(params.proposals_per_unit * n, self._params.least_about_units)
        seconds = until.seconds_left()
        if np.isfinite(seconds):
            wanted = min(wanted, max(int(self._rate * seconds * 0.5), n))
        began = time.monotonic()
        tuning = replace(params, proposals_per_unit=max(1, wanted // n))
        result = anneal_about_units(self._model, territory, tuning, seed=seed, stop=until)
        if until.reason(0) is None:
            self._rate = wanted / max(time.monotonic() - began, 1e-3)
        return result

    def _anneal(
        self, territory: IntArray, params: AnnealParams, key: tuple[int, int], until: Stop, share: float
    ) -> Found:
        number = int(np.random.default_rng([self._seed, *key]).integers(2**31))
        state = SearchState(self._model, territory, number, self._candidates(territory))
        fitted = params
        seconds = until.seconds_left()
        if np.isfinite(seconds):
            room = max(int(self._rate * seconds * share), params.steps)
            fitted = replace(params, most_proposals=min(params.most_proposals, room))
        began = time.monotonic()
        result = anneal(state, fitted, until)
        if until.reason(0) is None:
            self._rate = fitted.proposals(self._model.n_units) / max(time.monotonic() - began, 1e-3)
        return mend(self._model, result, until)

    def _candidates(self, territory: IntArray) -> IntArray | None:
        """Return the nearest territories of each unit, where it may go to one it is not next to.

        While rules are broken and a budget limits moves, it may go to one anywhere as well.
        """
        if self._model.contiguous:
            return None
        centre, nothing = centroids(self._model, territory), np.zeros(self._model.lower.shape)
        near = cheapest_candidates(self._model, centre, nothing, self._params.candidates)
        budgeted = np.isfinite(self._model.budgets.total).any()
        if not budgeted or found(SearchState(self._model, territory, 0)).breach == 0.0:
            return near
        # Where all around hold too much, what is too much must go far: step by step it would use up any budget.
        random = np.random.default_rng([self._seed, 7])
        anywhere = random.integers(0, self._model.n_territories, (len(territory), 1))
        return np.ascontiguousarray(np.hstack([near, anywhere]), dtype=np.int32)
