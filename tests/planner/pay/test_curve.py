"""Payout curves rise, pay the target variable at quota, jump at cliffs only, and stop at caps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.pay import PayoutCurve, Tier, payout_fraction
from tests.planner.pay.drawn_plans import curves

F = Fraction
attainments = st.fractions(0, 5, max_denominator=1000)


@given(curves(), attainments, attainments)
def test_who_sells_more_never_earns_less(curve: PayoutCurve, one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    assert 0 <= curve.at(low) <= curve.at(high)


@given(curves())
def test_quota_pays_the_target_variable_exactly(curve: PayoutCurve) -> None:
    assert curve.faults() == ()
    assert curve.at(F(1)) == 1


@given(curves(), attainments)
def test_nothing_below_the_threshold_and_no_more_than_the_cap(curve: PayoutCurve, at: Fraction) -> None:
    if at < curve.threshold:
        assert curve.at(at) == 0
    if curve.cap is not None:
        assert curve.at(at) <= curve.cap
    if curve.cap_attainment is not None:
        assert curve.at(at) <= curve.at(curve.cap_attainment)


@given(curves())
def test_a_curve_jumps_at_its_cliff_only(curve: PayoutCurve) -> None:
    step = F(1, 10**9)
    steepest = max(piece.slope for piece in curve.segments)
    corners = {piece.start for piece in curve.segments} | {curve.threshold}
    for corner in corners - {F(0)}:
        jump = curve.at(corner) - curve.at(corner - step)
        if corner == curve.threshold and curve.from_zero:
            assert jump == curve.at(corner)
        else:
            assert jump <= steepest * step


@given(curves(), attainments, attainments, st.fractions(0, 1, max_denominator=10))
def test_between_corners_pay_follows_a_straight_line(
    curve: PayoutCurve, one: Fraction, other: Fraction, part: Fraction
) -> None:
    low, high = sorted((one, other))
    corners = [piece.start for piece in curve.segments] + [curve.threshold]
    if not any(low < corner <= high for corner in corners):
        between = low + part * (high - low)
        line = curve.at(low) + part * (curve.at(high) - curve.at(low))
        assert curve.at(between) == line


@given(curves(), st.lists(attainments, max_size=20))
def test_many_at_once_are_paid_as_one_by_one(curve: PayoutCurve, at: list[Fraction]) -> None:
    floats = np.array([float(a) for a in at])
    # What floats can tell apart: not whether a number is a threshold or a hair below it.
    away = np.array([abs(a - curve.threshold) > F(1, 10**9) or a == curve.threshold for a in at], bool)
    exact = np.array([float(curve.at(a)) for a in at])
    assert payout_fraction(curve, floats)[away] == pytest.approx(exact[away], rel=1e-12, abs=1e-12)


def test_a_worked_example() -> None:
    curve = PayoutCurve(
        threshold=F(1, 2), tiers=(Tier(F(1), F(3, 2)), Tier(F(5, 4), F(2))), cap=F(2), cap_attainment=F(3)
    )
    paid = {
        "0.49": 0,
        "0.5": F(1, 2),
        "0.8": F(4, 5),
        "1.2": F(13, 10),
        "1.25": F(11, 8),
        "1.5": F(15, 8),
        "2": F(2),
    }
    assert {at: curve.at(F(at)) for at in paid} == paid


def test_only_what_lies_above_the_threshold() -> None:
    curve = PayoutCurve(threshold=F(1, 2), from_zero=False)
    assert [curve.at(F(at)) for at in ("0.5", "0.75", "1", "2")] == [0, F(1, 2), 1, 3]


def test_the_rate_below_the_first_tier_makes_quota_pay_in_full() -> None:
    curve = PayoutCurve(tiers=(Tier(F(4, 5), F(3)),))
    assert [curve.at(F(at)) for at in ("0.4", "0.8", "1")] == [F(1, 5), F(2, 5), 1]


def test_a_first_tier_from_the_start_states_its_rate_itself() -> None:
    curve = PayoutCurve(tiers=(Tier(F(0), F(1, 2)), Tier(F(1, 2), F(3, 2))))
    assert [curve.at(F(at)) for at in ("0.5", "1", "2")] == [F(1, 4), 1, F(5, 2)]


def test_what_attains_nothing_or_less_is_paid_nothing_and_unknown_stays_unknown() -> None:
    curve = PayoutCurve(threshold=F(1, 2))
    paid = payout_fraction(curve, [-1.0, 0.0, np.nan, np.inf])
    assert paid[:2].tolist() == [0, 0]
    assert np.isnan(paid[2])
    assert np.isinf(paid[3])
    assert curve.ratio(-5, 10) == (0, 1)


@pytest.mark.parametrize(
    ("curve", "keys", "word"),
    [
        (PayoutCurve(threshold=F(3, 2)), ["threshold"], "outside 0 … 1"),
        (PayoutCurve(threshold=F(1), from_zero=False), ["threshold"], "leaves nothing"),
        (PayoutCurve(cap=F(1, 2), cap_attainment=F(9, 10)), ["cap", "cap_attainment"], "below 100 %"),
        (PayoutCurve(tiers=(Tier(F(1), F(-1)),)), ["tiers.0.rate"], "below zero"),
        (PayoutCurve(tiers=(Tier(F(-1), F(1)),)), ["tiers.0.above"], "below zero"),
        (PayoutCurve(tiers=(Tier(F(2), F(1)), Tier(F(1), F(2)))), ["tiers.1.above"], "not above the one"),
        (PayoutCurve(tiers=(Tier(F(0), F(2)),)), ["tiers"], "pay 200 % of the target variable at quota"),
        (PayoutCurve(tiers=(Tier(F(1, 2), F(3)),)), ["tiers"], "pay 150 % of the target variable by"),
    ],
)
def test_what_is_wrong_is_told_by_its_key(curve: PayoutCurve, keys: list[str], word: str) -> None:
    faults = curve.faults()
    assert [fault.column for fault in faults] == keys
    assert all(word in fault.why and fault.what_to_do for fault in faults)
    with pytest.raises(ValueError, match=r"\w"):
        curve.at(F(1))
