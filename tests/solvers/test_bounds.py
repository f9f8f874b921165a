"""Lower bounds against the least cost found by trying everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.objective import Centre, Objective
from planner.problem import AlignmentProblem, Measure
from planner.stop import Cancelled, MaxIterations, MaxSeconds
from solvers.bounds import centre_of, fixed_centre_bound, free_centre_bound, least_mass
from solvers.model import build_model
from solvers.transport import dual_value
from tests.contract.problems import grid, least_cost, points, watched
from tests.solvers.drawn import NO_LIMIT


def tiny(seed: int, band: float, centre: Centre) -> AlignmentProblem:
    """Return one of many problems of at most 9 units."""
    if seed % 3 == 0:
        return grid(2, 3, 3, seed=seed, band=band + 0.3, centre=centre)
    if seed % 3 == 1 and centre is Centre.CENTROID:
        return points(8, 2, seed=seed, band=band + 0.2)
    return grid(3, 3, 2, seed=seed, band=band, centre=centre, move_cost=1e5 * (seed % 2))


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), band=st.sampled_from([0.1, 0.3, 0.6]))
def test_the_bound_of_fixed_centres_is_below_every_alignment(seed: int, band: float) -> None:
    problem = tiny(seed, band, Centre.HOME)
    model = build_model(problem)
    value, price = fixed_centre_bound(model, NO_LIMIT)
    assert value * model.cost_unit <= least_cost(problem) * (1 + 1e-9)
    assert value == dual_value(model, model.home, price)
    # Prices are worth something: at least what no price at all proves.
    assert value >= dual_value(model, model.home, 0 * price)


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), band=st.sampled_from([0.1, 0.3, 0.6]))
def test_the_bound_of_free_centres_is_below_every_alignment(seed: int, band: float) -> None:
    problem = tiny(seed, band, Centre.CENTROID)
    model = build_model(problem)
    value = free_centre_bound(model, NO_LIMIT)
    assert value is not None
    assert 0 <= value * model.cost_unit <= least_cost(problem) * (1 + 1e-9)


def test_the_bound_of_fixed_centres_is_close_where_units_are_many() -> None:
    problem = grid(30, 30, 5, seed=1, band=0.1)
    model = build_model(problem)
    value, price = fixed_centre_bound(model, NO_LIMIT)
    unpriced = dual_value(model, model.home, 0 * price)
    assert value > unpriced * 1.01


def test_there_is_no_bound_without_a_lower_limit() -> None:
    assert free_centre_bound(build_model(watched()), NO_LIMIT) is None
    only_upper = grid(4, 4, 2, centre=Centre.CENTROID)
    measure = Measure("sales", only_upper.measures[0].ideal, np.full(2, -np.inf), np.full(2, 99.0))
    assert free_centre_bound(build_model(only_upper.replace(measures=(measure,))), NO_LIMIT) is None


def test_there_is_no_bound_where_the_weight_is_not_what_is_limited() -> None:
    problem = grid(4, 4, 2, centre=Centre.CENTROID)
    unrelated = Objective(np.random.default_rng(0).uniform(0, 1, 16), np.zeros(16))
    assert least_mass(build_model(problem.replace(objective=unrelated))) is None


def test_the_least_mass_leaves_out_what_is_fixed() -> None:
    problem = grid(6, 4, 3, band=0.2, centre=Centre.CENTROID)
    whole = least_mass(build_model(problem))
    fixed = problem.territories.replace(fixed_activity=np.full((3, 1), 0.5 * problem.measures[0].ideal[0]))
    part = least_mass(build_model(problem.replace(territories=fixed)))
    assert whole == pytest.approx(0.8, rel=1e-5)
    assert part == pytest.approx(0.3, rel=1e-5)


def test_a_centre_is_the_weighted_mean_of_its_units() -> None:
    problem = grid(4, 2, 2, centre=Centre.CENTROID)
    model = build_model(problem)
    centre = centre_of(model, problem.current)
    for j in range(2):
        inside = problem.current == j
        wanted = np.average(model.xy[inside], axis=0, weights=model.weight[inside])
        np.testing.assert_allclose(centre[j], wanted, rtol=1e-9)


def test_only_a_cancelled_run_goes_without_the_bound() -> None:
    model = build_model(points(600, 5))
    whole = free_centre_bound(model, NO_LIMIT)
    assert whole is not None
    assert free_centre_bound(model, MaxSeconds(0.0)) == free_centre_bound(model, MaxIterations(0)) == whole
    answers = iter([False, False, True])
    assert free_centre_bound(model, Cancelled(lambda: next(answers))) is None
