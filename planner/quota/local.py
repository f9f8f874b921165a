"""Quotas in the currencies that the seats sell in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from planner.arrays import read_only
from planner.errors import InvalidInput, Problem
from planner.quota.currency import minor_digits
from planner.quota.rounding import Cents, controlled_rounding, largest_remainder
from planner.quota.table import fit_margins

LARGEST = 10**15
"""Minor units of one territory; tables of floats are exact up to there."""


@dataclass(frozen=True, eq=False)
class LocalAmounts:
    """Quotas in the seats' own currencies, and what rounding them to their minor units changes.

    Parameters
    ----------
    currency
        ISO 4217 code of each territory.
    amount
        Quotas in minor units of that currency, int64 of shape ``(n_territories, n_components, n_periods)``.
    total
        The year's quota converted, in minor units of that currency, shape ``(n_territories,)``.
    worth_cents
        What the year's sum is worth in the plan's currency, rounded to its minor units, shape ``(n_territories,)``.
    difference_cents
        That less the territory's quota in the plan's currency: conversion rounding, shape ``(n_territories,)``.
    converted
        Whether the currency is another than the plan's, shape ``(n_territories,)``.
    """

    currency: tuple[str, ...]
    amount: Cents
    total: Cents
    worth_cents: Cents
    difference_cents: Cents
    converted: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in ("amount", "total", "worth_cents", "difference_cents"):
            object.__setattr__(self, name, read_only(getattr(self, name), np.int64))
        object.__setattr__(self, "converted", read_only(self.converted, np.bool_))


def local_amounts(
    amount_cents: Cents, currency_of_territory: Sequence[str], rates: Mapping[str, Fraction], currency: str
) -> LocalAmounts | None:
    """Return quotas in the seats' own currencies; None where all have that of the plan.

    The year's quota is converted and rounded once, half to even, to the minor units of its currency; components and
    periods add up to that.

    Parameters
    ----------
    amount_cents
        Quotas in the plan's currency, shape ``(n_territories, n_components, n_periods)``.
    currency_of_territory
        Currency of each seat, empty text for the plan's; empty where all have that.
    rates
        What one whole unit of each currency is worth in whole units of the plan's, above 0.
    currency
        The plan's.

    Raises
    ------
    InvalidInput
        Where a rate is missing or not above 0, or so low that an amount cannot be kept exactly.
    """
    codes = tuple(code or currency for code in currency_of_territory)
    if all(code == currency for code in codes):
        return None
    _check(codes, rates, currency)
    amount, total = amount_cents.copy(), amount_cents.sum((1, 2))
    worth, converted = total.copy(), np.array([code != currency for code in codes])
    cents = {
        code: rates[code] * Fraction(10) ** (minor_digits(currency) - minor_digits(code))
        for code in set(codes) - {currency}
    }
    quota = total.copy()
    for t in np.flatnonzero(converted).tolist():
        rate = cents[codes[t]]
        total[t] = _within(round(int(quota[t]) / rate), codes[t])
        worth[t] = round(int(total[t]) * rate)
        rows = largest_remainder(amount_cents[t].sum(1), int(total[t]))
        columns = largest_remainder(amount_cents[t].sum(0), int(total[t]))
        values = fit_margins(amount_cents[t].astype(np.float64), rows, columns)
        amount[t] = controlled_rounding(values, rows, columns)[0]
    return LocalAmounts(codes, amount, total, worth, worth - quota, converted)


def _within(amount: int, code: str) -> int:
    """Return an amount that 64-bit integers hold with room for sums.

    Raises
    ------
    InvalidInput
        Where it is too large.
    """
    if abs(amount) > LARGEST:
        why = (
            f"a quota converted to {code} has more than {len(str(LARGEST)) - 1} digits; its rate is too low."
        )
        what = f"Check what one {code} is worth."
        raise InvalidInput([Problem(why, what, file="rates", column="rate", value=code, code="rate_range")])
    return amount


def _check(codes: Sequence[str], rates: Mapping[str, Fraction], currency: str) -> None:
    faults = [
        Problem(
            f"there is no rate above 0 from {code} to {currency}, which {codes.count(code)} territories sell in.",
            f"State what one {code} is worth in {currency}.",
            file="rates",
            column="currency",
            value=code,
            code="missing_rate",
        )
        for code in dict.fromkeys(codes)
        if code != currency and rates.get(code, 0) <= 0
    ]
    if faults:
        raise InvalidInput(faults)
