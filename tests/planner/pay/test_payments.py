"""Payments are exact: parts add up, the year is its periods, and on target a seat earns its target."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.pay import (
    Bonus,
    PayComponent,
    PayoutCurve,
    PayPlan,
    PaySettings,
    Tier,
    payments,
    payout_cents,
    target_pay,
)
from planner.pay.pay_plan import Per
from planner.pay.payments import parts_of
from tests.planner.pay.drawn_plans import plans

F = Fraction
earnings = st.integers(1, 10**8)


@given(
    st.integers(-(10**9), 10**12), st.lists(st.fractions(0, 1, max_denominator=99), min_size=1, max_size=12)
)
def test_parts_add_up_and_are_a_unit_off_at_most(total: int, weights: list[Fraction]) -> None:
    parts = parts_of(total, weights)
    assert sum(parts) == total
    if whole := sum(weights):
        assert all(abs(part - total * w / whole) <= 1 for part, w in zip(parts, weights, strict=True))


@given(plans(), earnings)
def test_on_target_a_seat_earns_its_target_to_the_cent(plan: PayPlan, cents: int) -> None:
    target = target_pay(plan, cents)
    assert plan.faults() == ()
    assert target.earnings_cents == cents
    paid = payout_cents(plan, target, [F(1)] * len(plan.components))
    assert paid.variable_cents == target.variable_cents
    assert target.base_cents + sum(map(sum, paid.variable_cents)) == cents


@given(plans(), earnings, st.data())
def test_cumulative_payments_add_up_to_the_year(plan: PayPlan, cents: int, data: st.DataObject) -> None:
    plan = PayPlan("cumulative", plan.variable, plan.components, per=plan.per, cumulative=True)
    yearly = PayPlan("yearly", plan.variable, plan.components, per=Per.YEAR)
    n = plan.per.a_year
    amounts = st.lists(st.integers(0, 10**7), min_size=n, max_size=n)
    sold, quota = ([data.draw(amounts) for _ in plan.components] for _ in range(2))
    quota = [[q + 1 for q in row] for row in quota]
    whole = payments(
        yearly, target_pay(yearly, cents), [[sum(row)] for row in sold], [[sum(row)] for row in quota]
    )
    found = payments(plan, target_pay(plan, cents), sold, quota)
    assert [sum(row) for row in found.variable_cents] == [sum(row) for row in whole.variable_cents]


@given(plans(), earnings, st.fractions(0, 4, max_denominator=100), st.fractions(0, 4, max_denominator=100))
def test_more_sales_never_pay_less(plan: PayPlan, cents: int, one: Fraction, other: Fraction) -> None:
    target, n = target_pay(plan, cents), len(plan.components)
    low, high = sorted((one, other))
    assert (
        payout_cents(plan, target, [low] * n).total_cents
        <= payout_cents(plan, target, [high] * n).total_cents
    )


@given(plans(), earnings, st.fractions(0, 3, max_denominator=50))
def test_even_periods_pay_as_the_same_attainment_throughout(plan: PayPlan, cents: int, at: Fraction) -> None:
    target = target_pay(plan, cents)
    quota = [[at.denominator] * plan.per.a_year for _ in plan.components]
    sold = [[at.numerator] * plan.per.a_year for _ in plan.components]
    assert payments(plan, target, sold, quota) == payout_cents(plan, target, [at] * len(plan.components))


@settings(max_examples=40)
@given(plans(), earnings, st.lists(st.fractions(0, 1, max_denominator=31), min_size=12, max_size=12))
def test_a_seat_that_is_filled_in_part_earns_that_part(
    plan: PayPlan, cents: int, filled: list[Fraction]
) -> None:
    target = target_pay(plan, cents, filled)
    assert target.share_of_year == sum(filled) / 12
    assert target.earnings_cents == round(cents * sum(filled) / 12)
    empty = [p for p, share in enumerate(target.filled) if not share]
    if target.share_of_year:
        assert all(row[p] == 0 for row in target.variable_cents for p in empty)


def test_a_worked_example_of_discrete_and_cumulative_quarters() -> None:
    """60,000 variable a year, 15,000 a quarter; nothing below half, half as much again above quota."""
    curve = PayoutCurve(threshold=F(1, 2), tiers=(Tier(F(1), F(3, 2)),))
    sold, quota = [[40, 120, 100, 180]], [[100, 100, 100, 100]]
    paid = {}
    for cumulative in (False, True):
        plan = PayPlan("p", F(1, 2), (PayComponent(curve=curve),), per=Per.QUARTER, cumulative=cumulative)
        paid[cumulative] = payments(plan, target_pay(plan, 12_000_000), sold, quota).variable_cents[0]
    assert paid[False] == (0, 1_950_000, 1_500_000, 3_300_000)
    # To date: 40 %, 80 %, 86⅔ %, 110 %, the last of which pays 115 % of the year.
    assert paid[True] == (0, 2_400_000, 1_500_000, 3_000_000)


def test_a_quarter_that_falls_behind_is_set_off() -> None:
    plan = PayPlan("p", F(1), (PayComponent(curve=PayoutCurve(threshold=F(9, 10))),), per=Per.QUARTER)
    paid = payments(plan, target_pay(plan, 4_000), [[100, 50, 250, 0]], [[100] * 4])
    assert paid.variable_cents == ((1_000, -1_000, 4_000, 0),)


def test_payments_are_rounded_half_to_even_one_by_one() -> None:
    plan = PayPlan("p", F(1), per=Per.QUARTER, cumulative=False)
    half = payout_cents(plan, target_pay(plan, 4 * 5), [F(1, 2)])
    assert half.variable_cents == ((2, 2, 2, 2),)  # 2.5 each
    assert payout_cents(plan, target_pay(plan, 4 * 7), [F(1, 2)]).variable_cents == (
        (4, 4, 4, 4),
    )  # 3.5 each


def test_bonuses_are_paid_once_a_year_or_for_every_period_that_reaches_them() -> None:
    bonuses = (Bonus(F(1), 1_000), Bonus(F(11, 10), 100, per_period=True))
    part = PayComponent(bonuses=bonuses)
    sold, quota = [[100, 120, 90, 150]], [[100] * 4]
    discrete, cumulative = (
        payments(plan, target_pay(plan, 10_000), sold, quota).bonus_cents
        for plan in (PayPlan("p", F(1), (part,), per=Per.QUARTER, cumulative=c) for c in (False, True))
    )
    assert discrete == (1_000 + 2 * 100,)
    assert cumulative == (1_000 + 2 * 100,)  # to date 110 % in the second, 115 % in the fourth
    half = payments(
        PayPlan("p", F(1), (part,), per=Per.QUARTER, cumulative=False),
        target_pay(PayPlan("p", F(1), (part,), per=Per.QUARTER), 10_000, [F(0)] * 6 + [F(1)] * 6),
        sold,
        quota,
    )
    assert half.bonus_cents == (500 + 100,)


def test_without_a_quota_the_target_is_paid() -> None:
    plan = PayPlan("p", F(1), per=Per.QUARTER, cumulative=False)
    assert payments(plan, target_pay(plan, 400), [[0, 0, 50, 0]], [[0, 0, 100, 100]]).variable_cents == (
        (100, 100, 50, 0),
    )


@given(plans())
def test_a_plan_comes_back_from_its_plain_values(plan: PayPlan) -> None:
    """Run records hold scenarios as JSON, fractions as text."""
    settings = PaySettings({"drawn": plan}, draws=500)
    plain = json.loads(json.dumps(asdict(settings), default=str))
    assert PaySettings().changed(plain) == settings
