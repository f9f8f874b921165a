"""Whether what the tables of a folder say of quotas fits the plan: territories, seats, currencies, years."""

from __future__ import annotations

import pandas as pd

from data.assemble.findings import Findings, examples
from data.assemble.quota_inputs import quota_year
from data.assemble.roster import Roster
from data.folder import PlanFolder
from data.schema import nearest
from planner.scenario import Scenario


def check_quota_tables(folder: PlanFolder, scenario: Scenario, roster: Roster, findings: Findings) -> None:
    """Report overrides, credit and currencies that lead nowhere; nothing decided by hand is left out silently."""
    for name in ("overrides", "credits"):
        table = getattr(folder, name)
        if table is not None:
            _check_territories(table, name, roster, findings)
    _check_seats_of_overrides(folder, roster, findings)
    _check_owners(folder, roster, findings)
    _check_years(folder, scenario, findings)
    _check_account_targets(folder, scenario, findings)
    _check_rates(folder, scenario, findings)


def _check_territories(table: pd.DataFrame, name: str, roster: Roster, findings: Findings) -> None:
    named = table["territory_id"]
    for row in table[(named != "") & ~named.isin(list(roster.position))].to_dict("records"):
        near = nearest(row["territory_id"], roster.position)
        findings.error(
            "unknown_territory",
            "The plan has no such territory." + (f" The nearest is {near!r}." if near else ""),
            f"Use one of {examples(roster.position)}, or remove the row.",
            table=name,
            column="territory_id",
            value=row["territory_id"],
            row=int(row["row"]),
        )


def _check_seats_of_overrides(folder: PlanFolder, roster: Roster, findings: Findings) -> None:
    table = folder.overrides
    if table is None:
        return
    named = table["seat_id"]
    for row in table[(named != "") & ~named.isin(list(roster.position_of_seat))].to_dict("records"):
        findings.error(
            "seat_without_territory",
            "The seat has no territory in the plan, so no quota can be decided for it.",
            "Name the seat that owns a territory, or remove the row.",
            table="overrides",
            column="seat_id",
            value=row["seat_id"],
            row=int(row["row"]),
        )


def _check_owners(folder: PlanFolder, roster: Roster, findings: Findings) -> None:
    """Report credit of a seat in its own territory, all of which it carries already."""
    table = folder.credits
    if table is None:
        return
    owns = table["seat_id"].map(roster.position_of_seat)
    for row in table[owns.notna() & (owns == table["territory_id"].map(roster.position))].to_dict("records"):
        findings.error(
            "own_territory",
            "The territory is the seat's own; its owner carries what others are not credited with.",
            "Name the seat that shares the territory, or remove the row.",
            table="credits",
            column="seat_id",
            value=row["seat_id"],
            row=int(row["row"]),
        )


def _check_account_targets(folder: PlanFolder, scenario: Scenario, findings: Findings) -> None:
    """Report targets of accounts that count for nothing: of another year, or of a component without quotas."""
    table = folder.account_targets
    if table is None:
        return
    year = quota_year(folder, scenario)
    other = (table["period"] != "") & (table["period"].str[:4] != year)
    if year and other.any():
        findings.warn(
            "other_year",
            f"Targets of accounts for another year than that of the plan, {year}, count for nothing.",
            "Correct the periods, or remove the rows.",
            table="account_targets",
            column="period",
            value=table.loc[other, "period"].iloc[0],
            count=int(other.sum()),
        )
    stated = [] if folder.targets is None else [name for name in folder.targets["component"].unique() if name]
    unknown = (table["component"] != "") & ~table["component"].isin(stated)
    if stated and unknown.any():
        name = table.loc[unknown, "component"].iloc[0]
        near = nearest(name, stated)
        findings.warn(
            "unknown_component",
            "Targets of accounts name a component that no target has."
            + (f" The nearest is {near!r}." if near else ""),
            f"Use one of {examples(stated)}, or remove the rows.",
            table="account_targets",
            column="component",
            value=name,
            count=int(unknown.sum()),
        )


def _check_years(folder: PlanFolder, scenario: Scenario, findings: Findings) -> None:
    """Report overrides of another year than that of the plan, where that is stated."""
    if folder.overrides is None:
        return
    stated = [] if folder.targets is None else [period[:4] for period in folder.targets["period"] if period]
    years = {*stated, *([str(scenario.quota.year)] if scenario.quota.year is not None else [])}
    if not years:
        return
    period = folder.overrides["period"]
    for row in folder.overrides[(period != "") & ~period.str[:4].isin(years)].to_dict("records"):
        findings.error(
            "other_year",
            f"The amount was decided for another year than that of the plan, {', '.join(sorted(years))}.",
            "Correct the period, or remove the row.",
            table="overrides",
            column="period",
            value=row["period"],
            row=int(row["row"]),
        )


def _check_rates(folder: PlanFolder, scenario: Scenario, findings: Findings) -> None:
    """Report currencies of seats and overrides that nothing says the worth of."""
    plan = scenario.quota.currency
    known = {plan, ""} | (set() if folder.rates is None else set(folder.rates["currency"]))
    for name in ("seats", "overrides"):
        table = getattr(folder, name)
        if table is None or "currency" not in table:
            continue
        for code in sorted(set(table["currency"]) - known):
            findings.error(
                "missing_rate",
                f"Amounts are in {code}, those of the plan in {plan}, and no rate leads from one to the other.",
                f"Add a row to rates: {code} and what one unit of it is worth in {plan}.",
                table=name,
                column="currency",
                value=code,
                count=int((table["currency"] == code).sum()),
            )
    if folder.rates is not None and (folder.rates["currency"] == plan).any():
        own = folder.rates[folder.rates["currency"] == plan].iloc[0]
        if float(own["rate"]) != 1:
            findings.error(
                "rate_range",
                f"The rate of {plan}, the currency of the plan, must be 1.",
                "Remove the row, or state the currency of the plan.",
                table="rates",
                column="rate",
                value=own["rate"],
                row=int(own["row"]),
            )
