"""What a job does: read a plan folder, make a plan, write it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from api.planning import make_plan
from api.results.view import VIEW, make_view
from data.export import write_plan
from planner.scenarios import NamedChanges
from planner.solving import Observer, Progress
from planner.stop import Stop


def solve_and_write(
    folder: Path,
    output: Path,
    overrides: Mapping[str, object],
    stop: Stop,
    observer: Observer,
    *,
    changes: NamedChanges | None = None,
) -> None:
    """Make a plan from `folder` and write it to `output`, which is complete or not there."""
    assembled, plan = make_plan(folder, overrides, stop, observer, changes=changes)
    observer(Progress("Writing the plan", fraction=1.0))
    write_plan(output, assembled, plan)
    make_view(assembled, output, output.with_name(VIEW))
