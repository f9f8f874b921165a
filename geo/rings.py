"""Rings on the globe: the antimeridian, the poles, long edges, and mending what projecting breaks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Shapes = NDArray[np.object_]
PointMap = Callable[[FloatArray], FloatArray]

POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
FAR_M = 1e8
"""Beyond every projected coordinate."""
ROUNDING_DEG = 1e-9
"""What goes beyond 180° by less than this came from rounding."""
AT_POLE_M = 0.01
"""A vertex this near to a pole is the pole."""


def polygonal(shape: shapely.Geometry | None) -> shapely.Geometry:
    """Return the polygons of a shape as a polygon or multipolygon; an empty polygon where it has none."""
    if shape is None:
        return shapely.Polygon()
    if shapely.get_type_id(shape) in POLYGONAL:
        return shape
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.union_all(parts) if len(parts) else shapely.Polygon()


def made_valid(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a broken shape as a valid polygon or multipolygon."""
    fixed = polygonal(shapely.make_valid(shape, method="structure", keep_collapsed=False))
    # GEOS 3.14 may leave polygons that share an edge; joined, they are valid.
    return fixed if fixed.is_valid else polygonal(shapely.union_all(shapely.get_parts(fixed)))


def mended(shapes: Shapes) -> Shapes:
    """Return shapes with the broken polygons among them made valid and kept as polygons only."""
    shapes = np.array(shapes, dtype=object)
    broken = np.isin(shapely.get_type_id(shapes), POLYGONAL) & ~shapely.is_valid(shapes)
    for at in np.flatnonzero(broken):
        shapes[at] = made_valid(shapes[at])
    return shapes


def split_long_edges(shapes: Shapes, longest: float) -> Shapes:
    """Divide the edges of polygons longer than `longest`, evenly and whatever their direction.

    Two neighbours that run along one edge in opposite directions get the same new vertices, bit for bit, which
    `shapely.segmentize` does not promise.
    """
    shapes = np.array(shapes, dtype=object)
    rows = np.flatnonzero(np.isin(shapely.get_type_id(shapes), POLYGONAL) & ~shapely.is_empty(shapes))
    if not len(rows):
        return shapes
    parts, owner = shapely.get_parts(shapes[rows], return_index=True)
    xy, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
    step = np.diff(xy, axis=0)
    pieces = np.maximum(np.ceil(np.hypot(step[:, 0], step[:, 1]) / longest), 1).astype(np.int64)
    pieces[np.diff(ring) > 0] = 1  # from the end of one ring to the start of the next there is no edge
    if (pieces == 1).all():
        return shapes
    backwards = (step[:, 0] < 0) | ((step[:, 0] == 0) & (step[:, 1] < 0))
    first = np.where(backwards[:, None], xy[1:], xy[:-1])
    last = np.where(backwards[:, None], xy[:-1], xy[1:])
    edge = np.repeat(np.arange(len(step)), pieces)
    part = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    fraction = np.where(backwards[edge], pieces[edge] - part, part) / pieces[edge]
    between = first[edge] + (last - first)[edge] * fraction[:, None]
    between[part == 0] = xy[:-1]
    xy, ring = np.r_[between, xy[-1:]], np.r_[ring[:-1][edge], ring[-1]]
    offsets = (
        np.r_[0, np.cumsum(np.bincount(ring))],
        np.r_[0, np.cumsum(1 + shapely.get_num_interior_rings(parts))],
        np.r_[0, np.cumsum(np.bincount(owner))],
    )
    rebuilt = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, xy, offsets)
    shapes[rows] = np.where(np.bincount(owner) == 1, shapely.get_geometry(rebuilt, 0), rebuilt)
    return shapes


def whole_shapes(shapes: Shapes, centre: float) -> Shapes:
    """Return shapes in degrees with each one in one piece and around the meridian `centre` as far as possible.

    Rings whose edges jump between ±180 are unwrapped, parts are moved by whole turns next to each other, and
    parts that were cut at the antimeridian are joined.
    """
    shapes = np.array(shapes, dtype=object)
    low, _, high, _ = shapely.bounds(shapes).T
    with np.errstate(invalid="ignore"):
        moved = (low < centre - 180) | (high > centre + 180) | (high - low > 180)
    for at in np.flatnonzero(moved):
        shapes[at] = _whole(shapes[at], centre)
    return shapes


def _whole(shape: shapely.Geometry, centre: float) -> shapely.Geometry:
    parts = mended(
        np.array([shapely.transform(part, _unwrapped) for part in shapely.get_parts(shape)], dtype=object)
    )
    low, _, high, _ = shapely.bounds(parts).T
    middle = (low + high) / 2
    ordered = np.sort(middle % 360)
    gap = np.diff(np.r_[ordered, ordered[0] + 360])
    start = ordered[(int(gap.argmax()) + 1) % len(ordered)]
    placed = start + (middle - start) % 360
    weight = high - low + 1e-9
    placed -= 360 * np.round((np.average(placed, weights=weight) - centre) / 360)
    turn = np.round((placed - middle) / 360)
    moved = [_shifted(part, 360 * by) for part, by in zip(parts, turn, strict=True)]
    if len(moved) == 1:
        return moved[0]
    if (turn != turn[0]).any() and shapely.get_type_id(shape) in POLYGONAL:
        return shapely.union_all(moved)
    return type(shape)(moved)


def _shifted(shape: shapely.Geometry, by: float) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: xy + np.array([by, 0.0])) if by else shape


def _unwrapped(xy: FloatArray) -> FloatArray:
    """Return the coordinates of one part without jumps over the antimeridian.

    A ring with an edge across the whole width of the map, −180 to 180 as around a pole, is meant as it stands.
    """
    jump = np.abs(np.diff(xy[:, 0]))
    if not ((jump > 180) & (jump < 360)).any() or (jump >= 360).any():
        return xy
    return xy + np.c_[np.where(xy[:, 0] < 0, 360.0, 0.0), np.zeros(len(xy))]


def split_at_antimeridian(shapes: Shapes) -> Shapes:
    """Return shapes in degrees cut at ±180, with every longitude within ±180, as RFC 7946 (3.1.9) wants them."""
    shapes = np.array(shapes, dtype=object)
    low, _, high, _ = shapely.bounds(shapes).T
    with np.errstate(invalid="ignore"):
        rounded = ((low < -180) & (low > -180 - ROUNDING_DEG)) | ((high > 180) & (high < 180 + ROUNDING_DEG))
        outside = (low <= -180 - ROUNDING_DEG) | (high >= 180 + ROUNDING_DEG)
    shapes[rounded] = mended(shapely.transform(shapes[rounded], _at_most_rounded))
    for at in np.flatnonzero(outside):
        turns = range(int(np.floor((low[at] + 180) / 360)), int(np.ceil((high[at] - 180) / 360)) + 1)
        cuts = [
            _shifted(
                shapely.intersection(shapes[at], shapely.box(360 * k - 180, -91, 360 * k + 180, 91)),
                -360.0 * k,
            )
            for k in turns
        ]
        if shapely.get_type_id(shapes[at]) in POLYGONAL:
            pieces = shapely.get_parts([polygonal(cut) for cut in cuts])
            pieces = pieces[~shapely.is_empty(pieces)]
            shapes[at] = pieces[0] if len(pieces) == 1 else shapely.MultiPolygon(list(pieces))
        else:
            shapes[at] = shapely.union_all(cuts)
    return shapes


def _at_most_rounded(xy: FloatArray) -> FloatArray:
    """Return coordinates with longitudes that rounding put just beyond ±180 put back."""
    beyond = np.abs(xy[:, 0]) - 180
    back = (beyond > 0) & (beyond < ROUNDING_DEG)
    return np.c_[np.where(back, np.sign(xy[:, 0]) * 180, xy[:, 0]), xy[:, 1]]


def degree_shapes(shapes_m: Shapes, backward: PointMap, poles_m: FloatArray) -> Shapes:
    """Return projected shapes in degrees within ±180, cut at the antimeridian and opened along a meridian at a pole.

    Parameters
    ----------
    shapes_m
        Projected shapes.
    backward
        Turns metres, shape ``(n, 2)``, into degrees.
    poles_m
        Projected poles that lie in the plane as ordinary points, shape ``(n_poles, 2)``, on the line x = 0.
    """
    shapes_m = np.array(shapes_m, dtype=object)
    is_polygon = np.isin(shapely.get_type_id(shapes_m), POLYGONAL) & ~shapely.is_empty(shapes_m)
    degrees = shapely.transform(shapes_m, backward)
    low, _, high, _ = shapely.bounds(degrees).T
    special = is_polygon & (np.nan_to_num(high - low) > 180)
    for pole in poles_m:
        special |= is_polygon & shapely.dwithin(shapes_m, shapely.Point(pole), AT_POLE_M)
    for at in np.flatnonzero(special):
        opened = [shapes_m[at]]
        for pole in poles_m:
            opened = [half for shape in opened for half in _opened(shape, pole)]
        parts = [_part_in_degrees(part, backward, poles_m) for part in shapely.get_parts(opened)]
        degrees[at] = shapely.union_all(split_at_antimeridian(mended(np.array(parts, dtype=object))))
    return split_at_antimeridian(mended(degrees))


def _opened(shape: shapely.Geometry, pole: FloatArray) -> list[shapely.Geometry]:
    """Return a shape around a pole as its two halves left and right of the line x = 0, others as they are."""
    if not shapely.dwithin(shape, shapely.Point(pole), AT_POLE_M):
        return [shape]
    halves = []
    for side in (-FAR_M, FAR_M):
        half_plane = shapely.Polygon([(0, -FAR_M), (0, pole[1]), (0, FAR_M), (side, FAR_M), (side, -FAR_M)])
        half = polygonal(shapely.intersection(shape, half_plane))
        if not half.is_empty:
            halves.append(half)
    return halves


def _part_in_degrees(part: shapely.Polygon, backward: PointMap, poles_m: FloatArray) -> shapely.Polygon:
    shell, *holes = [_ring_in_degrees(ring, backward, poles_m) for ring in shapely.get_rings(part)]
    middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
    for hole in holes:
        hole[:, 0] -= 360 * np.round(((hole[:, 0].min() + hole[:, 0].max()) / 2 - middle) / 360)
    return shapely.Polygon(shell, holes)


def _ring_in_degrees(ring: shapely.LinearRing, backward: PointMap, poles_m: FloatArray) -> FloatArray:
    """Return a ring in degrees without jumps; a pole becomes an edge along the top or bottom of the map."""
    xy = shapely.get_coordinates(ring)[:-1]
    at_pole = np.zeros(len(xy), dtype=bool)
    for pole in poles_m:
        at_pole |= np.hypot(*(xy - pole).T) <= AT_POLE_M
    degrees = backward(xy)
    if at_pole.any() and not at_pole.all():
        start = int(np.flatnonzero(~at_pole)[0])
        degrees, at_pole = np.roll(degrees, -start, axis=0), np.roll(at_pole, -start)
        twice = np.repeat(np.arange(len(degrees)), 1 + at_pole)
        first_of_two = at_pole[twice] & (np.r_[twice[1:], -1] == twice)
        neighbour = np.where(first_of_two, twice - 1, (twice + 1) % len(degrees))
        degrees = np.c_[np.where(at_pole[twice], degrees[neighbour, 0], degrees[twice, 0]), degrees[twice, 1]]
        degrees[at_pole[twice], 1] = np.sign(degrees[at_pole[twice], 1]) * 90
    else:
        first_of_two = np.zeros(len(degrees), dtype=bool)
    closed = np.r_[degrees, degrees[:1]]
    step = np.diff(closed[:, 0])
    step = (step + 180) % 360 - 180
    step[first_of_two] = 0
    if first_of_two.any():
        step[int(np.flatnonzero(first_of_two)[0])] = -step.sum()
    closed[:, 0] = closed[0, 0] + np.r_[0, np.cumsum(step)]
    closed[-1] = closed[0]
    return closed
