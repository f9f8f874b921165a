"""The mutable state of one search about best units: labels, centre units, sums and lists of members."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray
from solvers.local_search.annealing import TOLERANCE, Found
from solvers.local_search.ledger import breach, new_ledger, rules_of, write
from solvers.local_search.search_state import random_stream
from solvers.median import kernel
from solvers.model import SearchModel
from solvers.pieces import surplus_pieces

MOST_TRIED = 400
"""Members of a territory that are tried as its centre, at most, each time centres are chosen anew."""

CENTRE_WORK = 0.5
"""Passes over a territory's units for moves of centres, per proposal of a move of a unit, in units looked at."""


class MedianState:
    """Labels, centre units and sums of one running search; owns all its arrays.

    Parameters
    ----------
    model
        The scaled problem, its distance taken from the best units.
    territory
        Start, shape ``(n_units,)``; copied.
    seed
        Seed of the random stream.
    centre
        Centre unit of each territory to begin with, each in its own territory; None for the best ones.
    """

    def __init__(
        self, model: SearchModel, territory: IntArray, seed: int, centre: IntArray | None = None
    ) -> None:
        n, k = model.n_units, model.n_territories
        self.model = model
        self.label = np.array(territory, dtype=np.int32)
        self.centre = np.full(k, -1, np.int32) if centre is None else np.array(centre, np.int32)
        self.count = np.zeros(k, np.int64)
        self.rules = rules_of(model)
        self.book = new_ledger(model, self.label)
        self.random = random_stream(seed)
        self._head, self._after, self._before = (
            np.empty(k, np.int32),
            np.empty(n, np.int32),
            np.empty(n, np.int32),
        )
        self._rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(model.graph_indptr))
        self._stamp, self._mark, self._queue = (
            np.zeros(n, np.int64),
            np.zeros(1, np.int64),
            np.zeros(n, np.int32),
        )
        table = model.separation.table
        self._table = np.zeros((0, 0)) if table is None else table
        self.refresh()
        if centre is None:
            self.recentre()

    def refresh(self) -> None:
        """Recompute sums and lists from the labels, so that rounding of many increments does not add up."""
        model, k = self.model, self.model.n_territories
        self.count[:] = np.bincount(self.label, minlength=k)
        write(self.book, model, self.label)
        kernel.link_members(self.label, self._head, self._after, self._before)

    def recentre(self) -> None:
        """Choose the best centres anew."""
        model = self.model
        kernel.best_centres(
            self._head, self._after, self.centre, model.xy, model.weight, model.separation.affine, self._table,
            MOST_TRIED,
        )  # fmt: skip

    def restart_from(self, territory: IntArray) -> None:
        """Take over other labels."""
        self.label[:] = territory
        self.refresh()
        self.recentre()

    def cost(self) -> float:
        """Return the scaled objective about the centres as they are."""
        model = self.model
        of = self.centre[self.label]
        each = model.separation.each(model.xy, np.arange(model.n_units, dtype=np.int32), model.xy[of], of)
        return float(model.weight @ each) + model.move_cost(self.label)

    def breach(self) -> FloatArray:
        """Return the summed breach of each hard rule, in the order of `solvers.local_search.ledger`."""
        return breach(self.book, self.rules)

    def found(self) -> Found:
        """Return a copy of where the state is."""
        breach = float(self.breach().sum())
        surplus = surplus_pieces(self.model, self.label)
        return Found(self.label.copy(), breach if breach > TOLERANCE else 0.0, self.cost(), surplus)

    def anneal(self, proposals: int, hot: float, cold: float, pair_share: float, price: FloatArray) -> int:
        """Run `proposals` proposals from temperature `hot` to `cold`; return how many were accepted.

        `price` has one entry per breach.
        """
        model = self.model
        size = model.n_units / model.n_territories
        accepted: int = kernel.anneal_medians(
            self.label, self.centre, self.count, self.book, self._head, self._after, self._before,
            proposals, hot, cold, pair_share, CENTRE_WORK / (CENTRE_WORK + size), price, self.random,
            model.xy, model.weight, self.rules, model.separation.affine, self._table,
            model.excluded_indptr, model.excluded_indices, model.locked,
            self._rows, model.graph_indptr, model.graph_indices, model.contiguous,
            self._stamp, self._mark, self._queue,
        )  # fmt: skip
        return accepted
