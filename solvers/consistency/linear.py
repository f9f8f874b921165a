"""Proofs by linear programming: multipliers of inequalities that no shares of items in territories keep.

A programme over the shares is solved in which all rows give way by the same part of their scale, as little as possible.
Where that is more than nothing, its dual prices ``λ ≥ 0`` make a proof that is checked by itself, in sums over all
items: ``Σ_i min_j Σ_r λ_r a_rij > Σ_r λ_r b_r`` contradicts ``A x ≤ b`` (Farkas). So nothing hangs on the tolerances
of the solver, and prices may come from a coarser programme: where pairs are many, like items are merged first, and
their prices are checked on all items.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, diags_array, hstack, vstack

from planner.arrays import FloatArray, IntArray
from solvers.consistency.items import Items
from solvers.consistency.rows import Block

MOST_PAIRS = 12_000
"""Pairs of item and territory in one linear programme; above, like items are merged."""

LEAST_BREACH = 1e-7
"""Part of their scale by which rows have to give way before prices are looked at."""

ROUNDING = 1e-11
"""What sums of floats may be wrong by, as a share of the sum of their sizes."""


Prices = dict[tuple[object, ...], FloatArray]
"""Multipliers of rows by the key of their block, shape of its `most`."""


def contradicting_prices(items: Items, blocks: tuple[Block, ...]) -> Prices | None:
    """Return multipliers that prove that shares of items cannot keep all rows; None where none were found.

    Parameters
    ----------
    items
        Items that all have a place.
    blocks
        The rows of their rules.
    """
    rows = tuple(block for block in blocks if np.isfinite(block.most).any())
    found = _prices(items, rows) if rows else None
    if found is None:
        return None
    prices = {block.key: price for block, price in zip(rows, found, strict=True)}
    return prices if contradict(items, blocks, prices) else None


def contradict(items: Items, blocks: tuple[Block, ...], prices: Prices) -> bool:
    """Return whether `prices` prove that shares of items cannot keep all rows."""
    cost = np.zeros(items.allowed.shape)
    limit = size = 0.0
    for block in blocks:
        price = prices.get(block.key)
        if price is None or price.shape != block.most.shape:
            continue
        used = (price > 0) & np.isfinite(block.most)
        if not used.any():
            continue
        limit += float(price[used] @ block.most[used])
        size += float(price[used] @ np.abs(block.most[used]))
        cost += block.amount * np.where(used, price, 0.0)[None, :]
    least = np.where(items.allowed, cost, np.inf).min(axis=1)
    size += float(np.abs(least).sum())
    return float(least.sum()) - limit > ROUNDING * size


def _prices(items: Items, blocks: tuple[Block, ...]) -> tuple[FloatArray, ...] | None:
    """Return dual prices of the rows; None where shares keep all of them."""
    label = _merged(items, blocks)
    n, k = int(label.max()) + 1, items.allowed.shape[1]
    allowed = np.zeros((n, k), bool)
    allowed[label] = items.allowed
    row, column = np.nonzero(allowed)
    pairs = len(row)
    parts, most, scale = [], [], []
    for block in blocks:
        amount = np.zeros((n, block.amount.shape[1]))
        np.add.at(amount, label, block.amount)
        value = amount[row, column] if amount.shape[1] > 1 else amount[row, 0]
        if block.over_all:
            parts.append(csr_array(value[None, :]))
        else:
            kept = np.flatnonzero(np.isfinite(block.most))
            at = np.full(k, -1)
            at[kept] = np.arange(len(kept))
            inside = (at[column] >= 0) & (value != 0)
            entries = (value[inside], (at[column[inside]], np.flatnonzero(inside)))
            parts.append(csr_array(coo_array(entries, shape=(len(kept), pairs))))
        finite = np.isfinite(block.most)
        most.append(block.most[finite])
        scale.append(block.scale[finite])
    unit = 1.0 / np.concatenate(scale)
    scaled = csr_array(diags_array(unit) @ csr_array(vstack(parts)))
    table = csr_array(hstack([scaled, csr_array(-np.ones((len(unit), 1)))]))
    whole = csr_array(coo_array((np.ones(pairs), (row, np.arange(pairs))), shape=(n, pairs + 1)))
    cost = np.zeros(pairs + 1)
    cost[-1] = 1.0
    solved = linprog(
        cost, A_ub=table, b_ub=np.concatenate(most) * unit, A_eq=whole, b_eq=np.ones(n), method="highs"
    )  # type: ignore[call-overload]
    if solved.status != 0 or solved.fun <= LEAST_BREACH:
        return None
    dual = np.maximum(-np.asarray(solved.ineqlin.marginals), 0.0) * unit
    found, at_row = [], 0
    for block in blocks:
        finite = np.isfinite(block.most)
        price = np.zeros(block.most.shape)
        price[finite] = dual[at_row : at_row + int(finite.sum())]
        at_row += int(finite.sum())
        found.append(price)
    return tuple(found)


def _merged(items: Items, blocks: tuple[Block, ...]) -> IntArray:
    """Return which items go into the programme as one: like ones, where there are too many pairs.

    Items that may go to the same territories and are owned by the same one are ordered by how much of what they hold
    is of the first measure, and merged in runs.
    """
    n = len(items.allowed)
    if int(items.allowed.sum()) <= MOST_PAIRS:
        return np.arange(n, dtype=np.int32)
    packed = np.packbits(items.allowed, axis=1)
    _, kind = np.unique(packed, axis=0, return_inverse=True)
    owner = np.zeros(n, np.int64)
    for block in blocks:
        if block.amount.shape[1] > 1 and block.over_all:
            owner = block.amount.argmin(axis=1)
            break
    total = np.maximum(items.activity.sum(axis=0), 1e-300)
    share = items.activity / total
    slant = share[:, 0] / np.maximum(share.sum(axis=1), 1e-300) if share.shape[1] else np.zeros(n)
    order = np.lexsort((slant, owner, kind.ravel()))
    fresh = np.r_[True, (kind.ravel()[order][1:] != kind.ravel()[order][:-1]) | (np.diff(owner[order]) != 0)]
    width = items.allowed[order].sum(axis=1)
    # A run ends where the pairs it stands for fill its part of the programme.
    since = np.cumsum(width) - np.maximum.accumulate(np.where(fresh, np.cumsum(width) - width, 0))
    step = max(1.0, float(width.sum()) / MOST_PAIRS)
    run = np.floor((since - 1) / (step * width)).astype(np.int64)
    fresh |= np.r_[True, np.diff(run) != 0]
    label = np.empty(n, np.int32)
    label[order] = np.cumsum(fresh) - 1
    return label
