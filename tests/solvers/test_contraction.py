"""Groups as single units: the same plans, the same costs, the same rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.alignment import Alignment
from planner.budget import Budget
from planner.mix import Mix
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from planner.solving import SILENT, Observer, SolveReport, SolveResult, Status
from planner.stop import MaxIterations, Stop, Termination
from solvers.compound import contract, has_groups
from solvers.contraction import Contraction
from tests.contract.problems import grid, points, strips
from tests.solvers.drawn import drawn_problem

centres = st.sampled_from(list(Centre))


def grouped(seed: int, centre: Centre, mixed_owners: bool = True) -> AlignmentProblem:
    """Return a random problem with every kind of rule and groups of neighbours, 2 to 4 units each."""
    random = np.random.default_rng(seed)
    problem = drawn_problem(seed, centre=centre, contiguous=False)
    n, k = problem.n_units, problem.n_territories
    together = np.where(random.random(n) < 0.7, random.integers(0, n // 3, n), -1)
    part = random.uniform(0, 1, n)
    share = np.full(k, 1 / k)
    territories = problem.territories.replace(fixed_activity=np.ones((k, 2)))
    budget = problem.budgets[0].replace(per_territory=random.uniform(0, 5, k))
    problem = problem.replace(
        territories=territories,
        activity=np.c_[problem.activity, random.uniform(0, 1, n)],
        measures=(*problem.measures, Measure.banded("more", n / 2, share, 0.5, 0.5)),
        locked=np.full(n, -1),
        together=together,
        budgets=(budget, Budget("units", np.ones(n), n / 2)),
        mixes=(Mix("A", part, np.ones(n), np.zeros(k), np.ones(k), np.full(k, 0.2), np.full(k, 0.5)),),
        apart=np.array([random.choice(n, 2, replace=False) for _ in range(3)]),
    )
    if mixed_owners:
        return problem
    # One owner per group.
    current = contract(problem).expanded(contract(problem).contracted(problem.current))
    return problem.replace(current=current, owned=None, had_owner=None)


def drawn_plan(problem: AlignmentProblem, seed: int) -> np.ndarray:
    plan = np.random.default_rng([seed, 1]).integers(0, problem.n_territories, problem.n_units)
    return np.asarray(plan, dtype=np.int32)


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000), centre=centres)
def test_loads_and_shares_are_the_same(seed: int, centre: Centre) -> None:
    problem = grouped(seed, centre)
    compounds = contract(problem)
    assert not has_groups(compounds.problem)
    plan = drawn_plan(compounds.problem, seed)
    small, whole = scorecard(compounds.problem, plan), scorecard(problem, compounds.expanded(plan))
    np.testing.assert_allclose(small.loads, whole.loads, atol=1e-9)
    np.testing.assert_allclose(small.mix_share, whole.mix_share, atol=1e-9)
    assert whole.together_breaches == 0 or compounds.faults
    assert np.array_equal(compounds.contracted(compounds.expanded(plan)), plan)


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000), centre=st.sampled_from([Centre.CENTROID, Centre.HOME]))
def test_costs_about_centroids_and_homes_differ_by_a_constant(seed: int, centre: Centre) -> None:
    problem = grouped(seed, centre, mixed_owners=False)
    if problem.objective.compactness is Compactness.DIAMETER:
        problem = problem.replace(objective=problem.objective.replace(compactness=Compactness.INERTIA))
    compounds = contract(problem)
    assert compounds.exact
    assert compounds.bounded
    assert compounds.complete
    assert compounds.notes == ()
    plan = drawn_plan(compounds.problem, seed)
    small, whole = scorecard(compounds.problem, plan), scorecard(problem, compounds.expanded(plan))
    assert small.objective + compounds.constant == pytest.approx(whole.objective, rel=1e-9)
    np.testing.assert_allclose(small.budget_used, whole.budget_used, atol=1e-9)
    np.testing.assert_allclose(small.budget_lost, whole.budget_lost, atol=1e-9)
    same = ("mix_breaches", "budget_breaches", "region_breaches")
    assert [getattr(small, name) for name in same] == [getattr(whole, name) for name in same]
    # Two pairs of units may come to one pair of compounds; a pair within a group is a fault.
    assert bool(small.apart_breaches or compounds.faults) == bool(whole.apart_breaches)


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000), centre=centres)
def test_where_groups_have_several_owners_budgets_are_kept_on_the_safe_side(
    seed: int, centre: Centre
) -> None:
    problem = grouped(seed, centre)
    compounds = contract(problem)
    plan = drawn_plan(compounds.problem, seed)
    small, whole = scorecard(compounds.problem, plan), scorecard(problem, compounds.expanded(plan))
    assert (small.budget_used >= whole.budget_used - 1e-9).all()
    assert (small.budget_lost >= whole.budget_lost - 1e-9).all()
    if compounds.bounded:
        assert small.objective + compounds.constant <= whole.objective * (1 + 1e-9)
    if small.feasible and not compounds.faults:
        assert whole.feasible
    if compounds.complete:
        np.testing.assert_allclose(small.budget_used, whole.budget_used, atol=1e-9)
    else:
        assert any("rounded up" in note for note in compounds.notes)


def test_one_weighting_is_exact_whoever_owns_the_units() -> None:
    weight = np.array([1.0, 3.0, 2.0, 5.0])
    problem = grid(4, 1, 2, contiguous=False, band=9.0).replace(
        current=[0, 1, 1, -1], owned=None, had_owner=None, together=[0, 0, 1, 1],
        budgets=(Budget("sales", weight, 4.0, 2.0),),
    )  # fmt: skip
    compounds = contract(problem)
    assert compounds.complete
    for plan in ([0, 0], [0, 1], [1, 0], [1, 1]):
        label = np.array(plan, np.int32)
        small, whole = scorecard(compounds.problem, label), scorecard(problem, compounds.expanded(label))
        np.testing.assert_allclose(small.budget_used, whole.budget_used)
        np.testing.assert_allclose(small.budget_lost, whole.budget_lost)


def test_rules_of_all_units_hold_for_their_compound() -> None:
    excluded = np.zeros((6, 3), bool)
    excluded[0, 1] = excluded[1, 2] = True
    problem = grid(
        3, 2, 3, together=[7, 7, -1, 2, -1, 2], locked=[-1, -1, -1, 2, -1, -1], contiguous=False,
        excluded=csr_array(excluded), apart=[[1, 3], [2, 0], [4, 5]],
        region_of_unit=[-1, 0, -1, 1, 1, -1], region_of_territory=[0, 1, 1], region_name=("East", "West"),
    )  # fmt: skip
    small = contract(problem).problem
    assert small.units.unit_id.tolist() == ["u0 and u1", "u2", "u3 and u5", "u4"]
    assert small.locked.tolist() == [-1, -1, 2, -1]
    assert small.region_of_unit.tolist() == [0, -1, 1, 1]
    assert small.excluded is not None
    assert np.argwhere(small.excluded.toarray()).tolist() == [[0, 1], [0, 2]]
    assert small.apart.tolist() == [[0, 1], [0, 2], [2, 3]]
    assert small.graph is not None
    assert small.graph.edges()[0].tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [2, 3]]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"locked": [0, 1, -1, -1]}, "units u0 and u1 must stay together, but are locked to T001 and T002"),
        (
            {"region_of_unit": [0, 1, -1, -1], "region_name": ("East", "West")},
            "units u0 and u1 must stay together, but belong to the regions East and West",
        ),
        (
            {"apart": [[1, 0]]},
            "units u1 and u0 must be kept apart, but belong to a group that must stay together",
        ),
    ],
)
def test_groups_that_other_rules_tear_apart_are_told(changes: dict[str, object], fault: str) -> None:
    problem = grid(2, 2, 2, together=[0, 0, -1, -1], contiguous=False, region_of_territory=[0, 1], **(
        {"region_name": ("East", "West")} | changes
    ))  # fmt: skip
    assert contract(problem).faults == (fault,)
    result = Contraction(Splitting()).solve(problem, stop=MaxIterations(1))
    assert result.status is Status.INFEASIBLE
    assert result.report.reasons[0] == fault


class Splitting:
    """Finds the plan that splits the units in the middle, and says of it what it is told to."""

    name = "splitting"

    def __init__(self, status: Status = Status.FEASIBLE, bound: float | None = None) -> None:
        self.status, self.bound = status, bound
        self.begun: list[Alignment | None] = []

    def supports(self, problem: AlignmentProblem) -> str | None:
        return "groups" if has_groups(problem) else None

    def solve(
        self,
        problem: AlignmentProblem,
        *,
        start: Alignment | None = None,
        stop: Stop,
        observer: Observer = SILENT,
        seed: int = 0,
    ) -> SolveResult:
        self.begun.append(start)
        plan = Alignment(np.arange(problem.n_units) * problem.n_territories // problem.n_units)
        objective = scorecard(problem, plan.territory).objective
        report = SolveReport(self.name, objective, self.bound, "by luck")
        return SolveResult(plan, self.status, Termination.PROVED, report)


def test_results_are_told_of_the_whole_problem() -> None:
    problem = grid(4, 2, 2, band=2.0, together=[0, 0, 1, 1, -1, -1, -1, -1], centre=Centre.CENTROID)
    result = Contraction(Splitting(Status.OPTIMAL, bound=1.0)).solve(problem, stop=MaxIterations(1))
    assert result.alignment is not None
    assert result.alignment.territory.tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
    assert (result.status, result.termination) == (Status.OPTIMAL, Termination.PROVED)
    compounds = contract(problem)
    assert compounds.constant > 0
    assert result.report.bound == pytest.approx(1.0 + compounds.constant)
    assert result.report.objective == pytest.approx(scorecard(problem, result.alignment.territory).objective)
    assert result.report.notes == ("groups that must stay together were joined: 2 units fewer",)


def test_what_is_approximated_is_not_called_optimal() -> None:
    problem = grid(4, 2, 2, band=2.0, together=[0, 0, 1, 1, -1, -1, -1, -1], centre=Centre.UNIT)
    result = Contraction(Splitting(Status.OPTIMAL, bound=1.0)).solve(problem, stop=MaxIterations(1))
    assert (result.status, result.termination) == (Status.FEASIBLE, Termination.NO_IMPROVEMENT)
    assert (result.report.bound, result.report.bound_kind) == (None, "")


def test_a_better_start_is_kept_where_costs_are_approximated() -> None:
    problem = grid(4, 1, 2, band=2.0, together=[0, 0, -1, -1], centre=Centre.UNIT)
    best = min(
        (np.array(plan, np.int32) for plan in ([0, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0])),
        key=lambda plan: scorecard(problem, plan).objective,
    )
    inner = Splitting()
    result = Contraction(inner).solve(problem, start=Alignment(best), stop=MaxIterations(1))
    assert result.alignment == Alignment(best)
    assert inner.begun == [Alignment(best[1:])]


def test_without_groups_the_inner_solver_gets_the_whole_problem() -> None:
    problem = points(12, 3, together=np.arange(12) - 1)
    assert not has_groups(problem)
    wrapped = Contraction(Splitting())
    assert wrapped.supports(problem.replace(together=strips(4, 3, 2))) is None
    result = wrapped.solve(problem, stop=MaxIterations(1))
    assert replace(result.report, seconds=0.0) == SolveReport(
        "splitting", result.report.objective, None, "by luck"
    )
