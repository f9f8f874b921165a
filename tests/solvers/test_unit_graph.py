"""Links between units without a neighbour graph: no gaps, no loops, no cliques."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray
from solvers import unit_graph as module
from solvers.unit_graph import unit_graph


def linked(xy_m: FloatArray) -> csr_array:
    graph = unit_graph(xy_m)
    n = len(xy_m)
    assert graph.length_m.shape == graph.indices.shape
    return csr_array((np.ones(len(graph.indices)), graph.indices, graph.indptr), shape=(n, n))


def clusters(n: int, seed: int) -> FloatArray:
    """Return places in far clusters on a coarse raster, so that many coincide."""
    random = np.random.default_rng(seed)
    return random.integers(0, 3, (n, 2)) * 1e6 + random.integers(0, 4, (n, 2)) * 100.0


@pytest.mark.parametrize("many", [10, 20_000])
@settings(max_examples=30)
@given(n=st.integers(1, 150), seed=st.integers(0, 1_000))
def test_units_are_linked_without_gaps_in_both_directions(many: int, n: int, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MANY", many)
        links = linked(clusters(n, seed))
    assert connected_components(links, directed=False)[0] == 1
    assert not links.diagonal().any()
    assert (links != links.T).nnz == 0
    assert links.has_canonical_format


def test_units_at_one_place_make_no_clique_and_still_reach_other_places() -> None:
    random = np.random.default_rng(0)
    xy_m = np.vstack([np.zeros((400, 2)), random.uniform(-1e4, 1e4, (100, 2))])
    links = linked(xy_m)
    assert links.nnz < 25 * len(xy_m)
    away = links[:400, 400:]
    assert (np.diff(away.indptr) > 0).all()


@pytest.mark.parametrize("many", [10, 20_000])
@pytest.mark.parametrize("repeated", [0, 40])
def test_units_are_linked_to_near_ones(many: int, repeated: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY", many)
    random = np.random.default_rng(1)
    xy_m = random.uniform(0, 1e5, (400, 2))
    xy_m = random.permutation(np.vstack([xy_m, xy_m[:repeated]]))
    row, column = linked(xy_m).nonzero()
    # With a unit per 25 km², some eight of them lie within 8 km.
    assert np.median(np.hypot(*(xy_m[row] - xy_m[column]).T)) < 8e3


@pytest.mark.parametrize("many", [10, 20_000])
def test_places_on_one_line_are_linked(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY", many)
    along = np.concatenate([np.arange(30.0), 1e6 + np.arange(30.0)])
    links = linked(np.stack([along, 0 * along], axis=1))
    assert connected_components(links, directed=False)[0] == 1
