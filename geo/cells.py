"""Dividing an area among points: every place goes to the nearest one."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.adjacency import shared_borders
from geo.dissolve import join
from geo.locate import locate
from geo.rings import POLYGONAL, mended, polygonal

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Shapes = NDArray[np.object_]

GRID_DIGITS = 6
"""Vertices are rounded to this many decimals of a metre, so that neighbours that were clipped apart agree on them."""
INSET = 1e-3
"""Points outside move this share of a part's width inside its edge, so that they get a cell of their own."""


def cells(xy_m: ArrayLike, outline: shapely.Geometry) -> gpd.GeoSeries:
    """Divide an outline into one cell per point (Voronoi cells, clipped).

    The cells tile the outline: no gaps, no overlaps, neighbours share their vertices, and outer edges follow the
    outline, so that `geo.adjacency.shared_borders` finds neighbours inside and beyond it. Each part of the outline is
    divided among its own points; a part without points goes to the nearest point. A piece that a bend of the outline
    cuts off from its point goes to the neighbour that it shares the longest border with, so within one part
    every cell hangs together.

    Parameters
    ----------
    xy_m
        Distinct points in metres, shape ``(n, 2)``. Points outside count as at the nearest place of the outline.
    outline
        Polygon or multipolygon in metres.

    Returns
    -------
    cells
        Polygon or multipolygon of each point, length n.

    Raises
    ------
    ValueError
        For no points, points that are not finite or coincide, or an outline without area.
    """
    xy_m = np.asarray(xy_m, dtype=float).reshape(-1, 2)
    _validate(xy_m, outline)
    outline = polygonal(_on_grid(mended(np.array([outline])))[0])
    parts = shapely.get_parts(outline)
    part_of_point = locate(xy_m, gpd.GeoSeries(parts), tolerance_m=np.inf)
    xy_m = _moved_inside(xy_m, parts, part_of_point)
    out = np.empty(len(xy_m), dtype=object)
    empty_parts = []
    for at, part in enumerate(parts):
        members = np.flatnonzero(part_of_point == at)
        if len(members):
            out[members] = _divide(xy_m[members], part)
        else:
            empty_parts.append(part)
    if empty_parts:
        spare, nearest = shapely.STRtree(shapely.points(xy_m)).query_nearest(empty_parts, all_matches=False)
        for part, point in zip(spare, nearest, strict=True):
            out[point] = join(np.r_[shapely.get_parts(out[point]), empty_parts[part]])
    return gpd.GeoSeries(out)


def _validate(xy_m: FloatArray, outline: shapely.Geometry) -> None:
    if not len(xy_m):
        raise ValueError("there are no points to divide the outline among")
    if not np.isfinite(xy_m).all():
        bad = int(np.flatnonzero(~np.isfinite(xy_m).all(axis=1))[0])
        raise ValueError(f"point {bad} has no place; leave such points out")
    _, place = np.unique(xy_m, axis=0, return_inverse=True)
    order = np.argsort(place.ravel(), kind="stable")
    same = np.flatnonzero(np.diff(place.ravel()[order]) == 0)
    if len(same):
        one, other = order[same[0]], order[same[0] + 1]
        raise ValueError(
            f"{len(same)} point(s) coincide with another, points {one} and {other} first; merge them"
        )
    if outline is None or shapely.get_type_id(outline) not in POLYGONAL or not outline.area > 0:
        raise ValueError("the outline has no area")


def _moved_inside(xy_m: FloatArray, parts: Shapes, part_of_point: IntArray) -> FloatArray:
    """Return the points with those outside their part moved a little inside its nearest edge, still all distinct."""
    outside = ~shapely.intersects(parts[part_of_point], shapely.points(xy_m))
    moved = xy_m.copy()
    for at in np.unique(part_of_point[outside]):
        step = INSET * float(np.sqrt(parts[at].area))
        core = shapely.buffer(parts[at], -step)
        edges = shapely.get_rings(shapely.get_parts(parts[at] if core.is_empty else core))
        rows = np.flatnonzero(outside & (part_of_point == at))
        points = shapely.points(xy_m[rows])
        edge = edges[shapely.distance(edges[:, None], points[None]).argmin(axis=0)]
        along = shapely.line_locate_point(edge, points)
        crowded = np.ones(len(rows), dtype=bool)
        while crowded.any():
            places = shapely.line_interpolate_point(edge, along % shapely.length(edge))
            moved[rows] = shapely.get_coordinates(places)
            # Points that reach the same place line up along the edge.
            crowded = _repeated(moved, rows)
            along[crowded] += step * np.arange(1, crowded.sum() + 1)
    return moved


def _repeated(xy_m: FloatArray, rows: IntArray) -> NDArray[np.bool_]:
    """Return which of the rows share their place with a point that is not among them, or with an earlier row."""
    order = np.r_[np.setdiff1d(np.arange(len(xy_m)), rows), rows]
    _, first = np.unique(np.round(xy_m[order], GRID_DIGITS), axis=0, return_index=True)
    return ~np.isin(rows, order[first])


def _divide(xy_m: FloatArray, part: shapely.Polygon) -> Shapes:
    if len(xy_m) == 1:
        return np.array([part], dtype=object)
    reach = shapely.box(*shapely.total_bounds([part, shapely.multipoints(xy_m)])).buffer(1.0)
    whole = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(xy_m), extend_to=reach, ordered=True)
    )
    shapely.prepare(part)
    clipped = whole.copy()
    crossing = np.flatnonzero(~shapely.contains_properly(part, whole))
    clipped[crossing] = shapely.intersection(whole[crossing], part)
    clipped = _on_grid(clipped)
    clipped[crossing] = [polygonal(cell) for cell in clipped[crossing]]
    return _hanging_together(clipped, shapely.points(xy_m))


def _on_grid(shapes: Shapes) -> Shapes:
    return mended(shapely.transform(shapes, lambda xy: np.round(xy, GRID_DIGITS)))


def _hanging_together(clipped: Shapes, points: Shapes) -> Shapes:
    """Give pieces cut off from their point to the neighbour with the longest common border."""
    if (shapely.get_num_geometries(clipped) <= 1).all():
        return clipped
    pieces, origin = shapely.get_parts(clipped, return_index=True)
    away = shapely.distance(pieces, points[origin])
    body = np.full(len(clipped), -1)
    order = np.lexsort((-shapely.area(pieces), away, origin))
    found, first = np.unique(origin[order], return_index=True)
    body[found] = order[first]
    owner = np.full(len(pieces), -1)
    owner[body[found]] = found
    border = shared_borders(gpd.GeoSeries(pieces), tolerance_m=1e-3)
    one, other = np.r_[border.pairs, border.pairs[:, ::-1]].T
    length = np.r_[border.length_m, border.length_m]
    while (loose := owner < 0).any():
        usable = loose[one] & ~loose[other]
        if not usable.any():
            owner[loose] = origin[loose]
            break
        piece, neighbour, size = one[usable], other[usable], length[usable]
        order = np.lexsort((neighbour, -size, piece))
        settled, first = np.unique(piece[order], return_index=True)
        owner[settled] = owner[neighbour[order][first]]
    out = clipped.copy()
    changed = np.unique(np.r_[owner[owner != origin], origin[owner != origin]])
    for at in changed:
        out[at] = join(pieces[owner == at])
    return out
