"""The job that makes a plan from a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from api.jobs.kinds import found
from api.jobs.task import Task
from data.store import plans, trail, versions
from data.store.jobs import JobRow
from planner.errors import PlannerError
from planner.scenarios import named_from_json
from planner.solving import Observer
from planner.stop import Stop

if TYPE_CHECKING:
    from api.deps import Services

KIND = "solve"


def params_of(
    data_digest: str, changes: dict[str, Any], scenario: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return what the job of a plan has to know.

    Parameters
    ----------
    data_digest
        The tree of the data set.
    changes
        What is changed in the scenario of its ``plan.toml``, as `Scenario.overridden` takes it.
    scenario
        Named changes as plain values, as `planner.scenarios.named_from_json` takes them; None for none.
    """
    return {"data": data_digest, "changes": changes, "scenario": scenario}


def solve(task: Task, stop: Stop, observer: Observer) -> None:
    """Make a plan and write its output folder, in the process of the job."""
    folder = task.tree(task.params["data"])
    scenario = task.params.get("scenario")
    named = {} if scenario is None else {"changes": named_from_json(scenario)}
    found(task.planning)(folder, task.output, task.params["changes"], stop, observer, **named)


def finish(
    transaction: Connection,
    _services: Services,
    job: JobRow,
    _result: dict[str, Any],
    output_digest: str | None,
) -> None:
    """Make what came out the first version of the plan."""
    plan = None if job.plan_id is None else plans.plan(transaction, job.plan_id, lock=True)
    if plan is None:
        raise PlannerError("The plan was deleted while it was being made.")
    if output_digest is None:
        raise PlannerError("No plan was written.")
    added = versions.add(
        transaction, plan.id, plan.name, job.submitted_by, output_digest=output_digest, job_id=job.id
    )
    trail.append(
        transaction,
        who=job.submitted_by,
        what="version.add",
        kind="version",
        subject=added.id,
        plan=plan.id,
        new={"number": added.number, "output_digest": output_digest, "job": job.id},
    )
