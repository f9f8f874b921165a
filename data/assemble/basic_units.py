"""What territories are made of: whole areas, the surroundings of accounts cut from areas, or accounts as points."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from data.assemble.areas import Areas
from data.assemble.places import Places
from geo.cells import cells
from geo.dissolve import dissolve
from geo.locate import locate
from geo.shapes import area_m2, perimeter_m
from planner.arrays import FloatArray, IdArray
from planner.units import Units

SAME_PLACE_M = 0.1
"""Accounts closer than this share a place."""
APART_M = 1.0
"""Room that each account gets on the circle around a place that it shares."""
INSIDE_M = 1.0
"""How far inside an outline an account outside it is moved before the area is cut up."""


@dataclass(frozen=True, eq=False)
class BasicUnits:
    """Basic units with the accounts and areas behind them.

    Parameters
    ----------
    units
        The basic units.
    shapes
        Polygon of each; None where units are points.
    unit_of_account
        Basic unit of each account, −1 where it has none, shape ``(n_accounts,)``.
    area_of_unit
        Area each basic unit was cut from, −1 where none, shape ``(n_units,)``.
    share_of_area
        Part of what each area holds itself that each unit gets, sparse of shape ``(n_units, n_areas)``, columns
        summing to 1.
    """

    units: Units
    shapes: gpd.GeoSeries | None
    unit_of_account: NDArray[np.intp]
    area_of_unit: NDArray[np.intp]
    share_of_area: csr_array


def points(account_id: IdArray, places: Places, by_place: NDArray[np.bool_], n_areas: int) -> BasicUnits:
    """Make every account of `by_place` a basic unit of its own, without shapes."""
    rows = np.flatnonzero(by_place)
    unit_of_account = np.full(len(account_id), -1, dtype=np.intp)
    unit_of_account[rows] = np.arange(len(rows))
    return BasicUnits(
        Units.points(account_id[rows], places.xy_m[rows]),
        None,
        unit_of_account,
        np.full(len(rows), -1, dtype=np.intp),
        csr_array((len(rows), n_areas)),
    )


def whole_areas(areas: Areas, places: Places) -> BasicUnits:
    """Make every area a basic unit."""
    n = len(areas)
    if areas.shapes is None:
        units = Units.points(areas.area_id, areas.xy_m)
    else:
        units = Units(areas.area_id, areas.xy_m, area_m2(areas.shapes), perimeter_m(areas.shapes))
    share = csr_array((np.ones(n), (np.arange(n), np.arange(n))), shape=(n, n))
    return BasicUnits(units, areas.shapes, places.area, np.arange(n), share)


def split_areas(
    areas: Areas,
    split: NDArray[np.bool_],
    account_id: IdArray,
    places: Places,
    by_place: NDArray[np.bool_],
) -> BasicUnits:
    """Cut the areas of `split` into the surroundings of each account of `by_place` in them; keep the others whole.

    Every cell gets a part of what the area holds itself, by its size.
    """
    rows = np.flatnonzero(by_place)
    members = pd.Series(rows).groupby(places.area[rows]).groups
    pieces = _Pieces(areas, account_id)
    for area in range(len(areas)):
        here = rows[members[area]] if area in members else rows[:0]
        outline = areas.shapes.iloc[area]
        if split[area] and len(here) > 1:
            sites = _sites(places.xy_m[here], outline)
            pieces.cut(np.full(len(here), area), cells(sites, outline), sites, here)
        else:
            pieces.keep(area, outline, here)
    return pieces.build(places)


def cut_everything(
    areas: Areas, account_id: IdArray, places: Places, by_place: NDArray[np.bool_]
) -> BasicUnits:
    """Cut the land of all areas into the surroundings of each account of `by_place`, across borders of areas.

    What an area holds itself goes to the accounts in it, in equal parts; to the cell around its middle where it
    has none.
    """
    land = dissolve(areas.shapes, np.zeros(len(areas), dtype=int), 1).iloc[0]
    rows = np.flatnonzero(by_place)
    sites = _sites(places.xy_m[rows], land)
    pieces = _Pieces(areas, account_id)
    pieces.cut(places.area[rows], cells(sites, land), sites, rows)
    built = pieces.build(places)
    n_units, n_areas = len(built.units), len(areas)
    unit, area = built.unit_of_account[rows], places.area[rows]
    empty = np.setdiff1d(np.arange(n_areas), area)
    around = locate(areas.xy_m[empty], built.shapes, tolerance_m=np.inf)
    unit, area = np.r_[unit, around], np.r_[area, empty]
    count = np.bincount(area, minlength=n_areas)
    share = csr_array((1.0 / count[area], (unit, area)), shape=(n_units, n_areas))
    return BasicUnits(built.units, built.shapes, built.unit_of_account, built.area_of_unit, share)


def _sites(xy_m: FloatArray, outline: shapely.Geometry) -> FloatArray:
    """Return a place of its own inside the outline for each account, shape ``(n, 2)``.

    A place outside moves to the nearest point inside. Accounts at one place (a mall, the middle of a postal code)
    move apart onto a small circle around it, so that each can be decided on.
    """
    xy_m = xy_m.copy()
    shapely.prepare(outline)
    outside = ~shapely.contains_properly(outline, shapely.points(xy_m))
    if outside.any():
        core = outline.buffer(-INSIDE_M)
        core = outline if core.is_empty else core
        line = shapely.shortest_line(core, shapely.points(xy_m[outside]))
        xy_m[outside] = shapely.get_coordinates(shapely.get_point(line, 0))
    grid = np.round(xy_m / SAME_PLACE_M).astype(np.int64)
    _, place, count = np.unique(grid, axis=0, return_inverse=True, return_counts=True)
    place = place.ravel()
    order = np.argsort(place, kind="stable")
    number = np.empty(len(place), dtype=np.intp)
    number[order] = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    together = count[place] > 1
    angle = 2 * np.pi * number / count[place]
    radius = np.where(together, np.maximum(1.0, count[place] * APART_M / (2 * np.pi)), 0.0)
    return xy_m + radius[:, None] * np.c_[np.cos(angle), np.sin(angle)]


class _Pieces:
    """Basic units under construction."""

    def __init__(self, areas: Areas, account_id: IdArray) -> None:
        self.areas, self.account_id = areas, account_id
        self.taken = set(areas.area_id)
        self.unit_id: list[str] = []
        self.xy_m: list[FloatArray] = []
        self.shapes: list[shapely.Geometry] = []
        self.area: list[int] = []
        self.rows: list[NDArray[np.intp]] = []

    def keep(self, area: int, outline: shapely.Geometry, rows: NDArray[np.intp]) -> None:
        """Add a whole area with its accounts."""
        self._append(self.areas.area_id[area], area, outline, self.areas.xy_m[area], rows)

    def cut(
        self, area: NDArray[np.intp], shapes: gpd.GeoSeries, sites: FloatArray, rows: NDArray[np.intp]
    ) -> None:
        """Add a cell for each account of `rows`, named like it, or like its area where an area has that name."""
        for number, (row, shape) in enumerate(zip(rows, shapes.to_numpy(), strict=True)):
            name = str(self.account_id[row])
            if name in self.taken:
                name = f"{self.areas.area_id[area[number]]}/{name}"
            while name in self.taken:
                name += "'"
            self._append(name, int(area[number]), shape, sites[number], rows[number : number + 1])

    def _append(
        self, unit_id: str, area: int, shape: shapely.Geometry, xy_m: FloatArray, rows: NDArray[np.intp]
    ) -> None:
        self.taken.add(unit_id)
        self.unit_id.append(unit_id)
        self.area.append(area)
        self.shapes.append(shape)
        self.xy_m.append(xy_m)
        self.rows.append(rows)

    def build(self, places: Places) -> BasicUnits:
        """Return the units; each gets a part of what its area holds, by its size."""
        shapes = gpd.GeoSeries(self.shapes, crs=self.areas.shapes.crs)
        size = area_m2(shapes)
        units = Units(np.array(self.unit_id, dtype=object), np.array(self.xy_m), size, perimeter_m(shapes))
        area = np.array(self.area, dtype=np.intp)
        total = np.bincount(area, size, len(self.areas))
        share = np.where(total[area] > 0, size / np.where(total[area] > 0, total[area], 1), 1.0)
        unit = np.repeat(np.arange(len(units)), [len(rows) for rows in self.rows])
        unit_of_account = np.full(len(places.area), -1, dtype=np.intp)
        unit_of_account[np.concatenate(self.rows)] = unit
        return BasicUnits(
            units,
            shapes,
            unit_of_account,
            area,
            csr_array((share, (np.arange(len(units)), area)), shape=(len(units), len(self.areas))),
        )
