"""A solver that says why rules cannot hold together, and what would help, around one that looks for the best plan.

What proofs without search can tell is told before the search begins: it costs a small part of the time, and the reasons
are there whenever the run ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.alignment import Alignment
from planner.problem import AlignmentProblem
from planner.solving import SILENT, Observer, Solver, SolveResult, Status
from planner.stop import Stop, Termination
from solvers.consistency import Consistency, explain
from solvers.portion import Uncounted

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
        told = explain(problem, stop=_share_of(stop), seed=seed)
        result = self.inner.solve(problem, start=start, stop=stop, observer=observer, seed=seed)
        if told is None and result.status is Status.INFEASIBLE:
            told = explain(problem, stop=_share_of(stop), seed=seed, proved=True)
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


def _share_of(stop: Stop) -> Uncounted:
    """Return the rule for an explanation: a small share of the time; iterations are the search's."""
    left = stop.seconds_left()
    return Uncounted(stop, left - min(MOST_SECONDS, MOST_SHARE * left))
