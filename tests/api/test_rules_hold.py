"""Every kind of rule at once, from files to a plan; what holds is reckoned from the output files alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from api.planning import make_plan
from data.export import write_plan
from planner.stop import MaxIterations

PLAN = """
keep_regions = true
time_limit_s = 5

[measures]
sales = 0.30

[regions.west.measures]
sales = 0.35

[[disruption.budgets]]
measure = "sales"
total = 0.35
per_seat = 0.8

[[rules]]
kind = "lock"
where = "renewal = true"

[[rules]]
kind = "together"
by = "parent_account_id"

[[rules]]
kind = "apart"
account_id = ["a00", "a03"]

[[rules]]
kind = "mix"
where = "segment = 'A'"
max_share = 0.6

[[rules]]
kind = "max"
measure = "accounts"
where = "segment = 'B'"
value = 6
"""
RULES = """kind,account_id,where,seat_id,by,measure,value
named,a17,,s2,,,
exclude,,segment = 'C',s1,,,
skill,,,,language,,
reach_hours,,,,,,1.2
max,,,,,accounts,14
min,,,,,accounts,8
capacity,,,,,,
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame, bool]:
    """Plan 48 accounts and four seats; return the accounts with their new owners, the seats, and the verdict."""
    place = tmp_path_factory.mktemp("rules")
    folder = place / "plan"
    folder.mkdir()
    seats = pd.DataFrame(
        {
            "seat_id": ["s1", "s2", "s3", "s4"],
            "latitude": [42.15, 42.45, 42.15, 42.45],
            "longitude": [-93.85, -93.85, -93.45, -93.45],
            "region": ["west", "west", "east", "east"],
            "skills": ["French", "", "French", "German"],
            "capacity_hours": [80, 90, 80, 80],
        }
    )
    number = np.arange(48)
    east, north = number // 6, number % 6
    nearest = np.where(east < 4, 0, 2) + (north >= 3)
    # Today some accounts belong to the other seat of their region.
    today = np.where(number % 7 == 0, nearest ^ 1, nearest)
    accounts = pd.DataFrame(
        {
            "account_id": [f"a{i:02d}" for i in number],
            "latitude": 42.05 + north / 10,
            "longitude": -94.0 + east / 10,
            "sales": 10 + number % 5,
            "workload_hours": 5 + number % 3,
            "segment": np.array(["A", "B", "C", "A"])[number % 4],
            "territory_id": seats["seat_id"].to_numpy()[today],
            "renewal": np.where(number % 9 == 1, "yes", "no"),
            "parent_account_id": np.where(np.isin(number, [7, 8, 9]), "a06", ""),
            "language": np.select([number == 20, number == 47], ["french", "german"], ""),
        }
    )
    # Nobody excluded from s1 may be locked to it or have family there.
    accounts.loc[(accounts["segment"] == "C") & (accounts["territory_id"] == "s1"), "renewal"] = "no"
    accounts.to_csv(folder / "accounts.csv", index=False)
    seats.to_csv(folder / "seats.csv", index=False)
    (folder / "rules.csv").write_text(RULES)
    (folder / "plan.toml").write_text(PLAN)
    assembled, plan = make_plan(folder, {}, MaxIterations(60))
    write_plan(place / "out", assembled, plan)
    planned = pd.read_csv(place / "out" / "assignments.csv", dtype=str)
    return accounts.merge(planned[["account_id", "seat_id"]], on="account_id"), seats, plan.after.feasible


def sizes(accounts: pd.DataFrame) -> pd.Series:
    return accounts.groupby("seat_id").size()


def test_the_plan_says_that_every_rule_holds(out: tuple[pd.DataFrame, pd.DataFrame, bool]) -> None:
    assert out[2]
    assert len(out[0]) == 48


def test_every_rule_holds(out: tuple[pd.DataFrame, pd.DataFrame, bool]) -> None:
    accounts, seats, _ = out
    owner = accounts.set_index("account_id")["seat_id"]
    moved = accounts["seat_id"] != accounts["territory_id"]
    region = seats.set_index("seat_id")["region"]
    assert not (moved & (accounts["renewal"] == "yes")).any()
    assert len(set(owner[["a06", "a07", "a08", "a09"]])) == 1
    assert owner["a00"] != owner["a03"]
    assert owner["a17"] == "s2"
    assert not ((accounts["segment"] == "C") & (accounts["seat_id"] == "s1")).any()
    assert owner["a20"] in ("s1", "s3")
    assert owner["a47"] == "s4"
    assert (accounts["seat_id"].map(region) == accounts["territory_id"].map(region)).all()
    assert sizes(accounts).between(8, 14).all()
    assert sizes(accounts[accounts["segment"] == "B"]).max() <= 6
    assert (sizes(accounts[accounts["segment"] == "A"]) / sizes(accounts)).max() <= 0.6
    hours = accounts.groupby("seat_id")["workload_hours"].sum()
    assert (hours <= seats.set_index("seat_id")["capacity_hours"]).all()


def test_no_more_changes_hands_than_the_budget_allows(
    out: tuple[pd.DataFrame, pd.DataFrame, bool],
) -> None:
    accounts = out[0]
    moved = accounts["seat_id"] != accounts["territory_id"]
    assert accounts.loc[moved, "sales"].sum() <= 0.35 * accounts["sales"].sum()
    lost = accounts[moved].groupby("territory_id")["sales"].sum()
    held = accounts.groupby("territory_id")["sales"].sum()
    assert (lost <= 0.8 * held[lost.index]).all()
