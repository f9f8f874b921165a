"""Matching of equal numbers of things one to one, exactly: first by cost, then by wishes among the cheapest.

All cheapest matchings lie on the pairs that carry no reduced cost under any optimal prices of the linear assignment
problem (complementary slackness), so the best by wishes among them is a second assignment on these pairs alone.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from planner.arrays import FloatArray, IntArray, MaskArray, read_only

TOLERANCE = 1e-10
"""Reduced cost, as a part of the largest cost, up to which a pair counts as carrying none."""


def best_matching(cost: FloatArray, wish: FloatArray, allowed: MaskArray) -> IntArray:
    """Return the column of each row: least total `cost`, and among those the greatest total `wish`.

    Parameters
    ----------
    cost, wish
        Finite, shape ``(n, n)``.
    allowed
        Pairs that may be matched, shape ``(n, n)``.

    Raises
    ------
    ValueError
        Where the allowed pairs hold no complete matching.
    """
    first = _least(np.where(allowed, cost, np.inf))
    spread = float(np.ptp(cost[allowed]))
    if spread <= 0.0:
        tight = allowed
    else:
        row_price, column_price = _prices(cost, allowed, first)
        reduced = cost - row_price[:, None] - column_price[None, :]
        tight = allowed & (reduced <= TOLERANCE * float(np.abs(cost[allowed]).max()))
        tight[np.arange(len(cost)), first] = True
    return _least(np.where(tight, -wish, np.inf))


def _least(cost: FloatArray) -> IntArray:
    _, column = linear_sum_assignment(cost)
    return read_only(column, np.int32)


def _prices(cost: FloatArray, allowed: MaskArray, column: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return optimal prices of rows and columns: shortest ways from column to column over the residual graph."""
    row_of = np.argsort(column)
    paid = cost[np.arange(len(cost)), column]
    # From the column of a row to any other column that this row might take instead.
    step = np.where(allowed, cost - paid[:, None], np.inf)[row_of]
    price = np.zeros(len(cost))
    for _ in range(len(cost)):
        shorter = np.minimum(price, (step + price[:, None]).min(axis=0))
        if np.array_equal(shorter, price):
            break
        price = shorter
    return paid - price[column], price
