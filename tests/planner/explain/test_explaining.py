"""Explanations: what holds an account, where else it could go, and what that would cost."""

from __future__ import annotations

import numpy as np
import pytest

from planner.explain import Explainer, reasons
from planner.objective import Centre, Compactness
from planner.rules import rules_of
from planner.scorecard import scorecard
from tests.planner.explain.drawn import OBJECTIVES, drawn_problem


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_homes_cost_what_two_full_evaluations_differ_by(objective: tuple[Compactness, Centre, bool]) -> None:
    random = np.random.default_rng(3)
    problem, territory, accounts = drawn_problem(random, objective, with_accounts=True)
    told = Explainer(problem, territory, accounts).unit(int(random.integers(problem.n_units)))
    before = scorecard(problem, territory, accounts)
    assert {home.territory for home in told.homes} == set(range(problem.n_territories)) - {told.territory}
    assert [home.severity for home in told.homes] == sorted(home.severity for home in told.homes)
    for home in told.homes:
        after = territory.copy()
        after[told.units] = home.territory
        full = scorecard(problem, after, accounts)
        assert home.objective_change == full.objective - before.objective
        assert home.compactness_change == full.compactness_cost - before.compactness_cost
        assert home.disruption_change == full.disruption_cost - before.disruption_cost
        assert told.card(home.territory).objective == full.objective


@pytest.mark.parametrize("seed", range(6))
def test_obstacles_are_the_rules_that_a_full_check_finds_broken(seed: int) -> None:
    random = np.random.default_rng([seed, 4])
    problem, territory, _ = drawn_problem(random, OBJECTIVES[seed], with_accounts=bool(seed % 2))
    explainer = Explainer(problem, territory)
    rules = rules_of(problem)

    def severities(of: np.ndarray) -> dict[tuple[str, tuple[int, ...]], float]:
        found: dict[tuple[str, tuple[int, ...]], float] = {}
        for rule in rules:
            for breach in rule.breaches(problem, of):
                # Rules with one breach for all territories are told apart by nothing else.
                where = breach.territories if rule.kind in ("band", "limit", "contiguity", "mix") else ()
                found[rule.name, where] = found.get((rule.name, where), 0.0) + breach.severity
        return found

    broken = severities(territory)
    for unit in random.integers(0, problem.n_units, 5):
        told = explainer.unit(int(unit))
        for home in told.homes:
            after = territory.copy()
            after[told.units] = home.territory
            worse = {
                name for (name, where), severity in severities(after).items()
                if severity > broken.get((name, where), 0.0)
            }  # fmt: skip
            assert {obstacle.rule.name for obstacle in home.obstacles} == worse
            assert all(obstacle.breach.rule == obstacle.rule.name for obstacle in home.obstacles)


def test_a_lock_closes_every_other_home_and_says_so() -> None:
    problem, territory, _ = drawn_problem(np.random.default_rng(5), OBJECTIVES[0], with_accounts=False)
    free = problem.replace(locked=None, excluded=None, together=None, measures=problem.measures)
    locked = np.full(problem.n_units, -1)
    locked[7] = territory[7]
    told = Explainer(free.replace(locked=locked), territory).unit(7)
    lock = next(pin for pin in told.pins if pin.kind == "lock")
    assert lock.everywhere
    assert "unit u7 locked to territory" in lock.text
    assert not any(pin.kind == "lock" for pin in Explainer(free, territory).unit(7).pins)


def test_a_group_goes_together_and_its_bond_is_told() -> None:
    problem, territory, _ = drawn_problem(np.random.default_rng(6), OBJECTIVES[0], with_accounts=False)
    group = np.flatnonzero(problem.together == 0)
    told = Explainer(problem, territory).unit(int(group[0]))
    assert told.units.tolist() == group.tolist()
    assert any(pin.kind == "together" and "they go together" in pin.text for pin in told.pins)


def test_an_account_goes_with_the_others_of_its_unit_and_an_unplaced_one_nowhere() -> None:
    problem, territory, accounts = drawn_problem(np.random.default_rng(7), OBJECTIVES[1], with_accounts=True)
    assert accounts is not None
    explainer = Explainer(problem, territory, accounts)
    by_place = int(np.flatnonzero((accounts.fixed < 0) & (accounts.unit >= 0))[0])
    told = explainer.account(by_place)
    here = (accounts.fixed < 0) & np.isin(accounts.unit, told.units)
    assert told.accounts == here.sum()
    assert told.territory == territory[accounts.unit[by_place]]
    held = explainer.account(int(np.flatnonzero(accounts.fixed >= 0)[0]))
    assert held.pins[0].everywhere
    assert held.pins[0].kind is None
    assert len(held.homes) == problem.n_territories - 1
    lost = explainer.account(int(np.flatnonzero(accounts.unplaced)[0]))
    assert lost.homes == ()
    assert lost.territory == -1
    with pytest.raises(IndexError):
        explainer.account(len(accounts))
    with pytest.raises(IndexError):
        explainer.unit(-1)


def test_distance_and_hours_are_those_of_the_home() -> None:
    problem, territory, _ = drawn_problem(np.random.default_rng(8), OBJECTIVES[6], with_accounts=False)
    told = Explainer(problem, territory).unit(3)
    assert problem.objective.between is not None
    for home in told.homes:
        away = problem.units.xy_m[3] - problem.territories.home_xy_m[home.territory]
        assert home.distance_m == np.hypot(*away)
        assert home.hours == problem.objective.between[3, home.territory]
    assert told.hours == problem.objective.between[3, told.territory]


def test_reasons_tell_locks_regions_and_kilometres() -> None:
    problem, territory, _ = drawn_problem(np.random.default_rng(2), OBJECTIVES[1], with_accounts=False)
    every = np.arange(problem.n_units)
    card = scorecard(problem, territory)
    told = reasons(problem, card.centre_m, every, problem.current, territory)
    assert all("locked" in told[i] for i in np.flatnonzero(problem.locked >= 0))
    assert any("km nearer to the home" in text for text in told)
    assert any("not of its region" in text for text in told)
