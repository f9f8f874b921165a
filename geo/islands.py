"""Joining pieces that do not hang together by the shortest bridges."""

from __future__ import annotations

from enum import StrEnum

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.adjacency import point_neighbours
from geo.borders import edges_of, exact_borders

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class IslandPolicy(StrEnum):
    """What to do with shapes or points that do not hang together with the rest."""

    NEAREST = "nearest"
    """Join the pieces by the shortest bridges there are, until all hang together."""
    NONE = "none"
    """Leave them apart."""


def join_islands(
    n: int,
    pairs: ArrayLike,
    xy_m: ArrayLike,
    shapes_m: gpd.GeoSeries | None = None,
    policy: IslandPolicy | str = IslandPolicy.NEAREST,
) -> IntArray:
    """Return the bridges that join separate pieces into one.

    Every piece but the largest takes its shortest bridge to another piece, and again until one is left
    (Borůvka's rule), so that the bridges have the least total length.

    Parameters
    ----------
    n
        Number of shapes or points.
    pairs
        Neighbours so far, shape ``(e, 2)``.
    xy_m
        A finite point for each, in metres, shape ``(n, 2)``.
    shapes_m
        Polygons in metres: bridges are then measured between their outlines, not between the points.
    policy
        A name of `IslandPolicy`.

    Returns
    -------
    bridges
        Pairs to add, shape ``(b, 2)``, the smaller position first; b is the number of pieces less one, or 0.
    """
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    xy_m = np.asarray(xy_m, dtype=float).reshape(-1, 2)
    n_pieces, piece = _pieces(n, pairs)
    if IslandPolicy(policy) is IslandPolicy.NONE or n_pieces <= 1:
        return np.empty((0, 2), dtype=np.int64)
    shapes = None if shapes_m is None else shapes_m.to_numpy()
    owner, place = _outposts(xy_m, shapes)
    # The shortest way between any two sets of points is an edge of the triangulation of all of them.
    near = point_neighbours(place)
    length = np.hypot(*(place[near[:, 0]] - place[near[:, 1]]).T)
    near = owner[near]
    tree = None if shapes is None else shapely.STRtree(shapes)
    bridges = np.empty((0, 2), dtype=np.int64)
    while n_pieces > 1:
        between = piece[near[:, 0]] != piece[near[:, 1]]
        near, length = near[between], length[between]
        chosen = _shortest_by_piece(near, length, piece)
        largest = int(np.bincount(piece).argmax())
        found = []
        for at, (edge, bound) in chosen.items():
            if at == largest:
                continue
            members = np.flatnonzero(piece == at)
            exact = _shortest_exactly(tree, members, piece, bound) if tree is not None else None
            found.append(edge if exact is None else exact)
        added = np.unique(np.sort(np.array(found, dtype=np.int64), axis=1), axis=0)
        added = _without_loops(added, piece, n_pieces)
        bridges = np.r_[bridges, added]
        n_pieces, piece = _pieces(n, np.r_[pairs, bridges])
    return bridges[np.lexsort((bridges[:, 1], bridges[:, 0]))]


def _pieces(n: int, pairs: IntArray) -> tuple[int, IntArray]:
    links = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    n_pieces, piece = connected_components(links, directed=False)
    return int(n_pieces), piece.astype(np.int64)


def _outposts(xy_m: FloatArray, shapes: NDArray[np.object_] | None) -> tuple[IntArray, FloatArray]:
    """Return points where bridges may start: the outer vertices of polygons, and the point of each shape."""
    own = np.arange(len(xy_m))
    if shapes is None:
        return own, xy_m
    edges = edges_of(shapes)
    _, _, outer = exact_borders(edges)
    return np.r_[own, edges.owner[outer]], np.r_[xy_m, edges.ends[outer, :2]]


def _shortest_by_piece(
    near: IntArray, length: FloatArray, piece: IntArray
) -> dict[int, tuple[tuple[int, int], float]]:
    """Return the shortest edge that leaves each piece and its length; ties go to the smaller positions."""
    order = np.lexsort((near.max(axis=1), near.min(axis=1), length))
    ends = np.r_[piece[near[order, 0]], piece[near[order, 1]]]
    rank = np.r_[np.arange(len(order)), np.arange(len(order))]
    by_rank = np.argsort(rank, kind="stable")
    found, first = np.unique(ends[by_rank], return_index=True)
    rows = order[rank[by_rank][first]]
    chosen = zip(found.tolist(), near[rows].tolist(), length[rows].tolist(), strict=True)
    return {at: ((one, other), size) for at, (one, other), size in chosen}


def _shortest_exactly(
    tree: shapely.STRtree, members: IntArray, piece: IntArray, bound: float
) -> tuple[int, int] | None:
    """Return the pair of polygons with the least distance from a piece to another, none farther than `bound`."""
    shapes = tree.geometries
    member, other = tree.query(shapes[members], predicate="dwithin", distance=bound)
    member = members[member]
    outside = piece[member] != piece[other]
    member, other = member[outside], other[outside]
    if not len(member):
        return None
    distance = shapely.distance(shapes[member], shapes[other])
    best = np.lexsort((other, member, distance))[0]
    return int(member[best]), int(other[best])


def _without_loops(added: IntArray, piece: IntArray, n_pieces: int) -> IntArray:
    """Return the bridges that still join something, one after the other: equal lengths may close a ring."""
    root = np.arange(n_pieces)

    def find(at: int) -> int:
        while root[at] != at:
            root[at] = root[root[at]]
            at = int(root[at])
        return at

    kept = []
    for a, b in added.tolist():
        one, other = find(int(piece[a])), find(int(piece[b]))
        if one != other:
            root[one] = other
            kept.append((a, b))
    return np.array(kept, dtype=np.int64).reshape(-1, 2)
