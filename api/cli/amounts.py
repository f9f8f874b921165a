"""Numbers people type: fractions, bands, money and how many territories."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from planner.demands import CAPACITY, Band, Span

MOST_MONEY = 10**14
"""Amounts from here on have too many minor units to be counted exactly, in some currencies."""
_NUMBER = re.compile(r"\d+(_\d+)*(\.\d+)?|\.\d+")


@dataclass(frozen=True)
class NamedAmount:
    """An id and an amount of money."""

    name: str
    amount: Decimal


@dataclass(frozen=True)
class MethodWeight:
    """A method of setting quotas and its weight in a blend."""

    name: str
    weight: float


@dataclass(frozen=True)
class MeasureBand:
    """A measure and its balance band."""

    name: str
    band: Band


def fraction(text: str) -> float:
    """Return the fraction that `text` states: ``0.1`` or ``10%``.

    Raises
    ------
    ValueError
        Where it is not a number ≥ 0.
    """
    number = text.strip()
    percent = number.endswith("%")
    if percent:
        number = number[:-1].rstrip()
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"{text!r} is not a fraction such as 0.10, or 10%")
    value = Decimal(number.replace("_", ""))
    return float(value / 100 if percent else value)


def territories(text: str) -> int | Span | Literal["capacity"]:
    """Return the number of territories that `text` states: ``40``, ``35..45`` or ``capacity``.

    Raises
    ------
    ValueError
        Where it states none.
    """
    stated = text.strip().lower()
    if stated == CAPACITY:
        return CAPACITY
    number, dots, most = stated.partition("..")
    ends = [number, most] if dots else [number]
    if not all(re.fullmatch(r"[0-9]{1,6}", end.strip()) for end in ends) or int(number) < 1:
        raise ValueError(f"{text!r} is no number of territories such as 40, 35..45 or {CAPACITY}")
    if not dots:
        return int(number)
    if int(most) < int(number):
        raise ValueError(f"{text!r} ends before it begins")
    return Span(int(number), int(most))


def measure_band(text: str) -> MeasureBand:
    """Return the measure and the balance band that ``NAME=BAND`` or ``NAME=BELOW:ABOVE`` states.

    Raises
    ------
    ValueError
        Where it states none.
    """
    name, equals, limits = text.rpartition("=")
    name = name.strip()
    if not equals or not name or not limits.strip():
        raise ValueError(f"{text!r} is not of the form NAME=BAND or NAME=BELOW:ABOVE, e.g. potential=0.10")
    below, colon, above = limits.partition(":")
    lower = fraction(below)
    upper = fraction(above) if colon else lower
    if lower > 1:
        raise ValueError(
            f"{text!r} allows {lower:.0%} below the ideal, more than all of it; "
            f"a band is a fraction: for {below.strip()} percent write {name}={below.strip()}%"
        )
    return MeasureBand(name, Band(below=lower, above=upper))


def amount(text: str) -> Decimal:
    """Return an amount of money: ``120000000``, ``120_000_000`` or ``99.95``; the currency says its decimals.

    Raises
    ------
    ValueError
        Where it is not an amount above 0 that a quota can be of.
    """
    number = text.strip()
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"{text!r} is not an amount such as 120000000 or 120_000_000.50")
    value = Decimal(number.replace("_", ""))
    if value <= 0:
        raise ValueError(f"{text!r} must be above 0")
    if value >= MOST_MONEY:
        raise ValueError(f"{text!r} is more than this program can count")
    return value


def named_amount(text: str) -> NamedAmount:
    """Return the id and the amount that ``ID=AMOUNT`` states; ids may hold equals signs.

    Raises
    ------
    ValueError
        Where it states none; an amount of 0 is one.
    """
    name, equals, value = text.rpartition("=")
    if not equals or not name.strip():
        raise ValueError(f"{text!r} is not of the form ID=AMOUNT, e.g. IA-07=15000000")
    zero = _NUMBER.fullmatch(value.strip()) is not None and not Decimal(value.strip().replace("_", ""))
    return NamedAmount(name.strip(), Decimal(0) if zero else amount(value))


def method_weight(text: str) -> MethodWeight:
    """Return the method and its weight that ``NAME`` or ``NAME=WEIGHT`` states; alone it weighs 1.

    Raises
    ------
    ValueError
        Where the weight is no number above 0.
    """
    name, equals, weight = text.partition("=")
    value = fraction(weight) if equals else 1.0
    if not name.strip() or value <= 0:
        raise ValueError(
            f"{text!r} is not of the form NAME=WEIGHT with a weight above 0, e.g. last_year_plus=0.7"
        )
    return MethodWeight(name.strip(), value)
