"""Which polygons share a border and how long it is; which points are neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import Delaunay, QhullError

from geo.borders import Edges, edges_of, exact_borders, near_borders

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Shapes = NDArray[np.object_]

TOLERANCE_SHARE = 1e-3
"""Gaps and overlaps up to this share of a typical polygon's width are drawing errors, not water."""
LONG_EDGE = 3.0
"""A Delaunay edge that is not Gabriel's is kept up to this many times the usual edge length at its ends."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Pairs of neighbouring shapes.

    Parameters
    ----------
    pairs
        Positions, shape ``(e, 2)``, the smaller one first, ascending, each pair once.
    length_m
        Length of the shared border in metres, shape ``(e,)``; 0 for shapes that touch in points only.
    """

    pairs: IntArray
    length_m: FloatArray


def shared_borders(
    shapes_m: gpd.GeoSeries, tolerance_m: float | None = None, queen: bool = False
) -> Neighbours:
    """Find the polygons that share a border, with the length of it.

    Edges with the same two ends are shared exactly. Edges that are left over are compared with leftover edges nearby
    that run alongside within the tolerance, so vertices that only one neighbour has, small gaps and small overlaps do
    not part neighbours. Polygons that lie over each other are neighbours along half the outline of what they share.

    Parameters
    ----------
    shapes_m
        Polygons in metres; empty ones have no neighbours.
    tolerance_m
        Widest gap or overlap to bridge, in metres; by default a thousandth of the median polygon's width.
    queen
        Whether polygons that touch in a point only are neighbours, too.
    """
    shapes = shapes_m.to_numpy()
    area = shapely.area(shapes)
    if tolerance_m is None:
        width = np.sqrt(area[area > 0])
        tolerance_m = TOLERANCE_SHARE * float(np.median(width)) if len(width) else 0.0
    edges = edges_of(shapes)
    exact, length, leftover = exact_borders(edges)
    near, near_length = near_borders(Edges(edges.ends[leftover], edges.owner[leftover]), tolerance_m)
    pairs, length = _summed(np.r_[exact, near], np.r_[length, near_length])
    usable = np.flatnonzero(area > 0)
    touching = shapely.STRtree(shapes[usable]).query(
        shapes[usable], predicate="dwithin", distance=tolerance_m
    )
    touching = usable[touching.T]
    touching = touching[touching[:, 0] < touching[:, 1]]
    n = len(shapes)
    touching = touching[~np.isin(touching @ [n, 1], pairs @ [n, 1])]
    overlap = _overlap_length(shapes[touching[:, 0]], shapes[touching[:, 1]], tolerance_m)
    found = np.ones(len(touching), dtype=bool) if queen else overlap > 0
    return Neighbours(*_summed(np.r_[pairs, touching[found]], np.r_[length, overlap[found]]))


def _overlap_length(one: Shapes, other: Shapes, tolerance_m: float) -> FloatArray:
    """Return half the outline of what two polygons have in common; 0 where that is no wider than the tolerance."""
    shared = shapely.intersection(one, other)
    half = shapely.length(shared) / 2
    return np.where(shapely.area(shared) > tolerance_m * half, half, 0.0)


def _summed(pairs: IntArray, length: FloatArray) -> tuple[IntArray, FloatArray]:
    pairs, position = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
    return pairs, np.bincount(position.ravel(), weights=length, minlength=len(pairs))


def point_neighbours(xy_m: ArrayLike) -> IntArray:
    """Link points with the points around them, so that all hang together.

    The Delaunay triangulation, without the long edges that it draws along the hull and across empty land: an edge
    stays when no other point lies in the circle over it (Gabriel's rule; these edges hold the shortest spanning tree,
    so everything stays connected), or when it is at most three times as long as the median such edge at both its ends.
    Points at one place are linked in a chain; points on one line are linked in their order.

    Parameters
    ----------
    xy_m
        Finite points in metres, shape ``(n, 2)``.

    Returns
    -------
    pairs
        Positions, shape ``(e, 2)``, the smaller one first, ascending, each pair once.

    References
    ----------
    Gabriel and Sokal 1969, doi:10.2307/2412323.
    """
    xy_m = np.asarray(xy_m, dtype=float).reshape(-1, 2)
    if not np.isfinite(xy_m).all():
        bad = int(np.flatnonzero(~np.isfinite(xy_m).all(axis=1))[0])
        raise ValueError(f"point {bad} has no place; leave such points out")
    distinct, first, place = np.unique(xy_m, axis=0, return_index=True, return_inverse=True)
    place = place.ravel()
    order = np.argsort(place, kind="stable")
    same = place[order[:-1]] == place[order[1:]]
    chained = np.c_[order[:-1][same], order[1:][same]]
    linked = first[_distinct_neighbours(distinct)]
    pairs = np.sort(np.r_[chained, linked].astype(np.int64), axis=1)
    return np.unique(pairs, axis=0)


def _distinct_neighbours(xy: FloatArray) -> IntArray:
    if len(xy) < 2:
        return np.empty((0, 2), dtype=np.int64)
    centred = xy - xy.mean(axis=0)
    centred /= np.abs(centred).max()
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    along = np.argsort(centred @ axes[0], kind="stable")
    in_a_row = np.c_[along[:-1], along[1:]]
    if len(xy) == 2 or spread[1] <= 1e-9 * spread[0]:
        return in_a_row
    try:
        triangulation = Delaunay(centred)
    except QhullError:  # points so nearly on a line that no triangle can be told from it
        return in_a_row
    edges = _pruned(centred, triangulation.simplices)
    # Points too close to another one to be told apart are left out of the triangulation.
    return np.r_[edges, triangulation.coplanar[:, [0, 2]]]


def _pruned(xy: FloatArray, triangles: NDArray[np.int32]) -> IntArray:
    corners = np.vstack([triangles[:, [0, 1, 2]], triangles[:, [1, 2, 0]], triangles[:, [2, 0, 1]]]).astype(
        np.int64
    )
    a, b, opposite = corners.T
    # The opposite corner lies inside the circle over the edge when it sees the edge at more than a right angle.
    seen = ((xy[a] - xy[opposite]) * (xy[b] - xy[opposite])).sum(axis=1)
    key, position = np.unique(np.minimum(a, b) * len(xy) + np.maximum(a, b), return_inverse=True)
    edges = np.c_[np.divmod(key, len(xy))]
    length = np.hypot(*(xy[edges[:, 0]] - xy[edges[:, 1]]).T)
    inside = np.zeros(len(key), dtype=bool)
    np.logical_or.at(inside, position, seen < -1e-12 * length[position] ** 2)
    usual = _median_by_end(edges[~inside], length[~inside], len(xy))
    short = length <= LONG_EDGE * np.minimum(usual[edges[:, 0]], usual[edges[:, 1]])
    return edges[~inside | short]


def _median_by_end(edges: IntArray, length: FloatArray, n: int) -> FloatArray:
    """Return the (lower) median length of the edges at each point; 0 where it has none."""
    end, both = edges.T.ravel(), np.r_[length, length]
    order = np.lexsort((both, end))
    count = np.bincount(end, minlength=n)
    start = np.cumsum(count) - count
    median = np.zeros(n)
    has = count > 0
    median[has] = both[order][(start + (count - 1) // 2)[has]]
    return median
