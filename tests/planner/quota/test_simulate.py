"""Simulated risk against what can be worked out by hand, and stated intervals against what came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from planner.quota.known import Known
from planner.quota.methods import METHODS
from planner.quota.outlook import Outlook
from planner.quota.quota_plan import QuotaPlan
from planner.quota.simulate import calibrate, expected_while_there, outlook_while_there, simulate

MEANS = np.array([3e8, 5e8, 1e9, 2e8])


def outlook(mean=MEANS, spread=0.12, shock=0.06, wild=0.0):
    return Outlook(np.asarray(mean, float), np.full(len(mean), spread), shock, wild)


def test_one_territory_is_its_own_distribution():
    one = outlook([1e9], 0.2, 0.1)
    risk = simulate(one, [950_000_000], 900_000_000, draws=40_000, seed=1)
    assert risk.plan.value == pytest.approx(one.chance(9e8)[0], abs=0.01)
    assert risk.street.value == pytest.approx(one.chance(9.5e8)[0], abs=0.01)
    assert risk.chance[0] == risk.street.value
    assert risk.plan.low <= one.chance(9e8)[0] <= risk.plan.high
    for p in (0.1, 0.5, 0.8, 0.95):
        assert risk.target_for(p) == pytest.approx(one.quantile(1 - p)[0], rel=0.01)
        assert risk.over_assignment_for(p) == pytest.approx(1e9 / one.quantile(1 - p)[0] - 1, abs=0.015)


def test_without_any_uncertainty_sums_are_exact():
    sure = outlook(spread=0.0, shock=0.0)
    quota = np.array([3e8, 5.1e8, 0.9e9, 0.0])
    risk = simulate(sure, quota, 1_900_000_000, draws=50)
    assert risk.sold_cents == pytest.approx(np.full(50, MEANS.sum()), rel=1e-6)
    assert risk.plan.value == 1
    assert risk.at_quota.max() <= 2 / 3
    assert risk.over_assignment_for(0.8) == pytest.approx(0, abs=1e-6)
    assert np.isnan(risk.chance[3])


def test_without_a_shock_variances_add_up():
    risk = simulate(outlook(shock=0.0, spread=0.3), MEANS, 10**9, draws=60_000, seed=4)
    variance = (MEANS**2 * np.expm1(0.3**2)).sum()
    assert risk.sales.mean == pytest.approx(MEANS.sum(), rel=0.005)
    assert risk.sold_cents.var() == pytest.approx(variance, rel=0.04)


def test_with_nothing_but_a_shock_all_or_nobody_attains():
    shared = outlook(spread=0.0, shock=0.2)
    median = np.exp(-(0.2**2) / 2)
    risk = simulate(shared, np.round(MEANS * median), round(MEANS.sum()), draws=20_000, seed=2)
    assert set(np.unique(risk.at_quota)) == {0.0, 1.0}
    assert risk.sellers_at_quota.mean == pytest.approx(0.5, abs=0.015)
    assert risk.target_for(0.8) == pytest.approx(MEANS.sum() * median * np.exp(0.2 * norm.ppf(0.2)), rel=0.01)
    assert risk.goal.value == 0


def test_chances_are_those_of_the_outlook_also_with_wild_territories():
    found = outlook(wild=0.1)
    quota = MEANS * np.array([0.8, 1.0, 1.1, 1.3])
    risk = simulate(found, quota, 1, draws=40_000, seed=5)
    assert risk.chance == pytest.approx(found.chance(quota), abs=0.012)
    assert risk.sellers_at_quota.mean == pytest.approx(found.chance(quota).mean(), abs=0.01)


def test_the_shock_makes_the_company_uncertain_where_many_territories_alone_do_not():
    many = np.full(400, 1e8)
    own = simulate(outlook(many, 0.2, 0.0), many, 1, draws=4000)
    both = simulate(outlook(many, 0.2, 0.1), many, 1, draws=4000)
    assert own.attainment.p90 - own.attainment.p10 < 0.05
    assert both.attainment.p90 - both.attainment.p10 > 0.2


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 10**10)), min_size=1, max_size=8),
    st.floats(0, 0.6),
    st.floats(0, 0.3),
    st.sampled_from([0.05, 0.5, 0.8, 1.0]),
)
def test_what_is_reached_with_a_probability_is_reached_that_often_and_more_is_not(rows, spread, shock, p):
    mean, quota = np.array(rows, float).T
    risk = simulate(outlook(mean, spread, shock), quota, int(mean.sum()), draws=200)
    assert risk.chance_of(risk.target_for(p)).value >= p - 1e-12
    beyond = np.nextafter(risk.target_for(p), np.inf)
    assert risk.chance_of(beyond).value < p + 1e-12
    over = risk.over_assignment_for(p)
    if over is not None:
        assert ((1 + over) * risk.held * (1 + 1e-12) >= 1).mean() >= p - 1e-12
        assert over >= (risk.over_assignment_for(0.01) or 0) - 1e-12
    assert risk.street_cents == int(quota.sum())
    assert (np.diff(risk.sold_cents) >= 0).all()


def test_the_two_readings_of_over_assignment_differ_where_more_is_asked_than_expected():
    found = outlook()
    risk = simulate(found, np.round(1.2 * MEANS), round(MEANS.sum()), draws=20_000)
    higher = simulate(found, np.round(1.5 * MEANS), round(MEANS.sum()), draws=20_000)
    assert risk.plan.value == higher.plan.value
    assert risk.target_for(0.8) == higher.target_for(0.8)
    assert risk.over_assignment_for(0.8) == pytest.approx(higher.over_assignment_for(0.8))
    assert risk.over_assignment_as_sold(0.8) == pytest.approx(
        1.2 * (1 + risk.over_assignment_for(0.8)) - 1, abs=1e-6
    )


def test_the_same_seed_gives_the_same_answer_and_another_one_a_near_one():
    a, b, c = (simulate(outlook(), MEANS, round(MEANS.sum()), seed=seed, draws=5000) for seed in (7, 7, 8))
    assert np.array_equal(a.sold_cents, b.sold_cents)
    assert np.array_equal(a.at_quota, b.at_quota)
    assert not np.array_equal(a.sold_cents, c.sold_cents)
    assert a.plan.value == pytest.approx(c.plan.value, abs=0.04)


def test_nobody_with_a_quota_and_nothing_expected():
    risk = simulate(outlook(), np.zeros(4), 0, draws=10)
    assert risk.plan.value == 1
    assert risk.sellers_at_quota is None
    assert risk.attainment is None
    assert risk.over_assignment is None
    assert risk.over_assignment_for(0.8) is None
    empty = simulate(outlook(np.zeros(4)), MEANS, 5, draws=10)
    assert empty.plan.value == 0
    assert empty.over_assignment_for(0.8) is None
    assert empty.over_assignment_as_sold(0.8) is None


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="do not fit"):
        simulate(outlook(), np.ones(3), 1)
    with pytest.raises(ValueError, match="too few"):
        simulate(outlook(), MEANS, 1, draws=0)
    risk = simulate(outlook(), MEANS, 1, draws=3)
    for p in (0.0, 1.1, float("nan")):
        with pytest.raises(ValueError, match="no probability"):
            risk.target_for(p)


def world(seed, n=150, years=8, spread=0.1, shock=0.05):
    """Sales of a world that is a random walk, one account a territory."""
    rng = np.random.default_rng(seed)
    level = np.log(1e8) + rng.normal(0, 0.5, n)
    sold = []
    for _ in range(years):
        level = level + rng.normal(0, shock) + rng.normal(0, spread, n)
        sold.append(np.exp(level))
    names = tuple(str(2010 + k) for k in range(years))
    return Known(2010 + years, names, np.round(np.array(sold).T).astype(np.int64), np.arange(n), n)


def test_stated_intervals_hold_what_they_say_in_a_world_that_is_as_assumed():
    own = [calibrate(world(seed), METHODS["last_year_plus"]).own_covered for seed in range(4)]
    assert np.mean(own) == pytest.approx(0.8, abs=0.05)


def test_calibration_tells_of_the_years_it_saw():
    known = world(3)
    found = calibrate(known, METHODS["last_year_plus"])
    assert found.years == tuple(range(2012, 2018))
    assert found.n == 150 * 6
    assert found.covered + found.below + found.above == pytest.approx(1)
    assert found.covered == pytest.approx(np.mean(found.by_year))
    assert 0 <= found.company_covered <= 6
    assert "2012-2017" in found.words
    assert f"held {100 * found.covered:.0f} %" in found.words
    assert calibrate(known, METHODS["last_year_plus"], years=[2015]).years == (2015,)


def test_what_is_more_uncertain_than_stated_is_said():
    calm = world(5, spread=0.02, shock=0.0)
    sold = calm.sold_cents.copy()
    sold[:, -1] = np.round(sold[:, -1] * np.exp(np.random.default_rng(1).normal(0, 0.5, len(sold))))
    wild = Known(calm.year, calm.periods, sold, calm.territory, calm.n_territories)
    found = calibrate(wild, METHODS["last_year_plus"], years=[2017])
    assert not found.good
    assert "too narrow" in found.words


def test_too_short_a_history_cannot_be_checked():
    assert calibrate(world(1, years=2), METHODS["last_year_plus"]) is None


def test_seats_that_are_not_there_all_year_are_held_against_their_part_of_it():
    quota = np.array([[[50]], [[100]]])
    shares, there_for = np.full(2, 0.5), np.array([[0.5], [1.0]])
    plan = QuotaPlan(
        "USD", ("total",), ("2027",), quota, [150], [150], 0.0, [0, 0], shares, shares, shares, shares, ("", ""),
        expected_cents=np.array([[100.0], [100.0]]), outlook=outlook([100, 100]), present_share=there_for,
    )  # fmt: skip
    assert expected_while_there(plan) == pytest.approx([50, 100])
    there = outlook_while_there(plan)
    assert there.mean_cents == pytest.approx([50, 100])
    assert there.chance([50, 100]) == pytest.approx(outlook([100, 100]).chance([100, 100]))
