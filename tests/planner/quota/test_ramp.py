"""New and vacant seats count for what they can sell, day by day, by a ramp that own history tells where it can."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.quota.days import days_of, months_after
from planner.quota.history import History
from planner.quota.inputs import Staffing
from planner.quota.periods import names
from planner.quota.ramp import DEFAULT_RAMP, Ramp, carried_share, given_ramp, productive
from planner.quota.ramp_fit import fit_ramp

MONTHS = names(2026, "month")
YEARS = tuple(name for year in (2022, 2023, 2024, 2025) for name in names(year, "month"))
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def one(start, end, periods=MONTHS, ramp=DEFAULT_RAMP, year=2026):
    return productive(Staffing((start,), (end,)), ramp, periods, year)[0]


def test_a_seat_that_starts_with_the_year_ramps_month_by_month():
    assert one(date(2026, 1, 1), None).tolist() == [0.25, 0.5, 0.75, *[1.0] * 9]


def test_a_month_counts_its_days_before_and_after_the_start():
    share = one(date(2026, 4, 16), None)
    assert share[:3].tolist() == [0, 0, 0]
    assert share[3] == pytest.approx(0.25 * 15 / 30)
    assert share[4] == pytest.approx((0.25 * 15 + 0.5 * 16) / 31)


def test_a_vacant_seat_carries_nothing_after_the_last_day():
    share = one(None, date(2026, 6, 10))
    assert share.tolist() == [*[1.0] * 5, 10 / 30, *[0.0] * 6]


def test_periods_without_a_year_are_those_of_the_quota_year():
    assert (
        one(date(2026, 7, 1), None, ("Q3", "Q4")).tolist()
        == one(date(2026, 7, 1), None, ("2026-Q3", "2026-Q4")).tolist()
    )
    assert one(date(2026, 7, 1), None, ("year",), year=None).tolist() == [1.0]


@given(st.none() | DAYS, st.none() | DAYS, st.lists(st.floats(0, 1), max_size=14))
def test_periods_are_the_mean_of_their_days(start, end, shares):
    ramp = Ramp(tuple(shares))
    total = 0.0
    for day in (date(2026, 1, 1) + timedelta(j) for j in range(365)):
        if (start is not None and day < start) or (end is not None and day > end):
            continue
        month = 0 if start is None else next(m for m in range(999) if months_after(start, m + 1) > day)
        total += 1.0 if start is None or month >= len(shares) else shares[month]
    assert one(start, end, ("2026",), ramp)[0] == pytest.approx(total / 365)
    for kind in ("quarter", "month"):
        periods = names(2026, kind)
        length = [(span[1] - span[0]).days + 1 for p in periods if (span := days_of(p))]
        assert one(start, end, periods, ramp) @ length == pytest.approx(total)
        assert ((one(start, end, periods, ramp) >= 0) & (one(start, end, periods, ramp) <= 1)).all()


def test_what_a_seat_carries_follows_its_season():
    share = one(date(2026, 7, 1), None, ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"), Ramp(()))
    assert carried_share(share[None], np.array([[0.1, 0.2, 0.3, 0.4]])).tolist() == [pytest.approx(0.7)]


def test_a_given_ramp_comes_first_and_must_be_shares():
    assert given_ramp(()) is None
    assert given_ramp((0.5, 0.9)).share_by_month == (0.5, 0.9)
    with pytest.raises(ValueError, match="lie in"):
        Ramp((0.5, 1.2))


def world(truth, n_new, *, noise=0.1, seed=0, n_settled=30, day=1):
    """Make up four years of monthly sales in which some seats are filled anew in the second year."""
    rng = np.random.default_rng(seed)
    n = n_new + n_settled
    start = [date(2023, 1 + j % 10, day) for j in range(n_new)] + [None] * n_settled
    share = productive(Staffing(tuple(start), (None,) * n), Ramp(truth), YEARS, None)
    season = 1 + 0.4 * np.sin(np.arange(len(YEARS)) * np.pi / 6) + 0.01 * np.arange(len(YEARS))
    size = rng.lognormal(15, 0.5, n)
    sold = size[:, None] * season * share * rng.lognormal(0, noise, share.shape)
    at = np.indices(sold.shape)
    history = History(
        YEARS, ("total",), at[0].ravel(), at[1].ravel(), np.zeros(sold.size), np.rint(sold).ravel(), n
    )
    return history, Staffing(tuple(start), (None,) * n), np.arange(n, dtype=np.int32)


@pytest.mark.parametrize("day", [1, 17])
def test_the_ramp_of_the_past_is_found_through_season_trend_and_size(day):
    truth = (0.1, 0.2, 0.35, 0.5, 0.6, 0.7, 0.85, 1.0)
    history, staffing, territory = world(truth, 40, day=day)
    found = fit_ramp(history, territory, staffing, before=2026)
    assert found.fitted
    assert "40 new seat(s)" in found.source
    shares = np.array([*found.share_by_month, *[1.0] * 12])[:12]
    assert np.abs(shares - [*truth, *[1.0] * 4]).max() < 0.06


def test_few_and_erratic_seats_change_the_usual_ramp_little():
    truth = (0.9, 1.0)
    usual = np.array([*DEFAULT_RAMP.share_by_month])
    far = []
    for n_new, noise in ((1, 0.8), (5, 0.8), (40, 0.1)):
        history, staffing, territory = world(truth, n_new, noise=noise)
        found = fit_ramp(history, territory, staffing)
        far.append(abs(found.share_by_month[0] - usual[0]))
        assert list(found.share_by_month) == sorted(found.share_by_month)
        assert found.share_by_month[-1] == 1.0
    assert far[0] < far[1] < far[2]
    assert far[0] < 0.3
    assert far[2] > 0.6


def test_nothing_of_the_quota_year_is_looked_at():
    history, staffing, territory = world((0.1, 0.5), 20)
    cut = fit_ramp(history, territory, staffing, before=2024)
    assert not cut.fitted
    assert "no seat has sales" in cut.source


def test_without_what_it_takes_the_usual_ramp_is_used_and_why_is_told():
    history, staffing, territory = world((0.5,), 3)
    nobody_settled = Staffing((date(2023, 5, 1),) * 33, (None,) * 33)
    quarters = History(("2025-Q1",), ("total",), [0], [0], [0], [100], 33)
    for found, why in (
        (fit_ramp(None, territory, staffing), "no sales history"),
        (fit_ramp(history, territory, None), "no sales history"),
        (fit_ramp(quarters, territory, staffing), "not by month"),
        (fit_ramp(history, territory, nobody_settled), "filled all the time"),
        (fit_ramp(history, territory, staffing, before=1999), "before 1999"),
    ):
        assert found.share_by_month == DEFAULT_RAMP.share_by_month
        assert not found.fitted
        assert why in found.source
