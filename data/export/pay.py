"""What the quotas of a plan cost in pay, as files for machines and people, and as a sheet with live formulas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.export.sheet import Formula, Sheet, cell, span
from data.export.text import money
from planner.pay.report import QUANTILES, CompensationReport, CostLevel, SeatPay
from planner.quota.currency import minor_digits

COMPENSATION = "Compensation"
WIDTHS = [28, 18, 18, 18, 18, 18, 12, 10, 18, 18, 18, 18]
FORMAT = "compensation 1"
CASES = {
    "plan": "At plan: every seat attains 100 %",
    "expected": "As expected",
    "mean": "Mean of drawn years",
    "p50": "P50: half of the drawn years cost less",
    "p90": "P90: nine in ten drawn years cost less",
}
"""What each case is, for people."""
SEAT_CASES = ("plan", "expected", *QUANTILES)
PAY_COLUMNS = {"plan": "pay_at_plan"} | {case: f"pay_{case}" for case in SEAT_CASES[1:]}
_OVER = 5
"""Columns of the seat table before the ratio: earnings, base, variable, quota stand in 2 … 5."""


def compensation_record(report: CompensationReport) -> dict[str, Any]:
    """Return a report as plain values for JSON; money in minor units."""
    flagged = [seat.seat_id for seat in report.seats if seat.flag]
    return {
        "format": FORMAT,
        "currency": report.currency,
        "draws": report.draws,
        "seed": report.seed,
        "levels": {
            level.name: {
                "what": CASES[level.name],
                "base_cents": level.base_cents,
                "variable_cents": level.variable_cents,
                "cost_cents": level.cost_cents,
                "sales_cents": level.sales_cents,
                "cost_of_sales": level.cost_of_sales,
            }
            for level in report.levels
        },
        "ratio": {
            "low": report.ratio_low,
            "high": report.ratio_high,
            "source": report.ratio_source,
            "flagged_seats": flagged,
        },
        "percentiles_cents": list(report.percentiles_cents),
        "notes": list(report.notes),
        "seats": [_seat_record(seat) for seat in report.seats],
    }


def compensation_table(report: CompensationReport) -> pd.DataFrame:
    """Return one row a seat; amounts are decimal text, ``""`` where a case is not known."""
    rows = []
    for seat in report.seats:
        row: dict[str, object] = {
            "seat_id": seat.seat_id,
            "pay_plan": seat.plan,
            "on_target_earnings": money(seat.earnings_cents, report.currency),
            "base": money(seat.base_cents, report.currency),
            "target_variable": money(seat.variable_cents, report.currency),
            "quota": money(seat.quota_cents, report.currency),
            "quota_to_earnings": float("nan") if seat.ratio is None else seat.ratio,
            "flag": seat.flag,
        }
        for case in SEAT_CASES:
            paid = seat.pay_cents.get(case)
            row[PAY_COLUMNS[case]] = "" if paid is None else money(paid, report.currency)
        rows.append({**row, "currency": report.currency})
    return pd.DataFrame(rows)


def add_compensation(sheet: Sheet, report: CompensationReport) -> None:
    """Write the cost of every case and a row a seat; ratios, flags, shares and sums are live.

    The usual ratios stand in cells of their own: who changes them sees the flags change.
    """
    cases = _cases(report)
    first = 9 + len(report.levels)
    last = first + len(report.seats) - 1
    sheet.add([f"Compensation, {report.currency}"], "title")
    sheet.skip()
    low = sheet.add(["Usual quota over on-target earnings, from", report.ratio_low], ["strong", "decimal"])
    high = sheet.add(["to", report.ratio_high], ["strong", "decimal"])
    sheet.add([report.ratio_source])
    sheet.skip()
    sheet.add(["What the company pays", "Base", "Variable", "Cost", "Sales", "Cost of sales"], "head")
    for level in report.levels:
        _add_level(sheet, level, report, cases, (first, last))
    sheet.skip()
    head = [
        "Seat",
        "Pay plan",
        "On-target earnings",
        "Base",
        "Target variable",
        "Quota",
        "Quota : OTE",
        "Flag",
    ]
    sheet.add([*head, *(f"Pay, {case}" for case in cases)], "head")
    for seat in report.seats:
        _add_seat(sheet, seat, report, cases, (low, high))
    sheet.filter(first - 1, len(head) + len(cases))
    columns = [*range(2, 6), *range(len(head), len(head) + len(cases))]
    sums = {column: f"=SUM({span((first, column), (last, column))})" for column in columns}
    values = [_sum(report, column, cases) for column in columns]
    live: list[object] = ["Total"] + [""] * (len(head) + len(cases) - 1)
    for column, value in zip(columns, values, strict=True):
        live[column] = Formula(sums[column], _amount(value, report))
    sheet.add(live, ["strong", *["money_total"] * (len(live) - 1)])
    if report.notes:
        sheet.skip()
        for note in report.notes:
            sheet.add([note])


def _cases(report: CompensationReport) -> list[str]:
    """Return the cases that every seat has a pay for."""
    return [case for case in SEAT_CASES if all(case in seat.pay_cents for seat in report.seats)]


def _add_level(
    sheet: Sheet, level: CostLevel, report: CompensationReport, cases: list[str], rows: tuple[int, int]
) -> None:
    """Write one case: base and, where the seats add up to it, variable pay are sums over the seats."""
    row, (first, last) = sheet.row, rows
    base = Formula(f"=SUM({span((first, 3), (last, 3))})", _amount(level.base_cents, report))
    variable: object = _amount(level.variable_cents, report)
    if level.name in ("plan", "expected") and level.name in cases:
        column = 8 + cases.index(level.name)
        live = f"=ROUND(SUM({span((first, column), (last, column))})-{cell(row, 1)},{minor_digits(report.currency)})"
        variable = Formula(live, _amount(level.variable_cents, report))
    cost = Formula(f"={cell(row, 1)}+{cell(row, 2)}", _amount(level.cost_cents, report))
    share = level.cost_of_sales
    over = Formula(f'=IF({cell(row, 4)}>0,{cell(row, 3)}/{cell(row, 4)},"")', "" if share is None else share)
    sheet.add(
        [CASES[level.name], base, variable, cost, _amount(level.sales_cents, report), over],
        ["text", "money", "money", "money", "money", "percent"],
    )


def _add_seat(
    sheet: Sheet, seat: SeatPay, report: CompensationReport, cases: list[str], limits: tuple[int, int]
) -> None:
    row, (low, high) = sheet.row, limits
    ratio = Formula(
        f'=IF({cell(row, 2)}>0,{cell(row, _OVER)}/{cell(row, 2)},"")',
        "" if seat.ratio is None else seat.ratio,
    )
    at, below, above = cell(row, 6), f"$B${low + 1}", f"$B${high + 1}"
    flag = Formula(f'=IF({at}="","",IF({at}<{below},"low",IF({at}>{above},"high","")))', seat.flag)
    earnings = Formula(f"={cell(row, 3)}+{cell(row, 4)}", _amount(seat.earnings_cents, report))
    amounts = [_amount(cents, report) for cents in (seat.base_cents, seat.variable_cents, seat.quota_cents)]
    pay = [_amount(seat.pay_cents[case], report) for case in cases]
    sheet.add(
        [seat.seat_id, seat.plan, earnings, *amounts, ratio, flag, *pay],
        ["text", "text", *["money"] * 4, "decimal", "text", *["money"] * len(pay)],
    )


def _sum(report: CompensationReport, column: int, cases: list[str]) -> int:
    names = {2: "earnings_cents", 3: "base_cents", 4: "variable_cents", 5: "quota_cents"}
    if column in names:
        return sum(getattr(seat, names[column]) for seat in report.seats)
    return sum(seat.pay_cents[cases[column - 8]] for seat in report.seats)


def _amount(cents: int, report: CompensationReport) -> float:
    """Return minor units as what a spreadsheet cell holds: the nearest number to so many decimals."""
    return cents / 10 ** minor_digits(report.currency)


def _seat_record(seat: SeatPay) -> dict[str, Any]:
    return {
        "seat_id": seat.seat_id,
        "pay_plan": seat.plan,
        "on_target_earnings_cents": seat.earnings_cents,
        "base_cents": seat.base_cents,
        "target_variable_cents": seat.variable_cents,
        "quota_cents": seat.quota_cents,
        "quota_to_earnings": seat.ratio,
        "flag": seat.flag,
        "pay_cents": dict(seat.pay_cents),
    }
