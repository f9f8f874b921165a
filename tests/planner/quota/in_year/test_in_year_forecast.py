"""Where the year will end: calibrated in worlds with known truth, closer and narrower as the year goes on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.quota.in_year.forecast import Expected, forecast
from planner.quota.in_year.pace import PaceError, pace_error
from planner.quota.season import season

EVERYONE = slice(None)


def world(seed, n=80, years=7, walk=0.06, own=0.10, noise=0.12):
    """Make up years of monthly sales: levels that walk by company and seat, a season, and noise of the months."""
    rng = np.random.default_rng(seed)
    months = np.arange(years * 12)
    company = np.cumsum(rng.normal(0, walk / np.sqrt(12), len(months)))
    seats = np.cumsum(rng.normal(0, own / np.sqrt(12), (n, len(months))), axis=1)
    usual = 0.25 * np.sin(2 * np.pi * months / 12) + 0.15 * (months % 12 == 11)
    size = rng.lognormal(15, 0.6, (n, 1))
    wobble = rng.normal(0, noise, seats.shape)
    sold = size * np.exp(company + seats + usual + wobble)
    return sold.reshape(n, years, 12), walk, own, noise


def run(seed, cut):
    """Forecast the last year of a world from the years before and its own first months."""
    sold, walk, own, noise = world(seed)
    past, year = sold[:, :-1], sold[:, -1]
    part = season(past).weights([f"2000-{m:02d}" for m in range(1, 13)])[:, :cut].sum(1)
    last = past[:, -1].sum(1)
    spread = np.sqrt(2 / 3 * own**2 + 2 * noise**2 / 12)
    expected = Expected(last * part, last * (1 - part), np.full(len(last), spread), walk * np.sqrt(2 / 3))
    return forecast(year[:, :cut].sum(1), expected, pace_error(past, cut)), year.sum(1), last


@pytest.mark.parametrize("cut", [3, 6, 9])
def test_intervals_hold_as_often_as_they_say(cut):
    held, company = [], []
    for seed in range(40):
        found, truth, _ = run(seed, cut)
        low, high = np.array([found.interval(np.array([j])) for j in range(len(truth))]).T
        held.append(((low <= truth) & (truth <= high)).mean())
        low, high = found.interval(EVERYONE)
        company.append(low <= truth.sum() <= high)
    assert 0.75 <= np.mean(held) <= 0.85
    assert 0.68 <= np.mean(company) <= 0.95


@pytest.mark.parametrize(("cut", "gain"), [(1, 0.9), (3, 0.98)])
def test_forecasts_beat_both_the_plan_and_the_run_rate(cut, gain):
    errors = {"forecast": 0.0, "plan": 0.0, "run rate": 0.0}
    for seed in range(20):
        found, truth, last = run(seed, cut)
        sold, *_ = world(seed)
        part = season(sold[:, :-1]).weights([f"2000-{m:02d}" for m in range(1, 13)])[:, :cut].sum(1)
        for name, guess in (
            ("forecast", found.sold_cents + found.rest_cents),
            ("plan", last),
            ("run rate", sold[:, -1, :cut].sum(1) / part),
        ):
            errors[name] += float(np.abs(guess - truth).sum() / truth.sum())
    assert errors["forecast"] < gain * min(errors["plan"], errors["run rate"])


def test_chances_are_honest():
    stated, came = [], []
    for seed in range(30):
        found, truth, _ = run(seed, 6)
        quota = found.sold_cents + found.rest_cents * 1.03
        stated += [found.chance(np.array([j]), quota[j]) for j in range(len(truth))]
        came += (truth >= quota).tolist()
    assert np.mean(stated) == pytest.approx(np.mean(came), abs=0.06)


def test_the_interval_narrows_through_the_year():
    widths = []
    for cut in (1, 3, 6, 9, 11):
        found, _, _ = run(3, cut)
        low, high = found.interval(EVERYONE)
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


@given(st.integers(0, 1000), st.integers(1, 12), st.floats(0, 0.4), st.floats(0, 0.3), st.floats(0, 0.2))
def test_a_year_that_is_over_is_known_and_nothing_is_forecast_below_nothing(seed, n, spread, own, shock):
    rng = np.random.default_rng(seed)
    sold = rng.normal(1e6, 1e6, n)
    error = PaceError(np.full(n, own), own / 2, 4)
    over = forecast(sold, Expected(rng.gamma(2.0, 1e6, n), np.zeros(n), np.full(n, spread), shock), error)
    mean, sd = over.total(EVERYONE)
    assert mean == pytest.approx(sold.sum())
    assert sd == 0
    assert over.chance(EVERYONE, mean + 1) == 0
    to_date = rng.gamma(2.0, 1e6, n) * (rng.random(n) < 0.8)
    going = forecast(sold, Expected(to_date, rng.gamma(2.0, 1e6, n), np.full(n, spread), shock), error)
    assert (going.rest_cents >= 0).all()
    low, high = going.interval(EVERYONE)
    mean = going.total(EVERYONE)[0]
    assert low <= mean <= high
    assert 0 <= going.chance(EVERYONE, 1e6) <= 1


def test_before_anything_is_sold_the_plan_is_all_there_is():
    expected = Expected(np.zeros(3), np.array([1e6, 2e6, 3e6]), np.full(3, 0.1), 0.05)
    found = forecast(np.zeros(3), expected, PaceError(np.full(3, 0.1), 0.02, 5))
    assert found.rest_cents == pytest.approx(expected.rest)
    low, high = found.interval(np.array([2]))
    # The outlook's own uncertainty: about 1.28 standard deviations of the year either way.
    assert (high - low) / 2 / 3e6 == pytest.approx(1.28 * np.hypot(0.1, 0.05), rel=0.25)


def test_without_an_outlook_the_run_rate_counts_and_without_past_years_no_interval_is_made_up():
    to_date, rest = np.array([1e6, 2e6]), np.array([3e6, 2e6])
    unknown = Expected(to_date, rest, np.full(2, np.inf), np.inf)
    with_past = forecast([2e6, 1e6], unknown, PaceError(np.full(2, 0.2), 0.05, 3))
    assert with_past.rest_cents == pytest.approx([6e6, 1e6])
    assert np.isfinite(with_past.interval(EVERYONE)).all()
    without = forecast([2e6, 1e6], unknown, None)
    assert without.rest_cents == pytest.approx([6e6, 1e6])
    assert np.isnan(without.interval(EVERYONE)[1])
    assert np.isnan(without.chance(EVERYONE, 1e6))


def test_errors_of_pace_need_two_years_and_follow_size():
    sold, *_ = world(1, n=300)
    sold[:100] += np.random.default_rng(0).normal(0, 0.6, (100, 7, 12)) * sold[:100]
    sold[:100] = np.maximum(sold[:100], 0) / 50
    found = pace_error(sold, 6)
    assert np.median(found.own[:100]) > 1.5 * np.median(found.own[100:])
    assert pace_error(sold[:, :1], 6) is None
    assert pace_error(sold * 0, 6) is None
    assert pace_error(sold, 12) is None
    quiet = pace_error(np.ones((4, 3, 12)), 6)
    assert quiet.own == pytest.approx(np.zeros(4))
