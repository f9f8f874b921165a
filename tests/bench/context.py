"""What every case gets from the command: where data lie, how much effort, and a way to run things apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import child
from tests.bench.data_sets import DataSet

GRACE_S = 300.0
"""Seconds beyond three time limits after which a run of ours is given up."""
PEER_LIMIT_S = 300.0
"""Seconds after which a peer has no answer."""


@dataclass(frozen=True)
class Context:
    """Settings of one run of the command.

    Parameters
    ----------
    scratch
        Folder for files between processes.
    data, instances
        Folders of data sets and of published instances; None where none was given.
    full
        Whether everything is run, or what fits into about ten minutes.
    seed
        Seed of every run.
    python, peer_python
        Interpreters for us and for peers.
    iterations
        Limit on iterations of ours instead of seconds, so that tests do not depend on the clock; None for none.
    kills, database
        How often the service is killed, and the URL of an empty PostgreSQL for it; None for few, and for SQLite.
    say
        Takes a line about what is going on.
    """

    scratch: Path
    data: Path | None
    instances: Path | None
    full: bool
    seed: int
    python: str
    peer_python: str
    iterations: int | None
    say: Callable[[str], None]
    kills: int | None = None
    database: str | None = None

    def ours(self, function: str, time_limit_s: float | None, **arguments: Any) -> child.Run:
        """Run a function of `tests.bench.ours` under a time limit, or under iterations where those were asked for."""
        limit_s = None if self.iterations is not None else time_limit_s
        arguments |= {"time_limit_s": limit_s, "iterations": self.iterations}
        self.say(f"  ours, {self._limit(limit_s)}")
        wait_s = 3 * (time_limit_s or 60.0) + GRACE_S
        return child.run(f"tests.bench.ours:{function}", arguments, python=self.python, limit_s=wait_s)

    def ours_of(
        self, function: str, time_limit_s: float | None, wait_s: float, **arguments: Any
    ) -> child.Run:
        """Run a function of another module of the bench that puts many questions, each under a limit."""
        limit_s = None if self.iterations is not None else time_limit_s
        arguments |= {"time_limit_s": limit_s, "iterations": self.iterations}
        self.say(f"  ours, {self._limit(limit_s)} each")
        return child.run(f"tests.bench.{function}", arguments, python=self.python, limit_s=wait_s)

    def _limit(self, limit_s: float | None) -> str:
        if self.iterations is not None:
            return f"{self.iterations} iterations"
        return "as long as its settings say" if limit_s is None else f"{limit_s:.1f} s"

    def peer(self, function: str, limit_s: float = PEER_LIMIT_S, **arguments: Any) -> child.Run:
        """Run a function of `tests.bench.peers`, ended `limit_s` after its start."""
        self.say(f"  {function.replace(':', ', ').replace('_', ' ')}")
        return child.run(f"tests.bench.peers.{function}", arguments, python=self.peer_python, limit_s=limit_s)

    def write(self, name: str, data: DataSet) -> Path:
        """Write a data set for other processes and return where."""
        path = self.scratch / f"{name}.npz"
        data.write(path)
        return path
