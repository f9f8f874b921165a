"""Reads every rule of a plan: columns of the tables first, then the rows of rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from data.assemble.changes import lift_locks
from data.assemble.findings import Findings, examples
from data.assemble.groups import read_grouping
from data.assemble.limit_rules import read_capacity, read_limit, read_mix, read_reach
from data.assemble.owner_rules import read_exclusion, read_lock, read_named, read_skill
from data.assemble.roster import Roster
from data.assemble.rule_rows import RuleRow, rule_rows
from data.assemble.rule_terms import RuleTerms
from data.assemble.rules import Demands, Origin, Positions, Rules
from data.assemble.skills import exclude_without_skill
from data.assemble.values import ACCOUNTS, UNITS, Values
from data.folder import PlanFolder
from planner.arrays import IntArray
from planner.scenario import Scenario

_READERS: dict[str, Callable[[RuleTerms, RuleRow], None]] = {
    "lock": read_lock,
    "named": read_named,
    "exclude": read_exclusion,
    "skill": read_skill,
    "together": read_grouping,
    "apart": read_grouping,
    "reach_km": read_reach,
    "reach_hours": read_reach,
    "min": read_limit,
    "max": read_limit,
    "mix": read_mix,
    "capacity": read_capacity,
}


def read_rules(
    folder: PlanFolder,
    scenario: Scenario,
    roster: Roster,
    values: Values,
    account_current: IntArray,
    area_current: IntArray,
    account_area: Positions,
    findings: Findings,
) -> Rules:
    """Return the rules of the folder and of the scenario; one that cannot be meant is an error.

    Parameters
    ----------
    account_current, area_current
        Current territory of each account and each area, `NOBODY` or `GONE` where none of these.
    account_area
        Area that each account lies in, −1 where none.
    """
    terms = RuleTerms(folder, scenario, roster, values, account_current, area_current, account_area, findings)
    if folder.accounts is not None:
        _read_named_column(folder.accounts, roster, terms.rules.accounts, findings)
    for name, table in ((ACCOUNTS, folder.accounts), (UNITS, folder.units)):
        if table is not None:
            demands = terms.demands[name]
            _read_locked_column(table, name, terms.current[name], demands, findings)
            _read_skill_column(table, name, roster, demands, findings)
    for row in rule_rows(folder, scenario, findings):
        if row["kind"] in _READERS:
            _READERS[row["kind"]](terms, row)
        else:
            terms.tell(row, "kind", "unknown_rule", f"There is no rule {row['kind']!r}.")
    lift_locks(folder, scenario, terms.rules.accounts, terms.rules.areas)
    _check_named_locks(terms)
    return terms.rules


def _read_named_column(accounts: pd.DataFrame, roster: Roster, demands: Demands, findings: Findings) -> None:
    seat_id = accounts["seat_id"]
    known = roster.position | roster.position_of_seat
    demands.named[:] = seat_id.map(known).fillna(-1).to_numpy()
    unknown = seat_id[(seat_id != "") & ~seat_id.isin(list(known))]
    if len(unknown):
        findings.error(
            "unknown_seat",
            f"Accounts are named for a seat that is not there: {examples(unknown.unique())}.",
            "Correct the seat_id, add the seat, or leave the cell empty.",
            table="accounts",
            column="seat_id",
            value=unknown.iloc[0],
            count=len(unknown),
        )


def _read_locked_column(
    table: pd.DataFrame, name: str, current: IntArray, demands: Demands, findings: Findings
) -> None:
    """Lock the rows that say so to their current territory."""
    asked = table["locked"].to_numpy(dtype=bool)
    held = asked & (current >= 0)
    demands.locked[held] = current[held]
    ids = table["account_id" if name == ACCOUNTS else "unit_id"][asked & ~held]
    if len(ids):
        findings.error(
            "lock_without_territory",
            f"Locked {name} without a current territory that is to be filled: {examples(ids)}.",
            "Fill in a territory_id that stays, or clear locked.",
            table=name,
            column="locked",
            value=ids.iloc[0],
            count=len(ids),
        )


def _read_skill_column(
    table: pd.DataFrame, name: str, roster: Roster, demands: Demands, findings: Findings
) -> None:
    if "required_skill" in table and (table["required_skill"] != "").any():
        origin = Origin(name, None, "required_skill", None)
        rows = np.arange(len(table))
        exclude_without_skill(demands, rows, table["required_skill"], roster, origin, findings)


def _check_named_locks(terms: RuleTerms) -> None:
    """Report accounts that are named for one seat and locked to the territory of another."""
    demands, names = terms.rules.accounts, terms.roster.territory_id
    clash = np.flatnonzero((demands.named >= 0) & (demands.locked >= 0) & (demands.named != demands.locked))
    if len(clash):
        ids, first = terms.ids(ACCOUNTS, clash), clash[0]
        terms.findings.error(
            "contradicting_rules",
            f"Named for one seat and locked to another: {examples(ids)}; {ids[0]} is named for "
            f"{names[demands.named[first]]} and locked to {names[demands.locked[first]]}.",
            "Remove the lock, or the seat_id that names the account.",
            table="accounts",
            column="seat_id",
            value=ids[0],
            count=len(ids),
        )
