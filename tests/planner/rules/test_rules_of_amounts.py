"""Disruption budgets and mixes: satisfied, violated by an exact amount, lifted, eased."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from planner.budget import Budget
from planner.mix import Mix
from planner.rules import RuleKind, breaches_of, rules_of
from planner.rules.disruption import BudgetRule, SeatBudgetRule, disruption_rules
from planner.rules.mix import mix_rules
from tests.planner.rules.rows import PAIRS, labels, row

TODAY = labels(*PAIRS)
SHIFTED = labels(0, 1, 1, 1, 2, 2)
"""Unit b of 2 leaves N for M."""
SALES = np.arange(1.0, 7.0)


def test_a_budget_for_all() -> None:
    problem = row(budgets=(Budget("revenue", SALES, 1.5),))
    (rule,) = disruption_rules(problem)
    assert isinstance(rule, BudgetRule)
    assert (rule.kind, rule.name) == (RuleKind.DISRUPTION, "disruption budget of revenue")
    assert rule.text(problem) == "at most 1.50 of revenue may change hands (7.143 % of 21)"
    assert breaches_of(problem, TODAY) == ()
    (breach,) = breaches_of(problem, SHIFTED)
    assert (breach.units, breach.amount, breach.severity) == ((1,), 0.5, pytest.approx(1 / 3))
    assert breach.text == "2 of revenue change hands; the budget is 1.50"
    assert rule.needed(problem, SHIFTED) == 2.0
    assert rule.needed(problem, TODAY) == rule.size(problem) == 1.5
    assert breaches_of(rule.eased(problem, 2.0), SHIFTED) == ()
    assert rule.eased(problem, 1.0).budgets[0].total == 1.5
    assert rule.eased_text(problem, 2.0) == "raise the disruption budget from 1.50 to 2 of revenue"
    assert rules_of(rule.lifted(problem)) == ()
    assert rule.parts(problem) == ()


def test_a_budget_per_seat() -> None:
    limit = np.array([1.0, np.inf, 3.0])
    problem = row(budgets=(Budget("revenue", SALES, per_territory=limit),))
    north, south = disruption_rules(problem)
    assert isinstance(north, SeatBudgetRule)
    assert (north.name, south.name) == ("what N may lose of revenue", "what S may lose of revenue")
    assert north.text(problem) == "territory N may lose at most 1 of revenue (33.33 % of 3)"
    assert breaches_of(problem, labels(0, 0, 0, 1, 2, 2)) == ()
    (breach,) = breaches_of(problem, SHIFTED)
    assert (breach.rule, breach.territories, breach.amount) == (north.name, (0,), 1.0)
    assert breach.text == "territory N loses 2 of revenue; it may lose 1"
    assert north.needed(problem, SHIFTED) == 2.0
    assert breaches_of(north.eased(problem, 2.0), SHIFTED) == ()
    assert north.eased_text(problem, 2.0) == "let territory N lose 2 of revenue instead of 1"
    assert [rule.name for rule in rules_of(north.lifted(problem))] == [south.name]


def test_one_number_stands_for_all_seats() -> None:
    problem = row(budgets=(Budget("revenue", SALES, per_territory=1.0),))
    assert problem.budgets[0].per_territory.tolist() == [1.0, 1.0, 1.0]
    assert len(disruption_rules(problem)) == 3


def test_several_budgets_hold_side_by_side() -> None:
    problem = row(budgets=(Budget("revenue", SALES, 3.0), Budget("accounts", np.ones(6), 0.0)))
    (breach,) = breaches_of(problem, SHIFTED)
    assert (breach.rule, breach.amount, breach.severity) == ("disruption budget of accounts", 1.0, 1.0)


def test_what_several_own_is_lost_by_each_as_far_as_it_owns_it() -> None:
    owned = np.zeros((6, 3))
    owned[0] = [0.5, 0.25, 0.0]
    problem = row(
        current=[0, -1, -1, -1, -1, -1],
        owned=csr_array(owned),
        had_owner=[0.75, 0, 0, 0, 0, 0],
        budgets=(Budget("revenue", 10 * np.ones(6), per_territory=0.0),),
    )
    breaches = breaches_of(problem, labels(1, 0, 0, 0, 0, 0))
    assert [(breach.territories, breach.amount) for breach in breaches] == [((0,), 5.0)]
    assert problem.lost_share(problem.budgets[0].weight, labels(2, 0, 0, 0, 0, 0)).tolist() == [5.0, 2.5, 0.0]


def mixed(lower: float, upper: float, fixed: float = 0.0) -> Mix:
    """Units a and f are of the segment; N has `fixed` of it anyway."""
    part = np.array([1.0, 0, 0, 0, 0, 1.0])
    held = np.array([fixed, 0.0, 0.0])
    return Mix("A by accounts", part, np.ones(6), held, held, np.full(3, lower), np.full(3, upper))


def test_a_mix() -> None:
    problem = row(mixes=(mixed(0.0, 0.6),))
    (rule,) = rules_of(problem)
    assert (rule.kind, rule.name) == (RuleKind.MIX, "mix of A by accounts")
    assert rule.text(problem) == "the share of A by accounts in every territory must be at most 60 %"
    assert rule.breaches(problem, TODAY) == ()
    (breach,) = rule.breaches(problem, labels(0, 1, 1, 1, 2, 2))
    assert (breach.territories, breach.amount) == ((0,), pytest.approx(0.4))
    assert breach.text == "100 % of territory N is A by accounts (1 of 1); allowed are at most 60 %"
    assert rules_of(rule.lifted(problem)) == ()
    assert rule.parts(problem)[0].name == "mix of A by accounts in N"


def test_a_mix_is_eased_to_just_what_is_needed() -> None:
    problem = row(mixes=(mixed(0.1, 0.6),))
    (rule,) = mix_rules(problem)
    plan = labels(0, 1, 1, 1, 2, 2)
    assert rule.text(problem) == "the share of A by accounts in every territory must be 10 % to 60 %"
    assert rule.needed(problem, plan) == pytest.approx(0.4)
    assert rule.needed(problem, labels(0, 0, 2, 2, 1, 1)) == pytest.approx(0.1)
    assert breaches_of(rule.eased(problem, 0.4), plan) == ()
    assert [breach.territories for breach in breaches_of(rule.eased(problem, 0.39), plan)] == [(0,)]
    assert (
        rule.eased_text(problem, 0.05)
        == "allow a share of A by accounts of 5 % to 65 % instead of 10 % to 60 %"
    )


def test_a_mix_counts_what_a_territory_holds_anyway() -> None:
    problem = row(mixes=(mixed(0.0, 0.7, fixed=3.0),))
    (breach,) = breaches_of(problem, TODAY)
    assert breach.amount == pytest.approx(0.8 - 0.7)


def test_an_empty_territory_keeps_its_mix() -> None:
    problem = row(mixes=(mixed(0.2, 1.0),))
    assert rules_of(problem)[0].text(problem).endswith("must be at least 20 %")
    assert breaches_of(problem, labels(0, 0, 0, 2, 2, 2)) == ()
    (breach,) = breaches_of(problem, labels(0, 0, 1, 2, 2, 2))
    assert breach.amount == pytest.approx(0.2)


def test_a_mix_may_limit_some_territories_only() -> None:
    some = mixed(0.0, 0.6).replace(upper=np.array([0.6, 1.0, 0.5]))
    problem = row(mixes=(some, mixed(0.0, 1.0)))
    (rule,) = rules_of(problem)
    assert (
        rule.text(problem) == "the share of A by accounts in N and S must be at most 60 % (tighter in some)"
    )
