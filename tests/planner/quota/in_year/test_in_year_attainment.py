"""How seats, nodes and the company stand, with sales credited to who owned the account on the day."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from planner.quota.hierarchy import Hierarchy
from planner.quota.history import History
from planner.quota.in_year.attainment import company_spread, expected, standings
from planner.quota.in_year.changes import Move, ReliefGrant
from planner.quota.in_year.daily import Carried, PlanDays, calendar_of
from planner.quota.in_year.ledger import ledger
from planner.quota.in_year.pace import PaceError
from planner.quota.in_year.past import carried_weight, error_of_pace, month_weights, past_years
from planner.quota.in_year.sold import Sold, credited, latest_day
from planner.quota.outlook import Outlook
from planner.quota.periods import names

NAMES = ("A", "B", "C")
OWNER = np.array([0, 0, 1, 2, -1], np.int32)
JUNE = date(2026, 6, 30)


def ordinal(text):
    return date.fromisoformat(text).toordinal()


def sold_of(*rows):
    """Rows of entity, territory, component, first day, last day, cents."""
    return Sold(*(np.array(column) for column in zip(*rows, strict=True)))


def carried_of(amounts, periods):
    calendar = calendar_of(periods, 2026)
    return Carried(PlanDays(calendar, np.asarray(amounts)), OWNER, np.ones((5, np.shape(amounts)[1])))


def test_sales_follow_the_owner_of_the_day():
    calendar = calendar_of(names(2026, "month"))
    first, last = ordinal("2026-05-01"), ordinal("2026-05-31")
    sold = sold_of(
        (0, -1, 0, first, last, 3100),
        (0, -1, 0, ordinal("2026-06-01"), ordinal("2026-06-30"), -3000),
        (2, -1, 0, first, last, 777),
        (-1, 2, 0, first, last, 55),
        (4, -1, 0, first, last, 9),
        (1, -1, 0, ordinal("2025-12-01"), ordinal("2025-12-31"), 10_000),
        (1, -1, 0, ordinal("2026-07-01"), ordinal("2026-07-31"), 20_000),
    )
    moves = [
        Move(0, 1, 2, date(2026, 5, 30)),
        Move(0, 0, 1, date(2026, 5, 11)),
    ]
    found = credited(sold, OWNER, moves, 3, 1, calendar, JUNE)
    assert found.cents[:, 0].tolist() == [1000, 1900 + 777, 200 - 3000 + 55]
    assert found.nobody_cents == 9
    assert (found.left_out, found.left_out_cents) == (2, 30_000)
    assert found.by_component is not None
    assert latest_day(sold, calendar) == date(2026, 7, 31)
    # In the middle of a month all that is known of it counts as sold so far.
    early = credited(sold, OWNER, moves, 3, 1, calendar, date(2026, 5, 20))
    assert early.cents[:, 0].tolist() == [1550, 1550 + 777, 55]


def test_what_states_no_component_counts_in_all_and_in_none():
    calendar = calendar_of(("2026",))
    day = ordinal("2026-03-01")
    found = credited(
        sold_of((0, -1, -1, day, day, 40), (0, -1, 1, day, day, 2)), OWNER, (), 3, 2, calendar, JUNE
    )
    assert found.by_component is None
    assert found.cents.tolist() == [[0, 2, 40], [0, 0, 0], [0, 0, 0]]


@pytest.fixture
def year():
    """A plan by month with two components; sales of half a year at 90 % of the quota."""
    amounts = np.full((3, 2, 12), 31_000)
    amounts[1] *= 2
    carried = carried_of(amounts, names(2026, "month"))
    day = ordinal("2026-03-31")
    sold = sold_of(
        *((-1, t, c, day, day, int(0.9 * amounts[t, c, :6].sum())) for t in range(3) for c in (0, 1))
    )
    outlook = Outlook(amounts.sum((1, 2)) * 1.0, np.full(3, 0.1), 0.04, learned_from=(2023, 2024, 2025))
    return carried, sold, outlook, PaceError(np.full(3, 0.08), 0.03, 4)


def rows_of(year, moves=(), grants=(), **wanted):
    carried, sold, outlook, error = year
    book = ledger(carried, NAMES, moves, grants)
    told = credited(sold, OWNER, moves, 3, 2, book.calendar, JUNE)
    foreseen = expected(book, carried, JUNE, outlook)
    rows = standings(book, told, JUNE, foreseen, error, NAMES, ("beer", "wine"), **wanted)
    return {(row.level, row.id, row.component): row for row in rows}, book


def test_every_level_is_told_and_adds_up(year):
    hierarchy = Hierarchy.from_ids(["top", "w", "e"], ["", "top", "top"], ["company", "region", "region"])
    found, _ = rows_of(
        year,
        hierarchy=hierarchy,
        node_of_territory=[1, 1, 2],
        target_cents=2_800_000,
        names=("Ann", "", "Bo"),
    )
    assert {key[:2] for key in found} == {
        *(("seat", name) for name in NAMES),
        ("node", "top"),
        ("region", "w"),
        ("region", "e"),
        ("company", ""),
        ("target", ""),
    }
    company = found["company", "", ""]
    assert company.quota_cents == sum(found["seat", name, ""].quota_cents for name in NAMES)
    assert found["region", "w", ""].sold_cents == sum(found["seat", name, ""].sold_cents for name in "AB")
    assert found["seat", "A", "beer"].quota_cents * 2 == found["seat", "A", ""].quota_cents
    assert found["seat", "A", ""].name == "Ann"
    for row in found.values():
        assert row.attainment == pytest.approx(0.9, abs=0.08 if row.level == "target" else 1e-4)
    assert company.low_cents < company.forecast_cents < company.high_cents
    # A level that fell may go on falling: near the run rate, on either side, and unlikely to be made good.
    assert 0.88 < company.forecast_attainment < 0.95
    assert company.chance < 0.1
    assert np.isnan(found["seat", "A", "beer"].chance)
    target = found["target", "", ""]
    assert target.chance > company.chance
    assert target.forecast_cents == company.forecast_cents
    # Seats are less certain than their region, and that than what they would be alone.
    width = [
        (row.high_cents - row.low_cents) / row.forecast_cents for row in (found["seat", "A", ""], company)
    ]
    assert width[0] > width[1]


def test_a_moved_account_takes_quota_and_expected_sales_along(year):
    plain, _ = rows_of(year)
    moved, book = rows_of(year, [Move(0, 0, 2, date(2026, 7, 1))])
    gone = int(book.changed("move", taken=True)[0].sum())
    assert gone == pytest.approx(plain["seat", "A", ""].quota_cents / 4, abs=10)
    for name, sign in (("A", -1), ("C", 1), ("B", 0)):
        before, after = plain["seat", name, ""], moved["seat", name, ""]
        assert after.quota_cents - before.quota_cents == sign * gone
        assert after.plan_cents == before.plan_cents
        assert after.to_date_cents == before.to_date_cents
        assert after.forecast_cents - before.forecast_cents == pytest.approx(
            sign * gone * 0.93, abs=0.05 * gone
        )
    assert moved["company", "", ""].quota_cents == plain["company", "", ""].quota_cents
    assert moved["company", "", ""].forecast_cents == pytest.approx(
        plain["company", "", ""].forecast_cents, rel=1e-3
    )


def test_relief_raises_the_chance_and_leaves_the_forecast(year):
    plain, _ = rows_of(year)
    grant = ReliefGrant(0, date(2026, 7, 1), date(2026, 12, 31), share=Fraction(1, 5))
    found, _ = rows_of(year, (), [grant])
    before, after = plain["seat", "A", ""], found["seat", "A", ""]
    assert after.forecast_cents == pytest.approx(before.forecast_cents)
    assert after.quota_cents == pytest.approx(before.quota_cents * 0.9, abs=30)
    assert after.chance > before.chance + 0.1


def test_few_years_widen_what_is_known_of_the_company():
    def outlook(years):
        return Outlook(np.ones(1), 0.1, 0.05, learned_from=tuple(range(2000, 2000 + years)))

    assert company_spread(None) == np.inf
    assert company_spread(outlook(0)) == 0.05
    assert company_spread(outlook(2)) > company_spread(outlook(9)) > 0.05


def monthly(first, last, amount=None):
    """History of two accounts by month, from one month to another, counted from year 0."""
    months = range(first, last)
    periods = tuple(f"{m // 12}-{m % 12 + 1:02d}" for m in months)
    n = len(periods)
    return History(
        periods,
        ("total",),
        np.repeat([0, 1], n),
        np.tile(np.arange(n), 2),
        np.zeros(2 * n),
        [f * (100 if amount is None else amount(m)) for f in (1, 2) for m in months],
        2,
    )


def test_past_years_are_cut_to_the_year_of_the_quotas():
    fiscal = calendar_of([f"2026-{m:02d}" for m in range(4, 13)] + ["2027-01", "2027-02", "2027-03"])
    history = monthly(2023 * 12 + 6, 2026 * 12 + 8, lambda month: month % 12 + 1)
    owner = np.array([0, 1], np.int32)
    past = past_years(history, owner, 2, fiscal)
    assert past.shape == (2, 2, 12)
    assert past[1, 0].tolist() == [8, 10, 12, 14, 16, 18, 20, 22, 24, 2, 4, 6]
    weights = month_weights(past, fiscal)
    assert weights[0] == pytest.approx(past[0, 0] / past[0, 0].sum())
    half = np.ones((2, 12))
    half[:, :6] = 0.5
    assert month_weights(past, fiscal, half)[0, :6] == pytest.approx(weights[0, :6] / 2)
    error, told = error_of_pace(history, past, fiscal, date(2026, 8, 15))
    assert error.own == pytest.approx(np.zeros(2), abs=1e-9)
    assert "(2)" in told
    assert error_of_pace(history, past, fiscal, date(2027, 3, 31))[1] == "The year is over."
    assert past_years(None, owner, 2, fiscal).shape == (2, 0, 12)
    assert month_weights(past[:, :0], fiscal) is None


def test_why_there_is_no_interval_is_told():
    calendar = calendar_of(("2026",))
    owner = np.array([0, 1], np.int32)
    short = monthly(2025 * 12, 2026 * 12)
    yearly = History(("2024", "2025"), ("total",), [0, 0], [0, 1], [0, 0], [5, 6], 2)
    for history, periods, why in (
        (None, ("2026",), "No history"),
        (yearly, ("2026",), "No history by month"),
        (short, ("2026",), "1 full year(s)"),
        (short, ("2026-Q1",), "not for twelve months"),
    ):
        used = calendar_of(periods) if periods != ("2026",) else calendar
        error, told = error_of_pace(history, past_years(history, owner, 2, used), used, used.first)
        assert error is None
        assert why in told


def test_accounts_carry_what_they_sold_in_the_twelve_months_before():
    history = monthly(2023 * 12, 2026 * 12 + 3)
    weight = carried_weight(history, 3, ("total", "beer"), date(2026, 1, 1))
    assert weight.tolist() == [[1200, 1200], [2400, 2400], [0, 0]]
    assert carried_weight(None, 3, ("total",), date(2026, 1, 1)).tolist() == [[0], [0], [0]]
