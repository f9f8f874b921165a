"""The search for the smallest largest diameter: its increments, its rules, what it reaches, its bound."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from planner.arrays import IntArray
from planner.measures import separation
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from planner.stop import Cancelled, MaxIterations
from planner.units import Units
from solvers.diameter.bound import diameter_bound
from solvers.diameter.search import DiameterParams, search_diameter, search_diameter_from_starts
from solvers.diameter.starts import scattered_part, scattered_start
from solvers.diameter.state import DiameterState
from solvers.local_search.annealing import Found
from solvers.local_search.search_state import SearchState
from solvers.model import SearchModel, build_model
from solvers.starts import draw_start
from tests.contract.problems import grid
from tests.solvers.drawn import MOST_MOVE_COST, NO_LIMIT, drawn_problem, drawn_start, with_side_rules

cases = given(seed=st.integers(0, 100_000), contiguous=st.booleans())
QUICK = DiameterParams(part=2_000, steps=4, most_proposals=8_000)


def even(width: int, height: int, k: int) -> AlignmentProblem:
    """Return a regular grid of equal units, a kilometre apart, with a band of 1 %."""
    problem = grid(width, height, k)
    place = np.array([(x, y) for y in range(height) for x in range(width)], float)
    measure = Measure.banded("sales", float(len(place)), np.full(k, 1 / k), 0.01, 0.01)
    return problem.replace(
        units=Units.points([f"u{i}" for i in range(len(place))], 1000.0 * place),
        activity=np.ones((len(place), 1)),
        measures=(measure,),
    )


def diameters(model: SearchModel, label: IntArray) -> list[float]:
    """Return the largest distance inside each territory, by looking at every pair."""
    inside = [model.xy[label == t] for t in range(model.n_territories)]
    return [float(pdist(xy).max()) if len(xy) > 1 else 0.0 for xy in inside]


def penalty(model: SearchModel, label: IntArray, target: float, record: float, step: float) -> float:
    """Return what all pairs cost, by looking at every pair."""
    total = 0.0
    for t in range(model.n_territories):
        distance = pdist(model.xy[label == t])
        total += float(np.maximum((distance / target) ** 2 - 1, 0).sum()) + step * int(
            (distance >= record).sum()
        )
    return total


def drawn(seed: int, contiguous: bool) -> AlignmentProblem:
    """Return a problem with any rules whose largest diameter and changes of owner are what costs."""
    problem = drawn_problem(seed, contiguous=contiguous, centre=Centre.CENTROID)
    move_cost = np.random.default_rng([seed, 1]).uniform(
        0, MOST_MOVE_COST[Compactness.DIAMETER], problem.n_units
    )
    objective = problem.objective.replace(compactness=Compactness.DIAMETER, move_cost=move_cost)
    return problem.replace(objective=objective)


def searched(seed: int, contiguous: bool) -> tuple[AlignmentProblem, SearchModel, IntArray, Found]:
    """Return problem, model, start and what a short search finds."""
    problem = drawn(seed, contiguous)
    model = build_model(problem)
    start = drawn_start(problem, model, seed)
    return (
        problem,
        model,
        start,
        search_diameter(model, start, stop=MaxIterations(8), seed=seed, params=QUICK),
    )


@settings(max_examples=40)
@cases
def test_increments_add_up_to_what_is_computed_from_nothing(seed: int, contiguous: bool) -> None:
    problem = with_side_rules(drawn(seed, contiguous), seed)
    model = build_model(problem)
    start = drawn_start(problem, model, seed)
    near = np.tile(np.arange(model.n_territories, dtype=np.int32), (model.n_units, 1))
    state = DiameterState(model, start, seed, near, step=0.3)
    wide = max(diameters(model, start))
    # Nothing can beat a record of almost nothing, so the run makes all its proposals.
    state.aim(0.6 * wide, 1e-6, most_moved=np.inf, move_price=3.0)
    end, ran = state.anneal(2_000, 1.0, 0.01, 0.5, np.full(len(state.breach()), 2.0))
    kept, moved = state.excess_sum(), float(state.moved[0])
    book = [np.copy(entry) for entry in state.book]
    assert ran == 2_000 or end != 0
    state.refresh()
    assert kept == pytest.approx(state.penalty, rel=1e-9, abs=1e-9)
    assert state.penalty == pytest.approx(penalty(model, state.label, 0.6 * wide, 1e-6, 0.3), rel=1e-9)
    for kept_up, counted in zip(book, SearchState(model, state.label, 0).book, strict=True):
        np.testing.assert_allclose(kept_up, counted, rtol=1e-9, atol=1e-9)
    assert moved == pytest.approx(float(state.moved[0]), abs=1e-9)
    assert state.cost() * model.cost_unit == pytest.approx(scorecard(problem, state.label).objective)
    np.testing.assert_allclose(state.diameters(), diameters(model, state.label), rtol=1e-12)


@settings(max_examples=40)
@cases
def test_no_move_breaks_a_rule_and_the_answer_is_measured_truly(seed: int, contiguous: bool) -> None:
    problem, model, start, found = searched(seed, contiguous)
    before, after = scorecard(problem, start), scorecard(problem, found.territory)
    assert after.unassigned == 0
    assert after.exclusion_breaches <= before.exclusion_breaches
    locked = problem.locked >= 0
    assert (found.territory[locked] == problem.locked[locked]).all() or before.exclusion_breaches
    if contiguous:
        assert after.surplus_pieces.sum() <= before.surplus_pieces.sum()
    assert (np.bincount(found.territory, minlength=model.n_territories) > 0).all()
    assert found.cost * model.cost_unit == pytest.approx(after.objective, rel=1e-9)
    assert found.breach == pytest.approx(
        float(SearchState(model, found.territory, 0).breach().sum()), abs=1e-6
    )
    begin = SearchState(model, start, 0)
    if begin.breach().sum() <= 1e-9 and not begin.surplus_pieces():
        assert found.breach == 0.0
        assert after.objective <= before.objective * (1 + 1e-12)


@pytest.mark.parametrize("contiguous", [True, False])
def test_same_seed_and_iterations_give_the_same_answer(contiguous: bool) -> None:
    one, two = searched(3, contiguous)[3], searched(3, contiguous)[3]
    np.testing.assert_array_equal(one.territory, two.territory)
    assert (one.breach, one.cost) == (two.breach, two.cost)


def test_four_squares_are_found_in_a_square() -> None:
    problem = even(8, 8, 4)
    model = build_model(problem)
    told: list[Found] = []
    found = search_diameter_from_starts(
        model,
        lambda index: draw_start(model, problem.current, index, 1, NO_LIMIT),
        stop=MaxIterations(1_000),
        seed=1,
        on_better=told.append,
    )
    best = np.sqrt(2) * 3_000
    assert found.breach == 0.0
    assert found.surplus_pieces == 0
    assert found.cost * model.length_m == pytest.approx(best, rel=1e-9)
    assert separation.diameters(problem.units.xy_m, found.territory, 4).max() == pytest.approx(best, rel=1e-9)
    assert all(after.better_than(before) for before, after in pairwise(told))
    assert told[-1] is found


def test_a_start_outside_its_bands_is_led_inside() -> None:
    problem = grid(12, 10, 5, seed=4, band=0.05)
    model = build_model(problem)
    columns = (np.arange(120) % 12 // 3).astype(np.int32)
    start = np.where(np.arange(120) == 0, 4, columns).astype(np.int32)
    assert SearchState(model, start, 0).breach().sum() > 0.5
    found = search_diameter(model, start, stop=MaxIterations(40), seed=1)
    assert found.breach == 0.0
    assert scorecard(problem, found.territory).feasible


@pytest.mark.parametrize(("cost_m", "stays"), [(0.0, False), (30.0, False), (400.0, True)])
def test_a_narrower_territory_is_weighed_against_changes_of_owner(cost_m: float, stays: bool) -> None:
    # Four squares of 16 units are 1,757 m narrower than four strips, for 40 units that change owner at least.
    problem = even(8, 8, 4)
    strips = (np.arange(64) // 16).astype(np.int32)
    problem = problem.replace(current=strips, owned=None, had_owner=None)
    objective = problem.objective.replace(compactness=Compactness.DIAMETER, move_cost=np.full(64, cost_m))
    problem = problem.replace(objective=objective)
    model = build_model(problem)
    found = search_diameter_from_starts(
        model,
        lambda index: scattered_start(model, np.random.default_rng(index)) if index else strips,
        stop=MaxIterations(600),
        seed=1,
    )
    measured = scorecard(problem, found.territory)
    moved = int((found.territory != strips).sum())
    assert measured.feasible
    assert measured.disruption_cost == pytest.approx(cost_m * moved)
    assert found.cost * model.cost_unit == pytest.approx(measured.objective, rel=1e-9)
    assert (moved == 0) == stays
    assert measured.compactness_cost < 6_000 or stays


@settings(max_examples=30)
@cases
def test_a_scattered_start_is_complete_and_obeys_what_starts_obey(seed: int, contiguous: bool) -> None:
    problem = drawn(seed, contiguous)
    model = build_model(problem)
    start = scattered_start(model, np.random.default_rng(seed))
    measured = scorecard(problem, start)
    assert measured.unassigned == 0
    assert measured.n_units.all()
    locked = problem.locked >= 0
    assert (start[locked] == problem.locked[locked]).all() or measured.exclusion_breaches or contiguous
    assert not measured.surplus_pieces.any() or locked.any() or problem.excluded.nnz


def test_scattered_starts_keep_the_names_of_today() -> None:
    problem = even(12, 12, 4)
    squares = (np.arange(144) // 72 * 2 + np.arange(144) % 12 // 6).astype(np.int32)
    model = build_model(problem.replace(current=squares, owned=None, had_owner=None))
    kept = [(scattered_start(model, np.random.default_rng(s)) == squares).mean() for s in range(20)]
    unnamed = [
        (scattered_start(build_model(problem), np.random.default_rng(s)) == squares).mean() for s in range(20)
    ]
    assert min(kept) >= 0.4
    assert np.mean(kept) > np.mean(unnamed) + 0.2


def test_a_cancelled_search_returns_its_start() -> None:
    problem = drawn_problem(5, contiguous=True, centre=Centre.CENTROID)
    model = build_model(problem)
    start = drawn_start(problem, model, 5)
    found = search_diameter(model, start, stop=Cancelled(lambda: True), seed=0)
    np.testing.assert_array_equal(found.territory, start)


@pytest.mark.parametrize("contiguous", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_no_feasible_alignment_is_narrower_than_the_bound(seed: int, contiguous: bool) -> None:
    problem = grid(4, 3, 2, seed=seed, band=0.2, contiguous=contiguous)
    model = build_model(problem)
    bound = diameter_bound(model, NO_LIMIT)
    label = np.array([(0, *rest) for rest in product(range(2), repeat=11)], np.int32)[1:]
    one, two = np.triu_indices(12, 1)
    distance = np.linalg.norm(model.xy[one] - model.xy[two], axis=1)
    widest = np.where(label[:, one] == label[:, two], distance, 0.0).max(axis=1)
    narrow = label[widest < bound * (1 - 1e-9)]
    assert bound > 0.0
    assert not any(scorecard(problem, alignment).feasible for alignment in narrow)


def test_the_bound_knows_what_lies_apart_on_the_graph() -> None:
    # On a line, three units in a row make a third of nine: the last of them is two steps away.
    problem = even(9, 1, 3)
    model = build_model(problem)
    assert diameter_bound(model, NO_LIMIT) * model.length_m == pytest.approx(2_000, rel=1e-3)


def test_there_is_no_bound_where_nothing_must_be_held() -> None:
    problem = even(9, 1, 3)
    free = problem.replace(measures=(Measure.banded("sales", 9.0, np.full(3, 1 / 3), 1.0, 1.0),))
    assert diameter_bound(build_model(free), NO_LIMIT) == 0.0


@settings(max_examples=20)
@cases
def test_scattering_a_part_leaves_the_rest_alone(seed: int, contiguous: bool) -> None:
    problem = drawn(seed, contiguous)
    model = build_model(problem)
    territory = scattered_start(model, np.random.default_rng(seed))
    random = np.random.default_rng([seed, 1])
    scattered = [scattered_part(model, territory, 2, random) for _ in range(4)]
    for other in scattered:
        touched = np.unique(np.r_[territory[other != territory], other[other != territory]])
        assert len(touched) <= 2
        assert len(np.unique(other)) == len(np.unique(territory))
