"""The scaled problem: independent of units of measure, same costs, a graph without gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.objective import Centre, Objective
from planner.problem import Measure
from planner.units import Units
from solvers.local_search.search_state import SearchState
from solvers.model import build_model, search_graph
from tests.contract.problems import grid, nothing_happens, points
from tests.solvers.drawn import drawn_problem


@settings(max_examples=20)
@given(length=st.sampled_from([1e-1, 1.0, 1e3]), amount=st.sampled_from([1e-6, 1.0, 1e9]))
def test_other_units_of_measure_change_nothing(length: float, amount: float) -> None:
    plain = grid(12, 9, 4, centre=Centre.CENTROID)
    measure = plain.measures[0]
    scaled = plain.replace(
        units=Units.points(plain.units.unit_id, plain.units.xy_m * length),
        activity=plain.activity * amount,
        measures=(Measure("sales", *(amount * x for x in (measure.ideal, measure.lower, measure.upper))),),
        objective=Objective(plain.objective.weight * amount, plain.objective.move_cost),
    )
    one, other = build_model(plain), build_model(scaled)
    for name in ("xy", "weight", "activity", "lower", "upper", "ideal", "fixed"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-12)
    assert other.cost_unit == pytest.approx(one.cost_unit * length**2 * amount, rel=1e-9)


def test_an_average_territory_has_mass_and_activity_one() -> None:
    model = build_model(points(200, 8))
    assert model.weight.sum() == pytest.approx(8)
    assert model.activity.sum(axis=0) == pytest.approx([8, 8])
    assert model.ideal == pytest.approx(np.ones((8, 2)))


@settings(max_examples=20)
@given(n=st.integers(1, 80), seed=st.integers(0, 1_000))
def test_without_a_graph_units_are_linked_without_gaps(n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    clusters = np.where(random.random((n, 1)) < 0.5, 0.0, 1e6) + random.uniform(0, 1e3, (n, 2))
    graph = search_graph(points(n, 1).replace(units=Units.points([str(i) for i in range(n)], clusters)))
    links = (np.ones(len(graph.indices)), graph.indices, graph.indptr)
    assert connected_components(csr_array(links, shape=(n, n)), directed=False)[0] == 1


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_what_staying_saves_is_kept_by_owner(seed: int) -> None:
    problem = drawn_problem(seed)
    model = build_model(problem)
    saved = problem.owned.toarray() * problem.objective.move_cost[:, None]
    np.testing.assert_allclose(model.pair_cost().toarray() * model.cost_unit, saved, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(
        model.leave_cost * model.cost_unit, problem.had_owner * problem.objective.move_cost
    )


def test_a_problem_where_nothing_happens_has_a_finite_model() -> None:
    model = build_model(nothing_happens())
    for name in ("xy", "weight", "activity", "lower", "upper", "ideal"):
        assert np.isfinite(getattr(model, name)).all()
    assert SearchState(model, np.zeros(model.n_units, np.int32), 0).cost() == 0.0
