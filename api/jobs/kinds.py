"""Every kind of job the service does. Who adds one adds a line to `KINDS`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from planner.job import MOST_ATTEMPTS


class Lane(StrEnum):
    """Which places of the service a kind of job takes: each lane has its own."""

    LONG = "long"
    """Minutes to hours, all of a processor: solving."""
    QUICK = "quick"
    """Seconds: nobody should wait behind a solve for it."""


@dataclass(frozen=True)
class Kind:
    """What a job of one kind does, and what becomes of it. Functions are named as ``module:function``.

    Parameters
    ----------
    work
        ``work(task, stop, observer) -> dict | None``, run in a process of its own; see `api.jobs.task`. It returns
        plain values for JSON and writes files into ``task.output``. It raises `planner.errors.PlannerError` with a
        reason for people, `InvalidInput` with problems, or, asked to stop, `planner.job.NothingToKeep`. It may be
        started again after a crash, so it changes nothing but its own folder.
    finish
        ``finish(transaction, services, job, result, output_digest)``, run in the server inside the one transaction
        that also says that the job is done; `job` is its `data.store.jobs.JobRow`, `output_digest` the tree of what it
        wrote, None where it wrote nothing. Its entries in the trail come last in it. A `PlannerError` of it fails the
        job. Empty where the result of the job is all there is to keep.
    without_result
        ``without_result(transaction, services, job)``, run inside the transaction in which the job fails or is
        withdrawn; empty for nothing.
    lane
        Whether it is long or quick.
    most_attempts
        How often it is started where its worker is lost.
    """

    work: str
    finish: str = ""
    without_result: str = ""
    lane: Lane = Lane.LONG
    most_attempts: int = MOST_ATTEMPTS


KINDS: dict[str, Kind] = {
    "solve": Kind("api.jobs.solving:solve", finish="api.jobs.solving:finish"),
    "sweep": Kind("api.jobs.sweep:work", finish="api.jobs.sweep:finish"),
    "import": Kind("api.jobs.exchange:bring_in", finish="api.jobs.exchange:keep_import", lane=Lane.QUICK),
    "export": Kind("api.jobs.exchange:send_out", lane=Lane.QUICK),
    "version": Kind("api.editing.writing:work", finish="api.editing.writing:finish", lane=Lane.QUICK),
}
"""Every kind by its name."""


def found(named: str) -> Callable[..., Any]:
    """Return the function that ``module:function`` names."""
    module, _, name = named.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function
