"""Positions of things by the label they carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.arrays import IntArray, MaskArray


class Groups:
    """Positions by label, ascending within each label, so that sums over them add up in the order of the whole.

    Parameters
    ----------
    label
        Label of each position, shape ``(n,)``; what has a negative one is in no group.
    n_labels
        Number of labels.
    """

    def __init__(self, label: NDArray[np.integer], n_labels: int) -> None:
        self._order = np.argsort(label, kind="stable").astype(np.int32)
        self._first = np.searchsorted(label[self._order], np.arange(n_labels + 1))

    def __getitem__(self, label: int) -> IntArray:
        return self._order[self._first[label] : self._first[label + 1]]


def without(members: IntArray, goes: MaskArray) -> IntArray:
    """Return `members` that do not go; `goes` has an entry for every position."""
    return members[~goes[members]]


def joined(members: IntArray, come: IntArray) -> IntArray:
    """Return `members` and those that come, ascending."""
    return np.sort(np.concatenate([members, come])).astype(np.int32)
