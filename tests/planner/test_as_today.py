"""Limits as they are today: nobody has to change, nobody may get farther out, successors may take over."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from planner.as_today import as_today, owners_share_units
from planner.demands import AskedRule, Band
from planner.graph import Graph
from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.scenario import Scenario
from planner.seats import Territories
from planner.units import Units

SCENARIO = Scenario(measures={"sales": Band(0.2, 0.2)}, contiguous=True)


def problem(current: list[int], k: int = 3) -> AlignmentProblem:
    """Units on a line of 12 km, ten of sales for each territory."""
    n = len(current)
    return AlignmentProblem(
        units=Units.points([f"u{i}" for i in range(n)], np.c_[np.linspace(0, 12_000, n), np.zeros(n)]),
        territories=Territories.unnamed(k, 1),
        measures=(Measure.banded("sales", 10.0 * k, np.full(k, 1 / k), 0.2, 0.2),),
        activity=np.ones((n, 1)),
        objective=Objective(np.ones(n), np.zeros(n)),
        graph=Graph.from_edges(n, [(i, i + 1) for i in range(n - 1)], np.ones(n - 1)),
        contiguous=True,
        current=np.array(current),
    )


def limits(rules: tuple[AskedRule, ...]) -> dict[tuple[str, str], float | None]:
    return {(rule.kind, rule.territory_id): rule.value for rule in rules}


def test_whoever_is_outside_may_stay_and_not_get_farther_out() -> None:
    today = np.array([[15.0], [5.0], [10.0]])
    asked, notes = as_today(SCENARIO, problem([0, 1, 2]), today, np.zeros((0, 1)))
    found = limits(asked.rules)
    assert found["max", "T001"] == 15.0
    assert found["min", "T001"] == 8.0
    assert found["min", "T002"] == 5.0
    assert found["max", "T002"] == 12.0
    assert (found["min", "T003"], found["max", "T003"]) == (8.0, 12.0)
    band = asked.measures["sales"]
    np.testing.assert_allclose([band.below, band.above], [0.5, 0.5], rtol=1e-6)
    assert "2 territories" in notes[0]


def test_a_new_one_keeps_the_limits_or_is_what_a_former_one_was() -> None:
    today = np.array([[10.0], [10.0], [0.0]])
    without, _ = as_today(SCENARIO, problem([0, 1, 1]), today, np.zeros((0, 1)))
    assert without.rules == ()
    assert without.measures == SCENARIO.measures
    successor, _ = as_today(SCENARIO, problem([0, 1, 1]), today, np.array([[3.0]]))
    assert limits(successor.rules)["min", "T003"] == 3.0
    assert limits(successor.rules)["min", "T001"] == 8.0


def test_contiguity_is_asked_where_everybody_has_it() -> None:
    today = np.full((3, 1), 10.0)
    whole, _ = as_today(SCENARIO, problem([0, 0, 1, 2]), today, np.zeros((0, 1)))
    assert whole.contiguous
    torn, notes = as_today(SCENARIO, problem([0, 1, 0, 2]), today, np.zeros((0, 1)))
    assert torn.contiguous is False
    assert "T001" in notes[-1]


def test_a_move_costs_more_than_any_compactness() -> None:
    asked, _ = as_today(SCENARIO, problem([0, 1, 2]), np.full((3, 1), 10.0), np.zeros((0, 1)))
    assert asked.disruption_km == 12.0


def test_units_with_several_owners_are_seen() -> None:
    one = problem([0, 1, 2])
    assert not owners_share_units(one)
    shared = csr_array(np.array([[0.6, 0.4, 0], [0, 1, 0], [0, 0, 1]]))
    assert owners_share_units(one.replace(owned=shared))
