"""One run of a solver: the best so far, how much of the effort is spent, and searches side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import TypeVar

import numpy as np

from planner.alignment import Alignment
from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.solving import Observer, Progress
from planner.stop import Stop, Termination
from solvers.effort import Effort
from solvers.local_search.annealing import TOLERANCE, Found, found
from solvers.local_search.search_state import SearchState
from solvers.model import SearchModel
from solvers.portion import Uncounted
from solvers.starts import obey

Work = TypeVar("Work")


class Run:
    """One run: what is solved, the best so far, and what was done.

    Parameters
    ----------
    problem, model
        What is solved, as given and as the kernels see it.
    stop
        When to stop.
    observer
        Told of everything better, and of signs of life.
    workers
        Searches side by side.
    """

    def __init__(
        self, problem: AlignmentProblem, model: SearchModel, stop: Stop, observer: Observer, workers: int
    ) -> None:
        self.problem, self.model, self.stop, self.workers = problem, model, stop, workers
        self.observer = observer
        self.best: Found | None = None
        self.bound: float | None = None
        self.iterations = 0
        self._cut_short = False
        self.notes: list[str] = []
        self._effort = Effort(stop)
        self.seconds, self.most_iterations = self._effort.seconds, self._effort.iterations

    def spent(self) -> float:
        """Return the share of time or iterations that is spent, in [0, 1]; 0 where neither is limited."""
        return self._effort.spent(self.iterations)

    def clock(self, share: float) -> Uncounted:
        """Return the rule for searches that may run until `share` of the time is spent."""
        return Uncounted(self.stop, (1.0 - share) * self.seconds)

    def over(self, share: float) -> bool:
        """Return whether `share` of the effort is spent, or the run must end."""
        if self.termination is None and self.spent() < share:
            return False
        self._cut_short = True
        return True

    @property
    def termination(self) -> Termination | None:
        """Why the run must end now; None while it may go on."""
        return self.stop.reason(self.iterations)

    @property
    def ending(self) -> Termination:
        """Why a run that is over has ended: what its steps were cut short by, if they were."""
        if self.termination is not None:
            return self.termination
        if not self._cut_short:
            return Termination.NO_IMPROVEMENT
        return Termination.TIME_LIMIT if np.isfinite(self.seconds) else Termination.ITERATION_LIMIT

    @property
    def breached(self) -> bool:
        """Whether the best so far breaks a band or the budget, or there is none."""
        return self.best is None or self.best.breach > TOLERANCE

    def consider(self, territory: IntArray, phase: str) -> None:
        """Keep an alignment where it obeys locks, exclusions and contiguity and is the best so far."""
        obedient = obey(self.model, territory)
        measured = scorecard(self.problem, obedient)
        if measured.unassigned or measured.exclusion_breaches or measured.surplus_pieces.any():
            return
        if not measured.n_units.all() and self.problem.n_units >= self.problem.n_territories:
            return
        self.keep(found(SearchState(self.model, obedient, 0)), phase)

    def keep(self, candidate: Found, phase: str) -> None:
        """Keep `candidate` where it is the best so far, and give a sign of life."""
        if candidate.better_than(self.best):
            self.best = candidate
        if self.best is None:
            return
        limited = np.isfinite(self.seconds) or np.isfinite(self.most_iterations)
        unit = self.model.cost_unit
        self.observer(
            Progress(
                phase,
                self.spent() if limited else None,
                self.best.cost * unit,
                None if self.bound is None else min(self.bound, self.best.cost) * unit,
                self.best.breach,
                self.iterations,
                Alignment(self.best.territory),
            )
        )

    def side_by_side(
        self,
        pool: Executor,
        work: Sequence[Work],
        search: Callable[[Work, int, Stop], Found],
        share: float,
        first: int = 0,
        ends: float | None = None,
    ) -> Iterator[Found]:
        """Run `search` over `work`, as many at once as there are workers, in order, until `share` is spent.

        The first ones begin in any case. `search` takes one piece of work, its number from `first`, and its clock,
        which runs to `share`, or to `ends` where what has begun may take longer.
        """
        for begin in range(0, len(work), self.workers):
            if begin and self.over(share):
                return
            batch = work[begin : begin + self.workers]
            clock = self.clock(share if ends is None else ends)
            futures = [pool.submit(search, one, first + begin + b, clock) for b, one in enumerate(batch)]
            for future in futures:
                self.iterations += 1
                yield future.result()
