"""What a process of its own runs to see how quotas of past years, and of worlds with known truth, would have fared."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from api.backtesting import run_back_test
from data.export.backtest import BackTested, row_values
from planner.stop import MaxIterations
from tests.bench.data_sets import ROOT, branches_by_year
from tests.planner.quota.worlds import Judged, Rules, in_band, quotas_in, world

SAMPLE = ROOT / "data" / "samples" / "iowa"
PLAIN: dict[str, Any] = {"methods": {"last_year_plus": 1.0}, "equal_difficulty": False}
WORLDS = {
    "as drawn in the tests": Rules(),
    "few accounts": Rules(accounts=25, territories=120),
    "few open and close": Rules(opening=0.04, closing=0.04),
}
"""Rules that worlds are drawn by."""


def iowa(*, territories: int, seed: int, **_: Any) -> dict[str, Any]:
    """Back-test the stores of the shipped sample that have a position, quota years 2016 to 2021."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        stores = pd.read_csv(SAMPLE / "accounts.csv", dtype=str, keep_default_na=False)
        stores[["account_id", "latitude", "longitude"]].assign(stores=1).to_csv(
            folder / "accounts.csv", index=False
        )
        (folder / "history.parquet").write_bytes((SAMPLE / "history.parquet").read_bytes())
        return _told(folder, territories, seed, range(2016, 2022))


def banks(*, data: Path, territories: int, seed: int, **_: Any) -> dict[str, Any]:
    """Back-test bank branches on their deposits of 2018, 2021, 2022 and 2023."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        accounts, history = branches_by_year(Path(data))
        accounts.to_csv(folder / "accounts.csv", index=False)
        history.to_csv(folder / "history.csv", index=False)
        return _told(folder, territories, seed, None)


def worlds(*, each: int, **_: Any) -> dict[str, Any]:
    """Judge the default and last year plus in worlds with known truth, `each` of every kind."""
    rows = []
    for kind, rules in WORLDS.items():
        judged: dict[str, list[Judged]] = {"default": [], "last_year_plus": []}
        for seed in range(each):
            drawn = world(seed, rules, draws=40)
            target = in_band(drawn)
            judged["default"].append(Judged.of(drawn, quotas_in(drawn, target)))
            judged["last_year_plus"].append(Judged.of(drawn, quotas_in(drawn, target, **PLAIN)))
        for method, found in judged.items():
            means = {
                name: float(np.mean([getattr(one, name) for one in found]))
                for name in ("spread", "at_or_above", "in_goal", "slope", "correlation")
            }
            rows.append({"kind": kind, "method": method, "worlds": each, **means})
    return {"rows": rows}


def _told(folder: Path, territories: int, seed: int, years: range | None) -> dict[str, Any]:
    began, used = time.monotonic(), time.process_time()
    found: BackTested = run_back_test(
        folder, territories=territories, years=years, seed=seed, stop=MaxIterations(1)
    )
    covered = () if found.calibration is None else found.calibration.covered
    return {
        "best": found.test.best,
        "certainty": found.test.certainty,
        "rows": [{"territories_asked": territories, **row_values(row)} for row in found.test.rows],
        "covered": {f"{one.level:.0%}": {"whole": one.whole, "own": one.own} for one in covered},
        "seconds": time.monotonic() - began,
        "cpu_s": time.process_time() - used,
    }
