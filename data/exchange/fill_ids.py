"""Record ids filled into a load, once the CRM has told them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.exchange.load import TOKEN, Load, Step, filled
from data.exchange.load_folder import ROLLBACK, read_load, read_step, write_load
from data.exchange.salesforce_snapshot import read_ids
from data.read.report import Report
from planner.errors import InvalidInput, Problem, Severity


@dataclass(frozen=True)
class Filled:
    """What came of filling in ids.

    Parameters
    ----------
    found, missing
        Cells that got their id, and cells that still wait for one.
    problems
        Everything found in the files with ids.
    """

    found: int
    missing: int
    problems: tuple[Problem, ...]


def fill_ids(load: Path, ids: Path, out: Path | None, *, overwrite: bool = False) -> Filled:
    """Write a load anew with the record ids that success files or exports tell.

    Parameters
    ----------
    load
        Folder of a load.
    ids
        Folder with files of the objects (``Territory2.csv``, …): exports, or success files of a loader, which hold the
        loaded columns and the id. Several files of one object may be there (``Territory2 level 1.csv``).
    out
        Folder to write, `load` itself to replace it; None for counting only.

    Raises
    ------
    InvalidInput
        Where `load` is no whole load, files with ids cannot be read, or `out` may not be written.
    """
    record = read_load(load)
    report = Report()
    known = read_ids(ids, report)
    if report.has_errors:
        raise InvalidInput(report.problems())
    steps = [_with_ids(read_step(load, step), known) for step in record["steps"]]
    back = [_with_ids(read_step(load / ROLLBACK, step), known) for step in record["rollback"]]
    before = _waiting([read_step(load, step) for step in record["steps"]])
    before += _waiting([read_step(load / ROLLBACK, step) for step in record["rollback"]])
    after = _waiting(steps) + _waiting(back)
    if out is not None:
        write_load(_load(record, steps, back), out, overwrite=overwrite)
    return Filled(before - after, after, report.problems())


def _with_ids(step: Step, known: dict[str, str]) -> Step:
    return replace(step, rows=tuple(filled(row, known) for row in step.rows))


def _waiting(steps: list[Step]) -> int:
    return sum(bool(TOKEN.fullmatch(cell)) for step in steps for row in step.rows for cell in row)


def _load(record: dict[str, Any], steps: list[Step], back: list[Step]) -> Load:
    problems = [Problem(**{**one, "severity": Severity(one["severity"])}) for one in record["problems"]]
    return Load(
        record["target"],
        record["plan"],
        record["against"],
        tuple(steps),
        tuple(back),
        record["unchanged"],
        tuple(problems),
    )
