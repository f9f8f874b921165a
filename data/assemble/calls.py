"""Calls that accounts take by the call plans of their segments, and the workload that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from data.assemble.findings import Findings, examples, plural
from data.folder import PlanFolder
from planner.arrays import FloatArray, IdArray
from planner.coverage import WORKLOAD_HOURS, Segment
from planner.scenario import Scenario
from planner.workload import FIELD_TIME, HOURS_PER_DAY, CallPlan, Calls, TravelTimes, WorkDay

SOURCE = "source"
"""Ending of the column that says whether a value was given or computed."""
GIVEN, COMPUTED = "given", "computed from the call plan"


def call_plan(
    folder: PlanFolder, scenario: Scenario, xy_m: FloatArray, findings: Findings
) -> CallPlan | None:
    """Return the calls of the accounts by their segments; None where no segment states any.

    An account whose segment has no call plan takes no calls; a warning counts them.

    Parameters
    ----------
    xy_m
        Place of each account on the projection, shape ``(n_accounts, 2)``; NaN where unknown.
    """
    coverage = scenario.coverage
    if folder.accounts is None or not coverage.has_call_plan:
        return None
    segment = folder.accounts["segment"].astype(str)
    often = {name: plan.calls_per_year for name, plan in coverage.segments.items()}
    minutes = {name: plan.minutes_per_call for name, plan in coverage.segments.items()}
    per_year = segment.map(often).to_numpy(dtype=float)
    length = segment.map(minutes).to_numpy(dtype=float) / 60.0
    _tell_without_plan(segment[np.isnan(per_year)], folder.accounts["account_id"], findings)
    _tell_without_length(coverage.segments, findings)
    calls = Calls(np.nan_to_num(per_year), np.nan_to_num(length))
    return CallPlan(calls, xy_m, work_day(scenario))


def work_day(scenario: Scenario) -> WorkDay:
    """Return how working time is spent, as the scenario says, else by the defaults."""
    asked = scenario.workload
    return WorkDay(asked.field_time or FIELD_TIME, asked.hours_per_day or HOURS_PER_DAY)


def with_workload(folder: PlanFolder, plan: CallPlan | None) -> PlanFolder:
    """Return the folder with ``workload_hours`` of the accounts computed where they do not state it.

    A column ``workload_hours_source`` says of each account whether its hours were given.
    """
    if plan is None or folder.accounts is None:
        return folder
    stated = np.full(len(folder.accounts), np.nan)
    if WORKLOAD_HOURS in folder.account_measures:
        stated = folder.accounts[WORKLOAD_HOURS].to_numpy(dtype=float)
    given = np.isfinite(stated)
    hours = np.where(given, stated, plan.entity_working_hours())
    accounts = folder.accounts.assign(
        **{
            WORKLOAD_HOURS: hours,
            f"{WORKLOAD_HOURS}_{SOURCE}": np.where(given, GIVEN, COMPUTED).astype(object),
        }
    )
    measures = tuple(dict.fromkeys([*folder.account_measures, WORKLOAD_HOURS]))
    return replace(folder, accounts=accounts, account_measures=measures)


def with_travel_times(folder: PlanFolder, plan: CallPlan | None) -> CallPlan | None:
    """Return the call plan with the times between accounts that the folder brings along, if any; both ways count."""
    found = _ways(folder, "to_account_id", None if folder.accounts is None else folder.accounts["account_id"])
    if plan is None or found is None:
        return plan
    account, other, hours = found
    both = pd.DataFrame(
        {"a": np.r_[account, other], "b": np.r_[other, account], "hours": np.r_[hours, hours]}
    )
    # Stated for each direction: their mean.
    mean = both[both["a"] != both["b"]].groupby(["a", "b"], as_index=False)["hours"].mean()
    n = 0 if folder.accounts is None else len(folder.accounts)
    between = csr_array(
        (mean["hours"].to_numpy(), (mean["a"].to_numpy(), mean["b"].to_numpy())), shape=(n, n)
    )
    return replace(plan, times=replace(plan.times or TravelTimes(), between=between))


def with_home_times(folder: PlanFolder, plan: CallPlan | None, seat_id: IdArray) -> CallPlan | None:
    """Return the call plan with the times from the homes of seats that the folder brings along, if any."""
    found = _ways(folder, "seat_id", pd.Series(seat_id, dtype=object))
    if plan is None or found is None:
        return plan
    account, seat, hours = found
    n = 0 if folder.accounts is None else len(folder.accounts)
    from_home = csr_array((hours, (account, seat)), shape=(n, len(seat_id)))
    return replace(plan, times=replace(plan.times or TravelTimes(), from_home=from_home))


def _ways(
    folder: PlanFolder, column: str, ids: pd.Series | None
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray] | None:
    """Return account, other end and hours of the ways that are stated to `ids`; None where there are none."""
    table = folder.travel
    if table is None or folder.accounts is None or ids is None or column not in table or not len(table):
        return None
    account = pd.Index(folder.accounts["account_id"]).get_indexer(table["account_id"])
    end = pd.Index(ids).get_indexer(table[column].where(table[column] != "", None))
    hours = table["hours"].to_numpy(dtype=float)
    known = (account >= 0) & (end >= 0) & np.isfinite(hours)
    return (account[known], end[known], hours[known]) if known.any() else None


def _tell_without_plan(segment: pd.Series, account_id: pd.Series, findings: Findings) -> None:
    if len(segment):
        names = [name or "(none)" for name in segment.unique()]
        findings.warn(
            "no_call_plan",
            f"{plural(len(segment), 'account')} take no calls, because their segments have no call plan: "
            f"{examples(names)}.",
            "Add [segments.NAME] calls_per_year to plan.toml, or fill in the segment.",
            table="accounts",
            column="segment",
            value=account_id.loc[segment.index[0]],
            count=len(segment),
        )


def _tell_without_length(segments: Mapping[str, Segment], findings: Findings) -> None:
    silent = [
        name
        for name, plan in segments.items()
        if plan.calls_per_year is not None and plan.minutes_per_call is None
    ]
    if silent:
        findings.error(
            "call_without_length",
            f"These segments state calls but not how long one takes: {examples(silent)}.",
            "Add minutes_per_call.",
            table="plan.toml",
            column=f"segments.{silent[0]}",
            value=silent[0],
            count=len(silent),
        )
