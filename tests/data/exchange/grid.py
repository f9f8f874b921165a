"""The grid sample with record ids, users and settings, and the output of a plan of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
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


def write_crm_plan(
    place: Path,
    renamed: Mapping[str, str] | None = None,
    measures: Sequence[str] = (),
    accounts: bool = True,
) -> Path:
    """Write ``plan`` and its output ``out``, and return the output.

    `renamed` gives territories other ids, `measures` gives accounts further columns; without `accounts` only areas.
    """
    folder = write_grid_folder(place / "plan")
    for old, new in (renamed or {}).items():
        for name in ("accounts.csv", "seats.csv", "units.geojson"):
            text = (folder / name).read_text("utf-8")
            quoted = json.dumps(new) if name.endswith("json") else f'"{new}"'
            old_text = f'"{old}"' if name.endswith("json") else old
            (folder / name).write_text(text.replace(old_text, quoted), "utf-8")
    if accounts:
        _add_columns(folder / "accounts.csv", measures)
    else:
        for name in ("accounts.csv", "history.csv"):
            (folder / name).unlink()
        (folder / "plan.toml").write_text('name = "Areas"\n[measures]\nunits = 0.5\n')
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


def _add_columns(path: Path, measures: Sequence[str]) -> None:
    rows = pd.read_csv(path, dtype=str)
    rows["crm_account_id"] = [long_id(f"001AbC000000{n:03d}") for n in range(len(rows))]
    for name in measures:
        rows[name] = [str(n) for n in range(len(rows))]
    rows.to_csv(path, index=False)
