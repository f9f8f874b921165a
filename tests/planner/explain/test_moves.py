"""What a move is said to do against a full evaluation of the plan after it, to the last digit."""

from __future__ import annotations

import numpy as np
import pytest

from planner.accounts import Accounts
from planner.alignment import NOBODY
from planner.errors import InvalidAlignment
from planner.explain import Moves
from planner.explain.best_centres import FEW
from planner.objective import Centre, Compactness
from planner.scorecard import scorecard
from tests.planner.explain.drawn import OBJECTIVES, differences, drawn_problem

MOVES = 16
"""Moves in each problem of the suite; ``tests.bench`` checks ten thousand."""


@pytest.mark.parametrize("with_accounts", [False, True])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_move_is_measured_as_a_full_evaluation_would(
    objective: tuple[Compactness, Centre, bool], with_accounts: bool
) -> None:
    random = np.random.default_rng([OBJECTIVES.index(objective), with_accounts])
    problem, territory, accounts = drawn_problem(random, objective, with_accounts=with_accounts)
    moves = Moves(problem, territory, accounts)
    assert differences(moves.before, scorecard(problem, territory, accounts)) == []
    for _ in range(MOVES):
        units = random.choice(problem.n_units, size=int(random.integers(1, 4)), replace=False)
        to = int(random.integers(problem.n_territories))
        after = territory.copy()
        after[units] = to
        assert differences(moves.of(units).to(to), scorecard(problem, after, accounts)) == []


def test_the_last_unit_of_a_territory_may_leave() -> None:
    random = np.random.default_rng(8)
    for objective in OBJECTIVES:
        problem, territory, _ = drawn_problem(random, objective, with_accounts=False)
        territory[territory == 3] = 1
        territory[7] = 3
        after = territory.copy()
        after[7] = 0
        told = Moves(problem, territory).of([7]).to(0)
        assert told.n_units[3] == 0
        assert differences(told, scorecard(problem, after)) == []


def test_an_account_held_apart_takes_what_it_holds_along() -> None:
    random = np.random.default_rng(9)
    problem, territory, accounts = drawn_problem(random, OBJECTIVES[0], with_accounts=True)
    assert accounts is not None
    moves = Moves(problem, territory, accounts)
    for account in np.flatnonzero(accounts.fixed >= 0)[:4]:
        to = int(random.integers(problem.n_territories))
        fixed = np.array(accounts.fixed)
        fixed[account] = to
        held = np.zeros(moves.before.loads.shape)
        np.add.at(held, fixed[fixed >= 0], accounts.activity[fixed >= 0])
        elsewhere = Accounts(accounts.account_id, accounts.unit, fixed, accounts.current, accounts.activity)
        changed = problem.replace(territories=problem.territories.replace(fixed_activity=held))
        assert differences(moves.of([], [account]).to(to), scorecard(changed, territory, elsewhere)) == []


def test_moves_start_from_a_complete_alignment() -> None:
    problem, territory, _ = drawn_problem(np.random.default_rng(1), OBJECTIVES[0], with_accounts=False)
    territory[0] = NOBODY
    with pytest.raises(InvalidAlignment, match="every unit"):
        Moves(problem, territory)


@pytest.mark.parametrize(
    "objective", [(Compactness.DISTANCE, Centre.UNIT, False), (Compactness.HOURS, Centre.UNIT, True)]
)
def test_the_best_centre_of_a_large_territory_is_found_without_a_full_search(
    objective: tuple[Compactness, Centre, bool],
) -> None:
    random = np.random.default_rng(12)
    problem, territory, _ = drawn_problem(random, objective, with_accounts=False, n=900)
    territory = np.minimum(territory, 1)
    assert np.bincount(territory).max() > FEW
    moves = Moves(problem, territory)
    for _ in range(MOVES):
        units = random.choice(problem.n_units, size=2, replace=False)
        to = int(random.integers(2))
        after = territory.copy()
        after[units] = to
        assert differences(moves.of(units).to(to), scorecard(problem, after)) == []
