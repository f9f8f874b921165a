"""Sets of units as bits in words of 64, for searches that ask millions of times what hangs together."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.arrays import IntArray

Mask = NDArray[np.uint64]
"""Bits of units, shape ``(n_words,)``, or one row of bits per set, ``(n_sets, n_words)``."""

ONE, NONE = np.uint64(1), np.uint64(0)
SIX, LAST = 6, 63


@nb.njit(cache=True, nogil=True, inline="always")
def has(mask: Mask, unit: int) -> bool:
    """Return whether `unit` is in."""
    return bool((mask[unit >> SIX] >> np.uint64(unit & LAST)) & ONE)


@nb.njit(cache=True, nogil=True, inline="always")
def put(mask: Mask, unit: int) -> None:
    """Put `unit` in."""
    mask[unit >> SIX] |= ONE << np.uint64(unit & LAST)


@nb.njit(cache=True, nogil=True, inline="always")
def drop(mask: Mask, unit: int) -> None:
    """Take `unit` out."""
    mask[unit >> SIX] &= ~(ONE << np.uint64(unit & LAST))


@nb.njit(cache=True, nogil=True)
def lowest(word: np.uint64) -> int:
    """Return the place of the lowest bit of a word that is not zero."""
    place = 0
    for half in (32, 16, 8, 4, 2, 1):
        if word & ((ONE << np.uint64(half)) - ONE) == NONE:
            place += half
            word >>= np.uint64(half)
    return place


@nb.njit(cache=True, nogil=True)
def flood(root: int, may: Mask, beside: Mask, seen: Mask, fresh: Mask) -> None:
    """Fill `seen` with `root` and what hangs together with it among the units that `may`; `fresh` is scratch space."""
    words = len(may)
    seen[:] = NONE
    fresh[:] = NONE
    put(seen, root)
    put(fresh, root)
    again = True
    while again:
        again = False
        for word in range(words):
            while fresh[word] != NONE:
                unit = (word << SIX) + lowest(fresh[word])
                fresh[word] &= fresh[word] - ONE
                for other in range(words):
                    new = beside[unit, other] & may[other] & ~seen[other]
                    seen[other] |= new
                    fresh[other] |= new
                again = True


def words_for(n_units: int) -> int:
    """Return the words that hold a bit per unit."""
    return (n_units + LAST) // (LAST + 1)


def neighbour_masks(links: csr_array) -> Mask:
    """Return the neighbours of each unit, shape ``(n_units, n_words)``.

    Parameters
    ----------
    links
        Neighbours, sparse ``(n_units, n_units)``, symmetric.
    """
    n = links.shape[0]
    beside = np.zeros((n, words_for(n)), np.uint64)
    rows = np.repeat(np.arange(n), np.diff(links.indptr))
    bits = np.left_shift(ONE, (links.indices & LAST).astype(np.uint64))
    np.bitwise_or.at(beside, (rows, links.indices >> SIX), bits)
    return beside


def units_of(mask: Mask, n_units: int) -> IntArray:
    """Return the units of one set, ascending."""
    unit = np.arange(n_units, dtype=np.int32)
    inside: IntArray = unit[(mask[unit >> SIX] >> (unit & LAST).astype(np.uint64)) & ONE == ONE]
    return inside
