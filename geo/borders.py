"""Edges of polygons: which are shared exactly, and which run alongside each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SAME_M = 1e-3
"""Vertices that agree to this many metres are one vertex."""
STEEPEST = np.cos(np.radians(30))
"""Edges at a larger angle than this do not run alongside each other."""
LEAST_LENGTH = 4.0
"""Two polygons that match only nearly are neighbours when they do so over this many tolerances."""


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges of polygons.

    Parameters
    ----------
    ends
        Both ends in metres, shape ``(n_edges, 4)``: x, y, x, y.
    owner
        Position of the polygon that each belongs to, shape ``(n_edges,)``.
    """

    ends: FloatArray
    owner: IntArray


def edges_of(shapes: NDArray[np.object_]) -> Edges:
    """Return every edge of every ring of polygons."""
    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[:-1] == ring[1:]
    owner = part_owner[ring_part][ring[:-1][inside]] if len(ring) else np.empty(0, np.int64)
    return Edges(np.c_[xy[:-1][inside], xy[1:][inside]], np.asarray(owner, dtype=np.int64))


def exact_borders(edges: Edges) -> tuple[IntArray, FloatArray, IntArray]:
    """Match edges whose two ends agree.

    Returns
    -------
    pairs, length_m, leftover
        Owners of each matched edge, shape ``(e, 2)``; its length, shape ``(e,)``; positions of the edges that no
        other polygon has.
    """
    n = len(edges.owner)
    if not n:
        return np.empty((0, 2), np.int64), np.empty(0), np.empty(0, np.int64)
    grid = np.round(edges.ends.reshape(-1, 2) / SAME_M)
    _, vertex = np.unique(grid[:, 0] + 1j * grid[:, 1], return_inverse=True)
    one, other = np.sort(vertex.reshape(-1, 2), axis=1).T
    order = np.lexsort((edges.owner, other, one))
    one, other, owner = one[order], other[order], edges.owner[order]
    length = np.hypot(*(edges.ends[order, :2] - edges.ends[order, 2:]).T)
    pairs, lengths, matched = [], [], np.zeros(n, dtype=bool)
    step = 1
    while step < n:
        # With clean polygons an edge has two owners; overlapping ones may have more.
        same = (one[:-step] == one[step:]) & (other[:-step] == other[step:])
        if not same.any():
            break
        two = same & (owner[:-step] != owner[step:])
        pairs.append(np.c_[owner[:-step][two], owner[step:][two]])
        lengths.append(length[:-step][two])
        matched[:-step] |= two
        matched[step:] |= two
        step += 1
    found = np.vstack(pairs) if pairs else np.empty((0, 2), np.int64)
    leftover = order[~matched & (one != other)]
    return found, np.concatenate(lengths) if lengths else np.empty(0), np.sort(leftover)


def near_borders(edges: Edges, tolerance_m: float) -> tuple[IntArray, FloatArray]:
    """Match edges of different polygons that run alongside each other within a tolerance.

    Returns
    -------
    pairs, length_m
        Owners, shape ``(e, 2)``, the smaller one first, and the length over which they do so, seen from either
        side and averaged.
    """
    nothing = np.empty((0, 2), np.int64), np.empty(0)
    if not len(edges.owner) or tolerance_m <= 0:
        return nothing
    start, end = edges.ends[:, :2], edges.ends[:, 2:]
    low = np.minimum(start, end) - tolerance_m / 2
    high = np.maximum(start, end) + tolerance_m / 2
    tree = shapely.STRtree(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))
    edge, beside = tree.query(tree.geometries)
    keep = edges.owner[edge] != edges.owner[beside]
    edge, beside = edge[keep], beside[keep]
    step = end - start
    size = np.hypot(*step.T)
    direction = step / size[:, None]
    keep = np.abs((direction[edge] * direction[beside]).sum(axis=1)) >= STEEPEST
    edge, beside = edge[keep], beside[keep]

    # Ends of the other edge, along and across this one; across is linear in between.
    along, across = [], []
    for point in (start[beside], end[beside]):
        offset = point - start[edge]
        along.append((offset * direction[edge]).sum(axis=1))
        across.append(direction[edge, 0] * offset[:, 1] - direction[edge, 1] * offset[:, 0])
    slope = (across[1] - across[0]) / (along[1] - along[0])
    first, last = np.minimum(along[0], along[1]), np.maximum(along[0], along[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        one = along[0] + (tolerance_m - across[0]) / slope
        other = along[0] + (-tolerance_m - across[0]) / slope
    level = slope == 0
    within = np.abs(across[0]) <= tolerance_m
    one = np.where(level, np.where(within, -np.inf, np.inf), one)
    other = np.where(level, np.inf, other)
    first = np.maximum.reduce([first, np.minimum(one, other), np.zeros(len(edge))])
    last = np.minimum.reduce([last, np.maximum(one, other), size[edge]])
    keep = last > first
    edge, beside, first, last = edge[keep], beside[keep], first[keep], last[keep]
    if not len(edge):
        return nothing

    covered = _covered(edge * (int(edges.owner.max()) + 1) + edges.owner[beside], first, last)
    seen_from = np.c_[edges.owner[edge], edges.owner[beside]]
    pairs, position = np.unique(np.sort(seen_from, axis=1), axis=0, return_inverse=True)
    length = np.bincount(position.ravel(), weights=covered, minlength=len(pairs)) / 2
    keep = length > LEAST_LENGTH * tolerance_m
    return pairs[keep], length[keep]


def _covered(group: IntArray, first: FloatArray, last: FloatArray) -> FloatArray:
    """Return what each stretch adds to the stretches of its group before it, so that overlaps count once."""
    order = np.lexsort((last, first, group))
    group_rank = np.unique(group[order], return_inverse=True)[1]
    # Groups are laid out one after the other on one line, so that one running maximum serves them all.
    shift = group_rank * (float(last.max()) + 1.0)
    begin, finish = first[order] + shift, last[order] + shift
    reached = np.r_[-np.inf, np.maximum.accumulate(finish)[:-1]]
    added = np.empty(len(group))
    added[order] = np.maximum(finish - np.maximum(begin, reached), 0.0)
    return added
