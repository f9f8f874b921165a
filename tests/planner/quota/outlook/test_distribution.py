"""The predictive distribution agrees with itself and with its own draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.quota.outlook import Outlook
from planner.quota.outlook.shortfall import expected_shortfall, step_log_odds


@st.composite
def outlooks(draw):
    n = draw(st.integers(1, 6))
    mean = draw(st.lists(st.floats(1.0, 1e12), min_size=n, max_size=n))
    spread = draw(st.lists(st.floats(0.005, 1.0), min_size=n, max_size=n))
    return Outlook(np.array(mean), np.array(spread), draw(st.floats(0, 0.5)), draw(st.floats(0, 0.5)))


@given(outlooks(), st.floats(1e-6, 1 - 1e-6))
def test_a_quantile_is_missed_with_its_chance(outlook, p):
    assert outlook.shortfall(outlook.quantile(p)) == pytest.approx(p, rel=1e-6)
    assert outlook.chance(outlook.quantile(p)) == pytest.approx(1 - p, rel=1e-6)


@given(outlooks(), st.floats(-30, 30))
def test_scores_reach_chances_that_floats_cannot_tell_from_certainty(outlook, score):
    """Φ(score) itself would be 1 from 8.3 on; the logs of both chances are still right."""
    below, above = outlook.log_chances(outlook.at_score(score))
    plain = Outlook(np.ones(1), 1.0, 0.0)
    expected_below, expected_above = plain.log_chances(plain.at_score(score))
    tail = below if score < 0 else above
    expected = expected_below if score < 0 else expected_above
    assert tail == pytest.approx(np.full(len(tail), expected[0]), rel=1e-6, abs=1e-9)


@given(outlooks(), st.floats(0.05, 0.99))
def test_intervals_hold_their_level_and_lie_in_each_other(outlook, level):
    low, high = outlook.interval(level)
    assert outlook.chance(low) - outlook.chance(high) == pytest.approx(level, abs=1e-6)
    inner = outlook.interval(level * 0.9)
    assert (low <= inner[0]).all()
    assert (inner[1] <= high).all()


@given(outlooks(), st.floats(0.01, 100.0), st.floats(0.01, 0.99))
def test_scaling_moves_sales_and_keeps_chances(outlook, factor, p):
    scaled = outlook.scaled(factor)
    assert scaled.quantile(p) == pytest.approx(outlook.quantile(p) * factor, rel=1e-9)
    assert outlook.with_mean(outlook.mean_cents * factor).quantile(p) == pytest.approx(scaled.quantile(p))


@given(outlooks(), st.floats(0.2, 3.0))
def test_steps_add_up_to_what_is_missed(outlook, ratio):
    """The prices of single steps are those of the closed form, in ten steps from half of an amount to all of it."""
    amount = np.maximum(np.rint(outlook.mean_cents * ratio / 20), 1.0).astype(np.int64)
    prices = np.array(
        [
            [
                step_log_odds(outlook.only(np.array([t])), np.array([step]), int(amount[t]))[0]
                for step in range(10, 20)
            ]
            for t in range(len(amount))
        ]
    )
    assert (np.diff(prices, axis=1) >= -1e-9).all()
    summed = (1 / (1 + np.exp(-np.clip(prices, -700, 700)))).sum(1) * amount
    missed = expected_shortfall(outlook, amount * 20.0) - expected_shortfall(outlook, amount * 10.0)
    assert summed == pytest.approx(missed, rel=1e-7, abs=1e-9 * float(amount.max()))


def test_draws_have_the_mean_the_spread_and_the_shared_shock_that_were_asked():
    outlook = Outlook(np.array([1e6, 2e6]), np.array([0.1, 0.3]), 0.2, 0.1)
    drawn = outlook.sample(200_000, np.random.default_rng(0))
    assert drawn.mean(0) == pytest.approx(outlook.mean_cents, rel=0.01)
    logs = np.log(drawn)
    assert logs.std(0) == pytest.approx(np.hypot(outlook.spread, outlook.shock), rel=0.02)
    assert np.cov(logs.T)[0, 1] == pytest.approx(outlook.shock**2, rel=0.05)
    assert np.median(drawn, axis=0) == pytest.approx(outlook.quantile(0.5), rel=0.01)
    quota = np.array([1.1e6, 1.5e6])
    assert (drawn >= quota).mean(0) == pytest.approx(outlook.chance(quota), abs=0.005)
    assert np.maximum(quota - drawn, 0).mean(0) == pytest.approx(expected_shortfall(outlook, quota), rel=0.02)


def test_the_same_seed_draws_the_same():
    outlook = Outlook(np.array([1e6, 2e6]), 0.1, 0.2)
    first, second = (outlook.sample(5, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()


def test_who_is_expected_to_sell_nothing_sells_nothing():
    outlook = Outlook(np.array([0.0, 100.0]), 0.2, 0.1, 0.05)
    assert outlook.chance(np.array([1.0, 1.0]))[0] == 0
    assert outlook.chance(np.zeros(2)).tolist() == [1, 1]
    assert outlook.quantile(np.array([0.99, 0.5]))[0] == 0
    assert outlook.quantile(1.0)[0] == 0
    assert (outlook.sample(3, np.random.default_rng(0))[:, 0] == 0).all()
    assert expected_shortfall(outlook, np.array([7.0, 0.0])).tolist() == [7, 0]


def test_quantiles_take_many_chances_at_once():
    outlook = Outlook(np.array([10.0, 20.0, 30.0]), np.array([0.1, 0.2, 0.3]), 0.1, 0.1)
    table = outlook.quantile(np.array([[0.1], [0.5], [0.9]]))
    assert table.shape == (3, 3)
    assert table[2] == pytest.approx(outlook.quantile(0.9))
    assert (np.diff(table, axis=0) > 0).all()


def test_many_territories_have_the_quantiles_of_each():
    """Long rows are looked up in a table first."""
    rng = np.random.default_rng(1)
    outlook = Outlook(rng.lognormal(10, 1, 400), rng.uniform(0.01, 0.9, 400), 0.05, 0.07)
    whole = outlook.at_score(1.7)
    alone = [outlook.only(np.array([t])).at_score(1.7)[0] for t in range(400)]
    assert whole == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize(
    ("mean", "spread", "shock", "wild"),
    [
        (-1.0, 0.1, 0.1, 0.0),
        (1.0, -0.1, 0.1, 0.0),
        (1.0, 0.1, -0.1, 0.0),
        (1.0, 0.1, 0.1, 0.6),
        (np.nan, 0.1, 0.1, 0.0),
    ],
)
def test_numbers_without_meaning_are_refused(mean, spread, shock, wild):
    with pytest.raises(ValueError, match="must"):
        Outlook(np.array([mean]), spread, shock, wild)
