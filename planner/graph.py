"""The neighbour graph of basic units and what contiguity means on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, IntArray, read_only


@dataclass(frozen=True, eq=False)
class Graph:
    """Undirected neighbour graph in compressed rows; both directions of every border are stored.

    Parameters
    ----------
    indptr
        Row starts, shape ``(n_units + 1,)``.
    indices
        Neighbours, shape ``(2 · n_borders,)``, ascending within a row, no unit beside itself.
    length_m
        Length of the shared border in metres, shape ``(2 · n_borders,)``; 0 for neighbours that touch in a
        point, were joined by a bridge, or are neighbours by declaration.
    """

    indptr: IntArray
    indices: IntArray
    length_m: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "indptr", read_only(self.indptr, np.int32))
        object.__setattr__(self, "indices", read_only(self.indices, np.int32))
        object.__setattr__(self, "length_m", read_only(self.length_m, np.float64))

    @classmethod
    def from_edges(cls, n_units: int, edges: ArrayLike, length_m: ArrayLike | None = None) -> Graph:
        """Build the graph from pairs of unit positions.

        Parameters
        ----------
        n_units
            Number of basic units.
        edges
            Pairs of positions, shape ``(n_borders, 2)``, in any order; loops are dropped, repeated borders are
            merged and their lengths kept as the largest one stated.
        length_m
            Metres of shared border per pair, shape ``(n_borders,)``; zeros when absent.
        """
        pair = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
        length = np.zeros(len(pair)) if length_m is None else np.asarray(length_m, dtype=np.float64)
        keep = pair[:, 0] != pair[:, 1]
        low, high = np.sort(pair[keep], axis=1).T
        key, position = np.unique(low * n_units + high, return_inverse=True)
        merged = np.zeros(len(key))
        np.maximum.at(merged, position, length[keep])
        low, high = np.divmod(key, max(n_units, 1))
        row, column = np.r_[low, high], np.r_[high, low]
        order = np.lexsort((column, row))
        indptr = np.zeros(n_units + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=n_units), out=indptr[1:])
        return cls(indptr.astype(np.int32), column[order].astype(np.int32), np.r_[merged, merged][order])

    @property
    def n_units(self) -> int:
        """Number of basic units."""
        return len(self.indptr) - 1

    @cached_property
    def rows(self) -> IntArray:
        """Unit that each entry of `indices` belongs to, shape ``(2 · n_borders,)``."""
        return read_only(np.repeat(np.arange(self.n_units), np.diff(self.indptr)), np.int32)

    def neighbours(self, unit: int) -> IntArray:
        """Return the neighbours of one unit."""
        return self.indices[self.indptr[unit] : self.indptr[unit + 1]]

    def edges(self) -> tuple[NDArray[np.int32], FloatArray]:
        """Return every border once: pairs of shape ``(n_borders, 2)`` and their lengths in metres."""
        once = self.rows < self.indices
        return np.c_[self.rows[once], self.indices[once]], self.length_m[once]

    def linked(self, group: IntArray) -> Graph:
        """Return the graph with each unit of a group linked to the next one of the same group.

        Parameters
        ----------
        group
            Group of each unit, shape ``(n_units,)``; −1 for none.
        """
        grouped = np.flatnonzero(group >= 0)
        order = grouped[np.argsort(group[grouped], kind="stable")]
        same = group[order[:-1]] == group[order[1:]]
        edges, length_m = self.edges()
        fresh = np.c_[order[:-1][same], order[1:][same]]
        return Graph.from_edges(
            self.n_units, np.vstack([edges, fresh]), np.r_[length_m, np.zeros(len(fresh))]
        )

    def pieces(self, territory: IntArray) -> tuple[int, IntArray]:
        """Return the connected pieces when only borders inside a territory remain.

        Returns
        -------
        n_pieces, piece
            Number of pieces and the piece of each unit, shape ``(n_units,)``.
        """
        inside = territory[self.rows] == territory[self.indices]
        row, column = self.rows[inside], self.indices[inside]
        links = coo_array((np.ones(len(row), np.int8), (row, column)), shape=(self.n_units, self.n_units))
        n_pieces, piece = connected_components(links, directed=False)
        return int(n_pieces), piece.astype(np.int32)

    def __getstate__(self) -> dict[str, object]:
        return {"indptr": self.indptr, "indices": self.indices, "length_m": self.length_m}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self.__post_init__()
