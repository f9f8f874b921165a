"""The grid sample with record ids, users and settings, and the output of a plan of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from data.exchange.crm_ids import long_id
from data.export import write_plan
from tests.conftest import STANDINS, write_grid_folder

SETTINGS = """effective_date = "2022-01-01"
previous_effective_date = "2021-01-01"
[salesforce]
territory_model = "0MA000000000001"
territory_type = "0M5000000000001"
forecasting_type = "0Db000000000001"
"""


def write_crm_plan(place: Path) -> Path:
    """Write ``plan`` and its output ``out`` into a folder, and return the output."""
    folder = write_grid_folder(place / "plan")
    accounts = pd.read_csv(folder / "accounts.csv", dtype=str)
    accounts["crm_account_id"] = [long_id(f"001AbC000000{n:03d}") for n in range(len(accounts))]
    accounts.to_csv(folder / "accounts.csv", index=False)
    seats = pd.read_csv(folder / "seats.csv", dtype=str)
    seats["user_id"] = [f"005Xy000000000{n}" for n in range(len(seats))]
    seats["email"] = [f"Rep{n}@Example.com" for n in range(len(seats))]
    seats.to_csv(folder / "seats.csv", index=False)
    (folder / "crm.toml").write_text(SETTINGS, "utf-8")
    sys.path.insert(0, str(STANDINS))
    try:
        from planning_standin import made

        write_plan(place / "out", *made(folder))
    finally:
        sys.path.remove(str(STANDINS))
    return place / "out"
