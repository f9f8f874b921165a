"""The land that points stand for, where no outline comes with them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy.spatial import KDTree

NEIGHBOURS = 8
"""How far it is to this many neighbours tells how dense the points are somewhere."""
REACH = 1.5
"""The outline reaches this many such distances around a point."""
WIDEST_SHARE = 0.03
"""It reaches no farther than this share of the extent of the middle nine tenths of the points."""
LEAST_M = 1000.0
"""It reaches at least this many metres."""
MOST_DISCS = 20_000
"""Points beyond this number are thinned out on a grid first; the outline is no finer anyway."""


def outline_around(xy_m: ArrayLike) -> shapely.Polygon | shapely.MultiPolygon:
    """Return an area that holds all points with room to spare.

    It is drawn close where points are dense and wide where they are sparse; far-off groups get parts of their own, so
    that the sea between them stays out. Holes are filled.

    Parameters
    ----------
    xy_m
        Finite points in metres, shape ``(n, 2)``, at least one.
    """
    places = np.unique(np.asarray(xy_m, dtype=float).reshape(-1, 2), axis=0)
    if not len(places) or not np.isfinite(places).all():
        raise ValueError("an outline needs at least one point, and a place for each")
    low, high = np.quantile(places, [0.05, 0.95], axis=0)
    size = float(np.hypot(*(high - low))) or float(np.hypot(*np.ptp(places, axis=0)))
    widest = max(WIDEST_SHARE * size, LEAST_M)
    grid = widest / 8
    if len(places) > MOST_DISCS:
        _, first = np.unique(np.round(places / grid), axis=0, return_index=True)
        thinned = places[first]
    else:
        thinned, grid = places, 0.0
    neighbours, _ = KDTree(thinned).query(thinned, k=[min(NEIGHBOURS + 1, len(thinned))])
    # A grid cell's diagonal more, so that points that were thinned out lie inside as well.
    reach = np.clip(REACH * neighbours[:, 0], LEAST_M, widest) + 1.5 * grid
    discs = shapely.union_all(shapely.buffer(shapely.points(thinned), reach, quad_segs=4))
    closed = shapely.buffer(shapely.buffer(discs, widest / 2, quad_segs=4), -widest / 2, quad_segs=4)
    whole = shapely.union_all([discs, shapely.simplify(closed, widest / 20)])
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(whole))))
