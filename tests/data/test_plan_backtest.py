"""The back-test that picked the method comes with the plan: as data, as a page, as a sheet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from data.assemble.quota_inputs import quota_inputs
from data.assembled import Assembled
from data.audit import audit
from data.export import write_plan
from data.export.folder import TESTED_FILES
from planner.plan import Plan
from planner.quota.backtest import back_test
from tests.data.full_quotas import full_plan, write_full_folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Assembled, Plan]:
    place = tmp_path_factory.mktemp("made")
    assembled, plan = full_plan(write_full_folder(place / "plan"))
    write_plan(place / "out", assembled, plan)
    return place / "out", assembled, plan


def test_the_plan_keeps_what_picked_its_method(made: tuple[Path, Assembled, Plan]) -> None:
    _, assembled, plan = made
    assert plan.quotas is not None
    found = plan.quotas.back_test
    assert found is not None
    assert plan.quotas.method_weights == {found.best: 1.0}
    assert found.reason in plan.quotas.method_notes
    assert plan.result.alignment is not None
    inputs = quota_inputs(assembled, plan.result.alignment.territory, plan.after)
    assert inputs.history is not None
    again = back_test(inputs.history, inputs.territory_of_entity, inputs.n_territories)
    assert found.years == again.years
    pooled = again.row("last_year_plus")
    assert pooled is not None
    kept = found.row("last_year_plus")
    assert kept is not None
    assert kept.spread == pooled.spread
    assert found.actual_cents == tuple(np.rint(again.actual_cents.sum(1)).astype(int))


def test_it_is_written_as_data_and_as_a_page(made: tuple[Path, Assembled, Plan]) -> None:
    out, assembled, plan = made
    assert plan.quotas is not None
    found = plan.quotas.back_test
    assert found is not None
    told = json.loads((out / "backtest.json").read_text())
    assert (told["best"], told["reason"], told["years"]) == (found.best, found.reason, list(found.years))
    assert told["certainty"] == pytest.approx(found.certainty)
    assert len(told["rows"]) == len(found.rows)
    for written, row in zip(told["rows"], found.rows, strict=True):
        assert (written["method"], written["year"]) == (row.method, str(row.year or "all"))
        assert written["spread"] == pytest.approx(row.spread.value)
        assert (written["wape_low"], written["wape_high"]) == pytest.approx((row.wape.low, row.wape.high))
    page = (out / "backtest.html").read_text()
    assert assembled.scenario.name in page
    assert "6 territories of this plan." in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    run = json.loads((out / "run.json").read_text())
    assert set(TESTED_FILES) <= set(run["output"])
    assert audit(out).faults == []


def test_it_is_a_sheet_with_the_picked_method_first(made: tuple[Path, Assembled, Plan]) -> None:
    out, _, plan = made
    assert plan.quotas is not None
    found = plan.quotas.back_test
    assert found is not None
    sheet = openpyxl.load_workbook(out / "report.xlsx")["Back-test"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=6)]
    listed = rows[: len(found.rows)]
    assert {(row[0].removesuffix(" (hindsight)"), row[1]) for row in listed} == {
        (row.method, row.year or "all") for row in found.rows
    }
    best = next(row for row in listed if (row[0], row[1]) == (found.best, "all"))
    kept = found.row(found.best or "")
    assert kept is not None
    assert best[3:6] == pytest.approx([kept.spread.value, kept.spread.low, kept.spread.high])
    pooled = [row[3] for row in listed if row[1] == "all"]
    assert pooled == sorted(pooled)


def test_there_is_none_where_a_method_was_asked_for(tmp_path: Path) -> None:
    folder = write_full_folder(tmp_path / "plan")
    settings = (folder / "plan.toml").read_text()
    (folder / "plan.toml").write_text(f"{settings}[quota.methods]\nlast_year_plus = 1.0\n")
    assembled, plan = full_plan(folder)
    assert plan.quotas is not None
    assert plan.quotas.back_test is None
    write_plan(tmp_path / "out", assembled, plan)
    assert not set(TESTED_FILES) & {path.name for path in (tmp_path / "out").iterdir()}
    assert (
        "Back-test" not in openpyxl.load_workbook(tmp_path / "out" / "report.xlsx", read_only=True).sheetnames
    )
    assert audit(tmp_path / "out").faults == []
