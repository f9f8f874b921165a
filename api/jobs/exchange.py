"""The jobs that bring data in from a database, and write plans for other programs and systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from api.jobs.task import Task
from data.store import data_sets, trail
from data.store.jobs import JobRow
from planner.errors import PlannerError, Severity
from planner.solving import Observer, Progress
from planner.stop import Stop

if TYPE_CHECKING:
    from api.deps import Services
    from data.exchange.load import Load

IMPORT, EXPORT = "import", "export"
SERVER_DIALECTS = ("postgresql", "mysql", "mariadb", "oracle")
"""Databases that a service reads from: a file of SQLite would be any file of its machine."""


def bring_in(task: Task, _stop: Stop, observer: Observer) -> dict[str, Any]:
    """Run the queries of an import and write the plan folder that they make."""
    from data.exchange.database import ImportLimits, import_database

    connection, queries = task.params["connection"], task.params["queries"]
    if connection not in task.connections:
        raise PlannerError(f"The service has no connection {connection!r} (any more): see its settings.")
    observer(Progress(f"reading {', '.join(queries)}"))
    limits = ImportLimits(dialects=SERVER_DIALECTS, seconds=task.time_limit_s or ImportLimits().seconds)
    done = import_database(task.connections[connection], queries, task.output, limits=limits)
    return {"rows": done.rows, "problems": [problem.as_dict() for problem in done.problems]}


def keep_import(
    transaction: Connection,
    _services: Services,
    job: JobRow,
    result: dict[str, Any],
    output_digest: str | None,
) -> None:
    """Make what came in a data set."""
    if output_digest is None:
        raise PlannerError("Nothing came in.")
    data_set_id = job.params["data_set_id"]
    added = data_sets.add_data_set(
        transaction, job.subject, "import", output_digest, job.submitted_by, data_set_id=data_set_id
    )
    told = {"name": added.name, "digest": output_digest, "rows": result["rows"], "job": job.id}
    trail.append(
        transaction, who=job.submitted_by, what="data_set.import", kind="data_set", subject=added.id, new=told
    )


def send_out(task: Task, _stop: Stop, observer: Observer) -> dict[str, Any]:
    """Write a version of a plan for another program, or what must change in another system."""
    asked = task.params
    observer(Progress(f"writing {asked['format']}"))
    return _for_system(task) if asked["system"] else _for_programs(task)


def _for_programs(task: Task) -> dict[str, Any]:
    from data.exchange.formats import export_plan

    asked = task.params
    done = export_plan(
        task.tree(asked["plan"]),
        asked["format"],
        task.output,
        territories=asked["territories"],
        inputs=task.tree(asked["data"]),
    )
    return {"rows": dict(done.rows), "problems": [problem.as_dict() for problem in done.problems]}


def _for_system(task: Task) -> dict[str, Any]:
    from data.exchange.crm import prepare
    from data.exchange.load_folder import write_load
    from data.exchange.settings import settings_from
    from data.read.report import Report

    asked, report = task.params, Report()
    settings = None if asked["settings"] is None else settings_from(asked["settings"], report)
    problems = list(report.problems())
    load: Load | None = None
    if not report.has_errors:
        load = prepare(
            task.tree(asked["plan"]),
            asked["format"],
            settings,
            against=None if asked["against"] is None else task.tree(asked["against"]),
            snapshot=None if asked["snapshot"] is None else task.tree(asked["snapshot"]),
            inputs=task.tree(asked["data"]),
        )
        problems += load.problems
        if load.ok and not asked["dry_run"]:
            write_load(load, task.output)
    told = {"ok": load is not None and load.ok, "problems": [problem.as_dict() for problem in problems]}
    if load is not None:
        told |= {"rows": load.counts(), "against": load.against}
    if not asked["dry_run"] and not told["ok"]:
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        raise PlannerError(
            f"Nothing was written, because of {len(errors)} error(s); the first: {errors[0].why} "
            "A dry run lists all of them."
        )
    return told
