"""What runs in each process of a pool: tasks come in through one pipe, signs of life and outcomes go out through it."""

from __future__ import annotations

import os
import signal
import time
from collections import OrderedDict
from multiprocessing.connection import Connection

from api.executing.tasks import Outcome, Task, perform, sealed
from planner.solving import Progress
from planner.stop import Cancelled

KEPT_CONTENTS = 8
"""Shared contents that a worker keeps; both sides forget the oldest in the same order."""
SECONDS_BETWEEN_LOOKS = 0.05
"""How often a running task looks whether it was cancelled."""


class Kept:
    """Contents by digest, the latest used last; `KEPT_CONTENTS` at most."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, bytes] = OrderedDict()

    def __contains__(self, digest: str) -> bool:
        return digest in self._held

    def add(self, digest: str, data: bytes) -> None:
        """Keep a content, or note that it was used."""
        self._held[digest] = data or self._held.get(digest, b"")
        self._held.move_to_end(digest)
        while len(self._held) > KEPT_CONTENTS:
            self._held.popitem(last=False)

    def get(self, digest: str) -> bytes:
        """Return a content."""
        return self._held[digest]


class _Cancel:
    """Looks at a pipe for the word that a task is cancelled; a pipe that was closed says so of every task."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._key, self._asked, self._looked = pipe, "", False, 0.0

    def begin(self, key: str) -> None:
        """Look out for this task from now on."""
        self._key, self._asked, self._looked = key, False, 0.0

    def __call__(self) -> bool:
        moment = time.monotonic()
        if not self._asked and moment - self._looked >= SECONDS_BETWEEN_LOOKS:
            self._looked = moment
            try:
                while self._pipe.poll():
                    self._asked |= self._pipe.recv() == self._key
            except (EOFError, OSError):
                self._asked = True
        return self._asked


def work(pipe: Connection, control: Connection) -> None:
    """Do tasks until the pipe is closed."""
    # Ctrl-C reaches the whole process group; the one who asked decides what becomes of its tasks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kept, cancel = Kept(), _Cancel(control)
    while True:
        try:
            task, contents = pipe.recv()
        except (EOFError, OSError):
            return
        _do(task, contents, kept, cancel, pipe)


def _do(task: Task, contents: list[tuple[str, bytes]], kept: Kept, cancel: _Cancel, pipe: Connection) -> None:
    for digest, data in contents:
        kept.add(digest, data)
    cancel.begin(task.key)

    def tell(progress: Progress) -> None:
        pipe.send(("sign", task.key, progress))

    try:
        outcome: Outcome = perform(
            task, [kept.get(digest) for digest, _ in contents], Cancelled(cancel), tell
        )
        pipe.send(("outcome", task.key, sealed(outcome)))
    except BrokenPipeError:
        os._exit(0)  # whoever asked is gone
