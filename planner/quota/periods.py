"""Names of periods and what they cover: ``2025``, ``2025-Q3``, ``2025-07``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from planner.arrays import FloatArray

MONTHS = 12
PER_YEAR = {"year": 1, "quarter": 4, "month": 12}
"""Periods of each kind in a year."""
_NAME = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


def parse(period: str) -> tuple[int, int, str] | None:
    """Return year, number within the year from 0, and kind; None where the name is none of ours.

    >>> parse("2025-Q3")
    (2025, 2, 'quarter')
    """
    found = _NAME.fullmatch(period)
    if found is None:
        return None
    year, quarter, month = found.groups()
    if quarter:
        return int(year), int(quarter) - 1, "quarter"
    if month:
        return int(year), int(month) - 1, "month"
    return int(year), 0, "year"


def kind_of(periods: Sequence[str]) -> str | None:
    """Return the kind that all `periods` are of; None where they differ, are unknown, or there are none."""
    kinds = {found[2] if (found := parse(period)) else None for period in periods}
    return kinds.pop() if len(kinds) == 1 else None


def year_of(periods: Sequence[str]) -> int | None:
    """Return the first year that any of `periods` lies in; None where no name tells."""
    years = [found[0] for period in periods if (found := parse(period))]
    return min(years, default=None)


def names(year: int | None, kind: str) -> tuple[str, ...]:
    """Return the names of the periods of a year in order; without a year ``year``, ``Q1`` … or ``M01`` …"""
    if kind == "year":
        return (str(year) if year is not None else "year",)
    count = range(1, PER_YEAR[kind] + 1)
    if year is None:
        return tuple(f"Q{j}" if kind == "quarter" else f"M{j:02d}" for j in count)
    return tuple(f"{year}-Q{j}" if kind == "quarter" else f"{year}-{j:02d}" for j in count)


def months_covered(period: str) -> tuple[int, int] | None:
    """Return the first and one past the last month a period covers, counted from year 0; None where unknown."""
    found = parse(period)
    if found is None:
        return None
    year, number, kind = found
    length = MONTHS // PER_YEAR[kind]
    first = year * MONTHS + number * length
    return first, first + length


def month_cover(periods: Sequence[str]) -> FloatArray:
    """Return which months of the year each period covers, shape ``(12, n_periods)``; all of them where unknown."""
    cover = np.zeros((MONTHS, len(periods)))
    for column, period in enumerate(periods):
        span = months_covered(period)
        cover[:, column] = 1.0 if span is None else 0.0
        if span is not None:
            cover[np.arange(*span) % MONTHS, column] = 1.0
    return cover


def finer(coarse: Sequence[str], kind: str) -> tuple[tuple[str, ...], ...] | None:
    """Return the periods of `kind` inside each of the `coarse` ones; None where they do not nest.

    >>> finer(("2026-Q1",), "month")
    (('2026-01', '2026-02', '2026-03'),)
    """
    inside = []
    for period in coarse:
        found = parse(period)
        if found is None or PER_YEAR[found[2]] > PER_YEAR[kind]:
            return None
        year, number, own = found
        length = PER_YEAR[kind] // PER_YEAR[own]
        inside.append(names(year, kind)[number * length : (number + 1) * length])
    return tuple(inside)


def coarser(period: str, kind: str) -> str | None:
    """Return the period of `kind` that `period` lies in; None where it is longer or unknown.

    >>> coarser("2026-08", "quarter")
    '2026-Q3'
    """
    found = parse(period)
    if found is None or PER_YEAR[found[2]] < PER_YEAR[kind]:
        return None
    year, number, own = found
    return names(year, kind)[number * PER_YEAR[kind] // PER_YEAR[own]]
