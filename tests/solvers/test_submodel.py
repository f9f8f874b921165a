"""A part of a problem weighs, allows and limits as the whole does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.objective import Centre, Compactness
from solvers.local_search.search_state import SearchState
from solvers.model import build_model
from solvers.submodel import part_of
from tests.solvers.drawn import drawn_problem, drawn_start, with_side_rules


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from(list(Centre)))
def test_what_changes_in_the_part_changes_in_the_whole(seed: int, contiguous: bool, centre: Centre) -> None:
    problem = with_side_rules(drawn_problem(seed, contiguous=contiguous, centre=centre), seed)
    model = build_model(problem)
    label = drawn_start(problem, model, seed)
    random = np.random.default_rng(seed)
    territories = np.sort(random.permutation(problem.n_territories)[: max(2, problem.n_territories - 1)])
    part = part_of(model, label, territories.astype(np.int32))
    assert np.array_equal(part.into(label, part.start), label)
    inner = SearchState(part.model, part.start, seed)
    whole = SearchState(model, label, seed)
    before = inner.cost(), whole.cost(), inner.breach().sum(), whole.breach().sum()
    inner.anneal(500, 1.0, 0.01, 0.4, np.full(len(inner.breach()), 2.0))
    after = SearchState(model, part.into(label, inner.label), seed)
    assert np.allclose(after.book.load[territories], inner.book.load)
    assert np.allclose(after.book.kept[territories], inner.book.kept)
    if model.compactness is not Compactness.DIAMETER:
        gained = after.cost() - before[1]
        assert gained == pytest.approx(inner.cost() - before[0], abs=1e-9 * max(1.0, abs(before[1])))
    more = after.breach().sum() - before[3]
    assert more == pytest.approx(inner.breach().sum() - before[2], abs=1e-9)
