"""What has to be placed as a whole, and where it may go once plain consequences of the rules are drawn.

Units that must share a territory are one item. An item may go where every unit of it may (lock, exclusions, region),
where it does not push a territory over a limit together with what is bound to be there, where nothing is bound
that it must keep apart from and, for a territory that must hang together, where a path leads to what is bound there.
An item with one place left is bound there itself, so consequences are drawn until
nothing changes. Each step keeps every alignment that obeys the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.problem import AlignmentProblem

TOLERANCE = 1e-9
"""Share of an ideal, or of a budget, by which the scorecard overlooks a breach."""

MOST_WORK = 20_000_000
"""Borders walked over in one round; beyond that nothing follows from contiguity."""

MOST_ROUNDS = 8
"""Rounds of drawing consequences, at most; stopping early loses strength, not truth."""


@dataclass(frozen=True, eq=False)
class Items:
    """Items of a problem and where each may go.

    Parameters
    ----------
    of_unit
        Item of each unit, shape ``(n_units,)``.
    activity
        Activity of each item, shape ``(n_items, n_measures)``.
    allowed
        Where each item may go, shape ``(n_items, n_territories)``.
    apart
        Pairs of items that must not share a territory, shape ``(n_pairs, 2)``; a pair of an item with itself is a
        group whose members must be together and apart.
    """

    of_unit: IntArray
    activity: FloatArray
    allowed: MaskArray
    apart: IntArray

    @property
    def homeless(self) -> IntArray:
        """Items that no territory may hold."""
        return np.flatnonzero(~self.allowed.any(axis=1)).astype(np.int32)

    @property
    def bound(self) -> IntArray:
        """Territory of each item that has one place left, shape ``(n_items,)``; −1 where there is a choice."""
        one = self.allowed.sum(axis=1) == 1
        return np.where(one, self.allowed.argmax(axis=1), -1).astype(np.int32)

    def summed(self, value: FloatArray) -> FloatArray:
        """Return the sums of a value per unit over the units of each item, shape ``(n_items, …)``."""
        total = np.zeros((len(self.activity), *value.shape[1:]))
        np.add.at(total, self.of_unit, value)
        return total


def items_of(problem: AlignmentProblem) -> Items:
    """Return the items of `problem` and where they may go."""
    of_unit = _grouped(problem.together)
    n_items = int(of_unit.max()) + 1
    activity = np.zeros((n_items, len(problem.measures)))
    np.add.at(activity, of_unit, problem.activity)
    allowed = np.ones((n_items, problem.n_territories), bool)
    np.logical_and.at(allowed, of_unit, allowed_pairs(problem))
    apart = np.asarray(of_unit[problem.apart], np.int32).reshape(-1, 2)
    allowed[apart[apart[:, 0] == apart[:, 1], 0]] = False
    items = Items(of_unit, activity, allowed, np.unique(np.sort(apart, axis=1), axis=0))
    for _ in range(MOST_ROUNDS):
        if not _consequences(problem, items):
            break
    return items


def allowed_pairs(problem: AlignmentProblem) -> MaskArray:
    """Return where locks, exclusions and regions let each unit go, shape ``(n_units, n_territories)``."""
    allowed = np.ones((problem.n_units, problem.n_territories), bool)
    if problem.excluded is not None:
        row, column = problem.excluded.tocoo().coords
        allowed[row, column] = ~np.asarray(problem.excluded.tocoo().data, bool)
    held = np.flatnonzero(problem.locked >= 0)
    at_lock = allowed[held, problem.locked[held]]
    allowed[held] = False
    allowed[held, problem.locked[held]] = at_lock
    placed = problem.region_of_unit >= 0
    if placed.any():
        allowed[placed] &= problem.region_of_unit[placed, None] == problem.region_of_territory[None, :]
    return allowed


def bound_to_lose(problem: AlignmentProblem) -> FloatArray:
    """Return the share of each unit that changes owner per territory, shape ``(n_units, n_territories)``."""
    lost: FloatArray = np.clip(problem.had_owner[:, None] - problem.owned.toarray(), 0.0, 1.0)
    return lost


def _grouped(together: IntArray) -> IntArray:
    """Return consecutive numbers of items: one per group, one per unit of none."""
    n = len(together)
    grouped = np.flatnonzero(together >= 0)
    _, first, of = np.unique(together[grouped], return_index=True, return_inverse=True)
    links = (np.ones(len(grouped), np.int8), (grouped, grouped[first][of]))
    return connected_components(csr_array(links, shape=(n, n)), directed=False)[1].astype(np.int32)


def _consequences(problem: AlignmentProblem, items: Items) -> bool:
    """Rule out places of items, and return whether any was; the arrays of `items` change in place."""
    before = int(items.allowed.sum())
    bound = items.bound
    held = np.flatnonzero(bound >= 0)
    free = bound < 0
    load = np.array(problem.territories.fixed_activity)
    np.add.at(load, bound[held], items.activity[held])
    _, upper = problem.limits()
    for m in problem.limited:
        slack = TOLERANCE * np.abs(problem.measures[int(m)].ideal)
        room = np.maximum(upper[:, m] + slack - load[:, m], 0.0)
        items.allowed[free] &= items.activity[free, m, None] <= room[None, :] + 1e-12 * np.abs(load[:, m])
    for budget in problem.budgets:
        if np.isfinite(budget.total):
            spent = budget.weight[:, None] * bound_to_lose(problem)
            cost = items.summed(spent)
            least = np.where(items.allowed, cost, np.inf).min(axis=1, initial=np.inf)
            least = np.where(np.isfinite(least), least, 0.0)
            room_left = max(0.0, budget.most - float(least.sum()))
            items.allowed[free] &= (cost - least[:, None])[free] <= room_left + 1e-9 * float(
                budget.weight.sum()
            )
    _hang_together(problem, items)
    for a, b in items.apart:
        for one, other in ((a, b), (b, a)):
            if bound[one] >= 0:
                items.allowed[other, bound[one]] = False
    return int(items.allowed.sum()) != before


def _hang_together(problem: AlignmentProblem, items: Items) -> None:
    """Rule out what no path links to the units bound in a territory, within each component of the graph."""
    graph, bound = problem.graph, items.bound
    strict = np.setdiff1d(np.unique(bound[bound >= 0]), np.flatnonzero(problem.loose))
    if not problem.contiguous or graph is None or len(strict) * len(graph.indices) > MOST_WORK:
        return
    _, component = graph.pieces(np.zeros(problem.n_units, np.int32))
    alone = np.arange(1, problem.n_units + 1)
    of = items.of_unit
    for j in strict:
        allowed = items.allowed[of, j]
        _, part = graph.pieces(np.where(allowed, 0, alone).astype(np.int32))
        held = np.flatnonzero(bound[of] == j)
        # Of several parts with bound units all but the first are out of reach: their units have no place left.
        root = np.full(int(component.max()) + 1, -1)
        root[component[held[::-1]]] = part[held[::-1]]
        needed = root[component]
        cut_off = allowed & (needed >= 0) & (part != needed)
        items.allowed[of[cut_off], j] = False
