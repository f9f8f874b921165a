"""Amounts follow shares inside limits, and no other whole amounts fit better."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.quota.allocate import allocate, apportion, change_limits, relax_limits

ANY = 10**18


def free(n):
    return np.zeros(n, np.int64), np.full(n, ANY, np.int64)


@st.composite
def problems(draw, n_max=30, total_max=10**9):
    """Draw weights, a total and limits that can carry it."""
    n = draw(st.integers(1, n_max))
    weights = np.array(draw(st.lists(st.integers(1, 10_000), min_size=n, max_size=n)), float)
    total = draw(st.integers(0, total_max))
    even = total // n + 1
    lower = np.array(draw(st.lists(st.integers(0, even), min_size=n, max_size=n)), np.int64)
    room = np.array(draw(st.lists(st.integers(0, 2 * even), min_size=n, max_size=n)), np.int64)
    lower = lower * min(total, int(lower.sum())) // max(1, int(lower.sum()))
    upper = lower + room
    upper += max(0, total - int(upper.sum()))
    return weights, total, lower, upper


@given(problems())
def test_limits_that_can_carry_the_total_hold(problem):
    weights, total, lower, upper = problem
    found = allocate(weights, total, lower, upper)
    assert int(found.cents.sum()) == total
    assert (lower <= found.cents).all()
    assert (found.cents <= upper).all()
    assert found.relaxed == 1


@given(problems(), st.sampled_from([10, 100, 12345]))
def test_rounding_units_leave_one_amount_with_the_rest(problem, unit):
    weights, total, lower, upper = problem
    found = allocate(weights, total, lower, upper, unit)
    assert int(found.cents.sum()) == total
    assert (found.cents % found.unit != 0).sum() <= 1
    assert (found.cents > lower - found.unit).all()
    assert (found.cents < upper + 2 * found.unit).all()


@given(problems())
def test_a_bigger_share_never_carries_less(problem):
    weights, total, _, _ = problem
    found = allocate(weights, total, *free(len(weights)))
    order = np.lexsort((found.cents, weights))
    assert (np.diff(found.limited[order]) >= -1e-6).all()
    assert (np.diff(found.cents[order]) >= 0).all()


@given(problems())
def test_before_rounding_it_is_the_optimum_of_its_conditions(problem):
    """Between limits everyone has the same multiple of what they wanted; at limits, the multiple points outside."""
    weights, total, lower, upper = problem
    found = allocate(weights, total, lower, upper)
    assert found.limited.sum() == pytest.approx(total, rel=1e-9, abs=1e-3)
    if total == 0:
        return
    slack = 1e-6 * total
    ratio = found.limited / found.wanted
    between = (found.limited > lower + slack) & (found.limited < upper - slack)
    if between.any():
        level = ratio[between].mean()
        assert ratio[between] == pytest.approx(level, rel=1e-6)
        at_lower = ~between & (found.limited <= lower + slack) & (lower + 2 * slack < upper)
        at_upper = ~between & (found.limited >= upper - slack) & (lower + 2 * slack < upper)
        assert (found.wanted[at_lower] * level <= lower[at_lower] + 2 * slack).all()
        assert (found.wanted[at_upper] * level >= upper[at_upper] - 2 * slack).all()


@st.composite
def small(draw):
    n = draw(st.integers(1, 4))
    weights = draw(st.lists(st.integers(1, 20), min_size=n, max_size=n))
    units = draw(st.integers(0, 8))
    lower = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    upper = [least + draw(st.integers(0, 6)) for least in lower]
    return weights, units, lower, upper


@given(small())
def test_no_other_whole_amounts_fit_better(case):
    """Brute force: the least Σ (q − w)² / w over all whole amounts inside the limits, in exact arithmetic."""
    weights, units, lower, upper = case
    if not sum(lower) <= units <= sum(upper):
        return
    wanted = [Fraction(weight * units, sum(weights)) for weight in weights]

    def cost(amounts):
        return sum((q - w) ** 2 / w for q, w in zip(amounts, wanted, strict=True)) if units else 0

    ranges = (range(least, most + 1) for least, most in zip(lower, upper, strict=True))
    best = min(cost(amounts) for amounts in product(*ranges) if sum(amounts) == units)
    found = apportion(np.array(weights, float), units, np.array(lower), np.array(upper))
    assert int(found.sum()) == units
    assert cost(found.tolist()) == best


def test_shares_are_kept_where_no_limit_is_met():
    found = allocate(np.array([1.0, 2.0, 5.0]), 800, *free(3))
    assert found.cents.tolist() == [100, 200, 500]
    assert not found.at_limit.any()


def test_what_a_cap_cuts_off_goes_to_the_others_in_proportion():
    found = allocate(np.array([5.0, 2.0, 1.0]), 800, np.zeros(3, np.int64), np.array([350, ANY, ANY]))
    assert found.cents.tolist() == [350, 300, 150]
    assert found.at_limit.tolist() == [1, 0, 0]


def test_a_floor_is_paid_for_by_the_others_in_proportion():
    found = allocate(np.array([5.0, 2.0, 1.0]), 800, np.array([0, 0, 240]), np.full(3, ANY))
    assert found.cents.tolist() == [400, 160, 240]
    assert found.at_limit.tolist() == [0, 0, -1]


def test_caps_that_cannot_carry_the_total_widen_by_one_factor():
    found = allocate(np.array([1.0, 1.0, 8.0]), 1000, np.zeros(3, np.int64), np.array([200, 200, 400]))
    assert found.relaxed == pytest.approx(1.25)
    assert found.cents.tolist() == [250, 250, 500]


def test_floors_above_the_total_shrink_by_one_factor():
    lower, upper, factor = relax_limits(np.array([600, 300]), np.array([ANY, ANY]), 600)
    assert lower.tolist() == [400, 200]
    assert upper.tolist() == [ANY, ANY]
    assert factor == pytest.approx(2 / 3)


def test_who_has_no_share_gets_nothing_while_others_have_room():
    found = allocate(np.array([0.0, 1.0]), 99, *free(2))
    assert found.cents.tolist() == [0, 99]


def test_no_shares_at_all_is_even():
    assert allocate(np.zeros(3), 9, *free(3)).cents.tolist() == [3, 3, 3]


@pytest.mark.parametrize("total", [0, 1, 7, 10**15, 8 * 10**17])
@pytest.mark.parametrize("unit", [1, 100, 10**9])
def test_any_size_of_total(total, unit):
    rng = np.random.default_rng(total % 97)
    found = allocate(rng.uniform(0, 1, 50), total, *free(50), unit)
    assert int(found.cents.sum()) == total
    assert (found.cents >= 0).all()


def test_limits_on_change_are_exact_decimals_of_last_year_scaled():
    lower, upper = change_limits(np.array([100, 300, 0, -50]), 800, 0.2, 0.3)
    assert lower.tolist() == [160, 480, 0, 0]
    assert upper.tolist() == [260, 780, 800, 800]


@given(st.lists(st.integers(-100, 10**9), min_size=1, max_size=20), st.integers(0, 10**12))
def test_limits_of_no_change_always_carry_the_total(last_year, total):
    lower, upper = change_limits(np.array(last_year), total, 0.0, 0.0)
    assert int(lower.sum()) <= total <= int(upper.sum())
    assert (lower <= upper).all()


def test_no_limits_asked():
    lower, upper = change_limits(np.array([5, 5]), 100, None, None)
    assert lower.tolist() == [0, 0]
    assert upper.tolist() == [100, 100]


def test_what_nobody_with_a_weight_has_room_for_fills_the_others_one_by_one():
    found = apportion(np.array([1.0, 0.0, 0.0]), 10**12, np.zeros(3, int), np.array([5, 10**11, 10**12]))
    assert found.tolist() == [5, 10**11, 10**12 - 10**11 - 5]
