"""Who is carried over limits by amounts decided for others stands in the table, the workbook and the flags."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from data.audit import audit
from data.export import write_plan
from planner.plan import Plan
from tests.data.full_quotas import full_plan, write_full_folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    """Write a plan in which limits are narrow and a neighbour of T1 pays for what it was given."""
    place = tmp_path_factory.mktemp("made")
    folder = write_full_folder(place / "plan")
    settings = (folder / "plan.toml").read_text()
    settings = settings.replace("max_increase = 1.0", "max_increase = 0.2")
    (folder / "plan.toml").write_text(settings.replace("max_decrease = 0.5", "max_decrease = 0.2"))
    assembled, plan = full_plan(folder)
    write_plan(place / "out", assembled, plan)
    return place / "out", plan


def test_the_table_of_overrides_names_them(made: tuple[Path, Plan]) -> None:
    out, plan = made
    assert plan.quotas is not None
    assert plan.quotas.beyond_limits
    rows = pd.read_csv(out / "overrides.csv", dtype=str, keep_default_na=False)
    for position, text in enumerate(rows["beyond_limits"]):
        own = [one for one in plan.quotas.beyond_limits if position in one.overrides]
        assert len([part for part in text.split("; ") if part]) == len(own)
        for one in own:
            assert f"{plan.quotas.components[one.component]} " in text
            assert f"{one.beyond_cents / 100:+.2f}" in text
    assert audit(out).faults == []


def test_the_workbook_lists_them_below_what_was_decided(made: tuple[Path, Plan]) -> None:
    out, plan = made
    assert plan.quotas is not None
    sheet = openpyxl.load_workbook(out / "report.xlsx", data_only=True)["Decided by hand"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(at for at, row in enumerate(rows) if row[0] == "Territory")
    listed = rows[head + 1 :]
    found = [round(row[7] * 100) for row in listed]
    assert found == [one.beyond_cents for one in plan.quotas.beyond_limits]
    assert all(row[7] == pytest.approx(row[6] - row[5]) for row in listed)
    assert {row[4] for row in listed} <= {"max_increase", "max_decrease"}


def test_the_fairness_report_flags_them(made: tuple[Path, Plan]) -> None:
    out, plan = made
    assert plan.quotas is not None
    flags = {flag["name"]: flag for flag in json.loads((out / "fairness.json").read_text())["flags"]}
    seats = len({one.territory for one in plan.quotas.beyond_limits})
    assert flags["beyond_limits"]["verdict"] == "watch"
    assert flags["beyond_limits"]["value"] == pytest.approx(seats / 6)
