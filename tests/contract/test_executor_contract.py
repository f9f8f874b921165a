"""What holds for every executor: here, in processes, on a real cluster over TCP, whatever dies on the way."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from api.executing import Content, Ending, Executor, InThisProcess, ProcessPool, Task, executor_from
from planner.errors import PlannerError
from planner.solving import Progress
from tests.conftest import STANDINS

WORK = "tasks_standin"
EXECUTORS = ("here", "processes", "cluster")
SAFE = ("processes", "cluster")
"""Executors whose tasks may die without harm to whoever asked."""


@pytest.fixture(scope="module", autouse=True)
def _standins() -> Iterator[None]:
    """The stand-ins can be imported, by processes that are started as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(STANDINS))
        yield


@pytest.fixture(scope="module")
def executors() -> Iterator[Callable[[str], Executor]]:
    """Give executors by name, each started once; a cluster whose workers do not come back is replaced."""
    there: dict[str, Executor] = {}
    clusters: list[local_cluster] = []
    with ExitStack() as stack:

        def of(name: str) -> Executor:
            if name == "cluster" and clusters and not clusters[-1].whole():
                there.pop(name)
            if name not in there:
                if name == "here":
                    found: Executor = executor_from(None, None)
                elif name == "processes":
                    found = executor_from(2, None)
                else:
                    clusters.append(local_cluster())
                    found = executor_from(None, stack.enter_context(clusters[-1]))
                there[name] = found
                stack.callback(found.close)
            return there[name]

        yield of


class local_cluster:  # noqa: N801
    """A scheduler and two workers of Dask in processes of their own, spoken to over TCP; gives its address.

    A task may die with one worker; it is told as failed when it dies with a second one.
    """

    def __enter__(self) -> str:
        import dask
        from distributed import LocalCluster

        self._settings = dask.config.set(
            {"distributed.scheduler.allowed-failures": 0, "distributed.worker.profile.enabled": False}
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._cluster = LocalCluster(
                n_workers=2,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                protocol="tcp://",
                dashboard_address=":0",
            )
        address: str = self._cluster.scheduler_address
        assert address.startswith("tcp://127.0.0.1:")
        return address

    def whole(self) -> bool:
        """Return whether both workers are there, soon at least: Dask gives up one that dies while it starts."""
        try:
            self._cluster.wait_for_workers(2, timeout=20)
        except TimeoutError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        # Closed while a worker is being started again, a cluster may wait for that worker for ever.
        self.whole()
        with suppress(TimeoutError):
            self._cluster.close(timeout=60)
        self._settings.__exit__(None, None, None)


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest, executors: Callable[[str], Executor]) -> Executor:
    """Every executor."""
    return executors(request.param)


@pytest.fixture(params=SAFE)
def safe(request: pytest.FixtureRequest, executors: Callable[[str], Executor]) -> Executor:
    """Every executor whose tasks run elsewhere."""
    return executors(request.param)


def tasks(function: str, count: int, payload: Callable[[int], Any] = int, **more: Any) -> list[Task]:
    """Return tasks that call a stand-in."""
    return [Task(f"t{n}", f"{WORK}:{function}", payload(n), **more) for n in range(count)]


def test_every_task_has_one_outcome_with_its_value(executor: Executor) -> None:
    shared = (Content.of(b"x" * 1000), Content.of(b"y" * 50))
    found = list(executor.run(tasks("add", 5, lambda n: n * n, shared=shared)))
    assert sorted(outcome.key for outcome in found) == ["t0", "t1", "t2", "t3", "t4"]
    values = {outcome.key: outcome.value[:2] for outcome in found}
    assert values == {f"t{n}": (n * n, [1000, 50]) for n in range(5)}
    assert all(outcome.failure is None and outcome.attempts == 1 for outcome in found)
    assert executor.width >= 1


def test_progress_is_told_by_the_key_of_the_task(executor: Executor) -> None:
    seen: list[tuple[str, Progress]] = []
    # The search goes on until somebody has heard of it, so that no sign can come too late.
    outcomes = list(
        executor.run(
            tasks("until_cancelled", 1),
            observer=lambda key, sign: seen.append((key, sign)),
            cancelled=lambda: len(seen) > 0,
        )
    )
    assert {key for key, _ in seen} == {"t0"}
    assert seen[0][1].phase == "round 1"
    assert seen[0][1].iterations == 1
    assert [outcome.value for outcome in outcomes] == ["best so far"]


def test_a_cancelled_run_keeps_what_runs_and_withdraws_what_waits(executor: Executor) -> None:
    begun: set[str] = set()
    found = list(
        executor.run(
            tasks("until_cancelled", 6),
            observer=lambda key, _: begun.add(key),
            cancelled=lambda: len(begun) > 0,
        )
    )
    assert sorted(outcome.key for outcome in found) == [f"t{n}" for n in range(6)]
    kept = [outcome for outcome in found if outcome.failure is None]
    assert 1 <= len(kept) <= executor.width
    assert {outcome.value for outcome in kept} == {"best so far"}
    assert {o.failure.ending for o in found if o.failure is not None} == {Ending.CANCELLED}


def test_failures_are_told_in_words_and_leave_others_alone(executor: Executor) -> None:
    mixed = [Task(name, f"{WORK}:{name}") for name in ("refuse", "fail", "add", "missing")]
    found = {outcome.key: outcome for outcome in executor.run(mixed)}
    assert found["add"].failure is None
    refused, failed, missing = (found[name].failure for name in ("refuse", "fail", "missing"))
    assert refused is not None
    assert refused.ending is Ending.REFUSED
    assert [problem.code for problem in refused.problems] == ["wrong"]
    assert failed is not None
    assert failed.ending is Ending.BROKEN
    assert "ZeroDivisionError: by nothing" in failed.reason
    assert "in fail" in failed.traceback
    assert missing is not None
    assert "missing" in missing.reason


def test_a_result_that_cannot_travel_is_a_failure(safe: Executor) -> None:
    (outcome,) = safe.run(tasks("unsendable", 1))
    assert outcome.failure is not None
    assert "cannot be sent" in outcome.failure.reason


def test_keys_are_unique(executor: Executor) -> None:
    with pytest.raises(ValueError, match="two tasks have the key 't0'"):
        executor.run([*tasks("add", 1), *tasks("add", 1)])
    assert list(executor.run([])) == []


def test_nothing_is_lost_and_nothing_twice_where_workers_die_in_the_middle(
    safe: Executor, tmp_path: Path
) -> None:
    shared = (Content.of(b"folder"),)
    # One death is enough for a cluster: it may give up a worker that dies again while it is started.
    deaths = 3 if isinstance(safe, ProcessPool) else 1
    deadly = tasks("die_once", deaths, lambda n: (str(tmp_path), f"d{n}"), shared=shared)
    harmless = [Task(f"h{n}", f"{WORK}:note", (str(tmp_path), f"h{n}"), shared) for n in range(6)]
    mixed = [harmless[0], deadly[0], *harmless[1:4], *deadly[1:], *harmless[4:]]
    found = list(safe.run(mixed))
    assert sorted(outcome.key for outcome in found) == sorted(task.key for task in mixed)
    assert all(outcome.failure is None for outcome in found), [o.failure for o in found if o.failure]
    for task in deadly:
        begun = [path for path in tmp_path.glob(f"{task.payload[1]}.*") if path.suffix != ".died"]
        # A cluster makes a result again that was lost with its worker before it was handed over.
        assert len(begun) == 2 or (len(begun) > 2 and not isinstance(safe, ProcessPool)), task.key
    assert all(path.read_bytes() == b"folder" for path in tmp_path.glob("h*"))


def test_a_task_that_kills_every_worker_is_reported_and_others_go_on(safe: Executor, tmp_path: Path) -> None:
    poison = Task("poison", f"{WORK}:die", (str(tmp_path), "p"))
    found = {outcome.key: outcome for outcome in safe.run([poison, *tasks("add", 3)])}
    assert len(found) == 4
    failure = found["poison"].failure
    assert failure is not None
    assert failure.ending is Ending.DIED
    assert "lack of memory" in failure.reason
    assert 2 <= len(list(tmp_path.glob("p.*"))) <= found["poison"].attempts <= 3
    assert all(found[f"t{n}"].failure is None for n in range(3))


def test_whoever_stops_listening_leaves_an_executor_that_works(safe: Executor) -> None:
    begun: list[str] = []
    running = safe.run(
        [*tasks("add", 1), Task("long", f"{WORK}:until_cancelled")],
        observer=lambda key, _: begun.append(key),
    )
    assert next(running).key == "t0"
    running.close()  # type: ignore[attr-defined]
    assert sorted(outcome.key for outcome in safe.run(tasks("add", 3))) == ["t0", "t1", "t2"]


def test_a_cluster_without_workers_is_told_and_one_that_is_not_there() -> None:
    from distributed import LocalCluster

    from api.executing.cluster import DaskCluster

    with (
        LocalCluster(n_workers=0, host="127.0.0.1", protocol="tcp://", dashboard_address=":0") as empty,
        DaskCluster(empty.scheduler_address, workerless_s=0.5) as cluster,
    ):
        found = list(cluster.run(tasks("add", 2)))
    assert [outcome.key for outcome in found] == ["t0", "t1"]
    for outcome in found:
        assert outcome.failure is not None
        assert outcome.failure.ending is Ending.DIED
        assert "no worker for 0.5 seconds" in outcome.failure.reason
    with pytest.raises(PlannerError, match="Nobody answers as a Dask scheduler"):
        DaskCluster("127.0.0.1:port")


def test_processes_are_started_once_and_gone_after_closing() -> None:
    with ProcessPool(1) as pool:
        (first,) = pool.run(tasks("add", 1))
        (second,) = pool.run(tasks("add", 1))
        assert first.value[2] == second.value[2] == pool.process_ids[0]
        process_id = pool.process_ids[0]
    assert not Path(f"/proc/{process_id}").exists()


def test_which_executor_is_meant() -> None:
    assert isinstance(executor_from(None, ""), InThisProcess)
    assert isinstance(executor_from(1, None), InThisProcess)
    with pytest.raises(PlannerError, match="either workers or a cluster"):
        executor_from(2, "tcp://127.0.0.1:1")
    with pytest.raises(PlannerError, match="0 workers make no sense"):
        executor_from(0, None)
