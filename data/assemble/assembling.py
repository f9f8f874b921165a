"""The steps from a plan folder to an assembled problem, in order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.assemble.areas import Areas, check_shapes, choose_projection, project_areas
from data.assemble.bands import banded_measures
from data.assemble.basic_units import (
    BasicUnits,
    cut_everything,
    kind_of_units,
    points,
    split_areas,
    whole_areas,
)
from data.assemble.findings import Findings, amount, examples, plural
from data.assemble.history import sales_history
from data.assemble.neighbours import neighbour_graph
from data.assemble.ownership import Ownership, by_accounts
from data.assemble.places import Places, place_accounts
from data.assemble.postal import postal_places
from data.assemble.pricing import disruption_limit, objective
from data.assemble.roster import Roster, choose_territories, current_ids
from data.assemble.rules import Rules, read_rules
from data.assemble.unit_rules import check_locks_allowed, exclusions, unit_locks
from data.assemble.values import UNITS, Values, measure_values
from data.assembled import Assembled
from data.folder import PlanFolder
from planner.accounts import Accounts
from planner.arrays import FloatArray, IntArray
from planner.problem import AlignmentProblem
from planner.scenario import BasicUnit, Scenario
from planner.seats import Territories

NO_ACCOUNTS = np.zeros((0, 2))


def assemble(folder: PlanFolder, scenario: Scenario | None = None) -> Assembled:
    """Turn a plan folder into the arrays that solvers and scorecard work on.

    Parameters
    ----------
    folder
        What was read.
    scenario
        What is asked of the plan; that of the folder where absent.

    Returns
    -------
    The problem and what is needed to turn a plan back into files and maps, with a warning for everything that was
    repaired, guessed or left out.

    Raises
    ------
    InvalidInput
        Where no problem can be made of it, with every error found up to there.
    """
    scenario = folder.scenario if scenario is None else scenario
    findings = Findings(folder)
    has_accounts = folder.accounts is not None and len(folder.accounts) > 0
    _check_anything_there(folder, findings)
    check_shapes(folder, findings)
    findings.stop_on_errors()

    postal_deg = postal_places(folder) if has_accounts else NO_ACCOUNTS
    projection = choose_projection(folder, postal_deg)
    areas = project_areas(folder, projection)
    places = place_accounts(folder, areas, postal_deg, projection, findings) if has_accounts else None
    values = measure_values(folder, scenario, findings)
    kind = kind_of_units(scenario.basic_unit, areas, has_accounts, findings)
    findings.stop_on_errors()

    account_area = places.area if places is not None else np.zeros(0, dtype=np.intp)
    account_in_force, area_in_force = current_ids(folder, account_area)
    roster = choose_territories(
        folder,
        scenario,
        np.r_[account_in_force, area_in_force],
        np.r_[values.of_account[:, values.primary], values.of_area[:, values.primary]],
        findings,
    )
    findings.stop_on_errors()
    account_current, area_current = roster.current(account_in_force), roster.current(area_in_force)
    rules = read_rules(folder, roster, values, account_current, area_current, findings)
    findings.stop_on_errors()

    contiguous = _contiguity(scenario, areas, folder)
    fixed, by_place = _apart(places, areas, rules, account_current, contiguous)
    basic = _basic_units(
        kind, scenario, areas, folder, places, by_place, values, fixed, roster, rules, findings
    )
    locked, apart = unit_locks(rules, basic, by_place, contiguous)
    fixed = np.where(apart, rules.accounts.locked, fixed).astype(np.int32)
    by_place &= fixed < 0
    _tell_placement(folder, places, values, fixed, by_place, rules, findings)
    _check_enough_units(basic, roster, findings)

    home_m = projection.to_m(*roster.home_deg.T)
    excluded = exclusions(rules, roster, basic, fixed, home_m, _account_ids(folder), findings)
    check_locks_allowed(locked, excluded, basic, roster, findings)
    activity, account_activity = _activity(basic, by_place, values)
    fixed_activity = np.zeros((len(roster), len(values.names)))
    np.add.at(fixed_activity, fixed[fixed >= 0], account_activity[fixed >= 0])
    total = activity.sum(axis=0) + fixed_activity.sum(axis=0)
    measures = banded_measures(values, total, roster, rules, findings)
    cost = objective(scenario, values, activity, roster, findings)
    budget_weight, budget = disruption_limit(scenario, values, activity, total, findings)
    graph = neighbour_graph(folder, scenario, areas, basic, contiguous, findings)
    findings.stop_on_errors()

    owned = _ownership(
        basic, by_place, account_current, area_current, account_activity[:, values.primary], roster
    )
    problem = AlignmentProblem(
        units=basic.units,
        territories=Territories(roster.territory_id, roster.seat_id, home_m, fixed_activity),
        measures=measures,
        activity=activity,
        objective=cost,
        graph=graph,
        contiguous=contiguous,
        current=owned.current,
        owned=owned.owned,
        had_owner=owned.had_owner,
        locked=locked,
        excluded=excluded,
        disruption_weight=budget_weight,
        disruption_budget=budget,
    )
    unit_in_force = np.append(area_in_force, "")[basic.area_of_unit]
    in_force = account_in_force if has_accounts else unit_in_force
    entity_weight = account_activity[:, values.primary] if has_accounts else activity[:, values.primary]
    history = sales_history(folder, in_force, entity_weight, roster, findings)
    findings.stop_on_errors()
    accounts = None
    if has_accounts:
        unit = np.where(places.known, basic.unit_of_account, -1)
        accounts = Accounts(_account_ids(folder), unit, fixed, account_current, account_activity)
    return Assembled(
        folder=folder,
        scenario=scenario,
        problem=problem,
        accounts=accounts,
        account_place_deg=NO_ACCOUNTS if places is None else places.degrees,
        account_place_source=np.zeros(0, dtype=object) if places is None else places.source,
        account_area=account_area,
        unit_area=basic.area_of_unit,
        previous_territory=in_force,
        shapes=basic.shapes,
        projection=projection,
        history=history,
        problems=findings.problems,
    )


def _account_ids(folder: PlanFolder) -> NDArray[np.object_]:
    if folder.accounts is None:
        return np.zeros(0, dtype=object)
    return folder.accounts["account_id"].to_numpy(dtype=object)


def _check_anything_there(folder: PlanFolder, findings: Findings) -> None:
    tables = (folder.accounts, folder.units)
    if all(table is None or not len(table) for table in tables):
        findings.error(
            "nothing_to_plan",
            "The folder has neither accounts nor units.",
            "Add a file accounts (account_id and a place) or units (unit_id and shapes).",
        )


def _contiguity(scenario: Scenario, areas: Areas | None, folder: PlanFolder) -> bool:
    """Return whether territories must hang together: as asked, else where there are areas with neighbours."""
    if scenario.contiguous is not None:
        return scenario.contiguous
    declared = folder.adjacency is not None and len(folder.adjacency) > 0
    return areas is not None and (areas.shapes is not None or declared)


def _apart(
    places: Places | None, areas: Areas | None, rules: Rules, current: IntArray, contiguous: bool
) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the territory that holds each account apart from geography, and which accounts geography decides on.

    Held apart are named accounts, accounts without a place (by their owner or their lock), and, where territories
    must hang together, locked accounts.
    """
    if places is None:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=bool)
    placed = places.known if areas is None else places.known & (places.area >= 0)
    lock = rules.accounts.locked
    owner = np.where(lock >= 0, lock, np.where(current >= 0, current, -1))
    fixed = np.where(rules.accounts.named >= 0, rules.accounts.named, np.where(placed, -1, owner))
    if contiguous:
        fixed = np.where((fixed < 0) & (lock >= 0), lock, fixed)
    return fixed.astype(np.int32), placed & (fixed < 0)


def _basic_units(
    kind: BasicUnit,
    scenario: Scenario,
    areas: Areas | None,
    folder: PlanFolder,
    places: Places | None,
    by_place: NDArray[np.bool_],
    values: Values,
    fixed: IntArray,
    roster: Roster,
    rules: Rules,
    findings: Findings,
) -> BasicUnits:
    account_id = _account_ids(folder)
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
    names = {name for name, band in values.bands.items() if (band.below, band.above) != (None, None)}
    names |= {values.names[limit.measure] for limit in rules.limits}
    names |= {name for name, band in values.bands.items() if (band.minimum, band.maximum) != (None, None)}
    limited = [values.position(name) for name in names - {UNITS}]
    too_big = (held[:, limited] > scenario.split_above * ideal[limited]).any(axis=1)
    if scenario.basic_unit is BasicUnit.AUTO and len(areas) < len(roster):
        too_big[:] = True
    return split_areas(areas, too_big, account_id, places, by_place, findings)


def _activity(
    basic: BasicUnits, by_place: NDArray[np.bool_], values: Values
) -> tuple[FloatArray, FloatArray]:
    """Return the activity of units and accounts; what a unit holds itself is spread evenly over its accounts."""
    own = np.asarray(basic.share_of_area @ values.of_area) if len(values.of_area) else 0.0
    n = len(basic.units)
    unit = basic.unit_of_account
    here = np.flatnonzero(by_place & (unit >= 0)) if len(unit) else np.zeros(0, dtype=np.intp)
    activity = np.zeros((n, len(values.names))) + own
    for column in range(len(values.names)):
        activity[:, column] += np.bincount(unit[here], values.of_account[here, column], n)
    of_account = values.of_account.copy()
    if len(here) and len(values.of_area):
        count = np.bincount(unit[here], minlength=n)
        of_account[here] += (own / np.maximum(count, 1)[:, None])[unit[here]]
    return activity, of_account


def _ownership(
    basic: BasicUnits,
    by_place: NDArray[np.bool_],
    account_current: IntArray,
    area_current: IntArray,
    weight: FloatArray,
    roster: Roster,
) -> Ownership:
    fallback = np.append(area_current, -1)[basic.area_of_unit]
    unit = np.where(by_place, basic.unit_of_account, -1) if len(by_place) else np.zeros(0, dtype=np.intp)
    return by_accounts(unit, account_current, weight, fallback, len(roster))


def _tell_placement(
    folder: PlanFolder,
    places: Places | None,
    values: Values,
    fixed: IntArray,
    by_place: NDArray[np.bool_],
    rules: Rules,
    findings: Findings,
) -> None:
    """Tell which accounts geography does not decide on, how many, and what they hold."""
    if places is None:
        return
    ids = pd.Series(_account_ids(folder))
    in_force = folder.accounts["territory_id"].to_numpy(dtype=object)
    measure = values.primary

    def tell(rows: NDArray[np.bool_], code: str, what: str, what_to_do: str, column: str) -> None:
        if rows.any():
            held = (
                ""
                if values.names[measure] == "accounts"
                else (f" with {amount(values.of_account[rows, measure].sum())} {values.names[measure]}")
            )
            findings.warn(
                code,
                f"{plural(int(rows.sum()), 'account')}{held} {what}: {examples(ids[rows])}.",
                what_to_do,
                table="accounts",
                column=column,
                value=ids[rows].iloc[0],
                count=int(rows.sum()),
            )

    nowhere = (fixed < 0) & ~by_place
    tell(
        nowhere & (in_force == ""),
        "unplaced",
        "without any place and without a current territory, left out of the plan and listed as unplaced",
        "Add coordinates or a postal code, or name a territory or seat.",
        "latitude",
    )
    tell(
        nowhere & (in_force != ""),
        "unplaced",
        "without any place, and with a current territory that is not to be filled, listed as unplaced",
        "Add coordinates or a postal code, or name a territory or seat that stays.",
        "territory_id",
    )
    named, locked = rules.accounts.named >= 0, rules.accounts.locked >= 0
    tell(
        (fixed >= 0) & ~named & ~locked & ~places.known,
        "kept_without_place",
        "without any place stay with their current territory",
        "Add coordinates or a postal code if geography should decide.",
        "latitude",
    )
    tell(
        (fixed >= 0) & ~named & locked,
        "locked_apart",
        "locked, held apart from geography: the places around them may belong to others",
        "Lock the unit instead if all around should stay, too.",
        "locked",
    )
    if named.sum() > len(named) / 2:
        tell(
            named,
            "mostly_named",
            "named for a seat, more than half of all, so there is little left to plan",
            "Clear seat_id of accounts that geography should decide on; the owner in force belongs in territory_id.",
            "seat_id",
        )


def _check_enough_units(basic: BasicUnits, roster: Roster, findings: Findings) -> None:
    if len(roster) > len(basic.units):
        findings.error(
            "more_territories_than_units",
            f"{len(roster)} territories cannot be made of {plural(len(basic.units), 'basic unit')}.",
            "Ask for fewer territories, or for smaller basic units (basic_unit = 'account').",
            table="plan.toml",
            value=len(roster),
        )
