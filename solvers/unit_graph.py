"""Links between units that have a place but no neighbour graph: along them the search moves units.

Nearest units alone fall into clusters that nothing could move between, so clusters are linked to each other. Units at
one place, many accounts in one building, say, are linked in a chain and share the links of their place, so that
the number of links stays linear in units however many share a place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError, cKDTree

from planner.arrays import FloatArray
from planner.graph import Graph

NEAREST, NEAREST_OF_MANY = 8, 6
"""Nearest places that a place is linked to: of few, and of many."""
MANY = 20_000
"""Places above which a triangulation of all of them would cost more than it helps."""

PairArray = NDArray[np.int64]


def unit_graph(xy_m: FloatArray) -> Graph:
    """Return a graph without gaps that links each unit to some near ones.

    Parameters
    ----------
    xy_m
        Positions in metres, shape ``(n_units, 2)``.
    """
    n = len(xy_m)
    _, first, place = np.unique(xy_m[:, 0] + 1j * xy_m[:, 1], return_index=True, return_inverse=True)
    spot = xy_m[first]
    pairs = _nearest(spot, NEAREST_OF_MANY if len(spot) > MANY else NEAREST)
    if len(spot) <= MANY:
        pairs = np.vstack([pairs, _triangulation(spot)])
    links = _symmetric(pairs, len(spot))
    for link in (_between_clusters, _chain):
        count, cluster = connected_components(links, directed=False)
        if count == 1:
            break
        links = _symmetric(np.vstack([_pairs_of(links), link(spot, cluster)]), len(spot))
    # Places come sorted: units have numbers of their own, also where each has a place to itself.
    links = _symmetric(_spread_over_units(_pairs_of(links), links, place, first), n)
    length_m = np.zeros(links.nnz)
    length_m.setflags(write=False)
    return Graph(links.indptr, links.indices, length_m)


def _nearest(spot: FloatArray, count: int) -> PairArray:
    """Return pairs of each place and its nearest ones."""
    count = min(count + 1, len(spot))
    if count < 2:
        return np.empty((0, 2), np.int64)
    _, near = cKDTree(spot).query(spot, k=count, workers=2)
    others = np.asarray(near)[:, 1:].ravel()
    return np.stack([np.repeat(np.arange(len(spot)), count - 1), others], axis=1)


def _triangulation(spot: FloatArray) -> PairArray:
    """Return the edges of the Delaunay triangulation; none where the places lie on one line."""
    try:
        triangles = Delaunay(spot).simplices
    except (QhullError, ValueError):
        return np.empty((0, 2), np.int64)
    return np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]).astype(np.int64)


def _between_clusters(spot: FloatArray, cluster: NDArray[np.int32]) -> PairArray:
    """Return edges of the triangulation of the outermost places of each cluster, where they join two clusters."""
    corners = []
    for axis in (0, 1):
        order = np.lexsort((spot[:, axis], cluster))
        begins = np.flatnonzero(np.diff(cluster[order], prepend=-1))
        corners += [order[begins], order[np.r_[begins[1:], len(order)] - 1]]
    corner = np.unique(np.concatenate(corners))
    pairs: PairArray = corner[_triangulation(spot[corner])]
    apart: PairArray = pairs[cluster[pairs[:, 0]] != cluster[pairs[:, 1]]]
    return apart


def _chain(spot: FloatArray, cluster: NDArray[np.int32]) -> PairArray:
    """Return pairs that join all clusters one after the other: what is left where no triangulation exists."""
    order = np.lexsort((spot[:, 1], spot[:, 0]))
    pairs = np.stack([order[:-1], order[1:]], axis=1)
    apart: PairArray = pairs[cluster[pairs[:, 0]] != cluster[pairs[:, 1]]]
    return apart


def _spread_over_units(
    pairs: PairArray, links: csr_array, place: NDArray[np.intp], first: NDArray[np.intp]
) -> PairArray:
    """Return pairs of units: those of places between first units, a chain in each place, and a link out of each unit.

    The units of one place take its links in turn.
    """
    order = np.argsort(place, kind="stable")
    sorted_place = place[order]
    size = np.bincount(place)
    begin = np.r_[0, np.cumsum(size)[:-1]]
    rank = np.arange(len(order)) - begin[sorted_place]
    later = rank > 0
    chain = np.stack([order[:-1][later[1:]], order[1:][later[1:]]], axis=1)
    degree = np.diff(links.indptr)
    goes_out = later & (degree[sorted_place] > 0)
    here, turn = sorted_place[goes_out], rank[goes_out]
    there = links.indices[links.indptr[here] + turn % degree[here]]
    out = np.stack([order[goes_out], order[begin[there] + turn % size[there]]], axis=1)
    return np.vstack([first[pairs], chain, out])


def _pairs_of(links: csr_array) -> PairArray:
    return np.stack(links.nonzero(), axis=1).astype(np.int64)


def _symmetric(pairs: PairArray, n: int) -> csr_array:
    """Return both directions of `pairs`, each once, neighbours ascending."""
    pairs = pairs[pairs[:, 0] != pairs[:, 1]].astype(np.int32)
    one = csr_array(coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n)))
    both = csr_array(one + one.T)
    both.sum_duplicates()
    both.sort_indices()
    return both
