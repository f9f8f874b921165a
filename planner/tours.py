"""Hours on the way from call to call, estimated from where the calls are.

The shortest tour through ``n`` points spread over an area ``A`` approaches ``0.7124 · √(n·A)`` (Beardwood, Halton and
Hammersley 1959, https://doi.org/10.1017/S0305004100034095; constant: Applegate, Bixby, Chvátal and Cook 2006), the
shortest tree that joins them ``0.6331 · √(n·A)`` (Steele 1988, https://doi.org/10.1214/aop/1176991596; constant:
Cortina-Borja and Robinson 2000, https://doi.org/10.1016/S0167-7152(99)00159-0). Both follow the density of the points
in the same way, so a tour is 1.125 times its tree, whatever the area: the tree is exact and quick to find, and knows
towns from open land, which an area does not. Of the ``n`` legs of a tour a way through the points has ``n − 1``, and it
is never shorter than the tree.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError

from planner.arrays import FloatArray, IntArray, read_only
from planner.measures.separation import travel_hours

TOUR_OVER_TREE = 0.7124 / 0.6331
"""Length of the shortest tour through many points over that of the shortest tree that joins them."""
FEW = 4
"""Places up to which every pair is tried; a triangulation needs more."""
LEAST_HOURS = 1e-9
"""Stands for no time at all: sparse graphs leave out edges of weight 0."""


def leg_hours(xy_m: FloatArray, stated: csr_array | None = None) -> FloatArray:
    """Return the hours of travel that each call of one round takes from the call before, shape ``(n,)``.

    Their sum is the travel of the whole round without the way from home and back. Calls at one place share its leg.

    Parameters
    ----------
    xy_m
        Places of the calls in metres, shape ``(n, 2)``.
    stated
        Hours between pairs of calls that are known, sparse and symmetric of shape ``(n, n)``; others are estimated
        from the straight distance. None where none is known.
    """
    place, position = np.unique(xy_m, axis=0, return_inverse=True)
    at = read_only(np.ravel(position), np.int32)
    if len(place) < 2:
        return np.zeros(len(xy_m))
    a, b = _neighbours(place).T
    hours = travel_hours(np.hypot(*(place[a] - place[b]).T))
    if stated is not None:
        a, b, hours = _with_stated(a, b, hours, at, stated)
    graph = coo_array((np.maximum(hours, LEAST_HOURS), (a, b)), shape=(len(place), len(place)))
    tree = minimum_spanning_tree(csr_array(graph)).tocoo()
    # Each edge of the tree is shared by its two ends.
    of_place = np.bincount(np.r_[tree.row, tree.col], np.r_[tree.data, tree.data] / 2, len(place))
    way_over_tree = max(1.0, TOUR_OVER_TREE * (1.0 - 1.0 / len(place)))
    share: FloatArray = (way_over_tree * of_place / np.bincount(at, minlength=len(place)))[at]
    return share


def _neighbours(place: FloatArray) -> IntArray:
    """Return pairs of places that hold every edge of their shortest tree, shape ``(n_pairs, 2)``, first < second."""
    n = len(place)
    if n <= FEW:
        return np.stack(np.triu_indices(n, 1), axis=1).astype(np.int32)
    try:
        corners = Delaunay(place).simplices
    except QhullError:
        # On one line the tree joins each place to the next.
        order = np.argsort(place @ (place[-1] - place[0]), kind="stable").astype(np.int32)
        return np.sort(np.stack([order[:-1], order[1:]], axis=1), axis=1)
    pairs = np.sort(corners[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2), axis=1)
    return np.unique(pairs, axis=0).astype(np.int32)


def _with_stated(
    a: IntArray, b: IntArray, hours: FloatArray, at: IntArray, stated: csr_array
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs with stated hours in place of estimates, and the stated pairs that were not among them."""
    known = stated.tocoo()
    first, second = np.minimum(at[known.row], at[known.col]), np.maximum(at[known.row], at[known.col])
    apart = first < second
    n = int(at.max()) + 1
    key = np.r_[first[apart].astype(np.int64) * n + second[apart], a.astype(np.int64) * n + b]
    value = np.r_[known.data[apart], hours]
    # Stated pairs stand first, and of several calls at one place the quickest pair counts.
    order = np.lexsort((value, np.repeat([0, 1], [int(apart.sum()), len(a)]), key))
    pair, position = np.unique(key[order], return_index=True)
    return (pair // n).astype(np.int32), (pair % n).astype(np.int32), value[order][position]
