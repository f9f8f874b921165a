"""Nodes, what hangs below them, and what they add."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import InvalidInput
from planner.quota import Hierarchy
from planner.quota.hierarchy import COMPANY

IDS = ["all", "east", "west", "north-east"]
ABOVE = ["", "all", "all", "east"]


def test_children_may_come_before_their_parents():
    hierarchy = Hierarchy.from_ids(["b", "a"], ["a", ""])
    assert hierarchy.depth.tolist() == [1, 0]
    assert hierarchy.roots == (1,)
    assert hierarchy.above(0) == [1]


def test_territories_below_at_any_depth():
    hierarchy = Hierarchy.from_ids(IDS, ABOVE)
    node = np.array([0, 1, 2, 3, -1])
    assert hierarchy.territories_below(1, node).tolist() == [False, True, False, True, False]
    assert hierarchy.territories_below(0, node).tolist() == [True, True, True, True, False]
    assert hierarchy.territories_below(COMPANY, node).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(0, 40))
def test_every_node_is_its_children_and_its_own_territories(seed, n_nodes, k):
    rng = np.random.default_rng(seed)
    parent = np.array([int(rng.integers(-1, j)) for j in range(n_nodes)])
    hierarchy = Hierarchy(np.array([f"n{j}" for j in range(n_nodes)], dtype=object), parent)
    node, cents = rng.integers(-1, n_nodes, k), rng.integers(0, 1000, (k, 2))
    total = hierarchy.roll_up(cents, node)
    for j in range(n_nodes):
        expected = cents[node == j].sum(0) + total[parent == j].sum(0)
        assert (total[j] == expected).all()
        assert (total[j] == cents[hierarchy.territories_below(j, node)].sum(0)).all()


def test_over_assignment_is_the_decimal_that_was_written():
    hierarchy = Hierarchy.from_ids(IDS, ABOVE, over_assignment=[0.1, 0.05, np.nan, 0.3])
    assert hierarchy.handed_down(COMPANY, 3) == (Fraction(1, 10), Fraction(1, 20), Fraction(3, 10))
    assert hierarchy.handed_down(1, 3) == (Fraction(1, 20), Fraction(3, 10))
    assert hierarchy.handed_down(0, 2) == (Fraction(1, 10), Fraction(0))


@pytest.mark.parametrize(
    ("ids", "above", "code", "value"),
    [
        (["a", "a"], ["", ""], "duplicate_id", "a"),
        (["a", "b"], ["", "x"], "unknown_id", "x"),
        (["a", "b"], ["b", "a"], "circular_hierarchy", "a"),
        (["a"], ["a"], "circular_hierarchy", "a"),
    ],
)
def test_what_is_no_hierarchy_is_refused_by_name(ids, above, code, value):
    with pytest.raises(InvalidInput) as refused:
        Hierarchy.from_ids(ids, above)
    problem = refused.value.problems[0]
    assert (problem.code, problem.value, problem.file) == (code, value, "hierarchy")


def test_over_assignment_that_leaves_nothing_is_refused():
    with pytest.raises(InvalidInput, match="over-assignment -1 of node 'a'"):
        Hierarchy.from_ids(["a"], [""], over_assignment=[-1.0])


def test_ids_come_back_as_they_came_in():
    hierarchy = Hierarchy.from_ids(["007", " é"], ["", "007"], name=["", "Élan"])
    assert hierarchy.node_id.tolist() == ["007", " é"]
    assert [hierarchy.label(j) for j in (0, 1, COMPANY)] == ["007", "Élan", "the company"]
