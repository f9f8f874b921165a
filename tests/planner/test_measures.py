"""Each raw measure: kept, and broken by an exact amount."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from planner.alignment import GONE, NOBODY
from planner.graph import Graph
from planner.measures import balance, compactness, company, contiguity, disruption, placement, travel
from planner.units import Units

LOADS = arrays(np.float64, st.integers(1, 8), elements=st.integers(0, 10**9).map(float))


def labels(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


class TestBalance:
    def test_deviation_is_relative_to_the_ideal(self) -> None:
        loads, ideal = np.array([90.0, 120.0, 0.0, 5.0]), np.array([100.0, 100.0, 0.0, 0.0])
        np.testing.assert_allclose(balance.deviation(loads, ideal), [-0.1, 0.2, 0.0, np.inf])

    def test_inside_the_band_nothing_is_broken(self) -> None:
        loads, ideal = np.array([90.0, 110.0]), np.array([100.0, 100.0])
        assert not balance.band_violation(loads, ideal * 0.9, ideal * 1.1, ideal).any()

    def test_outside_the_band_the_breach_is_exact(self) -> None:
        loads, ideal = np.array([85.0, 112.0]), np.array([100.0, 100.0])
        np.testing.assert_allclose(
            balance.band_violation(loads, ideal * 0.9, ideal * 1.1, ideal), [0.05, 0.02]
        )

    def test_a_sum_that_misses_by_rounding_counts_as_inside(self) -> None:
        load, ideal = np.array([0.1 + 0.2]), np.array([0.3])
        assert not balance.band_violation(load, ideal, ideal, ideal).any()

    @given(LOADS)
    def test_gini_lies_between_even_and_one(self, loads: np.ndarray) -> None:
        assert -1e-9 <= balance.gini(loads) < 1

    @given(LOADS, st.floats(0.001, 1000))
    def test_gini_knows_no_unit(self, loads: np.ndarray, scale: float) -> None:
        assert math.isclose(balance.gini(loads), balance.gini(loads * scale), abs_tol=1e-6)

    def test_gini_of_known_cases(self) -> None:
        assert balance.gini(np.array([3.0, 3.0, 3.0])) == pytest.approx(0)
        assert balance.gini(np.array([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)
        assert balance.gini(np.zeros(3)) == 0


class TestCompactness:
    xy = np.array([[0.0, 0.0], [4.0, 0.0], [10.0, 10.0]])

    def test_centroids_are_weighted_and_plain_where_nothing_weighs(self) -> None:
        centre = compactness.centroids(self.xy, np.array([3.0, 1.0, 0.0]), labels(0, 0, 1), 3)
        np.testing.assert_allclose(centre, [[1.0, 0.0], [10.0, 10.0], [np.nan, np.nan]])

    def test_inertia_is_weight_times_squared_distance(self) -> None:
        centre = np.array([[1.0, 0.0], [10.0, 7.0]])
        inertia = compactness.inertia(self.xy, np.array([3.0, 1.0, 2.0]), labels(0, 0, 1), centre)
        np.testing.assert_allclose(inertia, [3 * 1 + 1 * 9, 2 * 9])

    def test_what_belongs_to_nobody_counts_nowhere(self) -> None:
        inertia = compactness.inertia(self.xy, np.ones(3), labels(-1, 0, -1), np.array([[4.0, 0.0]]))
        np.testing.assert_allclose(inertia, [0.0])

    def test_the_outline_leaves_out_inner_borders(self) -> None:
        squares = Units(["a", "b", "c"], np.zeros((3, 2)), np.ones(3), np.full(3, 4.0))
        row = Graph.from_edges(3, [(0, 1), (1, 2)], [1.0, 1.0])
        outline = compactness.perimeter_m(squares, row, labels(0, 0, 1), 2)
        np.testing.assert_allclose(outline, [6.0, 4.0])

    def test_polsby_popper_of_a_disc_and_a_square(self) -> None:
        score = compactness.polsby_popper(np.array([math.pi, 1.0]), np.array([2 * math.pi, 4.0]))
        np.testing.assert_allclose(score, [1.0, math.pi / 4])


class TestContiguity:
    path = Graph.from_edges(5, [(0, 1), (1, 2), (2, 3)])  # unit 4 is an island

    def test_a_territory_in_one_piece_has_no_surplus(self) -> None:
        assert contiguity.surplus_pieces(self.path, labels(0, 0, 1, 1, 1), 2).tolist() == [0, 0]

    def test_each_gap_counts_once_and_an_island_not_at_all(self) -> None:
        split = labels(0, 1, 0, 1, 1)
        assert contiguity.surplus_pieces(self.path, split, 2).tolist() == [1, 1]
        assert contiguity.pieces(self.path, split, 2).tolist() == [2, 3]

    def test_units_of_nobody_join_nothing(self) -> None:
        assert contiguity.surplus_pieces(self.path, labels(0, -1, 0, -1, -1), 2).tolist() == [1, 0]


class TestDisruption:
    activity = np.array([[10.0], [20.0], [40.0], [80.0]])

    def test_gains_and_losses_per_territory(self) -> None:
        gained, lost = disruption.gained_and_lost(
            self.activity, labels(0, 0, NOBODY, GONE), labels(0, 1, 1, 0), 2
        )
        assert gained.tolist() == [[80.0], [60.0]]
        assert lost.tolist() == [[20.0], [0.0]]

    def test_what_nobody_owned_does_not_move(self) -> None:
        moved = disruption.moved(labels(0, 0, NOBODY, GONE), labels(0, 1, 1, 0))
        assert moved.tolist() == [False, True, False, True]

    def test_what_stays_with_nobody_does_not_move(self) -> None:
        assert not disruption.moved(labels(0), labels(-1)).any()

    @given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-1, 2), st.integers(0, 99)), min_size=1))
    def test_gains_less_losses_are_the_change_of_every_load(
        self, entities: list[tuple[int, int, int]]
    ) -> None:
        current, after, activity = (np.array(column) for column in zip(*entities, strict=True))
        gained, lost = disruption.gained_and_lost(activity[:, None] * 1.0, current, after, 3)
        for j in range(3):
            change = activity[after == j].sum() - activity[current == j].sum()
            assert gained[j, 0] - lost[j, 0] == change


class TestTravel:
    def test_mean_and_reach(self) -> None:
        xy = np.array([[3.0, 4.0], [0.0, 0.0], [6.0, 8.0], [1.0, 1.0]])
        territory = labels(0, 0, 0, 1)
        distance = travel.distance_m(xy, territory, np.array([[0.0, 0.0], [np.nan, np.nan], [0.0, 0.0]]))
        np.testing.assert_allclose(distance, [5.0, 0.0, 10.0, np.nan])
        mean, reach = travel.mean_and_reach_m(distance, np.array([2.0, 1.0, 1.0, 1.0]), territory, 3)
        np.testing.assert_allclose(mean, [5.0, np.nan, np.nan])
        np.testing.assert_allclose(reach, [10.0, np.nan, np.nan])

    def test_units_that_weigh_nothing_still_have_a_mean(self) -> None:
        mean, _ = travel.mean_and_reach_m(np.array([2.0, 4.0]), np.zeros(2), labels(0, 0), 1)
        np.testing.assert_allclose(mean, [3.0])

    def test_a_unit_of_nobody_is_at_no_distance(self) -> None:
        assert np.isnan(travel.distance_m(np.zeros((1, 2)), labels(-1), np.zeros((2, 2)))).all()


class TestCompany:
    def test_pairs_share_a_territory_or_not(self) -> None:
        pairs = np.array([[0, 1], [0, 2], [3, 4]])
        assert company.sharing(pairs, labels(0, 1, 0, -1, -1)).tolist() == [False, True, False]
        assert company.sharing(np.zeros((0, 2), np.int32), labels(0, 0)).tolist() == []

    def test_groups_are_torn_where_they_lie_in_several_territories(self) -> None:
        group = labels(5, 5, 2, 2, -1, -1)
        assert company.torn(group, labels(0, 0, 1, 1, 0, 1)).tolist() == []
        assert company.torn(group, labels(0, 1, 1, 0, 0, 1)).tolist() == [2, 5]
        assert company.torn(group, labels(0, -1, 1, 0, 0, 1)).tolist() == [2]

    def test_units_stray_from_their_region(self) -> None:
        of_unit, of_territory = labels(0, 0, 1, -1, 1), labels(0, 1, -1)
        assert not company.strayed(of_unit, of_territory, labels(0, 0, 1, 2, -1)).any()
        away = company.strayed(of_unit, of_territory, labels(0, 1, 2, 0, 1))
        assert away.tolist() == [False, True, True, False, False]


class TestPlacement:
    def test_locked_units_are_at_their_place_or_not(self) -> None:
        assert placement.unlocked(labels(0, 0, -1, 1), labels(0, 1, 1, -1)).tolist() == [
            False,
            True,
            False,
            True,
        ]

    def test_excluded_units_are_there_or_not(self) -> None:
        excluded = csr_array(np.array([[True, False], [True, False], [True, True]]))
        assert placement.barred(excluded, labels(0, 1, -1)).tolist() == [True, False, False]
        assert placement.barred(None, labels(0, 1)).tolist() == [False, False]
