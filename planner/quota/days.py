"""Days inside periods: what quotas of part of a period are counted by."""

from __future__ import annotations

import re
from datetime import date, timedelta

from planner.quota.periods import MONTHS, months_covered, names

_WITHOUT_YEAR = re.compile(r"year|Q([1-4])|M(0[1-9]|1[0-2])")


def first_day(month: int) -> date:
    """Return the first day of a month that is counted from year 0.

    >>> first_day(2026 * 12 + 1)
    datetime.date(2026, 2, 1)
    """
    return date(month // MONTHS, month % MONTHS + 1, 1)


def days_of(period: str, year: int | None = None) -> tuple[date, date] | None:
    """Return the first and the last day of a period; None where its name does not tell, or it lies beyond all dates.

    Parameters
    ----------
    period
        ``2026``, ``2026-Q3``, ``2026-07``, or without a year ``year``, ``Q3``, ``M07``.
    year
        Year of periods that state none.

    >>> days_of("2026-Q1")
    (datetime.date(2026, 1, 1), datetime.date(2026, 3, 31))
    """
    found = _WITHOUT_YEAR.fullmatch(period)
    if found is not None:
        if year is None:
            return None
        kind = "quarter" if found[1] else "month" if found[2] else "year"
        period = names(year, kind)[int(found[1] or found[2] or 1) - 1]
    span = months_covered(period)
    if span is None or not MONTHS <= span[0] < span[1] < date.max.year * MONTHS:
        return None
    return first_day(span[0]), first_day(span[1]) - timedelta(days=1)


def months_after(start: date, months: int) -> date:
    """Return the day that is so many months after `start`, the last of its month where that has no such day.

    >>> months_after(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    month = start.year * MONTHS + start.month - 1 + months
    last = first_day(month + 1) - timedelta(days=1)
    return last.replace(day=min(start.day, last.day))
