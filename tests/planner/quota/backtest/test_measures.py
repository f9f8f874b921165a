"""Measures of attainment against values worked out apart from the code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress, pearsonr

from planner.quota.backtest.measures import Year, groups_of_performance, measured, size_bias

AMOUNTS = st.lists(st.integers(1, 10**9), min_size=5, max_size=30)


def year(quota: np.ndarray, actual: np.ndarray, size: np.ndarray | None = None) -> Year:
    """Return one method in one year."""
    quota, actual = np.asarray(quota, float), np.asarray(actual, float)
    fair = quota * (actual.sum() / quota.sum())
    return Year(quota, fair, actual, quota if size is None else np.asarray(size, float))


def sums(*years: Year, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the weighted sums of years, shape ``(1, n_years, 11)``."""
    weights = np.ones((1, len(years[0].quota))) if weights is None else weights
    return np.stack([weights @ one.features() for one in years], axis=1)


@given(AMOUNTS, st.floats(0.1, 10), st.integers(0, 5))
def test_spread_is_the_same_whatever_all_quotas_are_scaled_by(
    amounts: list[int], factor: float, seed: int
) -> None:
    quota = np.array(amounts, float)
    actual = quota * np.random.default_rng(seed).lognormal(0, 0.2, len(quota))
    one, other = (measured(sums(year(q, actual))).spread[0] for q in (quota, factor * quota))
    attainment = actual / quota
    assert one == pytest.approx(attainment.std(ddof=1) / attainment.mean(), rel=1e-9)
    assert other == pytest.approx(one, rel=1e-9)


def test_spread_of_years_is_pooled_as_variances_are_and_blind_to_company_years() -> None:
    random = np.random.default_rng(0)
    quota = random.uniform(1, 2, 40)
    years = [
        year(quota, quota * shock * random.lognormal(0, sd, 40)) for shock, sd in ((0.8, 0.1), (1.3, 0.3))
    ]
    alone = [measured(sums(one)).spread[0] for one in years]
    assert measured(sums(*years)).spread[0] == pytest.approx(np.sqrt(np.mean(np.square(alone))), rel=1e-12)


def test_weights_count_a_territory_as_often() -> None:
    random = np.random.default_rng(1)
    quota = random.uniform(1, 2, 6)
    actual = quota * random.lognormal(0, 0.2, 6)
    fair = quota * actual.sum() / quota.sum()
    one = Year(quota, fair, actual, quota)
    often = np.array([2, 0, 1, 1, 0, 2])
    picked = np.repeat(np.arange(6), often)
    repeated = Year(*(values[picked] for values in (quota, fair, actual, quota)))
    by_weight = measured(sums(one, weights=often[None].astype(float)))
    by_hand = measured(sums(repeated))
    for name in ("spread", "wape", "wape_fair", "at_or_above", "within_10", "within_20"):
        assert getattr(by_weight, name)[0] == pytest.approx(getattr(by_hand, name)[0], rel=1e-9)


def test_a_territory_without_a_quota_counts_for_wape_alone() -> None:
    found = measured(sums(year(np.array([0.0, 100, 100]), np.array([50.0, 110, 90]))))
    assert found.wape[0] == pytest.approx((50 + 10 + 10) / 250)
    assert found.at_or_above[0] == pytest.approx(1 / 2)


def test_size_bias_is_the_correlation_with_its_interval() -> None:
    random = np.random.default_rng(2)
    size = random.lognormal(0, 0.5, 50)
    actual = size * (1 - 0.1 * np.log2(size)) * random.lognormal(0, 0.02, 50)
    found = size_bias([year(size, actual, size)])
    attainment = actual / size
    exact = pearsonr(np.log2(size), attainment)
    assert found.correlation == pytest.approx(exact.statistic)
    assert (found.low, found.high) == pytest.approx(tuple(exact.confidence_interval(0.95)))
    line = linregress(np.log2(size), attainment / attainment.mean())
    assert found.slope == pytest.approx(line.slope)
    assert found.n == 50


def test_more_years_narrow_the_interval_of_size_bias() -> None:
    random = np.random.default_rng(3)
    size = random.lognormal(0, 0.5, 30)
    years = [year(size, size * random.lognormal(0, 0.1, 30), size) for _ in range(4)]
    one, four = size_bias(years[:1]), size_bias(years)
    assert four.high - four.low < 0.6 * (one.high - one.low)
    assert four.low < 0 < four.high


@pytest.mark.parametrize("attainment", [np.full(10, 1.1), np.array([0.9, 1.1, 1.0])])
def test_size_bias_that_cannot_be_told_is_none(attainment: np.ndarray) -> None:
    quota = np.linspace(1, 2, len(attainment))
    assert np.isnan(size_bias([year(quota, quota * attainment)]).correlation)


def test_groups_are_the_lowest_fifth_the_middle_and_the_highest_fifth() -> None:
    attainment = np.array([0.5, 0.7, 0.9, 0.95, 1.0, 1.0, 1.05, 1.1, 1.3, 1.5, np.nan])
    assert groups_of_performance(attainment) == pytest.approx((0.6, 1.0, 1.4))
