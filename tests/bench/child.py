"""Runs one function in a process of its own and says how long it took and how much memory it held.

Libraries of peers carry native code that clashes (two copies of one solver in one process), and the peak of memory
belongs to a process: so every run, ours too, gets its own. This file needs the standard library only, since peers may
live in another environment.
"""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MISSING = "not installed"


@dataclass(frozen=True)
class Run:
    """What came out of a process.

    Parameters
    ----------
    value
        What the function returned; None where it did not.
    failure
        Why it returned nothing, in words; empty where it did.
    whole_s
        Seconds from start to end of the process.
    peak_mb
        Peak of resident memory in MB; None where the process was ended before it could tell.
    """

    value: Any
    failure: str
    whole_s: float
    peak_mb: float | None


def run(function: str, arguments: dict[str, Any], *, python: str = sys.executable, limit_s: float) -> Run:
    """Call `function`, as ``module:name``, with `arguments` in a process of its own.

    Parameters
    ----------
    function, arguments
        What to call; arguments and result must pickle.
    python
        Interpreter to call it with.
    limit_s
        Seconds after which the process is ended.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        job, answer = Path(place) / "job", Path(place) / "answer"
        job.write_bytes(pickle.dumps((function, arguments)))
        command = [python, "-m", "tests.bench.child", str(job), str(answer)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _, words = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Run(None, f"no answer in {limit_s:.0f} s", time.monotonic() - began, None)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        whole = time.monotonic() - began
        if not answer.exists():
            last = words.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            return Run(None, f"ended with {process.returncode}: {last[0]}", whole, None)
        value, failure, peak_mb = pickle.loads(answer.read_bytes())
    return Run(value, failure, whole, peak_mb)


def _peak_mb() -> float:
    """Return the peak of resident memory of this process since its program was loaded."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(job: Path, answer: Path) -> None:
    """Do the `job` and write ``(value, failure, peak_mb)`` to `answer`."""
    function, arguments = pickle.loads(job.read_bytes())
    module, _, name = function.partition(":")
    value, failure = None, ""
    try:
        value = getattr(importlib.import_module(module), name)(**arguments)
    except ModuleNotFoundError as missing:
        failure = f"{MISSING}: {missing.name}"
    except Exception as fault:
        failure = f"{type(fault).__name__}: {fault}"
        traceback.print_exc()
    answer.with_suffix(".part").write_bytes(pickle.dumps((value, failure, _peak_mb())))
    answer.with_suffix(".part").rename(answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.flush()
    os._exit(0)  # threads of native libraries must not hold the process back
