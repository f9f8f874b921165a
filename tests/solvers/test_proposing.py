"""Plans to choose from, found one warm start after the other."""

from __future__ import annotations

import numpy as np
import pytest

from planner.alignment import NOBODY
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem, Measure
from planner.proposals import Proposal, axes
from planner.scorecard import scorecard
from planner.solving import Status
from planner.stop import Cancelled, MaxIterations
from solvers.proposing import Demand, Proposals, demanding, propose
from tests.contract.problems import grid

ITERATIONS = 45


@pytest.fixture(scope="module")
def problem() -> AlignmentProblem:
    """A grid whose current alignment is neither even nor compact."""
    base = grid(8, 8, 4, seed=3, band=0.3, centre=Centre.CENTROID)
    x, y = base.units.xy_m.T
    current = (x > np.quantile(x, 0.6)).astype(np.int32) * 2 + (y > np.quantile(y, 0.3))
    return base.replace(current=current, owned=None, had_owner=None)


@pytest.fixture(scope="module")
def told() -> list[Proposal]:
    """Plans in the order in which they were told of."""
    return []


@pytest.fixture(scope="module")
def proposals(problem: AlignmentProblem, told: list[Proposal]) -> Proposals:
    """Proposals for it."""
    return propose(problem, stop=MaxIterations(ITERATIONS), announce=told.append, seed=5)


def test_several_plans_of_which_none_dominates_another(
    problem: AlignmentProblem, proposals: Proposals
) -> None:
    assert 3 <= len(proposals.chosen) <= 7
    for one in proposals.chosen:
        card = scorecard(problem, one.alignment.territory)
        assert card.feasible
        assert one.axes == axes(problem, card)
        assert one.result.status in (Status.FEASIBLE, Status.OPTIMAL)
        assert one.result.report.objective == card.objective
        for other in proposals.chosen:
            better = all(a <= b for a, b in zip(other.axes, one.axes, strict=True))
            assert other is one or not better
    points = np.array([proposal.axes for proposal in proposals.chosen])
    assert (np.ptp(points, axis=0) > 0).all()


def test_plans_are_told_of_as_they_are_found(proposals: Proposals, told: list[Proposal]) -> None:
    assert "quickly" in told[0].how
    known = [proposal.alignment for proposal in told]
    assert all(proposal.alignment in known for proposal in proposals.chosen)
    assert len({proposal.name for proposal in proposals.chosen}) == len(proposals.chosen)


def test_the_same_again(problem: AlignmentProblem, proposals: Proposals) -> None:
    again = propose(problem, stop=MaxIterations(ITERATIONS), seed=5)
    assert [p.axes for p in again.chosen] == [p.axes for p in proposals.chosen]
    assert [p.name for p in again.chosen] == [p.name for p in proposals.chosen]


def test_without_owners_there_is_balance_and_travel_to_trade() -> None:
    nobody = np.full(64, NOBODY)
    found = propose(
        grid(8, 8, 4, seed=3, band=0.3, current=nobody, owned=None, had_owner=None), stop=MaxIterations(24)
    )
    assert len(found.chosen) >= 2
    assert {proposal.axes.disruption for proposal in found.chosen} == {0.0}


def test_rules_that_cannot_hold_give_the_best_plan_and_its_reasons() -> None:
    problem = grid(4, 4, 2, seed=1, band=0.1)
    total = problem.activity[:, 0].sum()
    tight = Measure("heavy", problem.measures[0].ideal, np.zeros(2), np.full(2, 0.3 * total))
    found = propose(problem.replace(measures=(tight,)), stop=MaxIterations(10))
    assert len(found.chosen) == 1
    assert found.first.status is Status.INFEASIBLE
    assert found.chosen[0].result.report.reasons


def test_a_cancelled_run_ends_with_what_it_has() -> None:
    found = propose(grid(6, 6, 3, seed=1, band=0.5), stop=Cancelled(lambda: True))
    assert found.found <= 2


def test_demands_are_added_and_never_taken_away() -> None:
    problem = grid(4, 4, 2, seed=1, band=0.2)
    asked = demanding(problem, Demand(band=0.5, price=2.0), typical=10.0)
    old, new = problem.measures[0], asked.measures[0]
    np.testing.assert_allclose(new.upper - new.ideal, 0.5 * (old.upper - old.ideal))
    np.testing.assert_allclose(new.ideal - new.lower, 0.5 * (old.ideal - old.lower))
    np.testing.assert_allclose(asked.objective.move_cost, 20.0 * problem.objective.weight)
    capped = Measure("cap", old.ideal, np.full(2, -np.inf), 0.5 * old.ideal)
    kept = demanding(problem.replace(measures=(capped,)), Demand(band=0.5), 1.0).measures[0]
    assert kept.upper.tolist() == capped.upper.tolist()
    narrow = problem.replace(objective=problem.objective.replace(compactness=Compactness.DIAMETER))
    price = demanding(narrow, Demand(price=1.0), typical=3.0).objective.move_cost
    np.testing.assert_allclose(price, 6.0 * narrow.objective.weight)
    assert Demand().text == "as asked"
