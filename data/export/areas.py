"""Which territory each area of the folder belongs to, also where basic units are smaller than areas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.assembled import Assembled
from data.export.reasons import AROUND, EMPTY_AREA, KEPT, LOCKED, MOVED_WITH, NEW, SPLIT, unit_reasons
from geo.locate import locate
from geo.shapes import inner_points_m
from planner.arrays import IntArray
from planner.plan import Plan


def area_rows(
    assembled: Assembled, plan: Plan, unit_territory: IntArray, account_territory: IntArray
) -> pd.DataFrame:
    """Return ``unit_id``, ``territory`` (its position, −1 for none), ``previous_territory_id`` and ``reason``.

    An area belongs to the territory of the basic units in it, of the basic unit that covers its middle where there
    are none, else of the accounts in it. One that was split is given to the territory that holds most of its
    accounts, and says so.
    """
    areas = assembled.folder.units
    held = _holders(assembled, unit_territory, account_territory)
    owner = held.drop_duplicates("area").set_index("area")["territory"]
    territory = owner.reindex(range(len(areas)), fill_value=-1).to_numpy()
    previous = _previous(assembled)
    return pd.DataFrame(
        {
            "unit_id": areas["unit_id"].to_numpy(dtype=object),
            "territory": territory,
            "previous_territory_id": previous,
            "reason": _reasons(assembled, plan, unit_territory, territory, previous, held),
        }
    )


def _holders(assembled: Assembled, unit_territory: IntArray, account_territory: IntArray) -> pd.DataFrame:
    """Return ``area`` and ``territory`` of every pair that meets, those with most accounts first within an area."""
    accounts, unit_area = assembled.accounts, assembled.unit_area
    in_area = np.flatnonzero(unit_area >= 0)
    weight = np.bincount(accounts.unit[accounts.unit >= 0], minlength=len(unit_area))
    found = pd.DataFrame(
        {"area": unit_area[in_area], "territory": unit_territory[in_area], "accounts": weight[in_area]}
    )
    missing = np.setdiff1d(np.arange(len(assembled.folder.units)), found["area"])
    if len(missing) and assembled.shapes is not None:
        shapes_m = assembled.projection.shapes_to_m(assembled.folder.units.geometry.iloc[missing])
        cover = locate(inner_points_m(shapes_m), assembled.shapes, tolerance_m=np.inf)
        around = pd.DataFrame({"area": missing, "territory": unit_territory[cover], "accounts": 0})
        found = pd.concat([found, around[cover >= 0]])
    elif len(missing):
        rows = np.isin(assembled.account_area, missing) & (account_territory >= 0)
        own = {"area": assembled.account_area[rows], "territory": account_territory[rows], "accounts": 1}
        found = pd.concat([found, pd.DataFrame(own)])
    held = found.groupby(["area", "territory"], as_index=False)["accounts"].sum()
    return held.sort_values(["area", "accounts", "territory"], ascending=[True, False, True])


def _previous(assembled: Assembled) -> np.ndarray:
    """Return the current territory id of each area: as stated, else that of the basic unit in it."""
    areas, unit_area = assembled.folder.units, assembled.unit_area
    in_area = np.flatnonzero(unit_area >= 0)
    current = np.full(len(areas), -1)
    current[unit_area[in_area]] = np.maximum(assembled.problem.current[in_area], -1)
    by_units = np.append(assembled.problem.territories.territory_id, "")[current]
    if "territory_id" not in areas:
        return by_units
    stated = areas["territory_id"].to_numpy(dtype=object)
    return np.where(stated == "", by_units, stated)


def _reasons(
    assembled: Assembled,
    plan: Plan,
    unit_territory: IntArray,
    territory: np.ndarray,
    previous: np.ndarray,
    held: pd.DataFrame,
) -> np.ndarray:
    problem, unit_area = assembled.problem, assembled.unit_area
    territory_id = problem.territories.territory_id
    owner_id = np.append(territory_id, "")[territory]
    reason = np.where(previous == "", NEW, np.where(previous == owner_id, KEPT, MOVED_WITH)).astype(object)
    in_area = np.flatnonzero(unit_area >= 0)
    units_in = np.bincount(unit_area[in_area], minlength=len(reason))
    reason[(units_in == 0) & (reason == MOVED_WITH)] = AROUND
    told = unit_reasons(assembled, plan, unit_territory)
    for unit in in_area:
        area, current = unit_area[unit], problem.current[unit]
        # What moved the unit moved the area, where they are one and had the same owner.
        same = units_in[area] == 1 and current >= 0 and territory_id[current] == previous[area]
        if problem.locked[unit] >= 0:
            reason[area] = LOCKED
        elif same and reason[area] == MOVED_WITH:
            reason[area] = told[unit]
    reason[territory < 0] = EMPTY_AREA
    for area, rows in held[held["area"].duplicated(keep=False)].groupby("area"):
        reason[area] = f"{SPLIT} {', '.join(territory_id[rows['territory']])}: see its accounts"
    return reason
