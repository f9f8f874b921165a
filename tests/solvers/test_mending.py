"""Small breaches are closed by the best steps of one or two units, against every such step evaluated in full."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.objective import Centre, Compactness
from planner.stop import Cancelled
from solvers.local_search.annealing import Found, found
from solvers.local_search.mending import GAIN, LARGEST, PRICE, members_of, mend, step_around
from solvers.local_search.search_state import SearchState
from solvers.model import SearchModel, build_model
from tests.contract.problems import points
from tests.solvers.drawn import NO_LIMIT, drawn_problem, drawn_start, with_side_rules

cases = given(
    seed=st.integers(0, 100_000),
    contiguous=st.booleans(),
    centre=st.sampled_from([Centre.CENTROID, Centre.HOME]),
)


def drawn(seed: int, contiguous: bool, centre: Centre) -> tuple[SearchModel, SearchState]:
    """Return a small problem with every kind of rule, and an alignment that breaks some."""
    problem = with_side_rules(drawn_problem(seed, contiguous=contiguous, centre=centre), seed)
    model = build_model(problem)
    return model, SearchState(model, drawn_start(problem, model, seed), seed)


def worth(model: SearchModel, label: np.ndarray) -> tuple[float, float]:
    """Return the summed breach, slack included as moves see it, and the cost with breaches at their price."""
    state = SearchState(model, label, 0)
    breach = float(state.breach().sum())
    return breach, state.cost() + PRICE * breach


@settings(max_examples=25)
@cases
def test_the_best_step_is_the_best_of_all(seed: int, contiguous: bool, centre: Centre) -> None:
    model, state = drawn(seed, contiguous, centre)
    # The search on borders has no increments of a diameter: it goes by moments then.
    assume(model.compactness is not Compactness.DIAMETER)
    k = model.n_territories
    rows = np.repeat(np.arange(model.n_units), np.diff(model.graph_indptr))
    beside = {(int(a), int(b)) for a, b in zip(rows, model.graph_indices, strict=True)}
    label = state.label.copy()
    breach, cost = worth(model, label)

    def steps(label: np.ndarray) -> list[tuple[int, int]]:
        links = {(a, int(label[b])) for a, b in beside if label[b] != label[a]}
        here = SearchState(model, label, 0)
        return [(a, t) for a, t in sorted(links) if here.may_take(a, t)]

    for around in range(k):
        best = np.inf
        for i, t in steps(label):
            if around not in (int(label[i]), t):
                continue
            once = label.copy()
            once[i] = t
            options = [once]
            for u, r in steps(once):
                if u != i and once[u] == t:
                    twice = once.copy()
                    twice[u] = r
                    options.append(twice)
            for option in options:
                after, price = worth(model, option)
                if after < breach - GAIN:
                    best = min(best, price - cost)
        before = state.label.copy()
        step = step_around(state, around, members_of(state))
        np.testing.assert_array_equal(state.label, before)
        if step is None:
            assert best > -1e-6 or best == np.inf
            continue
        made = label.copy()
        for unit, territory in (step[:2], step[2:]):
            if unit >= 0:
                made[unit] = territory
        after, price = worth(model, made)
        assert after < breach
        assert price - cost == pytest.approx(best, rel=1e-6, abs=1e-6)


@settings(max_examples=40)
@cases
def test_mending_is_never_worse_and_keeps_what_holds(seed: int, contiguous: bool, centre: Centre) -> None:
    model, state = drawn(seed, contiguous, centre)
    start = found(state)
    # Whatever is broken by more than a little is none of its business.
    begin = Found(start.territory, min(start.breach, LARGEST), start.cost, start.surplus_pieces)
    after = mend(model, begin, NO_LIMIT)
    again = found(SearchState(model, after.territory, 0))
    assert again.breach <= start.breach
    assert again.surplus_pieces <= start.surplus_pieces
    fixed = model.locked >= 0
    np.testing.assert_array_equal(after.territory[fixed], start.territory[fixed])


def test_a_hair_outside_is_closed_by_one_exchange() -> None:
    east = (np.argsort(np.argsort(points(40, 2).units.xy_m[:, 0])) >= 20).astype(np.int32)
    sold = np.bincount(east, points(40, 2).activity[:, 0])
    deviation = abs(sold[0] - sold.mean()) / sold.mean()
    model = build_model(points(40, 2, band=float(deviation) - 1e-3))
    begin = found(SearchState(model, east, 0))
    assert 0 < begin.breach <= LARGEST
    mended = mend(model, begin, NO_LIMIT)
    assert mended.breach == 0.0
    assert 1 <= (mended.territory != east).sum() <= 2
    assert mend(model, begin, Cancelled(lambda: True)) is begin
