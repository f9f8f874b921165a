r"""Change some sums of a table and let the rest follow: same column sums, nearest relatives first.

Rows are the leaves of a tree (territories below nodes), columns are components or periods. Some sums are fixed: of a
leaf or node in one column, or over all of them. Going down from the root, every node shares what it carries in each
column out over its children: as before where the fixed sums below allow it, otherwise in proportion to before between
the least and the most that those leave. So a difference stays below the parent where it arose as long as anybody there
is free, and only then climbs one level.

Fixed sums are those of two laminar families (the subtrees in one column, the subtrees over all columns), whose
incidence matrix is totally unimodular (Edmonds 1970; Schrijver 2003, *Combinatorial Optimization*, ch. 41), so that a
table of whole numbers exists wherever any does; where the way down finds none, a linear program does, or proves that
there is none and tells by how much which sums are too much (`planner.quota.fixed_sums`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray
from planner.quota.allocate import allocate, fill_between
from planner.quota.rounding import Cents, controlled_rounding
from planner.quota.table import fit_margins, fit_tables

CLOSE = 1e-5
"""Sums of rows count as met when off by less than this part of the whole."""
MIXED = 1e-3
"""Part of what follows from the sums alone that is mixed in where zeros stand in the way."""
SWEEPS = 200
"""Most turns between columns and rows before the linear program is asked."""


@dataclass(frozen=True, eq=False)
class Tree:
    """Leaves and the nodes above them.

    Parameters
    ----------
    parent
        Position of the entry above, parents first, shape ``(n_entries,)``; −1 for the root, which is entry 0.
    leaf
        Entry of each row of a table, shape ``(n_rows,)``.
    """

    parent: IntArray
    leaf: IntArray

    @cached_property
    def levels(self) -> tuple[IntArray, ...]:
        """Entries of each depth, the root's first."""
        depth = np.zeros(len(self.parent), np.int32)
        for j in range(1, len(self.parent)):
            depth[j] = depth[self.parent[j]] + 1
        return tuple(
            np.flatnonzero(depth == d).astype(np.int32) for d in range(int(depth.max(initial=0)) + 1)
        )

    @cached_property
    def children(self) -> tuple[IntArray, ...]:
        """Entries right below each entry."""
        order = np.argsort(self.parent, kind="stable").astype(np.int32)
        edges = np.searchsorted(self.parent[order], np.arange(len(self.parent) + 1))
        return tuple(order[a:b] for a, b in pairwise(edges.tolist()))

    def roll_up(self, rows: Cents) -> Cents:
        """Return the sums below each entry, shape ``(n_entries, n_columns)``, of rows ``(n_rows, n_columns)``."""
        total = np.zeros((len(self.parent), *rows.shape[1:]), rows.dtype)
        total[self.leaf] = rows
        for entries in self.levels[:0:-1]:
            np.add.at(total, self.parent[entries], total[entries])
        return total

    def rows_below(self, entry: int) -> IntArray:
        """Return the rows at or below an entry."""
        inside = np.zeros(len(self.parent), bool)
        inside[entry] = True
        for entries in self.levels[1:]:
            inside[entries] |= inside[self.parent[entries]]
        return np.flatnonzero(inside[self.leaf]).astype(np.int32)


@dataclass(frozen=True, eq=False)
class FixedSums:
    """Sums that must come out.

    Parameters
    ----------
    cell
        Amount of an entry of the tree in a column, by their positions.
    total
        Amount of an entry over all columns.
    least
        Fewest that an entry may have in a column.
    """

    cell: Mapping[tuple[int, int], int]
    total: Mapping[int, int]
    least: Mapping[tuple[int, int], int] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """All amounts together."""
        return sum(self.cell.values()) + sum(self.total.values()) + sum(self.least.values())


@dataclass(frozen=True, eq=False)
class Bounds:
    """Least and most of each entry in each column, and over all columns."""

    low: Cents
    high: Cents
    row_low: Cents
    row_high: Cents

    def of(self, entries: IntArray) -> Bounds:
        """Return those of some entries."""
        return Bounds(self.low[entries], self.high[entries], self.row_low[entries], self.row_high[entries])


def rebalance(tree: Tree, base: Cents, columns: Cents, fixed: FixedSums, unit: int = 1) -> Cents | None:
    """Return a table with the given sums near `base`; None where the way down finds none.

    Parameters
    ----------
    base
        Table before, ≥ 0, shape ``(n_rows, n_columns)``.
    columns
        Sums of the columns, shape ``(n_columns,)``.
    fixed
        Sums that must come out.
    unit
        Amounts that change are multiples of this, where the sums allow.
    """
    bounds = bounds_of(tree, len(columns), int(columns.sum()), fixed)
    if (bounds.low > bounds.high).any() or (bounds.row_low > bounds.row_high).any():
        return None
    if (columns < bounds.low[0]).any() or (columns > bounds.high[0]).any():
        return None
    if not bounds.row_low[0] <= columns.sum() <= bounds.row_high[0]:
        return None
    before = tree.roll_up(base)
    after = np.zeros_like(before)
    after[0] = columns
    fits = _fits(before, bounds)
    all_fit = np.ones(len(fits), bool)
    np.logical_and.at(all_fit, tree.parent[1:], fits[1:])
    kept = np.zeros(len(fits), bool)
    for level, entries in enumerate(tree.levels):
        if level:
            # What nothing changes above and fits the bounds stays as it was.
            stay = entries[kept[tree.parent[entries]]]
            after[stay] = before[stay]
        same = (after[entries] == before[entries]).all(1)
        kept[entries] = all_fit[entries] & same
        open_ = [entry for entry in entries[~kept[entries]].tolist() if len(tree.children[entry])]
        parts = [bounds.of(tree.children[entry]) for entry in open_]
        fitted = _fitted_together([before[tree.children[entry]] for entry in open_], after[open_], parts)
        for entry, part, values in zip(open_, parts, fitted, strict=True):
            kids = tree.children[entry]
            shared = _share_out(before[kids], after[entry], part, unit, values)
            if shared is None:
                return None
            after[kids] = shared
    return np.asarray(after[tree.leaf])


def bounds_of(tree: Tree, m: int, whole: int, fixed: FixedSums) -> Bounds:
    """Add up from the leaves what fixed sums leave to each entry in `m` columns, at most `whole` together."""
    n = len(tree.parent)
    low, high = np.zeros((n, m), np.int64), np.full((n, m), whole, np.int64)
    row_low, row_high = np.zeros(n, np.int64), np.full(n, whole, np.int64)
    for (entry, column), cents in fixed.least.items():
        low[entry, column] = cents
    for (entry, column), cents in fixed.cell.items():
        low[entry, column] = max(int(low[entry, column]), cents)
        high[entry, column] = min(int(high[entry, column]), cents)
    if fixed.total:
        which, sums = np.array(list(fixed.total)), np.array(list(fixed.total.values()), np.int64)
        row_low[which], row_high[which] = sums, np.minimum(sums, whole)
    # Sums of upper bounds may exceed what integers hold; beyond the whole they do not matter.
    below_low, below_high = np.zeros((n, m + 1), np.int64), np.zeros((n, m + 1))
    has_children = np.bincount(tree.parent[1:], minlength=n) > 0
    for at in tree.levels[::-1]:
        inner = at[has_children[at]]
        most_below = np.minimum(below_high[inner], whole).astype(np.int64)
        low[inner] = np.maximum(low[inner], below_low[inner, :m])
        high[inner] = np.minimum(high[inner], most_below[:, :m])
        row_low[inner] = np.maximum(row_low[inner], below_low[inner, m])
        row_high[inner] = np.minimum(row_high[inner], most_below[:, m])
        least, most = low[at].sum(1), np.minimum(high[at].sum(1, dtype=np.float64), 2.0**62).astype(np.int64)
        row_low[at], row_high[at] = np.maximum(row_low[at], least), np.minimum(row_high[at], most)
        # What other columns need at least is not there for this one; what they cannot take falls to it.
        room = row_high[at, None] - (least[:, None] - low[at])
        need = row_low[at, None] - (most[:, None] - high[at])
        high[at], low[at] = np.minimum(high[at], room), np.maximum(low[at], need)
        if at[0]:
            np.add.at(below_low, tree.parent[at], np.column_stack([low[at], row_low[at]]))
            np.add.at(
                below_high, tree.parent[at], np.column_stack([high[at], row_high[at]]).astype(np.float64)
            )
    return Bounds(low, high, row_low, row_high)


def _share_out(
    base: Cents, columns: Cents, bounds: Bounds, unit: int, near: FloatArray | None = None
) -> Cents | None:
    """Share columns out over the children of one node: as before where that fits, else in proportion to before.

    `near` is the table in proportion to before where sums are all that is asked for; None where it is not known.
    """
    if (base.sum(0) == columns).all() and _fits(base, bounds).all():
        return base
    if near is not None:
        return controlled_rounding(near, bounds.row_low, columns, unit)[0]
    values = _fitted(base, columns, bounds)
    if values is None:
        return None
    free = bounds.row_high > bounds.row_low
    rows = bounds.row_low.copy()
    left = int(columns.sum()) - int(rows[~free].sum())
    if free.any():
        if not sum(bounds.row_low[free].tolist()) <= left <= sum(bounds.row_high[free].tolist()):
            return None
        rows[free] = allocate(
            values[free].sum(1), left, bounds.row_low[free], bounds.row_high[free], unit
        ).cents
    least = bounds.low
    row_rest, column_rest = rows - least.sum(1), columns - least.sum(0)
    if (row_rest < 0).any() or (column_rest < 0).any():
        return None
    rest = np.maximum(values - least, 0.0)
    cells = (
        controlled_rounding(fit_margins(rest, row_rest, column_rest), row_rest, column_rest, unit)[0] + least
    )
    if (cells < least).any() or (cells > bounds.high).any() or not _between(cells.sum(1), bounds):
        if unit > 1:
            return _share_out(base, columns, bounds, 1)
        return None
    return cells


def _fits(base: Cents, bounds: Bounds) -> NDArray[np.bool_]:
    """Return whether each row is inside the bounds, in every column and over all of them."""
    sums = base.sum(1)
    inside = ((base >= bounds.low) & (base <= bounds.high)).all(1)
    return np.asarray(inside & (sums >= bounds.row_low) & (sums <= bounds.row_high))


def _sums_alone(columns: Cents, bounds: Bounds) -> bool:
    """Return whether sums of rows and columns are all that is asked for: no cell that keeps them is out of bounds."""
    rows = bounds.row_low
    if (rows < bounds.row_high).any() or bounds.low.any() or rows.sum() != columns.sum():
        return False
    return bool((bounds.high >= np.minimum(rows[:, None], columns)).all())


def _fitted_together(
    tables: Sequence[Cents], columns: Cents, bounds: Sequence[Bounds]
) -> list[FloatArray | None]:
    """Fit the tables of several nodes to their sums at once, where sums are all that is asked for.

    Parameters
    ----------
    columns
        Sums of the columns of each table, shape ``(n_tables, n_columns)``.

    Returns
    -------
    A table each; None where more is asked for than sums, or zeros stand in the way.
    """
    found: list[FloatArray | None] = [None] * len(tables)
    alone = [k for k, part in enumerate(bounds) if _sums_alone(columns[k], part)]
    if alone:
        sizes = [len(tables[k]) for k in alone]
        values, met = fit_tables(
            np.concatenate([tables[k] for k in alone]).astype(np.float64),
            np.concatenate([bounds[k].row_low for k in alone]),
            columns[alone],
            np.cumsum([0, *sizes[:-1]]),
            SWEEPS,
        )
        for k, table, good in zip(alone, np.split(values, np.cumsum(sizes[:-1])), met.tolist(), strict=True):
            found[k] = table if good else None
    return found


def _between(sums: Cents, bounds: Bounds) -> bool:
    return bool((sums >= bounds.row_low).all() and (sums <= bounds.row_high).all())


def _fitted(base: Cents, columns: Cents, bounds: Bounds) -> FloatArray | None:
    """Return amounts in proportion to before, inside the bounds, by columns and rows in turn.

    Where zeros leave no such amounts, a little of what follows from the sums alone is mixed in.
    """
    low, high = bounds.low.astype(np.float64), bounds.high.astype(np.float64)
    wanted = columns.astype(np.float64)
    close = CLOSE * max(1.0, float(wanted.sum()))
    rows = np.clip(base.sum(1), bounds.row_low, bounds.row_high)
    alone = np.outer(rows + 1.0, (wanted + 1.0) / (wanted.sum() + len(wanted)))
    for mixed in (0.0, MIXED):
        values = np.clip((1 - mixed) * base + mixed * alone, low, high)
        for _ in range(SWEEPS):
            values = _scaled(values, wanted, low, high)
            sums = values.sum(1)
            wrong = np.flatnonzero((sums < bounds.row_low - close) | (sums > bounds.row_high + close))
            if not len(wrong):
                return values
            totals = np.clip(sums, bounds.row_low, bounds.row_high)[wrong]
            values[wrong] = _scaled(values[wrong].T, totals, low[wrong].T, high[wrong].T).T
    return None


def _scaled(values: FloatArray, totals: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Scale what is free in each column so that it adds up to its total, inside the bounds."""
    free = high > low
    left = totals - np.where(free, 0.0, low).sum(0)
    sums = np.where(free, values, 0.0).sum(0)
    factor = np.divide(left, sums, out=np.ones_like(sums), where=sums > 0)
    out = np.where(free, values * factor, low)
    outside = (out < low) | (out > high)
    for c in np.flatnonzero(outside.any(0) | ((sums <= 0) & (left > 0))).tolist():
        out[:, c] = fill_between(values[:, c], float(totals[c]), low[:, c], high[:, c])
    return np.asarray(out)


def tree_of(parent: IntArray, node_of_row: IntArray, root: int) -> tuple[Tree, dict[int, int]]:
    """Build the tree of the nodes below `root` that hold rows, and of the rows.

    Parameters
    ----------
    parent
        Node above each node, −1 for none, shape ``(n_nodes,)``.
    node_of_row
        Node that each row hangs below, −1 for none, shape ``(n_rows,)``. A row that hangs nowhere, or not below
        `root`, hangs right below the root.
    root
        Node at the top; −1 for all.

    Returns
    -------
    The tree, and the entry of each node in it.
    """
    chains: list[list[int]] = []
    entry = {root: 0}
    above = [-1]
    for node in node_of_row.tolist():
        chain: list[int] = []
        while node not in (-1, root):
            chain.append(node)
            node = int(parent[node])
        chains.append(chain[::-1] if node == root else [])
    for chain in chains:
        at = 0
        for node in chain:
            if node not in entry:
                entry[node] = len(above)
                above.append(at)
            at = entry[node]
    n_nodes = len(above)
    above += [entry[chain[-1]] if chain else 0 for chain in chains]
    leaf = np.arange(n_nodes, len(above), dtype=np.int32)
    return Tree(np.array(above, np.int32), leaf), entry
