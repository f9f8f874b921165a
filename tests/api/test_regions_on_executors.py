"""One problem whose regions are solved on executors: the same plan everywhere, progress and cancel passed on."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.executing import InThisProcess, ProcessPool
from api.executing.regions import OnExecutor
from planner.solving import Progress, SolveResult
from planner.stop import AnyOf, Cancelled, MaxIterations, Termination
from solvers import solve
from solvers.side_by_side import InOrder
from tests.contract.problems import regional
from tests.small_plan import write_folder


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    """Two processes."""
    with ProcessPool(2) as found:
        yield found


def told(result: SolveResult) -> SolveResult:
    """Return a result without the time it took."""
    return result.replace(report=result.report.replace(seconds=0.0))


def test_regions_come_out_the_same_on_every_executor(pool: ProcessPool) -> None:
    problem, limit = regional(), MaxIterations(8)
    wanted = solve(problem, stop=limit, seed=5, mapper=InOrder())
    assert wanted.alignment is not None
    here = solve(problem, stop=limit, seed=5, mapper=OnExecutor(InThisProcess()))
    assert told(here) == told(wanted)
    killed: list[int] = []

    def kill(_: Progress) -> None:
        if not killed:
            killed.append(pool.process_ids[0])
            os.kill(killed[0], signal.SIGKILL)

    there = solve(problem, stop=limit, seed=5, mapper=OnExecutor(pool), observer=kill)
    assert killed
    assert told(there) == told(wanted)


def test_cancel_reaches_the_regions_and_the_best_so_far_comes_back(pool: ProcessPool) -> None:
    seen: list[Progress] = []
    stop = AnyOf((Cancelled(lambda: any(sign.alignment is not None for sign in seen)), MaxIterations(10**6)))
    result = solve(regional(), stop=stop, mapper=OnExecutor(pool), observer=seen.append)
    assert result.termination is Termination.CANCELLED
    assert result.alignment is not None


def test_solve_takes_workers_and_makes_the_same_plan(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    with (folder / "plan.toml").open("a") as file:
        file.write("[regions.west]\nterritories = 3\n[regions.east]\nterritories = 3\n")
    for name, more in (("one", ("--workers", "1")), ("two", ("--workers", "2"))):
        out = str(tmp_path / name)
        command = ["solve", str(folder), "--iterations", "4", "-o", out, "--json", *more]
        answer = CliRunner().invoke(app, command)
        assert answer.exit_code == 0, answer.output
        notes = json.loads((tmp_path / name / "run.json").read_text())["notes"]
        assert any("solved apart" in note for note in notes)
    one, two = ((tmp_path / name / "assignments.csv").read_bytes() for name in ("one", "two"))
    assert one == two
    both = CliRunner().invoke(
        app, ["solve", str(folder), "-o", str(tmp_path / "x"), "-w", "2", "--cluster", "tcp://127.0.0.1:1"]
    )
    assert both.exit_code == 2
    assert "either workers or a cluster" in both.output
