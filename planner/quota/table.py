"""Amounts by territory and period: every row has its total, and every column its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray
from planner.quota.rounding import Cents, controlled_rounding, fitting_unit, largest_remainder

CLOSE = 1e-12
"""Margins count as met when off by less than this part of the total."""


def fit_margins(
    weights: FloatArray, row_totals: Cents, column_totals: Cents, sweeps: int = 1000
) -> FloatArray:
    """Scale rows and columns of a table in turn until both margins hold: iterative proportional fitting.

    The result is the table with these margins that is closest to `weights` in relative entropy (Deming and
    Stephan 1940, https://doi.org/10.1214/aoms/1177731829). Where zeros in `weights` leave no such table, a
    millionth of the table that follows from the margins alone is mixed in.

    Parameters
    ----------
    weights
        Not negative, shape ``(n, p)``.
    row_totals, column_totals
        Not negative, of shapes ``(n,)`` and ``(p,)`` with the same sum.
    """
    rows, columns = row_totals.astype(np.float64), column_totals.astype(np.float64)
    total = rows.sum()
    if total <= 0:
        return np.zeros(weights.shape)
    independent = rows[:, None] * (columns / total)
    start = weights * _ratio(rows, weights.sum(1))[:, None]
    table = start
    for mixed in (0.0, 1e-6):
        table = (1 - mixed) * start + mixed * independent
        for _ in range(sweeps):
            table = table * _ratio(columns, table.sum(0))
            sums = table.sum(1)
            table = table * _ratio(rows, sums)[:, None]
            if np.abs(sums - rows).sum() <= CLOSE * total:
                return np.asarray(table)
    return np.asarray(table)


def fit_tables(
    weights: FloatArray, row_totals: Cents, column_totals: Cents, first: NDArray[np.intp], sweeps: int
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Fit several tables that stand one below the other, each to margins of its own, as `fit_margins` does.

    Parameters
    ----------
    weights, row_totals
        Rows of all tables, shapes ``(n, p)`` and ``(n,)``.
    column_totals
        Sums of the columns of each table, shape ``(n_tables, p)``.
    first
        First row of each table, in order, shape ``(n_tables,)``.

    Returns
    -------
    The tables, and whether the margins of each are met; they are not where zeros in `weights` leave no such table.
    """
    rows, columns = row_totals.astype(np.float64), column_totals.astype(np.float64)
    total, table = columns.sum(1), weights * _ratio(rows, weights.sum(1))[:, None]
    of_row = np.repeat(np.arange(len(first)), np.diff([*first, len(rows)]))
    met = np.zeros(len(first), bool)
    for _ in range(sweeps):
        table = table * _ratio(columns, np.add.reduceat(table, first))[of_row]
        sums = table.sum(1)
        table = table * _ratio(rows, sums)[:, None]
        met = np.add.reduceat(np.abs(sums - rows), first) <= CLOSE * total
        if met.all():
            break
    # Where a sum is 0 that should not be, no factor helps.
    short = np.abs(np.add.reduceat(table, first) - columns).sum(1) > 1e-6 * np.maximum(total, 1.0)
    return np.asarray(table), met & ~short


def period_table(
    weights: FloatArray, row_totals: Cents, column_totals: Cents | None = None, unit: int = 1
) -> tuple[Cents, Cents, int]:
    """Cut totals into periods by seasonal weights, exactly.

    Parameters
    ----------
    weights
        Weight of each period in each row, not negative, shape ``(n, p)``; a row of zeros is spread as all others are.
    row_totals
        Minor units ≥ 0, shape ``(n,)``.
    column_totals
        What the periods must add up to, shape ``(p,)``; None where that follows from the rows.
    unit
        Cells are multiples of this, where the totals allow.

    Returns
    -------
    Amounts of shape ``(n, p)`` with the given totals, what the columns add up to, and the unit that was used.
    """
    total = int(row_totals.sum())
    usual = weights.sum(0) if weights.any() else np.ones(weights.shape[1])
    filled = np.where(weights.sum(1, keepdims=True) > 0, weights, usual)
    if column_totals is not None:
        values = fit_margins(filled, row_totals, column_totals)
        cells, unit = controlled_rounding(
            values, row_totals, column_totals, fitting_unit(total, int((values > 0).sum()), unit)
        )
        return cells, column_totals, unit
    values = filled * _ratio(row_totals.astype(np.float64), filled.sum(1))[:, None]
    wanted = fitting_unit(total, int((values > 0).sum()), unit)
    while True:
        column_totals = largest_remainder(values.sum(0), total, wanted)
        # Columns that were rounded to units need values that add up to them.
        fitted = fit_margins(values, row_totals, column_totals)
        cells, unit = controlled_rounding(fitted, row_totals, column_totals, wanted)
        if unit == wanted:
            return cells, column_totals, unit
        # Cells that need a finer unit are no reason for columns to be off by a coarser one.
        wanted = unit


def _ratio(wanted: FloatArray, found: FloatArray) -> FloatArray:
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)
