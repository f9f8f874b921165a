"""The parts of plan.toml about pay, ``[pay]`` and ``[pay_plans.NAME]``: types of every key.

What keys say together (weights that sum to 1, tiers in order) is judged by `data.read.pay_plans`, so that all that is
wrong is told at once.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from data.read.model_parts import Part
from data.read.quota_models import Cents
from planner.pay.curve import PayoutCurve, Tier
from planner.pay.pay_plan import ALL_TOGETHER, Bonus, PayComponent, PayPlan, Per
from planner.pay.settings import DRAWS, USUAL_RATIO

_MOST = 1_000
"""Attainments, rates and caps beyond this are typing errors."""


def _exact(value: Any) -> Fraction:
    """Return a number, or text such as ``15 %`` or ``1/3``, as the fraction it is."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str | Fraction):
            raise ValueError
        if isinstance(value, str) and value.strip().endswith("%"):
            found = Fraction(Decimal(value.strip()[:-1].strip())) / 100
        else:
            found = Fraction(value.strip() if isinstance(value, str) else value)
    except (ValueError, ArithmeticError):
        raise PydanticCustomError("fraction", 'a fraction is needed, such as 0.5, "50%" or "1/3"') from None
    if abs(found) > _MOST:
        raise PydanticCustomError("fraction", f"it is larger than {_MOST:,}; write 150 percent as 1.5")
    return found


Exact = Annotated[Fraction, BeforeValidator(_exact)]
Ratio = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class PayModel(Part):
    plan: str | None = None
    ratio_low: Ratio = USUAL_RATIO[0]
    ratio_high: Ratio = USUAL_RATIO[1]
    draws: Annotated[int, Field(ge=100, le=1_000_000)] = DRAWS


class TierModel(Part):
    above: Exact
    rate: Exact


class BonusModel(Part):
    at: Exact = Fraction(1)
    amount: Cents
    per: Literal["year", "period"] = "year"


class CurveModel(Part):
    threshold: Exact | None = None
    threshold_pays: Literal["from_zero", "above"] | None = None
    tiers: list[TierModel] | None = None
    cap: Exact | None = None
    cap_attainment: Exact | None = None


class PayComponentModel(CurveModel):
    component: str = ALL_TOGETHER
    weight: Exact = Fraction(1)
    bonuses: list[BonusModel] = Field(default_factory=list)


class PayPlanModel(CurveModel):
    on_target_earnings: Cents | None = None
    variable: Exact
    per: Per = Per.YEAR
    cumulative: bool = True
    components: list[PayComponentModel] = Field(default_factory=list)
    bonuses: list[BonusModel] = Field(default_factory=list)

    def to_plan(self, name: str) -> PayPlan:
        """Return the pay plan; components take from it what they do not state themselves."""
        parts = [
            PayComponent(part.component, part.weight, self._curve(part), _bonuses(part.bonuses))
            for part in self.components or [PayComponentModel()]
        ]
        if self.bonuses:
            parts = self._with_bonuses(parts)
        return PayPlan(name, self.variable, tuple(parts), self.on_target_earnings, self.per, self.cumulative)

    def _with_bonuses(self, parts: list[PayComponent]) -> list[PayComponent]:
        """Return the components with bonuses on all together: on that one, or on one of no weight."""
        extra = _bonuses(self.bonuses)
        if any(part.component == ALL_TOGETHER for part in parts):
            return [
                PayComponent(part.component, part.weight, part.curve, (*part.bonuses, *extra))
                if part.component == ALL_TOGETHER
                else part
                for part in parts
            ]
        return [*parts, PayComponent(ALL_TOGETHER, Fraction(0), bonuses=extra)]

    def _curve(self, part: CurveModel) -> PayoutCurve:
        def stated(key: str) -> Any:
            own = getattr(part, key)
            return getattr(self, key) if own is None else own

        return PayoutCurve(
            threshold=stated("threshold") or Fraction(0),
            from_zero=stated("threshold_pays") != "above",
            tiers=tuple(Tier(tier.above, tier.rate) for tier in stated("tiers") or ()),
            cap=stated("cap"),
            cap_attainment=stated("cap_attainment"),
        )


def _bonuses(bonuses: list[BonusModel]) -> tuple[Bonus, ...]:
    return tuple(Bonus(bonus.at, bonus.amount, bonus.per == "period") for bonus in bonuses)
