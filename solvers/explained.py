"""A solver that says why rules cannot hold together, and what would help, around one that looks for the best plan.

What proofs without search can tell is told before the search begins: it costs a small part of the time, and the reasons
are there whenever the run ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.alignment import Alignment
from planner.problem import AlignmentProblem
from planner.solving import SILENT, Observer, Solver, SolveResult, Status
from planner.stop import Stop, Termination
from solvers.consistency import Consistency, explain

MOST_SHARE, MOST_SECONDS = 0.1, 5.0
"""Share of the time, and seconds, that an explanation may take."""


@dataclass(frozen=True)
class Explained:
    """A solver whose reasons name the fewest rules in conflict and verified ways out.

    Parameters
    ----------
    inner
        Solver that looks for the plan.
    """

    inner: Solver

    @property
    def name(self) -> str:
        """Name of the inner solver: to users it is the same."""
        return self.inner.name

    def supports(self, problem: AlignmentProblem) -> str | None:
        """Return what the inner solver says."""
        return self.inner.supports(problem)

    def solve(
        self,
        problem: AlignmentProblem,
        *,
        start: Alignment | None = None,
        stop: Stop,
        observer: Observer = SILENT,
        seed: int = 0,
    ) -> SolveResult:
        """Return the best alignment found until `stop` says so; see `planner.solving.Solver`."""
        told = explain(problem, stop=_Share.of(stop), seed=seed)
        result = self.inner.solve(problem, start=start, stop=stop, observer=observer, seed=seed)
        if told is None and result.status is Status.INFEASIBLE:
            told = explain(problem, stop=_Share.of(stop), seed=seed, proved=True)
        return result if told is None else _with(result, told)


def _with(result: SolveResult, told: Consistency) -> SolveResult:
    """Return `result` with the explanation before its other reasons."""
    if result.status in (Status.OPTIMAL, Status.FEASIBLE):
        return result
    reasons = (*told.reasons, *(one for one in result.report.reasons if one not in told.reasons))
    ending = Termination.PROVED if result.termination is not Termination.CANCELLED else result.termination
    return result.replace(
        status=Status.INFEASIBLE, termination=ending, report=result.report.replace(reasons=reasons)
    )


@dataclass(frozen=True)
class _Share:
    """Stops an explanation when its share of the time is spent; iterations are the search's."""

    stop: Stop
    keeps: float

    @classmethod
    def of(cls, stop: Stop) -> _Share:
        left = stop.seconds_left()
        share = min(MOST_SECONDS, MOST_SHARE * left) if np.isfinite(left) else 0.0
        return cls(stop, left - share if np.isfinite(left) else -np.inf)

    def reason(self, iterations: int) -> Termination | None:
        """Return why to stop, None to go on."""
        reason = self.stop.reason(0)
        return Termination.TIME_LIMIT if reason is None and self.seconds_left() <= 0 else reason

    def seconds_left(self) -> float:
        """Return the seconds left of the share; inf where time is not limited."""
        left = self.stop.seconds_left()
        return max(0.0, left - self.keeps) if np.isfinite(left) else left

    def iterations_left(self, iterations: int) -> float:
        """Return infinity: see above."""
        return float("inf")
