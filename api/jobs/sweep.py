"""The job that solves the cases of a sweep side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from api.jobs.task import Task
from data.store import scenarios, trail
from data.store.jobs import JobRow
from planner.errors import PlannerError
from planner.solving import Observer
from planner.stop import Stop

if TYPE_CHECKING:
    from api.deps import Services

KIND = "sweep"


def params_of(
    data_digest: str,
    axes: Sequence[str],
    of_scenarios: Sequence[Mapping[str, Any]],
    overrides: Mapping[str, Any],
    *,
    with_base: bool,
    iterations: int | None,
    workers: int,
    cluster: str,
) -> dict[str, Any]:
    """Return what the job has to know: the tree of the data set, the cases, and where they are solved."""
    return {
        "data": data_digest,
        "axes": list(axes),
        "scenarios": [dict(each) for each in of_scenarios],
        "overrides": dict(overrides),
        "with_base": with_base,
        "iterations": iterations,
        "workers": workers,
        "cluster": cluster,
    }


def work(task: Task, stop: Stop, observer: Observer) -> dict[str, Any]:
    """Solve the cases and write a folder with an output each; asked to stop, what is done is kept."""
    # Imported here: servers, which look up `finish`, do not solve.
    from api.executing.choosing import executor_from
    from api.sweeping import run_sweep
    from planner.scenarios import axis_of, named_from_json

    asked = task.params
    workers = None if asked["cluster"] else asked["workers"]
    with closing(executor_from(workers, asked["cluster"])) as executor:
        index = run_sweep(
            task.tree(asked["data"]),
            task.output,
            [axis_of(text) for text in asked["axes"]],
            [
                named_from_json({key: value for key, value in each.items() if key != "id"})
                for each in asked["scenarios"]
            ],
            executor,
            with_base=asked["with_base"],
            overrides=asked["overrides"],
            iterations=asked["iterations"],
            cancelled=lambda: stop.reason(0) is not None,
            observer=observer,
        )
    states = [case["state"] for case in index["cases"]]
    return {"cases": len(states), "done": states.count("done")}


def finish(
    transaction: Connection,
    _services: Services,
    job: JobRow,
    result: dict[str, Any],
    output_digest: str | None,
) -> None:
    """Keep what came out with the sweep."""
    sweep = scenarios.sweep(transaction, job.params["sweep_id"], lock=True)
    if sweep is None:
        raise PlannerError("The sweep was deleted while it was being solved.")
    if output_digest is None:
        raise PlannerError("No case was written.")
    scenarios.end_sweep(transaction, sweep.id, output_digest)
    trail.append(
        transaction,
        who=job.submitted_by,
        what="sweep.finish",
        kind="sweep",
        subject=sweep.id,
        new={**result, "output_digest": output_digest, "job": job.id},
    )
