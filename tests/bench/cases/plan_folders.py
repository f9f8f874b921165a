"""Plan folders, as users hold them in their hands: the shipped sample, or any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.cases.side_by_side import time_target
from tests.bench.context import Context
from tests.bench.data_sets import ROOT, MissingData
from tests.bench.report import shortened
from tests.bench.results import CaseResult, Cell, Column, Table, Target

SAMPLE = ROOT / "data" / "samples" / "iowa"
COLUMNS = (
    Column("folder", "folder"),
    Column("units", "units", Cell.COUNT),
    Column("territories", "territories", Cell.COUNT),
    Column("objective", "objective", Cell.NUMBER),
    Column("feasible", "feasible", Cell.YES),
    Column("deviations", "largest deviation"),
    Column("surplus_pieces", "pieces too many", Cell.COUNT),
    Column("gap_bound", "gap to own bound", Cell.PERCENT),
    Column("bound_kind", "which bound"),
    Column("seconds", "seconds", Cell.SECONDS),
    Column("read_s", "reading", Cell.SECONDS),
    Column("peak_mb", "peak memory", Cell.MB),
    Column("note", "note"),
)


def sample(context: Context) -> CaseResult:
    """The sample that the product ships, with the settings it ships with."""
    return plans(context, [SAMPLE], None, None, name="sample", title="The shipped sample")


def plans(
    context: Context,
    folders: list[Path],
    time_limit_s: float | None,
    out: Path | None,
    name: str = "plan",
    title: str = "Plan folders",
) -> CaseResult:
    """Plan every folder as a user's command does; outputs go below `out` where that is given."""
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if missing:
        raise MissingData(f"no such plan folder: {', '.join(missing)}")
    rows: list[dict[str, Any]] = []
    targets, timed = [], []
    for folder in folders:
        context.say(f"{folder.name}")
        place = None if out is None else (out / folder.resolve().name).resolve()
        arguments = {"folder": folder.resolve(), "out": place, "seed": context.seed}
        run = context.ours("solve_plan_folder", time_limit_s, **arguments)
        value = run.value or {}
        each = value.get("deviation", {})
        row = {key: value.get(key) for key in ("units", "territories", "objective", "feasible", "bound_kind")}
        row |= {key: value.get(key) for key in ("seconds", "read_s", "surplus_pieces", "status", "bound")}
        row |= {"folder": folder.name, "peak_mb": run.peak_mb}
        row["deviations"] = ", ".join(f"{measure} {deviation:.1%}" for measure, deviation in each.items())
        row["note"] = run.failure or shortened([value["status"], *value["reasons"]])
        row["reasons"] = value.get("reasons")
        if value and value["objective"] and value["bound"] is not None:
            row["gap_bound"] = max(0.0, 1 - value["bound"] / value["objective"])
        rows.append(row)
        feasible = bool(value.get("feasible"))
        reached = run.failure or f"{value['status']}; {row['deviations']}"
        numbers = value.get("seconds"), run.peak_mb
        targets.append(Target(f"{folder.name}: every hard rule holds", reached, feasible, *numbers))
        if value:
            timed.append((value["seconds"], value["time_limit_s"]))
    targets.append(time_target(timed, context))
    about = "Read, solved and measured as `planner solve` does. The objective is the product's own."
    return CaseResult(name, title, about, targets, [Table(title, COLUMNS, rows)])
