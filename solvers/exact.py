"""Drive CP-SAT over neighbouring territories, worst breaches first, or over everything where that is small."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from planner.stop import Stop, Termination
from solvers.local_search.annealing import Found
from solvers.model import SearchModel


@dataclass(frozen=True)
class ExactParams:
    """Tuning of the exact part.

    Parameters
    ----------
    most_pairs
        Unit-territory pairs up to which a linear problem is solved as a whole.
    most_units
        Free units of one neighbourhood.
    effort
        Deterministic time of one neighbourhood (CP-SAT's unit, near seconds).
    """

    most_pairs: int = 60_000
    most_units: int = 120
    effort: float = 1.0


@dataclass(frozen=True, eq=False)
class ExactOutcome:
    """What the exact part found."""

    best: Found
    proved: bool
    bound: float | None
    iterations: int
    termination: Termination | None
    note: str


def polish_exactly(
    model: SearchModel,
    best: Found,
    params: ExactParams,
    *,
    stop: Stop,
    iterations: int,
    seed: int,
    on_better: Callable[[Found], None],
) -> ExactOutcome:
    return ExactOutcome(best, False, None, iterations, None, "")
