"""Solve in rounds: what falls apart is ruled out by inequalities, then solved again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from planner.arrays import IntArray
from planner.stop import Stop
from solvers.cp_sat.assignment_model import AssignmentModel
from solvers.cp_sat.engine import new_solver

MOST_ROUNDS = 40
"""Rounds of adding inequalities of contiguity, at most."""

SECONDS_BETWEEN_LOOKS = 0.1
"""Time between two looks at whether the caller wants to stop."""

ROUND_SHARE = 0.25
"""Share of the effort left that goes into a round while assignments still fall apart."""

SOLUTIONS_TO_CUT = 3
"""Last assignments of a round, improving ones first met among them, that inequalities are taken from."""


@dataclass
class Effort:
    """What may still be spent, counted down over several solves."""

    deterministic_time: float
    ends: float
    seed: int
    stop: Stop | None
    spent: float = 0.0

    @property
    def exhausted(self) -> bool:
        return (
            self.spent >= self.deterministic_time
            or time.monotonic() >= self.ends
            or (self.stop is not None and self.stop.reason(0) is not None)
        )


@dataclass(frozen=True, eq=False)
class Best:
    """The best choice of one goal: column of each free unit, value and bound in integer steps."""

    choice: IntArray | None
    value: float
    bound: float
    infeasible: bool = False

    @property
    def proved(self) -> bool:
        return self.choice is not None and self.bound >= self.value


class _Gather(cp_model.CpSolverSolutionCallback):
    """Keeps every assignment that the search passes."""

    def __init__(self, built: AssignmentModel) -> None:
        super().__init__()
        self._built = built
        self.choices: list[IntArray] = []
        self.stopped = False

    def on_solution_callback(self) -> None:
        built = self._built
        taken = np.fromiter((self.boolean_value(v) for v in built.chosen), bool, len(built.chosen))
        choice = np.full(len(built.units), -1, np.int32)
        choice[built.row[taken]] = built.column[taken]
        self.choices.append(choice)


@contextmanager
def _watching(solver: cp_model.CpSolver, gather: _Gather, stop: Stop | None) -> Iterator[None]:
    """End the search soon after `stop` says so: CP-SAT itself may be silent for long."""
    if stop is None:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            if stop.reason(0) is not None:
                gather.stopped = True
                solver.stop_search()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def search(built: AssignmentModel, known: IntArray | None, first: IntArray, effort: Effort) -> Best:
    """Solve in rounds, adding inequalities of contiguity until the best assignment keeps them.

    Parameters
    ----------
    known
        A choice that keeps every rule, or None.
    first
        Where the search begins while none is known.
    """
    best, value = known, float("inf") if known is None else float(built.steps(known))
    bound, share = -np.inf, 1.0 if built.surroundings is None else ROUND_SHARE
    for _ in range(MOST_ROUNDS):
        if effort.exhausted:
            break
        built.hint(first if best is None else best)
        solver = new_solver(effort.seed)
        solver.parameters.max_deterministic_time = share * (effort.deterministic_time - effort.spent)
        if np.isfinite(effort.ends):
            solver.parameters.max_time_in_seconds = max(effort.ends - time.monotonic(), 1e-3)
        gather = _Gather(built)
        with _watching(solver, gather, effort.stop):
            status = solver.solve(built.cp, gather)
        effort.spent += solver.response_proto.deterministic_time
        if status == cp_model.INFEASIBLE and not gather.stopped:
            return Best(best, value, value, infeasible=best is None)
        # Each round relaxes contiguity to what was added so far: its bound holds for all. After a stop that was
        # asked for, the status may read optimal; the bound alone tells.
        if not gather.stopped:
            bound = max(bound, float(np.ceil(solver.response_proto.inner_objective_lower_bound)))
        if not gather.choices:
            if share == 1.0:
                break
            share = 1.0
            continue
        broken = 0
        for choice in gather.choices[: -SOLUTIONS_TO_CUT - 1 : -1]:
            cuts = built.cuts(choice)
            broken += len(cuts)
            for cut in cuts:
                built.add_cut(cut)
        better = _best_contiguous(built, gather.choices, value)
        if better is not None:
            best, value = better, float(built.steps(better))
        if bound >= value or (not broken and share == 1.0):
            break
        share = ROUND_SHARE if broken else 1.0
    return Best(best, value, bound)


def _best_contiguous(built: AssignmentModel, choices: list[IntArray], value: float) -> IntArray | None:
    """Return the best contiguous choice below `value` among `choices`, the last ones mended; None where none is.

    CP-SAT passes ever better choices, so that the last one that hangs together is the best that does.
    """
    best = None
    for age, choice in enumerate(reversed(choices)):
        if built.steps(choice) >= value:
            break
        if not built.cuts(choice):
            return choice
        mended = built.mended(choice) if age < SOLUTIONS_TO_CUT else None
        if mended is not None and built.steps(mended) < value and not built.cuts(mended):
            best, value = mended, built.steps(mended)
    return best
