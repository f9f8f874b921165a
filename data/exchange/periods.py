"""Periods as other systems spell them."""

from __future__ import annotations

from collections.abc import Mapping

from planner.quota.periods import MONTHS, months_covered, parse

CLARI = {"year": "{year}", "quarter": "{year}_Q{number}", "month": "{year}_M{number}"}
"""Spelling of each kind of period: ``2026``, ``2026_Q1``, ``2026_M1``."""
VARICENT = {"year": "{year}", "quarter": "{year}-Q{number}", "month": "{year}-{number:02d}"}
"""Spelling as in the plan: ``2026``, ``2026-Q1``, ``2026-01``."""


def first_day(period: str) -> str | None:
    """Return the first day of a period as ``2026-04-01``; None where its name is none of ours.

    >>> first_day("2026-Q2"), first_day("2026-11"), first_day("H1")
    ('2026-04-01', '2026-11-01', None)
    """
    months = months_covered(period)
    if months is None:
        return None
    year, month = divmod(months[0], MONTHS)
    return f"{year:04d}-{month + 1:02d}-01"


def kind(period: str) -> str | None:
    """Return ``year``, ``quarter`` or ``month``; None where the name is none of ours."""
    found = parse(period)
    return None if found is None else found[2]


def spelled(period: str, spelling: Mapping[str, str]) -> str | None:
    """Return a period in the spelling of another system; None where its name is none of ours.

    >>> spelled("2026-01", CLARI)
    '2026_M1'
    """
    found = parse(period)
    if found is None:
        return None
    year, number, its_kind = found
    return spelling[its_kind].format(year=f"{year:04d}", number=number + 1)
