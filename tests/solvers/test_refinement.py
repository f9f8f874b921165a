"""Improving a plan that is there."""

from __future__ import annotations

import numpy as np
import pytest

from planner.alignment import Alignment
from planner.objective import Centre, Compactness
from planner.scorecard import scorecard
from planner.solving import Status
from planner.stop import MaxIterations, Termination
from solvers.refinement import refiner
from tests.contract.problems import grid


def columns(width: int, height: int, k: int) -> Alignment:
    """Return a grid cut into strips: contiguous, and not compact."""
    return Alignment((np.arange(width * height) % width * k // width).astype(np.int32))


@pytest.mark.parametrize(
    ("compactness", "centre"),
    [
        (Compactness.INERTIA, Centre.CENTROID),
        (Compactness.DISTANCE, Centre.UNIT),
        (Compactness.DIAMETER, Centre.CENTROID),
    ],
)
def test_a_plan_is_made_better_and_never_worse(compactness: Compactness, centre: Centre) -> None:
    problem = grid(8, 8, 4, seed=2, band=0.3)
    problem = problem.replace(objective=problem.objective.replace(compactness=compactness, centre=centre))
    start = columns(8, 8, 4)
    before = scorecard(problem, start.territory)
    found = refiner().solve(problem, start=start, stop=MaxIterations(6), seed=3)
    assert found.alignment is not None
    after = scorecard(problem, found.alignment.territory)
    if before.feasible:
        assert found.status is Status.FEASIBLE
        assert after.objective <= before.objective
    assert found.report.objective == after.objective
    again = refiner().solve(problem, start=start, stop=MaxIterations(6), seed=3)
    assert again.alignment == found.alignment


def test_a_plan_outside_tighter_bands_is_led_inside() -> None:
    problem = grid(8, 8, 4, seed=2, band=0.04)
    start = columns(8, 8, 4)
    lopsided = Alignment(np.where(start.territory == 3, 2, start.territory).astype(np.int32))
    assert not scorecard(problem, lopsided.territory).feasible
    found = refiner().solve(problem, start=lopsided, stop=MaxIterations(40), seed=1)
    assert found.status is Status.FEASIBLE


def test_locks_hold_and_without_a_start_there_is_a_plan() -> None:
    locked = np.full(36, -1)
    locked[0] = 2
    problem = grid(6, 6, 3, seed=4, band=0.4, locked=locked)
    for start in (None, columns(6, 6, 3)):
        found = refiner().solve(problem, start=start, stop=MaxIterations(3), seed=1)
        assert found.alignment is not None
        assert found.alignment.territory[0] == 2


def test_one_territory_takes_all() -> None:
    found = refiner().solve(grid(3, 3, 1, seed=1, band=0.5), stop=MaxIterations(3))
    assert found.alignment == Alignment(np.zeros(9, np.int32))
    assert found.termination is Termination.NO_IMPROVEMENT
