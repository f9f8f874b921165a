"""Dates and periods as people write them, to ISO dates and to ``2025``, ``2025-Q3`` or ``2025-07``."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

FIRST_YEAR, LAST_YEAR = 1900, 2200
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_YEAR = re.compile(r"^(\d{4})$")
_QUARTER = re.compile(
    r"^(?:(?P<y1>\d{4})[-_/ ]?Q(?P<q1>[1-4])|Q(?P<q2>[1-4])[-_/ ]?(?P<y2>\d{4}))$", re.IGNORECASE
)
_MONTH = re.compile(
    r"^(?:(?P<y1>\d{4})(?:[-/.]|_?M)(?P<m1>\d{1,2})|(?P<m2>\d{1,2})[/.](?P<y2>\d{4}))$", re.IGNORECASE
)
_NAMED = re.compile(
    r"^(?:(?P<n1>[a-z]{3,9})\.?[-_/ ,]+(?P<y1>\d{4})|(?P<y2>\d{4})[-_/ ]+(?P<n2>[a-z]{3,9})\.?)$",
    re.IGNORECASE,
)
_ISO = re.compile(r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?$")
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})$")
_SLASHED = re.compile(r"^(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?: \d{1,2}:\d{2}.*)?$")


@dataclass(frozen=True)
class DayOrder:
    """Whether ``3/4/2025`` is the third of April, and whether that had to be guessed from `example`."""

    day_first: bool
    example: str | None = None


def day_order(values: Iterable[str]) -> DayOrder:
    """Decide the order of day and month for all dates with slashes of one column.

    A number above 12 decides; else, where one of the two is always 1, it is the day (first of the month); else month
    first, as in the United States, and it was guessed.
    """
    pairs = {(int(m[1]), int(m[2])): value for value in values if (m := _SLASHED.match(value.strip()))}
    first, second = {a for a, _ in pairs}, {b for _, b in pairs}
    if any(a > 12 for a in first):
        return DayOrder(True)
    if any(b > 12 for b in second) or all(a == b for a, b in pairs):
        return DayOrder(False)
    if first == {1} and len(second) > 1:
        return DayOrder(True)
    if second == {1} and len(first) > 1:
        return DayOrder(False)
    return DayOrder(False, next(value for (a, b), value in pairs.items() if a != b))


def iso_date(value: str, order: DayOrder) -> str | None:
    """Return a date as ``2025-07-31``, None where it is none."""
    text = value.strip()
    if match := _ISO.match(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _DOTTED.match(text):
        day, month, year = (int(part) for part in match.groups())
    elif match := _SLASHED.match(text):
        one, two, year = (int(part) for part in match.groups())
        day, month = (one, two) if order.day_first else (two, one)
    else:
        return None
    try:
        date = datetime.date(year, month, day)
    except ValueError:
        return None
    return date.isoformat() if FIRST_YEAR <= year <= LAST_YEAR else None


def period(value: str, order: DayOrder) -> str | None:
    """Return a period as ``2025``, ``2025-Q3`` or ``2025-07`` (the month of a date), None where it is none."""
    text = value.strip()
    year, rest = "", ""
    if match := _YEAR.match(text):
        year = match[1]
    elif match := _QUARTER.match(text):
        year, rest = match["y1"] or match["y2"], f"-Q{match['q1'] or match['q2']}"
    elif match := _MONTH.match(text):
        year, month = match["y1"] or match["y2"], int(match["m1"] or match["m2"])
        rest = f"-{month:02d}" if 1 <= month <= 12 else ""
        if not rest:
            return None
    elif match := _NAMED.match(text):
        year, name = match["y1"] or match["y2"], (match["n1"] or match["n2"]).lower()
        if name not in _MONTHS:
            return None
        rest = f"-{_MONTHS[name]:02d}"
    else:
        date = iso_date(text, order)
        return None if date is None else date[:7]
    return year + rest if FIRST_YEAR <= int(year) <= LAST_YEAR else None


def period_kind(name: str) -> str:
    """Return ``year``, ``quarter`` or ``month`` for a period as `period` returns it, ``""`` for none."""
    return "" if not name else "year" if len(name) == 4 else "quarter" if "Q" in name else "month"
