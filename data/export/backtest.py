"""A back-test written as a folder: every number as CSV and JSON, and a page with drawings."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from data.export.backtest_page import backtest_page
from data.export.folder import PRODUCT, replaced_folder
from data.export.text import write_csv, write_json
from planner.quota.backtest.calibration import Calibration
from planner.quota.backtest.result import BackTest, Findings, Interval, Row

TABLE, INDEX, PAGE = "backtest.csv", "backtest.json", "backtest.html"
"""Files of a back-test."""

GOAL = (0.6, 0.7)
"""Share of sellers at or above quota that firms aim for (Alexander Group)."""

ALL_YEARS = "all"
"""Year of a row that holds all compared years together."""


@dataclass(frozen=True, eq=False)
class BackTested:
    """A back-test with its surroundings.

    Parameters
    ----------
    name
        Name of the plan.
    folder
        Where its inputs are.
    fingerprints
        SHA-256 of every input file, by name.
    currency
        ISO 4217 code of all money.
    territories
        Number of territories.
    made
        Where the territories come from, in words.
    left_out_share
        Share of the sales in the compared years that no territory holds, a fraction.
    seed
        Of the territories and of the bootstrap.
    test
        What was found.
    calibration
        How often stated intervals of the best method held; None where no past year can tell.
    """

    name: str
    folder: Path
    fingerprints: dict[str, str]
    currency: str
    territories: int
    made: str
    left_out_share: float
    seed: int
    test: BackTest
    calibration: Calibration | None


def write_backtest(out: Path, tested: BackTested) -> None:
    """Write ``backtest.csv``, ``backtest.json`` and ``backtest.html``; an earlier back-test in `out` is replaced.

    Raises
    ------
    InvalidInput
        Where `out` may not or cannot be written.
    """
    with replaced_folder(out, inputs=tested.folder, ours=is_backtest) as folder:
        write_csv(folder / TABLE, backtest_table(tested.test))
        write_json(folder / INDEX, backtest_index(tested))
        test = tested.test
        page = backtest_page(
            tested.name, _lead(tested), test.findings, GOAL, tested.currency, tested.calibration, test
        )
        (folder / PAGE).write_text(page, "utf-8")


def is_backtest(folder: Path) -> bool:
    """Return whether `folder` holds a back-test of this product and nothing else."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    ours = isinstance(index, dict) and index.get("product") == PRODUCT
    return ours and all(path.name in (TABLE, INDEX, PAGE) for path in folder.iterdir())


def backtest_table(test: BackTest) -> pd.DataFrame:
    """Return a row for each method and year, and for each method over all compared years."""
    return pd.DataFrame([row_values(row) for row in test.rows])


def row_values(row: Row) -> dict[str, object]:
    """Return a row as plain values: a measure with an interval takes three columns."""
    out: dict[str, object] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if isinstance(value, Interval):
            low, high = f"{field.name}_low", f"{field.name}_high"
            out |= {field.name: value.value, low: value.low, high: value.high}
        else:
            out[field.name] = value
    out["year"] = ALL_YEARS if row.year is None else str(row.year)
    out["goal_met"] = GOAL[0] <= row.at_or_above.value <= GOAL[1]
    return out


def backtest_index(tested: BackTested) -> dict[str, object]:
    """Return the whole back-test as plain values."""
    return {
        "product": PRODUCT,
        "name": tested.name,
        "currency": tested.currency,
        "territories": tested.territories,
        "made": tested.made,
        "left_out_share": tested.left_out_share,
        "seed": tested.seed,
        "input": {"folder": tested.folder.resolve().name, "files": tested.fingerprints},
        **_found(tested.test.findings),
        "calibration": tested.calibration,
    }


def plan_backtest_record(name: str, territories: int, currency: str, found: Findings) -> dict[str, object]:
    """Return the back-test that picked the quota method of a plan as plain values.

    Parameters
    ----------
    name
        Name of the plan.
    territories
        How many it has.
    """
    made = made_of_plan(territories)
    return {"name": name, "currency": currency, "territories": territories, "made": made, **_found(found)}


def write_plan_backtest(folder: Path, name: str, territories: int, currency: str, found: Findings) -> None:
    """Write ``backtest.json`` and ``backtest.html`` of the back-test that picked the quota method of a plan."""
    write_json(folder / INDEX, plan_backtest_record(name, territories, currency, found))
    lead = f"{made_of_plan(territories)} {found.reason}"
    (folder / PAGE).write_text(backtest_page(name, lead, found, GOAL, currency), "utf-8")


def made_of_plan(territories: int) -> str:
    """Return where the territories of the back-test of a plan come from, in words."""
    return f"{territories} territories of this plan."


def _found(test: Findings) -> dict[str, object]:
    return {
        "years": test.years,
        "compared": test.compared,
        "target_cents": dict(zip(test.years, test.target_cents, strict=True)),
        "actual_cents": dict(zip(test.years, test.actual_cents, strict=True)),
        "best": test.best,
        "certainty": test.certainty,
        "reason": test.reason,
        "goal": GOAL,
        "rows": [row_values(row) for row in test.rows],
        "skipped": [
            {"method": skip.method, "year": skip.year, "reason": skip.reason} for skip in test.skipped
        ],
    }


def _lead(tested: BackTested) -> str:
    left = f" {tested.left_out_share:.1%} of sales are of accounts that no territory holds."
    return f"{tested.made}{left if tested.left_out_share > 0 else ''} {tested.test.reason}"
