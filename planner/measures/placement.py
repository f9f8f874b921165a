"""Which units are not where they have to be, or where they must not be."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import IntArray, MaskArray


def unlocked(locked: IntArray, territory: IntArray) -> MaskArray:
    """Return which units are locked to a territory (−1 where free) and belong to another or none, ``(n_units,)``."""
    return np.asarray((locked >= 0) & (territory != locked), dtype=bool)


def barred(excluded: csr_array | None, territory: IntArray) -> MaskArray:
    """Return which units are in a territory that they are excluded from, shape ``(n_units,)``.

    `excluded` is sparse of shape ``(n_units, n_territories)``; a negative `territory` is none.
    """
    found = np.zeros(len(territory), bool)
    placed = np.flatnonzero(territory >= 0)
    if excluded is not None and len(placed):
        found[placed] = np.asarray(excluded.tocsr()[placed, territory[placed]], dtype=bool).ravel()
    return found
