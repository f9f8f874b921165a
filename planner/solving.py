"""What a solver is, what it returns, and how it tells of its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from planner.alignment import Alignment
from planner.problem import AlignmentProblem
from planner.stop import Stop, Termination


class Status(StrEnum):
    """What is known about the alignment that came back."""

    OPTIMAL = "optimal"
    """All hard rules hold and no better alignment exists (objective equals bound within 1e-6)."""
    FEASIBLE = "feasible"
    """All hard rules hold."""
    INFEASIBLE = "infeasible"
    """Proved: no alignment keeps all hard rules. The alignment returned, if any, is the best possible found."""
    UNKNOWN = "unknown"
    """No alignment that keeps all hard rules was found, and none was proved impossible."""


@dataclass(frozen=True)
class SolveReport:
    """Numbers and reasons of one run.

    Parameters
    ----------
    solver
        Name of the solver.
    objective, bound
        Cost of the alignment and a proven lower bound on it, in activity · m²; None where unknown.
    bound_kind
        Which bound it is, in words a planner understands; empty where there is none.
    seconds, iterations
        Time spent and outer iterations done.
    notes
        What the solver did and why, in order.
    reasons
        Why the hard rules cannot hold or were not met, in plain words with names and numbers.
    """

    solver: str
    objective: float | None = None
    bound: float | None = None
    bound_kind: str = ""
    seconds: float = 0.0
    iterations: int = 0
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def gap(self) -> float | None:
        """Relative distance between objective and bound, a fraction of the objective; None where unknown."""
        if self.objective is None or self.bound is None:
            return None
        if self.objective <= 0:
            return 0.0
        return max(0.0, (self.objective - self.bound) / self.objective)

    def replace(self, **changes: Any) -> SolveReport:
        """Return a copy with `changes`."""
        return replace(self, **changes)


@dataclass(frozen=True)
class SolveResult:
    """An alignment with all that is known about it."""

    alignment: Alignment | None
    status: Status
    termination: Termination
    report: SolveReport

    def replace(self, **changes: Any) -> SolveResult:
        """Return a copy with `changes`."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Progress:
    """One sign of life of a running solver.

    Parameters
    ----------
    phase
        What it is doing, in words.
    fraction
        How much of the allowed effort is spent, in [0, 1]; None where unknown.
    objective, bound
        Best so far, in activity · m².
    violation
        Largest relative breach of a hard band by the best so far; 0 where all hold.
    iterations
        Outer iterations done.
    alignment
        Best alignment so far.
    """

    phase: str
    fraction: float | None = None
    objective: float | None = None
    bound: float | None = None
    violation: float | None = None
    iterations: int = 0
    alignment: Alignment | None = None


Observer = Callable[[Progress], None]


def SILENT(progress: Progress) -> None:
    """Observe nothing."""


class Solver(Protocol):
    """Finds an alignment for a problem. Holds tuning parameters only; data come with the call."""

    @property
    def name(self) -> str:
        """Name by which users choose it."""
        ...

    def supports(self, problem: AlignmentProblem) -> str | None:
        """Return None where the solver can take `problem`, else the reason why not."""
        ...

    def solve(
        self,
        problem: AlignmentProblem,
        *,
        start: Alignment | None = None,
        stop: Stop,
        observer: Observer = SILENT,
        seed: int = 0,
    ) -> SolveResult:
        """Return the best alignment found until `stop` says so; never worse than a feasible `start`."""
        ...
