"""Straight cuts: equal shares of every measure, convex parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.problem import AlignmentProblem
from planner.units import Units
from solvers.bisection import bisect
from solvers.model import build_model
from tests.contract.problems import nothing_happens, points, watched


def parts_of(problem: AlignmentProblem, seed: int = 0) -> np.ndarray:
    """Return the part of each unit."""
    return bisect(build_model(problem), np.random.default_rng(seed))


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 9))
def test_every_part_gets_about_its_share_of_every_measure(seed: int, k: int) -> None:
    problem = points(900, k, seed=seed)
    label = parts_of(problem, seed)
    assert set(label.tolist()) == set(range(k))
    share = problem.loads(label) / problem.activity.sum(axis=0) * k
    assert share == pytest.approx(np.ones((k, 2)), abs=0.25)
    assert share.mean(axis=1) == pytest.approx(np.ones(k), abs=0.12)


def test_two_measures_that_lie_apart_are_both_halved() -> None:
    problem = points(800, 2, seed=3)
    x = problem.units.xy_m[:, 0]
    activity = np.c_[np.where(x < 25_000, 1.0, 0.1), np.where(x < 25_000, 0.1, 1.0)]
    share = problem.replace(activity=activity).loads(parts_of(problem.replace(activity=activity)))
    assert share / activity.sum(axis=0) == pytest.approx(np.full((2, 2), 0.5), abs=0.03)


@settings(max_examples=20)
@given(n=st.integers(1, 12), k=st.integers(1, 12))
def test_few_units_are_parted_as_far_as_they_go(n: int, k: int) -> None:
    label = parts_of(points(n, k, seed=n))
    assert label.shape == (n,)
    assert ((label >= 0) & (label < k)).all()


def test_parts_of_a_plane_without_activity_or_limits_are_still_parts() -> None:
    assert set(parts_of(nothing_happens()).tolist()) == {0, 1, 2}
    assert set(parts_of(watched()).tolist()) == {0, 1, 2, 3}
    together = points(20, 4).replace(units=Units.points([str(i) for i in range(20)], np.zeros((20, 2))))
    assert set(parts_of(together).tolist()) == {0, 1, 2, 3}


def test_the_same_random_stream_cuts_the_same() -> None:
    problem = points(200, 5)
    assert np.array_equal(parts_of(problem, 4), parts_of(problem, 4))
    assert not np.array_equal(parts_of(problem, 4), parts_of(problem, 5))
