"""What quotas cost in pay as a page that is one file: cost in each case, how it may turn out, then every seat."""

from __future__ import annotations

from html import escape

import numpy as np

from data.export.chart import Axis, Chart, percents, short
from data.export.page import Number, figures, html_table, numbers, page, section
from data.export.pay import CASES, SEAT_CASES
from planner.pay.report import PERCENTILES, CompensationReport, SeatPay
from planner.quota.currency import minor_digits, money

DOTS = 1500
"""Most points of a drawing: more of them hide each other."""
FLAGS = {"low": "below what is usual", "high": "above what is usual", "": "usual"}


def pay_page(title: str, report: CompensationReport) -> str:
    """Return the page of a plan called `title`."""
    drawn = [_ratios(report)]
    if report.percentiles_cents:
        drawn.insert(0, _costs(report))
    cases = [
        [
            CASES[level.name],
            *(
                _plain(cents, report)
                for cents in (level.base_cents, level.variable_cents, level.cost_cents, level.sales_cents)
            ),
            "–" if level.cost_of_sales is None else f"{level.cost_of_sales:.2%}",
        ]
        for level in report.levels
    ]
    head = ["", "Base", "Variable", "Cost", "Sales", "Cost of sales"]
    body = [
        numbers(_key_numbers(report)),
        figures(drawn),
        section(
            "What the company pays", html_table(f"A year, bonuses included, {report.currency}", head, cases)
        ),
        section("What every seat is paid", _seats(report), report.ratio_source),
    ]
    if report.notes:
        told = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
        body.append(section("What was assumed", f"<ul>{told}</ul>"))
    lead = "Cost of base and variable pay for the quotas of this plan."
    if report.draws:
        lead += f" How it may turn out: {report.draws:,} years drawn from the outlook on sales (seed {report.seed})."
    return page(f"{title}: compensation", "\n".join(body), lead)


def _key_numbers(report: CompensationReport) -> list[Number]:
    shown = []
    names = {
        "plan": "Cost at plan",
        "expected": "Cost as expected",
        "p50": "Cost at P50",
        "p90": "Cost at P90",
    }
    for name, what in names.items():
        level = report.level(name)
        if level is not None:
            share = level.cost_of_sales
            told = "" if share is None else f"{share:.1%} of sales"
            shown.append(Number(what, _short(level.cost_cents, report), told))
    flagged = sum(bool(seat.flag) for seat in report.seats)
    told = f"seats outside {report.ratio_low:g} to {report.ratio_high:g} times on-target earnings"
    tone = "watch" if flagged else "good"
    shown.append(Number("Quota : on-target earnings", f"{flagged} of {len(report.seats)}", told, tone))
    return shown


def _costs(report: CompensationReport) -> str:
    """Draw the chance that the cost stays below an amount."""
    cost = _amounts(report.percentiles_cents, report)
    level = report.level("plan")
    assert level is not None
    at_plan = level.cost_cents / 10 ** minor_digits(report.currency)
    across = Axis.of(f"Cost, {report.currency}", [*cost, at_plan], shown=short)
    chart = Chart(across, Axis.of("Chance to stay below", [0.0, 1.0], shown=percents), "Cost and chance")
    chart.line(cost, PERCENTILES)
    chart.level(0.9, "P90")
    chart.level(0.5, "P50")
    chart.upright(at_plan, "at plan", before=across.share(at_plan) > 0.5)
    return chart.figure(
        "How the cost may turn out", "Each point: how likely the year costs that much or less."
    )


def _ratios(report: CompensationReport) -> str:
    """Draw quotas against on-target earnings with the usual ratios."""
    seats = [seat for seat in report.seats if seat.earnings_cents][:DOTS]
    earnings = _amounts([seat.earnings_cents for seat in seats], report)
    quota = _amounts([seat.quota_cents for seat in seats], report)
    most = float(earnings.max()) if len(seats) else 1.0
    tops = [*quota, report.ratio_high * most]
    across = Axis.of(f"On-target earnings, {report.currency}", [0.0, most], shown=short)
    chart = Chart(
        across, Axis.of(f"Quota, {report.currency}", [0.0, *tops], shown=short), "Quota and earnings"
    )
    ends = np.array([0.0, most])
    chart.band(ends, report.ratio_low * ends, report.ratio_high * ends)
    chart.dots(earnings, quota, [_told(seat) for seat in seats])
    told = f"The band: {report.ratio_low:g} to {report.ratio_high:g} times on-target earnings."
    return chart.figure("Quota against on-target earnings", told)


def _seats(report: CompensationReport) -> str:
    cases = [case for case in SEAT_CASES if all(case in seat.pay_cents for seat in report.seats)]
    names = {"plan": "Pay at plan", "expected": "Pay as expected", "p50": "Pay at P50", "p90": "Pay at P90"}
    head = [
        "Seat",
        "Pay plan",
        "On-target earnings",
        "Quota",
        "Quota : OTE",
        "",
        *(names[case] for case in cases),
    ]
    rows = [
        [
            seat.seat_id,
            seat.plan,
            _plain(seat.earnings_cents, report),
            _plain(seat.quota_cents, report),
            "–" if seat.ratio is None else f"{seat.ratio:.2f}",
            seat.flag,
            *(_plain(seat.pay_cents[case], report) for case in cases),
        ]
        for seat in report.seats
    ]
    return html_table(f"A row a seat, {report.currency}", head, rows, (0, 1, 5))


def _plain(cents: int, report: CompensationReport) -> str:
    """Return an amount without its currency, which stands in the caption."""
    return money(cents, report.currency).removesuffix(f" {report.currency}")


def _short(cents: int, report: CompensationReport) -> str:
    return f"{short(cents / 10 ** minor_digits(report.currency))} {report.currency}"


def _told(seat: SeatPay) -> str:
    ratio = "–" if seat.ratio is None else f"{seat.ratio:.2f}"
    return f"{seat.seat_id}: {ratio}, {FLAGS[seat.flag]}"


def _amounts(cents: tuple[int, ...] | list[int], report: CompensationReport) -> np.ndarray:
    return np.array(cents, dtype=np.float64) / 10 ** minor_digits(report.currency)
