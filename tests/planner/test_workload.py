"""Hours of calls and travel: small cases by hand, tours against searched ones, and what must always hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from planner.measures.separation import travel_hours
from planner.tours import TOUR_OVER_TREE, leg_hours
from planner.workload import CallPlan, Calls, TravelTimes, WorkDay, entity_hours, territory_hours

NOWHERE = np.full((1, 2), np.nan)
PLACES = arrays(
    np.float64,
    st.tuples(st.integers(1, 9), st.just(2)),
    elements=st.integers(0, 40).map(lambda v: 1000.0 * v),
)


def calls(per_year: list[float], hours: float = 1.0) -> Calls:
    return Calls(np.array(per_year), np.full(len(per_year), hours))


def all_of(n: int) -> np.ndarray:
    return np.zeros(n, np.int32)


class TestTravelHours:
    def test_by_hand(self) -> None:
        # 5 km straight are 6 km of road: 5 at 35 km/h, 1 at 60; 50 km are 60: 5 at 35, 25 at 60, 30 at 90.
        hours = travel_hours(np.array([0.0, 1000.0, 5000.0, 50_000.0]))
        by_hand = [0.0, 1.2 / 35, 5 / 35 + 1 / 60, 5 / 35 + 25 / 60 + 30 / 90]
        np.testing.assert_allclose(hours, by_hand)


class TestLegs:
    def test_two_places_share_one_leg(self) -> None:
        legs = leg_hours(np.array([[0.0, 0.0], [5000.0, 0.0]]))
        np.testing.assert_allclose(legs, [(5 / 35 + 1 / 60) / 2] * 2)

    def test_places_on_a_line_are_visited_one_after_the_other(self) -> None:
        legs = leg_hours(np.array([[0.0, 0.0], [3000.0, 0.0], [1000.0, 0.0], [2000.0, 0.0], [4000.0, 0.0]]))
        one = 1.2 / 35
        np.testing.assert_allclose(legs.sum(), 4 * one * max(1, TOUR_OVER_TREE * 0.8))
        assert legs[0] == pytest.approx(legs[1] / 2)

    def test_accounts_at_one_place_share_its_leg(self) -> None:
        legs = leg_hours(np.array([[0.0, 0.0], [0.0, 0.0], [1000.0, 0.0]]))
        np.testing.assert_allclose(legs, np.array([0.25, 0.25, 0.5]) * 1.2 / 35)

    def test_a_stated_time_replaces_the_estimate_and_may_join_other_pairs(self) -> None:
        xy = np.array([[0.0, 0.0], [1000.0, 0.0], [2000.0, 0.0]])
        stated = np.zeros((3, 3))
        stated[0, 1] = stated[1, 0] = 2.0
        stated[0, 2] = stated[2, 0] = 0.5
        legs = leg_hours(xy, csr_array(stated))
        np.testing.assert_allclose(legs.sum(), 0.5 + 1.2 / 35)

    def test_the_estimate_is_near_the_shortest_way(self) -> None:
        random = np.random.default_rng(3)
        for n in (3, 5, 7):
            ratio = []
            for xy in random.uniform(0, 3000, (12, n, 2)):
                between = travel_hours(np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)))
                ways = itertools.permutations(range(n))
                best = min(sum(between[a, b] for a, b in itertools.pairwise(way)) for way in ways)
                ratio.append(leg_hours(xy).sum() / best)
            assert np.mean(ratio) == pytest.approx(1.0, abs=0.06)

    @given(PLACES)
    def test_a_round_takes_at_least_its_shortest_tree_and_no_leg_is_negative(self, xy: np.ndarray) -> None:
        legs = leg_hours(xy)
        assert (legs >= 0).all()
        assert (legs.sum() > 0) == (len(np.unique(xy, axis=0)) > 1)

    @given(PLACES)
    def test_the_order_of_accounts_does_not_matter(self, xy: np.ndarray) -> None:
        order = np.random.default_rng(len(xy)).permutation(len(xy))
        assert leg_hours(xy).sum() == pytest.approx(leg_hours(xy[order]).sum())


class TestTerritoryHours:
    day = WorkDay(0.8, 8.0)

    def test_a_lone_account_is_reached_as_often_as_it_is_called_on(self) -> None:
        # 35 km of road at 35 to 60 km/h; 12 calls of one hour, there and back each time.
        one_way = 5 / 35 + 25 / 60
        found = territory_hours(
            calls([12]), np.array([[25_000.0, 0.0]]), all_of(1), np.zeros((1, 2)), self.day
        )
        np.testing.assert_allclose(found.calls, [12.0])
        np.testing.assert_allclose(found.home, [12 * 2 * one_way])
        np.testing.assert_allclose(found.field_hours, [12 + 24 * one_way])

    def test_a_day_out_loses_the_way_there_and_back(self) -> None:
        # 40 accounts at one place: 40 hours of work a year in days of 6.4 - 2t hours.
        one_way = 5 / 35 + 25 / 60
        xy = np.repeat([[25_000.0, 0.0]], 40, axis=0)
        found = territory_hours(calls([1.0] * 40), xy, all_of(40), np.zeros((1, 2)), self.day)
        np.testing.assert_allclose(found.home, [40 * 2 * one_way / (6.4 - 2 * one_way)])

    def test_far_away_the_way_takes_no_longer_than_the_work(self) -> None:
        xy = np.repeat([[900_000.0, 0.0]], 500, axis=0)
        found = territory_hours(calls([1.0] * 500), xy, all_of(500), np.zeros((1, 2)), self.day)
        np.testing.assert_allclose(found.home, found.calls)

    def test_rounds_are_nested(self) -> None:
        # Two rounds through all three places, ten more through the two that are called on twelve times.
        xy = np.array([[0.0, 0.0], [1000.0, 0.0], [2000.0, 0.0]])
        found = territory_hours(calls([12, 12, 2]), xy, all_of(3), NOWHERE, self.day)
        np.testing.assert_allclose(found.between, [(2 * 2 + 10 * 1) * 1.2 / 35])
        np.testing.assert_allclose(found.home, [0.0])

    def test_stated_times_count(self) -> None:
        xy = np.array([[0.0, 0.0], [1000.0, 0.0]])
        between = csr_array(np.array([[0, 2.0], [2.0, 0]]))
        home = csr_array(np.array([[1.5], [0.0]]))
        found = territory_hours(
            calls([1, 1]), xy, all_of(2), np.zeros((1, 2)), self.day, TravelTimes(between, home)
        )
        np.testing.assert_allclose(found.between, [2.0])
        np.testing.assert_allclose(found.home, [max(2 * 3.0 / 3.4 + 2 * 2.4 / 35 / (6.4 - 2.4 / 35), 1.0)])

    def test_an_account_without_a_place_takes_no_travel(self) -> None:
        xy = np.array([[0.0, 0.0], [np.nan, np.nan]])
        found = territory_hours(calls([4, 4], 0.5), xy, all_of(2), np.zeros((1, 2)), self.day)
        assert (found.calls[0], found.between[0], found.home[0]) == (4.0, 0.0, 0.0)

    @given(PLACES, st.integers(1, 3))
    def test_nothing_is_lost_between_territories(self, xy: np.ndarray, k: int) -> None:
        territory = (np.arange(len(xy)) % (k + 1) - 1).astype(np.int32)
        often = calls([float(1 + i % 4) for i in range(len(xy))])
        found = territory_hours(often, xy, territory, np.zeros((k, 2)), self.day)
        assert found.calls.sum() == pytest.approx(often.total_hours[territory >= 0].sum())
        for j in range(k):
            alone = np.flatnonzero(territory == j)
            part = Calls(often.per_year[alone], often.hours[alone])
            again = territory_hours(part, xy[alone], all_of(len(alone)), np.zeros((1, 2)), self.day)
            assert found.field_hours[j] == pytest.approx(again.field_hours[0])


def test_hours_of_accounts_are_calls_and_legs() -> None:
    xy = np.array([[0.0, 0.0], [1000.0, 0.0]])
    np.testing.assert_allclose(entity_hours(calls([4, 4], 0.5), xy), 2.0 + 4 * 0.5 * 1.2 / 35)


def test_working_hours_hold_the_office_too() -> None:
    plan = CallPlan(calls([4, 4], 0.5), np.array([[0.0, 0.0], [1000.0, 0.0]]), WorkDay(field_time=0.5))
    np.testing.assert_allclose(plan.entity_working_hours(), (2.0 + 4 * 0.5 * 1.2 / 35) / 0.5)
    whole = plan.workload(all_of(2), NOWHERE)
    np.testing.assert_allclose(whole.working_hours(plan.day), [plan.entity_working_hours().sum()])
