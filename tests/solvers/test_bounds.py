"""Lower bounds against the least cost found by trying everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.objective import Centre, Objective
from planner.problem import AlignmentProblem, Measure
from planner.stop import Cancelled, MaxIterations, MaxSeconds
from solvers.bounding import prove_bound
from solvers.bounds import fixed_centre_bound, least_mass, nearest_mass_bound
from solvers.bounds.free_centres import FreeCentreParams, free_centre_lagrangian
from solvers.centres import centroids
from solvers.model import build_model
from solvers.transport import dual_value
from tests.contract.problems import grid, least_cost, points, watched
from tests.solvers.drawn import NO_LIMIT

SHORT = FreeCentreParams(stages=((0.05, 0.1, 15), (0.01, 0.02, 15)), most_places=10_000)


def tiny(seed: int, band: float, centre: Centre) -> AlignmentProblem:
    """Return one of many problems of at most 9 units."""
    if seed % 3 == 0:
        return grid(2, 3, 3, seed=seed, band=band + 0.3, centre=centre)
    if seed % 3 == 1 and centre is Centre.CENTROID:
        return points(8, 2, seed=seed, band=band + 0.2)
    return grid(3, 3, 2, seed=seed, band=band, centre=centre, move_cost=1e5 * (seed % 2))


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000), band=st.sampled_from([0.1, 0.3, 0.6]))
def test_the_bound_of_fixed_centres_is_below_every_alignment(seed: int, band: float) -> None:
    problem = tiny(seed, band, Centre.HOME)
    model = build_model(problem)
    value, price = fixed_centre_bound(model, NO_LIMIT)
    assert value * model.cost_unit <= least_cost(problem) * (1 + 1e-9)
    assert value == dual_value(model, model.home, price)
    # Prices are worth something: at least what no price at all proves.
    assert value >= dual_value(model, model.home, 0 * price)


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000), band=st.sampled_from([0.1, 0.3, 0.6]))
def test_the_bound_of_free_centres_is_below_every_alignment(seed: int, band: float) -> None:
    problem = tiny(seed, band, Centre.CENTROID)
    model = build_model(problem)
    proved = free_centre_lagrangian(model, NO_LIMIT, SHORT)
    assert proved is not None
    value = max(proved[0], nearest_mass_bound(model, NO_LIMIT) or 0.0)
    assert 0 <= value * model.cost_unit <= least_cost(problem) * (1 + 1e-9)


def test_the_bound_of_fixed_centres_is_close_where_units_are_many() -> None:
    problem = grid(30, 30, 5, seed=1, band=0.1)
    model = build_model(problem)
    value, price = fixed_centre_bound(model, NO_LIMIT)
    unpriced = dual_value(model, model.home, 0 * price)
    assert value > unpriced * 1.01


def test_the_nearest_mass_says_nothing_without_a_lower_limit() -> None:
    assert prove_bound(build_model(watched()), None, NO_LIMIT) is None
    only_upper = grid(4, 4, 2, centre=Centre.CENTROID)
    measure = Measure("sales", only_upper.measures[0].ideal, np.full(2, -np.inf), np.full(2, 99.0))
    model = build_model(only_upper.replace(measures=(measure,)))
    assert nearest_mass_bound(model, NO_LIMIT) is None
    found = free_centre_lagrangian(model, NO_LIMIT, SHORT)
    assert found is not None
    assert found[0] > 0


def test_the_bound_of_free_centres_is_close_where_units_are_many() -> None:
    model = build_model(grid(20, 20, 4, seed=1, band=0.05, centre=Centre.CENTROID))
    simple = nearest_mass_bound(model, NO_LIMIT)
    proved = free_centre_lagrangian(model, NO_LIMIT, SHORT)
    assert proved is not None
    value = proved[0]
    # Four squares are near the best plan; the nearest mass reaches about half of that.
    xy = model.xy - (model.xy.min(axis=0) + model.xy.max(axis=0)) / 2
    quarter = ((xy[:, 0] > 0) * 2 + (xy[:, 1] > 0)).astype(np.int32)
    centre = centroids(model, quarter)
    squares = float((model.weight * ((model.xy - centre[quarter]) ** 2).sum(axis=1)).sum())
    assert simple is not None
    assert value is not None
    assert 1.3 * simple < value < squares
    assert value > 0.85 * squares


def test_the_multipliers_of_groups_serve_all_units() -> None:
    model = build_model(grid(20, 20, 4, seed=1, band=0.05, centre=Centre.CENTROID))
    alone = free_centre_lagrangian(model, NO_LIMIT, SHORT)
    grouped = free_centre_lagrangian(
        model,
        NO_LIMIT,
        FreeCentreParams(coarse=SHORT.stages, most_coarse=128, fine=((0.01, 0.02, 4),), most_places=10_000),
    )
    assert alone is not None
    assert grouped is not None
    assert grouped[0] > 0.9 * alone[0]
    assert free_centre_lagrangian(model, NO_LIMIT, FreeCentreParams(most_units=399)) is None


def test_a_free_bound_is_the_same_every_time_and_any_stop_leaves_one() -> None:
    model = build_model(grid(10, 10, 3, seed=2, band=0.1, centre=Centre.CENTROID))
    first, again = (free_centre_lagrangian(model, NO_LIMIT, SHORT) for _ in range(2))
    early = free_centre_lagrangian(model, MaxIterations(3), SHORT)
    assert first is not None
    assert again is not None
    assert early is not None
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
    assert early[0] < first[0]
    assert free_centre_lagrangian(model, Cancelled(lambda: True), SHORT) is None


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
    centre = centroids(model, problem.current)
    for j in range(2):
        inside = problem.current == j
        wanted = np.average(model.xy[inside], axis=0, weights=model.weight[inside])
        np.testing.assert_allclose(centre[j], wanted, rtol=1e-9)


def test_only_a_cancelled_run_goes_without_the_bound() -> None:
    model = build_model(points(600, 5))
    whole = nearest_mass_bound(model, NO_LIMIT)
    assert whole is not None
    assert nearest_mass_bound(model, MaxSeconds(0.0)) == nearest_mass_bound(model, MaxIterations(0)) == whole
    answers = iter([False, False, True])
    assert nearest_mass_bound(model, Cancelled(lambda: next(answers))) is None
