"""Connected pieces of territories on the scaled model."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import IntArray
from solvers.model import SearchModel


def pieces(model: SearchModel, label: IntArray) -> tuple[int, IntArray]:
    """Return the connected pieces when only links inside a label remain.

    Returns
    -------
    n_pieces, piece
        Number of pieces and the piece of each unit, shape ``(n_units,)``.
    """
    rows = np.repeat(np.arange(model.n_units), np.diff(model.graph_indptr))
    inside = label[rows] == label[model.graph_indices]
    links = (np.ones(int(inside.sum()), np.int8), (rows[inside], model.graph_indices[inside]))
    n_pieces, piece = connected_components(coo_array(links, shape=(model.n_units,) * 2), directed=False)
    return int(n_pieces), np.asarray(piece, dtype=np.int32)


def surplus_pieces(model: SearchModel, label: IntArray) -> int:
    """Return how many pieces there are beyond one per territory and component of the graph it lies in.

    0 where territories need not hang together.
    """
    if not model.contiguous:
        return 0
    n_pieces, _ = pieces(model, label)
    _, component = pieces(model, np.zeros(model.n_units, np.int32))
    return n_pieces - len(np.unique(label.astype(np.int64) * model.n_units + component))
