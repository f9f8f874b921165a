"""Tasks side by side in processes of this machine, any of which may die at any moment."""

from __future__ import annotations

import multiprocessing
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from api.executing.tasks import (
    Ending,
    Failure,
    Outcome,
    Running,
    Task,
    TaskObserver,
    checked,
    died,
    never,
    unobserved,
    withdrawn,
)
from api.executing.worker import Kept, work

RETRIES = 2
"""How often a task is begun again after its process died."""
GRACE_S = 60.0
"""Seconds that a cancelled task gets to hand over its best so far before its process is ended."""
SECONDS_BETWEEN_LOOKS = 0.1
"""How often somebody looks whether the run was cancelled."""


@dataclass(eq=False)
class _Worker:
    """One process: what it works on, and what it was sent."""

    process: Any
    pipe: Connection
    control: Connection
    kept: Kept = field(default_factory=Kept)
    task: Task | None = None
    attempts: int = 0


class ProcessPool(Running):
    """Runs tasks in processes of its own, started when they are first needed and kept until `close`.

    A process that dies takes nothing with it: what it had told counts, its task is begun again in another process.

    Parameters
    ----------
    workers
        Processes at the same time.
    retries
        How often a task is begun again after its process died.
    grace_s
        Seconds that a cancelled task gets to end.
    """

    def __init__(self, workers: int, *, retries: int = RETRIES, grace_s: float = GRACE_S) -> None:
        if workers < 1:
            raise ValueError(f"{workers} workers do no work")
        self._width, self._retries, self._grace_s = workers, retries, grace_s
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    def __enter__(self) -> ProcessPool:
        return self

    @property
    def width(self) -> int:
        """Processes at the same time."""
        return self._width

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Ids of the processes that were started and not seen to end."""
        return tuple(worker.process.pid for worker in self._workers)

    def run(
        self,
        tasks: Sequence[Task],
        *,
        cancelled: Callable[[], bool] = never,
        observer: TaskObserver = unobserved,
    ) -> Iterator[Outcome]:
        """Yield the outcome of each task as it ends; see `api.executing.tasks.Executor`."""
        return self._outcomes(deque((task, 0) for task in checked(tasks)), cancelled, observer)

    def close(self) -> None:
        """End every process."""
        for worker in self._workers:
            self._drop(worker)
        self._workers.clear()

    def _outcomes(
        self, waiting: deque[tuple[Task, int]], cancelled: Callable[[], bool], observer: TaskObserver
    ) -> Iterator[Outcome]:
        patience: float | None = None
        finished = False
        try:
            while waiting or any(worker.task is not None for worker in self._workers):
                if patience is None and cancelled():
                    patience = time.monotonic() + self._grace_s
                    self._tell_cancelled()
                if patience is not None:
                    while waiting:
                        task, attempts = waiting.popleft()
                        yield withdrawn(task, attempts)
                    if time.monotonic() > patience:
                        yield from self._give_up()
                        continue
                self._begin(waiting)
                yield from self._heard(waiting, observer)
            finished = True
        finally:
            if not finished:
                # Whoever listened has turned away: what still runs is nobody's any more.
                for worker in [each for each in self._workers if each.task is not None]:
                    self._drop(worker)
                    self._workers.remove(worker)

    def _begin(self, waiting: deque[tuple[Task, int]]) -> None:
        """Give tasks to processes that have none, started as they are needed."""
        idle = [worker for worker in self._workers if worker.task is None]
        while waiting and (idle or len(self._workers) < self._width):
            if not idle:
                idle.append(self._start())
            worker, (task, attempts) = idle.pop(), waiting.popleft()
            contents = []
            for content in task.shared:
                contents.append((content.digest, b"" if content.digest in worker.kept else content.data))
                worker.kept.add(content.digest, b"")
            worker.task, worker.attempts = task, attempts + 1
            bare = replace(task, shared=())
            try:
                worker.pipe.send((bare, contents))
            except (BrokenPipeError, ConnectionError):
                # It died while it was idle: the task was not begun.
                worker.task = None
                waiting.appendleft((task, attempts))
                self._drop(worker)
                self._workers.remove(worker)

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe(duplex=True)
        their_control, our_control = self._context.Pipe(duplex=False)
        process = self._context.Process(target=work, args=(theirs, their_control), daemon=True)
        process.start()
        # So that our end reports the end of the process as the end of the file.
        theirs.close()
        their_control.close()
        worker = _Worker(process, ours, our_control)
        self._workers.append(worker)
        return worker

    def _heard(self, waiting: deque[tuple[Task, int]], observer: TaskObserver) -> Iterator[Outcome]:
        """Yield outcomes of tasks that ended; those whose process died wait again, unless they did so too often."""
        busy = {worker.pipe: worker for worker in self._workers if worker.task is not None}
        for pipe in wait(list(busy), SECONDS_BETWEEN_LOOKS):
            worker = busy[pipe]  # type: ignore[index]
            task, attempts = worker.task, worker.attempts
            assert task is not None
            try:
                kind, key, content = worker.pipe.recv()
            except (EOFError, OSError, pickle.UnpicklingError):
                self._drop(worker)
                self._workers.remove(worker)
                if attempts > self._retries:
                    yield died(task.key, attempts)
                else:
                    waiting.appendleft((task, attempts))
                continue
            if kind == "sign":
                observer(key, content)
                continue
            worker.task = None
            yield replace(_opened(content, key), attempts=attempts)

    def _tell_cancelled(self) -> None:
        for worker in self._workers:
            if worker.task is not None:
                try:
                    worker.control.send(worker.task.key)
                except (BrokenPipeError, ConnectionError):
                    continue  # it is dead, which shows when it is listened to

    def _give_up(self) -> Iterator[Outcome]:
        """Yield the tasks that did not end in time after they were cancelled, with their processes ended."""
        for worker in [each for each in self._workers if each.task is not None]:
            assert worker.task is not None
            reason = "It did not hand over its best so far in time and was ended."
            key, attempts = worker.task.key, worker.attempts
            self._drop(worker)
            self._workers.remove(worker)
            yield Outcome(key, failure=Failure(Ending.CANCELLED, reason), attempts=attempts)

    def _drop(self, worker: _Worker) -> None:
        """End a process and close its pipes."""
        worker.process.kill()
        worker.process.join()
        worker.process.close()
        worker.pipe.close()
        worker.control.close()


def _opened(content: bytes, key: str) -> Outcome:
    try:
        outcome: Outcome = pickle.loads(content)
        return outcome
    except Exception as error:
        reason = f"The result cannot be read ({type(error).__name__}: {error}). Please report it."
        return Outcome(key, failure=Failure(Ending.BROKEN, reason))
