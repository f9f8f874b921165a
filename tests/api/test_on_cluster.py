"""Work on a real Dask cluster over TCP: regions of one problem, and a sweep while a worker dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.executing import InThisProcess
from api.executing.cluster import DaskCluster
from api.executing.regions import OnExecutor
from api.sweeping import run_sweep
from planner.scenarios import NamedChanges, changes_from_json
from planner.solving import Progress, SolveResult
from planner.stop import MaxIterations
from solvers import solve
from solvers.side_by_side import InOrder
from tests.contract.problems import regional
from tests.contract.test_executor_contract import local_cluster
from tests.small_plan import write_folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    """A cluster of two workers."""
    with local_cluster() as address, DaskCluster(address) as found:
        yield found


def test_regions_of_one_problem_come_out_the_same(cluster: DaskCluster) -> None:
    seen: list[Progress] = []
    problem, limit = regional(), MaxIterations(8)
    wanted = solve(problem, stop=limit, seed=5, mapper=InOrder())
    far = solve(problem, stop=limit, seed=5, mapper=OnExecutor(cluster), observer=seen.append)
    assert told(far) == told(wanted)
    assert any(sign.objective is not None for sign in seen)


def told(result: SolveResult) -> SolveResult:
    """Return a result without the time it took."""
    return result.replace(report=result.report.replace(seconds=0.0))


def scenarios() -> list[NamedChanges]:
    """Return two scenarios."""
    grows = changes_from_json([{"change": "growth", "measure": "sales", "by": 0.1, "region": "west"}])
    return [
        NamedChanges("<Grows>", grows),
        NamedChanges("=Leaves", changes_from_json([{"change": "leave", "seats": ["S6"]}])),
    ]


def test_a_sweep_on_a_cluster_comes_out_the_same_though_a_worker_dies(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "in")
    here = run_sweep(
        folder, tmp_path / "here", [], scenarios(), InThisProcess(), with_base=True, iterations=1
    )
    killed: list[int] = []
    ended: list[str] = []

    def kill(_: Progress) -> None:
        if not killed:
            killed.append(cluster.process_ids[0])
            os.kill(killed[0], signal.SIGKILL)

    index = run_sweep(
        folder,
        tmp_path / "there",
        [],
        scenarios(),
        cluster,
        with_base=True,
        iterations=1,
        observer=kill,
        announce=lambda record, _, __: ended.append(record.name),
    )
    assert killed
    assert sorted(ended) == ["<Grows>", "=Leaves", "base"]
    assert [case["state"] for case in index["cases"]] == ["done"] * 3
    for one, other in zip(here["cases"], index["cases"], strict=True):
        assert one["key"] == other["key"]
        ours, theirs = (tmp_path / place / one["folder"] / "assignments.csv" for place in ("here", "there"))
        assert ours.read_bytes() == theirs.read_bytes()
    page = (tmp_path / "there" / "sweep.html").read_text()
    assert "<Grows>" not in page
    assert "'=Leaves" in (tmp_path / "there" / "sweep.csv").read_text()
