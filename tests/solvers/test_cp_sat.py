"""CP-SAT on a part and on the whole of small problems: rules, optima found by trying everything, reproducibility."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.budget import Budget
from planner.objective import Centre, Objective
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from planner.solving import Status
from planner.stop import Cancelled
from solvers.cp_sat.assignment import Reassignment, reassign
from solvers.cp_sat.full import Proof, prove
from solvers.local_search.annealing import found
from solvers.local_search.search_state import SearchState
from solvers.model import SearchModel, build_model
from tests.contract.problems import grid, least_cost, mix_of, strips


def reassign_all(problem: AlignmentProblem, start: Any, **changes: Any) -> Reassignment:
    """Reassign every unit."""
    given_ = {"deterministic_time": 2.0, "seconds": np.inf, "seed": 1} | changes
    units, territories = np.arange(problem.n_units), np.arange(problem.n_territories)
    return reassign(build_model(problem), start, units, territories, **given_)


def prove_all(problem: AlignmentProblem, start: Any, **changes: Any) -> Proof:
    """Prove with prices that are no good, which must not matter for correctness."""
    model = build_model(problem)
    price = np.random.default_rng(4).normal(0, 0.05, model.lower.shape)
    given_ = {"deterministic_time": 20.0, "seconds": np.inf, "seed": 1} | changes
    return prove(model, start, model.home, price, **given_)


def scaled_cost(problem: AlignmentProblem, label: Any) -> float:
    """Return the objective on the scale of the model."""
    return scorecard(problem, label).objective / build_model(problem).cost_unit


def least_scaled_cost(problem: AlignmentProblem) -> float:
    """Return the least cost on the scale of the model, found by trying everything."""
    return least_cost(problem) / build_model(problem).cost_unit


@pytest.mark.parametrize("contiguous", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_proved_alignment_is_the_best_of_all(contiguous: bool, seed: int) -> None:
    problem = grid(3, 3, 2, seed=seed, band=0.15, contiguous=contiguous, move_cost=2e5)
    proof = prove_all(problem, problem.current, keeps_rules=scorecard(problem, problem.current).feasible)
    best = least_scaled_cost(problem)
    assert proof.proved
    assert proof.label is not None
    assert scorecard(problem, proof.label).feasible
    assert scaled_cost(problem, proof.label) == pytest.approx(best, rel=1e-9)
    assert proof.bound <= best * (1 + 1e-12)
    assert proof.bound == pytest.approx(best, rel=1e-8)


SIDE_RULES: dict[str, Callable[[AlignmentProblem, np.random.Generator], dict[str, Any]]] = {
    "apart": lambda _, random: {"apart": random.permutation(8).reshape(4, 2)},
    "mix": lambda problem, random: {"mixes": (mix_of(problem, 0.35, 0.65, seed=int(random.integers(99))),)},
    "budgets": lambda _, random: {
        "budgets": (Budget("units", np.ones(9), 4.0), Budget("sales", random.uniform(0, 1, 9), 1.5))
    },
    "budget per seat": lambda _, random: {
        "budgets": (Budget("units", np.ones(9), per_territory=random.integers(0, 3, 2)),)
    },
    "all": lambda problem, random: {
        "apart": random.permutation(8).reshape(4, 2)[:2],
        "mixes": (mix_of(problem, 0.2, 0.8, seed=int(random.integers(99))),),
        "budgets": (Budget("sales", random.uniform(0, 1, 9), 2.5, random.uniform(0.5, 2, 2)),),
    },
}
"""Rules besides bands of a grid of nine units and two territories."""


@pytest.mark.parametrize("rule", SIDE_RULES)
@pytest.mark.parametrize("seed", range(2))
def test_each_rule_is_kept_as_trying_everything_keeps_it(rule: str, seed: int) -> None:
    plain = grid(3, 3, 2, seed=seed, band=0.5, contiguous=seed % 2 == 0, move_cost=1e5)
    problem = plain.replace(**SIDE_RULES[rule](plain, np.random.default_rng(seed)))
    best = least_scaled_cost(problem)
    proof = prove_all(problem, problem.current, keeps_rules=scorecard(problem, problem.current).feasible)
    if np.isinf(best):
        assert (proof.status, proof.label, proof.bound) == (Status.INFEASIBLE, None, np.inf)
        return
    assert proof.proved
    assert proof.label is not None
    assert scorecard(problem, proof.label).feasible
    assert scaled_cost(problem, proof.label) == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize("rule", ["apart", "mix", "budget per seat"])
def test_the_least_breach_of_a_rule_is_found_where_it_cannot_hold(rule: str) -> None:
    plain = grid(3, 3, 2, seed=1, band=0.9, contiguous=False)
    lock = np.array([1, *[-1] * 8])
    impossible: dict[str, dict[str, Any]] = {
        "apart": {"apart": [(0, 1), (1, 2), (0, 2), (3, 4)]},
        "mix": {"mixes": (mix_of(plain, 0.9, 1.0),)},
        "budget per seat": {
            "locked": lock,
            "budgets": (Budget("units", np.ones(9), per_territory=np.zeros(2)),),
        },
    }
    problem = plain.replace(**impossible[rule])
    model = build_model(problem)
    assert reassign_all(problem, problem.current).status is Status.INFEASIBLE
    result = reassign_all(problem, problem.current, minimise_breach=True)
    assert result.label is not None
    assert result.proved
    least = min(
        found(SearchState(model, np.array(choice, np.int32), 0)).breach
        for choice in itertools.product(range(2), repeat=9)
        if 0 < sum(choice) < 9 and problem.locked[0] in (-1, choice[0])
    )
    assert found(SearchState(model, result.label, 0)).breach == pytest.approx(least, abs=1e-6)
    assert result.breach == pytest.approx(least, abs=1e-6)


def test_an_optimal_start_is_confirmed_and_pairs_are_ruled_out() -> None:
    problem = grid(8, 6, 3, seed=2, band=0.1)
    first = prove_all(problem, problem.current, keeps_rules=False)
    assert first.proved
    assert first.label is not None
    again = prove_all(problem, first.label)
    assert again.proved
    assert again.pairs_left < first.pairs_left
    assert again.label is not None
    assert np.array_equal(again.label, first.label)


def test_a_proof_that_no_alignment_keeps_the_bands() -> None:
    problem = grid(3, 3, 2, band=1e-7)
    assert least_cost(problem) == np.inf
    proof = prove_all(problem, problem.current, keeps_rules=False)
    assert (proof.status, proof.label, proof.bound) == (Status.INFEASIBLE, None, np.inf)


def test_a_proof_with_free_centres_is_refused() -> None:
    problem = grid(3, 3, 2, centre=Centre.CENTROID)
    with pytest.raises(ValueError, match="homes"):
        prove_all(problem, problem.current)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    k=st.integers(2, 5),
    size=st.integers(4, 8),
    contiguous=st.booleans(),
    centre=st.sampled_from(list(Centre)),
    frozen=st.floats(0.0, 0.7),
)
def test_every_rule_holds_and_nothing_gets_worse(
    seed: int, k: int, size: int, contiguous: bool, centre: Centre, frozen: float
) -> None:
    random = np.random.default_rng(seed)
    start = strips(size, size, k)
    locked = np.where(random.random(size * size) < 0.1, start, -1)
    excluded = random.random((size * size, k)) < 0.1
    excluded[np.arange(size * size), start] = False
    problem = grid(
        size, size, k, seed=seed, band=0.6, centre=centre, contiguous=contiguous, locked=locked,
        excluded=csr_array(excluded), move_cost=1e4,
        budgets=(Budget("units", np.ones(size * size), float(random.integers(0, 12))),),
    )  # fmt: skip
    territories = np.sort(random.choice(k, min(k, 3), replace=False))
    units = np.flatnonzero(np.isin(start, territories) & (random.random(size * size) >= frozen))
    model = build_model(problem)
    result = reassign(model, start, units, territories, deterministic_time=0.3, seconds=np.inf, seed=seed)
    before = scorecard(problem, start)
    if not before.feasible:
        assert result.label is None or not scorecard(problem, result.label).surplus_pieces.any()
        return
    if len(units) == 0:
        assert result.label is None
        return
    assert result.label is not None
    card = scorecard(problem, result.label)
    fixed = np.setdiff1d(np.arange(size * size), units)
    assert card.feasible
    assert (card.n_units > 0).all()
    assert np.array_equal(result.label[fixed], start[fixed])
    assert np.isin(result.label[units], territories).all()
    assert card.objective <= before.objective * (1 + 1e-12)
    if len(territories) == k:
        assert scaled_cost(problem, result.label) <= result.objective + 1e-9
    assert result.bound <= result.objective


def test_the_budget_binds() -> None:
    free = grid(6, 6, 3, seed=5, band=0.5, budgets=(Budget("units", np.ones(36), 36.0),))
    tight = free.replace(budgets=(free.budgets[0].replace(total=4.0),))
    moved = []
    for problem in (free, tight):
        result = reassign_all(problem, problem.current)
        assert result.label is not None
        moved.append(int((result.label != problem.current).sum()))
    assert moved[0] > 4 >= moved[1] > 0


@pytest.mark.parametrize("contiguous", [False, True])
def test_the_least_breach_is_found_where_bands_cannot_hold(contiguous: bool) -> None:
    problem = grid(3, 3, 2, seed=3, band=1e-7, contiguous=contiguous)
    assert reassign_all(problem, problem.current).status is Status.INFEASIBLE
    result = reassign_all(problem, problem.current, minimise_breach=True)
    assert result.label is not None
    assert result.proved
    assert not scorecard(problem, result.label).surplus_pieces.any()
    least = min(
        float(card.violation.max())
        for choice in itertools.product(range(2), repeat=9)
        if (card := scorecard(problem, np.array(choice, np.int32))).surplus_pieces.sum() == 0
    )
    assert scorecard(problem, result.label).violation.max() == pytest.approx(least, abs=1e-6)


def test_broken_bands_are_mended_where_they_can_hold() -> None:
    problem = grid(8, 8, 3, seed=1, band=0.03)
    start = np.where(np.arange(64) % 8 < 6, 0, np.arange(64) % 8 - 5).astype(np.int32)
    assert not scorecard(problem, start).feasible
    result = reassign_all(problem, start, minimise_breach=True)
    assert result.label is not None
    assert scorecard(problem, result.label).feasible
    assert result.breach == 0


def test_the_same_inputs_give_the_same_alignment() -> None:
    problem = grid(8, 8, 4, seed=6, band=0.02, centre=Centre.CENTROID)
    first, second = (
        reassign_all(problem, problem.current, minimise_breach=True, deterministic_time=0.2) for _ in range(2)
    )
    assert first.label is not None
    assert second.label is not None
    assert np.array_equal(first.label, second.label)
    assert (first.objective, first.bound) == (second.objective, second.bound)


def two_corners_apart() -> tuple[AlignmentProblem, Any]:
    """Return a 5 × 5 grid where a territory of the lower rows owns both upper corners, at a high price to lose."""
    problem = grid(5, 5, 2, seed=0, band=0.5)
    homes = problem.units.xy_m[[2, 22]]
    activity = np.ones((25, 1))
    measure = Measure.banded("sales", 25.0, np.full(2, 0.5), 0.5, 0.5)
    weight = np.ones(25)
    label = np.where(np.arange(25) < 15, 0, 1).astype(np.int32)
    current = label.copy()
    current[[0, 4]] = 1
    problem = problem.replace(
        territories=problem.territories.replace(home_xy_m=homes),
        activity=activity,
        measures=(measure,),
        objective=Objective(weight, np.where(np.isin(np.arange(25), [0, 4]), 1e9, 0.0), Centre.HOME),
        current=current,
        owned=None,
        had_owner=None,
    )
    return problem, label


def test_cuts_keep_together_what_the_cost_alone_pulls_apart() -> None:
    problem, start = two_corners_apart()
    loose = reassign_all(problem.replace(contiguous=False), start)
    assert loose.label is not None
    assert scorecard(problem, loose.label).surplus_pieces.any()
    result = reassign_all(problem, start)
    assert result.label is not None
    assert result.proved
    card = scorecard(problem, result.label)
    assert card.feasible
    assert result.objective > loose.objective
    # The corners stay with their owner, now by a corridor along the sides.
    assert (result.label[[0, 4]] == 1).all()


def test_a_piece_held_by_a_lock_is_reached_or_told_impossible() -> None:
    problem = grid(5, 3, 2, seed=2, band=0.9)
    locked = np.full(15, -1)
    locked[[0, 4]] = 0
    start = strips(5, 3, 2)
    joined = reassign_all(problem.replace(locked=locked), start)
    assert joined.label is not None
    assert scorecard(problem.replace(locked=locked), joined.label).feasible
    locked[[2, 7, 12]] = 1
    assert reassign_all(problem.replace(locked=locked), start).status is Status.INFEASIBLE


def test_a_cancelled_search_gives_what_it_has_and_claims_no_proof() -> None:
    problem = grid(20, 20, 6, seed=3, band=0.3)
    asked = itertools.count()
    stop = Cancelled(lambda: next(asked) > 2)
    assert scorecard(problem, problem.current).feasible
    result = reassign_all(problem, problem.current, stop=stop, deterministic_time=1e6)
    assert result.label is not None
    assert scorecard(problem, result.label).feasible
    at_once = reassign_all(problem, problem.current, stop=Cancelled(lambda: True), deterministic_time=1e6)
    assert at_once.label is not None
    assert np.array_equal(at_once.label, problem.current)
    assert not at_once.proved


def test_pairs_limit_the_choice() -> None:
    problem = grid(6, 4, 2, seed=1, band=0.5)
    model: SearchModel = build_model(problem)
    pairs = np.zeros((24, 2), bool)
    pairs[np.arange(24), problem.current] = True
    pairs[:8] = True
    result = reassign(
        model, problem.current, np.arange(24), np.arange(2),
        deterministic_time=1.0, seconds=np.inf, seed=0, pairs=pairs,
    )  # fmt: skip
    assert result.label is not None
    assert np.array_equal(result.label[8:], problem.current[8:])


def test_a_unit_of_another_territory_cannot_be_free() -> None:
    problem = grid(6, 4, 3)
    with pytest.raises(ValueError, match="belong"):
        reassign(
            build_model(problem), problem.current, np.arange(24), np.arange(2),
            deterministic_time=1.0, seconds=np.inf, seed=0,
        )  # fmt: skip
