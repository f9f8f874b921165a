"""Plan folders with many rules at once, made of real accounts, solved and audited from their files alone.

Accounts are bank branches of at most 1 bn $ in deposits. Three measures are balanced: deposits, the count of branches,
and hours that are drawn apart from both. Today's alignment was made for the deposits and hours of two years before and
has drifted since; a quarter of the accounts must stay where they are, no territory may hold more than a number of
accounts, and only a share of the deposits may change hands.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.stop import AnyOf, Cancelled, MaxIterations, MaxSeconds, Stop
from planner.units import Units
from solvers import solve
from tests.bench.data_sets import branches_of_years
from tests.bench.ours import Watch

BAND, LOCKED, BUDGET, ROOM = 0.10, 0.25, 0.15, 1.2
"""Band of each measure; share of accounts locked; share of deposits that may move; most accounts over the mean."""
DRIFTED, NEIGHBOURS = 0.05, 12
"""Share of accounts that went to a neighbour's territory since today's alignment was made, of so many neighbours."""
BUILDING_S, BUILDING_ITERATIONS = 60.0, 40
"""Limits for making today's alignment."""

PLAN = """name = "Rules"
contiguous = false
basic_unit = "account"

[measures]
deposits = {band}
accounts = {band}
hours = {band}

[[rules]]
kind = "max"
measure = "accounts"
value = {most}

[[disruption.budgets]]
measure = "deposits"
total = {budget}
"""


def write_folder(data: Path | None, folder: Path, accounts: int, territories: int, seed: int) -> None:
    """Write a plan folder of `accounts` branches in `territories` territories."""
    random = np.random.default_rng([seed, accounts])
    frame, xy_m = branches_of_years(data)
    pick = np.sort(random.choice(len(frame), accounts, replace=False))
    frame, xy_m = frame.iloc[pick], xy_m[pick]
    hours = 10 * random.lognormal(0, 0.6, accounts)
    before = np.stack(
        [frame["before"].to_numpy() + 1.0, np.ones(accounts), hours * random.lognormal(0, 0.3, accounts)],
        axis=1,
    )
    current = _balanced(xy_m, before, territories, seed)
    near = cKDTree(xy_m).query(xy_m, k=NEIGHBOURS)[1]
    for i in np.flatnonzero(random.random(accounts) < DRIFTED):
        current[i] = current[near[i, random.integers(1, NEIGHBOURS)]]
    folder.mkdir(parents=True)
    pd.DataFrame(
        {
            "account_id": [f"B{number:05d}" for number in pick],
            "latitude": frame["lat"].to_numpy(),
            "longitude": frame["lon"].to_numpy(),
            "deposits": frame["now"].to_numpy(),
            "hours": hours.round(2),
            "territory_id": [f"T{j + 1:03d}" for j in current],
            "locked": np.where(random.random(accounts) < LOCKED, "yes", ""),
        }
    ).to_csv(folder / "accounts.csv", index=False)
    most = int(np.ceil(ROOM * accounts / territories))
    (folder / "plan.toml").write_text(PLAN.format(band=BAND, most=most, budget=BUDGET), "utf-8")


def _balanced(
    xy_m: NDArray[np.float64], activity: NDArray[np.float64], territories: int, seed: int
) -> NDArray[np.int32]:
    """Return an alignment that balances `activity`, as far as a short search gets."""
    n, share = len(xy_m), np.full(territories, 1 / territories)
    measures = tuple(
        Measure.banded(name, float(column.sum()), share, BAND, BAND)
        for name, column in zip(("deposits", "accounts", "hours"), activity.T, strict=True)
    )
    problem = AlignmentProblem(
        units=Units.points(np.arange(n).astype(str), xy_m),
        territories=Territories.unnamed(territories, len(measures)),
        measures=measures,
        activity=activity,
        objective=Objective((activity / activity.sum(axis=0)).mean(axis=1), np.zeros(n)),
    )
    inside = Watch()
    limits = (
        MaxSeconds(BUILDING_S),
        MaxIterations(BUILDING_ITERATIONS),
        Cancelled(lambda: inside.inside_s is not None),
    )
    result = solve(problem, stop=AnyOf(limits), observer=inside, seed=seed)
    assert result.alignment is not None
    return np.array(result.alignment.territory)


def solve_and_audit(
    data: Path | None, folder: Path, *, accounts: int, territories: int, time_limit_s: float | None,
    iterations: int | None, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Write a folder, plan it as a user's command does, and audit what was written."""
    from api.planning import make_plan
    from data.audit import audit
    from data.export import write_plan

    plan_folder, out = folder / f"rules-{accounts}", folder / f"rules-{accounts}-out"
    write_folder(data, plan_folder, accounts, territories, seed)
    watch = Watch()
    changes: dict[str, Any] = {"seed": seed} | (
        {} if time_limit_s is None else {"time_limit_s": time_limit_s}
    )
    stop: Stop = Cancelled(lambda: False) if iterations is None else MaxIterations(iterations)
    began = time.monotonic()
    assembled, plan = make_plan(plan_folder, changes, stop, watch)
    seconds = time.monotonic() - began
    write_plan(out, assembled, plan)
    report = audit(out, plan_folder)
    before, after = plan.before, plan.after
    assert before is not None
    return {
        "accounts": accounts,
        "territories": territories,
        "status": str(plan.result.status),
        "feasible": after.feasible,
        "seconds": seconds,
        "inside_s": watch.inside_s,
        "worst_before": float(before.worst_deviation.max()),
        "worst": float(after.worst_deviation.max()),
        "moved": float(after.moved_share[after.measures.index("deposits")]),
        "gap": plan.result.report.gap,
        "bound_kind": plan.result.report.bound_kind,
        "faults": [check.name for check in report.faults],
        "checks": len(report.checks),
    }
