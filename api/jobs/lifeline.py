"""Processes that end with the one they work for, whatever becomes of it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_NICE = 10
"""How far work gives way: to somebody at the screen, nearly all of the processor."""


def end_with_parent() -> None:
    """Have the system end this process at once when the one that started it ends; where it can do that: Linux.

    To be called first in every process that a job starts, such as by the initializer of a pool.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def lead_group() -> None:
    """Make this process, and whatever it will start, a group that can be ended as one."""
    if hasattr(os, "setsid"):
        os.setsid()


def give_way() -> None:
    """Let whoever answers people go first where processors are short: work that takes minutes can wait a moment.

    Linux may share processors out among sessions rather than processes: then the session gives way too.
    """
    if hasattr(os, "nice"):
        os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICE))


def listen(pipe: Connection, said: Callable[[], None]) -> None:
    """Call `said` for everything that comes through a pipe; end this group of processes when its other end is gone."""
    while True:
        try:
            pipe.recv_bytes()
        except (EOFError, OSError):
            end_own_group()
        said()


def end_own_group() -> None:
    """End this process and those it started, at once."""
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def end_group(process: BaseProcess, patience_s: float = 0.0) -> int | None:
    """End a process that leads a group, with the group, and return its exit code.

    Parameters
    ----------
    process
        A process that was started and not joined: until then nobody else can get its number.
    patience_s
        Seconds it gets to end by itself.
    """
    wait([process.sentinel], patience_s)
    if process.pid is not None and hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # nobody is left, or it does not lead yet
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
    return process.exitcode
