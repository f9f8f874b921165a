"""Small problems proved infeasible, reach of locks and exclusions, steps and packing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from planner.problem import AlignmentProblem, Measure
from planner.stop import Cancelled, MaxIterations
from solvers.conflicts import best_possible, find_conflicts, prove_infeasible
from solvers.conflicts.packing import common_step, least_territories
from tests.contract.problems import POSSIBLE, TINY, budgeted, grid
from tests.solvers.divided import built, drawn_division, narrowest_band

NO_LIMIT = MaxIterations(1_000_000)


@pytest.mark.parametrize("seed", range(24))
def test_the_proof_agrees_with_trying_every_division(seed: int) -> None:
    problem = drawn_division(seed)
    best = narrowest_band(problem)
    conflict = prove_infeasible(problem, stop=NO_LIMIT)
    if best == 0:
        assert conflict is None
    elif np.isfinite(best):
        assert conflict is not None
        assert conflict.kind == "exhausted"
        assert conflict.deviation == pytest.approx(best, abs=1e-5)
        assert "there is a plan that keeps it" in conflict.message
        loosened = best_possible(problem, (conflict,))
        assert narrowest_band(loosened) == 0
    else:
        assert conflict is None or "wide as you like" in conflict.message


@pytest.mark.parametrize("case", TINY)
def test_small_problems_with_a_plan_are_not_called_infeasible(case: str) -> None:
    assert prove_infeasible(TINY[case](), stop=NO_LIMIT) is None


def test_two_measures_and_a_budget_are_proved_together() -> None:
    problem = budgeted(0.0)
    measure = Measure.banded("sales", float(problem.activity.sum()), np.full(4, 0.25), 0.01, 0.01)
    conflict = prove_infeasible(problem.replace(measures=(measure,)), stop=NO_LIMIT)
    assert conflict is not None
    assert "the disruption budget" in conflict.message
    # No unit may move: the band is that of the plan in force.
    worst = float(np.abs(problem.loads(problem.current)[:, 0] / measure.ideal - 1).max())
    assert conflict.deviation == pytest.approx(worst, abs=1e-5)


def test_a_problem_too_large_or_a_cancelled_search_proves_nothing() -> None:
    problem = grid(5, 1, 2, band=0.9, locked=[0, 1, 1, 1, 0])
    assert prove_infeasible(problem, stop=NO_LIMIT) is not None
    assert prove_infeasible(problem, stop=NO_LIMIT, most_pairs=9) is None
    assert prove_infeasible(problem, stop=Cancelled(lambda: True)) is None


def test_the_same_effort_gives_the_same_proof() -> None:
    problem = drawn_division(3)
    first, second = (prove_infeasible(problem, stop=NO_LIMIT, seed=5) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.message == second.message


def test_locked_units_that_cannot_meet_are_named() -> None:
    problem = grid(5, 1, 2, band=0.9, locked=[0, 1, 1, 1, 0])
    (conflict,) = find_conflicts(problem)
    assert conflict.kind == "locked_apart"
    assert conflict.units == (0, 4)
    assert "u0, u4" in conflict.message
    assert "T001" in conflict.message
    around = grid(5, 2, 2, band=0.9, locked=[0, 1, 1, 1, 0, -1, -1, -1, -1, -1])
    assert find_conflicts(around) == ()
    excluded = np.zeros((10, 2), bool)
    excluded[7, 0] = True
    assert [one.kind for one in find_conflicts(around.replace(excluded=csr_array(excluded)))] == [
        "locked_apart"
    ]


def walled(contiguous: bool) -> AlignmentProblem:
    """Return a row of six units of 1, of which a third territory may hold the first and the last only."""
    excluded = np.zeros((6, 3), bool)
    excluded[1:5, 2] = True
    edges = [(i, i + 1) for i in range(5)]
    return built(np.ones(6), edges, 3, 0.1, excluded=csr_array(excluded), contiguous=contiguous)


def test_a_lower_limit_out_of_reach_is_told_and_lowered() -> None:
    assert find_conflicts(walled(contiguous=False)) == ()
    problem = walled(contiguous=True)
    conflict = next(one for one in find_conflicts(problem) if one.kind == "out_of_reach")
    for words in ("T003", "at most 1.00", "at least 1.80"):
        assert words in conflict.message
    loosened = best_possible(problem, (conflict,))
    assert loosened.measures[0].lower[2] == pytest.approx(1.0, abs=1e-5)
    assert loosened.measures[0].upper[:2].sum() >= 5.0
    assert not any(one.kind == "out_of_reach" for one in find_conflicts(loosened))


def test_a_band_between_two_multiples_is_told_with_the_narrowest_that_holds() -> None:
    # 100 accounts among 7: 14 or 15 each, 14.29 on average.
    problem = built(np.ones(100), [(i, i + 1) for i in range(99)], 7, 0.01)
    conflict = next(one for one in find_conflicts(problem) if one.kind == "granularity")
    assert conflict.deviation == pytest.approx(15 / (100 / 7) - 1, abs=1e-6)
    assert "steps of 1" in conflict.message
    assert "±5.00 %" in conflict.message
    assert find_conflicts(best_possible(problem, find_conflicts(problem))) == ()
    assert find_conflicts(built(np.ones(100), [(i, i + 1) for i in range(99)], 5, 0.001)) == ()


@pytest.mark.parametrize(
    ("value", "step"), [([2.0, 4.0, 6.0], 2.0), ([0.25, 0.5], 0.25), ([1.0, np.pi], 0.0), ([0.0, 3.0], 3.0)]
)
def test_the_common_step(value: list[float], step: float) -> None:
    assert common_step(np.array(value)) == pytest.approx(step)


def test_units_that_cannot_share_a_territory_are_counted() -> None:
    assert least_territories(np.array([6.0, 6.0, 6.0, 1.0]), 10.0) == (3, 6.0)
    assert least_territories(np.array([7.0, 6.0, 4.0, 4.0, 4.0]), 10.0)[0] == 3
    # Two of 6 leave 4 each; three of 5 fill one territory and a half.
    assert least_territories(np.array([6.0, 6.0, 5.0, 5.0, 5.0]), 10.0)[0] == 4
    assert least_territories(np.full(10, 1.0), np.inf) == (0, 0.0)
    value = np.r_[np.full(4, 5.5), np.full(8, 1.0)]
    problem = built(value, [(i, i + 1) for i in range(11)], 3, 0.05, contiguous=False)
    conflict = next(one for one in find_conflicts(problem) if one.kind == "packing")
    assert set(conflict.units) == {0, 1, 2, 3}
    assert "at least 4 territories" in conflict.message
    # Two of them in one territory hold 11 of an ideal of 10.
    assert conflict.deviation == pytest.approx(0.1, abs=1e-6)
    assert find_conflicts(best_possible(problem, find_conflicts(problem))) == ()


@pytest.mark.parametrize(
    "case", ["locks, exclusions and a price on moves", "disruption budget", "two islands"]
)
def test_no_proof_for_what_is_possible(case: str) -> None:
    assert prove_infeasible(POSSIBLE[case](), stop=NO_LIMIT, deterministic_time=0.3) is None
