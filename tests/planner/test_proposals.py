"""Which plans of many are worth showing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.objective import Compactness
from planner.proposals import TRAVEL, axes, choose, names, non_dominated, travel
from planner.scorecard import scorecard
from tests.contract.problems import grid

POINTS = st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=14)


@given(POINTS, st.integers(1, 7))
def test_no_chosen_plan_dominates_another_and_none_is_left_out_that_is_best(
    drawn: list[tuple[int, int, int]], most: int
) -> None:
    points = np.array(drawn, float)
    picked = choose(points, most)
    assert len(set(picked)) == len(picked) <= most
    for p in picked:
        for q in picked:
            assert p == q or not ((points[p] <= points[q]).all() and (points[p] < points[q]).any())
    front = non_dominated(points)
    assert front.any()
    assert all(front[p] for p in picked)
    assert len(picked) == min(most, front.sum())
    for p in np.flatnonzero(~front):
        no_worse = (points[front] <= points[p]).all(axis=1)
        assert no_worse.any()


@given(POINTS)
def test_of_many_the_best_on_each_axis_is_shown(drawn: list[tuple[int, int, int]]) -> None:
    points = np.array(drawn, float)
    picked = choose(points, 7)
    assert (points[picked].min(axis=0) == points.min(axis=0)).all()
    said = names(points[picked])
    assert len(set(said)) == len(said)
    assert all(said)


def test_equal_plans_are_shown_once() -> None:
    points = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    assert sorted(choose(points)) == [0, 2]


@pytest.mark.parametrize("kind", list(Compactness))
def test_travel_is_what_the_cost_says_of_one_account(kind: Compactness) -> None:
    assert TRAVEL[kind][1] in ("km", "h")
    problem = grid(4, 4, 2, seed=1, band=0.5)
    mass = float(problem.objective.weight.sum())
    centre = "centroid" if kind in (Compactness.INERTIA, Compactness.DIAMETER) else "unit"
    asked = problem.replace(objective=problem.objective.replace(compactness=kind, centre=centre))
    cost = {
        Compactness.INERTIA: mass * 3_000.0**2,
        Compactness.DISTANCE: mass * 3_000.0,
        Compactness.HOURS: mass * 3.0,
        Compactness.DIAMETER: 3_000.0,
    }[kind]
    assert travel(asked, cost) == pytest.approx(3.0)


def test_axes_are_those_of_the_scorecard() -> None:
    problem = grid(4, 4, 2, seed=1, band=0.5)
    territory = (np.arange(16) % 2).astype(np.int32)
    card = scorecard(problem.replace(current=1 - territory), territory)
    found = axes(problem, card)
    assert found.balance == card.worst_deviation.max()
    assert found.disruption == 1.0
