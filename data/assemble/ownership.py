"""Who owns the basic units today, from the current territories of their accounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from data.assemble.basic_units import BasicUnits
from planner.alignment import GONE, NOBODY
from planner.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Ownership:
    """Arguments of the same names of `AlignmentProblem`."""

    current: IntArray
    owned: csr_array
    had_owner: FloatArray


def owners_today(
    basic: BasicUnits,
    by_place: NDArray[np.bool_],
    account_current: IntArray,
    area_current: IntArray,
    weight: FloatArray,
    n_territories: int,
) -> Ownership:
    """Return what each territory owns of each unit.

    Parameters
    ----------
    by_place
        Which accounts geography decides on, shape ``(n_accounts,)``; the others own nothing of a unit.
    account_current, area_current
        Current territory of each account and each area, `NOBODY` or `GONE`; an area's owner owns its units
        without accounts.
    weight
        What each account counts for; where all of a unit's accounts weigh nothing, each counts as one.
    """
    n = len(basic.units)
    fallback = np.append(area_current, NOBODY)[basic.area_of_unit]
    here = np.flatnonzero(by_place & (basic.unit_of_account >= 0))
    unit, owner, weight = basic.unit_of_account[here], account_current[here], weight[here]
    weightless = np.bincount(unit, weight, n) <= 0
    weight = np.where(weightless[unit], 1.0, weight)
    total = np.bincount(unit, weight, n)
    # Columns: the territories, then GONE, then NOBODY.
    column = np.select([owner == GONE, owner == NOBODY], [n_territories, n_territories + 1], owner)
    held = csr_array((weight / total[unit], (unit, column)), shape=(n, n_territories + 2))
    held.sum_duplicates()
    empty = np.flatnonzero(total == 0)
    alone = np.select(
        [fallback[empty] == GONE, fallback[empty] == NOBODY],
        [n_territories, n_territories + 1],
        fallback[empty],
    )
    held = csr_array(held + csr_array((np.ones(len(empty)), (empty, alone)), shape=held.shape))

    by_somebody = csr_array(held[:, : n_territories + 1])
    had_owner = np.clip(np.asarray(by_somebody.sum(axis=1)).ravel(), 0.0, 1.0)
    current = np.full(n, NOBODY, dtype=np.int32)
    entries = by_somebody.tocoo()
    # The largest holder of each unit; of equal ones the first territory.
    order = np.lexsort((entries.col, -entries.data, entries.row))
    rows, first = np.unique(entries.row[order], return_index=True)
    current[rows] = entries.col[order][first]
    current[current == n_territories] = GONE
    owned = csr_array(held[:, :n_territories])
    # Parts that sum to a whole may do so with an error in the last digit.
    full = np.asarray(owned.sum(axis=1)).ravel()
    scale = np.where(full > 1.0, 1.0 / np.where(full > 0, full, 1.0), 1.0)
    owned = csr_array(owned.multiply(scale[:, None]))
    return Ownership(current, owned, np.maximum(had_owner, np.asarray(owned.sum(axis=1)).ravel()))
