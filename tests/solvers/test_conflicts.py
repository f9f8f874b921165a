"""Proofs by counting: found where they exist, never where an alignment keeps the rules, and undone by loosening."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.budget import Budget
from planner.problem import Measure
from planner.scorecard import scorecard
from planner.seats import Territories
from solvers.conflicts import best_possible, find_conflicts, least_moved
from tests.contract.problems import IMPOSSIBLE, POSSIBLE, budgeted, grid
from tests.solvers.drawn import drawn_problem

HOPELESS = {"a unit excluded from everywhere", "fewer units than territories"}


@pytest.mark.parametrize("case", POSSIBLE)
def test_what_is_possible_is_not_called_impossible(case: str) -> None:
    assert find_conflicts(POSSIBLE[case]()) == ()


@settings(max_examples=100)
@given(seed=st.integers(0, 100_000))
def test_no_proof_where_an_alignment_keeps_every_rule(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = drawn_problem(seed)
    assert problem.excluded is not None
    allowed = ~problem.excluded.toarray() * random.random((problem.n_units, problem.n_territories))
    label = np.where(problem.locked >= 0, problem.locked, allowed.argmax(axis=1)).astype(np.int32)
    loads = problem.loads(label)[:, 0]
    room = random.choice([0.0, 0.1])
    tight = Measure("sales", problem.measures[0].ideal, loads * (1 - room), loads * (1 + room))
    used = float(scorecard(problem, label).budget_used[0])
    budget = problem.budgets[0].replace(total=used)
    problem = problem.replace(measures=(tight,), contiguous=False, budgets=(budget,))
    assert scorecard(problem, label).feasible
    assert find_conflicts(problem) == ()
    assert least_moved(problem, budget) <= used + 1e-9


BY_TRYING = {
    "three competitors, two territories",
    "a mix that no territory can keep",
    "a seat that must give and may not",
}
"""Contradictions that are no matter of loosening limits: what proves them is in `solvers.consistency`."""


@pytest.mark.parametrize(
    "case",
    sorted(set(IMPOSSIBLE) - HOPELESS - BY_TRYING - {"more big units than territories, in two measures"}),
)
def test_loosening_undoes_every_proof_and_nothing_else(case: str) -> None:
    problem = IMPOSSIBLE[case][0]()
    conflicts = find_conflicts(problem)
    assert conflicts
    loosened = best_possible(problem, conflicts)
    assert find_conflicts(loosened) == ()
    assert np.array_equal(loosened.activity, problem.activity)
    held = problem.locked >= 0
    assert np.array_equal(loosened.locked[held], problem.locked[held])
    lower, upper = loosened.limits()
    assert (lower <= upper).all()


def test_more_big_units_than_territories_are_all_named() -> None:
    problem = IMPOSSIBLE["more big units than territories, in two measures"][0]()
    conflicts = find_conflicts(problem)
    assert [conflict.units for conflict in conflicts if conflict.kind == "oversize"] == [(0, 1), (2, 3)]
    # Two get a territory of their own to be the core of; the third territory takes the rest.
    assert (best_possible(problem, conflicts).locked >= 0).sum() == 2


def messages(case: str) -> dict[str, str]:
    """Return the message of each kind of conflict."""
    return {conflict.kind: conflict.message for conflict in find_conflicts(IMPOSSIBLE[case][0]())}


def test_messages_name_ids_and_numbers() -> None:
    assert messages("a unit excluded from everywhere")["nowhere_allowed"].endswith("unit u7")
    assert (
        "unit u5 is locked to territory T002"
        in messages("a unit locked where it is excluded")["locked_where_excluded"]
    )
    assert messages("fewer units than territories")["too_few_units"].startswith("3 territories are asked for")
    oversize = messages("a unit bigger than any territory may be")["oversize"]
    assert "u0 (60.00)" in oversize
    assert "%" in oversize
    budget = messages("owners gone beyond the budget")["budget"]
    assert "at least 5.00" in budget
    assert "budget is 3.00" in budget
    overload = messages("locks that overload a territory")["locked"]
    problem = IMPOSSIBLE["locks that overload a territory"][0]()
    held = problem.activity[problem.locked == 0].sum()
    assert f"T001 is bound to hold {held:,.2f} of sales" in overload
    assert f"{problem.measures[0].upper[0]:,.2f}" in overload


def test_totals_above_and_below_all_limits() -> None:
    problem = grid(6, 4, 3)
    total = float(problem.activity.sum())
    for factor, words in ((0.5, "at most"), (2.0, "at least")):
        measure = Measure.banded("sales", factor * total, np.full(3, 1 / 3), 0.1, 0.1)
        (conflict, *_) = find_conflicts(problem.replace(measures=(measure,)))
        assert conflict.kind == "total"
        assert words in conflict.message
        assert f"{total:,.2f}" in conflict.message


def test_fixed_activity_alone_can_be_too_much() -> None:
    problem = grid(6, 4, 3, band=0.1)
    fixed = Territories.unnamed(3, 1).replace(
        home_xy_m=problem.territories.home_xy_m, fixed_activity=np.array([[0.0], [50.0], [0.0]])
    )
    total = float(problem.activity.sum()) + 50
    measure = Measure.banded("sales", total, np.full(3, 1 / 3), 0.1, 0.1)
    conflicts = find_conflicts(problem.replace(territories=fixed, measures=(measure,)))
    assert [conflict.kind for conflict in conflicts] == ["fixed"]
    assert "T002" in conflicts[0].message


def test_a_long_list_of_units_is_cut() -> None:
    problem = grid(6, 4, 3)
    measure = Measure("sales", np.full(3, 8.0), np.zeros(3), np.full(3, 1e-3))
    oversize = next(c for c in find_conflicts(problem.replace(measures=(measure,))) if c.kind == "oversize")
    assert oversize.message.startswith("24 unit(s)")
    assert "and 14 more" in oversize.message


def test_what_has_to_move_is_counted_with_its_weight() -> None:
    problem = budgeted(48.0)
    assert least_moved(problem, problem.budgets[0]) == 0.0
    locked = np.full(48, -1)
    locked[0] = 3
    excluded = np.zeros((48, 4), bool)
    excluded[1, 0] = True
    weight = np.ones(48)
    weight[0], weight[1] = 2.0, 0.5
    ruled = problem.replace(locked=locked, excluded=csr_array(excluded))
    assert least_moved(ruled, Budget("units", weight)) == pytest.approx(2.5)
