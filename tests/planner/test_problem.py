"""A problem is checked when it is built, tells every contradiction, and cannot be changed afterwards."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from planner.alignment import GONE, NOBODY
from planner.budget import Budget
from planner.errors import InvalidProblem
from planner.graph import Graph
from planner.mix import Mix
from planner.objective import Centre, Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.units import Units


def problem(**changes: Any) -> AlignmentProblem:
    """Four units in a row, two territories, one banded measure."""
    given: dict[str, Any] = {
        "units": Units.points(["a", "b", "c", "d"], [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]),
        "territories": Territories.unnamed(2, 1),
        "measures": (Measure.banded("sales", 10.0, np.array([0.5, 0.5]), 0.2, 0.1),),
        "activity": [[1.0], [2.0], [3.0], [4.0]],
        "objective": Objective(np.ones(4), np.zeros(4)),
        "graph": Graph.from_edges(4, [(0, 1), (1, 2), (2, 3)]),
    }
    return AlignmentProblem(**(given | changes))


def mix(**changes: Any) -> Mix:
    """Nobody is of segment A, and any share of it is allowed."""
    nothing = {name: np.zeros(4) for name in ("part", "whole")}
    nothing |= {name: np.zeros(2) for name in ("fixed_part", "fixed_whole", "lower")}
    return Mix("A", **(nothing | {"upper": np.ones(2)} | changes))


def test_limits_follow_the_band() -> None:
    lower, upper = problem().limits()
    np.testing.assert_allclose(lower, [[4.0], [4.0]])
    np.testing.assert_allclose(upper, [[5.5], [5.5]])
    assert problem().limited.tolist() == [0]


def test_a_watched_measure_has_no_limit() -> None:
    watched = problem(measures=(Measure.watched("sales", 10.0, np.array([0.5, 0.5])),))
    assert watched.limited.tolist() == []


def test_a_problem_without_measures_has_empty_limits() -> None:
    bare = problem(measures=(), activity=np.zeros((4, 0)), territories=Territories.unnamed(2, 0))
    assert [limit.shape for limit in bare.limits()] == [(2, 0), (2, 0)]
    assert bare.loads(np.zeros(4, np.int32)).shape == (2, 0)


def test_loads_leave_out_what_belongs_to_nobody_and_include_the_fixed_part() -> None:
    fixed = Territories.unnamed(2, 1).replace(fixed_activity=np.array([[0.0], [7.0]]))
    loads = problem(territories=fixed).loads(np.array([0, -1, 1, 0], np.int32))
    assert loads.tolist() == [[5.0], [10.0]]


def test_shared_units_move_by_the_share_that_leaves_its_owner() -> None:
    owned = csr_array(np.array([[0.75, 0.25], [0.0, 0.0], [0.0, 0.5], [1.0, 0.0]]))
    shared = problem(current=[0, NOBODY, GONE, 0], owned=owned, had_owner=[1.0, 0.0, 1.0, 1.0])
    np.testing.assert_allclose(shared.moved_share(np.array([1, 0, 1, 0], np.int32)), [0.75, 0.0, 0.5, 0.0])
    np.testing.assert_allclose(shared.moved_share(np.array([0, -1, -1, 1], np.int32)), [0.25, 0.0, 0.0, 1.0])


def test_current_alone_says_who_owns_what() -> None:
    plain = problem(current=[0, 1, NOBODY, GONE])
    np.testing.assert_allclose(plain.moved_share(np.array([0, 0, 0, 0], np.int32)), [0.0, 1.0, 0.0, 1.0])


def test_groups_that_are_linked_on_the_graph_may_be_kept_together() -> None:
    together = np.array([0, 1, 1, 0])
    bare = problem().graph
    assert bare is not None
    linked = problem(together=together, contiguous=True, graph=bare.linked(together))
    assert linked.graph is not None
    assert linked.graph.edges()[0].tolist() == [[0, 1], [0, 3], [1, 2], [2, 3]]
    # Between neighbours a whole group hangs together without further links.
    assert problem(together=[0, 0, 0, 1], contiguous=True).together.tolist() == [0, 0, 0, 1]


def test_what_no_rule_is_given_for_is_empty() -> None:
    bare = problem()
    assert bare.apart.shape == (0, 2)
    assert bare.together.tolist() == bare.region_of_unit.tolist() == [-1] * 4
    assert bare.region_of_territory.tolist() == [-1, -1]
    assert bare.loose.tolist() == [False, False]
    assert (bare.budgets, bare.mixes, bare.region_name) == ((), (), ())


def test_arrays_cannot_be_written_and_fields_not_replaced() -> None:
    built = problem()
    with pytest.raises(ValueError, match="read-only"):
        built.activity[0, 0] = 5.0
    with pytest.raises(FrozenInstanceError):
        built.contiguous = True  # type: ignore[misc]
    assert built.replace(contiguous=True).contiguous


def test_a_problem_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(problem(current=[0, 0, 1, 1])))
    assert again.loads(np.array([0, 0, 1, 1], np.int32)).tolist() == [[3.0], [7.0]]
    assert again.units.unit_id.tolist() == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"activity": [[1.0], [2.0]]}, "activity has shape (2, 1), wanted (4, 1)"),
        ({"activity": [[1.0], [np.nan], [3.0], [4.0]]}, "finite and not negative"),
        ({"activity": [[1.0], [-2.0], [3.0], [4.0]]}, "finite and not negative"),
        (
            {"units": Units.points(list("abcd"), [[0.0, 0.0]] * 3 + [[np.nan, 0.0]])},
            "every unit needs a place",
        ),
        ({"locked": [0, 2, -1, -1]}, "locked names a territory that does not exist"),
        ({"current": [0, -3, -1, -1]}, "current names a territory that does not exist"),
        ({"graph": Graph.from_edges(3, [])}, "graph has 3 units, wanted 4"),
        ({"graph": None, "contiguous": True}, "contiguity needs a neighbour graph"),
        ({"excluded": csr_array((4, 3), dtype=bool)}, "excluded has shape (4, 3)"),
        ({"budgets": (Budget("sales", [1.0]),)}, "weight of budget sales has shape (1,), wanted (4,)"),
        ({"budgets": (Budget("sales", [1.0, 1.0, -1.0, 1.0]),)}, "weights of budget sales"),
        ({"budgets": (Budget("sales", np.ones(4), -1.0),)}, "limits of budget sales must not be negative"),
        ({"budgets": (Budget("sales", np.ones(4), np.nan),)}, "limits of budget sales must not be negative"),
        (
            {"budgets": (Budget("sales", np.ones(4), 1.0, [1.0]),)},
            "per_territory of budget sales has shape (1,)",
        ),
        ({"mixes": (mix(part=[1.0]),)}, "part of mix A has shape (1,), wanted (4,)"),
        ({"mixes": (mix(part=[2.0, 0.0, 0.0, 0.0]),)}, "parts of mix A must lie between 0 and their whole"),
        ({"mixes": (mix(fixed_whole=[np.inf, 0.0]),)}, "parts of mix A must lie between 0 and their whole"),
        ({"mixes": (mix(lower=[0.9, 0.0], upper=[0.8, 1.0]),)}, "limits of mix A must keep 0 ≤ lower"),
        ({"apart": [[0, 4]]}, "apart names a unit that does not exist"),
        ({"apart": [[1, 1]]}, "apart holds a unit away from itself"),
        ({"apart": [0, 1]}, "apart has shape (2,), wanted (2, 2)"),
        ({"together": [0, 0]}, "together has shape (2,), wanted (4,)"),
        ({"together": [-2, 0, 0, 0]}, "together has a group below −1"),
        (
            {"together": [0, 1, 1, 0], "contiguous": True},
            "units of group 0 must be together, but do not hang",
        ),
        ({"region_of_unit": [0, 0, 0, 0]}, "region_of_unit names a region that does not exist"),
        (
            {"region_of_territory": [0, 2], "region_name": ("East", "West")},
            "region_of_territory names a region that does not exist",
        ),
        (
            {"region_of_territory": [0, 0], "region_name": ("East",), "loose": [True, False]},
            "some territories of region East are loose and some are not",
        ),
        ({"loose": [True]}, "loose has shape (1,), wanted (2,)"),
        ({"objective": Objective(np.ones(4), np.zeros(4), Centre.HOME)}, "not every territory has one"),
        ({"territories": Territories.unnamed(0, 1), "measures": ()}, "wanted"),
        ({"measures": (Measure("sales", [1.0], [0.0], [2.0]),)}, "ideal of measure sales"),
    ],
)
def test_contradictions_are_named(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        problem(**changes)
    assert fault in str(caught.value)


def test_all_contradictions_are_told_at_once_and_survive_pickling() -> None:
    with pytest.raises(InvalidProblem) as caught:
        problem(activity=[[1.0], [-1.0], [0.0], [0.0]], locked=[5, -1, -1, -1], graph=None, contiguous=True)
    assert len(caught.value.faults) == 3
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults
