"""What is asked about pay, and which seats are paid how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from planner.pay.pay_plan import PayPlan, plan_from

USUAL_RATIO = (4.0, 6.0)
RATIO_SOURCE = (
    "Practitioners' rule for software sales: quota of 4 to 6 times on-target earnings (Visdum, What is a good quota "
    "to OTE ratio, 2025; others ask for 5 and more, revenue.fyi). Other trades differ: set [pay] ratio_low, ratio_high."
)
DRAWS = 10_000


@dataclass(frozen=True)
class PaySettings:
    """Pay plans and how their cost is judged.

    Parameters
    ----------
    plans
        Pay plans by name.
    default
        Plan of seats that name none; None for the only one there is, or none where there are several.
    ratio_low, ratio_high
        Quota over on-target earnings outside of which a seat is flagged.
    draws
        How often sales are drawn for the distribution of cost.
    """

    plans: Mapping[str, PayPlan] = field(default_factory=dict)
    default: str | None = None
    ratio_low: float = USUAL_RATIO[0]
    ratio_high: float = USUAL_RATIO[1]
    draws: int = DRAWS

    def changed(self, changes: Mapping[str, Any]) -> PaySettings:
        """Return a copy with fields changed by name; plans typed, or plain as a run record has them."""
        typed = dict(changes)
        if "plans" in typed:
            typed["plans"] = {
                name: plan if isinstance(plan, PayPlan) else plan_from(plan)
                for name, plan in typed["plans"].items()
            }
        return replace(self, **typed)

    def plan_of(self, name: str) -> PayPlan | None:
        """Return the plan that a seat is paid by which states `name`; None where there is none."""
        if name:
            return self.plans.get(name)
        if self.default is not None:
            return self.plans.get(self.default)
        return next(iter(self.plans.values())) if len(self.plans) == 1 else None


@dataclass(frozen=True)
class PaidSeats:
    """The seats of a plan that may be paid, in any order.

    Parameters
    ----------
    seat_id
        Names.
    plan
        Pay plan that each states; empty text for none.
    on_target_earnings_cents
        What each states, a year, minor units; None where it states none.
    employed
        Share of each month of the quota year that each is filled, January first; None for all of the year.
    """

    seat_id: tuple[str, ...]
    plan: tuple[str, ...]
    on_target_earnings_cents: tuple[int | None, ...]
    employed: tuple[tuple[Fraction, ...] | None, ...]
