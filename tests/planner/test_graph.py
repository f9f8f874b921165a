"""The neighbour graph: symmetric, merged, and what pieces mean on it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.graph import Graph

N = 7
EDGES = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.integers(0, 100)), max_size=20)


def build(edges: list[tuple[int, int, int]]) -> Graph:
    pairs = np.array([edge[:2] for edge in edges], np.int64).reshape(-1, 2)
    return Graph.from_edges(N, pairs, [edge[2] for edge in edges])


@given(EDGES)
def test_borders_are_stored_in_both_directions_once_and_with_the_longest_length(
    edges: list[tuple[int, int, int]],
) -> None:
    graph = build(edges)
    wanted: dict[tuple[int, int], int] = {}
    for a, b, length in edges:
        if a != b:
            for pair in ((a, b), (b, a)):
                wanted[pair] = max(wanted.get(pair, 0), length)
    stored = dict(
        zip(zip(graph.rows.tolist(), graph.indices.tolist(), strict=True), graph.length_m, strict=True)
    )
    assert stored == wanted
    assert len(stored) == len(graph.indices)
    for unit in range(N):
        neighbours = graph.neighbours(unit).tolist()
        assert neighbours == sorted({b for a, b in wanted if a == unit})


@given(EDGES)
def test_edges_rebuild_the_same_graph(edges: list[tuple[int, int, int]]) -> None:
    graph = build(edges)
    again = Graph.from_edges(N, *graph.edges())
    for name in ("indptr", "indices", "length_m"):
        np.testing.assert_array_equal(getattr(again, name), getattr(graph, name))


@given(EDGES, st.lists(st.integers(0, 2), min_size=N, max_size=N))
def test_pieces_are_the_components_inside_territories(
    edges: list[tuple[int, int, int]], labels: list[int]
) -> None:
    graph, territory = build(edges), np.array(labels, np.int32)
    n_pieces, piece = graph.pieces(territory)
    dense = np.zeros((N, N))
    for a, b, _ in edges:
        dense[a, b] = labels[a] == labels[b]
    expected_n, expected = connected_components(coo_array(dense), directed=False)
    assert n_pieces == expected_n
    assert ((piece[:, None] == piece) == (expected[:, None] == expected)).all()


def test_a_graph_survives_pickling_and_stays_read_only() -> None:
    graph = pickle.loads(pickle.dumps(build([(0, 1, 5), (1, 2, 0)])))
    assert graph.neighbours(1).tolist() == [0, 2]
    assert graph.rows.tolist() == [0, 1, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        graph.indices[0] = 3


@pytest.mark.parametrize("n_units", [0, 1])
def test_a_graph_without_borders(n_units: int) -> None:
    graph = Graph.from_edges(n_units, [])
    assert graph.n_units == n_units
    assert graph.pieces(np.zeros(n_units, np.int32))[0] == n_units
