"""Prices of a change of rep: who keeps, who loses less, and sums that are exact."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.measures.disruption import LossRates
from planner.relationships import Relationships

# Owners: 0 and 1 fill territories 0 and 1; owner 2 left, its rep now sits on territory 2.
STAYS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], bool)
SIMILAR = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], bool)


def made(owner: list[int], named: list[int] | None = None, revenue: list[int] | None = None) -> Relationships:
    n = len(owner)
    return Relationships(
        np.array(revenue or [100_000] * n),
        np.array(owner),
        STAYS,
        SIMILAR,
        np.array(named or [-1] * n),
        LossRates(),
        "sales",
        "USD",
    )


def test_each_case_by_hand() -> None:
    # kept; to a similar rep; to a strange one; first rep; rep under another territory; nobody's.
    loss = made([0, 0, 0, -1, 2, 1]).loss(np.array([0, 1, 2, 1, 2, -1]))
    assert loss.cents.tolist() == [0, 9_000, 15_000, 0, 0, 0]
    assert loss.revenue_cents.tolist() == [0, 100_000, 100_000, 0, 0, 0]
    assert loss.of_territory_cents.tolist() == [0, 9_000, 15_000]
    assert loss.revenue_of_territory_cents.tolist() == [0, 100_000, 100_000]


def test_a_named_account_keeps_its_relationship_with_its_seat_only() -> None:
    accounts = made([0, 0], named=[2, 2])
    assert accounts.changes(np.array([2, 1])).tolist() == [False, True]


@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 2), st.integers(-(10**9), 10**13)), min_size=1))
def test_seats_sum_to_the_plan_to_the_cent(entities: list[tuple[int, int, int]]) -> None:
    owner, territory, revenue = (list(column) for column in zip(*entities, strict=True))
    loss = made(owner, revenue=revenue).loss(np.array(territory))
    assert loss.of_territory_cents.sum() == loss.total_cents == sum(loss.cents.tolist())
    assert loss.revenue_of_territory_cents.sum() == loss.total_revenue_cents
    assert loss.total_cents <= loss.total_revenue_cents
