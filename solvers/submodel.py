"""A few territories of a problem as a problem of their own, the rest held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.arrays import IntArray
from planner.measures.separation import Separation
from solvers.model import SearchModel
from solvers.side_rules import Budgets

Values = TypeVar("Values", bound=NDArray[Any])


@dataclass(frozen=True, eq=False)
class Part:
    """Some territories with all their units.

    Parameters
    ----------
    model
        The part as a problem: its units and territories numbered from 0.
    units, territories
        Their numbers in the whole, ascending.
    start
        Territory of each unit of the part, in the part's numbers.
    """

    model: SearchModel
    units: IntArray
    territories: IntArray
    start: IntArray

    def into(self, label: IntArray, territory: IntArray) -> IntArray:
        """Return `label` with the part's units placed as `territory` says."""
        whole = label.copy()
        whole[self.units] = self.territories[territory]
        return whole


def part_of(model: SearchModel, label: IntArray, territories: IntArray) -> Part:
    """Return `territories` (ascending) with the units that `label` gives them."""
    k, n = model.n_territories, model.n_units
    column_of = np.full(k, -1, np.int32)
    column_of[territories] = np.arange(len(territories))
    units = np.flatnonzero(column_of[label] >= 0).astype(np.int32)
    position = np.full(n, -1, np.int32)
    position[units] = np.arange(len(units))
    graph = _inside(
        model.graph_indptr, model.graph_indices, np.ones(len(model.graph_indices)), units, position
    )
    entry = np.arange(len(model.own_indices))
    own = _inside(model.own_indptr, model.own_indices, entry, units, column_of)
    ones = np.ones(len(model.excluded_indices))
    excluded = _inside(model.excluded_indptr, model.excluded_indices, ones, units, column_of)
    inner = replace(
        model,
        xy=model.xy[units],
        weight=model.weight[units],
        activity=np.ascontiguousarray(model.activity[units]),
        fixed=model.fixed[territories],
        lower=model.lower[territories],
        upper=model.upper[territories],
        ideal=model.ideal[territories],
        home=np.ascontiguousarray(model.home[territories]),
        separation=_table(model, units, territories),
        own_indptr=own[0],
        own_indices=own[1],
        own_cost=model.own_cost[own[2]],
        leave_cost=model.leave_cost[units],
        mixes=model.mixes.among(units, territories),
        budgets=_budgets(model, label, units, territories, own[2]),
        rivals=model.rivals.among(units),
        excluded_indptr=excluded[0],
        excluded_indices=excluded[1],
        locked=np.where(model.locked[units] >= 0, column_of[model.locked[units]], -1).astype(np.int32),
        graph_indptr=graph[0],
        graph_indices=graph[1],
    )
    return Part(inner, units, territories.astype(np.int32), column_of[label[units]])


def _budgets(
    model: SearchModel, label: IntArray, units: IntArray, territories: IntArray, entry: NDArray[np.intp]
) -> Budgets:
    """Return what the part may spend: what it spends now and all that is left; what the rest spends is spent.

    Nothing outside stays with an owner inside, so that what owners inside have to keep is as in the whole.
    """
    budgets = model.budgets
    if not len(budgets):
        return Budgets(
            budgets.own[entry], budgets.leave[units], budgets.total, budgets.least_kept[territories]
        )
    stays = model.stays(label)
    inside = np.zeros(model.n_units, bool)
    inside[units] = True
    outside = np.repeat(~inside, np.diff(model.own_indptr)) & stays
    spent = budgets.leave[~inside].sum(axis=0) - budgets.own[outside].sum(axis=0)
    return Budgets(
        budgets.own[entry], budgets.leave[units], budgets.total - spent, budgets.least_kept[territories]
    )


def _inside(
    indptr: IntArray, indices: IntArray, values: Values, rows: IntArray, position: IntArray
) -> tuple[IntArray, IntArray, Values]:
    """Return the rows of a compressed matrix with those columns that `position` keeps (≥ 0), renumbered."""
    count = np.diff(indptr)[rows]
    row = np.repeat(np.arange(len(rows)), count)
    at = np.repeat(indptr[rows] - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(count.sum())
    column = position[indices[at]]
    kept = column >= 0
    new = np.r_[0, np.cumsum(np.bincount(row[kept], minlength=len(rows)))].astype(np.int32)
    return new, column[kept].astype(np.int32), values[at[kept]]


def _table(model: SearchModel, units: IntArray, territories: IntArray) -> Separation:
    table = model.separation.table
    if table is None:
        return model.separation
    columns = territories if model.fixed_centre else units
    return replace(model.separation, table=np.ascontiguousarray(table[np.ix_(units, columns)]))
