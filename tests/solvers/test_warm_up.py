"""A first run finds its kernels compiled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

CHECK = """
from numba.core import event
from data.assemble import assemble
from data.read import read_folder
from planner.stop import MaxIterations
from solvers import solve
from solvers.warm_up import warm_up

warm_up()
problem = assemble(read_folder("data/samples/iowa")).problem
with event.install_recorder("numba:compile") as recorded:
    solve(problem, stop=MaxIterations(8), seed=7)
print(*sorted({str(happened.data["dispatcher"].py_func.__qualname__) for _, happened in recorded.buffer}))
"""


def test_nothing_is_left_to_compile_for_the_shipped_sample() -> None:
    run = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.split() == []
