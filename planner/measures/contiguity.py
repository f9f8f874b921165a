"""Whether territories hang together."""

from __future__ import annotations

import numpy as np

from planner.arrays import IntArray
from planner.graph import Graph


def surplus_pieces(graph: Graph, territory: IntArray, n_territories: int) -> IntArray:
    """Return how many pieces each territory has beyond one per connected component of the graph it lies in.

    Shape ``(n_territories,)``: 0 everywhere means contiguous. Units with a negative territory are left out.
    """
    _, piece = graph.pieces(territory)
    _, component = graph.pieces(np.zeros(graph.n_units, np.int32))
    placed = territory >= 0

    def kinds(of: IntArray) -> IntArray:
        pairs = np.unique(np.c_[territory[placed], of[placed]], axis=0)
        return np.bincount(pairs[:, 0], minlength=n_territories).astype(np.int32)

    return kinds(piece) - kinds(component)


def pieces(graph: Graph, territory: IntArray, n_territories: int) -> IntArray:
    """Return the number of connected pieces of each territory, shape ``(n_territories,)``."""
    _, piece = graph.pieces(territory)
    placed = territory >= 0
    pairs = np.unique(np.c_[territory[placed], piece[placed]], axis=0)
    return np.bincount(pairs[:, 0], minlength=n_territories).astype(np.int32)
