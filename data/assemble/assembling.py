"""The steps from a plan folder to an assembled problem, in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data.assemble.areas import Areas, check_shapes, choose_projection, project_areas
from data.assemble.bands import banded_measures
from data.assemble.basic_units import BasicUnits
from data.assemble.budgets import disruption_budgets
from data.assemble.calls import call_plan, with_home_times, with_travel_times, with_workload
from data.assemble.changed_seats import with_changed_seats
from data.assemble.changes import with_data_changes
from data.assemble.choose_units import kind_of_units, make_basic_units
from data.assemble.estimated import with_estimates
from data.assemble.families import companions, settle_groups
from data.assemble.findings import Findings, plural
from data.assemble.held_apart import held_apart, tell_held_apart
from data.assemble.history import sales_history
from data.assemble.mixes import account_mixes
from data.assemble.neighbours import neighbour_graph
from data.assemble.ownership import owners_today
from data.assemble.places import place_accounts
from data.assemble.postal import postal_places
from data.assemble.pricing import objective
from data.assemble.quota_checks import check_quota_tables
from data.assemble.reach import out_of_reach
from data.assemble.regional import check_regions, ideals, loose_territories, regional
from data.assemble.regions import plan_regions
from data.assemble.relationships import relationships, revenue_at_stake
from data.assemble.roll_up import roll_up
from data.assemble.roster import Roster, choose_territories, current_ids
from data.assemble.rule_reader import read_rules
from data.assemble.unit_rules import (
    check_groups_allowed,
    check_locks_allowed,
    exclusions,
    unit_locks,
)
from data.assemble.values import measure_values, with_segments
from data.assemble.workload import with_number
from data.assembled import Assembled
from data.folder import PlanFolder
from planner.accounts import Accounts
from planner.problem import AlignmentProblem
from planner.scenario import Scenario
from planner.seats import Territories


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
    folder = _without_empty_tables(folder, findings)
    folder = with_data_changes(folder, scenario, findings)
    folder, scenario = with_changed_seats(folder, scenario, findings)
    check_shapes(folder, findings)
    findings.stop_on_errors()

    has_accounts = folder.accounts is not None
    account_id = (
        folder.accounts["account_id"].to_numpy(dtype=object) if has_accounts else np.zeros(0, dtype=object)
    )
    postal_deg = postal_places(folder)
    projection = choose_projection(folder, postal_deg)
    areas = project_areas(folder, projection)
    places = place_accounts(folder, areas, postal_deg, projection, findings)
    folder = with_estimates(folder, scenario, findings)
    calls = with_travel_times(folder, call_plan(folder, scenario, places.xy_m, findings))
    folder = with_workload(folder, calls)
    values = measure_values(folder, scenario, findings)
    kind = kind_of_units(scenario.basic_unit, areas, has_accounts, findings)
    findings.stop_on_errors()

    account_in_force, area_in_force = current_ids(folder, places.area)
    size = np.r_[values.of_account[:, values.primary], values.of_area[:, values.primary]]
    regions = plan_regions(folder, scenario)
    in_force = np.r_[account_in_force, area_in_force]
    roster = choose_territories(
        folder, with_number(scenario, folder, values, findings), in_force, size, regions, findings
    )
    check_regions(regions, roster, findings)
    check_quota_tables(folder, scenario, roster, findings)
    findings.stop_on_errors()
    account_current, area_current = roster.current(account_in_force), roster.current(area_in_force)
    rules = read_rules(folder, scenario, roster, values, account_current, area_current, places.area, findings)
    findings.stop_on_errors()
    values = with_segments(values, rules.segments)
    area_id = np.zeros(0, dtype=object) if areas is None else areas.area_id
    member_id = np.r_[account_id, area_id]
    of_account = values.of_account[:, values.primary]
    settle_groups(rules, roster, places, account_current, of_account, member_id, findings)
    findings.stop_on_errors()

    contiguous, loose = loose_territories(scenario, roster, _contiguity(scenario, areas, folder))
    fixed, by_place = held_apart(places, areas, rules, account_current, contiguous)
    basic = make_basic_units(
        kind, scenario, areas, account_id, places, by_place, values, fixed, roster, rules, findings
    )
    locked, apart = unit_locks(rules, basic, by_place, contiguous)
    fixed = np.where(apart, rules.accounts.locked, fixed).astype(np.int32)
    by_place &= fixed < 0
    tell_held_apart(folder, places, values, fixed, by_place, rules, findings)
    _check_enough_units(basic, roster, findings)

    activity, account_activity = roll_up(basic, by_place, values)
    fixed_activity = np.zeros((len(roster), len(values.names)))
    np.add.at(fixed_activity, fixed[fixed >= 0], account_activity[fixed >= 0])
    total = activity.sum(axis=0) + fixed_activity.sum(axis=0)
    weight = account_activity[:, values.primary]

    home_m = projection.to_m(*roster.home_deg.T)
    groups = companions(rules, roster, basic, fixed, locked, member_id, findings)
    within = regional(
        regions, roster, basic, by_place, account_current, area_current, weight, groups.together, findings
    )
    reach = out_of_reach(folder, rules, roster, basic, fixed, home_m, account_id, findings)
    excluded = exclusions(rules, reach, roster, basic, fixed, account_id, findings)
    check_locks_allowed(rules, locked, excluded, within, basic, roster, findings)
    check_groups_allowed(groups.together, excluded, within, basic, findings)
    ideal = ideals(activity, fixed_activity, roster, within)
    measures = banded_measures(values, scenario, total, ideal, roster, rules, findings)
    cost = objective(scenario, values, activity, roster, findings)
    graph = neighbour_graph(folder, scenario, areas, basic, contiguous, findings)
    if graph is not None and contiguous:
        graph = graph.linked(groups.together)
    today = owners_today(basic, by_place, account_current, area_current, weight, len(roster))
    budgets = disruption_budgets(
        scenario, values, activity, account_activity, fixed, account_current, today, findings
    )
    mixes = account_mixes(rules, basic, by_place, fixed, activity, account_activity, fixed_activity)
    in_force = account_in_force if has_accounts else area_in_force
    history = sales_history(
        folder, in_force, weight if has_accounts else activity[:, values.primary], roster, findings
    )
    findings.stop_on_errors()

    problem = AlignmentProblem(
        units=basic.units,
        territories=Territories(roster.territory_id, roster.seat_id, home_m, fixed_activity),
        measures=measures,
        activity=activity,
        objective=cost,
        graph=graph,
        contiguous=contiguous,
        current=today.current,
        owned=today.owned,
        had_owner=today.had_owner,
        locked=locked,
        excluded=excluded,
        budgets=budgets,
        mixes=mixes,
        apart=groups.apart,
        together=groups.together,
        region_of_unit=within.region_of_unit,
        region_of_territory=within.region_of_territory,
        region_name=within.region_name,
        loose=loose,
    )
    accounts = None
    if has_accounts:
        accounts = Accounts(account_id, basic.unit_of_account, fixed, account_current, account_activity)
    held = account_activity if has_accounts else activity
    revenue = revenue_at_stake(scenario, values.names, held, history)
    return Assembled(
        folder=folder,
        scenario=scenario,
        problem=problem,
        accounts=accounts,
        account_place_deg=places.degrees,
        account_place_source=places.source,
        account_area=places.area,
        unit_area=basic.area_of_unit,
        previous_territory=in_force,
        shapes=basic.shapes,
        projection=projection,
        history=history,
        problems=findings.problems,
        relationships=relationships(folder, scenario, roster, in_force, revenue),
        call_plan=with_home_times(folder, calls, roster.seat_id),
    )


def _without_empty_tables(folder: PlanFolder, findings: Findings) -> PlanFolder:
    """Return the folder with accounts and units absent where they have no rows; one of them must have some."""
    empty = {
        name: None
        for name in ("accounts", "units")
        if getattr(folder, name) is not None and not len(getattr(folder, name))
    }
    folder = replace(folder, **empty) if empty else folder
    if folder.accounts is None and folder.units is None:
        findings.error(
            "nothing_to_plan",
            "The folder has neither accounts nor units.",
            "Add a file accounts (account_id and a place) or units (unit_id and shapes).",
        )
    return folder


def _contiguity(scenario: Scenario, areas: Areas | None, folder: PlanFolder) -> bool:
    """Return whether territories must hang together: as asked, else where there are areas with neighbours."""
    if scenario.contiguous is not None:
        return scenario.contiguous
    declared = folder.adjacency is not None and len(folder.adjacency) > 0
    return areas is not None and (areas.shapes is not None or declared)


def _check_enough_units(basic: BasicUnits, roster: Roster, findings: Findings) -> None:
    if len(roster) > len(basic.units):
        findings.error(
            "more_territories_than_units",
            f"{len(roster)} territories cannot be made of {plural(len(basic.units), 'basic unit')}.",
            "Ask for fewer territories, or for smaller basic units (basic_unit = 'account').",
            table="plan.toml",
            value=len(roster),
        )
