"""The compiled parts of the search against plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.graph import Graph
from planner.measures.contiguity import pieces
from planner.scorecard import scorecard
from solvers.local_search import kernel
from solvers.local_search.search_state import SearchState
from solvers.model import build_model
from tests.solvers.drawn import drawn_problem


@settings(max_examples=300)
@given(
    n=st.integers(1, 14),
    edges=st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=40),
    bits=st.integers(0, 2**14 - 1),
)
def test_leaving_is_allowed_exactly_where_no_piece_breaks(
    n: int, edges: list[tuple[int, int]], bits: int
) -> None:
    graph = Graph.from_edges(n, [(a % n, b % n) for a, b in edges])
    label = np.array([bits >> i & 1 for i in range(n)], np.int32)
    stamp, mark, queue = np.zeros(n, np.int64), np.zeros(1, np.int64), np.zeros(n, np.int32)
    for unit in range(n):
        without = label.copy()
        without[unit] = 2
        before, after = pieces(graph, label, 3), pieces(graph, without, 3)
        left = int(label[unit])
        # A unit that is a piece by itself takes its piece along: nothing breaks.
        alone = not (label[graph.neighbours(unit)] == left).any()
        breaks = after[left] > before[left] - alone
        answer = kernel.stays_in_one_piece(unit, label, graph.indptr, graph.indices, stamp, mark, queue)
        assert answer == (not breaks)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30)
def test_sums_are_those_of_the_problem(seed: int) -> None:
    problem = drawn_problem(seed)
    model = build_model(problem)
    label = np.random.default_rng(seed).integers(0, problem.n_territories, problem.n_units).astype(np.int32)
    state = SearchState(model, label, 0)
    card = scorecard(problem, label)
    scale = float(problem.measures[0].ideal.mean())
    np.testing.assert_array_equal(state.count, card.n_units)
    np.testing.assert_allclose(state.book.load * scale, card.loads, rtol=1e-12)
    np.testing.assert_allclose(state.moment[:, 0].sum(), problem.n_territories, rtol=1e-12)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30)
def test_who_may_go_where_is_what_locks_and_exclusions_say(seed: int) -> None:
    problem = drawn_problem(seed)
    model = build_model(problem)
    assert problem.excluded is not None
    excluded = problem.excluded.toarray()
    for i in range(problem.n_units):
        for t in range(problem.n_territories):
            wanted = not excluded[i, t] and problem.locked[i] in (-1, t)
            answer = kernel.allowed(i, t, model.locked, model.excluded_indptr, model.excluded_indices)
            assert answer == wanted


def test_an_entry_that_is_not_stored_is_zero() -> None:
    indptr, indices = np.array([0, 2, 2], np.int32), np.array([0, 3], np.int32)
    values = np.array([1.5, 2.5])
    row = [kernel.row_value(indptr, indices, values, 0, column) for column in range(4)]
    assert row == [1.5, 0.0, 0.0, 2.5]
    assert kernel.row_value(indptr, indices, values, 1, 0) == 0.0
