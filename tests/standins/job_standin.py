"""Stand-ins for the work of jobs: quick and predictable, or bad in a known way."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.errors import PlannerError
from planner.job import NothingToKeep
from planner.solving import Observer, Progress
from planner.stop import Stop


def answer(task: Any, _stop: Stop, observer: Observer) -> dict[str, Any]:
    """Write what was given into a file and return it; say the best so far once only."""
    observer(Progress("thinking", 0.5, 7.0, 5.0, 0.25, 3))
    observer(Progress("writing"))
    task.output.mkdir()
    (task.output / "answer.txt").write_text(str(task.params["question"]), encoding="utf-8")
    return {"answer": task.params["question"]}


def listening(_task: Any, stop: Stop, observer: Observer) -> None:
    """Work until asked to stop; there is nothing to keep then."""
    nap, rounds = threading.Event(), 0
    while stop.reason(rounds) is None:
        observer(Progress("listening", iterations=rounds))
        nap.wait(0.02)
        rounds += 1
    raise NothingToKeep


def hungry(_task: Any, _stop: Stop, observer: Observer) -> None:
    """Take more and more memory, a piece at a time, until somebody ends it."""
    observer(Progress("eating"))
    pieces, nap = [], threading.Event()
    while True:
        pieces.append(os.urandom(8 * 1024 * 1024))
        nap.wait(0.01)


def greedy(_task: Any, _stop: Stop, _observer: Observer) -> None:
    """Ask for far more memory than there may be, in one piece."""
    bytearray(1 << 44)


def killed_at_first(
    folder: Path, output: Path, overrides: Mapping[str, object], stop: Stop, observer: Observer
) -> None:
    """Make a plan, but not before somebody ended the first try from outside, half done."""
    from planning_standin import quick

    store = output.parents[3]
    mark = store / "was-killed"
    if not mark.exists():
        mark.touch()
        output.mkdir()
        (output / "half.csv").write_text("half", encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    quick(folder, output, overrides, stop, observer)


def refuse_effect(*_: object) -> None:
    """Refuse to put a result in place, in the words of the domain."""
    raise PlannerError("The plan was frozen meanwhile.")


def stumble(*_: object) -> None:
    """Run into a mistake of the program while putting a result in place."""
    raise ZeroDivisionError("nought")
