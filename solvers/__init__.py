"""Ways to find an alignment. `solve` is the front door."""

from __future__ import annotations

import numpy as np

from planner.alignment import Alignment
from planner.errors import InvalidAlignment, UnsupportedProblem
from planner.problem import AlignmentProblem
from planner.solving import SILENT, Observer, SolveResult
from planner.stop import Stop
from solvers.registry import SOLVERS, solver
from solvers.side_by_side import Mapper

__all__ = ["SOLVERS", "solve", "solver"]


def solve(
    problem: AlignmentProblem,
    *,
    method: str = "auto",
    start: Alignment | None = None,
    stop: Stop,
    observer: Observer = SILENT,
    seed: int = 0,
    mapper: Mapper | None = None,
) -> SolveResult:
    """Solve `problem` and return the best alignment with all that is known about it.

    Parameters
    ----------
    problem
        What to solve.
    method
        Name of a solver in `SOLVERS`.
    start
        Alignment to begin with; the result is never worse than a feasible one.
    stop
        When to stop; the best so far is returned.
    observer
        Told of progress.
    seed
        Same seed and same iterations give the same alignment.
    mapper
        Solves regions that nothing ties together side by side; None for one after the other.

    Raises
    ------
    UnsupportedProblem
        Where the solver does not exist or does not take the problem, with the reason.
    InvalidAlignment
        Where `start` does not give every unit one of the territories of the problem.
    """
    if start is not None:
        _check(problem, start)
    chosen = solver(method, mapper)
    reason = chosen.supports(problem)
    if reason is not None:
        raise UnsupportedProblem(f"solver {method!r} does not take this problem: {reason}")
    return chosen.solve(problem, start=start, stop=stop, observer=observer, seed=seed)


def _check(problem: AlignmentProblem, start: Alignment) -> None:
    n, k = problem.n_units, problem.n_territories
    if start.territory.shape != (n,):
        raise InvalidAlignment(f"the start has {len(start)} units, but the problem has {n}")
    unknown = np.flatnonzero((start.territory < 0) | (start.territory >= k))
    if len(unknown):
        unit = problem.units.unit_id[unknown[0]]
        raise InvalidAlignment(
            f"the start gives {len(unknown)} unit(s), {unit} first, to territories outside 0 to {k - 1}"
        )
