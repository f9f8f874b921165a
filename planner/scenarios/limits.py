"""Changes to what must hold: balance bands, and budgets for what changes hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from planner.demands import EXPECTED_LOSS, Band, BudgetRule, RegionRules
from planner.scenarios.change import Asked, Change, percent
from planner.scenarios.fields import Check, number, optional_text, text


@dataclass(frozen=True)
class SetBand(Change):
    """Another balance band of a measure, of all territories or of those of a region; it replaces the former one.

    Parameters
    ----------
    measure
        Name of the measure.
    below, above
        Largest deviation below and above the ideal, fractions; None for no limit. ``band`` stands for both.
    minimum, maximum
        Hard limits in units of the measure; None for none.
    region
        Region that it is for; empty for all.
    """

    measure: str
    below: float | None = None
    above: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    region: str = ""

    kind: ClassVar[str] = "band"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "measure": text,
        "below": number(0.0, 1.0),
        "above": number(0.0, 100.0),
        "minimum": number(0.0),
        "maximum": number(0.0),
        "region": optional_text,
    }

    @classmethod
    def short(cls, stated: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``below`` and ``above`` for ``band``."""
        if "band" not in stated or {"below", "above"} & stated.keys():
            return dict(stated)
        rest = {name: value for name, value in stated.items() if name != "band"}
        return {**rest, "below": stated["band"], "above": stated["band"]}

    def faults(self) -> list[str]:
        """Return whether the limits cross."""
        crossed = self.minimum is not None and self.maximum is not None and self.minimum > self.maximum
        return ["minimum is larger than maximum"] if crossed else []

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the band."""
        return (("band", self.measure.casefold(), self.region.casefold()),)

    def sentence(self) -> str:
        """Return the change in words."""
        parts = [
            f"at most {percent(self.below)} below" if self.below is not None else "",
            f"at most {percent(self.above)} above" if self.above is not None else "",
        ]
        if self.below is not None and self.below == self.above:
            parts = [f"within {percent(self.below)} of"]
        told = " and ".join(part for part in parts if part)
        told = f"{told} the ideal" if told else "without a band"
        told += "" if self.minimum is None else f", at least {self.minimum:,.10g}"
        told += "" if self.maximum is None else f", at most {self.maximum:,.10g}"
        return f"{self.measure} {told}{f' in the region {self.region}' if self.region else ''}."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the band."""
        band = Band(self.below, self.above, self.minimum, self.maximum)
        if not self.region:
            return asked.replace(measures={**asked.scenario.measures, self.measure: band})
        regions = dict(asked.scenario.regions)
        rules = regions.get(self.region, RegionRules())
        rules = replace(rules, measures={**rules.measures, self.measure: band})
        return asked.replace(regions={**regions, self.region: rules})


@dataclass(frozen=True)
class DropBand(Change):
    """A measure is not balanced any more, in all territories or those of a region.

    Parameters
    ----------
    measure
        Name of the measure.
    region
        Region whose own band goes; empty for that of all.
    """

    measure: str
    region: str = ""

    kind: ClassVar[str] = "drop_band"
    CHECKS: ClassVar[Mapping[str, Check]] = {"measure": text, "region": optional_text}

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the band."""
        return (("band", self.measure.casefold(), self.region.casefold()),)

    def sentence(self) -> str:
        """Return the change in words."""
        return (
            f"No band of its own for {self.measure}{f' in the region {self.region}' if self.region else ''}."
        )

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked without the band."""
        if not self.region:
            bands = asked.scenario.measures
            return asked.replace(
                measures={name: band for name, band in bands.items() if name != self.measure}
            )
        regions = dict(asked.scenario.regions)
        rules = regions.get(self.region)
        if rules is None:
            return asked
        kept = {name: band for name, band in rules.measures.items() if name != self.measure}
        return asked.replace(regions={**regions, self.region: replace(rules, measures=kept)})


@dataclass(frozen=True)
class SetBudget(Change):
    """How much of a measure may change hands; it replaces a former budget of that measure.

    Parameters
    ----------
    measure
        Name of the measure, or ``expected_loss`` for money.
    total, per_seat
        Largest share of the whole, and of what each seat has today, fractions; None for no limit.
    total_amount, per_seat_amount
        The same as amounts; None for no limit.
    """

    measure: str
    total: float | None = None
    per_seat: float | None = None
    total_amount: float | None = None
    per_seat_amount: float | None = None

    kind: ClassVar[str] = "budget"
    CHECKS: ClassVar[Mapping[str, Check]] = {
        "measure": text,
        "total": number(0.0, 1.0),
        "per_seat": number(0.0, 1.0),
        "total_amount": number(0.0),
        "per_seat_amount": number(0.0),
    }

    def faults(self) -> list[str]:
        """Return whether it limits nothing."""
        limits = (self.total, self.per_seat, self.total_amount, self.per_seat_amount)
        none = all(limit is None for limit in limits)
        return ["a budget needs total, per_seat, total_amount or per_seat_amount"] if none else []

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the budget."""
        return (("budget", self.measure.casefold()),)

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return the measure; expected loss is none of the data."""
        return {"measure": (self.measure,)} if self.measure not in ("", EXPECTED_LOSS) else {}

    def sentence(self) -> str:
        """Return the change in words."""
        parts = [
            "" if self.total is None else f"{percent(self.total)} in all",
            "" if self.total_amount is None else f"{self.total_amount:,.10g} in all",
            "" if self.per_seat is None else f"{percent(self.per_seat)} of what a seat has",
            "" if self.per_seat_amount is None else f"{self.per_seat_amount:,.10g} a seat",
        ]
        told = " and ".join(part for part in parts if part)
        return f"Of {self.measure.replace('_', ' ')} at most {told} changes hands."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked with the budget."""
        budget = BudgetRule(self.measure, self.total, self.per_seat, self.total_amount, self.per_seat_amount)
        without = _without_budget(asked, self.measure)
        return without.replace(budgets=(*without.scenario.budgets, budget))


@dataclass(frozen=True)
class DropBudget(Change):
    """No limit on how much of a measure changes hands.

    Parameters
    ----------
    measure
        Name of the measure, or ``expected_loss``; empty for the budget that names none.
    """

    measure: str = ""

    kind: ClassVar[str] = "drop_budget"
    CHECKS: ClassVar[Mapping[str, Check]] = {"measure": optional_text}

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the budget."""
        return (("budget", self.measure.casefold()),)

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return the measure; expected loss is none of the data."""
        return {"measure": (self.measure,)} if self.measure not in ("", EXPECTED_LOSS) else {}

    def sentence(self) -> str:
        """Return the change in words."""
        return f"No limit on how much{f' of {self.measure}' if self.measure else ''} changes hands."

    def applied(self, asked: Asked) -> Asked:
        """Return what is asked without the budget."""
        return _without_budget(asked, self.measure)


def _without_budget(asked: Asked, measure: str) -> Asked:
    scenario = asked.scenario
    kept = tuple(budget for budget in scenario.budgets if budget.measure != measure)
    if (scenario.disruption_measure or "") == measure:
        return asked.replace(budgets=kept, disruption_budget=None)
    return asked.replace(budgets=kept)
