"""What quotas cost in pay, as files: the same numbers in all of them, live ratios and sums in the workbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from data.export import is_output, write_plan
from data.export.folder import PAY_FILES
from data.export.pay import CASES, COMPENSATION, compensation_record, compensation_table
from data.export.pay_page import pay_page
from planner.pay import CompensationReport, CostLevel, SeatPay

REPORT = CompensationReport(
    currency="USD",
    levels=(
        CostLevel("plan", 1_500_001, 1_000_000, 10_000_000),
        CostLevel("expected", 1_500_001, 900_050, 9_500_000),
        CostLevel("mean", 1_500_001, 910_000, 9_600_000),
        CostLevel("p50", 1_500_001, 905_000, 9_500_001),
        CostLevel("p90", 1_500_001, 1_200_000, 0),
    ),
    seats=(
        SeatPay(
            "=S1", "+<b>plan", 1_500_001, 1_000_001, 500_000, 4_000_000,
            {"plan": 1_500_001, "expected": 1_400_050, "p50": 1_390_000, "p90": 1_700_000}, "low",
        ),
        SeatPay(
            "S2", "farmer", 1_000_000, 500_000, 500_000, 6_000_000,
            {"plan": 1_000_000, "expected": 1_000_001, "p50": 1_000_000, "p90": 1_100_000}, "",
        ),
        SeatPay("S3", "farmer", 0, 0, 0, 0, {"plan": 0, "expected": 0, "p50": 0, "p90": 0}, ""),
    ),
    ratio_low=4.0,
    ratio_high=6.0,
    ratio_source="A source",
    draws=10_000,
    seed=7,
    notes=("=A note that looks like a formula",),
    percentiles_cents=tuple(2_000_000 + 5_000 * k for k in range(1, 100)),
)  # fmt: skip


def written(make_toy: Callable, tmp_path: Path, report: CompensationReport) -> Path:
    """Write a plan with this report and return its folder."""
    toy = make_toy()
    out = tmp_path / "out"
    write_plan(out, toy.assembled, replace(toy.plan, compensation=report))
    assert is_output(out)
    return out


def test_json_csv_and_workbook_say_the_same(make_toy: Callable, tmp_path: Path) -> None:
    out = written(make_toy, tmp_path, REPORT)
    record = json.loads((out / "compensation.json").read_text("utf-8"))
    assert record == json.loads(json.dumps(compensation_record(REPORT)))
    assert record["levels"]["plan"]["cost_of_sales"] == pytest.approx(0.2500001)
    assert record["levels"]["p90"]["cost_of_sales"] is None
    assert record["ratio"]["flagged_seats"] == ["=S1"]
    table = pd.read_csv(out / "compensation.csv", dtype=str, keep_default_na=False)
    assert table["seat_id"].tolist() == ["=S1", "S2", "S3"]
    for row, seat in zip(table.to_dict("records"), record["seats"], strict=True):
        for column, cents in (
            ("on_target_earnings", seat["on_target_earnings_cents"]),
            ("quota", seat["quota_cents"]),
            ("pay_at_plan", seat["pay_cents"]["plan"]),
            ("pay_p90", seat["pay_cents"]["p90"]),
        ):
            assert Decimal(row[column]) * 100 == cents
    assert table["flag"].tolist() == ["low", "", ""]
    assert table["quota_to_earnings"].tolist()[1:] == ["6", ""]
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert {"compensation.json", "compensation.csv"} <= run["output"].keys()


def test_the_sheet_is_live_and_carries_the_values_of_today(make_toy: Callable, tmp_path: Path) -> None:
    out = written(make_toy, tmp_path, REPORT)
    live = openpyxl.load_workbook(out / "report.xlsx")[COMPENSATION]
    shown = openpyxl.load_workbook(out / "report.xlsx", data_only=True)[COMPENSATION]
    cases = {row[0].value: row for row in shown.iter_rows() if row[0].value in CASES.values()}
    for level in REPORT.levels:
        base, variable, cost, sales, share = (cell.value for cell in cases[CASES[level.name]][1:6])
        cents = (level.base_cents, level.variable_cents, level.cost_cents, level.sales_cents)
        assert (base, variable, cost, sales) == tuple(c / 100 for c in cents)
        assert share == (level.cost_of_sales if level.sales_cents else "" if share == "" else None)
    head = next(row[0].row for row in shown.iter_rows() if row[0].value == "Seat")
    first = [cell.value for cell in shown[head + 1]]
    assert first[:6] == ["=S1", "+<b>plan", 15000.01, 10000.01, 5000, 40000]
    assert first[6] == pytest.approx(4_000_000 / 1_500_001)
    assert first[7:] == ["low", 15000.01, 14000.5, 13900, 17000]
    assert live.cell(head + 1, 1).data_type == "s"
    total = [cell.value for cell in shown[head + 4]]
    assert total[0] == "Total"
    assert total[2:6] == [25000.01, 15000.01, 10000, 100000]
    column = {letter: f"=SUM({letter}{head + 1}:{letter}{head + 3})" for letter in "CDEFIJKL"}
    assert [live[f"{letter}{head + 4}"].value for letter in column] == list(column.values())
    at_plan = next(row for row in live.iter_rows() if row[0].value == CASES["plan"])
    assert at_plan[1].value == column["D"]
    assert at_plan[2].value == f"=ROUND(SUM(I{head + 1}:I{head + 3})-B{at_plan[0].row},2)"
    formulas = [cell.value for cell in live[head + 1]]
    assert formulas[6].startswith("=IF(C")
    assert "$B$3" in formulas[7]
    assert "$B$4" in formulas[7]
    assert live["B3"].value == 4
    assert live["B4"].value == 6
    note = next(row[0] for row in live.iter_rows() if row[0].value == "=A note that looks like a formula")
    assert note.data_type == "s"


def test_cases_that_are_not_known_have_no_column(make_toy: Callable, tmp_path: Path) -> None:
    seats = tuple(replace(seat, pay_cents={"plan": seat.pay_cents["plan"]}) for seat in REPORT.seats)
    report = replace(REPORT, levels=REPORT.levels[:1], seats=seats, draws=0)
    out = written(make_toy, tmp_path, report)
    shown = openpyxl.load_workbook(out / "report.xlsx", data_only=True)[COMPENSATION]
    head = next(row for row in shown.iter_rows(values_only=True) if row[0] == "Seat")
    assert [name for name in head if name][-2:] == ["Flag", "Pay, plan"]
    table = compensation_table(report)
    assert (table[["pay_expected", "pay_p50", "pay_p90"]] == "").to_numpy().all()


def test_amounts_have_the_decimals_of_their_currency() -> None:
    table = compensation_table(replace(REPORT, currency="JPY"))
    assert table["base"].tolist() == ["1000001", "500000", "0"]


def test_a_plan_without_pay_leaves_none_of_its_files(make_toy: Callable, tmp_path: Path) -> None:
    toy = make_toy()
    out = tmp_path / "out"
    for report in (REPORT, None):
        write_plan(out, toy.assembled, replace(toy.plan, compensation=report))
        there = {path.name for path in out.iterdir()}
        assert (there & set(PAY_FILES)) == (set() if report is None else set(PAY_FILES))


def test_the_page_needs_no_network_and_shows_text_as_text(make_toy: Callable, tmp_path: Path) -> None:
    out = written(make_toy, tmp_path, REPORT)
    text = (out / "compensation.html").read_text("utf-8")
    for words in (
        "25,000.01",
        "25k USD",
        "How the cost may turn out",
        "1 of 3",
        "+&lt;b&gt;plan",
        "A note that looks",
    ):
        assert words in text
    assert "<b>plan" not in text
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org", "")
    bare = replace(REPORT, percentiles_cents=(), draws=0, seats=REPORT.seats[2:], levels=REPORT.levels[:1])
    assert "How the cost may turn out" not in pay_page("A plan", bare)
