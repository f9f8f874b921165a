"""Which servers there are on a store: a lock on a file, which the system takes back however a server ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


class Presence:
    """The mark that a server works on a store. Every server on it shares one lock.

    Parameters
    ----------
    path
        File to lock; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def enter(self) -> bool:
        """Come in and return whether nobody else is there and nobody can come before `settle`.

        Where the system has no such locks, nobody is known to be alone.
        """
        locks = _locks()
        if locks is None:
            return False
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            locks.flock(self._handle, locks.LOCK_EX | locks.LOCK_NB)
        except OSError:
            return False
        return True

    def settle(self) -> None:
        """Let others in; wait for one who is alone at this moment."""
        if self._handle is not None and (locks := _locks()) is not None:
            locks.flock(self._handle, locks.LOCK_SH)

    def leave(self) -> None:
        """Go."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _locks() -> Any:
    try:
        import fcntl
    except ImportError:
        return None
    return fcntl
