"""What one seat is paid, exactly: whole minor units, halves rounded to even at every payment.

Target amounts are cut into parts so that these add up to the whole (`parts_of`): the target variable into components,
each of them into pay periods. A payment of a component is

    discrete       payment_p = round(T_p · f(sold_p / quota_p))
    cumulative     payment_p = round(T_1…p · f(sold_1…p / quota_1…p)) − what was paid before,

with ``T`` the target variable of the component. Cumulative payments therefore add up to what the year as a whole pays,
to the cent; one may be below zero, and is set off, where a later period falls behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from planner.pay.pay_plan import ALL_TOGETHER, Bonus, PayPlan
from planner.quota.periods import MONTHS

Cents = NDArray[np.int64]
Employed = Sequence[Fraction]
"""Share of each month of the year, January first, that a seat is filled."""


@dataclass(frozen=True, eq=False)
class TargetPay:
    """What a seat earns on target in a year.

    Parameters
    ----------
    base_cents
        Base pay.
    variable_cents
        Target variable by component of the pay plan and pay period, shape ``(n_components, n_periods)``.
    filled
        Share of each pay period that the seat is filled.
    """

    base_cents: int
    variable_cents: tuple[tuple[int, ...], ...]
    filled: tuple[Fraction, ...]

    @property
    def earnings_cents(self) -> int:
        """Base pay and target variable together."""
        return self.base_cents + sum(map(sum, self.variable_cents))

    @property
    def share_of_year(self) -> Fraction:
        """Share of the year that the seat is filled."""
        return sum(self.filled, Fraction(0)) / len(self.filled)


@dataclass(frozen=True)
class Payments:
    """What a seat is paid in a year.

    Parameters
    ----------
    variable_cents
        By component of the pay plan and pay period, shape ``(n_components, n_periods)``.
    bonus_cents
        By component, over the year.
    """

    variable_cents: tuple[tuple[int, ...], ...]
    bonus_cents: tuple[int, ...]

    @property
    def total_cents(self) -> int:
        """Everything together."""
        return sum(map(sum, self.variable_cents)) + sum(self.bonus_cents)


def target_pay(plan: PayPlan, on_target_earnings_cents: int, employed: Employed | None = None) -> TargetPay:
    """Return what a seat earns on target.

    Parameters
    ----------
    on_target_earnings_cents
        Of a whole year, minor units.
    employed
        Share of each month that the seat is filled; None for all of the year.
    """
    n = plan.per.a_year
    if employed is None:
        filled, earnings = (Fraction(1),) * n, on_target_earnings_cents
    else:
        months = MONTHS // n
        filled = tuple(sum(employed[p * months : (p + 1) * months], Fraction(0)) / months for p in range(n))
        earnings = round(on_target_earnings_cents * sum(filled, Fraction(0)) / n)
    variable = _rounded(earnings * plan.variable.numerator, plan.variable.denominator)
    by_component = parts_of(variable, [part.weight for part in plan.components])
    by_period = tuple(tuple(parts_of(amount, filled)) for amount in by_component)
    return TargetPay(earnings - variable, by_period, filled)


def payout_cents(
    plan: PayPlan, target: TargetPay, attainment: Sequence[Fraction | tuple[int, int]]
) -> Payments:
    """Return what a seat is paid where every period of the year has the same attainment.

    Parameters
    ----------
    attainment
        Of each component of the plan: a fraction, or sold and quota in minor units (quota above 0).
    """
    variable, bonuses = [], []
    for part, amounts, stated in zip(plan.components, target.variable_cents, attainment, strict=True):
        sold, quota = (stated.numerator, stated.denominator) if isinstance(stated, Fraction) else stated
        paid, of = part.curve.ratio(sold, quota)
        if plan.cumulative:
            variable.append(_steps(_to_date(amounts), [(paid, of)] * len(amounts)))
        else:
            variable.append(tuple(_rounded(amount * paid, of) for amount in amounts))
        reached = [(sold, quota)] * len(amounts)
        bonuses.append(sum(_bonus(bonus, reached, (sold, quota), target) for bonus in part.bonuses))
    return Payments(tuple(variable), tuple(bonuses))


def payments(
    plan: PayPlan,
    target: TargetPay,
    sold_cents: Sequence[Sequence[int]],
    quota_cents: Sequence[Sequence[int]],
) -> Payments:
    """Return what a seat is paid for what it sold in each pay period.

    Parameters
    ----------
    sold_cents, quota_cents
        Minor units by component of the plan and pay period, shape ``(n_components, n_periods)``. Where there is no
        quota there is nothing to be measured by, and the target variable is paid.
    """
    variable, bonuses = [], []
    for part, amounts, sold, quota in zip(
        plan.components, target.variable_cents, sold_cents, quota_cents, strict=True
    ):
        year = (sum(sold), sum(quota))
        reached = list(zip(sold, quota, strict=True))
        if plan.cumulative:
            reached = list(zip(_to_date(sold), _to_date(quota), strict=True))
        paid = [part.curve.ratio(*each) if each[1] > 0 else (1, 1) for each in reached]
        if plan.cumulative:
            variable.append(_steps(_to_date(amounts), paid))
        else:
            variable.append(tuple(_rounded(t * up, of) for t, (up, of) in zip(amounts, paid, strict=True)))
        bonuses.append(sum(_bonus(bonus, reached, year, target) for bonus in part.bonuses))
    return Payments(tuple(variable), tuple(bonuses))


def parts_of(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Return `total` cut in proportion to `weights` into whole parts that add up to it.

    Each running sum is rounded, halves to even, so no part is more than one unit off; all in one where there is no
    weight.

    >>> parts_of(100, [Fraction(1, 3)] * 3)
    [33, 34, 33]
    """
    if len(set(weights)) == 1 and weights[0]:
        n = len(weights)
        ends = [_rounded(total * (j + 1), n) for j in range(n)]
    else:
        whole = sum(weights, Fraction(0))
        if not whole:
            return [*[0] * (len(weights) - 1), total]
        share = Fraction(0)
        ends = []
        for weight in weights:
            share += weight
            ends.append(
                _rounded(total * share.numerator * whole.denominator, share.denominator * whole.numerator)
            )
    return [end - before for before, end in zip([0, *ends[:-1]], ends, strict=True)]


def quota_of(component: str, components: Sequence[str], amounts: Cents) -> Cents:
    """Return the amounts that a component of a pay plan depends on.

    Parameters
    ----------
    component
        Name of one; empty text for all together.
    components
        Names of the quota components, along axis 1 of `amounts`.
    """
    if component == ALL_TOGETHER:
        everything: Cents = amounts.sum(1)
        return everything
    one: Cents = amounts[:, list(components).index(component)]
    return one


def _steps(to_date: Sequence[int], paid: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Return what each payment adds to what was paid to date."""
    earned = [_rounded(target * up, of) for target, (up, of) in zip(to_date, paid, strict=True)]
    return tuple(now - before for before, now in zip([0, *earned[:-1]], earned, strict=True))


def _to_date(amounts: Sequence[int]) -> list[int]:
    out, total = [], 0
    for amount in amounts:
        total += amount
        out.append(total)
    return out


def _bonus(bonus: Bonus, reached: Sequence[tuple[int, int]], year: tuple[int, int], target: TargetPay) -> int:
    """Return a bonus of the year; of one that is filled in part, for that part."""
    if not bonus.per_period:
        got = _meets(year, bonus.at)
        return round(bonus.amount_cents * target.share_of_year) if got else 0
    return sum(
        round(bonus.amount_cents * filled)
        for each, filled in zip(reached, target.filled, strict=True)
        if _meets(each, bonus.at)
    )


def _meets(attained: tuple[int, int], at: Fraction) -> bool:
    sold, quota = attained
    return quota > 0 and sold * at.denominator >= at.numerator * quota


def _rounded(numerator: int, denominator: int) -> int:
    """Return a ratio with a denominator above 0 rounded, halves to even."""
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        return whole + 1
    return whole
