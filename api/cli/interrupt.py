"""Ctrl-C: once keeps the best so far, twice gives up."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType
from typing import TypeVar

from api.cli.screen import say

Result = TypeVar("Result")

_LOOK_EVERY_S = 0.2


@contextmanager
def cancel_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether Ctrl-C was pressed; a second press raises `KeyboardInterrupt`."""
    pressed = Event()

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()
        say("Stopping: the best plan so far is kept. Press Ctrl-C again to give up without writing.")

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def in_background(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, done in a thread so that Ctrl-C is heard while compiled code computes.

    Raises
    ------
    BaseException
        Whatever `work` raises; `KeyboardInterrupt` of this thread leaves `work` behind.
    """
    outcome: list[Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)

    thread = Thread(target=run, name="solve", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_EVERY_S)
    if failure:
        raise failure[0]
    return outcome[0]
