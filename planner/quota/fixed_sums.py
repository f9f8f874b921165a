r"""The nearest table of whole numbers with sums that are fixed, or the proof that there is none.

.. math:: \min \sum_{rc} |x_{rc} - b_{rc}| \quad\text{s.t.}\quad \sum_r x_{rc} = v_c,\;
          \sum_{(r,c) \in S_k} x_{rc} = a_k,\; x \ge 0

for column sums :math:`v` and fixed sums :math:`a_k` over the sets :math:`S_k`. The sets belong to two laminar families,
so the matrix is totally unimodular and the vertex that the simplex method ends at is whole (see
`planner.quota.rebalance`). With slack on every fixed sum, priced above all else, the same program tells by how much
which of them have to give way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack

from planner.arrays import IntArray
from planner.quota.rounding import Cents

PRICE = 1e4
"""Of a unit of slack against one of change."""


@dataclass(frozen=True, eq=False)
class FixedSum:
    """The sum over some rows of one column, or of all columns where `column` is −1."""

    rows: IntArray
    column: int
    cents: int


def nearest_table(base: Cents, columns: Cents, fixed: Sequence[FixedSum]) -> tuple[Cents, list[int]]:
    """Return the nearest table with the given sums, and by how much each fixed sum had to give way.

    Parameters
    ----------
    base
        Table before, ≥ 0, shape ``(n_rows, n_columns)``.
    columns
        Sums of the columns, which always hold, ≥ 0, shape ``(n_columns,)``.
    fixed
        Sums over rows, amounts ≥ 0.

    Returns
    -------
    Whole amounts, shape ``(n_rows, n_columns)``, and for each fixed sum what it came out as less its amount: zeros
    where all hold together.
    """
    n, m = base.shape
    cells = np.arange(n * m).reshape(n, m)
    sets = [cells[:, c] for c in range(m)]
    sets += [cells[s.rows].ravel() if s.column < 0 else cells[s.rows, s.column] for s in fixed]
    amounts = [*columns.tolist(), *(s.cents for s in fixed)]
    flat = base.ravel()
    index = np.concatenate(sets)
    pointer = np.cumsum([0, *map(len, sets)])
    matrix = csr_array((np.ones(len(index)), index, pointer), shape=(len(sets), n * m))
    slack = csr_array(
        (np.ones(len(fixed)), (np.arange(m, len(sets)), np.arange(len(fixed)))), shape=(len(sets), len(fixed))
    )
    needed = np.array([a - int(flat[s].sum()) for a, s in zip(amounts, sets, strict=True)], dtype=np.float64)
    top = np.full(2 * n * m + 2 * len(fixed), np.inf)
    top[n * m : 2 * n * m] = flat
    found = milp(
        np.concatenate([np.ones(2 * n * m), np.full(2 * len(fixed), PRICE)]),
        bounds=Bounds(0, top),
        constraints=LinearConstraint(hstack([matrix, -matrix, slack, -slack]).tocsr(), needed, needed),
    )
    if found.x is None:
        raise ArithmeticError(f"the nearest table was not found: {found.message}")
    change = np.rint(found.x).astype(np.int64)
    table = (flat + change[: n * m] - change[n * m : 2 * n * m]).reshape(n, m)
    off = [int(table.ravel()[s].sum()) - a for a, s in zip(amounts, sets, strict=True)]
    if any(off[:m]) or (table < 0).any():
        raise ArithmeticError("the nearest table was found with too little precision")
    return table, off[m:]
