"""How far units are from the centre of their territory, as the objective counts it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

from planner.arrays import FloatArray, IntArray
from planner.objective import Compactness, Objective

CIRCUITY = 1.2
"""Road distance over straight distance; Ballou, Rahardja and Sakai 2002 for the United States,
https://doi.org/10.1016/S0965-8564(00)00044-2."""

ROAD_SPEEDS = ((5.0, 35.0), (30.0, 60.0), (np.inf, 90.0))
"""Speeds assumed where no travel times are given: up to these kilometres of road, these km/h."""

MOST_MEMBERS = 2_000
"""Units of one territory up to which each is tried as its centre."""


@dataclass(frozen=True, eq=False)
class Separation:
    """Cost of one unit of weight at a distance.

    Parameters
    ----------
    affine
        Offset and slope of lines, shape ``(n_lines, 2)``: cost is the least of ``offset + slope · distance``. None
        at all means squared distance.
    table
        Cost of each unit from each centre place, shape ``(n_units, n_places)``; None where distance decides.
    """

    affine: FloatArray
    table: FloatArray | None = None

    def at(self, squared: FloatArray) -> FloatArray:
        """Return the cost at squared distances."""
        if not len(self.affine):
            return squared
        distance = np.sqrt(squared)
        cost = self.affine[0, 0] + self.affine[0, 1] * distance
        for offset, slope in self.affine[1:]:
            cost = np.minimum(cost, offset + slope * distance)
        return np.asarray(cost, dtype=np.float64)

    def pairs(self, xy: FloatArray, units: IntArray, place: FloatArray, column: IntArray) -> FloatArray:
        """Return the cost of each of `units` from each centre, shape ``(len(units), len(place))``.

        Parameters
        ----------
        xy
            Positions of all units, shape ``(n_units, 2)``.
        units
            Positions of some of them.
        place
            Centres, shape ``(n_centres, 2)``.
        column
            Column of each centre in the table, shape ``(n_centres,)``; unused without one.
        """
        if self.table is not None:
            return self.table[np.ix_(units, column)]
        offset = xy[units][:, None, :] - place[None, :, :]
        return self.at((offset**2).sum(axis=2))

    def each(self, xy: FloatArray, units: IntArray, place: FloatArray, column: IntArray) -> FloatArray:
        """Return the cost of each of `units` from its own centre: `place` and `column` have one row a unit."""
        if self.table is not None:
            return self.table[units, column]
        return self.at(((xy[units] - place) ** 2).sum(axis=1))

    def scaled(self, length: float, cost: float) -> Separation:
        """Return the same on lengths divided by `length` and costs divided by `cost`.

        Squared distances have no factor of their own: for them `cost` must be ``length²``.
        """
        affine = self.affine * np.array([1.0, length]) / cost
        return Separation(affine, None if self.table is None else self.table / cost)


def separation(objective: Objective) -> Separation:
    """Return the cost of distance in metres that `objective` asks for."""
    kind, between = objective.compactness, objective.between
    if kind is Compactness.INERTIA:
        return Separation(np.zeros((0, 2)), None if between is None else between**2)
    affine = np.array([[0.0, 1.0]])
    if kind is Compactness.HOURS:
        affine = _travel_lines()
    return Separation(affine, between)


def travel_hours(distance_m: FloatArray) -> FloatArray:
    """Return the hours of travel over straight distances in metres, by `CIRCUITY` and `ROAD_SPEEDS`; 0 at none."""
    lines = _travel_lines()
    hours = np.min(lines[:, 0, None] + lines[:, 1, None] * np.ravel(distance_m), axis=0)
    return np.asarray(hours.reshape(np.shape(distance_m)), dtype=np.float64)


def _travel_lines() -> FloatArray:
    """Return the lines whose least is the travel time in hours over a straight distance in metres."""
    lines, begin_km, hours = [], 0.0, 0.0
    for end_km, speed in ROAD_SPEEDS:
        lines.append((hours - begin_km / speed, CIRCUITY / 1000.0 / speed))
        hours, begin_km = hours + (end_km - begin_km) / speed, end_km
    return np.array(lines)


def centre_units(
    cost: Separation, xy: FloatArray, weight: FloatArray, territory: IntArray, n_territories: int
) -> IntArray:
    """Return the unit of each territory from which its units cost least, shape ``(n_territories,)``; −1 where empty.

    Every unit is tried, except in territories of more than `MOST_MEMBERS`, where those nearest to the middle are.
    Among equals the first one wins.
    """
    best = np.full(n_territories, -1, np.int32)
    order = np.argsort(territory, kind="stable")
    first = np.searchsorted(territory[order], np.arange(n_territories + 1))
    for j in range(n_territories):
        best[j] = centre_unit(cost, xy, weight, order[first[j] : first[j + 1]].astype(np.int32))
    return best


def centre_unit(cost: Separation, xy: FloatArray, weight: FloatArray, members: IntArray) -> int:
    """Return which of `members`, ascending, costs least as their centre, as `centre_units` says; −1 for none."""
    if not len(members):
        return -1
    tried = central(xy[members], weight[members])
    total = totals(cost, xy, weight, members, members[tried])
    return int(members[tried[int(total.argmin())]])


def central(xy: FloatArray, weight: FloatArray) -> IntArray:
    """Return the positions of all members, or of the most central ones where they are many, ascending."""
    if len(xy) <= MOST_MEMBERS:
        return np.arange(len(xy), dtype=np.int32)
    middle = np.average(xy, axis=0, weights=weight if weight.any() else None)
    squared = ((xy - middle) ** 2).sum(axis=1)
    return np.sort(np.argpartition(squared, MOST_MEMBERS)[:MOST_MEMBERS]).astype(np.int32)


def totals(
    cost: Separation, xy: FloatArray, weight: FloatArray, members: IntArray, places: IntArray
) -> FloatArray:
    """Return the cost of all `members` from each of `places`, in blocks that fit a cache."""
    if cost.table is None and not len(cost.affine):
        # Moments tell it all: the best place is the one nearest to the centroid.
        middle = xy[members].mean(axis=0)
        held, tried = xy[members] - middle, xy[places] - middle
        second = float(weight[members] @ (held**2).sum(axis=1))
        cross = tried @ (weight[members] @ held)
        return np.asarray(second - 2 * cross + weight[members].sum() * (tried**2).sum(axis=1))
    block = max(1, 1_000_000 // max(len(members), 1))
    parts = [
        weight[members] @ cost.pairs(xy, members, xy[places[b : b + block]], places[b : b + block])
        for b in range(0, len(places), block)
    ]
    return np.concatenate(parts)


def diameters(xy: FloatArray, territory: IntArray, n_territories: int) -> FloatArray:
    """Return the largest straight distance between two units of each territory, shape ``(n_territories,)``."""
    longest = np.zeros(n_territories)
    order = np.argsort(territory, kind="stable")
    first = np.searchsorted(territory[order], np.arange(n_territories + 1))
    for j in range(n_territories):
        longest[j] = diameter(xy[order[first[j] : first[j + 1]]])
    return longest


def diameter(points: FloatArray) -> float:
    """Return the largest straight distance between two of `points`, shape ``(n_points, 2)``; 0 for fewer than two."""
    if len(points) > 50:
        points = _outermost(points)
    return float(pdist(points).max()) if len(points) > 1 else 0.0


def _outermost(points: FloatArray) -> FloatArray:
    """Return the corners of the convex hull; both ends where all points lie on one line."""
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except QhullError:
        away = points - points[0]
        along = away @ away[int((away**2).sum(axis=1).argmax())]
        return np.asarray(points[[int(along.argmin()), int(along.argmax())]])
