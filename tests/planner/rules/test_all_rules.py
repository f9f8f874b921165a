"""What all rules have in common, on random problems with every kind of rule."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.arrays import IntArray
from planner.budget import Budget
from planner.mix import Mix
from planner.problem import AlignmentProblem, Measure
from planner.rules import RuleKind, breaches_of, lifted, rules_of, sizes
from planner.scorecard import scorecard
from tests.planner.rules.rows import row


def drawn(seed: int) -> tuple[AlignmentProblem, IntArray]:
    """Return the row with any rules, and an alignment that breaks some of them or none."""
    random = np.random.default_rng(seed)
    plan = random.integers(0, 3, 6).astype(np.int32)
    often = random.random() < 0.5
    region = random.integers(-1, 2, 3)
    part = random.uniform(0, 1, 6)
    problem = row(
        measures=(Measure.banded("sales", 21.0, np.full(3, 1 / 3), random.uniform(0, 1.5), random.uniform(0, 2)),),
        locked=np.where(random.random(6) < 0.3, plan if often else random.integers(0, 3, 6), -1),
        excluded=csr_array((random.random((6, 3)) < 0.1) & ((plan[:, None] != np.arange(3)) | ~often)),
        contiguous=bool(random.random() < 0.3),
        budgets=(Budget("sales", np.arange(6.0), random.uniform(0, 15), random.uniform(0, 8, 3)),),
        mixes=(Mix("A", part, np.ones(6), np.zeros(3), np.zeros(3), np.full(3, 0.2), np.full(3, 0.8)),),
        apart=np.array([random.choice(6, 2, replace=False) for _ in range(random.integers(0, 3))]).reshape(-1, 2),
        region_name=("East", "West"),
        region_of_territory=region,
        region_of_unit=np.where(random.random(6) < 0.5, region[plan if often else 0], -1),
    )  # fmt: skip
    if not problem.contiguous:
        problem = problem.replace(together=np.where(random.random(6) < 0.3, plan * often, -1))
    return problem, plan


@settings(max_examples=150)
@given(st.integers(0, 100_000))
def test_a_plan_is_feasible_just_where_no_rule_is_broken(seed: int) -> None:
    problem, plan = drawn(seed)
    assert scorecard(problem, plan).feasible == (breaches_of(problem, plan) == ())


@settings(max_examples=100)
@given(st.integers(0, 100_000))
def test_lifting_the_broken_rules_makes_a_plan_feasible_and_no_other_rule_goes(seed: int) -> None:
    problem, plan = drawn(seed)
    rules = rules_of(problem)
    broken = [rule for rule in rules if rule.breaches(problem, plan)]
    free = lifted(problem, broken)
    assert scorecard(free, plan).feasible
    names = [rule.name for rule in rules_of(free)]
    assert names == [rule.name for rule in rules if rule not in broken]
    assert rules_of(lifted(problem, rules)) == ()


@settings(max_examples=100)
@given(st.integers(0, 100_000))
def test_easing_to_what_is_needed_keeps_a_rule_and_parts_say_the_same_as_the_whole(seed: int) -> None:
    problem, plan = drawn(seed)
    for rule in rules_of(problem):
        assert rule.name
        assert rule.text(problem)
        told = rule.breaches(problem, plan)
        assert all(breach.amount > 0 and breach.severity > 0 and breach.text for breach in told)
        parts = rule.parts(problem)
        if parts:
            assert all(part.kind is rule.kind for part in parts)
            assert bool(told) == any(part.breaches(problem, plan) for part in parts)
            assert not [one for one in rules_of(lifted(problem, parts)) if one.name == rule.name]
        if sizes(rule):
            assert rule.breaches(rule.eased(problem, rule.needed(problem, plan)), plan) == ()
            assert rule.eased_text(problem, rule.needed(problem, plan))


def test_every_kind_of_rule_is_drawn() -> None:
    kinds = {rule.kind for seed in range(40) for rule in rules_of(drawn(seed)[0])}
    assert kinds >= set(RuleKind) - {RuleKind.LIMIT}


def test_most_severe_first() -> None:
    for seed in range(20):
        severities = [breach.severity for breach in breaches_of(*drawn(seed))]
        assert severities == sorted(severities, reverse=True)
