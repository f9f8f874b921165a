"""The mutable state of one search on borders: labels, sums and scratch space, with its own random stream."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.measures.separation import diameters
from planner.objective import Compactness
from solvers.centres import Centres, held_centres
from solvers.local_search import kernel
from solvers.local_search.ledger import breach, enter_side_rules, new_ledger, rules_of, write
from solvers.model import SearchModel
from solvers.pieces import surplus_pieces

FAR_SHARE = 0.2
"""Share of proposals that send a unit to a territory it is not next to, where that is allowed."""


EXCHANGE_SHARE = 0.5
"""Share of these that get a unit in return: two measures, or a budget, are rarely balanced by one unit alone."""


class SearchState:
    """Labels and sums of one running search; owns all its arrays.

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
    """

    def __init__(
        self, model: SearchModel, territory: IntArray, seed: int, candidate: IntArray | None = None
    ) -> None:
        n, k = model.n_units, model.n_territories
        self.model = model
        self.label = np.array(territory, dtype=np.int32)
        self.count = np.zeros(k, np.int64)
        self.moment = np.zeros((k, 4))
        self.rules = rules_of(model)
        self.book = new_ledger(model, self.label)
        self.random = random_stream(seed)
        far = candidate is not None and not model.contiguous and candidate.shape[1] > 0
        self._far_share = FAR_SHARE if far else 0.0
        self._candidate = candidate if candidate is not None and far else np.full((1, 1), -1, np.int32)
        self.cursor = np.full(k, -1, np.int32)
        self.after, self.before = (np.zeros(n if far else 1, np.int32) for _ in range(2))
        self._rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(model.graph_indptr))
        self._stamp = np.zeros(n, np.int64)
        self._mark = np.zeros(1, np.int64)
        self._queue = np.zeros(n, np.int32)
        self._surplus: int | None = None
        self.refresh()
        self._hold_centres()

    def refresh(self) -> None:
        """Recompute every sum from the labels, so that rounding of many increments does not add up."""
        model = self.model
        kernel.sums(self.label, model.xy, model.weight, self.count, self.moment)
        write(self.book, model, self.label)
        if self._far_share:
            kernel.link_rings(self.label, self.cursor, self.after, self.before)

    def _hold_centres(self) -> None:
        """Choose what the kernel takes distance from while it runs."""
        model, k = self.model, self.model.n_territories
        self._about, self._table = kernel.ABOUT_CENTROID, np.zeros((0, 0))
        if not (model.fixed_centre or model.unit_centre):
            nobody = np.full(k, -1, np.int32)
            self._centres = Centres(np.zeros((k, 2)), nobody, nobody)
            return
        self._centres = held_centres(model, self.label)
        self._about = kernel.ABOUT_PLACE
        if model.separation.table is not None:
            self._about, self._table = kernel.ABOUT_TABLE, model.separation.table

    @property
    def distance(self) -> tuple[int, FloatArray, IntArray, FloatArray, FloatArray, IntArray]:
        """What distance is taken from, as the kernels take it: see `kernel.anneal`."""
        held = self._centres
        return self._about, held.place, held.column, self.model.separation.affine, self._table, held.anchor

    @property
    def scratch(self) -> tuple[kernel.CountArray, kernel.CountArray, IntArray]:
        """Scratch space of tests of contiguity."""
        return self._stamp, self._mark, self._queue

    def restart_from(self, territory: IntArray) -> None:
        """Take over other labels."""
        self.label[:] = territory
        self._surplus = None
        self.refresh()
        self._hold_centres()

    def may_take(self, unit: int, territory: int) -> bool:
        """Return whether rules let `unit` go to `territory` and its own territory can spare it."""
        model = self.model
        if self.count[self.label[unit]] <= 1 or self._centres.anchor[self.label[unit]] == unit:
            return False
        if not kernel.allowed(unit, territory, model.locked, model.excluded_indptr, model.excluded_indices):
            return False
        if not model.contiguous:
            return True
        spared: bool = kernel.stays_in_one_piece(
            unit, self.label, model.graph_indptr, model.graph_indices, self._stamp, self._mark, self._queue
        )
        return spared

    def cost(self) -> float:
        """Return the scaled objective: compactness and disruption, without penalties."""
        model = self.model
        if model.compactness is Compactness.DIAMETER:
            compactness = float(diameters(model.xy, self.label, model.n_territories).max())
        elif model.fixed_centre or model.unit_centre:
            compactness = self._centres.cost(model, self.label, np.arange(model.n_units))
        else:
            mass, first_x, first_y, second = self.moment.T
            safe = np.where(mass > 0, mass, 1.0)
            compactness = float((second - (first_x**2 + first_y**2) / safe)[mass > 0].sum())
        return compactness + model.move_cost(self.label)

    def surplus_pieces(self) -> int:
        """Return how many pieces of territories are too many; 0 where they need not hang together."""
        # Moves join pieces but never break one apart: once 0, always 0.
        if self._surplus != 0:
            self._surplus = surplus_pieces(self.model, self.label)
        return self._surplus

    def breach(self) -> FloatArray:
        """Return the summed breach of each hard rule, in the order of `solvers.local_search.ledger`."""
        return breach(self.book, self.rules)

    def move(self, unit: int, territory: int) -> None:
        """Let a unit change hands, whatever the rules say."""
        model, before = self.model, int(self.label[unit])
        kernel.transfer(
            unit, before, territory, self.label, model.xy, model.weight, self.rules.content, self.count,
            self.book.load, self.moment,
        )  # fmt: skip
        enter_side_rules(unit, before, territory, self.label, self.book, self.rules)

    def anneal(
        self,
        proposals: int,
        hot: float,
        cold: float,
        pair_share: float,
        price: FloatArray,
    ) -> int:
        """Run `proposals` proposals from temperature `hot` to `cold`; return how many were accepted.

        Centre units are held meanwhile and chosen anew in the end. `price` has one entry per breach.
        """
        model = self.model
        accepted: int = kernel.anneal(
            self.label, self.count, self.moment, self.book,
            proposals, hot, cold, pair_share, price, self.random,
            model.xy, model.weight, self.rules,
            *self.distance,
            model.excluded_indptr, model.excluded_indices, model.locked,
            self._rows, model.graph_indptr, model.graph_indices, model.contiguous,
            self._candidate, self._far_share, EXCHANGE_SHARE,
            self.cursor, self.after, self.before,
            *self.scratch,
        )  # fmt: skip
        if model.unit_centre:
            self._hold_centres()
        return accepted


def random_stream(seed: int) -> kernel.RandomState:
    """Return the state of a new random stream of the kernels."""
    return np.random.default_rng(seed).integers(1, 2**63, 1).astype(np.uint64)
