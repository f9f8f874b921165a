r"""Rounding that keeps sums: largest remainders for one row, network flow for a table with two margins.

Controlled rounding of a table :math:`x_{ij} \ge 0` whose margins are integers :math:`r_i, c_j` finds integers
:math:`z_{ij} \in \{\lfloor x_{ij} \rfloor, \lceil x_{ij} \rceil\}` with the same margins. Rounding up is one unit of
flow from row to column; the constraint matrix is that of a transport network, totally unimodular, so such a table
always exists (Bacharach 1966, https://doi.org/10.1287/mnsc.12.9.732; Cox 1987,
https://doi.org/10.1080/01621459.1987.10478456). It is found by rounding row after row with the error of each column
carried along, which leaves few units in the wrong column, and moving those along augmenting paths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from operator import add

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.arrays import FloatArray

Cents = NDArray[np.int64]
Flags = NDArray[np.bool_]


def smaller_units(unit: int) -> Iterator[int]:
    """Yield `unit` and the ever smaller ones to fall back to: a tenth where that is whole, at last 1."""
    while unit > 1:
        yield unit
        unit = unit // 10 if unit % 10 == 0 else 1
    yield 1


def fitting_unit(total: int, cells: int, unit: int) -> int:
    """Return the largest unit, `unit` or a fraction of it, that leaves one unit a cell on average."""
    return next(smaller for smaller in smaller_units(unit) if smaller == 1 or total >= smaller * cells)


def largest_remainder(weights: ArrayLike, total: int, unit: int = 1) -> Cents:
    """Split `total` in proportion to `weights`, exactly.

    Every part is a multiple of `unit` within one unit of its share, but for the largest, which takes what the total
    has beyond a multiple. Equal remainders go to the larger weight, then to the first.

    Parameters
    ----------
    weights
        Not negative, shape ``(n,)``, n > 0; equal parts where all are 0.
    total
        Minor units, ≥ 0.

    Returns
    -------
    Parts, shape ``(n,)``, sum `total`.
    """
    share = np.asarray(weights, dtype=np.float64)
    share = np.full(len(share), 1 / len(share)) if share.sum() <= 0 else share / share.sum()
    units, rest = divmod(int(total), unit)
    wanted = share * units
    parts = np.floor(wanted).astype(np.int64)
    parts[share == 0] = 0
    missing = units - int(parts.sum())
    able = np.flatnonzero(share > 0)
    # Float error only: beyond 2^53 units the floors may add up to more than there is.
    while missing < 0:
        taken = np.minimum(parts, -(missing // len(parts)))
        parts -= taken
        missing += int(taken.sum())
    more, left = divmod(missing, len(able))
    parts[able] += more
    order = np.lexsort((np.arange(len(able)), -share[able], -(wanted - parts)[able]))
    parts[able[order[:left]]] += 1
    parts *= unit
    parts[int(np.argmax(share))] += rest
    return parts


def split_exactly(amounts: Sequence[Fraction], total: int) -> list[int]:
    """Round exact amounts to integers that add up to `total`, which is their sum rounded up or down."""
    parts = [int(amount // 1) for amount in amounts]
    order = sorted(range(len(parts)), key=lambda j: (parts[j] - amounts[j], j))
    for j in order[: total - sum(parts)]:
        parts[j] += 1
    return parts


def controlled_rounding(
    values: FloatArray, row_totals: Cents, column_totals: Cents, unit: int = 1
) -> tuple[Cents, int]:
    """Round a table so that both margins hold exactly.

    Every cell is a multiple of `unit` and within one unit of its value. Where margins are no multiples, what is
    beyond sits in the largest row among those that have any, so that all others stay multiples. Where the table does
    not allow this, the unit is divided by ten until it does; with a unit of 1 it always does.

    Parameters
    ----------
    values
        Not negative, shape ``(n, p)``, with `row_totals` and `column_totals` as sums up to float error.
    row_totals, column_totals
        Integers ≥ 0 of shapes ``(n,)`` and ``(p,)`` with the same sum.

    Returns
    -------
    The table, shape ``(n, p)``, and the unit that was used.
    """
    rows = np.asarray(row_totals, dtype=np.int64)
    columns = np.asarray(column_totals, dtype=np.int64)
    if int(rows.sum()) != int(columns.sum()):
        raise ValueError(f"rows add up to {rows.sum()}, columns to {columns.sum()}")
    for smaller in smaller_units(unit):
        if smaller == 1:
            return _round(values, rows, columns), 1
        rest = _rests(rows, columns, smaller)
        if rest is None:
            continue
        beyond = np.maximum(values - rest, 0) / smaller
        cells = _round(beyond, (rows - rest.sum(1)) // smaller, (columns - rest.sum(0)) // smaller)
        cells = cells * smaller + rest
        if np.abs(cells - values).max(initial=0) <= smaller * (1 + 1e-9):
            return cells, smaller
    raise AssertionError("a unit of 1 always rounds")


def _rests(rows: Cents, columns: Cents, unit: int) -> Cents | None:
    """Return what to set aside in which cell so that both margins become multiples; None where a row is too small."""
    rest = np.zeros((len(rows), len(columns)), np.int64)
    odd = np.flatnonzero(rows % unit)
    if not len(odd) and not (columns % unit).any():
        return rest
    holder = int(odd[np.argmax(rows[odd])] if len(odd) else np.argmax(rows))
    for row in odd[odd != holder]:
        rest[row, int(np.argmax(columns - rest.sum(0)))] = rows[row] % unit
    left = columns - rest.sum(0)
    if (left < 0).any():
        return None
    rest[holder] = left % unit
    return rest if rest[holder].sum() <= rows[holder] else None


def _round(values: FloatArray, rows: Cents, columns: Cents) -> Cents:
    cells = np.floor(values).astype(np.int64)
    loose = values > cells
    start = cells.copy()
    _round_rows(values, cells, loose, rows)
    surplus = cells.sum(0) - columns
    while surplus.any():
        # Only a table whose sums are off by float error needs the second look, beyond floor and ceiling.
        if not (_augment(cells, start, loose, values, surplus) or _force(cells, surplus)):
            raise AssertionError("rows and columns with the same sum always have a table")
    return cells


def _round_rows(values: FloatArray, cells: Cents, loose: Flags, rows: Cents) -> None:
    """Round every row to its total in place, the accumulated error of each column deciding who goes up."""
    missing = rows - cells.sum(1)
    over = np.flatnonzero((missing < 0) | (missing > loose.sum(1)))
    for i in over:
        _settle_row(cells[i], loose[i], values[i], int(rows[i]))
    missing = rows - cells.sum(1)
    part = np.where(loose, values - np.floor(values), -1.0)
    width = values.shape[1]
    carried = [0.0] * width
    short = np.flatnonzero(missing > 0)
    raised: list[int] = []
    # Lists rather than arrays: for a dozen numbers at a time calls on arrays would take most of the time.
    own = part[short]
    all_able = (own.min(1, initial=0.0) >= 0).tolist()
    for first, row, count, all_of_them in zip(
        (short * width).tolist(), own.tolist(), missing[short].tolist(), all_able, strict=True
    ):
        if all_of_them:
            carried = list(map(add, carried, row))
            able = sorted(range(width), key=carried.__getitem__, reverse=True)
        else:
            able = [j for j, fraction in enumerate(row) if fraction >= 0]
            for j in able:
                carried[j] += row[j]
            able.sort(key=carried.__getitem__, reverse=True)
        for j in able[:count]:
            carried[j] -= 1.0
            raised.append(first + j)
    # No cell is raised twice.
    up = np.array(raised, np.intp)
    cells[up // width, up % width] += 1


def _settle_row(cells: Cents, loose: Flags, values: FloatArray, total: int) -> None:
    """Bring one row whose values do not add up to its total to it, in place, and leave nothing loose."""
    share = np.where(values > 0, values, 0.0)
    cells[:] = largest_remainder(share if share.any() else np.ones(len(share)), total)
    loose[:] = False


def _augment(cells: Cents, start: Cents, loose: Flags, values: FloatArray, surplus: Cents) -> bool:
    """Move one unit from a column with too much to one with too little along a shortest path, in place."""
    up = loose & (cells > start)
    down = loose & (cells == start)
    source = int(np.argmax(surplus))
    came_from = {source: -1}
    queue = [source]
    for column in queue:
        if surplus[column] < 0:
            break
        reached = (up[:, [column]] & down).any(axis=0)
        for other in np.flatnonzero(reached):
            if int(other) not in came_from:
                came_from[int(other)] = column
                queue.append(int(other))
    end = next((column for column in queue if surplus[column] < 0), None)
    if end is None:
        return False
    surplus[source] -= 1
    surplus[end] += 1
    while (column := came_from[end]) >= 0:
        able = np.flatnonzero(up[:, column] & down[:, end])
        row = able[np.argmin((values[able, column] % 1) - (values[able, end] % 1))]
        cells[row, column] -= 1
        cells[row, end] += 1
        # A row may serve two steps of a path: keep the flags true to the cells.
        up[row, column], down[row, column] = False, True
        up[row, end], down[row, end] = True, False
        end = column
    return True


def _force(cells: Cents, surplus: Cents) -> bool:
    """Move units within the row that has most to give, past floor and ceiling, in place."""
    source, end = int(np.argmax(surplus)), int(np.argmin(surplus))
    row = int(np.argmax(cells[:, source]))
    moved = min(int(surplus[source]), -int(surplus[end]), int(cells[row, source]))
    cells[row, source] -= moved
    cells[row, end] += moved
    surplus[source] -= moved
    surplus[end] += moved
    return moved > 0
