"""Seasons follow own sales where there are enough, and the company's where there are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.quota.season import by_month, season

MONTHS = tuple(f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13))


def worlds(seed, n=60, years=3, spread=0.3, noise=0.02, size=1000.0):
    """Make up sales with known seasons."""
    rng = np.random.default_rng(seed)
    truth = rng.dirichlet(np.ones(12) / spread**2, n)
    seen = np.array([[rng.dirichlet(row / noise**2) for _ in range(years)] for row in truth])
    return truth, seen * size


@given(st.integers(0, 1000), st.integers(1, 4), st.integers(1, 20))
def test_shares_of_periods_add_up_to_one(seed, years, n):
    amounts = np.random.default_rng(seed).gamma(0.3, 100, (n, years, 12))
    found = season(amounts)
    for periods in (MONTHS[:12], ("2025-Q1", "2025-Q2"), ("2025",), ("H1", "H2")):
        weights = found.weights(periods)
        assert weights.sum(1) == pytest.approx(np.ones(n))
        assert (weights >= 0).all()
    assert ((found.credibility >= 0) & (found.credibility <= 1)).all()


def test_steady_habits_that_differ_are_believed():
    truth, amounts = worlds(1)
    found = season(amounts)
    assert found.credibility.min() > 0.9
    assert np.abs(found.weights(MONTHS[:12]) - truth).mean() < np.abs(found.company - truth).mean() / 2


def test_noise_about_one_season_follows_the_company():
    rng = np.random.default_rng(2)
    amounts = rng.dirichlet(np.full(12, 3.0), (60, 3)) * 1000
    found = season(amounts)
    assert found.credibility.max() < 0.3
    even = np.full(12, 1 / 12)
    assert np.abs(found.weights(MONTHS[:12]) - even).mean() < np.abs(found.own - even).mean() / 2


def test_thin_history_is_believed_less():
    _, amounts = worlds(3, noise=0.2)
    amounts[0] /= 1000
    found = season(amounts)
    assert found.credibility[0] < 0.1 < found.credibility[1:].min()


def test_one_year_puts_the_average_territory_halfway():
    _, amounts = worlds(4, years=1)
    assert season(amounts).credibility == pytest.approx(np.full(60, 0.5))


def test_nothing_sold_is_even():
    found = season(np.zeros((2, 1, 12)))
    assert found.weights(("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")) == pytest.approx(np.full((2, 4), 0.25))


def test_quarters_and_years_fall_evenly_on_their_months():
    amounts = by_month(
        np.array([[300, 600, 0, 0, 1200]]), ("2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4", "2024"), (2023, 2024)
    )
    assert amounts[0, 0].tolist() == [100, 100, 100, 200, 200, 200, 0, 0, 0, 0, 0, 0]
    assert amounts[0, 1].tolist() == [100] * 12


def test_returns_do_not_make_negative_seasons():
    amounts = by_month(np.array([[-500, *[100] * 11]]), MONTHS[:12], (2023,))
    assert amounts[0, 0, 0] == 0
    assert (season(amounts).weights(MONTHS[:12]) >= 0).all()


def test_only_the_years_asked_for_count():
    amounts = by_month(np.ones((1, 24), np.int64), MONTHS, (2024,))
    assert amounts.shape == (1, 1, 12)
    assert amounts.sum() == 12
