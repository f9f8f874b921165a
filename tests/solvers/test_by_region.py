"""Regions apart: the same plans, costs and rules; effort and budgets are shared out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from planner.alignment import Alignment
from planner.budget import Budget
from planner.mix import Mix
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.solving import SILENT, Observer, Progress, SolveReport, SolveResult, Status
from planner.stop import Cancelled, MaxIterations, MaxSeconds, Stop, Termination
from solvers.apportionment import Apportionment
from solvers.by_region import ByRegion
from solvers.portion import Portion, portion
from solvers.regions import has_regions, split
from tests.contract.problems import grid, regional
from tests.solvers.drawn import drawn_problem


class TestPortion:
    def test_iterations_are_shared_out_and_one_is_the_least(self) -> None:
        run = MaxIterations(20)
        quarter = portion(run, 4, (np.inf, 20), 0.6, 0.25)
        assert quarter.most == 2
        assert quarter.iterations_left(1) == 1
        assert quarter.reason(1) is None
        assert quarter.reason(2) is Termination.ITERATION_LIMIT
        assert portion(run, 12, (np.inf, 20), 0.6, 0.5).most == 1

    def test_the_run_ends_every_part(self) -> None:
        part = Portion(MaxIterations(20), 18, np.inf, np.inf)
        assert part.reason(1) is None
        assert part.iterations_left(1) == 1
        assert part.reason(2) is Termination.ITERATION_LIMIT
        assert Portion(Cancelled(lambda: True), 0, 5, 0.0).reason(0) is Termination.CANCELLED

    def test_seconds_are_shared_out(self) -> None:
        now = [0.0]
        run = MaxSeconds(100.0, clock=lambda: now[0], started=0.0)
        now[0] = 10.0
        # 40 seconds are left until half of the effort is spent; a quarter of them is 10.
        part = portion(run, 0, (100.0, np.inf), 0.5, 0.25)
        assert part.seconds_left() == pytest.approx(10.0)
        assert np.isinf(part.iterations_left(3))
        now[0] = 20.5
        assert part.seconds_left() == 0.0
        assert part.reason(0) is Termination.TIME_LIMIT
        assert portion(run, 0, (100.0, np.inf), 0.1, 1.0).seconds_left() == 0.0

    def test_without_limits_there_is_nothing_to_share(self) -> None:
        part = portion(Cancelled(lambda: False), 0, (np.inf, np.inf), 0.2, 0.5)
        assert np.isinf(part.seconds_left())
        assert part.reason(10**6) is None


def drawn(seed: int, centre: Centre, contiguous: bool) -> AlignmentProblem:
    """Return a random problem with every kind of rule but groups, in two regions and units that may go to both."""
    random = np.random.default_rng(seed)
    problem = drawn_problem(seed, centre=centre, contiguous=contiguous)
    n, k = problem.n_units, problem.n_territories
    of_territory = np.r_[0, 1, random.integers(-1, 2, k - 2)]
    of_unit = random.integers(0, 2, n)
    if random.random() < 0.5:
        of_unit[random.integers(0, n, 2)] = -1
    fixed = np.zeros(k)
    part = random.uniform(0, 1, n)
    return problem.replace(
        locked=np.full(n, -1),
        region_of_unit=of_unit, region_of_territory=of_territory, region_name=("West", "East"),
        budgets=(problem.budgets[0].replace(total=np.inf, per_territory=random.uniform(0, n, k)),),
        mixes=(Mix("A", part, np.ones(n), fixed, fixed, np.full(k, 0.3), np.full(k, 0.9)),),
        apart=np.array([random.choice(n, 2, replace=False) for _ in range(2)]),
        loose=random.integers(0, 2, 3)[of_territory].astype(bool),
    )  # fmt: skip


@settings(max_examples=80)
@given(seed=st.integers(0, 100_000), centre=st.sampled_from(list(Centre)), contiguous=st.booleans())
def test_plans_of_parts_add_up_to_a_plan_of_the_whole(seed: int, centre: Centre, contiguous: bool) -> None:
    problem = drawn(seed, centre, contiguous)
    regions = split(problem)
    assert has_regions(problem)
    plan = np.full(problem.n_units, -1, np.int32)
    cost, kept = 0.0, True
    for part in regions.parts:
        assert not has_regions(part.problem)
        random = np.random.default_rng([seed, 2])
        own = random.integers(0, part.problem.n_territories, part.problem.n_units).astype(np.int32)
        if part.problem.excluded is not None:
            # Keep to what is allowed where anything is.
            banned = part.problem.excluded.toarray()
            own = np.where(banned[np.arange(len(own)), own], banned.argmin(axis=1), own).astype(np.int32)
        card = scorecard(part.problem, own)
        cost += card.objective
        kept = kept and card.feasible
        plan[part.units] = part.territories[own]
    if not regions.whole:
        assert regions.faults
        return
    assert (plan >= 0).all()
    whole = scorecard(problem, plan)
    if problem.objective.compactness is not Compactness.DIAMETER:
        assert whole.objective == pytest.approx(cost, rel=1e-9)
    if regions.faults:
        return
    if all(part.complete for part in regions.parts) and len(regions.parts) > 1:
        assert whole.feasible == kept
    elif kept:
        # Where units are shared between loose regions and others, the parts are stricter.
        assert whole.feasible


def test_what_touches_is_solved_together() -> None:
    assert [part.name for part in split(regional()).parts] == ["region West", "region East"]
    (both,) = split(regional((44,))).parts
    assert both.name == "regions West and East"
    assert both.problem.excluded is not None
    # All but the shared unit are kept from the two territories of the other region.
    assert both.problem.excluded.toarray().sum() == 2 * 79
    locked = np.full(80, -1)
    locked[44] = 1
    assert [part.name for part in split(regional((44,), locked=locked)).parts] == [
        "region West",
        "region East",
    ]
    excluded = np.zeros((80, 4), bool)
    excluded[44, :2] = True
    west, east = split(regional((44,), excluded=csr_array(excluded))).parts
    assert 44 in east.units
    assert 44 not in west.units


def test_territories_without_a_region_hold_units_without_one() -> None:
    problem = regional(
        (0, 1),
        region_of_territory=[0, 1, 1, -1],
    )
    assert len(split(problem).parts) == 1
    excluded = np.zeros((80, 4), bool)
    excluded[[0, 1], :3] = True
    parts = split(problem.replace(excluded=csr_array(excluded))).parts
    assert [part.name for part in parts] == ["region West", "region East", "what has no region"]
    assert parts[2].units.tolist() == [0, 1]
    assert parts[2].territories.tolist() == [3]


def test_what_seats_lose_to_other_regions_is_taken_off_what_they_may_lose() -> None:
    # Today's strips: T001 and T002 own columns 0 to 4, which are the west.
    problem = regional(
        region_of_territory=[0, 1, 0, 1], budgets=(Budget("units", np.ones(80), per_territory=30.0),)
    )
    west, east = split(problem).parts
    in_the_east = int((problem.current[east.units] == 0).sum())
    in_the_west = int((problem.current[west.units] == 1).sum())
    assert (in_the_east, in_the_west) == (0, 16)
    assert west.problem.budgets[0].per_territory[0] == 30.0
    assert east.problem.budgets[0].per_territory[0] == 30.0 - 16.0
    assert split(problem).faults == ()
    tight = problem.replace(budgets=(Budget("units", np.ones(80), per_territory=10.0),))
    # Columns 5 to 7 are of T003 today, which is in the west.
    assert split(tight).faults == (
        "territory T003 loses at least 24 of units to other regions; it may lose 10",
        "territory T002 loses at least 16 of units to other regions; it may lose 10",
    )


def test_an_enclave_counts_as_an_island_of_its_region() -> None:
    problem = regional()
    graph = problem.graph_within_regions()
    assert graph is not None
    assert set(graph.neighbours(28).tolist()) == {29}
    plan = np.where(problem.region_of_unit == 1, 2, 0).astype(np.int32)
    plan[:80:10] = 1
    plan[79] = 3
    assert plan[[28, 29]].tolist() == [0, 0]
    assert not scorecard(problem, plan).surplus_pieces.any()
    assert problem.replace(region_of_unit=None).graph_within_regions() is problem.graph


@dataclass(frozen=True)
class Asked:
    """What a solver was asked."""

    problem: AlignmentProblem
    start: Alignment | None
    iterations: float


@dataclass(frozen=True)
class Answer:
    """What it finds."""

    plan: Sequence[int]
    status: Status = Status.FEASIBLE
    bound: float | None = None


class Scripted:
    """Finds the plans it is told to, and notes what it was asked."""

    name = "scripted"

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.answer = answer
        self.asked: list[Asked] = []

    def supports(self, problem: AlignmentProblem) -> str | None:
        return "regions" if has_regions(problem) else None

    def solve(
        self,
        problem: AlignmentProblem,
        *,
        start: Alignment | None = None,
        stop: Stop,
        observer: Observer = SILENT,
        seed: int = 0,
    ) -> SolveResult:
        asked = Asked(problem, start, stop.iterations_left(0))
        self.asked.append(asked)
        answer = self.answer(asked)
        found = Alignment(np.array(answer.plan))
        cost = scorecard(problem, found.territory).objective
        observer(Progress("luck", 0.5, cost, answer.bound, 0.0, 1, found))
        reasons = ("no way",) if answer.status is Status.INFEASIBLE else ()
        report = SolveReport(self.name, cost, answer.bound, "by luck", 0.0, 1, (f"seed {seed}",), reasons)
        proved = answer.status is Status.OPTIMAL
        ending = Termination.PROVED if proved else Termination.NO_IMPROVEMENT
        return SolveResult(found, answer.status, ending, report)


def halves(**changes: object) -> AlignmentProblem:
    """Return a row of 8 units: 4 in the west for two territories, 4 in the east for two others."""
    region = [0, 0, 0, 0, 1, 1, 1, 1]
    return grid(
        8, 1, 4, band=3.0, centre=Centre.CENTROID, region_of_unit=region, region_of_territory=[0, 0, 1, 1],
        region_name=("West", "East"),
    ).replace(**changes)  # fmt: skip


def even() -> Scripted:
    """Return a solver that proves the best plan to be two units each."""
    return Scripted(lambda _: Answer([0, 0, 1, 1], Status.OPTIMAL, 5.0))


def test_results_add_up() -> None:
    seen: list[Progress] = []
    result = ByRegion(even()).solve(halves(), stop=MaxIterations(20), observer=seen.append, seed=7)
    assert result.alignment is not None
    assert result.alignment.territory.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert (result.status, result.termination) == (Status.OPTIMAL, Termination.PROVED)
    assert (result.report.bound, result.report.bound_kind) == (10.0, "by luck")
    assert result.report.solver == "scripted"
    assert result.report.iterations == 2
    apart = "region West (4 units, 2 territories), region East (4 units, 2 territories)"
    assert result.report.notes == (
        f"nothing ties these together, they were solved apart: {apart}",
        "region West: seed 7",
        "region East: seed 8",
    )
    first, second = seen
    assert (first.phase, first.objective, first.alignment) == ("region West: luck", None, None)
    assert second.alignment == result.alignment
    assert second.objective == pytest.approx(result.report.objective)
    assert (second.iterations, second.fraction) == (2, 0.1)


def test_a_second_round_goes_on_from_the_first_with_the_rest_of_the_effort() -> None:
    inner = Scripted(lambda asked: Answer([0, 1, 1, 1] if asked.start is None else [0, 0, 1, 1]))
    result = ByRegion(_Cut(inner)).solve(halves(), stop=MaxIterations(22), seed=1)
    assert [asked.start is None for asked in inner.asked] == [True, True, False, False]
    assert [asked.iterations for asked in inner.asked] == [1, 1, 10, 19]
    assert result.alignment is not None
    assert result.alignment.territory.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert result.termination is Termination.ITERATION_LIMIT


def test_what_ended_by_itself_is_not_solved_again() -> None:
    inner = Scripted(lambda _: Answer([0, 0, 1, 1]))
    result = ByRegion(inner).solve(halves(), stop=MaxIterations(22))
    assert len(inner.asked) == 2
    assert result.termination is Termination.NO_IMPROVEMENT


class _Cut(Scripted):
    """Says of everything that it was cut short."""

    def __init__(self, inner: Scripted) -> None:
        self.inner = inner

    def solve(self, problem: AlignmentProblem, **given: object) -> SolveResult:  # type: ignore[override]
        return self.inner.solve(problem, **given).replace(termination=Termination.ITERATION_LIMIT)  # type: ignore[arg-type]


def test_budgets_for_all_are_kept_by_all_together_and_what_is_left_over_passed_on() -> None:
    problem = halves(budgets=(Budget("units", np.ones(8), 4.0),))

    # The west, which is first, moves one unit of two; the east moves two where it may.
    def moves(asked: Asked) -> Answer:
        west = asked.problem.units.unit_id[0] == "u0"
        allowed = asked.problem.budgets[0].total
        return Answer(
            ([0, 0, 0, 1] if west else [1, 1, 1, 1]) if allowed >= 2 - west else [0, 0, 1, 1], bound=1.0
        )

    inner = Scripted(moves)
    result = ByRegion(inner).solve(problem, stop=MaxIterations(20))
    assert [asked.problem.budgets[0].total for asked in inner.asked] == [2.0, 3.0, 1.5, 3.0]
    assert result.status is Status.FEASIBLE
    assert result.alignment is not None
    assert scorecard(problem, result.alignment.territory).budget_used.tolist() == [3.0]
    assert result.report.bound is None
    assert any("shared out" in note for note in result.report.notes)


def test_a_part_whose_rules_do_not_hold_gets_all_that_is_left_over_and_goes_first() -> None:
    problem = halves(budgets=(Budget("units", np.ones(8), 4.0),))

    # The west cannot hold its rules unless it moves three units; the east moves one.
    def needs_three(asked: Asked) -> Answer:
        if asked.problem.units.unit_id[0] != "u0":
            return Answer([0, 0, 0, 1])
        enough = asked.problem.budgets[0].total >= 3
        return Answer([1, 1, 0, 1]) if enough else Answer([0, 0, 1, 1], Status.UNKNOWN)

    inner = Scripted(needs_three)
    result = ByRegion(inner).solve(problem, stop=MaxIterations(20))
    assert [asked.problem.units.unit_id[0] for asked in inner.asked] == ["u0", "u4", "u0", "u4"]
    assert [asked.problem.budgets[0].total for asked in inner.asked] == [2.0, 4.0, 3.0, 1.0]
    assert result.alignment is not None
    assert result.alignment.territory.tolist() == [1, 1, 0, 1, 2, 2, 2, 3]


@given(seed=st.integers(0, 10_000))
def test_what_is_allotted_never_comes_to_more_than_there_is(seed: int) -> None:
    random = np.random.default_rng(seed)
    problem = regional(
        budgets=(
            Budget("units", random.uniform(0, 1, 80), random.uniform(10, 40)),
            Budget("all", np.ones(80)),
        )
    )
    parts = [part.problem for part in split(problem).parts]
    shared = Apportionment(problem, parts)
    assert shared.shared
    used = shared.least[:, 0].copy()
    for _ in range(4):
        p = int(random.integers(2))
        allotted = shared.allotted(
            p, [p] if random.random() < 0.5 else [0, 1], alone=bool(random.random() < 0.3)
        )
        budget = allotted.budgets[0]
        assert np.isinf(allotted.budgets[1].total)
        others = used.sum() - used[p]
        assert budget.total <= max(problem.budgets[0].total - others, shared.least[p, 0]) + 1e-9
        plan = np.where(random.random(len(parts[p].current)) < 0.3, 1, np.maximum(parts[p].current, 0))
        moved = float(parts[p].moved_share(plan.astype(np.int32)) @ budget.weight)
        if moved <= budget.most:
            shared.uses(p, plan.astype(np.int32))
            used[p] = max(moved, shared.least[p, 0])
    assert used.sum() <= max(problem.budgets[0].total, shared.least[:, 0].sum()) + 1e-6


def test_a_share_of_a_budget_that_is_too_small_proves_nothing() -> None:
    problem = halves(budgets=(Budget("units", np.ones(8), 4.0),))

    def impossible() -> Scripted:
        return Scripted(lambda _: Answer([1, 1, 1, 1], Status.INFEASIBLE))

    result = ByRegion(impossible()).solve(problem, stop=MaxIterations(20))
    assert result.status is not Status.INFEASIBLE
    without = ByRegion(impossible()).solve(halves(), stop=MaxIterations(20))
    assert without.status is Status.INFEASIBLE
    assert without.report.reasons[:2] == ("region West: no way", "region East: no way")


def test_stricter_rules_than_asked_for_prove_nothing() -> None:
    free = halves(region_of_unit=[0, 0, 0, -1, 1, 1, 1, 1], loose=[True, True, False, False])

    inner = Scripted(lambda _: Answer([0, 0, 1, 1, 2, 2, 3, 3], Status.OPTIMAL, 1.0))
    result = ByRegion(inner).solve(free, stop=MaxIterations(5))
    assert inner.asked[0].problem.contiguous
    assert (result.status, result.termination) == (Status.FEASIBLE, Termination.NO_IMPROVEMENT)
    assert result.report.bound is None
    assert any("in one piece" in note for note in result.report.notes)


def test_loose_regions_may_be_in_pieces() -> None:
    inner = even()
    ByRegion(inner).solve(halves(loose=[True, True, False, False]), stop=MaxIterations(5))
    assert [asked.problem.contiguous for asked in inner.asked] == [False, True]
    inner = Scripted(lambda _: Answer([0, 0, 1, 1, 2, 2, 3, 3]))
    everywhere = grid(8, 1, 4, band=3.0, loose=[True] * 4)
    ByRegion(inner).solve(everywhere, stop=MaxIterations(5))
    assert [asked.problem.contiguous for asked in inner.asked] == [False]


def test_a_start_is_passed_on_to_every_part() -> None:
    inner = even()
    start = Alignment(np.array([1, 1, 0, 0, 2, 3, 0, 3]))
    ByRegion(inner).solve(halves(), start=start, stop=MaxIterations(5))
    assert [asked.start.territory.tolist() for asked in inner.asked[:2] if asked.start] == [
        [1, 1, 0, 0],
        [0, 1, 0, 1],
    ]


def test_without_regions_the_inner_solver_gets_the_whole_problem() -> None:
    whole = grid(4, 1, 2, band=3.0, centre=Centre.CENTROID)
    inner = even()
    result = ByRegion(inner).solve(whole, stop=MaxIterations(5))
    assert inner.asked[0].problem is whole
    assert result.report.notes == ("seed 0",)
    assert ByRegion(inner).supports(halves()) is None
