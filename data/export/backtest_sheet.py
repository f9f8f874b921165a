"""The back-test that picked the quota method, as a sheet of the workbook."""

from __future__ import annotations

import math

from data.export.backtest import GOAL, made_of_plan
from data.export.sheet import Book
from planner.quota.backtest.result import Findings, Interval, Row

BACK_TEST = "Back-test"
COLUMNS: tuple[tuple[str, str], ...] = (
    ("spread", "Spread of attainment"),
    ("wape", "WAPE"),
    ("wape_fair", "WAPE, fair"),
    ("size_correlation", "Size bias"),
    ("at_or_above", "At or above quota"),
    ("within_10", "Within ±10 %"),
    ("within_20", "Within ±20 %"),
)
"""Measures with an interval: field, heading."""
HEAD = ["Method", "Year", "Territories"]
UNKNOWN = ""


def add_back_test(book: Book, found: Findings | None, territories: int) -> None:
    """Write what every method would have done in past years, the best over all compared years first.

    Nothing where no back-test was run. Every measure stands beside the bounds of its 95 % interval.
    """
    if found is None:
        return
    widths = [22, 9, 11, *[13] * (3 * len(COLUMNS)), 12]
    sheet = book.sheet(BACK_TEST, widths, freeze=(5, 2))
    sheet.add(["How every method would have set the quotas of past years"], "title")
    sheet.add([f"{made_of_plan(territories)} {found.reason}"])
    goal = f"Goal: {GOAL[0]:.0%} to {GOAL[1]:.0%} of sellers at or above quota."
    sheet.add([f"Only what was known before each year was used. {goal}"])
    sheet.skip()
    head = [name for _, heading in COLUMNS for name in (heading, "from", "to")]
    sheet.add([*HEAD, *head, "Company"], "head")
    first = sheet.row - 1
    pooled = sorted((row for row in found.rows if row.year is None), key=lambda row: row.spread.value)
    for row in (*pooled, *(row for row in found.rows if row.year is not None)):
        values = [value for field, _ in COLUMNS for value in _values(getattr(row, field))]
        sheet.add([*_who(row), *values, _known(row.company)], [*_formats(row, found)])
    sheet.filter(first, len(HEAD) + len(head) + 1)
    if found.skipped:
        sheet.skip()
        sheet.add(["Not used", "Year", "Why"], "head")
        for skip in found.skipped:
            sheet.add([skip.method, skip.year, skip.reason], ["text", "text", "text"])


def _who(row: Row) -> list[str | int]:
    name = f"{row.method} (hindsight)" if row.hindsight else row.method
    return [name, "all" if row.year is None else row.year, row.territories]


def _values(found: Interval) -> list[float | str]:
    return [_known(value) for value in (found.value, found.low, found.high)]


def _known(value: float) -> float | str:
    return value if math.isfinite(value) else UNKNOWN


def _formats(row: Row, found: Findings) -> list[str]:
    who = "good" if row.method == found.best and row.year is None else "text"
    measures = [
        "short" if field == "size_correlation" else "percent" for field, _ in COLUMNS for _ in range(3)
    ]
    return [who, "text", "whole", *measures, "percent"]
