"""The neighbour graph among some units, found without a walk over all of them."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import IntArray
from solvers.model import SearchModel

_components: WeakKeyDictionary[SearchModel, IntArray] = WeakKeyDictionary()


def components(model: SearchModel) -> IntArray:
    """Return the connected component of the whole graph that each unit lies in, shape ``(n_units,)``.

    Remembered as long as the model lives: thousands of small searches ask for it.
    """
    if model not in _components:
        n = model.n_units
        ones = np.ones(len(model.graph_indices), np.int8)
        links = csr_array((ones, model.graph_indices, model.graph_indptr), shape=(n, n))
        _components[model] = connected_components(links, directed=False)[1].astype(np.int32)
    return _components[model]


def links_among(model: SearchModel, members: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return both directions of every border among `members` as positions in it, by ascending first position."""
    place = np.full(model.n_units, -1)
    place[members] = np.arange(len(members))
    first = model.graph_indptr[members].astype(np.int64)
    degree = model.graph_indptr[members + 1] - first
    row = np.repeat(np.arange(len(members)), degree)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(degree) - degree, degree)
    column = place[model.graph_indices[np.repeat(first, degree) + offset]]
    return row[column >= 0], column[column >= 0]
