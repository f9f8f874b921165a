"""The mutable state of one search for a smaller largest diameter."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray
from solvers.diameter import kernel
from solvers.local_search.ledger import breach, new_ledger, rules_of, write
from solvers.local_search.search_state import FAR_SHARE, random_stream
from solvers.model import SearchModel
from solvers.pieces import surplus_pieces

ROOM = 1.5
"""Places kept for the units of a territory, as a multiple of how many it holds."""

ALMOST = 1 - 2e-9
"""Share of the record, in diameter and in cost, that must be beaten: less counts as no gain."""

SPARE = 16
"""Places kept on top of that."""


class DiameterState:
    """Labels, members of each territory and sums of one running search; owns all its arrays.

    Parameters
    ----------
    model
        The scaled problem.
    territory
        Start, shape ``(n_units,)``; copied.
    seed
        Seed of the random stream.
    candidate
        Territories each unit may join without being next to them, shape ``(n_units, width)``, −1 for none; used
        only where territories need not hang together.
    step
        Cost of a pair as wide as the record, in excesses of one.
    """

    def __init__(
        self,
        model: SearchModel,
        territory: IntArray,
        seed: int,
        candidate: IntArray | None = None,
        step: float = 0.2,
    ) -> None:
        n, k = model.n_units, model.n_territories
        self.model = model
        self.label = np.array(territory, dtype=np.int32)
        self.count = np.zeros(k, np.int64)
        self.rules = rules_of(model)
        self.book = new_ledger(model, self.label)
        self.moved = np.zeros(1)
        self.random = random_stream(seed)
        self._surplus: int | None = None
        self._dear = bool(model.own_cost.any())
        far = candidate is not None and not model.contiguous and candidate.shape[1] > 0
        self._far_share = FAR_SHARE if far else 0.0
        self._candidate = candidate if candidate is not None and far else np.full((1, 1), -1, np.int32)
        self._rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(model.graph_indptr))
        self._slot = np.zeros(n, np.int32)
        self._stamp, self._mark, self._queue = (
            np.zeros(n, np.int64),
            np.zeros(1, np.int64),
            np.zeros(n, np.int32),
        )
        self._tally = np.zeros(3, np.int64)
        self._squares = np.zeros(k)
        self.step = step
        self.record = self.most_moved = np.inf
        self.target = 1.0
        self.move_price = self.penalty = 0.0
        self.refresh()

    def refresh(self) -> None:
        """Recompute all from the labels, with room for every territory to grow."""
        model, k = self.model, self.model.n_territories
        size = np.bincount(self.label, minlength=k)
        self._begin = np.zeros(k + 1, np.int64)
        np.cumsum((size * ROOM).astype(np.int64) + SPARE, out=self._begin[1:])
        room = int(self._begin[-1])
        self._member = np.zeros(room, np.int32)
        self._xs, self._ys, self._excess = np.zeros(room), np.zeros(room), np.zeros(room)
        kernel.fill(
            self.label, model.xy, self._begin, self.count, self._slot, self._member, self._xs, self._ys
        )
        write(self.book, model, self.label)
        self.moved[0] = model.move_cost(self.label)
        self.aim(self.target, self.record, self.most_moved, self.move_price)

    def aim(self, target: float, record: float, most_moved: float = np.inf, move_price: float = 0.0) -> None:
        """Say what is priced, and what ends a run as better.

        Parameters
        ----------
        target
            Diameter; every pair of units farther apart is priced.
        record, most_moved
            Diameter, and cost of changes of owner, scaled: an alignment below the one that costs no more than the
            other is better.
        move_price
            Price of a scaled cost of changes of owner, in excesses.
        """
        self.target, self.record = target, record
        self.most_moved, self.move_price = most_moved, move_price
        self._form = np.array([target**2, (record * ALMOST) ** 2, self.step, most_moved * ALMOST])
        self.rules = self.rules._replace(own_cost=move_price * self.model.own_cost)
        self.penalty = kernel.price_pairs(
            self._begin, self.count, self._xs, self._ys, self._excess, self._form
        )
        self._tally[0] = kernel.count_wide(self._begin, self.count, self._xs, self._ys, self._form[1])
        self._tally[1] = kernel.count_broken(self.book, self.rules)

    def diameters(self) -> FloatArray:
        """Return the largest distance inside each territory, shape ``(n_territories,)``."""
        kernel.squared_diameters(self._begin, self.count, self._xs, self._ys, self._squares)
        return np.sqrt(self._squares)

    def cost(self) -> float:
        """Return the scaled objective: the largest diameter and what changes of owner cost."""
        return float(self.diameters().max()) + float(self.moved[0])

    def breach(self) -> FloatArray:
        """Return the summed breach of each hard rule, in the order of `solvers.local_search.ledger`."""
        return breach(self.book, self.rules)

    def excess_sum(self) -> float:
        """Return what all pairs cost, as kept up to date by the moves."""
        return float(self._excess[self._slot].sum()) / 2

    def surplus_pieces(self) -> int:
        """Return how many pieces of territories are too many; 0 where they need not hang together."""
        # Moves join pieces but never break one apart: once 0, always 0.
        if self._surplus != 0:
            self._surplus = surplus_pieces(self.model, self.label)
        return self._surplus

    def anneal(
        self, proposals: int, hot: float, cold: float, pair_share: float, price: FloatArray
    ) -> tuple[int, int]:
        """Run up to `proposals` proposals from temperature `hot` to `cold`; return how it ended and how many ran.

        `price` has one entry per breach.
        """
        model = self.model
        end: int = kernel.anneal(
            self.label, self.book, self.moved, self._tally,
            self._begin, self.count, self._slot, self._member, self._xs, self._ys, self._excess,
            self._form,
            proposals, hot, cold, pair_share, price, self.random,
            model.xy, self.rules, model.own_cost, self._dear,
            model.excluded_indptr, model.excluded_indices, model.locked,
            self._rows, model.graph_indptr, model.graph_indices, model.contiguous,
            self._candidate, self._far_share,
            self._stamp, self._mark, self._queue,
        )  # fmt: skip
        return end, int(self._tally[2])
