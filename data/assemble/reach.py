"""What is out of reach of a seat: by kilometres from its home, or by hours on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from data.assemble.basic_units import BasicUnits
from data.assemble.findings import Findings, amount, examples
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
    hours: FloatArray | None = None
    for reach in rules.reach:
        asked = reach.territories
        if reach.in_hours:
            hours = _travel_hours(folder, roster, basic, fixed, account_id) if hours is None else hours
            way = _estimated_where_unknown(hours[:, asked], basic, home_m[asked], reach, roster, findings)
        else:
            away = basic.units.xy_m[:, None, :] - home_m[None, asked, :]
            way = np.hypot(away[..., 0], away[..., 1]) / 1000
        far[:, asked] |= way > reach.most
    return csr_array(far)


def _travel_hours(
    folder: PlanFolder, roster: Roster, basic: BasicUnits, fixed: IntArray, account_id: IdArray
) -> FloatArray:
    """Return the hours stated for each unit and territory, NaN where none are, shape ``(n_units, n_territories)``."""
    longest = np.full((len(basic.units), len(roster)), -np.inf)
    table = folder.travel
    if table is None or not len(table):
        return np.full(longest.shape, np.nan)
    seat = table["seat_id"].map(roster.position | roster.position_of_seat).fillna(-1).to_numpy(dtype=np.intp)
    stated = table["hours"].to_numpy(dtype=float)
    usable = (seat >= 0) & np.isfinite(stated)
    if len(account_id):
        account = pd.Index(account_id).get_indexer(table["account_id"])
        unit = np.where(account >= 0, np.where(fixed < 0, basic.unit_of_account, -1)[account], -1)
        here = usable & (unit >= 0)
        np.maximum.at(longest, (unit[here], seat[here]), stated[here])
    if folder.units is not None:
        area = pd.Index(folder.units["unit_id"]).get_indexer(table["unit_id"])
        of_area = np.full((len(folder.units), len(roster)), -np.inf)
        here = usable & (area >= 0)
        np.maximum.at(of_area, (area[here], seat[here]), stated[here])
        inside = basic.area_of_unit >= 0
        longest[inside] = np.maximum(longest[inside], of_area[basic.area_of_unit[inside]])
    return np.where(np.isfinite(longest), longest, np.nan)


def _estimated_where_unknown(
    hours: FloatArray,
    basic: BasicUnits,
    home_m: FloatArray,
    reach: Reach,
    roster: Roster,
    findings: Findings,
) -> FloatArray:
    """Return the hours with estimates where none are stated; an error where neither table nor home says anything."""
    unknown = np.isnan(hours)
    if not unknown.any():
        return hours
    where = {
        "table": reach.origin.table,
        "row": reach.origin.row,
        "column": reach.origin.column,
        "value": reach.origin.value,
    }
    homeless = unknown.any(axis=0) & ~np.isfinite(home_m).all(axis=1)
    if homeless.any():
        names = examples(roster.territory_id[reach.territories[homeless]])
        findings.error(
            "reach_without_home",
            f"Neither the travel times nor the home of a seat say how far all units are from these territories: "
            f"{names}.",
            "Complete the file travel, or add latitude and longitude of the seats.",
            **where,
        )
        return hours
    away = basic.units.xy_m[:, None, :] - home_m[None, :, :]
    guess = travel_hours(np.hypot(away[..., 0], away[..., 1]))
    findings.warn(
        "travel_estimated",
        f"{amount(unknown.sum())} of {amount(hours.size)} ways from seats to units are not in the file travel; their "
        "hours were estimated from the straight distance.",
        "Complete the file travel (account_id or unit_id, seat_id, hours) where that matters.",
        **where,
    )
    return np.where(unknown, guess, hours)
