"""Search about best units: sums follow moves, rules hold, and small problems are solved as trying everything does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.objective import Centre, Compactness
from planner.scorecard import scorecard
from planner.stop import Cancelled
from solvers.bounding import centre_problem
from solvers.bounds.lagrangian import lagrangian_bound
from solvers.local_search.annealing import Found, found
from solvers.local_search.search_state import SearchState
from solvers.median.median_state import MedianState
from solvers.median.part import solve_part, territories_alike
from solvers.median.reduction import cost_of_choices
from solvers.median.search import MedianParams, anneal_about_units, drawn_around_units
from solvers.model import SearchModel, build_model
from solvers.recombine import Recombination
from tests.contract.problems import grid
from tests.solvers.drawn import NO_LIMIT, drawn_problem, drawn_start, with_side_rules

QUICK = MedianParams(proposals_per_unit=1_000, steps=8, hot=1.0, price=0.5, rise=1.3)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.booleans())
def test_sums_centres_and_rules_follow_the_moves(seed: int, contiguous: bool) -> None:
    problem = with_side_rules(drawn_problem(seed, contiguous=contiguous, centre=Centre.UNIT), seed)
    model = build_model(problem)
    start = drawn_start(problem, model, seed)
    state = MedianState(model, start, seed)
    pieces = state.found().surplus_pieces
    accepted = state.anneal(3_000, 1.0, 0.01, 0.4, np.full(len(state.breach()), 2.0))
    assert accepted > 0 or np.array_equal(state.label, start)
    book, count = [np.copy(entry) for entry in state.book], state.count.copy()
    state.refresh()
    for kept_up, counted in zip(book, state.book, strict=True):
        assert np.allclose(kept_up, counted, atol=1e-9)
    assert np.array_equal(count, state.count)
    assert (count > 0).all() or (np.bincount(start, minlength=len(count)) == 0).any()
    held = state.centre >= 0
    assert np.array_equal(state.label[state.centre[held]], np.flatnonzero(held))
    assert state.found().surplus_pieces <= pieces
    obeyed = scorecard(problem, state.label)
    assert not obeyed.exclusion_breaches
    assert (state.label[model.locked >= 0] == model.locked[model.locked >= 0]).all()


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_best_centres_cost_what_the_plan_costs(seed: int) -> None:
    problem = drawn_problem(seed, centre=Centre.UNIT)
    model = build_model(problem)
    state = MedianState(model, drawn_start(problem, model, seed), seed)
    state.anneal(1_000, 1.0, 0.1, 0.4, np.full(len(state.breach()), 2.0))
    about_others = state.cost()
    state.recentre()
    plain = found(SearchState(model, state.label, 0))
    assert state.cost() == pytest.approx(plain.cost, rel=1e-12)
    assert state.cost() <= about_others * (1 + 1e-12)


@pytest.mark.parametrize("compactness", [Compactness.DISTANCE, Compactness.INERTIA])
@pytest.mark.parametrize("seed", range(2))
def test_small_problems_are_solved_as_trying_everything_does(seed: int, compactness: Compactness) -> None:
    problem = grid(4, 3, 2, seed=seed, band=0.2, centre=Centre.UNIT, contiguous=True)
    model = build_model(problem.replace(objective=problem.objective.replace(compactness=compactness)))
    plans = _every_plan(model)
    best = min(plans, key=lambda plan: plan.cost)
    drawn = drawn_around_units(model, np.random.default_rng(seed))
    for result in (
        anneal_about_units(model, drawn, MedianParams(), seed=seed, stop=NO_LIMIT),
        solve_part(model, drawn, stop=NO_LIMIT),
    ):
        assert result.breach == 0
        assert result.surplus_pieces == 0
        assert result.cost == pytest.approx(best.cost, rel=1e-9)
    choices = centre_problem(model)
    bound = lagrangian_bound(choices, stop=NO_LIMIT, iterations=60)
    least = cost_of_choices(choices, bound)
    for plan in plans:
        centre = MedianState(model, plan.territory, 0).centre
        of = centre[plan.territory]
        assert (least[of, np.arange(model.n_units)] <= plan.cost * (1 + 1e-9)).all()


def _every_plan(model: SearchModel) -> list[Found]:
    """Return every contiguous plan of two territories within the bands."""
    divisions = product((0, 1), repeat=model.n_units - 1)
    labels = (np.array((0, *rest), np.int32) for rest in divisions if sum(rest))
    plans = [found(SearchState(model, label, 0)) for label in labels]
    return [plan for plan in plans if plan.breach == 0 and plan.surplus_pieces == 0]


def test_territories_that_differ_are_left_to_the_annealing() -> None:
    problem = grid(5, 4, 3, seed=2, band=0.3, centre=Centre.UNIT, contiguous=True)
    model = build_model(problem)
    assert territories_alike(model)
    differ = replace(model, upper=model.upper * np.array([[1.0], [1.1], [1.0]]))
    assert not territories_alike(differ)
    drawn = drawn_around_units(model, np.random.default_rng(1))
    assert np.array_equal(solve_part(differ, drawn, stop=NO_LIMIT).territory, drawn)


def test_groups_about_best_units_never_make_a_start_worse_and_repeat_themselves() -> None:
    problem = grid(16, 12, 16, seed=3, band=0.2, centre=Centre.UNIT, contiguous=False)
    model = build_model(problem)
    drawn = drawn_around_units(model, np.random.default_rng(1))
    begin = found(SearchState(model, drawn, 0))
    ends = []
    for _ in range(2):
        search = Recombination(model, begin, 5)
        with ThreadPoolExecutor(2) as pool:
            for _ in range(8):
                before = search.best
                search.round(pool, 2, NO_LIMIT)
                assert not before.better_than(search.best)
        ends.append(search.best)
    assert ends[0].better_than(begin)
    assert np.array_equal(ends[0].territory, ends[1].territory)


def test_a_cancelled_search_returns_where_it_began() -> None:
    model = build_model(grid(6, 5, 3, seed=1, band=0.2, centre=Centre.UNIT, contiguous=True))
    begin = found(SearchState(model, drawn_around_units(model, np.random.default_rng(1)), 0))
    cancelled = Cancelled(lambda: True)
    assert np.array_equal(
        anneal_about_units(model, begin.territory, QUICK, seed=0, stop=cancelled).territory, begin.territory
    )
    assert np.array_equal(solve_part(model, begin.territory, stop=cancelled).territory, begin.territory)
