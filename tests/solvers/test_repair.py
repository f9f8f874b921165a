"""Making alignments complete, contiguous and without empty territories."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.measures.contiguity import pieces as pieces_of_territory
from planner.measures.contiguity import surplus_pieces as surplus_of_territory
from planner.objective import Centre
from planner.scorecard import scorecard
from solvers.model import build_model
from solvers.pieces import pieces, surplus_pieces
from solvers.repair import fill_empty, make_contiguous
from solvers.starts import draw_start, obey
from tests.contract.problems import grid, islands, points, strips
from tests.solvers.drawn import NO_LIMIT, drawn_problem

seeds = given(seed=st.integers(0, 100_000))


def scattered(n: int, k: int, seed: int) -> np.ndarray:
    """Return random labels."""
    return np.random.default_rng(seed).integers(0, k, n).astype(np.int32)


@settings(max_examples=60)
@seeds
def test_pieces_are_counted_as_the_measures_count_them(seed: int) -> None:
    problem = islands() if seed % 2 else drawn_problem(seed)
    assert problem.graph is not None
    model = build_model(problem)
    label = scattered(problem.n_units, problem.n_territories, seed)
    n_pieces, _ = pieces(model, label)
    assert n_pieces == pieces_of_territory(problem.graph, label, problem.n_territories).sum()
    assert (
        surplus_pieces(model, label)
        == surplus_of_territory(problem.graph, label, problem.n_territories).sum()
    )


@settings(max_examples=60)
@seeds
def test_everything_hangs_together_where_no_rule_is_in_the_way(seed: int) -> None:
    problem = islands() if seed % 3 == 0 else drawn_problem(seed, rules=False)
    model = build_model(problem)
    label = scattered(problem.n_units, problem.n_territories, seed)
    mended = make_contiguous(model, label)
    assert not scorecard(problem, mended).surplus_pieces.any()
    # No territory appears or disappears: each keeps its heaviest piece.
    assert set(mended.tolist()) == set(label.tolist())
    assert np.array_equal(make_contiguous(model, mended), mended)


def test_the_heaviest_piece_stays_and_the_rest_joins_the_nearest_territory() -> None:
    problem = grid(6, 1, 2, centre=Centre.CENTROID)
    label = np.array([0, 1, 1, 1, 0, 0], np.int32)
    assert make_contiguous(build_model(problem), label).tolist() == [1, 1, 1, 1, 0, 0]


@settings(max_examples=60)
@seeds
def test_locks_and_exclusions_hold_after_mending(seed: int) -> None:
    problem = drawn_problem(seed)
    model = build_model(problem)
    label = obey(model, scattered(problem.n_units, problem.n_territories, seed))
    card = scorecard(problem, label)
    assert (card.lock_breaches, card.exclusion_breaches) == (0, 0)
    mended = scorecard(problem, make_contiguous(model, label))
    assert (mended.lock_breaches, mended.exclusion_breaches, mended.unassigned) == (0, 0, 0)
    assert mended.surplus_pieces.sum() <= card.surplus_pieces.sum()


def test_units_that_may_be_anywhere_stay_where_they_are() -> None:
    model = build_model(grid(6, 4, 3))
    label = scattered(24, 3, 1)
    assert np.array_equal(obey(model, label), label)


def test_an_excluded_unit_goes_to_the_nearest_territory_it_may_join() -> None:
    excluded = np.zeros((24, 3), bool)
    excluded[[0, 5], [0, 2]] = True
    model = build_model(grid(6, 4, 3, centre=Centre.CENTROID, excluded=csr_array(excluded)))
    assert obey(model, strips(6, 4, 3))[[0, 5]].tolist() == [1, 1]


def test_contiguity_is_not_forced_where_nobody_asks() -> None:
    problem = points(40, 4)
    label = scattered(40, 4, 0)
    assert np.array_equal(make_contiguous(build_model(problem), label), label)


@pytest.mark.parametrize("contiguous", [False, True])
def test_an_empty_territory_gets_a_unit_that_can_be_spared(contiguous: bool) -> None:
    problem = grid(6, 4, 4, contiguous=contiguous)
    label = np.minimum(strips(6, 4, 4), 1).astype(np.int32)
    filled = fill_empty(build_model(problem), label)
    card = scorecard(problem, filled)
    assert (card.n_units > 0).all()
    assert not card.surplus_pieces.any()
    assert (filled != label).sum() == 2


def test_a_territory_stays_empty_where_every_unit_is_locked() -> None:
    problem = grid(6, 4, 3, locked=np.zeros(24, int))
    assert not fill_empty(build_model(problem), np.zeros(24, np.int32)).any()


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), index=st.integers(0, 5), centre=st.sampled_from(list(Centre)))
def test_every_start_is_complete_and_keeps_the_rules(seed: int, index: int, centre: Centre) -> None:
    problem = drawn_problem(seed, centre=centre)
    model = build_model(problem)
    start = draw_start(model, problem.current, index, seed, NO_LIMIT)
    card = scorecard(problem, start)
    assert (card.lock_breaches, card.exclusion_breaches, card.unassigned) == (0, 0, 0)
    assert np.array_equal(start, draw_start(model, problem.current, index, seed, NO_LIMIT))


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), index=st.integers(0, 5), centre=st.sampled_from(list(Centre)))
def test_every_start_hangs_together_and_fills_all_territories(seed: int, index: int, centre: Centre) -> None:
    problem = drawn_problem(seed, centre=centre, rules=False)
    card = scorecard(problem, draw_start(build_model(problem), problem.current, index, seed, NO_LIMIT))
    assert not card.surplus_pieces.any()
    assert (card.n_units > 0).all()
