"""What rules cost, against what is saved by solving without them."""

from __future__ import annotations

import numpy as np
import pytest

from planner.alignment import Alignment
from planner.budget import Budget
from planner.objective import Centre
from planner.problem import AlignmentProblem
from planner.rules import RuleKind, lifted, rules_of
from planner.scorecard import scorecard
from planner.stop import Cancelled, MaxIterations
from solvers import solve
from solvers.prices import Method, PriceEffort, Prices, price_rules
from tests.contract.problems import grid, least_cost

EFFORT = PriceEffort(iterations=3, rounds=1)
FREE = Cancelled(lambda: False)


@pytest.fixture(scope="module")
def problem() -> AlignmentProblem:
    """A grid of six with a lock that costs, and a budget."""
    base = grid(3, 2, 2, seed=3, band=0.4, contiguous=False)
    locked = np.full(6, -1)
    near = ((base.units.xy_m[:, None] - base.territories.home_xy_m) ** 2).sum(axis=2)
    far = int((near.max(axis=1) - near.min(axis=1)).argmax())
    locked[far] = int(near[far].argmax())
    return base.replace(
        locked=locked, budgets=(Budget("units", np.ones(6), 5.0),), current=near.argmin(axis=1), owned=None
    )


@pytest.fixture(scope="module")
def prices(problem: AlignmentProblem) -> Prices:
    """Prices of its best plan."""
    plan = solve(problem, stop=MaxIterations(6)).alignment
    assert plan is not None
    return price_rules(problem, plan, effort=EFFORT, stop=FREE)


def test_a_price_is_what_the_best_plan_without_the_rule_saves(
    problem: AlignmentProblem, prices: Prices
) -> None:
    best = least_cost(problem)
    assert best is not None
    by_name = {price.name: price for price in prices.prices}
    for rule in rules_of(problem):
        without = least_cost(lifted(problem, [rule]))
        assert without is not None
        price = by_name[rule.name]
        assert price.method is Method.RESOLVE
        assert price.objective == pytest.approx(best - without, abs=1e-6 * best)
    assert any((price.objective or 0) > 0 for price in prices.prices if price.kind is RuleKind.LOCK)


def test_every_price_is_shown_by_a_plan_that_keeps_all_other_rules(
    problem: AlignmentProblem, prices: Prices
) -> None:
    rules = {rule.name: rule for rule in rules_of(problem)}
    for price in prices.prices:
        assert price.objective is not None
        assert price.objective >= 0
        assert price.alignment is not None
        if price.name in rules:
            free = lifted(problem, [rules[price.name]])
            assert scorecard(free, price.alignment.territory).feasible
    told = [price.objective for price in prices.prices]
    assert told == sorted(told, reverse=True)


def test_all_of_a_kind_cost_at_least_as_much_as_any_of_them() -> None:
    locked = np.full(36, -1)
    locked[[0, 5, 20]] = [1, 0, 2]
    problem = grid(6, 6, 3, seed=4, band=0.5, contiguous=False, centre=Centre.CENTROID, locked=locked)
    plan = solve(problem, stop=MaxIterations(3)).alignment
    assert plan is not None
    found = price_rules(problem, plan, effort=EFFORT, stop=FREE, seed=2)
    every = next(price for price in found.prices if price.name == "all rules of kind lock")
    single = [p for p in found.prices if p.kind is RuleKind.LOCK and p is not every]
    assert (every.objective or 0.0) >= max(price.objective or 0.0 for price in single)
    assert every.rules == 3
    again = price_rules(problem, plan, effort=EFFORT, stop=FREE, seed=2)
    assert [p.objective for p in again.prices] == [p.objective for p in found.prices]


def test_a_plan_that_breaks_rules_is_told_how_much_of_that_would_end() -> None:
    problem = grid(4, 4, 2, seed=1, band=0.3, contiguous=False, locked=np.zeros(16, np.int32))
    plan = Alignment(np.zeros(16, np.int32))
    found = price_rules(problem, plan, effort=EFFORT, stop=FREE)
    assert not found.feasible
    dearest = found.prices[0]
    assert dearest.breach > 0
    assert dearest.objective is None or dearest.objective >= 0


def test_rules_that_were_not_reached_are_told(problem: AlignmentProblem) -> None:
    plan = Alignment(np.where(problem.locked >= 0, problem.locked, problem.current).astype(np.int32))
    found = price_rules(problem, plan, effort=EFFORT, stop=Cancelled(lambda: True))
    assert {price.method for price in found.prices} == {Method.NONE}
    assert all("no time" in price.sentence for price in found.prices)
