"""A few territories of a problem as a problem of their own, the rest held."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.measures.separation import Separation
from solvers.local_search.search_state import moved_cost
from solvers.model import SearchModel


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
    own = _inside(model.own_indptr, model.own_indices, model.own_cost, units, column_of)
    own_budget = _inside(model.own_indptr, model.own_indices, model.own_budget, units, column_of)
    excluded = _inside(
        model.excluded_indptr, model.excluded_indices, np.ones(len(model.excluded_indices)), units, column_of
    )
    budget = model.budget
    if np.isfinite(budget):
        # What the rest spends is spent; the part may use what it uses now and all that is left.
        budget -= moved_cost(model, label, model.leave_budget, model.own_budget)
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
        own_cost=own[2],
        own_budget=own_budget[2],
        leave_cost=model.leave_cost[units],
        leave_budget=model.leave_budget[units],
        excluded_indptr=excluded[0],
        excluded_indices=excluded[1],
        locked=np.where(model.locked[units] >= 0, column_of[model.locked[units]], -1).astype(np.int32),
        graph_indptr=graph[0],
        graph_indices=graph[1],
    )
    start = column_of[label[units]]
    if np.isfinite(budget):
        budget += moved_cost(inner, start, inner.leave_budget, inner.own_budget)
        inner = replace(inner, budget=budget)
    return Part(inner, units, territories.astype(np.int32), start)


def _inside(
    indptr: IntArray, indices: IntArray, values: FloatArray, rows: IntArray, position: IntArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the rows of a compressed matrix with those columns that `position` keeps (≥ 0), renumbered."""
    count = np.diff(indptr)[rows]
    row = np.repeat(np.arange(len(rows)), count)
    at = np.repeat(indptr[rows] - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(count.sum())
    column = position[indices[at]]
    kept = column >= 0
    new = np.r_[0, np.cumsum(np.bincount(row[kept], minlength=len(rows)))].astype(np.int32)
    return new, column[kept].astype(np.int32), values[at][kept]


def _table(model: SearchModel, units: IntArray, territories: IntArray) -> Separation:
    table = model.separation.table
    if table is None:
        return model.separation
    columns = territories if model.fixed_centre else units
    return replace(model.separation, table=np.ascontiguousarray(table[np.ix_(units, columns)]))
