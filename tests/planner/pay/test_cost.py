"""What the company pays: exact on target, analytic for one seat, told in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from planner.errors import InvalidInput
from planner.pay import (
    Bonus,
    CompensationReport,
    PaidSeats,
    PayComponent,
    PayoutCurve,
    PayPlan,
    PaySettings,
    Tier,
    compensation,
    credited_quotas,
    payout_fraction,
)
from planner.pay.distribution import BLOCK
from planner.pay.pay_plan import Per
from planner.quota.credits import Role, SeatShare
from planner.quota.outlook import Outlook
from planner.quota.quota_plan import QuotaPlan

F = Fraction
CURVE = PayoutCurve(threshold=F(1, 2), tiers=(Tier(F(1), F(3, 2)),), cap=F(3))
HUNTER = PayPlan("hunter", F(1, 2), (PayComponent(curve=CURVE),), on_target_earnings_cents=20_000_001)


def quota_plan(amounts: Any, *, components: Sequence[str] = ("total",), **more: Any) -> QuotaPlan:
    """Return quotas of shape ``(n_territories, n_components)`` cut into four equal quarters."""
    by_component = np.asarray(amounts, np.int64)
    n = len(by_component)
    cents = np.repeat(by_component[:, :, None] // 4, 4, axis=2)
    nothing = np.zeros(n)
    return QuotaPlan(
        currency="USD",
        components=tuple(components),
        periods=tuple(f"2026-Q{q}" for q in range(1, 5)),
        amount_cents=cents,
        target_cents=cents.sum((0, 2)),
        street_cents=cents.sum((0, 2)),
        over_assignment=0.0,
        last_year_cents=nothing,
        history_share=nothing,
        potential_share=nothing,
        blended_share=nothing,
        final_share=nothing,
        limited_by=("",) * n,
        year=2026,
        **more,
    )


def paid(n: int, **more: Any) -> PaidSeats:
    """Return `n` seats that state nothing."""
    seats = PaidSeats(tuple(f"S{j}" for j in range(n)), ("",) * n, (None,) * n, (None,) * n)
    return replace(seats, **more)


def report(
    quotas: QuotaPlan, plan: PayPlan = HUNTER, seats: PaidSeats | None = None, **more: Any
) -> CompensationReport:
    """Return the compensation of seats that own a territory each."""
    n = len(quotas.amount_cents)
    settings = PaySettings({plan.name: plan}, **more)
    found = compensation(settings, seats or paid(n), quotas, [f"S{j}" for j in range(n)], seed=3)
    assert found is not None
    return found


def test_at_plan_everybody_earns_on_target_to_the_cent() -> None:
    found = report(quota_plan([[40_000_000], [120_000_000], [0]]))
    at_plan = found.levels[0]
    assert [level.name for level in found.levels] == ["plan"]
    assert (at_plan.cost_cents, at_plan.sales_cents) == (3 * 20_000_001, 160_000_000)
    assert at_plan.cost_of_sales == pytest.approx(60_000_003 / 160_000_000)
    assert all(seat.pay_cents == {"plan": 20_000_001} for seat in found.seats)
    assert [seat.base_cents for seat in found.seats] == [10_000_001] * 3  # half a cent goes to the even half
    assert any("P50" in note for note in found.notes)
    assert any("1 seats carry no quota" in note for note in found.notes)


def test_one_seat_agrees_with_the_closed_form() -> None:
    """Pay rises with sales, so its quantiles are the pay at the quantiles of sales."""
    mean, spread = 95_000_000.0, 0.3
    outlook = Outlook(np.array([mean]), np.array([spread]), 0.0)
    found = report(quota_plan([[100_000_000]], outlook=outlook), draws=40_000)
    seat = found.seats[0]
    for name, p in (("p50", 0.5), ("p90", 0.9)):
        attained = mean * np.exp(-(spread**2) / 2 + norm.ppf(p) * spread) / 100_000_000
        expected = seat.base_cents + float(CURVE.at(F(attained))) * seat.variable_cents
        assert seat.pay_cents[name] == pytest.approx(expected, abs=1)
        level = found.level(name)
        assert level is not None
        assert level.cost_cents == pytest.approx(expected, rel=0.01)
    z = np.linspace(-6, 6, 20_001)
    attained = mean * np.exp(-(spread**2) / 2 + z * spread) / 100_000_000
    average = np.trapezoid(payout_fraction(CURVE, attained) * norm.pdf(z), z) * seat.variable_cents
    level = found.level("mean")
    assert level is not None
    assert level.variable_cents == pytest.approx(average, rel=0.01)
    costs = found.percentiles_cents
    assert len(costs) == 99
    assert list(costs) == sorted(costs)
    assert [costs[49], costs[89]] == [one.cost_cents for one in found.levels if one.name in ("p50", "p90")]


def test_one_shock_for_all_leaves_nothing_to_even_out() -> None:
    quotas, alone = ([[100_000_000]] * n for n in (50, 1))
    together = Outlook(np.full(50, 9.5e7), np.zeros(50), 0.3)
    apart = Outlook(np.full(50, 9.5e7), np.full(50, 0.3), 0.0)
    single = Outlook(np.array([9.5e7]), np.array([0.3]), 0.0)

    def width(amounts: Any, outlook: Outlook) -> float:
        found = report(quota_plan(amounts, outlook=outlook), draws=4_000)
        low, high = found.level("p50"), found.level("p90")
        assert low is not None
        assert high is not None
        return (high.variable_cents - low.variable_cents) / low.variable_cents

    assert width(quotas, together) == pytest.approx(width(alone, single), rel=0.15)
    assert width(quotas, apart) < width(alone, single) / 4


def test_the_same_seed_draws_the_same_and_blocks_do_not_matter_to_the_level() -> None:
    n = BLOCK // 50  # 50 draws a block
    outlook = Outlook(np.full(n, 1e8), np.full(n, 0.2), 0.1)
    quotas = quota_plan([[100_000_000]] * n, outlook=outlook)
    one, two = (report(quotas, draws=120) for _ in range(2))
    assert one == two
    mean = one.level("mean")
    assert mean is not None
    assert mean.sales_cents == pytest.approx(n * 1e8, rel=0.05)


def test_bonuses_and_several_components_add_up_in_draws_as_in_the_exact_year() -> None:
    """Sales that are certain are paid in every draw as the exact payments say."""
    plan = PayPlan(
        "two",
        F(2, 5),
        (
            PayComponent("A", F(7, 10), CURVE, (Bonus(F(1), 12_345),)),
            PayComponent("B", F(2, 10), PayoutCurve(), (Bonus(F(1), 1_000, per_period=True),)),
            PayComponent("", F(1, 10), PayoutCurve(threshold=F(4, 5), from_zero=False)),
        ),
        on_target_earnings_cents=10_000_000,
        per=Per.QUARTER,
        cumulative=False,
    )
    amounts = np.array([[8_000_000, 4_000_000], [4_000_000, 0]])
    expected = np.array([[9_000_000.0, 4_400_000.0], [3_600_000.0, 400_000.0]])
    outlook = Outlook(expected.sum(1), np.zeros(2), 0.0)
    quotas = quota_plan(amounts, components=("A", "B"), expected_cents=expected, outlook=outlook)
    found = report(quotas, plan, draws=100)
    exact = found.level("expected")
    assert exact is not None
    for name in ("mean", "p50", "p90"):
        level = found.level(name)
        assert level is not None
        assert level.cost_cents == pytest.approx(exact.cost_cents, abs=4 * 3)
    first = found.seats[0]
    a = F(9, 8)
    total = F(134, 120)
    wanted = (
        6_000_000
        + 2_800_000 * CURVE.at(a)
        + 12_345
        + 800_000 * F(11, 10)
        + 4_000
        + 400_000 * (total - F(4, 5)) / F(1, 5)
    )
    assert first.pay_cents["expected"] == pytest.approx(float(wanted), abs=12)


def test_split_credit_and_overlays_are_measured_by_what_they_carry() -> None:
    quotas = quota_plan([[100_000_000], [60_000_000]])
    cents = quotas.amount_cents
    shares = tuple(
        SeatShare(seat, t, role, share, carried, wanted_cents=carried.sum(1))
        for seat, t, role, share, carried in (
            ("S0", 0, Role.OWNER, F(3, 4), cents[0] * 3 // 4),
            ("S1", 0, Role.SPLIT, F(1, 4), cents[0] // 4),
            ("S1", 1, Role.OWNER, F(1), cents[1]),
            ("SX", 0, Role.OVERLAY, F(1), cents[0]),
            ("SX", 1, Role.OVERLAY, F(1), cents[1]),
        )
    )
    outlook = Outlook(np.array([110_000_000.0, 30_000_000.0]), np.full(2, 0.2), 0.1)
    quotas = replace(quotas, seat_shares=shares, outlook=outlook)
    credited = credited_quotas(quotas, ["S0", "S1"])
    assert credited.seat_id == ("S0", "S1", "SX")
    assert credited.quota_cents.sum((1, 2)).tolist() == [75_000_000, 85_000_000, 160_000_000]
    assert credited.sold(outlook.mean_cents)[:, 0] == pytest.approx([82.5e6, 57.5e6, 140e6])
    seats = replace(paid(3), seat_id=("S0", "S1", "SX"))
    found = report(quotas, seats=seats, draws=2_000)
    assert [seat.quota_cents for seat in found.seats] == [75_000_000, 85_000_000, 160_000_000]
    # Sales of the company count once, however many are credited with them.
    assert found.levels[0].sales_cents == 160_000_000
    assert found.levels[1].sales_cents == 140_000_000
    attained = F(14, 16)
    assert found.seats[2].pay_cents["expected"] == 10_000_001 + round(10_000_000 * CURVE.at(attained))
    p90 = found.level("p90")
    assert p90 is not None
    assert (
        found.levels[1].cost_cents
        < p90.cost_cents
        <= sum(seat.pay_cents["p90"] for seat in found.seats) * 1.02
    )


def test_quota_over_earnings_is_flagged_outside_what_is_usual() -> None:
    quotas = quota_plan([[60_000_000], [100_000_000], [140_000_000]])
    found = report(quotas)
    assert [seat.flag for seat in found.seats] == ["low", "", "high"]
    assert [round(seat.ratio or 0, 3) for seat in found.seats] == [3, 5, 7]
    assert "Practitioners" in found.ratio_source
    wider = report(quotas, ratio_low=2.0, ratio_high=8.0)
    assert [seat.flag for seat in wider.seats] == ["", "", ""]


def test_a_seat_filled_for_half_of_the_year_costs_half() -> None:
    half = tuple([F(0)] * 6 + [F(1)] * 6)
    found = report(quota_plan([[100_000_000]]), seats=paid(1, employed=(half,)))
    assert found.levels[0].cost_cents == 10_000_000  # half of 20,000,001, to the even cent
    assert found.seats[0].ratio == 10


def test_seats_state_their_own_plan_and_earnings() -> None:
    farmer = PayPlan("farmer", F(1, 5), on_target_earnings_cents=8_000_000)
    settings = PaySettings({"hunter": HUNTER, "farmer": farmer})
    seats = paid(
        4, plan=("hunter", "farmer", "", "hunter"), on_target_earnings_cents=(None, 9_000_000, None, 1)
    )
    quotas = quota_plan([[100_000_000]] * 4)
    found = compensation(settings, seats, quotas, ["S0", "S1", "S2", ""])
    assert found is not None
    assert [(seat.seat_id, seat.earnings_cents, seat.base_cents) for seat in found.seats] == [
        ("S0", 20_000_001, 10_000_001),
        ("S1", 9_000_000, 7_200_000),
    ]
    assert any("no pay plan" in note and "S2" in note for note in found.notes)
    assert any("carry no quota" in note and "S3" in note for note in found.notes)
    by_default = compensation(replace(settings, default="farmer"), seats, quotas, ["S0", "S1", "S2", ""])
    assert by_default is not None
    assert [seat.plan for seat in by_default.seats] == ["hunter", "farmer", "farmer"]


def test_expectations_without_an_outlook_give_the_expected_cost_alone() -> None:
    found = report(quota_plan([[100_000_000]], expected_cents=np.array([[80_000_000.0]])))
    assert [level.name for level in found.levels] == ["plan", "expected"]
    assert found.seats[0].pay_cents["expected"] == 10_000_001 + 8_000_000
    shares = report(quota_plan([[100_000_000]], expected_cents=np.array([[1.0]])))
    assert [level.name for level in shares.levels] == ["plan"]


def test_nobody_paid_is_no_report() -> None:
    quotas = quota_plan([[100_000_000]])
    assert compensation(PaySettings(), paid(1), quotas, ["S0"]) is None
    assert compensation(PaySettings({"hunter": HUNTER}), paid(1), quotas, [""]) is None


def test_every_fault_is_told_at_once() -> None:
    wrong = PayPlan(
        "wrong",
        F(3, 2),
        (
            PayComponent("C", F(1, 2), PayoutCurve(cap=F(1, 2))),
            PayComponent("C", F(1, 4), bonuses=(Bonus(F(0), -1),)),
        ),
    )
    with pytest.raises(InvalidInput) as raised:
        report(quota_plan([[100_000_000], [1]]), wrong)
    assert [problem.column for problem in raised.value.problems] == [
        "pay_plans.wrong.variable",
        "pay_plans.wrong.components",
        "pay_plans.wrong.components.0.cap",
        "pay_plans.wrong.components.1.component",
        "pay_plans.wrong.components.1.bonuses.0.at",
        "pay_plans.wrong.components.1.bonuses.0.amount",
        "pay_plans.wrong.components.0.component",
        "pay_plans.wrong.components.1.component",
        None,
        None,
    ]
    assert all(problem.why and problem.what_to_do for problem in raised.value.problems)


def test_pay_of_a_plan_is_the_weighted_pay_of_its_components() -> None:
    plan = PayPlan("p", F(1, 2), (PayComponent("A", F(3, 4), CURVE), PayComponent("B", F(1, 4))))
    assert plan.payout_fraction([[1, 1], [0.4, 2], [1.2, 0]]).tolist() == pytest.approx([1, 0.5, 0.975])


def test_a_seat_sells_only_while_somebody_is_there() -> None:
    """The quota of a seat that ramps is relieved; what it sells is as well."""
    outlook = Outlook(np.array([100_000_000.0, 100_000_000.0]), np.zeros(2), 0.0)
    present = np.array([[1.0], [0.5]])
    quotas = quota_plan([[100_000_000], [50_000_000]], outlook=outlook, present_share=present)
    found = report(quotas, draws=100)
    assert [seat.pay_cents["expected"] for seat in found.seats] == [20_000_001, 20_000_001]
    mean = found.level("mean")
    assert mean is not None
    assert mean.cost_cents == pytest.approx(40_000_002, abs=2)
