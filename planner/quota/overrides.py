"""Amounts that somebody decided: they hold to the cent, and unlocked siblings take or give the difference.

An override for all components, or for several periods, is first cut in the proportions of the quotas it replaces. Then
components are rebalanced over territories and nodes, and then the periods of each component
(`planner.quota.rebalance`). Sums that a target states never change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.arrays import IntArray
from planner.errors import InvalidInput
from planner.quota.allocate import allocate
from planner.quota.fixed_sums import FixedSum, nearest_table
from planner.quota.hierarchy import Hierarchy
from planner.quota.inputs import Override
from planner.quota.override_faults import cannot_hold
from planner.quota.override_reading import Asked, Names, read
from planner.quota.rebalance import Bounds, FixedSums, Tree, bounds_of, rebalance, tree_of
from planner.quota.rounding import Cents

ALL = -1
Cell = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Firm:
    """Who hangs where, and which sums targets state.

    Parameters
    ----------
    pools
        Node at the top (−1 for the company) and territories of each group with a target of its own.
    hierarchy, node_of_territory
        Nodes, and the one each territory hangs below, −1 for none.
    names
        Names of components, periods and territories.
    stated
        Positions of periods whose sums targets state together; one group of all where they state none.
    unit
        Amounts that follow are multiples of this, where the sums allow.
    """

    pools: tuple[tuple[int, IntArray], ...]
    hierarchy: Hierarchy | None
    node_of_territory: IntArray
    names: Names
    stated: tuple[tuple[int, ...], ...]
    unit: int = 1


@dataclass(frozen=True, eq=False)
class Overridden:
    """Quotas in which overrides hold, and what was decided on the way.

    Parameters
    ----------
    amount_cents
        Quotas, shape ``(n_territories, n_components, n_periods)``.
    carried_cents, period_cents
        What was allotted to each territory, shape ``(n_territories, n_components)``, and what each period was to add
        up to, shape ``(n_components, n_periods)``.
    locked
        Whether an override of the territory fixes all or a part, shape ``(n_territories, n_components)``.
    asked
        The overrides, with positions.
    """

    amount_cents: Cents
    carried_cents: Cents
    period_cents: Cents
    locked: NDArray[np.bool_]
    asked: tuple[Asked, ...] = ()


def apply_overrides(
    amount_cents: Cents,
    carried_cents: Cents,
    period_cents: Cents,
    overrides: Sequence[Override],
    firm: Firm,
) -> Overridden:
    """Return quotas in which the overrides hold.

    Parameters
    ----------
    amount_cents, carried_cents, period_cents
        Quotas without overrides and what was decided for them, as in `Overridden`.

    Raises
    ------
    InvalidInput
        Where an override speaks of what does not exist, or where they cannot hold together, with what to change.
    """
    locked = np.zeros(carried_cents.shape, bool)
    if not overrides:
        return Overridden(amount_cents, carried_cents, period_cents, locked)
    amounts, carried, by_period = amount_cents.copy(), carried_cents.copy(), period_cents.copy()
    asked = read(overrides, firm.names, firm.hierarchy, firm.node_of_territory, firm.pools)
    for ask in asked:
        if ask.override.territory >= 0:
            locked[ask.override.territory, slice(None) if ask.component == ALL else ask.component] = True
    for number, (node, territory) in enumerate(firm.pools):
        own = [ask for ask in asked if ask.pool == number]
        if own:
            parent = np.zeros(0, np.int32) if firm.hierarchy is None else firm.hierarchy.parent
            tree, entry = tree_of(parent, firm.node_of_territory[territory], node)
            position = {int(t): int(tree.leaf[row]) for row, t in enumerate(territory)}
            at = {
                ask: position[ask.override.territory]
                if ask.override.territory >= 0
                else entry.get(ask.override.node, 0)
                for ask in own
            }
            before = amounts[territory]
            done = _Pool(tree, before, firm).with_(at)
            amounts[territory], carried[territory] = done.amounts, done.carried
            by_period += done.columns - before.sum(0)
    return Overridden(amounts, carried, by_period, locked, tuple(asked))


@dataclass(frozen=True, eq=False)
class _Done:
    """Quotas of a pool, what each territory was allotted, and what each period was to add up to."""

    amounts: Cents
    carried: Cents
    columns: Cents


@dataclass(frozen=True, eq=False)
class _Pool:
    """The quotas of territories that carry one target together, before overrides."""

    tree: Tree
    base: Cents
    firm: Firm

    def with_(self, entry: Mapping[Asked, int]) -> _Done:
        """Return the quotas in which what was asked of entries of the tree holds."""
        n_components, n_periods = self.base.shape[1:]
        cells = self._cells(entry)
        of_year = {ask: at for ask, at in entry.items() if len(ask.periods) == n_periods}
        totals = {at: ask.cents for ask, at in of_year.items() if ask.component == ALL}
        by_component = {(at, a.component): a.cents for a, at in of_year.items() if a.component != ALL}
        least: dict[Cell, int] = {}
        for (at, c, _), cents in cells.items():
            least[at, c] = least.get((at, c), 0) + cents
        sums = self.base.sum(2)
        singles = tuple((c,) for c in range(n_components))
        components, _, _ = self._table(sums, FixedSums(by_component, totals, least), singles, entry)
        rolled = self.tree.roll_up(components)
        out, wanted, loose = self.base.copy(), self.base.sum(0), np.zeros(n_components, bool)
        for c in range(n_components):
            own = {(at, p): cents for (at, k, p), cents in cells.items() if k == c}
            if not own and (components[:, c] == sums[:, c]).all():
                continue
            rows = dict(zip(self.tree.leaf.tolist(), components[:, c].tolist(), strict=True))
            kept = {at: int(rolled[at, c]) for a, at in of_year.items() if a.component in (ALL, c)}
            out[:, c], wanted[c], loose[c] = self._table(
                self.base[:, c], FixedSums(own, rows | kept), self.firm.stated, entry, kept, component=c
            )
        # Rows that nothing fixes may have got other totals from the linear program.
        return _Done(out, np.where(loose, out.sum(2), components), wanted)

    def _cells(self, entry: Mapping[Asked, int]) -> dict[tuple[int, int, int], int]:
        """Return what was asked for parts of the year as amounts of entry, component and single period."""
        n_components, n_periods = self.base.shape[1:]
        parts = sorted(
            {ask.periods for ask in entry if len(ask.periods) < n_periods}, key=lambda p: (len(p), p)
        )
        cells: dict[tuple[int, int, int], int] = {}
        for periods in parts:
            here = {ask: at for ask, at in entry.items() if ask.periods == periods}
            least: dict[Cell, int] = {}
            for (at, c, p), cents in cells.items():
                if p in periods:
                    least[at, c] = least.get((at, c), 0) + cents
            amounts = {(at, a.component): a.cents for a, at in here.items() if a.component != ALL}
            totals = {at: ask.cents for ask, at in here.items() if ask.component == ALL}
            if totals:
                table, _, _ = self._table(
                    self.base[:, :, list(periods)].sum(2), FixedSums(amounts, totals, least), None, here
                )
                rolled = self.tree.roll_up(table)
                amounts |= {(at, c): int(rolled[at, c]) for at in totals for c in range(n_components)}
            for c in range(n_components):
                own = {at: cents for (at, k), cents in amounts.items() if k == c}
                if not own:
                    continue
                known = {
                    (at, periods.index(p)): cents
                    for (at, k, p), cents in cells.items()
                    if k == c and p in periods
                }
                table, _, _ = self._table(
                    self.base[:, c, list(periods)], FixedSums(known, own), None, here, component=c
                )
                rolled = self.tree.roll_up(table)
                for at in own:
                    cells |= {(at, c, p): int(rolled[at, j]) for j, p in enumerate(periods)}
        return cells

    def _table(
        self,
        base: Cents,
        fixed: FixedSums,
        groups: tuple[tuple[int, ...], ...] | None,
        entry: Mapping[Asked, int],
        totals: Mapping[int, int] | None = None,
        *,
        component: int = ALL,
    ) -> tuple[Cents, Cents, bool]:
        """Return a table near `base` with fixed sums, its columns, and whether it comes from the linear program.

        Sums over groups of columns stay as they were.

        Parameters
        ----------
        groups
            Columns whose sums together are stated; None where sums of columns may change altogether.
        entry
            What was asked, for the report where that cannot be.
        totals
            Sums over all columns that must hold where those of unlocked rows in `fixed` need not; None for all.
        """
        whole = int(base.sum()) + fixed.amount
        bounds = bounds_of(self.tree, base.shape[1], whole, fixed)
        columns = _columns(base.sum(0), bounds, groups)
        found = rebalance(self.tree, base, columns, fixed, self.firm.unit)
        if found is not None:
            return found, columns, False
        if totals is not None:
            free = FixedSums(fixed.cell, totals)
            columns = _columns(base.sum(0), bounds_of(self.tree, base.shape[1], whole, free), groups)
        kept = [((at, ALL), cents) for at, cents in (fixed.total if totals is None else totals).items()]
        kept += list(fixed.cell.items())
        sums = [FixedSum(self.tree.rows_below(at), column, cents) for (at, column), cents in kept]
        table, off = nearest_table(base, columns, sums)
        wrong = [(where, by) for (where, _), by in zip(kept, off, strict=True) if by]
        if wrong:
            raise InvalidInput(cannot_hold(wrong, entry, self.firm.names, self.firm.hierarchy, component))
        return table, columns, True


def _columns(base: Cents, bounds: Bounds, groups: tuple[tuple[int, ...], ...] | None) -> Cents:
    """Return the nearest sums of columns that the fixed sums allow, those over each group as before."""
    low, high = bounds.low[0], bounds.high[0]
    if (low > high).any():
        return base
    if groups is None:
        near = np.clip(base, low, high)
        total = int(np.clip(near.sum(), bounds.row_low[0], bounds.row_high[0]))
        return near if total == near.sum() else allocate(near.astype(np.float64), total, low, high).cents
    out = base.copy()
    for group in map(list, groups):
        total, own = int(base[group].sum()), base[group]
        fits = ((own >= low[group]) & (own <= high[group])).all()
        if not fits and low[group].sum() <= total <= sum(high[group].tolist()):
            out[group] = allocate(
                own.astype(np.float64) + 1e-9 * max(1, total), total, low[group], high[group]
            ).cents
    return out
