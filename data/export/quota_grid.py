"""Where the numbers of quotas stand in the workbook, so that its sheets can refer to each other.

Quotas stand component by component, territories of one node beside each other; nodes level by level, children of one
node beside each other. So every sum is over ranges, however many rows it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.export.sheet import absolute, on_sheet
from planner.arrays import IntArray
from planner.quota.hierarchy import COMPANY, Hierarchy
from planner.quota.quota_plan import QuotaPlan

QUOTAS = "Quotas"
NODES = "Nodes"
FIRST_ROW = 3
"""Row of the first quota or node, counted from 0: title, blank and head stand above."""
TEXTS = 5
"""Columns of text before the first period, on both sheets."""


@dataclass(frozen=True, eq=False)
class QuotaGrid:
    """Rows and columns of quotas and nodes."""

    quotas: QuotaPlan

    @cached_property
    def nodes(self) -> IntArray:
        """Nodes in the order of their rows, level by level."""
        hierarchy = self._hierarchy
        if hierarchy is None:
            return np.zeros(0, np.int32)
        found: list[int] = np.flatnonzero(hierarchy.parent == COMPANY).tolist()
        for node in found:
            found += self.children(node)
        return np.array(found, np.int32)

    @cached_property
    def territories(self) -> IntArray:
        """Territories in the order of their rows: by node, those that hang nowhere last."""
        rank = self._rank(self.node_of_territory)
        return np.argsort(rank, kind="stable").astype(np.int32)

    @cached_property
    def node_of_territory(self) -> IntArray:
        """Node of each territory; `COMPANY` for none."""
        node, hierarchy = self.quotas.node_of_territory, self._hierarchy
        n = len(self.quotas.amount_cents)
        return np.full(n, COMPANY, np.int32) if node is None or hierarchy is None else np.asarray(node)

    @property
    def n_periods(self) -> int:
        """Number of periods, each a column."""
        return len(self.quotas.periods)

    @property
    def sum_column(self) -> int:
        """Column of the sums over all periods."""
        return TEXTS + self.n_periods

    @property
    def last_row(self) -> int:
        """Row of the last quota."""
        return FIRST_ROW + len(self.territories) * len(self.quotas.components) - 1

    def children(self, node: int) -> list[int]:
        """Return the nodes right below a node."""
        return self._children[node]

    def quota(self, component: int, territory: int, column: int) -> str:
        """Return the cell of one quota, or with `sum_column` of its sum."""
        row = FIRST_ROW + component * len(self.territories) + int(self._row_of_territory[territory])
        return on_sheet(QUOTAS, absolute((row, column)))

    def component(self, component: int, column: int) -> str:
        """Return the cells of all quotas of a component in one column."""
        first = FIRST_ROW + component * len(self.territories)
        return on_sheet(QUOTAS, absolute((first, column), (first + len(self.territories) - 1, column)))

    def everything(self, column: int) -> str:
        """Return the cells of all quotas in one column."""
        return on_sheet(QUOTAS, absolute((FIRST_ROW, column), (self.last_row, column)))

    def node_row(self, component: int, node: int) -> int:
        """Return the row of a node on its sheet."""
        return FIRST_ROW + component * len(self.nodes) + int(self._row_of_node[node])

    def node(self, component: int, node: int, column: int) -> str:
        """Return the cell of what a node carries."""
        return on_sheet(NODES, absolute((self.node_row(component, node), column)))

    def below(self, component: int, node: int, column: int) -> list[str]:
        """Return the cells that add up to a node, `COMPANY` for all: of the nodes right below, of its territories."""
        found = []
        nodes = self.children(node) if node != COMPANY else np.flatnonzero(self._roots).tolist()
        if nodes:
            rows = self.node_row(component, nodes[0]), self.node_row(component, nodes[-1])
            found.append(on_sheet(NODES, absolute((rows[0], column), (rows[1], column))))
        own = np.flatnonzero(self.node_of_territory == node)
        if len(own):
            first = FIRST_ROW + component * len(self.territories) + int(self._row_of_territory[own].min())
            found.append(on_sheet(QUOTAS, absolute((first, column), (first + len(own) - 1, column))))
        return found

    @property
    def _hierarchy(self) -> Hierarchy | None:
        found = self.quotas.hierarchy
        return found if found is not None and len(found) else None

    @cached_property
    def _roots(self) -> np.ndarray:
        return np.zeros(0, bool) if self._hierarchy is None else self._hierarchy.parent == COMPANY

    @cached_property
    def _children(self) -> list[list[int]]:
        hierarchy = self._hierarchy
        found: list[list[int]] = [[] for _ in range(0 if hierarchy is None else len(hierarchy))]
        for node, above in enumerate([] if hierarchy is None else hierarchy.parent.tolist()):
            if above != COMPANY:
                found[above].append(node)
        return found

    @cached_property
    def _row_of_territory(self) -> IntArray:
        return np.argsort(self.territories).astype(np.int32)

    @cached_property
    def _row_of_node(self) -> IntArray:
        return np.argsort(self.nodes).astype(np.int32)

    def _rank(self, nodes: IntArray) -> np.ndarray:
        rank = np.append(np.argsort(self.nodes), len(self.nodes))
        return rank[nodes]
