"""Pay plans: what a seat earns on target, how much of that is variable, and what the variable part depends on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from planner.arrays import FloatArray
from planner.errors import Problem
from planner.pay.curve import PayoutCurve, Tier, payout_fraction, percent
from planner.quota.periods import PER_YEAR

ALL_TOGETHER = ""
"""Quota component that stands for the sum of all."""


class Per(StrEnum):
    """How often something is reckoned and paid."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"

    @property
    def a_year(self) -> int:
        """How many there are in a year."""
        return PER_YEAR[self.value]


@dataclass(frozen=True)
class Bonus:
    """A fixed amount for reaching an attainment.

    Parameters
    ----------
    at
        Attainment to reach, a fraction > 0.
    amount_cents
        Minor units, ≥ 0, on top of on-target earnings.
    per_period
        Whether it is paid for every pay period that reaches `at`; else once, for the year.
    """

    at: Fraction
    amount_cents: int
    per_period: bool = False


@dataclass(frozen=True)
class PayComponent:
    """A part of the target variable and what it depends on.

    Parameters
    ----------
    component
        Component of the quota; empty text for all together.
    weight
        Share of the target variable, in [0, 1].
    curve
        What it pays.
    bonuses
        Fixed amounts beside it.
    """

    component: str = ALL_TOGETHER
    weight: Fraction = Fraction(1)
    curve: PayoutCurve = field(default_factory=PayoutCurve)
    bonuses: tuple[Bonus, ...] = ()


@dataclass(frozen=True)
class PayPlan:
    """How seats are paid.

    Parameters
    ----------
    name
        Name, as seats state it.
    variable
        Pay mix: target variable over on-target earnings, in [0, 1]; the rest is base pay.
    components
        What the variable part depends on; weights sum to 1.
    on_target_earnings_cents
        Of a seat that states none, a year, minor units; None where every seat has to.
    per
        How often the variable part is paid.
    cumulative
        Whether a payment follows from the year to date, less what was paid before; else each period stands for
        itself.
    """

    name: str
    variable: Fraction
    components: tuple[PayComponent, ...] = (PayComponent(),)
    on_target_earnings_cents: int | None = None
    per: Per = Per.YEAR
    cumulative: bool = True

    def payout_fraction(self, attainment: ArrayLike) -> FloatArray:
        """Return payout over target variable, without bonuses.

        Parameters
        ----------
        attainment
            Sold over quota of each component, fractions, the last axis as long as `components`.
        """
        sold = np.asarray(attainment, np.float64)
        paid = [
            float(part.weight) * payout_fraction(part.curve, sold[..., k])
            for k, part in enumerate(self.components)
        ]
        return np.asarray(np.sum(paid, axis=0), np.float64)

    def faults(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the plan, by the key it is wrong in."""
        return tuple(_faults(self))

    def unknown(self, known: Collection[str]) -> tuple[Problem, ...]:
        """Return what it says of components that quotas do not have, by the key that says it.

        Parameters
        ----------
        known
            Components that quotas have.
        """
        listed = ", ".join(repr(name) for name in list(known)[:8]) or "none, they are one sum"
        return tuple(
            _fault(
                f"components.{number}.component",
                part.component,
                f"Quotas have no component {part.component!r}; there are {listed}.",
                "Correct the name, or leave it out for all together.",
            )
            for number, part in enumerate(self.components)
            if part.component != ALL_TOGETHER and part.component not in known
        )


def plan_from(plain: Mapping[str, Any]) -> PayPlan:
    """Return a pay plan from its plain values: fractions as text (``1/3``) or numbers, the rest as JSON has it."""
    return PayPlan(
        **{
            **plain,
            "variable": Fraction(plain["variable"]),
            "components": tuple(_component_from(part) for part in plain["components"]),
            "per": Per(plain["per"]),
        }
    )


def _component_from(plain: Mapping[str, Any]) -> PayComponent:
    curve: dict[str, Any] = {
        name: Fraction(value)
        if name in ("threshold", "cap", "cap_attainment") and value is not None
        else value
        for name, value in plain["curve"].items()
    }
    curve["tiers"] = tuple(Tier(Fraction(t["above"]), Fraction(t["rate"])) for t in curve["tiers"])
    bonuses = tuple(Bonus(**{**bonus, "at": Fraction(bonus["at"])}) for bonus in plain["bonuses"])
    weight = Fraction(plain["weight"])
    return PayComponent(plain["component"], weight, PayoutCurve(**curve), bonuses)


def _faults(plan: PayPlan) -> Iterator[Problem]:
    if not 0 <= plan.variable <= 1:
        yield _fault(
            "variable",
            float(plan.variable),
            "The variable share of pay lies outside 0 … 1.",
            "Write a pay mix of 60/40 as 0.4 or 40%.",
        )
    if plan.on_target_earnings_cents is not None and plan.on_target_earnings_cents <= 0:
        yield _fault(
            "on_target_earnings",
            plan.on_target_earnings_cents / 100,
            "On-target earnings have to be above zero.",
            "Write base and target variable pay of a year together.",
        )
    weights = sum((part.weight for part in plan.components), Fraction(0))
    if weights != 1:
        listed = " + ".join(percent(part.weight) for part in plan.components) or "nothing"
        yield _fault(
            "components",
            None,
            f"The weights of the components sum to {percent(weights)} ({listed}); they have to sum to 100 %.",
            'Change the weights; thirds may be written as "1/3".',
        )
    seen: set[str] = set()
    for number, part in enumerate(plan.components):
        at = f"components.{number}"
        if part.component in seen:
            again = repr(part.component) if part.component else "the sum of all components"
            yield _fault(
                f"{at}.component",
                part.component,
                f"Two components of the plan depend on {again}.",
                "Join them to one with the sum of their weights.",
            )
        seen.add(part.component)
        if not 0 <= part.weight <= 1:
            why = f"The weight {percent(part.weight)} lies outside 0 … 100 %."
            yield _fault(f"{at}.weight", float(part.weight), why, "Write a share of the target variable.")
        yield from (replace(problem, column=f"{at}.{problem.column}") for problem in part.curve.faults())
        for which, bonus in enumerate(part.bonuses):
            if bonus.at <= 0:
                why = "A bonus needs an attainment above zero to reach."
                yield _fault(f"{at}.bonuses.{which}.at", float(bonus.at), why, "Write quota as 1.0 or 100%.")
            if bonus.amount_cents < 0:
                amount = bonus.amount_cents / 100
                yield _fault(f"{at}.bonuses.{which}.amount", amount, "The bonus is below zero.", "Check it.")


def _fault(key: str, value: object, why: str, what_to_do: str) -> Problem:
    shown = None if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return Problem(why, what_to_do, column=key, value=shown, code="pay_plan")
