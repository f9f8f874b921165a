"""Tasks on a Dask cluster by its address: any number of machines, any of which may die at any moment.

The scheduler and its workers are started by Dask's own commands (docs/sweeps.md). Workers need this product installed
and nothing else: what a task needs goes to them as bytes, its result comes back as bytes. Both are pickled, so whoever
can reach the scheduler can run programs on it: keep it inside the own network, or use Dask's TLS.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from api.executing.tasks import (
    Content,
    Ending,
    Failure,
    Outcome,
    Running,
    Task,
    TaskObserver,
    checked,
    never,
    perform,
    sealed,
    unobserved,
    withdrawn,
)
from planner.errors import PlannerError
from planner.solving import Progress
from planner.stop import Cancelled

Client = Any
Future = Any
"""Of the package distributed, which is not there everywhere and states no types."""

RETRIES = 2
"""How often a task is sent again after what it needs, or its result, was lost."""
CONNECT_S = 10.0
"""Seconds that the scheduler gets to answer."""
GRACE_S = 60.0
"""Seconds that cancelled tasks get to hand over their best so far."""
WORKERLESS_S = 120.0
"""Seconds that a cluster may be without any worker before what waits for one is told as failed."""
SECONDS_BETWEEN_LOOKS = 0.2
"""How often somebody looks whether the run was cancelled."""
SECONDS_BETWEEN_QUESTIONS = 0.5
"""How often a worker asks the scheduler whether its task was cancelled."""


class DaskCluster(Running):
    """Runs tasks on the workers of a Dask cluster.

    Every task goes by a key of its own, so the scheduler runs it on one worker at a time and keeps one result; where
    that worker dies it sends the task to another one, as often as its setting ``allowed-failures`` says. A task that is
    blamed for so many deaths gets one more round, for others may have been the cause. A result that is lost with its
    worker before it was handed over is made again; it has one outcome all the same.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    retries
        How often a task is sent again after the scheduler lost what it needs.
    grace_s
        Seconds that cancelled tasks get to end.
    workerless_s
        Seconds that the cluster may be without any worker.

    Raises
    ------
    PlannerError
        Where the extra ``cluster`` is not installed, or nobody answers at the address.
    """

    def __init__(
        self,
        address: str,
        *,
        retries: int = RETRIES,
        grace_s: float = GRACE_S,
        workerless_s: float = WORKERLESS_S,
    ) -> None:
        try:
            connect = _distributed().Client
        except ImportError:
            raise PlannerError(
                "A cluster needs the package distributed: install territory-planner[cluster]."
            ) from None
        try:
            self._client: Client = connect(address, timeout=CONNECT_S, set_as_default=False, name="planner")
        except (OSError, ValueError, TypeError) as fault:
            raise PlannerError(
                f"Nobody answers as a Dask scheduler at {address!r}: {fault}. Start one with `dask scheduler`."
            ) from None
        self._retries, self._grace_s, self._workerless_s = retries, grace_s, workerless_s
        self._contents: dict[str, Future] = {}

    def __enter__(self) -> DaskCluster:
        return self

    @property
    def width(self) -> int:
        """Threads of all workers; at least one, for workers may still come."""
        return max(1, int(sum(self._client.nthreads().values())))

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Ids of the processes of all workers, each on its own machine."""
        return tuple(self._client.run(os.getpid).values())

    def run(
        self,
        tasks: Sequence[Task],
        *,
        cancelled: Callable[[], bool] = never,
        observer: TaskObserver = unobserved,
    ) -> Iterator[Outcome]:
        """Yield the outcome of each task as it ends; see `api.executing.tasks.Executor`."""
        limits = self._retries, self._grace_s, self._workerless_s
        run = _Run(self._client, self._shared, checked(tasks), *limits)
        return run.outcomes(lambda: self.width, cancelled, observer)

    def close(self) -> None:
        """Let go of the cluster; its scheduler and workers stay."""
        self._contents.clear()
        self._client.close()

    def _shared(self, content: Content, *, anew: bool = False) -> Future:
        """Return a content on the cluster, sent once; the scheduler can hand it out again where a worker dies."""
        if anew or content.digest not in self._contents:
            # Large contents are meant: they are sent once, and by far the most of them are small.
            key = f"planner-content-{content.digest}"
            self._contents[content.digest] = _submit(self._client, _itself, content.data, key=key)
        return self._contents[content.digest]


class _Run:
    """One run of tasks on a cluster."""

    def __init__(
        self,
        client: Client,
        shared: Callable[..., Future],
        tasks: Sequence[Task],
        retries: int,
        grace_s: float,
        workerless_s: float,
    ) -> None:
        self._client, self._shared = client, shared
        self._retries, self._grace_s, self._patience_s = retries, grace_s, workerless_s
        self._counted = self._last_worker = time.monotonic()
        self._name = f"planner-{uuid.uuid4().hex}"
        self._waiting = deque((task, 0) for task in tasks)
        self._sent: dict[str, tuple[Task, int, Future]] = {}
        self._blamed: dict[str, int] = {}
        self._news: queue.SimpleQueue[tuple[str, str, Any]] = queue.SimpleQueue()

    def outcomes(
        self, width: Callable[[], int], cancelled: Callable[[], bool], observer: TaskObserver
    ) -> Iterator[Outcome]:
        """Yield outcomes as they come."""
        flag = _distributed().Event(self._name, client=self._client)
        self._client.subscribe_topic(self._name, self._sign)
        patience: float | None = None
        try:
            while self._waiting or self._sent:
                if self._client.status != "running":
                    yield from self._lost("The connection to the scheduler of the cluster was lost.")
                    return
                if self._workerless():
                    self._client.cancel([future for _, _, future in self._sent.values()])
                    told = f"The cluster has had no worker for {self._patience_s:g} seconds. Start some: dask worker."
                    yield from self._lost(told)
                    return
                if patience is None and cancelled():
                    patience = time.monotonic() + self._grace_s
                    flag.set()
                if patience is not None:
                    while self._waiting:
                        task, attempts = self._waiting.popleft()
                        yield withdrawn(task, attempts)
                    if time.monotonic() > patience:
                        yield from self._give_up()
                        return
                self._send(width)
                yield from self._heard(observer)
        finally:
            # Tasks that nobody waits for any more are told to end, and their results forgotten.
            if self._client.status == "running":
                if self._sent:
                    flag.set()
                    self._client.cancel([future for _, _, future in self._sent.values()])
                else:
                    flag.clear()
                with contextlib.suppress(ValueError):
                    self._client.unsubscribe_topic(self._name)

    def _send(self, width: Callable[[], int]) -> None:
        """Send as many tasks as can run: what waits here is nowhere when a worker dies."""
        if not self._waiting:
            return
        free = width() - len(self._sent)
        for _ in range(min(free, len(self._waiting))):
            task, attempts = self._waiting.popleft()
            shared = [self._shared(content, anew=attempts > 0) for content in task.shared]
            bare = pickle.dumps(replace(task, shared=()), protocol=pickle.HIGHEST_PROTOCOL)
            key = f"{self._name}-{task.key}-{attempts}"
            future = _submit(self._client, _on_worker, bare, self._name, *shared, key=key)
            self._sent[key] = (task, attempts + 1, future)
            future.add_done_callback(lambda done: self._news.put(("done", done.key, None)))

    def _sign(self, event: tuple[float, Any]) -> None:
        """Take up a sign of life; called by the client's own thread."""
        _, content = event
        if isinstance(content, dict) and "key" in content:
            self._news.put(("sign", str(content["key"]), content))

    def _heard(self, observer: TaskObserver) -> Iterator[Outcome]:
        """Pass on signs of life and yield outcomes; tasks whose inputs were lost are sent again."""
        try:
            kind, key, content = self._news.get(timeout=SECONDS_BETWEEN_LOOKS)
        except queue.Empty:
            return
        if kind == "sign":
            if any(task.key == key for task, _, _ in self._sent.values()):
                observer(key, Progress(**{name: content[name] for name in _TOLD}))
            return
        if key not in self._sent:
            return
        task, attempts, future = self._sent.pop(key)
        outcome = self._outcome(task, attempts, future)
        future.release()
        if outcome is None:
            self._waiting.appendleft((task, attempts))
        else:
            yield outcome

    def _outcome(self, task: Task, attempts: int, future: Future) -> Outcome | None:
        """Return the outcome of a future that is done; None where it has to be sent again."""
        try:
            outcome: Outcome = pickle.loads(future.result(timeout=self._grace_s))
            return replace(outcome, attempts=max(attempts, outcome.attempts))
        except _distributed().KilledWorker as fault:
            times = self._blamed.get(task.key, 0) + int(getattr(fault, "allowed_failures", 0)) + 1
            self._blamed[task.key] = times
            if attempts == 1:
                # The scheduler blames all that a dying worker held, begun or not: the innocent get another chance.
                return None
            reason = (
                f"{times} workers ended without a word while they worked on it; often that is for lack of memory. "
                "Give each worker fewer threads or more memory."
            )
            return Outcome(task.key, failure=Failure(Ending.DIED, reason), attempts=times)
        except Exception as fault:
            if attempts <= self._retries and future.status in ("cancelled", "lost", "pending"):
                return None
            reason = f"The cluster could not run it ({type(fault).__name__}: {fault}). Are all workers of this version?"
            return Outcome(task.key, failure=Failure(Ending.BROKEN, reason), attempts=attempts)

    def _give_up(self) -> Iterator[Outcome]:
        self._client.cancel([future for _, _, future in self._sent.values()])
        for task, attempts, _ in self._sent.values():
            reason = "It did not hand over its best so far in time and was ended."
            yield Outcome(task.key, failure=Failure(Ending.CANCELLED, reason), attempts=attempts)
        self._sent.clear()

    def _workerless(self) -> bool:
        """Return whether there has been no worker for too long; looked at once a second."""
        moment = time.monotonic()
        if moment - self._counted >= 1.0:
            self._counted = moment
            if self._client.nthreads():
                self._last_worker = moment
        return moment - self._last_worker > self._patience_s

    def _lost(self, reason: str) -> Iterator[Outcome]:
        left = [*((task, attempts) for task, attempts, _ in self._sent.values()), *self._waiting]
        self._sent.clear()
        self._waiting.clear()
        for task, attempts in left:
            yield Outcome(task.key, failure=Failure(Ending.DIED, reason), attempts=attempts)


_TOLD = ("phase", "fraction", "objective", "bound", "violation", "iterations")
"""What of a sign of life travels: alignments would pass through the scheduler, which keeps what it passes."""


def _distributed() -> Any:
    """Return the package, loaded when it is first needed."""
    import distributed

    return distributed


def _submit(client: Client, function: Callable[..., Any], *arguments: Any, key: str) -> Future:
    import dask

    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "100GB"}):
        return client.submit(function, *arguments, key=key, pure=False)


def _itself(data: bytes) -> bytes:
    """Return what was given: a task of the scheduler's, so that it can be done again."""
    return data


def _on_worker(bare: bytes, run: str, *shared: bytes) -> bytes:
    """Do a task on a worker and return its outcome as bytes."""
    task: Task = pickle.loads(bare)
    worker = _distributed().get_worker()

    def tell(progress: Progress) -> None:
        told = {name: getattr(progress, name) for name in _TOLD}
        worker.log_event(run, {"key": task.key, **told})

    return sealed(perform(task, shared, Cancelled(_Cancel(run)), tell))


class _Cancel:
    """Asks the scheduler, not too often, whether a run was cancelled."""

    def __init__(self, run: str) -> None:
        self._flag: Any = _distributed().Event(run)
        self._asked, self._looked = False, time.monotonic()

    def __call__(self) -> bool:
        moment = time.monotonic()
        if not self._asked and moment - self._looked >= SECONDS_BETWEEN_QUESTIONS:
            self._looked = moment
            self._asked = bool(self._flag.is_set())
        return self._asked
