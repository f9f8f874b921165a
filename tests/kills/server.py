"""A real server in a process of its own, started and ended as a machine would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STANDINS = ROOT / "tests" / "standins"
# Whatever takes long to import is there before the life begins, so that lives follow each other quickly.
_START = "import api.app, api.cli; input(); api.cli.main()"
_LISTENING = re.compile(r"Listening on (http://\S+?)/? ")


class Server:
    """One life of the service after the other, on one store.

    Parameters
    ----------
    root
        Folder of the store.
    samples
        Folder of samples.
    database_url
        Its database; None for SQLite.
    """

    def __init__(self, root: Path, samples: Path, database_url: str | None = None) -> None:
        self._environment = {
            **os.environ,
            "PLANNER_WORKSPACE": str(root),
            "PLANNER_SAMPLES": str(samples),
            "PLANNER_JOB_LEASE_S": "2",
            "PLANNER_CONCURRENT_JOBS": "2",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(STANDINS)]),
            "OMP_NUM_THREADS": "1",
            **({} if database_url is None else {"PLANNER_DATABASE_URL": database_url}),
        }
        self._process: subprocess.Popen[str] | None = None
        self._spare: subprocess.Popen[str] | None = None

    def start(self, planning: str, next_planning: str | None = None) -> str:
        """Start it and return its address once it answers.

        Parameters
        ----------
        planning
            What makes plans.
        next_planning
            What will make plans in its next life, which is prepared at once; None where there will be none.
        """
        self._process, self._spare = self._spare or self._prepared(planning), None
        assert self._process.stdin is not None
        assert self._process.stderr is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        said: list[str] = []
        for line in self._process.stderr:
            said.append(line)
            if (found := _LISTENING.search(line)) is not None:
                if next_planning is not None:
                    self._spare = self._prepared(next_planning)
                return found.group(1)
        raise AssertionError("the server did not start:\n" + "".join(said))

    def _prepared(self, planning: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", _START, "serve", "--port", "0"],
            env={**self._environment, "PLANNER_PLANNING": planning},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def kill(self) -> str:
        """End it with SIGKILL and return what it had written to its log since it listened."""
        assert self._process is not None
        self._process.kill()
        return self._gone()

    def stop(self) -> str:
        """End it in order and return what it had written to its log."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._gone()

    def close(self) -> None:
        """End whatever still runs, what was prepared for a next life too."""
        for process in (self._process, self._spare):
            if process is not None and process.poll() is None:
                process.kill()
            if process is not None:
                process.communicate()
        self._process = self._spare = None

    def workers(self) -> list[int]:
        """Return the processes of its jobs, those that have just begun left out."""
        assert self._process is not None
        found = []
        for pid in _descendants(self._process.pid):
            with suppress(ProcessLookupError):
                if os.getpgid(pid) == pid:
                    found.append(pid)
        return found

    def kill_worker(self, choose: float) -> bool:
        """End one of its workers with SIGKILL, `choose` in [0, 1) says which; return whether there was one."""
        workers = self.workers()
        if not workers:
            return False
        try:
            os.kill(workers[int(choose * len(workers))], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def _gone(self) -> str:
        assert self._process is not None
        _, said = self._process.communicate()
        self._process = None
        return said


def _descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that these did."""
    found: list[int] = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:  # it is gone
        return []
    for thread in threads:
        try:
            found += map(int, (thread / "children").read_text("ascii").split())
        except OSError:  # the thread is gone
            continue
    there = [child for child in found if Path(f"/proc/{child}").exists()]
    return [*there, *(each for child in there for each in _descendants(child))]
