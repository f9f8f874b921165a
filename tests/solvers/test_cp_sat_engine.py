"""CP-SAT never calls a problem impossible that has a plan."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from planner.problem import Measure
from planner.scorecard import scorecard
from planner.solving import Status
from solvers.cp_sat.assignment import reassign
from solvers.model import build_model
from solvers.starts import draw_start
from tests.solvers.divided import drawn_division, narrowest_band
from tests.solvers.drawn import NO_LIMIT


@pytest.mark.parametrize("seed", [52, 146, 183, 282])
def test_a_plan_that_just_keeps_its_band_is_not_proved_impossible(seed: int) -> None:
    problem = drawn_division(seed)
    measure, deviation = problem.measures[0], narrowest_band(problem) * 1.0001 + 1e-6
    lower = np.minimum(measure.lower, measure.ideal * (1 - deviation))
    upper = np.maximum(measure.upper, measure.ideal * (1 + deviation))
    problem = problem.replace(measures=(Measure("activity", measure.ideal, lower, upper),))
    every = (
        np.array(each, np.int32) for each in product(range(problem.n_territories), repeat=problem.n_units)
    )
    cards = (scorecard(problem, each) for each in every)
    assert any(card.feasible and card.n_units.all() for card in cards)
    model = build_model(problem)
    result = reassign(
        model,
        draw_start(model, problem.current, 0, 0, NO_LIMIT),
        np.arange(problem.n_units, dtype=np.int32),
        np.arange(problem.n_territories, dtype=np.int32),
        deterministic_time=2.0,
        seconds=np.inf,
        seed=0,
    )
    assert result.status is not Status.INFEASIBLE
