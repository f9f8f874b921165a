"""One attempt at a job, seen from the server: its process, what it says, and when it has to be ended."""

from __future__ import annotations

import math
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from api.jobs.lifeline import end_group
from api.jobs.memory import memory_used
from api.jobs.process import Message, too_little_memory, work
from api.jobs.task import Task
from planner.job import JobEvent

_SECONDS_TO_LISTEN = 0.1
_NEAR_THE_LIMIT = 0.9
_SECONDS_TO_LEAVE = 2.0
_IMPORTED = ("api.jobs.process", "api.editing.writing", "api.planning", "api.results.view", "data.export")
"""What most jobs need: imported once for all of them."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: what happens to the job, why, and what it gave."""

    event: JobEvent
    reason: str = ""
    problems: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    traceback: str = ""


def _context() -> Any:
    """Return how processes are started: as copies of one that has imported what work needs and does nothing else.

    A process that starts from nothing spends seconds on imports, which every job would pay for. Where systems cannot
    copy processes, or have libraries that do not survive it, they do start from nothing.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))  # heeded by the first call, before there is a server
    return context


class Attempt:
    """One process for one job. Runs in one thread; others may ask it to stop.

    Parameters
    ----------
    task
        What is to be done.
    grace_s
        Seconds it gets to hand over its best so far once it is asked to stop, or its time is up.
    """

    def __init__(self, task: Task, grace_s: float) -> None:
        self.task = task
        self._grace_s = grace_s
        self._cancel, self._give_up = threading.Event(), threading.Event()
        self._peak_bytes = 0

    def cancel(self) -> None:
        """Ask the work to stop and hand over its best so far."""
        self._cancel.set()

    def give_up(self) -> None:
        """End the process at once; the attempt comes back with `JobEvent.RELEASE`."""
        self._give_up.set()

    def run(self, tell: Callable[[dict[str, Any]], None]) -> Outcome:
        """Do the task in a process and return how it ended; the process and all it started are gone then.

        Parameters
        ----------
        tell
            Gets every sign of progress.
        """
        context = _context()
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(self.task, theirs))
        process.start()
        patience_s = 0.0
        try:
            theirs.close()  # so that our end reports the end of the process as the end of the file
            outcome = self._listen(ours, process.pid or 0, tell)
            patience_s = _SECONDS_TO_LEAVE if outcome is None or outcome.event is JobEvent.FINISH else 0.0
        finally:
            ours.close()
            code = end_group(process, patience_s)
        return outcome or self._without_a_word(code)

    def _listen(
        self, pipe: Connection, process_id: int, tell: Callable[[dict[str, Any]], None]
    ) -> Outcome | None:
        """Pass on what the process says until it said how it ended; None where it ended without a word."""
        limit_s = math.inf if self.task.time_limit_s is None else self.task.time_limit_s
        last_moment, asked = time.monotonic() + limit_s + self._grace_s, False
        while not self._give_up.is_set():
            if self._cancel.is_set() and not asked:
                asked, last_moment = True, min(last_moment, time.monotonic() + self._grace_s)
                try:
                    pipe.send_bytes(b"stop")
                except OSError:
                    return None
            if time.monotonic() > last_moment:
                why = "" if asked else f"It took longer than its limit of {limit_s:g} seconds. "
                reason = f"{why}It did not hand over its best so far in time and was ended."
                return Outcome(JobEvent.FAIL, reason)
            if self._too_large(process_id):
                return Outcome(JobEvent.FAIL, too_little_memory(self.task.memory_bytes))
            try:
                if not pipe.poll(_SECONDS_TO_LISTEN):
                    continue
                kind, content = pipe.recv()
            except (EOFError, OSError):
                return None
            if kind != "progress":
                return _outcome((kind, content))
            tell(content)
        return Outcome(JobEvent.RELEASE)

    def _too_large(self, process_id: int) -> bool:
        if self.task.memory_bytes is None:
            return False
        self._peak_bytes = max(self._peak_bytes, memory_used(process_id) or 0)
        return self._peak_bytes > self.task.memory_bytes

    def _without_a_word(self, code: int | None) -> Outcome:
        """Return what becomes of a job whose process ended on its own, with an exit code."""
        limit = self.task.memory_bytes
        if limit is not None and self._peak_bytes > _NEAR_THE_LIMIT * limit:
            return Outcome(JobEvent.FAIL, too_little_memory(limit))
        how = f"by signal {-code}, often for lack of memory" if code is not None and code < 0 else f"({code})"
        return Outcome(JobEvent.LOSE, f"Its process ended without a word {how}.")


def _outcome(message: Message) -> Outcome:
    kind, content = message
    if kind == "done":
        return Outcome(JobEvent.FINISH, result=content["result"])
    if kind == "withdrawn":
        return Outcome(JobEvent.WITHDRAW)
    return Outcome(
        JobEvent.FAIL,
        content["reason"],
        content.get("problems", []),
        traceback=content.get("traceback", ""),
    )
