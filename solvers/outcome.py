"""What a run tells when it is over: status, bound and the rules that were missed, in plain words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.alignment import Alignment
from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.rules import breaches_of
from planner.scorecard import scorecard
from planner.solving import SolveReport, SolveResult, Status
from planner.stop import Termination
from solvers.conflicts import Conflict

PROVED_GAP = 1e-6
"""Relative gap at which an alignment counts as optimal."""

SHOWN = 20
"""Broken rules that are named; the rest are counted."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """All that a run knows in the end.

    Parameters
    ----------
    solver
        Its name.
    territory
        Best alignment found, shape ``(n_units,)``; None where there is none.
    termination
        What ended the run.
    proved
        Whether a search of everything found nothing better.
    bound, bound_kind
        Proven lower bound in the unit of the objective, and which it is; None and empty where there is none.
    conflicts
        Proofs that the rules cannot hold.
    notes
        What was done and why.
    seconds, iterations
        What it took.
    """

    solver: str
    territory: IntArray | None
    termination: Termination
    proved: bool
    bound: float | None
    bound_kind: str
    conflicts: tuple[Conflict, ...]
    notes: tuple[str, ...]
    seconds: float
    iterations: int

    def result(self, problem: AlignmentProblem) -> SolveResult:
        """Judge the alignment by the rules of `problem` and say what is known about it."""
        termination = self.termination
        report = SolveReport(
            self.solver,
            None,
            # No plan costs less than nothing, whatever a bound that was cut short says.
            None if self.bound is None else max(0.0, self.bound),
            self.bound_kind,
            self.seconds,
            self.iterations,
            self.notes,
            tuple(conflict.message for conflict in self.conflicts),
        )
        if self.territory is None:
            if self.conflicts:
                return SolveResult(None, Status.INFEASIBLE, Termination.PROVED, report)
            missing = "no complete alignment was found before the run ended"
            return SolveResult(None, Status.UNKNOWN, termination, report.replace(reasons=(missing,)))
        alignment = Alignment(self.territory)
        measured = scorecard(problem, self.territory)
        report = replace(report, objective=measured.objective)
        if self.conflicts or not measured.feasible:
            report = report.replace(reasons=(*report.reasons, *breaches(problem, self.territory)))
            status = Status.INFEASIBLE if self.conflicts else Status.UNKNOWN
            return SolveResult(alignment, status, termination, report)
        if report.bound is not None:
            report = report.replace(bound=min(report.bound, measured.objective))
        if self.proved or (report.gap is not None and report.gap <= PROVED_GAP):
            return SolveResult(alignment, Status.OPTIMAL, Termination.PROVED, report)
        return SolveResult(alignment, Status.FEASIBLE, termination, report)


def rejudged(
    problem: AlignmentProblem,
    found: SolveResult,
    territory: IntArray | None,
    *,
    bound: float | None,
    same_rules: bool,
    same_cost: bool,
    reasons: tuple[str, ...] = (),
) -> SolveResult:
    """Return what the result of an equivalent problem means for `problem`.

    Parameters
    ----------
    problem
        What the alignment is judged by.
    found
        Result of the equivalent problem.
    territory
        The alignment it comes to, shape ``(n_units,)``; None where there is none.
    bound
        Lower bound that holds for `problem`; None where there is none.
    same_rules, same_cost
        Whether every alignment that keeps the rules of `problem` keeps those of the other, and whether costs rank
        alignments in the same way: what was proved infeasible is, and what was proved optimal.
    reasons
        Proofs, in words, that no alignment keeps the rules of `problem`.
    """
    impossible = bool(reasons) or (same_rules and found.status is Status.INFEASIBLE)
    ending = found.termination
    best = same_rules and same_cost and found.status is Status.OPTIMAL
    if ending is Termination.PROVED and not best and not impossible:
        ending = Termination.NO_IMPROVEMENT
    report = found.report.replace(objective=None, bound=bound, reasons=())
    report = report if bound is not None else report.replace(bound_kind="")
    told = (*reasons, *found.report.reasons)
    if territory is None:
        status = Status.INFEASIBLE if impossible else Status.UNKNOWN
        return SolveResult(None, status, ending, report.replace(reasons=told))
    measured = scorecard(problem, territory)
    report = report.replace(objective=measured.objective)
    if impossible:
        told = told if found.report.reasons else (*reasons, *breaches(problem, territory))
        return SolveResult(Alignment(territory), Status.INFEASIBLE, ending, report.replace(reasons=told))
    if not measured.feasible:
        report = report.replace(reasons=breaches(problem, territory))
        return SolveResult(Alignment(territory), Status.UNKNOWN, ending, report)
    if bound is not None:
        report = report.replace(bound=min(bound, measured.objective))
    if best or (report.gap is not None and report.gap <= PROVED_GAP):
        return SolveResult(Alignment(territory), Status.OPTIMAL, Termination.PROVED, report)
    return SolveResult(Alignment(territory), Status.FEASIBLE, ending, report)


def breaches(problem: AlignmentProblem, territory: IntArray) -> tuple[str, ...]:
    """Return the hard rules that an alignment breaks, worst first, in plain words with names and numbers."""
    said = [breach.text for breach in breaches_of(problem, territory)]
    return (*said[:SHOWN], f"and {len(said) - SHOWN} more") if len(said) > SHOWN else tuple(said)
