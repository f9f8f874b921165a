"""What a scenario demands besides its bands: rules, regions, disruption budgets, the number of territories.

Plain values by the names that people write, ids included; `data.assemble` turns them into positions and arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CAPACITY: Literal["capacity"] = "capacity"
"""As many territories as it takes to cover the workload with the capacity of the seats."""


EXPECTED_LOSS = "expected_loss"
"""Measure of a budget that counts expected loss in money."""


@dataclass(frozen=True)
class Band:
    """What is asked of one measure.

    Parameters
    ----------
    below, above
        Largest deviation allowed below and above the ideal, fractions; None for no limit.
    minimum, maximum
        Hard limits in units of the measure that hold besides the band; None for no limit.
    """

    below: float | None = None
    above: float | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Span:
    """A number that is free within a range, both ends included."""

    minimum: int
    maximum: int

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.maximum:
            raise ValueError(f"a range of {self.minimum} to {self.maximum} holds no number from 1 on")


NumberOfTerritories = int | Span | Literal["capacity"] | None
"""A number, a range, `CAPACITY`, or None for one per seat, else as many as there are today."""


@dataclass(frozen=True)
class AskedRule:
    """One rule as people write it: a row of ``rules.csv`` or a ``[[rules]]`` table; ``""`` and None where silent.

    Parameters
    ----------
    kind
        What is asked: ``lock``, ``together``, ``mix``, … as `data.read.rule_kinds` lists them.
    name
        Shown to people; made from the rule where empty.
    account_id, unit_id, where, of
        What it speaks of: one id, or everything that fulfils the condition `where`, among ``accounts`` or ``units``.
    territory_id, seat_id, region
        Whom it speaks of.
    with_account_id, with_unit_id, group, by
        For ``together`` and ``apart``: the other one of a pair, the name of a group, a column of groups.
    skill
        What a seat has to know.
    measure, value, min_share, max_share
        What is limited, and the limits.
    row
        Line of the file it stands in; None where it is from no file.
    """

    kind: str
    name: str = ""
    account_id: str = ""
    unit_id: str = ""
    where: str = ""
    of: str = ""
    territory_id: str = ""
    seat_id: str = ""
    region: str = ""
    with_account_id: str = ""
    with_unit_id: str = ""
    group: str = ""
    by: str = ""
    skill: str = ""
    measure: str = ""
    value: float | None = None
    min_share: float | None = None
    max_share: float | None = None
    row: int | None = None


@dataclass(frozen=True)
class RegionRules:
    """What is asked of the territories of one region, instead of what is asked of all.

    Parameters
    ----------
    territories
        How many; None for one per seat of the region, else as many as it has today.
    contiguous
        Whether its territories must hang together; None for as all others.
    measures
        Bands by measure; a measure that is not named keeps the band of all.
    """

    territories: int | None = None
    contiguous: bool | None = None
    measures: dict[str, Band] = field(default_factory=dict)


@dataclass(frozen=True)
class BudgetRule:
    """How much may change hands, counted in one measure.

    Parameters
    ----------
    measure
        Name of a measure, or `EXPECTED_LOSS`: revenue times the expected loss after a change of rep, in money.
    total, per_seat
        Largest share of the whole, and of what each seat has today, fractions; None for no limit.
    total_amount, per_seat_amount
        The same as amounts in units of the measure; None for no limit.
    """

    measure: str
    total: float | None = None
    per_seat: float | None = None
    total_amount: float | None = None
    per_seat_amount: float | None = None


def bands(stated: Mapping[str, Band | Mapping[str, Any]]) -> dict[str, Band]:
    """Return bands by measure, typed from plain values where they are."""
    return {name: Band(**band) if isinstance(band, Mapping) else band for name, band in stated.items()}


def region_rules(stated: RegionRules | Mapping[str, Any]) -> RegionRules:
    """Return the rules of a region, typed from plain values where they are."""
    if isinstance(stated, RegionRules):
        return stated
    return RegionRules(**{**stated, "measures": bands(stated.get("measures") or {})})


def number_of_territories(stated: Any) -> NumberOfTerritories:
    """Return a number of territories, typed from plain values: a range is a mapping with both ends.

    Raises
    ------
    ValueError
        Where it is none.
    """
    if isinstance(stated, Mapping):
        short = {"min": "minimum", "max": "maximum"}
        ends = {short.get(str(name), str(name)): end for name, end in stated.items()}
        return Span(**ends)
    if stated is None or isinstance(stated, Span) or stated == CAPACITY:
        return stated  # type: ignore[no-any-return]
    if isinstance(stated, bool) or not isinstance(stated, int):
        raise ValueError(f"{stated!r} is no number of territories, no range and not {CAPACITY!r}")
    return stated
