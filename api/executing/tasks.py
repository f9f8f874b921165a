"""Tasks that can run anywhere: in this process, in another one, on another machine.

A task names a function and brings everything it needs: what it is given, and files as bytes that many tasks share. It
shares no disk with whoever asked for it, and its result comes back as a value.
"""

from __future__ import annotations

import hashlib
import importlib
import pickle
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from planner.errors import InvalidInput, PlannerError, Problem
from planner.solving import Observer, Progress
from planner.stop import Stop

SECONDS_BETWEEN_SIGNS = 0.2
"""Signs of life of one task are at least this far apart, but for new phases."""


@dataclass(frozen=True)
class Content:
    """Bytes that many tasks share; sent once to each worker.

    Parameters
    ----------
    digest
        SHA-256 of the bytes.
    data
        The bytes.
    """

    digest: str
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, data: bytes) -> Content:
        """Return bytes under their digest."""
        return cls(hashlib.sha256(data).hexdigest(), data)


@dataclass(frozen=True)
class Task:
    """One piece of work.

    Parameters
    ----------
    key
        Its id, unique among the tasks that run together.
    work
        Function that does it, as ``module:function``: called as ``function(payload, shared, stop, observer)`` with the
        shared bytes in their order, it returns what can be pickled.
    payload
        What the function is given; anything that can be pickled.
    shared
        Bytes that other tasks need as well.
    """

    key: str
    work: str
    payload: Any = None
    shared: tuple[Content, ...] = ()


class Ending(StrEnum):
    """Why a task has no result."""

    REFUSED = "refused"
    """What it was given cannot be used."""
    BROKEN = "broken"
    """An error in the program, or no memory."""
    DIED = "died"
    """Every process that worked on it ended without a word."""
    CANCELLED = "cancelled"
    """It had not begun when the run was cancelled."""


@dataclass(frozen=True)
class Failure:
    """Why a task has no result.

    Parameters
    ----------
    ending
        What kind of failure it is.
    reason
        In plain words.
    problems
        What is wrong with the input; empty where that is not the reason.
    traceback
        For programmers; empty where nobody needs one.
    """

    ending: Ending
    reason: str
    problems: tuple[Problem, ...] = ()
    traceback: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a task: a value, or a failure.

    Parameters
    ----------
    key
        Of the task.
    value
        What its function returned; None where it failed.
    failure
        Why there is no value; None where there is one.
    attempts
        How often it was begun.
    """

    key: str
    value: Any = None
    failure: Failure | None = None
    attempts: int = 1


TaskObserver = Callable[[str, Progress], None]
"""Told of the progress of a task by its key, in the thread that waits for outcomes."""


def unobserved(key: str, progress: Progress) -> None:
    """Observe nothing."""


def never() -> bool:
    """Return that nobody has cancelled."""
    return False


class Executor(Protocol):
    """Runs tasks. Every task has exactly one outcome, whatever dies on the way."""

    @property
    def width(self) -> int:
        """Tasks that can run at the same time."""
        ...

    def run(
        self,
        tasks: Sequence[Task],
        *,
        cancelled: Callable[[], bool] = never,
        observer: TaskObserver = unobserved,
    ) -> Iterator[Outcome]:
        """Yield the outcome of each task as it ends, in any order.

        Once `cancelled` returns true, tasks that run are told through their stop and may return the best they have;
        those that wait end as cancelled. Whoever stops listening cancels as well.

        Raises
        ------
        ValueError
            Where two tasks have the same key.
        PlannerError
            Where nothing can run them.
        """
        ...

    def close(self) -> None:
        """End what runs and let go of processes and connections."""
        ...


class Running(AbstractContextManager["Executor", None]):
    """What executors share: they are closed at the end of a ``with`` block."""

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what runs and let go of processes and connections."""


def checked(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Return the tasks; `ValueError` where two have the same key."""
    keys = [task.key for task in tasks]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"two tasks have the key {twice!r}")
    return tuple(tasks)


def withdrawn(task: Task, attempts: int = 0) -> Outcome:
    """Return the outcome of a task that was cancelled before it could begin."""
    failure = Failure(Ending.CANCELLED, "Cancelled before it began.")
    return Outcome(task.key, failure=failure, attempts=attempts)


def died(key: str, attempts: int) -> Outcome:
    """Return the outcome of a task that ended every process it ran in."""
    reason = (
        f"The process that worked on it ended without a word, {attempts} times in all; often that is for lack of "
        "memory. Run fewer at the same time, or use a larger machine."
    )
    return Outcome(key, failure=Failure(Ending.DIED, reason), attempts=attempts)


def perform(task: Task, shared: Sequence[bytes], stop: Stop, observer: Observer) -> Outcome:
    """Do a task here and return its outcome; errors become failures, told in words."""
    # Imported here: whoever only asks for work needs no numeric library.
    from threadpoolctl import threadpool_limits

    try:
        module, _, name = task.work.partition(":")
        function = getattr(importlib.import_module(module), name)
        # Tasks run side by side: one BLAS thread each.
        with threadpool_limits(limits=1):
            return Outcome(task.key, function(task.payload, tuple(shared), stop, sparse(observer)))
    except InvalidInput as error:
        failure = Failure(Ending.REFUSED, "The input cannot be used.", error.problems)
    except PlannerError as error:
        failure = Failure(Ending.REFUSED, str(error))
    except MemoryError:
        reason = "There was not enough memory. Plan fewer accounts, or use a larger machine."
        failure = Failure(Ending.BROKEN, reason)
    except BrokenPipeError:
        raise  # whoever asked is gone: nobody wants the result any more
    except Exception as error:
        reason = f"An error in the program stopped it ({type(error).__name__}: {error}). Please report it."
        failure = Failure(Ending.BROKEN, reason, traceback=traceback.format_exc())
    return Outcome(task.key, failure=failure)


def sealed(outcome: Outcome) -> bytes:
    """Return an outcome as bytes; a value that cannot travel is a failure."""
    try:
        return pickle.dumps(outcome, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        reason = f"The result cannot be sent ({type(error).__name__}: {error}). Please report it."
        return pickle.dumps(replace(outcome, value=None, failure=Failure(Ending.BROKEN, reason)))


def sparse(observer: Observer) -> Observer:
    """Return an observer that passes on what is worth showing: every new phase, and a few signs a second."""
    last, phase = -1.0, ""

    def told(progress: Progress) -> None:
        nonlocal last, phase
        moment = time.monotonic()
        if progress.phase == phase and moment - last < SECONDS_BETWEEN_SIGNS:
            return
        last, phase = moment, progress.phase
        observer(progress)

    return told
