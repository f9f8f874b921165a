"""What sold where, and the shares that follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.quota.baseline import baseline, full_years
from planner.quota.history import History


def history(periods, amounts, components=("total",), component=None):
    """Return a history of one account per row of `amounts`, zeros left out as files do."""
    amounts = np.atleast_2d(amounts)
    entity, period = np.nonzero(amounts)
    of = np.zeros(len(entity)) if component is None else np.array(component)[entity]
    return History(tuple(periods), components, entity, period, of, amounts[entity, period], len(amounts))


@pytest.mark.parametrize(
    ("periods", "years"),
    [
        (("2023", "2024"), (2023, 2024)),
        (("2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1"), (2023,)),
        (tuple(f"2023-{m:02d}" for m in range(2, 13)), ()),
    ],
)
def test_a_year_is_full_when_every_period_has_sales(periods, years):
    assert full_years(history(periods, np.ones(len(periods), int))) == years


def test_a_month_listed_without_any_sales_does_not_make_a_year():
    months = tuple(f"2023-{m:02d}" for m in range(1, 13))
    assert full_years(history(months, np.r_[np.ones(11, int), 0])) == ()


@given(st.integers(0, 2**32 - 1))
def test_re_cutting_keeps_every_cent(seed):
    rng = np.random.default_rng(seed)
    past = history(("2023", "2024"), rng.integers(-1000, 10**6, (30, 2)))
    found = baseline(past, rng.integers(0, 7, 30), 7, ("total",), None, "USD")
    assert found.cents.sum() == past.amount_cents[past.period == 1].sum()
    assert found.year == 2024


def test_components_the_history_does_not_know_follow_all_sales():
    past = history(("2024",), [[100], [50]], ("a", "b"), component=[0, 1])
    found = baseline(past, np.array([0, 1]), 2, ("a", "new"), None, "USD")
    assert found.cents.tolist() == [[100, 100], [0, 50]]
    assert any("does not know new" in note for note in found.notes)


def test_only_earlier_years_are_known():
    past = history(("2022", "2023", "2024"), [[1, 2, 3]])
    assert baseline(past, np.array([0]), 1, ("total",), 2024, "USD").cents.tolist() == [[2]]
    assert baseline(past, np.array([0]), 1, ("total",), None, "USD").cents.tolist() == [[3]]
    nothing = baseline(past, np.array([0]), 1, ("total",), 2022, "USD")
    assert nothing.cents.tolist() == [[0]]
    assert "No sales history before 2022" in nothing.notes[0]
