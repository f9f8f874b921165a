"""The regions of one large problem, solved on an executor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.executing.tasks import Ending, Executor, Outcome, Task
from planner.errors import InvalidInput, PlannerError
from planner.solving import Observer, SolveResult
from planner.stop import Stop, Termination
from solvers.side_by_side import Piece, PieceObserver

WORK = "api.executing.regions:solve_piece"


@dataclass(frozen=True)
class OnExecutor:
    """Solves pieces as tasks of an executor; see `solvers.side_by_side.Mapper`.

    Parameters
    ----------
    executor
        Where they are solved.
    """

    executor: Executor

    @property
    def width(self) -> int:
        """Pieces that are solved at the same time."""
        return self.executor.width

    def __call__(
        self, pieces: Sequence[Piece], *, cancelled: Callable[[], bool], observer: PieceObserver
    ) -> list[SolveResult]:
        """Return the results of all pieces, in order.

        Raises
        ------
        PlannerError
            Where a piece met an error in the program.
        """
        tasks = [Task(str(number), WORK, piece) for number, piece in enumerate(pieces)]
        found: dict[int, SolveResult] = {}
        for outcome in self.executor.run(
            tasks, cancelled=cancelled, observer=lambda key, sign: observer(int(key), sign)
        ):
            found[int(outcome.key)] = _result(pieces[int(outcome.key)], outcome)
        return [found[number] for number in range(len(pieces))]


def solve_piece(payload: Piece, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> SolveResult:  # noqa: ARG001
    """Solve one piece, wherever this runs."""
    return payload.solved(lambda: stop.reason(0) is not None, observer)


def _result(piece: Piece, outcome: Outcome) -> SolveResult:
    failure = outcome.failure
    if failure is None:
        result: SolveResult = outcome.value
        return result
    if failure.ending is Ending.CANCELLED:
        return piece.unsolved(Termination.CANCELLED, f"{piece.name}: {failure.reason}")
    if failure.ending is Ending.DIED:
        return piece.unsolved(Termination.FAILED, f"{piece.name}: {failure.reason}")
    if failure.problems:
        raise InvalidInput(failure.problems)
    raise PlannerError(f"{piece.name}: {failure.reason}")
