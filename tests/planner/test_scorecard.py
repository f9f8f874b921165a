"""The scorecard against plain loops over the same problem, on random problems."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.accounts import Accounts
from planner.alignment import GONE, NOBODY
from planner.budget import Budget
from planner.graph import Graph
from planner.objective import Centre, Objective
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import current_scorecard, scorecard
from planner.seats import Territories
from planner.units import Units


@st.composite
def cases(draw: st.DrawFn) -> tuple[AlignmentProblem, np.ndarray]:
    """A random problem with polygon-like units on a path, and an alignment that may leave units to nobody."""
    n, k, m = draw(st.integers(1, 8)), draw(st.integers(1, 3)), draw(st.integers(1, 2))

    def integers(low: int, high: int, *shape: int) -> np.ndarray:
        size = math.prod(shape)
        values = draw(st.lists(st.integers(low, high), min_size=size, max_size=size))
        return np.array(values).reshape(shape)

    activity = integers(0, 9, n, m) * 1.0
    share = np.full(k, 1 / k)
    home = integers(-5, 5, k, 2) * 1000.0
    problem = AlignmentProblem(
        units=Units([f"u{i}" for i in range(n)], integers(-9, 9, n, 2) * 1000.0, np.ones(n), np.full(n, 4.0)),
        territories=Territories.unnamed(k, m).replace(
            home_xy_m=home, fixed_activity=integers(0, 3, k, m) * 1.0
        ),
        measures=tuple(Measure.banded(f"m{j}", 20.0, share, 0.5, 0.25) for j in range(m)),
        activity=activity,
        objective=Objective(
            activity[:, 0], integers(0, 5, n) * 1e6, draw(st.sampled_from([Centre.CENTROID, Centre.HOME]))
        ),
        graph=Graph.from_edges(n, [(i, i + 1) for i in range(n - 1)], np.ones(n - 1)),
        contiguous=draw(st.booleans()),
        current=integers(GONE, k - 1, n),
        locked=integers(-1, k - 1, n),
        excluded=csr_array(integers(0, 1, n, k).astype(bool)),
        budgets=(Budget("sales", integers(0, 4, n) / 10, draw(st.sampled_from([0.0, 0.5, math.inf]))),),
    )
    return problem, integers(-1, k - 1, n).astype(np.int32)


@given(cases())
def test_every_measure_is_what_a_plain_loop_finds(case: tuple[AlignmentProblem, np.ndarray]) -> None:
    problem, territory = case
    card = scorecard(problem, territory)
    moved = [
        i
        for i in range(problem.n_units)
        if territory[i] >= 0 and problem.current[i] != NOBODY and territory[i] != problem.current[i]
    ]
    cost = 0.0
    for j in range(problem.n_territories):
        mine = [i for i in range(problem.n_units) if territory[i] == j]
        load = problem.territories.fixed_activity[j] + problem.activity[mine].sum(axis=0)
        np.testing.assert_allclose(card.loads[j], load)
        ideal = 20.0 / problem.n_territories
        np.testing.assert_allclose(card.deviation[j], (load - ideal) / ideal)
        breach = np.maximum(0, np.maximum(0.5 * ideal - load, load - 1.25 * ideal)) / ideal
        np.testing.assert_allclose(card.violation[j], breach, atol=1e-6)
        assert card.n_units[j] == len(mine)
        assert card.pieces[j] == sum(i - 1 not in mine for i in mine)
        weight, xy = problem.objective.weight[mine], problem.units.xy_m[mine]
        if mine:
            centre = np.average(xy, axis=0, weights=weight if weight.sum() else None)
            np.testing.assert_allclose(card.centre_m[j], centre, atol=1e-6)
            inertia = (weight * ((xy - centre) ** 2).sum(axis=1)).sum()
            np.testing.assert_allclose(card.inertia[j], inertia, atol=1e-3)
            away = np.hypot(*(xy - problem.territories.home_xy_m[j]).T)
            assert card.reach_m[j] == pytest.approx(away.max())
            outline = 4.0 * len(mine) - 2.0 * sum(i - 1 in mine for i in mine)
            assert card.polsby_popper[j] == pytest.approx(min(1, 4 * math.pi * len(mine) / outline**2))
            about = problem.territories.home_xy_m[j] if problem.objective.centre is Centre.HOME else centre
            cost += (weight * ((xy - about) ** 2).sum(axis=1)).sum()
    cost += problem.objective.move_cost[moved].sum()
    assert card.objective == pytest.approx(cost, abs=1e-3)
    assert card.moved_entities == len(moved)
    assert card.unassigned == (territory < 0).sum()
    assert card.lock_breaches == sum(
        problem.locked[i] not in (-1, territory[i]) for i in range(problem.n_units)
    )
    assert problem.excluded is not None
    banned = problem.excluded.toarray()
    assert card.exclusion_breaches == sum(
        banned[i, territory[i]] for i in range(problem.n_units) if territory[i] >= 0
    )
    assert card.budget_used[0] == pytest.approx(problem.budgets[0].weight[moved].sum())


@given(cases())
def test_feasible_means_that_every_hard_rule_holds(case: tuple[AlignmentProblem, np.ndarray]) -> None:
    problem, territory = case
    card = scorecard(problem, territory)
    lower, upper = problem.limits()
    loads = problem.loads(territory)
    split = problem.contiguous and card.pieces.max() > 1
    kept = (
        (loads >= lower - 1e-6).all()
        and (loads <= upper + 1e-6).all()
        and (territory >= 0).all()
        and card.lock_breaches == 0
        and card.exclusion_breaches == 0
        and not split
        and card.budget_used[0] <= problem.budgets[0].total + 1e-9
    )
    assert card.feasible == kept


@given(cases())
def test_keeping_the_current_alignment_moves_nothing(case: tuple[AlignmentProblem, np.ndarray]) -> None:
    problem, _ = case
    card = current_scorecard(problem)
    assert card.moved_entities == 0
    assert card.disruption_cost == 0
    assert not card.moved_share.any()


def accounts_case(**changes: Any) -> tuple[AlignmentProblem, Accounts]:
    """Two units; the accounts of the first have two owners today, one account has no place."""
    accounts = Accounts(
        account_id=["a", "b", "c", "nowhere"],
        unit=[0, 0, 1, -1],
        fixed=[-1, -1, -1, 1],
        current=[0, 1, 1, 1],
        activity=[[6.0], [2.0], [4.0], [1.0]],
    )
    problem = AlignmentProblem(
        units=Units.points(["u", "v"], [[0.0, 0.0], [1000.0, 0.0]]),
        territories=Territories.unnamed(2, 1).replace(fixed_activity=np.array([[0.0], [1.0]])),
        measures=(Measure.watched("sales", 13.0, np.array([0.5, 0.5])),),
        activity=[[8.0], [4.0]],
        objective=Objective([8.0, 4.0], [100.0, 10.0]),
        current=[0, 1],
        owned=csr_array(np.array([[0.75, 0.25], [0.0, 1.0]])),
        had_owner=[1.0, 1.0],
        **changes,
    )
    return problem, accounts


def test_today_is_summed_account_by_account() -> None:
    card = current_scorecard(*accounts_case())
    assert card.loads.tolist() == [[6.0], [7.0]]


def test_nothing_moves_today_even_where_the_accounts_of_a_unit_have_several_owners() -> None:
    problem, accounts = accounts_case(budgets=(Budget("accounts", [1.0, 1.0], 0.0, 0.0),))
    card = current_scorecard(problem, accounts)
    assert card.moved_entities == 0
    assert card.disruption_cost == 0
    assert card.budget_used.tolist() == [0]
    assert card.budget_lost.tolist() == [[0], [0]]
    assert card.budget_breaches == 0
    assert scorecard(problem, problem.current, accounts).disruption_cost == 25.0


def test_what_changes_hands_is_counted_account_by_account() -> None:
    problem, accounts = accounts_case()
    card = scorecard(problem, np.array([0, 1], np.int32), accounts)
    assert card.loads.tolist() == [[8.0], [5.0]]
    assert card.moved_entities == 1
    assert card.n_entities == 4
    assert card.moved_share.tolist() == pytest.approx([2 / 13])
    assert card.gained.tolist() == [[2.0], [0.0]]
    assert card.lost.tolist() == [[0.0], [2.0]]


def test_accounts_know_their_territory() -> None:
    _, accounts = accounts_case()
    assert accounts.territory(np.array([1, 0], np.int32)).tolist() == [1, 1, 0, 1]
    assert not accounts.unplaced.any()
    lost = Accounts(["x"], [-1], [-1], [NOBODY], [[1.0]])
    assert lost.unplaced.all()
    assert lost.territory(np.array([0], np.int32)).tolist() == [-1]
