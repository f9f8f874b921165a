"""Locks, exclusions, contiguity, pairs, groups, regions: satisfied, violated by an exact amount, lifted."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from planner.problem import AlignmentProblem, Measure
from planner.rules import Rule, RuleKind, breaches_of, rules_of, sizes
from tests.planner.rules.rows import PAIRS, labels, row

TODAY = labels(*PAIRS)
LIMITED = (Measure.banded("sales", 21.0, np.full(3, 1 / 3), 9.0, 9.0),)


def only(problem: AlignmentProblem, kind: RuleKind) -> Rule:
    """Return the one rule of the problem of this kind, which has no size."""
    (rule,) = [rule for rule in rules_of(problem) if rule.kind is kind]
    assert not sizes(rule)
    return rule


def test_locks() -> None:
    problem = row(locked=[0, 0, -1, -1, -1, -1], measures=LIMITED)
    rule = only(problem, RuleKind.LOCK)
    assert rule.name == "locks to N"
    assert (
        rule.text(problem)
        == "units a and b are locked to territory N, which holds at least 3 of sales with them"
    )
    assert rule.breaches(problem, TODAY) == ()
    (breach,) = rule.breaches(problem, labels(1, 2, 0, 0, 0, 0))
    assert (breach.territories, breach.units, breach.amount) == ((0,), (0, 1), 2.0)
    assert breach.text == "units a and b are locked to territory N, but not there"
    assert (rule.lifted(problem).locked == -1).all()


def test_a_lock_of_one_unit_is_part_of_the_locks_of_its_territory() -> None:
    problem = row(locked=[0, 0, 1, -1, -1, -1])
    to_north, to_middle = rules_of(problem)
    assert (to_middle.name, to_middle.parts(problem)) == ("lock of c", ())
    first, second = to_north.parts(problem)
    assert (first.name, second.name) == ("lock of a", "lock of b")
    assert second.text(problem) == "unit b is locked to territory N"
    assert second.lifted(problem).locked.tolist() == [0, -1, 1, -1, -1, -1]
    (breach,) = second.breaches(problem, labels(1, 1, 1, 1, 1, 1))
    assert breach.units == (1,)


def test_a_unit_that_belongs_to_nobody_breaks_no_rule_of_place() -> None:
    problem = row(
        locked=[0] * 6,
        excluded=csr_array(np.ones((6, 3), bool)),
        apart=[[0, 1]],
        together=[0] * 6,
        region_of_unit=[0] * 6,
        region_name=("East",),
    )
    assert breaches_of(problem, np.full(6, -1, np.int32)) == ()


def test_exclusions() -> None:
    banned = np.zeros((6, 3), bool)
    banned[[0, 5], 1] = True
    problem = row(excluded=csr_array(banned))
    rule = only(problem, RuleKind.EXCLUSION)
    assert rule.name == "exclusions from M"
    assert rule.text(problem) == "units a and f are excluded from territory M"
    assert rule.breaches(problem, TODAY) == ()
    (breach,) = rule.breaches(problem, labels(1, 1, 1, 1, 2, 2))
    assert (breach.territories, breach.units, breach.amount) == ((1,), (0,), 1.0)
    assert breach.text == "unit a is in territory M, but excluded from it"
    assert rules_of(rule.lifted(problem)) == ()
    first, _ = rule.parts(problem)
    assert first.name == "exclusion of a from M"
    assert [one.name for one in rules_of(first.lifted(problem))] == ["exclusion of f from M"]


def test_exclusions_that_are_stored_as_false_are_none() -> None:
    stored = csr_array((np.array([False]), (np.array([0]), np.array([1]))), shape=(6, 3))
    assert rules_of(row(excluded=stored)) == ()


def test_contiguity() -> None:
    problem = row(contiguous=True)
    rule = only(problem, RuleKind.CONTIGUITY)
    assert rule.text(problem) == "every territory must be in one piece"
    assert rule.breaches(problem, TODAY) == ()
    (breach,) = rule.breaches(problem, labels(0, 1, 0, 2, 0, -1))
    assert breach.territories == (0,)
    assert breach.amount == 2.0
    assert breach.text == "territory N is in 3 pieces"
    assert rules_of(rule.lifted(problem)) == ()
    assert rule.parts(problem) == ()


def test_contiguity_is_a_matter_of_each_region() -> None:
    regions = {"region_name": ("East", "West"), "region_of_territory": [0, 1, -1]}
    problem = row(contiguous=True, **regions)
    rule = only(problem, RuleKind.CONTIGUITY)
    bare, east, west = rule.parts(problem)
    assert [part.name for part in (bare, east, west)] == [
        "contiguity of territories without a region",
        "contiguity of East",
        "contiguity of West",
    ]
    split = labels(0, 1, 0, 1, 2, 2)
    assert [breach.territories for breach in breaches_of(problem, split)] == [(0,), (1,)]
    eastern = east.lifted(problem)
    assert eastern.loose.tolist() == [True, False, False]
    assert [breach.territories for breach in breaches_of(eastern, split)] == [(1,)]
    assert only(eastern, RuleKind.CONTIGUITY).text(eastern) == "M and S must each be in one piece"
    for part in (bare, east, west):
        problem = part.lifted(problem)
    assert not problem.contiguous


def test_pairs_apart() -> None:
    problem = row(apart=[[2, 0], [0, 2], [0, 1]])
    near, far = rules_of(problem)
    assert (near.kind, far.kind) == (RuleKind.APART, RuleKind.APART)
    assert (near.name, far.name) == ("a apart from b", "a apart from c")
    assert far.text(problem) == "units a and c must not share a territory"
    (breach,) = breaches_of(problem, TODAY)
    assert (breach.territories, breach.units, breach.amount) == ((0,), (0, 1), 1.0)
    assert breach.text == "units a and b must be kept apart, but share territory N"
    assert breaches_of(problem, labels(0, 1, 1, 1, 2, 2)) == ()
    assert [rule.name for rule in rules_of(far.lifted(problem))] == ["a apart from b"]
    assert near.parts(problem) == ()


def test_groups_together() -> None:
    problem = row(together=[4, 4, -1, 7, 7, 7])
    pair, three = rules_of(problem)
    assert (pair.kind, pair.name, three.name) == (
        RuleKind.TOGETHER,
        "a and b together",
        "d, e and 1 more together",
    )
    assert pair.text(problem) == "units a and b must share a territory"
    assert breaches_of(problem, labels(0, 0, 1, 2, 2, 2)) == ()
    (breach,) = breaches_of(problem, labels(0, 0, 1, 0, 1, 2))
    assert (breach.rule, breach.territories, breach.units) == (three.name, (0, 1, 2), (3, 4, 5))
    assert breach.amount == 2.0
    assert breach.text == "units d, e and f must be kept together, but lie in N, M and S"
    assert pair.lifted(problem).together.tolist() == [-1, -1, -1, 7, 7, 7]
    assert pair.parts(problem) == ()


def test_a_group_of_one_is_no_rule() -> None:
    assert rules_of(row(together=[0, 1, 2, 3, -1, -1])) == ()


def test_regions() -> None:
    problem = row(
        region_name=("East", "West"),
        region_of_unit=[0, 0, -1, 1, 1, 1],
        region_of_territory=[0, 1, 1],
    )
    east, west = rules_of(problem)
    assert (east.kind, east.name) == (RuleKind.REGION, "region East")
    assert west.text(problem) == "the 3 units of region West must belong to its 2 territories"
    assert breaches_of(problem, labels(0, 0, 2, 1, 2, 2)) == ()
    (breach,) = breaches_of(problem, labels(0, 0, 2, 0, 0, 2))
    assert (breach.rule, breach.territories, breach.units, breach.amount) == (
        "region West",
        (0,),
        (3, 4),
        2.0,
    )
    assert breach.text == "units d and e of region West belong to territories outside"
    assert [rule.name for rule in rules_of(west.lifted(problem))] == ["region East"]
    assert east.parts(problem) == ()
