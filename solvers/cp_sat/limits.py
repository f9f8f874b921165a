"""The hard rules that are sums, as inequalities over chosen pairs of free unit and territory.

Every rule but contiguity becomes ``Σ amount · chosen ≤ most``. What stays where it is enters `most`. Limits are as much
wider as half of what the scorecard overlooks, so that whoever keeps the rounded inequality keeps the real rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray, sum_by
from solvers.model import SearchModel

HALF_OVERLOOKED = 0.5e-9
"""Half the share of an ideal, or of a whole, by which the scorecard lets a limit be passed."""


@dataclass(frozen=True, eq=False)
class Limit:
    """``Σ amount[p] · chosen[places[p]] ≤ most``.

    Parameters
    ----------
    places
        Positions in the list of pairs that may be chosen.
    amount
        What each adds, scaled.
    most
        Limit, scaled.
    precision
        Error that rounding of the whole sum may have; 0 where amounts are equal and count only as a number.
    """

    places: NDArray[np.intp]
    amount: FloatArray
    most: float
    precision: float


@dataclass(frozen=True, eq=False)
class Choice:
    """Which units may go where, and what the rest is.

    Parameters
    ----------
    model, label
        The scaled problem; alignment of what stays, shape ``(n_units,)``.
    units, territories
        Units and territories that are chosen among.
    row, column
        Position of unit and territory of each pair that may be chosen.
    staying
        Other units of the territories.
    """

    model: SearchModel
    label: IntArray
    units: IntArray
    territories: IntArray
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    staying: NDArray[np.intp]

    def limits(self) -> list[Limit]:
        """Return all limits, those of one territory together."""
        return [*self._bands(), *self._mixes(), *self._budgets(), *self._rivals()]

    def _places(self) -> Iterator[tuple[int, NDArray[np.intp]]]:
        for column in range(len(self.territories)):
            yield column, np.flatnonzero(self.column == column)

    def _rest(self, fixed: FloatArray, amount: FloatArray) -> FloatArray:
        """Return what the territories hold without free units, shape ``(len(territories), columns)``."""
        rest = np.array(fixed[self.territories])
        place = np.searchsorted(self.territories, self.label[self.staying]).astype(np.int32)
        for m in range(amount.shape[1]):
            rest[:, m] += sum_by(place, amount[self.staying, m], len(self.territories))
        return rest

    def _bands(self) -> Iterator[Limit]:
        model = self.model
        rest = self._rest(model.fixed, model.activity)
        slack = HALF_OVERLOOKED * np.minimum(model.ideal[self.territories], 1.0)
        lower, upper = (
            model.lower[self.territories] - slack - rest,
            model.upper[self.territories] + slack - rest,
        )
        for column, places in self._places():
            amount = model.activity[self.units[self.row[places]]]
            for m in range(amount.shape[1]):
                precision = float(slack[column, m])
                if np.isfinite(upper[column, m]):
                    yield Limit(places, amount[:, m], float(upper[column, m]), precision)
                if np.isfinite(lower[column, m]):
                    yield Limit(places, -amount[:, m], -float(lower[column, m]), precision)

    def _mixes(self) -> Iterator[Limit]:
        mixes = self.model.mixes
        part, whole = self._rest(mixes.fixed_part, mixes.part), self._rest(mixes.fixed_whole, mixes.whole)
        for column, places in self._places():
            unit, j = self.units[self.row[places]], self.territories[column]
            for x in range(len(mixes)):
                most, least = mixes.upper[j, x] + HALF_OVERLOOKED, mixes.lower[j, x] - HALF_OVERLOOKED
                if mixes.upper[j, x] < 1:
                    amount = mixes.part[unit, x] - most * mixes.whole[unit, x]
                    limit = float(most * whole[column, x] - part[column, x])
                    yield Limit(places, amount, limit, HALF_OVERLOOKED)
                if mixes.lower[j, x] > 0:
                    amount = least * mixes.whole[unit, x] - mixes.part[unit, x]
                    limit = float(part[column, x] - least * whole[column, x])
                    yield Limit(places, amount, limit, HALF_OVERLOOKED)

    def _budgets(self) -> Iterator[Limit]:
        model, budgets = self.model, self.model.budgets
        if not len(budgets):
            return
        shape = (model.n_units, model.n_territories)
        stays = model.stays(self.label)
        free = np.zeros(model.n_units, bool)
        free[self.units] = True
        held = stays & ~np.repeat(free, np.diff(model.own_indptr))
        for b in range(len(budgets)):
            owned = csr_array((budgets.own[:, b], model.own_indices, model.own_indptr), shape=shape)
            stay = owned[self.units].toarray()[:, self.territories][self.row, self.column]
            if np.isfinite(budgets.total[b]):
                leave = budgets.leave[self.units, b][self.row] - stay
                spent = float(budgets.leave[~free, b].sum() - budgets.own[held, b].sum())
                slack = HALF_OVERLOOKED * float(budgets.total[b]) + 1e-12
                places = np.flatnonzero(leave > 0)
                yield Limit(places, leave[places], float(budgets.total[b]) + slack - spent, slack)
            kept = sum_by(model.own_indices[held], budgets.own[held, b], model.n_territories)
            for column, places in self._places():
                j = self.territories[column]
                if np.isfinite(budgets.least_kept[j, b]):
                    slack = 1e-12 * max(1.0, abs(float(budgets.least_kept[j, b])))
                    most = float(kept[j] - budgets.least_kept[j, b]) + slack
                    own = np.flatnonzero(stay[places] > 0)
                    yield Limit(places[own], -stay[places[own]], most, slack)

    def _rivals(self) -> Iterator[Limit]:
        model, rivals = self.model, self.model.rivals
        if not len(rivals.indices):
            return
        at = np.full((model.n_units, len(self.territories)), -1)
        at[self.units[self.row], self.column] = np.arange(len(self.row))
        free = np.zeros(model.n_units, bool)
        free[self.units] = True
        first, second = rivals.pairs()
        matter = free[first] | free[second]
        for one, other in zip(first[matter].tolist(), second[matter].tolist(), strict=True):
            for column, j in enumerate(self.territories):
                both = [int(at[i, column]) for i in (one, other) if free[i]]
                stays = sum(not free[i] and self.label[i] == j for i in (one, other))
                places = np.array([p for p in both if p >= 0], np.intp)
                if len(places) + stays > 1:
                    yield Limit(places, np.full(len(places), rivals.breach), rivals.breach * (1 - stays), 0.0)
