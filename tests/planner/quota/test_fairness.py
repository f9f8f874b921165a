"""Fairness is judged by numbers that can be checked by hand, and small or degenerate sets of seats say so."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from planner.quota.fairness import Grounds, Thresholds, Verdict, fairness
from planner.quota.fairness.association import associate
from planner.quota.fairness.change import changes
from planner.quota.fairness.interval import correlation_interval, share_interval
from planner.quota.fairness.spread import groups, jain, lorenz, spread


def flag(report, name):
    return next(one for one in report.flags if one.name == name)


def drawn(n=60, seed=3, bias=0.0):
    rng = np.random.default_rng(seed)
    quota = np.round(rng.lognormal(18, 0.6, n))
    sales = quota * np.exp(rng.normal(0, 0.08, n) + bias * (np.log(quota) - 18))
    return quota, sales


def test_correlations_and_slope_are_those_of_other_programs():
    quota, sales = drawn(bias=0.05)
    found = associate("size", sales / quota, quota)
    x, y = np.log(quota), np.log(sales / quota)
    theirs = stats.pearsonr(x, y)
    interval = theirs.confidence_interval(0.95)
    assert found.pearson.value == pytest.approx(theirs.statistic)
    assert (found.pearson.low, found.pearson.high) == pytest.approx((interval.low, interval.high))
    assert found.spearman.value == pytest.approx(stats.spearmanr(x, y).statistic)
    line = stats.linregress(x, y)
    half = stats.t.ppf(0.975, len(x) - 2) * line.stderr
    assert found.slope.value == pytest.approx(line.slope)
    assert (found.slope.low, found.slope.high) == pytest.approx((line.slope - half, line.slope + half))
    low, high = np.quantile(x, [0.1, 0.9])
    assert found.effect == pytest.approx(np.exp(line.slope * (high - low)) - 1)


def test_the_line_passes_through_the_middle_and_its_interval_is_narrowest_there():
    quota, sales = drawn(bias=0.2)
    found = associate("size", sales / quota, quota)
    width = np.log(found.line.high) - np.log(found.line.low)
    middle = np.argmin(np.abs(np.log(found.line.at) - np.log(quota).mean()))
    assert np.argmin(width) == middle
    assert (found.line.low < found.line.fitted).all()
    assert (found.line.fitted < found.line.high).all()


def test_the_interval_of_a_correlation_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    truth, held = 0.4, 0
    for _ in range(600):
        x = rng.normal(size=25)
        y = truth * x + np.sqrt(1 - truth**2) * rng.normal(size=25)
        found = associate("size", np.exp(y), np.exp(x))
        held += found.pearson.low <= truth <= found.pearson.high
    assert 0.92 < held / 600 < 0.98


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_seats_have_no_correlation_and_say_so(n):
    found = associate("size", np.linspace(1, 2, n), np.linspace(1, 2, n))
    assert found.pearson.value is None
    assert "too few" in found.pearson.reason
    assert found.slope.value is None
    assert found.line is None


def test_three_seats_have_a_correlation_without_an_interval():
    found = associate("size", np.array([1.0, 1.2, 0.9]), np.array([1.0, 2.0, 3.0]))
    assert found.pearson.value is not None
    assert found.pearson.low is None
    assert "too few" in found.pearson.reason
    assert not found.clear
    assert found.slope.low is not None


def test_seats_that_are_all_alike_have_no_correlation():
    same = associate("potential", np.array([1.0, 1.1, 0.9, 1.2]), np.full(4, 7.0))
    assert (same.pearson.value, same.pearson.reason) == (None, "all seats have the same value")
    assert same.slope.value is None
    level = associate("potential", np.full(4, 0.95), np.array([1.0, 2.0, 3.0, 4.0]))
    assert (level.spearman.value, level.spearman.reason) == (None, "all seats attain the same")
    assert level.slope.value == pytest.approx(0)
    assert level.effect == pytest.approx(0)


def test_ties_have_their_mean_rank():
    x, y = np.array([1.0, 2.0, 2.0, 3.0, 3.0, 3.0]), np.array([1.0, 1.0, 2.0, 3.0, 2.0, 4.0])
    assert associate("size", y, x).spearman.value == pytest.approx(stats.spearmanr(x, y).statistic)


def test_a_perfect_correlation_has_no_width_and_raises_no_alarm_of_floats():
    x = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    found = associate("size", x**0.5, x)
    assert (found.pearson.low, found.pearson.high) == pytest.approx((1, 1))
    assert found.slope.value == pytest.approx(0.5)


def test_what_has_no_logarithm_is_left_out_and_counted():
    found = associate("size", np.array([1, 0, -1, 1.1, 0.9, np.nan, 1.2]), np.array([1, 1, 1, 2, 3, 4, 0.0]))
    assert (found.n, found.left_out) == (3, 4)


@given(st.integers(1, 400), st.integers(0, 400))
def test_the_interval_of_a_share_holds_it(n, count):
    count = min(count, n)
    found = share_interval(count, n)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    theirs = stats.binomtest(count, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_ranks_have_the_wider_interval():
    pearson, spearman = correlation_interval(0.6, 30), correlation_interval(0.6, 30, ranks=True)
    assert spearman.low < pearson.low < pearson.high < spearman.high
    half = 1.959963984540054 * np.sqrt((1 + 0.18) / 27)
    assert spearman.low == pytest.approx(np.tanh(np.arctanh(0.6) - half))


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=40))
def test_indices_stay_in_their_ranges_and_know_no_scale(values):
    x = np.array(values)
    index = jain(x)
    if x.sum() == 0:
        assert index is None
        return
    assert 1 / len(x) - 1e-9 <= index <= 1 + 1e-9
    assert jain(3 * x) == pytest.approx(index)
    seats, held = lorenz(x)
    assert (held <= seats + 1e-9).all()
    assert (np.diff(held) >= -1e-12).all()


def test_the_indices_of_one_who_has_all_and_of_all_alike():
    assert jain(np.array([0, 0, 0, 9.0])) == pytest.approx(1 / 4)
    assert jain(np.full(7, 0.3)) == pytest.approx(1)
    found = spread(np.array([0, 0, 0, 9.0]), np.ones(4))
    assert found.gini == pytest.approx(3 / 4)


def test_shares_near_quota_are_counted_on_the_limit_too():
    quota = np.full(6, 100.0)
    found = spread(np.array([80, 90, 100, 110, 120, 121.0]), quota)
    assert found.within_10.value == pytest.approx(3 / 6)
    assert found.within_20.value == pytest.approx(5 / 6)
    assert found.at_quota.value == pytest.approx(4 / 6)
    assert found.company == pytest.approx(621 / 600)
    assert found.deviation == pytest.approx(np.std([0.8, 0.9, 1, 1.1, 1.2, 1.21], ddof=1))


def test_one_target_too_high_for_all_is_alike_for_all():
    found = spread(np.array([50.0, 100.0, 200.0]), np.array([100.0, 200.0, 400.0]))
    assert found.within_20.value == 0
    assert found.alike_10.value == 1
    assert found.gini == pytest.approx(0)


def test_top_middle_and_bottom_share_everything():
    quota, sales = drawn(53)
    found = groups(sales, quota)
    assert [group.n for group in found] == [11, 31, 11]
    assert sum(group.quota_share for group in found) == pytest.approx(1)
    assert sum(group.sales_share for group in found) == pytest.approx(1)
    assert found[0].attainment > found[1].attainment > found[2].attainment
    best = np.argsort(sales / quota)[-11:]
    assert found[0].quota_share == pytest.approx(quota[best].sum() / quota.sum())


@pytest.mark.parametrize(
    ("n", "sizes"), [(1, [0, 1, 0]), (2, [0, 2, 0]), (3, [1, 1, 1]), (4, [1, 2, 1]), (5, [1, 3, 1])]
)
def test_few_seats_are_in_groups_too(n, sizes):
    assert [group.n for group in groups(np.ones(n), np.ones(n))] == sizes


def test_changes_name_the_largest_rises_and_falls():
    quota = np.array([130.0, 100.0, 70.0, 50.0, 0.0])
    found = changes(quota, np.array([100.0, 100.0, 100.0, 0.0, 40.0]), shown=1)
    assert (found.n, found.without_last_year, found.up, found.down) == (3, 1, 1, 1)
    assert found.company == pytest.approx(350 / 300 - 1)
    assert [(c.territory, round(c.fraction, 9)) for c in (*found.rises, *found.falls)] == [
        (0, 0.3),
        (2, -0.3),
    ]


def test_quotas_that_favour_the_small_raise_an_alarm():
    quota, sales = drawn(bias=-0.3)
    found = flag(fairness(quota, Grounds(actual_cents=sales)), "bias_size")
    assert found.verdict is Verdict.ALARM
    assert found.value < -0.05
    assert "large quota" in found.text
    assert "those" not in found.todo.split(":")[0]
    assert "doi" in found.source


def test_fair_quotas_are_not_accused():
    for seed in range(5):
        quota, sales = drawn(seed=seed)
        assert flag(fairness(quota, Grounds(actual_cents=sales)), "bias_size").verdict in (
            Verdict.GOOD,
            Verdict.WATCH,
        )
    quota, _ = drawn()
    equal = fairness(np.round(quota, -4), Grounds(expected_cents=quota, potential=quota))
    assert flag(equal, "bias_size").verdict is Verdict.GOOD
    assert flag(equal, "bias_potential").verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (0.4, Verdict.ALARM),
        (0.55, Verdict.WATCH),
        (0.65, Verdict.GOOD),
        (0.75, Verdict.WATCH),
        (0.9, Verdict.ALARM),
    ],
)
def test_the_share_at_quota_is_held_against_its_goal(share, verdict):
    sales = np.where(np.arange(100) < round(100 * share), 101.0, 99.0)
    report = fairness(np.full(100, 100.0), Grounds(actual_cents=sales))
    found = flag(report, "share_at_quota")
    assert found.value == pytest.approx(share)
    assert found.verdict is verdict
    assert "Alexander Group" in found.source
    assert bool(found.todo) == (verdict is not Verdict.GOOD)
    expected = fairness(np.full(100, 100.0), Grounds(chance=np.full(100, share)))
    assert flag(expected, "share_at_quota").verdict is verdict


def test_with_few_sellers_the_nearest_count_is_as_good_as_the_goal():
    sales = np.array([101.0, 99.0])
    found = flag(fairness(np.full(2, 100.0), Grounds(actual_cents=sales)), "share_at_quota")
    assert found.verdict is Verdict.GOOD


@pytest.mark.parametrize(("count", "verdict"), [(9, Verdict.GOOD), (10, Verdict.WATCH), (15, Verdict.ALARM)])
def test_many_overrides_alarm(count, verdict):
    overridden = np.arange(100) < count
    found = flag(fairness(np.full(100, 5.0), Grounds(overridden=overridden)), "overrides")
    assert (found.value, found.verdict) == (pytest.approx(count / 100), verdict)


@pytest.mark.parametrize(
    ("fraction", "verdict"),
    [(-0.01, Verdict.ALARM), (0.1, Verdict.GOOD), (0.3, Verdict.WATCH), (0.6, Verdict.ALARM)],
)
def test_over_assignment_is_judged(fraction, verdict):
    found = flag(fairness(np.ones(3), Grounds(over_assignment=fraction)), "over_assignment")
    assert found.verdict is verdict


def test_unequal_chances_and_far_changes_are_told():
    chance = np.linspace(0.1, 0.9, 50)
    report = fairness(np.full(50, 100.0), Grounds(chance=chance, last_year_cents=np.linspace(40, 160, 50)))
    assert flag(report, "equal_chance").verdict is Verdict.ALARM
    assert flag(report, "change_against_last_year").verdict is Verdict.ALARM
    same = fairness(np.full(50, 100.0), Grounds(chance=np.full(50, 0.6), last_year_cents=np.full(50, 90.0)))
    assert flag(same, "equal_chance").verdict is Verdict.GOOD
    assert flag(same, "change_against_last_year").verdict is Verdict.GOOD


def test_within_20_watches_before_it_alarms():
    limits = Thresholds(within_20=0.7)
    few = fairness(np.full(4, 1.0), Grounds(actual_cents=[1, 1, 2, 0.2], thresholds=limits))
    many = fairness(np.full(400, 1.0), Grounds(actual_cents=[1, 1, 2, 0.2] * 100, thresholds=limits))
    assert flag(few, "within_20").verdict is Verdict.WATCH
    assert flag(many, "within_20").verdict is Verdict.ALARM
    assert "Cygnal" in flag(many, "within_20").source


def test_seats_without_quota_count_for_nothing():
    quota, sales = drawn(20)
    with_more = fairness(np.append(quota, [0, 0]), Grounds(actual_cents=np.append(sales, [5, 0])))
    without = fairness(quota, Grounds(actual_cents=sales))
    assert with_more.without_quota == 2
    assert asdict(with_more.spread) == asdict(without.spread)
    assert np.isnan(with_more.attainment[-2:]).all()


def test_actual_sales_come_before_expected_ones():
    quota, sales = drawn(10)
    report = fairness(quota, Grounds(actual_cents=sales, expected_cents=quota))
    assert report.basis == "actual"
    assert report.attainment == pytest.approx(sales / quota)
    assert fairness(quota, Grounds(expected_cents=quota)).basis == "expected"


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**12),
            st.one_of(st.integers(-(10**6), 10**12), st.just(float("nan"))),
            st.integers(-(10**6), 10**12),
            st.floats(0, 1e12),
        ),
        max_size=30,
    )
)
def test_any_seats_give_a_report(rows):
    quota, sales, last, potential = (np.array([row[k] for row in rows], float) for k in range(4))
    report = fairness(quota, Grounds(actual_cents=sales, last_year_cents=last, potential=potential))
    assert report.without_quota == (quota <= 0).sum()
    for association in report.associations:
        assert association.n + association.left_out == (quota > 0).sum()
        value = association.pearson.value
        assert value is None or -1 <= value <= 1
    for one in report.flags:
        assert one.text.endswith(".")
        assert (one.todo != "") == (one.verdict in (Verdict.WATCH, Verdict.ALARM))
    assert fairness(quota, Grounds()).basis == "none"


def test_sellers_beyond_limits_are_judged_only_where_something_was_decided_by_hand():
    quota = np.full(10, 5.0)
    assert not any(one.name == "beyond_limits" for one in fairness(quota, Grounds()).flags)
    none = flag(fairness(quota, Grounds(beyond_limits=np.zeros(10, bool))), "beyond_limits")
    assert (none.verdict, none.value) == (Verdict.GOOD, 0.0)
    some = flag(fairness(quota, Grounds(beyond_limits=np.arange(10) < 3)), "beyond_limits")
    assert (some.verdict, some.value) == (Verdict.WATCH, pytest.approx(0.3))
    assert "3 of 10 sellers" in some.text
