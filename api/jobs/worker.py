"""What runs in the process of one job. Everything it says goes through one pipe as plain values."""

from __future__ import annotations

import importlib
import math
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from planner.errors import InvalidInput, PlannerError
from planner.solving import Observer, Progress
from planner.stop import Cancelled, Stop

_SECONDS_BETWEEN_SIGNS = 0.1


class Flag(Protocol):
    """A switch that another process may set."""

    def is_set(self) -> bool:
        """Return whether it was set."""
        ...


PlanJob = Callable[[Path, Path, Mapping[str, object], Stop, Observer], None]
"""Folder, output, overrides, stop, observer: makes a plan and writes it."""


@dataclass(frozen=True)
class Task:
    """What one job has to do.

    Parameters
    ----------
    planning
        The `PlanJob` to call, as ``module:function``.
    folder, output
        Where to read the plan folder and where to write the plan.
    overrides
        What to change in the scenario of the folder.
    """

    planning: str
    folder: Path
    output: Path
    overrides: dict[str, Any]


def work(task: Task, pipe: Connection, cancel: Flag) -> None:
    """Do `task`; send ``(kind, content)`` pairs: any number of ``progress``, then ``done`` or ``failed``."""
    # Ctrl-C reaches the whole process group; the service decides what becomes of its jobs.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        module, _, name = task.planning.partition(":")
        plan_job: PlanJob = getattr(importlib.import_module(module), name)
        plan_job(task.folder, task.output, task.overrides, Cancelled(cancel.is_set), _sender(pipe))
        message: tuple[str, dict[str, Any]] = ("done", {})
    except BrokenPipeError:
        return  # the service is gone: nobody wants the plan any more
    except InvalidInput as error:
        reason = "The plan folder has errors: mend what is listed and start again."
        message = (
            "failed",
            {"reason": reason, "problems": [problem.as_dict() for problem in error.problems]},
        )
    except PlannerError as error:
        message = ("failed", {"reason": str(error)})
    except MemoryError:
        message = (
            "failed",
            {"reason": "There was not enough memory. Plan fewer accounts, or use a larger machine."},
        )
    except Exception as error:
        reason = f"An error in the program stopped it ({type(error).__name__}: {error}). Please report it."
        message = ("failed", {"reason": reason, "traceback": traceback.format_exc()})
    pipe.send(message)
    pipe.close()


def _sender(pipe: Connection) -> Observer:
    """Return an observer that sends what is worth showing: every new phase, and a few signs a second."""
    started = last = time.monotonic()
    phase = ""

    def send(progress: Progress) -> None:
        nonlocal last, phase
        moment = time.monotonic()
        if progress.phase == phase and moment - last < _SECONDS_BETWEEN_SIGNS:
            return
        last, phase = moment, progress.phase
        content = {
            "phase": progress.phase,
            "fraction": _finite(progress.fraction),
            "objective": _finite(progress.objective),
            "bound": _finite(progress.bound),
            "violation": _finite(progress.violation),
            "iterations": int(progress.iterations),
            "seconds": round(moment - started, 2),
        }
        pipe.send(("progress", content))

    return send


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
