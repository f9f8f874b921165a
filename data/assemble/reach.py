"""What is out of reach of a seat: by kilometres from its home, or by hours on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from data.assemble.basic_units import BasicUnits
from data.assemble.findings import Findings, examples
from data.assemble.roster import Roster
from data.assemble.rules import Reach, Rules
from data.folder import PlanFolder
from planner.arrays import FloatArray, IdArray, IntArray
from planner.measures.separation import travel_hours


def out_of_reach(
    folder: PlanFolder,
    rules: Rules,
    roster: Roster,
    basic: BasicUnits,
    fixed: IntArray,
    home_m: FloatArray,
    account_id: IdArray,
    findings: Findings,
) -> csr_array | None:
    """Return which units are out of reach of which territories; None where no rule says so.

    Hours are those of the folder's travel times, of a unit with several accounts the longest; what these do not say
    is estimated from the distance.

    Parameters
    ----------
    fixed
        Territory that holds each account apart from geography, −1 where none.
    home_m
        Home of each seat on the projection, shape ``(n_territories, 2)``; NaN where unknown.
    """
    if not rules.reach:
        return None
    far = np.zeros((len(basic.units), len(roster)), dtype=bool)
    stated: dict[int, FloatArray] | None = None
    for reach in rules.reach:
        if reach.in_hours and stated is None:
            stated = _travel_hours(folder, roster, basic, fixed, account_id)
        ways = _Ways(stated if reach.in_hours else None, basic.units.xy_m, home_m)
        for territory in reach.territories.tolist():
            far[:, territory] |= ways.to(territory) > reach.most
        ways.tell(reach, roster, findings)
    return csr_array(far)


class _Ways:
    """The ways from the homes of seats to all units, one territory after the other.

    Parameters
    ----------
    hours
        Hours that are stated, by territory, shape ``(n_units,)`` with NaN where none are; None to reckon in kilometres.
    xy_m, home_m
        Places of units and of homes.
    """

    def __init__(self, hours: dict[int, FloatArray] | None, xy_m: FloatArray, home_m: FloatArray) -> None:
        self.hours, self.xy_m, self.home_m = hours, xy_m, home_m
        self.asked = self.estimated = 0
        self.homeless: list[int] = []

    def to(self, territory: int) -> FloatArray:
        """Return the hours or kilometres from one home to each unit, shape ``(n_units,)``."""
        metres = np.hypot(*(self.xy_m - self.home_m[territory]).T)
        if self.hours is None:
            return metres / 1000
        stated = self.hours.get(territory, np.full(len(metres), np.nan))
        unknown = np.isnan(stated)
        self.asked += len(stated)
        self.estimated += int(unknown.sum())
        if unknown.any() and not np.isfinite(self.home_m[territory]).all():
            self.homeless.append(territory)
        return np.where(unknown, travel_hours(metres), stated)

    def tell(self, reach: Reach, roster: Roster, findings: Findings) -> None:
        """Report ways that had to be estimated, and such as could not be."""
        origin = reach.origin
        where = {"table": origin.table, "row": origin.row, "column": origin.column, "value": origin.value}
        if self.homeless:
            findings.error(
                "reach_without_home",
                "Neither the travel times nor the home of a seat say how far all units are from these territories: "
                f"{examples(roster.territory_id[self.homeless])}.",
                "Complete the file travel, or add latitude and longitude of the seats.",
                **where,
            )
        elif self.estimated:
            findings.warn(
                "travel_estimated",
                f"{self.estimated:,} of {self.asked:,} ways from seats to units are not in the file travel; their "
                "hours were estimated from the straight distance.",
                "Complete the file travel (account_id or unit_id, seat_id, hours) where that matters.",
                **where,
            )


def _travel_hours(
    folder: PlanFolder, roster: Roster, basic: BasicUnits, fixed: IntArray, account_id: IdArray
) -> dict[int, FloatArray]:
    """Return the hours that the folder states for each unit, NaN where none, by territory."""
    table = folder.travel
    if table is None or not len(table):
        return {}
    seat = table["seat_id"].map(roster.position | roster.position_of_seat).fillna(-1).to_numpy(dtype=np.intp)
    hours = table["hours"].to_numpy(dtype=float)
    unit = np.full(len(table), -1, np.intp)
    if len(account_id):
        of_account = np.append(np.where(fixed < 0, basic.unit_of_account, -1), -1)
        unit = of_account[pd.Index(account_id).get_indexer(table["account_id"])]
    area = np.full(len(table), -1, np.intp)
    if folder.units is not None:
        area = pd.Index(folder.units["unit_id"]).get_indexer(table["unit_id"])
    found = {}
    usable = (seat >= 0) & np.isfinite(hours)
    inside = basic.area_of_unit >= 0
    for territory in np.unique(seat[usable]).tolist():
        rows = usable & (seat == territory)
        longest = np.full(len(basic.units), -np.inf)
        here = rows & (unit >= 0)
        np.maximum.at(longest, unit[here], hours[here])
        here = rows & (area >= 0)
        of_area = np.full(0 if folder.units is None else len(folder.units), -np.inf)
        np.maximum.at(of_area, area[here], hours[here])
        longest[inside] = np.maximum(longest[inside], of_area[basic.area_of_unit[inside]])
        found[territory] = np.where(np.isfinite(longest), longest, np.nan)
    return found
