"""The search on borders: its increments against the scorecard, its rules, its reproducibility."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.objective import Centre
from planner.problem import Measure
from planner.scorecard import scorecard
from planner.stop import Cancelled
from solvers.local_search.annealing import AnnealParams, Found, anneal, found
from solvers.local_search.ledger import breach_names
from solvers.local_search.search_state import SearchState
from solvers.model import build_model
from solvers.transport import cheapest_candidates
from tests.contract.problems import islands, points
from tests.solvers.drawn import NO_LIMIT, drawn_problem, drawn_start, with_side_rules

cases = given(seed=st.integers(0, 100_000), contiguous=st.booleans(), centre=st.sampled_from(list(Centre)))
SHORT = AnnealParams(proposals_per_unit=100, steps=4)


def run(seed: int, contiguous: bool, centre: Centre) -> tuple[object, ...]:
    """Return problem, model, start, the state after some proposals, and how many were accepted."""
    problem = with_side_rules(drawn_problem(seed, contiguous=contiguous, centre=centre), seed)
    model = build_model(problem)
    start = drawn_start(problem, model, seed)
    far = (
        cheapest_candidates(model, model.home, np.zeros(model.lower.shape), 3)
        if centre is Centre.HOME
        else None
    )
    state = SearchState(model, start, seed, far)
    accepted = state.anneal(3_000, 1.0, 0.01, 0.4, np.full(len(state.breach()), 2.0))
    return problem, model, start, state, accepted


@settings(max_examples=60)
@cases
def test_increments_add_up_to_what_is_computed_from_nothing(
    seed: int, contiguous: bool, centre: Centre
) -> None:
    problem, model, _, state, _ = run(seed, contiguous, centre)
    fresh = SearchState(model, state.label, 0)
    np.testing.assert_array_equal(state.count, fresh.count)
    for kept_up, counted in zip(state.book, fresh.book, strict=True):
        np.testing.assert_allclose(kept_up, counted, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(state.moment, fresh.moment, rtol=1e-9, atol=1e-9)
    card = scorecard(problem, state.label)
    assert state.cost() * model.cost_unit == pytest.approx(card.objective, rel=1e-9)
    assert fresh.cost() * model.cost_unit == pytest.approx(card.objective, rel=1e-9)


@settings(max_examples=60)
@cases
def test_no_move_breaks_a_rule(seed: int, contiguous: bool, centre: Centre) -> None:
    problem, _, start, state, _ = run(seed, contiguous, centre)
    before, after = scorecard(problem, start), scorecard(problem, state.label)
    assert ((state.label >= 0) & (state.label < problem.n_territories)).all()
    assert (after.lock_breaches, after.exclusion_breaches, after.unassigned) == (0, 0, 0)
    assert (after.n_units > 0).all() or (before.n_units == 0).any()
    assert after.surplus_pieces.sum() <= before.surplus_pieces.sum()
    assert state.surplus_pieces() == after.surplus_pieces.sum()


@settings(max_examples=60)
@cases
def test_every_rule_is_counted_as_the_scorecard_counts_it(
    seed: int, contiguous: bool, centre: Centre
) -> None:
    problem, model, _, state, _ = run(seed, contiguous, centre)
    state.refresh()
    card = scorecard(problem, state.label)
    told = dict(zip(breach_names(model), state.breach() > 0, strict=True))
    assert told.pop("apart") == (card.apart_breaches > 0)
    for m, outside in enumerate(card.violation.T > 0):
        assert told.pop(f"measure {m}") == outside.any()
    for x, outside in enumerate(card.mix_violation.T > 0):
        assert told.pop(f"mix {x}") == outside.any()
    for b, budget in enumerate(problem.budgets):
        scale = budget.weight.sum() / problem.n_territories
        assert state.book.spent[b] * scale == pytest.approx(card.budget_used[b], abs=1e-9)
        assert told.pop(f"budget {b}") == (card.budget_used[b] > budget.most)
        assert told.pop(f"budget {b} per owner") == (card.budget_lost[:, b] > budget.most_per_territory).any()
    assert told == {}
    assert model.move_cost(state.label) * model.cost_unit == pytest.approx(
        card.disruption_cost, rel=1e-9, abs=1e-3
    )


def test_the_search_moves_and_finds_better() -> None:
    moved = [run(seed, contiguous, Centre.CENTROID) for seed in range(4) for contiguous in (False, True)]
    assert all(accepted > 0 for *_, accepted in moved)


@settings(max_examples=20)
@cases
def test_the_best_is_never_worse_than_the_start_and_the_same_each_time(
    seed: int, contiguous: bool, centre: Centre
) -> None:
    problem = drawn_problem(seed, contiguous=contiguous, centre=centre)
    model = build_model(problem)
    start = drawn_start(problem, model, seed)
    begin = found(SearchState(model, start, 0))
    first, second = (anneal(SearchState(model, start, seed), SHORT, NO_LIMIT) for _ in range(2))
    assert not begin.better_than(first)
    assert np.array_equal(first.territory, second.territory)
    assert (first.breach, first.cost) == (second.breach, second.cost)
    measured = found(SearchState(model, first.territory, 0))
    assert measured.cost == pytest.approx(first.cost, rel=1e-9)


def test_a_stopped_search_returns_what_it_has() -> None:
    problem = drawn_problem(1)
    model = build_model(problem)
    start = drawn_start(problem, model, 1)
    told: list[float] = []
    at_once = anneal(
        SearchState(model, start, 1), SHORT, Cancelled(lambda: True), lambda done, _: told.append(done)
    )
    assert np.array_equal(at_once.territory, start)
    assert told == []
    looks = iter([False, False, True, True])
    later = Cancelled(lambda: next(looks))
    anneal(SearchState(model, start, 1), SHORT, later, lambda done, _: told.append(done))
    assert told == [0.25, 0.5]


def test_prices_pull_the_loads_into_their_bands() -> None:
    problem = drawn_problem(8, rules=False)
    model = build_model(problem)
    lopsided = np.zeros(problem.n_units, np.int32)
    lopsided[: problem.n_territories - 1] = np.arange(1, problem.n_territories)
    before = found(SearchState(model, lopsided, 0))
    after = anneal(SearchState(model, lopsided, 0), AnnealParams(proposals_per_unit=4_000), NO_LIMIT)
    assert before.breach > 0.5
    assert after.breach == 0.0


def test_where_contiguity_is_not_asked_units_reach_territories_they_are_not_next_to() -> None:
    problem = islands(contiguous=False)
    model = build_model(problem)
    label = (np.arange(60) // 15).astype(np.int32)
    everywhere = np.tile(np.arange(4, dtype=np.int32), (60, 1))
    hot = (3_000, 100.0, 50.0, 0.3, np.zeros(2))
    near, far = SearchState(model, label, 3), SearchState(model, label, 3, everywhere)
    near.anneal(*hot)
    far.anneal(*hot)
    assert set(near.label[:30].tolist()) == {0, 1}
    assert set(far.label[:30].tolist()) & {2, 3}


def test_the_ring_of_a_territory_holds_its_units_and_no_other() -> None:
    model = build_model(points(120, 5, seed=2))
    label = (np.arange(120) % 5).astype(np.int32)
    state = SearchState(model, label, 3, np.tile(np.arange(5, dtype=np.int32), (120, 1)))
    assert state.anneal(5_000, 0.5, 0.05, 0.3, np.ones(len(state.breach()))) > 100
    for territory, first in enumerate(state.cursor):
        ring = [int(first)]
        while state.after[ring[-1]] != first:
            ring.append(int(state.after[ring[-1]]))
            assert state.before[ring[-1]] == ring[-2]
        assert sorted(ring) == np.flatnonzero(state.label == territory).tolist()


def test_units_in_exchange_balance_what_one_alone_cannot() -> None:
    # Each territory holds its number of units: only an exchange changes the amounts.
    amount = np.repeat([3.0, 1.0, 2.0, 2.0], 6)
    plain = points(24, 2, seed=1)
    measures = tuple(
        Measure.banded(name, total, np.full(2, 0.5), 0.01, 0.01) for name, total in (("a", 48.0), ("n", 24.0))
    )
    model = build_model(plain.replace(activity=np.c_[amount, np.ones(24)], measures=measures))
    label = np.r_[np.zeros(6), np.ones(6), np.arange(12) % 2].astype(np.int32)
    everywhere = np.tile(np.arange(2, dtype=np.int32), (24, 1))
    after = anneal(SearchState(model, label, 0, everywhere), AnnealParams(price=12.0), NO_LIMIT)
    assert found(SearchState(model, label, 0)).breach > 0.2
    assert after.breach == 0.0


def test_what_hangs_together_comes_first_then_bands_then_cost() -> None:
    def one(surplus: int, breach: float, cost: float) -> Found:
        return Found(np.zeros(1, np.int32), breach, cost, surplus)

    order = [one(0, 0.0, 1.0), one(0, 0.0, 2.0), one(0, 0.1, 0.5), one(0, 0.2, 0.1), one(1, 0.0, 0.0)]
    for worse, better in zip(order[1:], order[:-1], strict=True):
        assert better.better_than(worse)
        assert not worse.better_than(better)
    assert order[-1].better_than(None)
    assert not order[0].better_than(one(0, 0.0, 1.0))
