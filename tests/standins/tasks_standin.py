"""Tasks for the contract of executors: they add, wait for files, die, refuse."""

# ruff: noqa: ARG001 (every task is called in the same way)

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from planner.errors import InvalidInput, Problem
from planner.solving import Observer, Progress
from planner.stop import Stop


def add(payload: Any, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> Any:
    """Return the payload and the lengths of what is shared; tell of both halves."""
    observer(Progress("first half", 0.5, objective=2.0))
    observer(Progress("second half", 1.0))
    return payload, [len(data) for data in shared], os.getpid()


def note(payload: Any, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> Any:
    """Leave a file that says the task was begun."""
    place, name = payload
    Path(place, f"{name}.{os.getpid()}.{time.monotonic_ns()}").write_bytes(b"".join(shared))
    return name


def kill_this_process() -> None:
    """Kill the own process, without a chance to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable: the process was killed")


def die_once(payload: Any, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> Any:
    """Kill the own process in the first attempt, return in the second."""
    place, name = payload
    first = Path(place, f"{name}.died")
    note(payload, shared, stop, observer)
    try:
        first.touch(exist_ok=False)
    except FileExistsError:
        return name
    kill_this_process()
    return None


def die(payload: Any, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> Any:
    """Kill the own process in every attempt."""
    note(payload, shared, stop, observer)
    kill_this_process()


def refuse(payload: Any, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> Any:
    """Refuse the input."""
    raise InvalidInput([Problem("It is wrong.", "Mend it.", code="wrong")])


def fail(payload: Any, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> Any:
    """Fail as a program does that has an error."""
    raise ZeroDivisionError("by nothing")


def unsendable(payload: Any, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> Any:
    """Return what cannot be pickled."""
    return lambda: None


def until_cancelled(payload: Any, shared: tuple[bytes, ...], stop: Stop, observer: Observer) -> Any:
    """Search until told to stop, then return the best so far."""
    found = 0
    while stop.reason(found) is None:
        found += 1
        observer(Progress(f"round {found}" if found == 1 else "searching", iterations=found))
        time.sleep(0.001)  # gives way to the others; nothing is waited for
    return "best so far"
