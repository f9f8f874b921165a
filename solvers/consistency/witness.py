"""An alignment that keeps every rule: the only proof that rules can hold together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.solving import Progress
from planner.stop import Stop, Termination
from solvers.consistency.items import items_of
from solvers.consistency.placement import Placed, place

MOST_PAIRS = 20_000
"""Pairs of unit and territory up to which CP-SAT places everything at once."""

MOST_CONTIGUOUS_PAIRS = 4_000
"""The same where territories must hang together, which CP-SAT is told only where an answer breaks it."""


def keeps(problem: AlignmentProblem, territory: IntArray) -> bool:
    """Return whether an alignment keeps every rule, and leaves no territory empty where there are units enough."""
    card = scorecard(problem, territory)
    return card.feasible and (bool(card.n_units.all()) or problem.n_units < problem.n_territories)


def find_witness(
    problem: AlignmentProblem, *, stop: Stop, effort: float = 1.0, iterations: int = 40, seed: int = 0
) -> Placed:
    """Look for an alignment that keeps every rule of `problem`.

    Parameters
    ----------
    problem
        The problem.
    stop
        When to give up.
    effort
        CP-SAT's deterministic time, where it is asked.
    iterations
        Searches of the general solver, at most.
    seed
        Seed of both.

    Returns
    -------
    An alignment; or that there is none; or neither, where the effort did not tell.
    """
    pairs = problem.n_units * problem.n_territories
    contiguous = problem.contiguous and not problem.loose.all()
    if pairs <= (MOST_CONTIGUOUS_PAIRS if contiguous else MOST_PAIRS) and not contiguous:
        placed = place(problem, effort=effort, stop=stop, seed=seed)
        if placed.impossible or (placed.territory is not None and keeps(problem, placed.territory)):
            return placed
    if (problem.current >= 0).all() and keeps(problem, problem.current):
        return Placed(np.array(problem.current))
    if len(items_of(problem).homeless):
        return Placed(impossible=True)
    found = _searched(problem, stop, iterations, seed)
    if found is not None:
        return Placed(found)
    if contiguous and pairs <= MOST_CONTIGUOUS_PAIRS:
        placed = place(problem, effort=effort, stop=stop, seed=seed)
        if placed.impossible or (placed.territory is not None and keeps(problem, placed.territory)):
            return placed
    return Placed()


def _searched(problem: AlignmentProblem, stop: Stop, iterations: int, seed: int) -> IntArray | None:
    """Return the first alignment of the general solver that keeps every rule; None where it finds none."""
    # The general solver explains what cannot hold by way of this package: here it is asked for a plan only.
    from solvers.registry import searching

    watch = _UntilFound(problem, stop, iterations)
    result = searching().solve(problem, stop=watch, observer=watch.see, seed=seed)
    if watch.found is None and result.alignment is not None and keeps(problem, result.alignment.territory):
        return result.alignment.territory
    return watch.found


@dataclass(eq=False)
class _UntilFound:
    """Stops a search once it has shown an alignment that keeps every rule."""

    problem: AlignmentProblem
    stop: Stop
    most: int
    found: IntArray | None = field(default=None)

    def see(self, progress: Progress) -> None:
        """Look at a sign of life."""
        shown = progress.alignment
        if self.found is not None or shown is None or progress.violation:
            return
        if keeps(self.problem, shown.territory):
            self.found = shown.territory

    def reason(self, iterations: int) -> Termination | None:
        """Return why to stop, None to go on."""
        if self.found is not None:
            return Termination.NO_IMPROVEMENT
        return Termination.ITERATION_LIMIT if iterations >= self.most else self.stop.reason(0)

    def seconds_left(self) -> float:
        """Return the seconds left."""
        return 0.0 if self.found is not None else self.stop.seconds_left()

    def iterations_left(self, iterations: int) -> float:
        """Return the iterations left."""
        return 0.0 if self.found is not None else float(max(0, self.most - iterations))
