"""How quotas are asked to be set: the part of a scenario that speaks of money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from planner.errors import InvalidInput, Problem
from planner.quota.currency import minor_digits


class Relief(StrEnum):
    """Who carries what new and vacant seats cannot."""

    SHARED = "shared"
    """The other seats: the street quota stays."""
    ABSORBED = "absorbed"
    """Nobody: the street quota falls, and with it over-assignment."""


@dataclass(frozen=True)
class QuotaSettings:
    """How quotas are set.

    Parameters
    ----------
    target_cents
        Company target for the whole plan in minor units; None where ``targets`` has it, or where none is set.
    target_change
        What is added to the target, wherever it stands, a fraction of it above −1: 0.05 for 5 % more.
    over_assignment
        Street quota over target − 1, a fraction, above all levels of the hierarchy.
    level_over_assignment
        The same added by every node of a level, by the level's name; a node's own in the hierarchy comes first.
    methods
        Weight of each baseline method by its name (`planner.quota.methods.METHODS`); empty for the one that a
        back-test on the history picks.
    history_weight
        Weight of last year's sales in a blend with potential, in [0, 1], where `methods` is empty; None for neither.
    potential
        Measure that stands for potential; None for the first balanced one.
    index
        Weight of each measure in the method ``weighted_index``, by the measure's name.
    growth_to_potential
        Share of growth that goes to untapped potential in the method ``history_and_untapped``, in [0, 1].
    equal_difficulty
        Whether quotas give every seat the same chance to attain, where the history tells how certain its sales are;
        otherwise they are in proportion to expected sales.
    max_decrease, max_increase
        Largest change of a territory's quota against its own history scaled to the target, fractions; None for none.
    min_share, max_share
        Smallest and largest part of the street quota of its pool that a seat carries, fractions; None for none.
    rounding_cents
        Quotas are multiples of this many minor units, where the target allows.
    ramp
        Share of full productivity of a new seat in its first, second, … month; empty for one fitted from the history
        by tenure, and 25, 50, 75, 100 % where that cannot be fitted.
    relief
        Who carries what new seats (ramp) and vacant ones cannot.
    year
        Year that quotas are for; None for the year after the last full one of the history.
    currency
        ISO 4217 code.
    periods
        What a quota is cut into: ``year``, ``quarter``, ``month``, or ``auto`` for the periods of the targets, else
        of the history.
    """

    target_cents: int | None = None
    target_change: float = 0.0
    over_assignment: float = 0.0
    level_over_assignment: Mapping[str, float] = field(default_factory=dict)
    methods: Mapping[str, float] = field(default_factory=dict)
    history_weight: float | None = None
    potential: str | None = None
    index: Mapping[str, float] = field(default_factory=dict)
    growth_to_potential: float = 0.5
    equal_difficulty: bool = True
    max_decrease: float | None = 0.2
    max_increase: float | None = 0.3
    min_share: float | None = None
    max_share: float | None = None
    rounding_cents: int = 100
    ramp: tuple[float, ...] = ()
    relief: Relief = Relief.SHARED
    year: int | None = None
    currency: str = "USD"
    periods: str = "auto"

    def __post_init__(self) -> None:
        # Plain values, as a run record holds them, are taken as well.
        object.__setattr__(self, "ramp", tuple(self.ramp))
        object.__setattr__(self, "relief", Relief(self.relief))

    def changed(self, changes: Mapping[str, Any]) -> QuotaSettings:
        """Return a copy with settings changed by name.

        Besides the fields there are ``target`` and ``rounding``: exact amounts in units of the currency rather than
        minor units. A new target is the whole target: what was added to the former one goes with it.

        Raises
        ------
        InvalidInput
            Where such an amount has more decimals than the currency.
        TypeError
            Where a name is no field.
        """
        fields = {name: value for name, value in changes.items() if name not in ("target", "rounding")}
        currency = fields.get("currency", self.currency)
        for name in ("target", "rounding"):
            if name in changes:
                fields[f"{name}_cents"] = _minor_units(name, Decimal(changes[name]), currency)
        if "target_cents" in fields:
            fields.setdefault("target_change", 0.0)
        return replace(self, **fields)


def _minor_units(name: str, amount: Decimal, currency: str) -> int:
    digits = minor_digits(currency)
    cents = amount.scaleb(digits)
    if cents != cents.to_integral_value():
        raise InvalidInput(
            [
                Problem(
                    f"the {name} {amount:f} has more decimals than {currency} has, {digits}.",
                    "State it in whole minor units.",
                    column=name,
                    value=f"{amount:f}",
                    code="too_many_decimals",
                )
            ]
        )
    return int(cents)
