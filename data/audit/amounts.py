"""Amounts of quotas as an audit reads them: rows of a table in minor units, and sums of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from data.audit.evidence import Evidence
from data.export.text import minor_units
from planner.quota.currency import minor_digits, money
from planner.quota.periods import months_covered
from planner.quota.tie_out import SINGLE


class Quota(NamedTuple):
    """One amount: whose it is, what it is for, and its minor units."""

    who: str
    component: str
    period: str
    cents: int


def is_amount(text: str, currency: str) -> bool:
    """Return whether a text is an amount with exactly the decimals of its currency."""
    digits = minor_digits(currency)
    return re.fullmatch(rf"-?\d+\.\d{{{digits}}}" if digits else r"-?\d+", text) is not None


def currency_of(evidence: Evidence) -> str:
    """Return the currency of the plan."""
    return str(evidence.tie_out["currency"])


def shown(evidence: Evidence, cents: int) -> str:
    """Return minor units of the plan's currency for people."""
    return money(cents, currency_of(evidence))


def amounts(rows: pd.DataFrame, who: str, column: str = "amount", currency: str = "currency") -> list[Quota]:
    """Return the amounts of a table; components are named as in sums, `SINGLE` where there is but one.

    Raises
    ------
    ValueError
        Where a cell is no amount of its currency.
    """
    cents = [minor_units(text, code) for text, code in zip(rows[column], rows[currency], strict=True)]
    names = rows["component"].where(rows["component"] != "", SINGLE[0])
    return [Quota(*row) for row in zip(rows[who], names, rows["period"], cents, strict=True)]


def quotas_of(evidence: Evidence) -> list[Quota]:
    """Return the quotas by territory, component and period."""
    return amounts(evidence.quotas, "territory_id")


def total(rows: Iterable[Quota]) -> dict[str, int]:
    """Return the sum of each `who`."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.who] += row.cents
    return sums


def cells(rows: Iterable[Quota]) -> dict[tuple[str, str, str], int]:
    """Return the sum of each `who`, component and period."""
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        sums[row.who, row.component, row.period] += row.cents
    return sums


def inside(stated: str, period: str) -> bool:
    """Return whether a stated period, empty for all, holds a quota period."""
    if not stated or stated == period:
        return True
    outer, inner = months_covered(stated), months_covered(period)
    return outer is not None and inner is not None and outer[0] <= inner[0] and inner[1] <= outer[1]
