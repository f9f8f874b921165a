"""Chooses what territories are made of, and makes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.assemble.areas import Areas
from data.assemble.basic_units import BasicUnits, cut_everything, points, split_areas, whole_areas
from data.assemble.findings import Findings
from data.assemble.places import Places
from data.assemble.roster import Roster
from data.assemble.rules import Rules
from data.assemble.values import UNITS, Values
from planner.arrays import IdArray, IntArray
from planner.scenario import Band, BasicUnit, Scenario


def kind_of_units(asked: BasicUnit, areas: Areas | None, has_accounts: bool, findings: Findings) -> BasicUnit:
    """Return what territories will be made of, never `AUTO`; what cannot be is an error."""
    if asked in (BasicUnit.UNIT, BasicUnit.SPLIT) and areas is None:
        findings.error(
            "no_units",
            f"basic_unit = {asked.value!r} needs areas, but the folder has no units.",
            "Add a file units with shapes, or set basic_unit = 'account'.",
            table="plan.toml",
            value=asked.value,
        )
    if asked is BasicUnit.ACCOUNT and not has_accounts:
        findings.error(
            "no_accounts",
            "basic_unit = 'account' needs accounts, but the folder has none.",
            "Add a file accounts, or set basic_unit = 'unit'.",
            table="plan.toml",
            value=asked.value,
        )
    if areas is None:
        return BasicUnit.ACCOUNT
    if not has_accounts:
        return BasicUnit.UNIT
    if areas.shapes is None:
        if asked in (BasicUnit.SPLIT, BasicUnit.ACCOUNT):
            findings.error(
                "points_cannot_be_split",
                f"basic_unit = {asked.value!r} cuts areas up, but the units are points without outlines.",
                "Give the units polygons, or set basic_unit = 'unit'.",
                table="plan.toml",
                value=asked.value,
            )
        return BasicUnit.UNIT
    return BasicUnit.SPLIT if asked is BasicUnit.AUTO else asked


def make_basic_units(
    kind: BasicUnit,
    scenario: Scenario,
    areas: Areas | None,
    account_id: IdArray,
    places: Places,
    by_place: NDArray[np.bool_],
    values: Values,
    fixed: IntArray,
    roster: Roster,
    rules: Rules,
    findings: Findings,
) -> BasicUnits:
    """Make the basic units of the kind `kind`.

    Where areas may be split, those are that hold more than ``split_above`` of a mean ideal in a limited measure; with
    `AUTO` all are where there would else be fewer units than territories.

    Parameters
    ----------
    by_place
        Which accounts geography decides on, shape ``(n_accounts,)``.
    fixed
        Territory that holds each account apart from geography, −1 where none, shape ``(n_accounts,)``.
    """
    if not by_place.any() and kind is not BasicUnit.UNIT:
        if areas is None:
            findings.error(
                "no_account_has_a_place",
                "No account is free and has a place, so there is nothing to make territories of.",
                "Add coordinates or postal codes to the accounts.",
                table="accounts",
            )
            findings.stop_on_errors()
        kind = BasicUnit.UNIT
    if areas is None:
        return points(account_id, places, by_place, 0)
    if kind is BasicUnit.UNIT:
        return whole_areas(areas, places)
    if kind is BasicUnit.ACCOUNT:
        return cut_everything(areas, account_id, places, by_place)
    held = values.of_area.copy()
    np.add.at(held, places.area[by_place], values.of_account[by_place])
    total = held.sum(axis=0) + values.of_account[fixed >= 0].sum(axis=0)
    ideal = total / len(roster)
    names = {name for name, band in values.bands.items() if band != Band()}
    names |= {values.names[limit.measure] for limit in rules.limits}
    limited = [values.position(name) for name in names - {UNITS}]
    too_big = (held[:, limited] > scenario.split_above * ideal[limited]).any(axis=1)
    if scenario.basic_unit is BasicUnit.AUTO and len(areas) < len(roster):
        too_big[:] = True
    return split_areas(areas, too_big, account_id, places, by_place)
