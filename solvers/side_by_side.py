"""Problems that are solved side by side, wherever that is: here one after the other, in processes, on a cluster.

A mapper is given all pieces of a round at once, each with what it may spend, and returns their results in order. What a
piece finds depends on the piece alone, so with limits on iterations every mapper finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from planner.alignment import Alignment
from planner.problem import AlignmentProblem
from planner.solving import Observer, Progress, Solver, SolveReport, SolveResult, Status
from planner.stop import AnyOf, Cancelled, MaxIterations, MaxSeconds, Stop, Termination

PieceObserver = Callable[[int, Progress], None]
"""Told of the progress of a piece by its position."""


@dataclass(frozen=True, eq=False)
class Piece:
    """One problem of several.

    Parameters
    ----------
    name
        What it is, in words.
    solver
        What solves it.
    problem, start, seed
        As for `planner.solving.Solver.solve`.
    seconds, iterations
        What it may spend once it has begun; inf where not limited.
    """

    name: str
    solver: Solver
    problem: AlignmentProblem
    start: Alignment | None
    seed: int
    seconds: float
    iterations: float

    def solved(self, cancelled: Callable[[], bool], observer: Observer) -> SolveResult:
        """Solve the piece here."""
        rules: list[Stop] = [Cancelled(cancelled)]
        if np.isfinite(self.iterations):
            rules.append(MaxIterations(int(self.iterations)))
        if np.isfinite(self.seconds):
            rules.append(MaxSeconds(self.seconds))
        return self.solver.solve(
            self.problem, start=self.start, stop=AnyOf(tuple(rules)), observer=observer, seed=self.seed
        )

    def unsolved(self, termination: Termination, reason: str) -> SolveResult:
        """Return the result of a piece that nobody solved: its start, if it has one, and the reason."""
        report = SolveReport(self.solver.name, reasons=(reason,))
        return SolveResult(self.start, Status.UNKNOWN, termination, report)


class Mapper(Protocol):
    """Solves pieces side by side."""

    @property
    def width(self) -> int:
        """Pieces that are solved at the same time."""
        ...

    def __call__(
        self, pieces: Sequence[Piece], *, cancelled: Callable[[], bool], observer: PieceObserver
    ) -> list[SolveResult]:
        """Return the results of all pieces, in order; once `cancelled` returns true, the best so far."""
        ...


@dataclass(frozen=True)
class InOrder:
    """Solves pieces here, one after the other."""

    width: int = 1

    def __call__(
        self, pieces: Sequence[Piece], *, cancelled: Callable[[], bool], observer: PieceObserver
    ) -> list[SolveResult]:
        """Return the results of all pieces; see `Mapper`."""
        found = []
        for number, piece in enumerate(pieces):
            if cancelled():
                found.append(
                    piece.unsolved(Termination.CANCELLED, f"{piece.name}: cancelled before it began")
                )
                continue
            found.append(piece.solved(cancelled, lambda sign, number=number: observer(number, sign)))  # type: ignore[misc]
        return found


def seconds_each(sizes: Sequence[int], width: int, seconds: float) -> list[float]:
    """Return how long each piece may take so that all end in time, in proportion to their sizes.

    Pieces are taken largest first by whoever is free (longest processing time first); the fullest of `width` shares
    takes all of the time.

    Parameters
    ----------
    sizes
        Sizes of the pieces, in any unit.
    width
        Pieces at the same time.
    seconds
        Until all have to end; inf where time is not limited.
    """
    if not np.isfinite(seconds):
        return [seconds] * len(sizes)
    loads = [0] * max(width, 1)
    for size in sorted(sizes, reverse=True):
        loads[int(np.argmin(loads))] += size
    return [max(seconds, 0.0) * size / max(max(loads), 1) for size in sizes]


def in_time(result: SolveResult, reason: Termination | None) -> SolveResult:
    """Return a result that was cut short because the time of the whole was up as one that says so."""
    if result.termination is Termination.CANCELLED and reason is Termination.TIME_LIMIT:
        return replace(result, termination=Termination.TIME_LIMIT)
    return result
