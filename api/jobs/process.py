"""What runs in the process of one job. Everything it says goes through one pipe as plain values."""

from __future__ import annotations

import math
import signal
import threading
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any

from api.jobs import lifeline
from api.jobs.kinds import found
from api.jobs.memory import limit_memory
from api.jobs.task import Task
from planner.errors import InvalidInput, PlannerError
from planner.job import NothingToKeep
from planner.solving import Observer, Progress
from planner.stop import AnyOf, Cancelled, MaxSeconds, Stop

_SECONDS_BETWEEN_SIGNS = 0.1
Message = tuple[str, dict[str, Any]]
"""Kind and content: any number of ``progress``, then ``done``, ``withdrawn`` or ``failed``."""


def work(task: Task, pipe: Connection) -> None:
    """Do `task` and send messages; anything that comes through the pipe asks it to stop."""
    lifeline.end_with_parent()
    lifeline.lead_group()
    lifeline.give_way()
    # Ctrl-C is for the service, which decides what becomes of its jobs.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cancelled = threading.Event()
    threading.Thread(target=lifeline.listen, args=(pipe, cancelled.set), daemon=True).start()
    limit_memory(task.memory_bytes)
    stops: tuple[Stop, ...] = (Cancelled(cancelled.is_set),)
    if task.time_limit_s is not None:
        stops += (MaxSeconds(task.time_limit_s),)
    try:
        pipe.send(_done(task, AnyOf(stops), _sender(pipe)))
    except BrokenPipeError:
        lifeline.end_own_group()  # the service is gone: nobody wants the result any more


def _done(task: Task, stop: Stop, observer: Observer) -> Message:
    try:
        return "done", {"result": found(task.work)(task, stop, observer) or {}}
    except BrokenPipeError:
        raise
    except NothingToKeep:
        return "withdrawn", {}
    except InvalidInput as error:
        reason = "What came in has errors: mend what is listed and start again."
        return "failed", {"reason": reason, "problems": [problem.as_dict() for problem in error.problems]}
    except PlannerError as error:
        return "failed", {"reason": str(error)}
    except MemoryError:
        return "failed", {"reason": too_little_memory(task.memory_bytes)}
    except Exception as error:
        reason = f"An error in the program stopped it ({type(error).__name__}: {error}). Please report it."
        return "failed", {"reason": reason, "traceback": traceback.format_exc()}


def too_little_memory(memory_bytes: int | None) -> str:
    """Return what is said of a job that wants more memory than it may have."""
    allowed = "" if memory_bytes is None else f": a job may use {memory_bytes / 1024**2:,.0f} MB"
    return f"There was not enough memory{allowed}. Plan fewer accounts, or use a larger machine."


def _sender(pipe: Connection) -> Observer:
    """Return an observer that sends what is worth showing: every new phase, and a few signs a second.

    The best so far is said again by phases that do not speak of it.
    """
    started = last = time.monotonic()
    phase = ""
    best: dict[str, float | None] = {"objective": None, "bound": None, "violation": None}

    def send(progress: Progress) -> None:
        nonlocal last, phase
        for name in best:
            if (value := _finite(getattr(progress, name))) is not None:
                best[name] = value
        moment = time.monotonic()
        if progress.phase == phase and moment - last < _SECONDS_BETWEEN_SIGNS:
            return
        last, phase = moment, progress.phase
        content = {
            "phase": progress.phase,
            "fraction": _finite(progress.fraction),
            **best,
            "iterations": int(progress.iterations),
            "seconds": round(moment - started, 2),
        }
        pipe.send(("progress", content))

    return send


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
