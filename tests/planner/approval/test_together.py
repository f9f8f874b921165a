"""Challenges judged together, and quotas that a region can carry: against every set there is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.approval.quota_change import check_quota
from planner.approval.together import Clash, Wants, clashes, most_together

A, B = ("account", "A"), ("account", "B")
KEYS = [A, B, ("quota", "T1")]


def test_wanting_the_same_account_elsewhere_is_a_clash_and_in_the_same_place_is_none() -> None:
    found = clashes([{A: "T1"}, {A: "T2"}, {A: "T1", B: "T2"}, {B: "T3"}])
    assert found == (Clash(0, 1, A), Clash(1, 2, A), Clash(2, 3, B))


def test_the_largest_set_is_found_and_ties_go_to_those_raised_first() -> None:
    assert most_together([{A: "T1"}, {A: "T2"}]).chosen == (0,)
    assert most_together([{A: "T1"}, {A: "T2"}, {A: "T2", B: "T2"}]).chosen == (1, 2)
    assert most_together([]).chosen == ()


def test_loads_limit_what_is_granted_together_and_one_may_make_room_for_another() -> None:
    adds = np.array([[6e9], [6e9], [-7e9]])
    room = np.array([-1e10]), np.array([5e9])
    wants: list[Wants] = [{("account", str(i)): "T"} for i in range(3)]
    assert most_together(wants, adds, *room).chosen == (0, 1, 2)
    assert most_together(wants[:2], adds[:2], *room).chosen == ()


def _best(wants: list[Wants], adds: np.ndarray, upper: np.ndarray, refused: set[frozenset[int]]) -> int:
    best = 0
    for size in range(len(wants) + 1):
        for chosen in combinations(range(len(wants)), size):
            fits = (adds[list(chosen)].sum(0) <= upper).all()
            if fits and not clashes([wants[i] for i in chosen]) and frozenset(chosen) not in refused:
                best = size
    return best


@given(
    st.lists(
        st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["T1", "T2"]), min_size=1),
        min_size=1,
        max_size=6,
    ),
    st.data(),
)
def test_no_set_is_larger(wants: list[Wants], data: st.DataObject) -> None:
    n = len(wants)
    adds = np.array(data.draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n)), float)[:, None]
    upper = np.array([float(data.draw(st.integers(0, 4)))])
    sets = st.sets(st.frozensets(st.integers(0, n - 1), min_size=1), max_size=3)
    refused = data.draw(sets)
    lower = np.full(1, -100.0)
    found = most_together(wants, adds, lower, upper, lambda chosen: frozenset(chosen) not in refused)
    assert found.proved
    assert len(found.chosen) == _best(wants, adds, upper, refused)
    assert not clashes([wants[i] for i in found.chosen])
    assert (adds[list(found.chosen)].sum(0) <= upper).all()
    assert frozenset(found.chosen) not in refused or not found.chosen


def test_a_judge_who_refuses_almost_everything_gets_one_by_one_and_no_proof() -> None:
    wants: list[Wants] = [{("account", str(i)): "T"} for i in range(8)]
    found = most_together(wants, judge=lambda chosen: len(chosen) <= 2)
    assert found.chosen == (0, 1)
    assert not found.proved


QUOTAS = np.array([100_00, 200_00, 300_00], np.int64)
NAMES = ["T1", "T2", "T3"]
FREE = np.zeros(3, bool)


def test_the_others_of_the_region_take_the_difference_in_proportion() -> None:
    found = check_quota(NAMES, QUOTAS, {0: 50_00}, QUOTAS // 2, QUOTAS * 2, FREE, "USD")
    assert found.breaches == ()
    assert found.after_cents.tolist() == [50_00, 220_00, 330_00]


def test_the_limits_of_the_territory_are_told_with_the_nearest_quota() -> None:
    found = check_quota(NAMES, QUOTAS, {0: 40_00}, QUOTAS // 2, QUOTAS * 2, FREE, "USD")
    assert [breach.rule for breach in found.breaches] == ["limits of the quota"]
    assert "40.00 USD; allowed are 50.00 USD to 200.00 USD" in found.breaches[0].text
    assert (found.nearest_cents, found.after_cents.tolist()) == (50_00, QUOTAS.tolist())


def test_what_the_others_cannot_carry_is_told() -> None:
    found = check_quota(NAMES, QUOTAS, {0: 60_00}, QUOTAS // 2, QUOTAS + 10_00, FREE, "USD")
    assert [breach.rule for breach in found.breaches] == ["total of the region"]
    assert found.nearest_cents == 80_00
    locked = np.array([False, True, True])
    found = check_quota(NAMES, QUOTAS, {0: 90_00}, QUOTAS // 2, QUOTAS * 2, locked, "USD")
    assert [breach.rule for breach in found.breaches] == ["total of the region"]
    assert found.nearest_cents == 100_00


def test_a_territory_alone_in_its_region_carries_what_the_region_does() -> None:
    one = np.array([100_00], np.int64)
    found = check_quota(["T1"], one, {0: 110_00}, one // 2, one * 2, np.zeros(1, bool), "USD")
    assert found.breaches
    assert found.nearest_cents == 100_00
    assert not check_quota(["T1"], one, {0: 100_00}, one // 2, one * 2, np.zeros(1, bool), "USD").breaches


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=6),
    st.integers(0, 2000),
    st.integers(0, 300),
    st.data(),
)
def test_the_region_carries_the_same_and_limits_hold(
    cents: list[int], amount: int, room: int, data: st.DataObject
) -> None:
    n = len(cents)
    quotas = np.array(cents, np.int64)
    locked = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    lower, upper = np.maximum(quotas - room, 0), quotas + room
    names = [f"T{i}" for i in range(n)]
    found = check_quota(names, quotas, {0: amount}, lower, upper, locked, "USD")
    if found.breaches:
        again = check_quota(names, quotas, {0: found.nearest_cents}, lower, upper, locked, "USD")
        assert again.breaches == ()
        closer = np.sign(amount - found.nearest_cents)
        if closer:
            assert check_quota(
                names, quotas, {0: found.nearest_cents + int(closer)}, lower, upper, locked, "USD"
            ).breaches
    else:
        after = found.after_cents
        assert after.sum() == quotas.sum()
        assert after[0] == amount
        assert (after >= lower).all()
        assert (after <= upper).all()
        kept = locked.copy()
        kept[0] = False
        assert (after[kept] == quotas[kept]).all()


@pytest.mark.parametrize("wanted", [{0: 90_00, 1: 210_00}, {0: 50_00, 2: 350_00}])
def test_several_quotas_are_checked_together(wanted: dict[int, int]) -> None:
    found = check_quota(NAMES, QUOTAS, wanted, QUOTAS // 2, QUOTAS * 2, FREE, "USD")
    assert found.breaches == ()
    assert found.after_cents.sum() == QUOTAS.sum()
    assert all(found.after_cents[t] == cents for t, cents in wanted.items())
