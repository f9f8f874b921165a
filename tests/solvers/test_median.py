"""Search about best units: sums follow moves, rules hold, and small problems are solved as trying everything does."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.objective import Centre, Compactness
from planner.scorecard import scorecard
from planner.stop import Cancelled, MaxIterations
from solvers.local_search.annealing import found
from solvers.local_search.search_state import SearchState
from solvers.median.driver import ImproveParams, improve_medians
from solvers.median.median_state import MedianState
from solvers.median.search import MedianParams, anneal_about_units, drawn_around_units
from solvers.model import build_model
from tests.contract.problems import grid
from tests.solvers.drawn import NO_LIMIT, drawn_problem, drawn_start

QUICK = ImproveParams(
    whole=(MedianParams(proposals_per_unit=1_000, steps=8, hot=1.0, price=0.5, rise=1.3),),
    group=MedianParams(proposals_per_unit=500, steps=4, hot=0.2),
)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.booleans())
def test_sums_centres_and_rules_follow_the_moves(seed: int, contiguous: bool) -> None:
    problem = drawn_problem(seed, contiguous=contiguous, centre=Centre.UNIT)
    model = build_model(problem)
    start = drawn_start(problem, model, seed)
    state = MedianState(model, start, seed)
    pieces = state.found().surplus_pieces
    accepted = state.anneal(3_000, 1.0, 0.01, 0.4, np.full(len(state.breach()), 2.0))
    assert accepted > 0 or np.array_equal(state.label, start)
    load, spent, count = state.load.copy(), state.spent.copy(), state.count.copy()
    state.refresh()
    assert np.allclose(load, state.load)
    assert np.allclose(spent, state.spent)
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
    problem = grid(4, 3, 2, seed=seed, band=0.1, centre=Centre.UNIT, contiguous=True)
    model = build_model(problem.replace(objective=problem.objective.replace(compactness=compactness)))
    best = None
    for label in product((0, 1), repeat=model.n_units):
        if 0 < sum(label) < model.n_units:
            one = found(SearchState(model, np.array(label, np.int32), 0))
            best = one if one.better_than(best) else best
    result = improve_medians(model, None, stop=MaxIterations(6), seed=seed, params=QUICK)
    assert best is not None
    assert result.breach == pytest.approx(best.breach, abs=1e-9)
    assert result.surplus_pieces == 0
    assert result.cost == pytest.approx(best.cost, rel=1e-9)


def test_a_group_at_a_time_never_makes_a_start_worse_and_repeats_itself() -> None:
    problem = grid(16, 12, 16, seed=3, band=0.2, centre=Centre.UNIT, contiguous=False)
    model = build_model(problem)
    drawn = drawn_around_units(model, np.random.default_rng(1))
    begin = anneal_about_units(model, drawn, QUICK.whole[0], seed=1, stop=NO_LIMIT)
    told: list[float] = []
    results = [
        improve_medians(
            model,
            begin,
            stop=MaxIterations(12),
            seed=5,
            params=QUICK,
            on_better=lambda f: told.append(f.cost),
        )
        for _ in range(2)
    ]
    assert results[0].breach == 0
    assert results[0].cost < begin.cost
    assert np.array_equal(results[0].territory, results[1].territory)
    assert told[: len(told) // 2] == told[len(told) // 2 :]
    assert told[: len(told) // 2] == sorted(told[: len(told) // 2], reverse=True)


def test_a_cancelled_run_returns_where_it_began() -> None:
    model = build_model(grid(6, 5, 3, seed=1, band=0.2, centre=Centre.UNIT, contiguous=True))
    begin = found(SearchState(model, drawn_around_units(model, np.random.default_rng(1)), 0))
    result = improve_medians(model, begin, stop=Cancelled(lambda: True), seed=0)
    assert np.array_equal(result.territory, begin.territory)
