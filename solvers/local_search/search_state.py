"""The mutable state of one search on borders: labels, sums and scratch space, with its own random stream."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.measures.separation import diameters
from planner.objective import Compactness
from solvers.centres import Centres, held_centres
from solvers.local_search import kernel
from solvers.model import SearchModel
from solvers.pieces import surplus_pieces

FAR_SHARE = 0.2
"""Share of proposals that send a unit to a territory it is not next to, where that is allowed."""


MOST_MARGIN = 0.004
"""Distance that the search keeps from hard limits, as a share of the ideal, at most."""

MARGIN_OF_WIDTH = 0.03
"""The same as a share of the width of the band, at most."""


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
        self.load = np.zeros((k, model.activity.shape[1]))
        self.moment = np.zeros((k, 4))
        self.spent = np.zeros(1)
        self.random = random_stream(seed)
        far = candidate is not None and not model.contiguous and candidate.shape[1] > 0
        self._far_share = FAR_SHARE if far else 0.0
        self._candidate = candidate if candidate is not None and far else np.full((1, 1), -1, np.int32)
        self._inner_lower, self._inner_upper = inner_bands(model)
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
        kernel.sums(
            self.label,
            model.xy,
            model.weight,
            model.activity,
            model.fixed,
            self.count,
            self.load,
            self.moment,
        )
        self.spent[0] = moved_cost(model, self.label, model.leave_budget, model.own_budget)

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
        return compactness + moved_cost(model, self.label, model.leave_cost, model.own_cost)

    def surplus_pieces(self) -> int:
        """Return how many pieces of territories are too many; 0 where they need not hang together."""
        # Moves join pieces but never break one apart: once 0, always 0.
        if self._surplus != 0:
            self._surplus = surplus_pieces(self.model, self.label)
        return self._surplus

    def breach(self) -> FloatArray:
        """Return the summed breach of each limited measure and of the disruption budget, shape ``(m + 1,)``."""
        model = self.model
        bands = kernel.total_breach(self.load, model.lower, model.upper)
        return np.append(bands, budget_breach(model, self.spent[0]))

    def anneal(
        self,
        proposals: int,
        hot: float,
        cold: float,
        pair_share: float,
        price: FloatArray,
    ) -> int:
        """Run `proposals` proposals from temperature `hot` to `cold`; return how many were accepted.

        Centre units are held meanwhile and chosen anew in the end. `price` prices a breach of each limited
        measure and, last, of the disruption budget.
        """
        model = self.model
        accepted: int = kernel.anneal(
            self.label, self.count, self.load, self.moment, self.spent,
            proposals, hot, cold, pair_share, price[:-1], float(price[-1]), self.random,
            model.xy, model.weight, model.activity, model.lower, model.upper,
            self._about, self._centres.place, self._centres.column, model.separation.affine, self._table,
            self._centres.anchor,
            model.own_indptr, model.own_indices, model.own_cost, model.own_budget, model.budget,
            model.excluded_indptr, model.excluded_indices, model.locked,
            self._rows, model.graph_indptr, model.graph_indices, model.contiguous,
            self._candidate, self._far_share,
            self._stamp, self._mark, self._queue,
        )  # fmt: skip
        if model.unit_centre:
            self._hold_centres()
        return accepted


def random_stream(seed: int) -> kernel.RandomState:
    """Return the state of a new random stream of the kernels."""
    return np.random.default_rng(seed).integers(1, 2**63, 1).astype(np.uint64)


def budget_breach(model: SearchModel, spent: float) -> float:
    """Return by how much `spent` leaves the disruption budget; 0 within what sums of floats may be off by."""
    return max(0.0, spent - model.budget * (1 + 1e-9) - 1e-12)


def inner_bands(model: SearchModel) -> tuple[FloatArray, FloatArray]:
    """Return bands a little narrower than the hard ones, for the search to aim at.

    Where price and cost balance, a territory settles a hair outside what it is priced by: this keeps the hair inside
    what is allowed.
    """
    with np.errstate(invalid="ignore"):
        width = np.where(np.isfinite(model.upper - model.lower), model.upper - model.lower, np.inf)
    margin = np.minimum(MOST_MARGIN * model.ideal, MARGIN_OF_WIDTH * np.maximum(width, 0.0))
    return model.lower + margin, model.upper - margin


def moved_cost(
    model: SearchModel,
    label: IntArray,
    leave: FloatArray,
    own: FloatArray,
) -> float:
    """Return ``Σ leave − Σ own[i, label_i]``: what the units that change owner add up to."""
    if not len(own):
        return float(leave.sum())
    row = np.repeat(np.arange(model.n_units), np.diff(model.own_indptr))
    stays = label[row] == model.own_indices
    return float(leave.sum() - own[stays].sum())
