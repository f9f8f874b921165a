"""Regions side by side: the same plan whoever solves them in whatever order; effort and budgets are shared out."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.alignment import Alignment
from planner.budget import Budget
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.solving import Progress, SolveReport, SolveResult, Status
from planner.stop import AnyOf, Cancelled, MaxIterations, MaxSeconds, Termination
from solvers import solve
from solvers.by_region import ByRegion
from solvers.side_by_side import InOrder, Piece, PieceObserver, seconds_each
from tests.contract.problems import regional


@dataclass(frozen=True)
class Backwards:
    """Solves pieces in the opposite order, each sent as bytes and back, as a cluster may."""

    width: int = 3

    def __call__(
        self, pieces: Sequence[Piece], *, cancelled: Callable[[], bool], observer: PieceObserver
    ) -> list[SolveResult]:
        """Return the results in order."""
        found = {}
        for number in reversed(range(len(pieces))):
            piece: Piece = pickle.loads(pickle.dumps(pieces[number]))
            result = piece.solved(cancelled, lambda sign, number=number: observer(number, sign))  # type: ignore[misc]
            found[number] = pickle.loads(pickle.dumps(result))
        return [found[number] for number in range(len(pieces))]


def solved(problem: AlignmentProblem, mapper: object, iterations: int = 12) -> SolveResult:
    """Return what is found with a limit on iterations."""
    return solve(problem, stop=MaxIterations(iterations), seed=3, mapper=mapper)  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", [np.inf, 30.0])
def test_the_plan_does_not_depend_on_who_solves_the_regions(budget: float) -> None:
    problem = regional(budgets=(Budget("units", np.ones(80), budget),))
    here, there = solved(problem, InOrder()), solved(problem, Backwards())
    assert here.alignment == there.alignment
    assert here.replace(report=here.report.replace(seconds=0)) == there.replace(
        report=there.report.replace(seconds=0)
    )
    assert here.alignment is not None
    card = scorecard(problem, here.alignment.territory)
    assert card.feasible
    assert here.report.objective == pytest.approx(card.objective)


@dataclass(frozen=True)
class Greedy:
    """Spends all it may, or ends early where told to; notes what it was given."""

    given: list[Piece]
    early: tuple[str, ...] = ()

    def result(self, piece: Piece) -> SolveResult:
        """Return a plan of the piece."""
        self.given.append(piece)
        n, k = piece.problem.n_units, piece.problem.n_territories
        early = piece.name in self.early
        report = SolveReport("greedy", iterations=1 if early else int(min(piece.iterations, 1000)))
        ending = Termination.NO_IMPROVEMENT if early else Termination.ITERATION_LIMIT
        return SolveResult(Alignment(np.arange(n, dtype=np.int32) % k), Status.FEASIBLE, ending, report)

    width = 2

    def __call__(
        self, pieces: Sequence[Piece], *, cancelled: Callable[[], bool], observer: PieceObserver
    ) -> list[SolveResult]:
        """Return made-up results."""
        return [self.result(piece) for piece in pieces]


def names(problem: AlignmentProblem) -> list[str]:
    """Return the names of the parts."""
    greedy = Greedy([])
    by_region(greedy).solve(problem, stop=MaxIterations(20))
    return list(dict.fromkeys(piece.name for piece in greedy.given))


def by_region(mapper: object) -> ByRegion:
    """Return regions solved by a mapper."""
    from solvers.pipeline import Pipeline

    return ByRegion(Pipeline(), mapper)  # type: ignore[arg-type]


def test_what_a_region_leaves_over_goes_to_the_others_in_further_rounds() -> None:
    problem = regional()
    first, second = names(problem)
    greedy = Greedy([], early=(first,))
    result = by_region(greedy).solve(problem, stop=MaxIterations(100))
    assert [piece.name for piece in greedy.given][:2] == [first, second]
    later = [piece for piece in greedy.given[2:] if piece.name == first]
    # It ended by itself: going on would bring nothing.
    assert later == []
    assert result.report.iterations == 100
    assert all(piece.start is not None for piece in greedy.given[2:])


@given(
    sizes=st.lists(st.integers(1, 1000), min_size=1, max_size=12),
    width=st.integers(1, 5),
    seconds=st.floats(0.1, 1000),
)
def test_pieces_taken_largest_first_end_in_time(sizes: list[int], width: int, seconds: float) -> None:
    each = seconds_each(sizes, width, seconds)
    free = [0.0] * width
    for piece in sorted(each, reverse=True):
        at = int(np.argmin(free))
        free[at] += piece
    assert max(free) == pytest.approx(seconds)
    assert seconds_each(sizes, width, np.inf) == [np.inf] * len(sizes)


def test_a_cancelled_run_has_the_start_and_says_so() -> None:
    problem = regional()
    start = Alignment(np.maximum(problem.current, 0))
    result = solve(
        problem, start=start, stop=AnyOf((Cancelled(lambda: True), MaxIterations(50))), mapper=InOrder()
    )
    assert result.termination is Termination.CANCELLED


def test_time_that_is_up_is_no_cancellation() -> None:
    now = [0.0]

    @dataclass(frozen=True)
    class Slow(Greedy):
        def result(self, piece: Piece) -> SolveResult:
            now[0] += 6.0
            return super().result(piece).replace(termination=Termination.CANCELLED)

    stop = MaxSeconds(10.0, clock=lambda: now[0], started=0.0)
    result = by_region(Slow([])).solve(regional(), stop=stop)
    assert result.termination is Termination.TIME_LIMIT


def test_progress_of_all_regions_is_told_as_that_of_the_whole() -> None:
    seen: list[Progress] = []
    problem = regional()
    solve(problem, stop=MaxIterations(12), observer=seen.append, seed=3, mapper=Backwards())
    whole = [sign for sign in seen if sign.alignment is not None]
    assert whole
    assert all(len(sign.alignment or ()) == problem.n_units for sign in whole)
    assert {sign.phase.split(":")[0] for sign in seen} >= set(names(problem))
