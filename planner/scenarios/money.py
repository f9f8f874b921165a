"""Changes to money: the target, over-assignment, and how quotas are set; and growth of what quotas rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from planner.data_changes import HISTORY
from planner.data_changes import Growth as GrowthOfData
from planner.quota.settings import Relief
from planner.scenarios.change import Asked, Change, percent, signed
from planner.scenarios.fields import (
    NONE,
    Check,
    choice,
    exact_amount,
    flag,
    fractions,
    number,
    number_or_none,
    optional_text,
    text,
    weight_table,
    whole,
)

PERIODS = ("year", "quarter", "month", "auto")
"""What a quota may be cut into."""


@dataclass(frozen=True)
class Target(Change):
    """Another company target: set, or changed by a fraction wherever it stands.

    Parameters
    ----------
    amount
        The target in units of the currency, exact; empty where `by` is stated.
    by
        What is added, a fraction above −1: 0.05 for 5 % more.
    """

    amount: str = ""
    by: float | None = None

    kind: ClassVar[str] = "target"
    CHECKS: ClassVar[Mapping[str, Check]] = {"amount": exact_amount, "by": number(most=100.0, above=-1.0)}

    def faults(self) -> list[str]:
        """Return whether it says nothing, or two things."""
        return [] if bool(self.amount) != (self.by is not None) else ["state either amount or by"]

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the target."""
        return (("target",),)

    def sentence(self) -> str:
        """Return the change in words."""
        if self.by is not None:
            return f"Target {signed(self.by)}."
        return f"Target {Decimal(self.amount):,f}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the target."""
        quota = asked.scenario.quota
        if self.by is None:
            return asked.replace(quota=quota.changed({"target": Decimal(self.amount)}))
        whole_change = (1 + Decimal(repr(quota.target_change))) * (1 + Decimal(repr(self.by))) - 1
        return asked.replace(quota=quota.changed({"target_change": float(whole_change)}))


@dataclass(frozen=True)
class OverAssignment(Change):
    """Another over-assignment, above all levels or added by the nodes of one.

    Parameters
    ----------
    fraction
        Street quota over target, less 1.
    level
        Name of the level of the hierarchy; empty for above all.
    """

    fraction: float
    level: str = ""

    kind: ClassVar[str] = "over_assignment"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "fraction": number(-0.99, 10.0, needed=True),
        "level": optional_text,
    }

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the level."""
        return (("over_assignment", self.level.casefold()),)

    def sentence(self) -> str:
        """Return the change in words."""
        return (
            f"Over-assignment of {percent(self.fraction)}{f' at the level {self.level}' * bool(self.level)}."
        )

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the over-assignment."""
        quota = asked.scenario.quota
        if not self.level:
            return asked.replace(quota=quota.changed({"over_assignment": self.fraction}))
        levels = {**quota.level_over_assignment, self.level: self.fraction}
        return asked.replace(quota=quota.changed({"level_over_assignment": levels}))


@dataclass(frozen=True)
class QuotaMethod(Change):
    """What quotas rest on.

    Parameters
    ----------
    weights
        Weight of each method by its name; empty for the one that a back-test picks. ``name`` stands for one alone.
    """

    weights: dict[str, float]

    kind: ClassVar[str] = "quota_method"
    CHECKS: ClassVar[Mapping[str, Check]] = {"weights": weight_table}

    @classmethod
    def short(cls, stated: Mapping[str, Any]) -> dict[str, Any]:
        """Return the weights for a ``name``; ``auto`` for no weights."""
        if "name" not in stated or "weights" in stated:
            return {"weights": {}, **stated}
        rest = {name: value for name, value in stated.items() if name != "name"}
        name = text(stated["name"])
        return {**rest, "weights": {} if name == "auto" else {name: 1.0}}

    def __hash__(self) -> int:
        return hash(tuple(self.weights.items()))

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the method."""
        return (("quota_method",),)

    def sentence(self) -> str:
        """Return the change in words."""
        if not self.weights:
            return "Quotas rest on the method that a back-test picks."
        if len(self.weights) == 1:
            return f"Quotas rest on {next(iter(self.weights))}."
        told = ", ".join(f"{name} {weight:.10g}" for name, weight in self.weights.items())
        return f"Quotas rest on several methods by these weights: {told}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the method."""
        quota = asked.scenario.quota.changed({"methods": dict(self.weights), "history_weight": None})
        return asked.replace(quota=quota)


@dataclass(frozen=True)
class Quota(Change):
    """Other settings of quotas; what is not stated stays.

    Parameters
    ----------
    potential
        Measure that stands for potential.
    growth_to_potential
        Share of growth that goes to untapped potential.
    equal_difficulty
        Whether every seat gets the same chance to attain.
    max_decrease, max_increase
        Largest change against own history, fractions; ``none`` for no limit.
    min_share, max_share
        Least and most of the street quota that a seat carries, fractions; ``none`` for no limit.
    rounding
        Quotas are multiples of this much money.
    ramp
        Share of full productivity of a new seat by month.
    relief
        Who carries what new and vacant seats cannot: ``shared`` or ``absorbed``.
    year
        Year that quotas are for.
    periods
        What a quota is cut into.
    """

    potential: str = ""
    growth_to_potential: float | None = None
    equal_difficulty: bool | None = None
    max_decrease: float | str | None = None
    max_increase: float | str | None = None
    min_share: float | str | None = None
    max_share: float | str | None = None
    rounding: str = ""
    ramp: tuple[float, ...] = ()
    relief: str = ""
    year: int | None = None
    periods: str = ""

    kind: ClassVar[str] = "quota"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "potential": optional_text,
        "growth_to_potential": number(0.0, 1.0),
        "equal_difficulty": flag,
        "max_decrease": number_or_none(0.0, 1.0),
        "max_increase": number_or_none(0.0, 100.0),
        "min_share": number_or_none(0.0, 1.0),
        "max_share": number_or_none(0.0, 1.0),
        "rounding": exact_amount,
        "ramp": fractions,
        "relief": choice(Relief),
        "year": whole(1900, 2999),
        "periods": choice(PERIODS),
    }

    def faults(self) -> list[str]:
        """Return whether it changes nothing, or contradicts itself."""
        told = [] if self._stated() else ["nothing is changed"]
        if self.rounding and Decimal(self.rounding) <= 0:
            told.append("rounding must be above 0")
        ends = (self.min_share, self.max_share)
        if all(isinstance(end, float) for end in ends) and ends[0] > ends[1]:  # type: ignore[operator]
            told.append("min_share is larger than max_share")
        return told

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return each setting that is stated."""
        return tuple(("quota", name) for name in self._stated())

    def sentence(self) -> str:
        """Return the change in words."""
        told = [f"{name.replace('_', ' ')} {_words(value)}" for name, value in self._stated().items()]
        return f"Quotas: {', '.join(told)}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the settings."""
        stated = {name: None if value == NONE else value for name, value in self._stated().items()}
        if "rounding" in stated:
            stated["rounding"] = Decimal(self.rounding)
        return asked.replace(quota=asked.scenario.quota.changed(stated))

    def _stated(self) -> dict[str, Any]:
        held = {name: getattr(self, name) for name in self.CHECKS}
        return {name: value for name, value in held.items() if value not in (None, "", ())}


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(percent(each) for each in value)
    return percent(value) if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Growth(Change):
    """Something there is more or less of, in all or in a part of the data.

    Parameters
    ----------
    measure
        What grows: a measure such as ``potential``, or ``history``.
    by
        How much, a fraction above −1.
    region, segment, where, of
        What of it, as in `planner.data_changes.Growth`.
    """

    measure: str
    by: float
    region: str = ""
    segment: str = ""
    where: str = ""
    of: str = ""

    kind: ClassVar[str] = "growth"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "measure": text,
        "by": number(most=1000.0, above=-1.0, needed=True),
        "region": optional_text,
        "segment": optional_text,
        "where": optional_text,
        "of": choice(("accounts", "units")),
    }

    def faults(self) -> list[str]:
        """Return whether it speaks of counts, or of a table without a condition."""
        told = []
        if self.measure.casefold() in ("accounts", "units"):
            told.append("how many accounts or units there are cannot grow; let a measure grow")
        if self.of and not self.where:
            told.append("of goes with a condition (where)")
        return told

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return what grows; growths of parts that overlap multiply each other."""
        part = (self.region.casefold(), self.segment, self.where, self.of)
        return (("growth", self.measure.casefold(), *part),)

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return the measure, the region and the segment; the history is no measure."""
        found = super().names()
        return {noun: names for noun, names in found.items() if names != (HISTORY,)}

    def sentence(self) -> str:
        """Return the change in words."""
        what = self._of_data().of_what
        return f"{'The h' if what.startswith(HISTORY) else what[:1]}{what[1:]} {signed(self.by)}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the growth."""
        return asked.replace(growth=(*asked.scenario.growth, self._of_data()))

    def _of_data(self) -> GrowthOfData:
        return GrowthOfData(self.measure, self.by, self.region, self.segment, self.where, self.of)
