"""What is known before a year: its periods without holes, nothing of the year or later."""

import numpy as np
import pytest

from planner.quota.history import History
from planner.quota.known import asked_of, known_of


def history(entries, components=("total",), n_entities=3):
    """Make a history of (entity, period, amount) or (entity, period, amount, component)."""
    periods = tuple(dict.fromkeys(entry[1] for entry in entries))
    return History(
        periods,
        components,
        np.array([entry[0] for entry in entries]),
        np.array([periods.index(entry[1]) for entry in entries]),
        np.array([components.index(entry[3]) if len(entry) > 3 else 0 for entry in entries]),
        np.array([entry[2] for entry in entries]),
        n_entities,
    )


def test_holes_are_filled_and_later_years_are_not_seen():
    past = history([(0, "2023-11", 5), (1, "2024-02", 7), (1, "2024-02", 1), (0, "2025-01", 99)])
    known = known_of(past, None, 2025, np.array([0, 1, -1]), 2)
    assert known.periods == ("2023-11", "2023-12", "2024-01", "2024-02")
    assert known.sold_cents.tolist() == [[5, 0, 0, 0], [0, 0, 0, 8], [0, 0, 0, 0]]


def test_a_period_that_is_named_but_empty_is_known_to_be_empty():
    past = history([(0, "2024-Q1", 5), (0, "2024-Q2", 0)])
    assert known_of(past, None, 2025, np.zeros(3), 1).periods == ("2024-Q1", "2024-Q2")


def test_years_without_any_entry_are_left_out():
    past = history([(0, "2018", 5), (1, "2021", 7), (2, "2022", 9)])
    known = known_of(past, None, 2023, np.zeros(3), 1)
    assert known.periods == ("2018", "2021", "2022")
    assert known.sold_cents.sum(0).tolist() == [5, 7, 9]


def test_nothing_known():
    known = known_of(history([(0, "2024", 5)]), None, 2024, np.zeros(3), 1)
    assert known.periods == ()
    assert known.sold_cents.shape == (3, 0)


def test_years_beside_months_do_not_count_twice():
    past = history([(0, "2023", 120), (0, "2023-01", 10), (0, "H1", 3)])
    known = known_of(past, None, 2024, np.zeros(3), 1)
    assert known.periods == ("2023-01",)
    assert known.sold_cents.sum() == 10


@pytest.mark.parametrize(("component", "sold"), [("tea", 5), ("milk", 7), (None, 12), ("unheard", 12)])
def test_components(component, sold):
    past = history([(0, "2024", 5, "tea"), (1, "2024", 7, "milk")], ("tea", "milk"))
    assert known_of(past, component, 2025, np.zeros(3), 1).sold_cents.sum() == sold


def test_extras_reach_the_known():
    known = known_of(history([(0, "2024", 5)]), None, 2025, np.zeros(3), 1, capacity=np.array([2.0]))
    assert known.capacity.tolist() == [2.0]


def test_accounts_that_were_not_asked_are_told_from_those_that_expect_nothing():
    asked = history([(0, "2025", 5), (0, "2025", 6), (1, "2025", 0), (2, "2024", 9)])
    assert asked_of(asked, None, 2025).tolist() == [11, 0, -1]
    assert asked_of(asked, None, 2030).tolist() == [-1, -1, -1]
