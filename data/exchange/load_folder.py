"""A load as a folder: numbered files, the order they go in, how to take it back; whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.exchange.load import Load, Step
from data.exchange.salesforce_delta import NULL
from data.export.folder import PRODUCT, replaced_folder
from data.export.text import write_json
from planner.errors import InvalidInput, Problem

ORDER, README, ROLLBACK = "load_order.json", "README.txt", "rollback"
KIND = "load"

HOW = {
    "salesforce": (
        "Load each file with a data loader over the Bulk API, in serial mode, in the order of the numbers. Its name",
        f"says the object and the operation. {NULL} empties a field.",
        "Where a file needs record ids, its cells hold what stands for them, such as {{Territory2:North}}, which the",
        "CRM refuses. Put the success files of the steps before, or new exports of the objects, into a folder, and run",
        "    planner export THIS_FOLDER --ids THAT_FOLDER -o NEW_FOLDER",
    ),
    "varicent": (
        "Import each file in the order of the numbers: upsert puts rows in place of rows with the same key, delete",
        "removes them.",
    ),
    "clari": ("Upload each file in the order of the numbers; rows of a delete file are removed in Clari.",),
}


def write_load(load: Load, out: Path, *, overwrite: bool = False) -> list[Path]:
    """Write a load and return its files.

    Parameters
    ----------
    load
        What to load.
    out
        Folder to write; it appears whole or not at all. An earlier load there is replaced.
    overwrite
        Replace `out` also where it holds other files; they are lost.

    Raises
    ------
    InvalidInput
        Where the load has errors, or `out` may not or cannot be written.
    """
    if not load.ok:
        raise InvalidInput(load.problems)
    with replaced_folder(out, inputs=None, overwrite=overwrite, ours=is_load) as folder:
        (folder / ROLLBACK).mkdir()
        record = {
            "product": PRODUCT,
            "kind": KIND,
            "format": 1,
            "target": load.target,
            "plan": load.plan,
            "against": load.against,
            "counts": load.counts(),
            "unchanged": dict(load.unchanged),
            "steps": _write_steps(folder, load.steps),
            "rollback": _write_steps(folder / ROLLBACK, load.rollback),
            "problems": [problem.as_dict() for problem in load.problems],
        }
        _write_texts(folder, record)
        write_json(folder / ORDER, record)
    return sorted(path for path in out.rglob("*") if path.is_file())


def is_load(folder: Path) -> bool:
    """Return whether `folder` is a load of this product and holds nothing else."""
    try:
        record = _record(folder)
        names = {*_files(record, "steps"), ORDER, README, ROLLBACK}
        below = {*_files(record, "rollback"), README}
        return {path.name for path in folder.iterdir()} <= names and {
            path.name for path in (folder / ROLLBACK).iterdir()
        } <= below
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_load(folder: Path) -> dict[str, Any]:
    """Return ``load_order.json`` of a load.

    Raises
    ------
    InvalidInput
        Where `folder` is no whole load, or a file of it was changed.
    """
    try:
        record = _record(folder)
        for part, place in (("steps", folder), ("rollback", folder / ROLLBACK)):
            for step in record[part]:
                if _digest(place / step["file"]) != step["sha256"]:
                    raise ValueError(f"{step['file']} was changed after it was written")
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise InvalidInput(
            [
                Problem(
                    f"This is not a whole load: {type(fault).__name__}: {fault}.",
                    "Name a folder that `planner export` wrote for another system, or write it again.",
                    value=str(folder),
                    code="not_a_load",
                )
            ]
        ) from fault
    return record


def read_step(folder: Path, step: Mapping[str, Any]) -> Step:
    """Return one step of a load as it stands in its file."""
    with (folder / step["file"]).open(encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    return Step(
        step["action"], step["object"], tuple(columns), tuple(map(tuple, rows)), step["why"], step["label"]
    )


def _record(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / ORDER).read_text("utf-8"))
    if record["product"] != PRODUCT or record["kind"] != KIND:
        raise ValueError(f"{ORDER} is none of this product")
    for name in (*_files(record, "steps"), *_files(record, "rollback")):
        if Path(name).name != name:
            raise ValueError(f"{name!r} is no name of a file")
    return record


def _files(record: Mapping[str, Any], part: str) -> list[str]:
    return [str(step["file"]) for step in record[part]]


def _write_steps(folder: Path, steps: Sequence[Step]) -> list[dict[str, Any]]:
    told = []
    for number, step in enumerate(steps, start=1):
        path = folder / step.file(number)
        # Nothing here is quoted for people: the other system reads the cells as they are, and no text that a
        # spreadsheet would run gets this far.
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(step.columns)
            writer.writerows(step.rows)
        told.append(
            {
                "number": number,
                "file": path.name,
                "object": step.kind,
                "action": step.action,
                "label": step.label,
                "rows": len(step.rows),
                "columns": list(step.columns),
                "why": step.why,
                "needs_ids": list(step.needs_ids),
                "sha256": _digest(path),
            }
        )
    return told


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_texts(folder: Path, record: Mapping[str, Any]) -> None:
    """Write what each step does, for people: for the load, and for the roll-back."""
    how = HOW[record["target"]]
    parts = (
        (
            folder,
            "steps",
            f"Load of {record['plan']!r} into {record['target']}, against {record['against']}.",
        ),
        (folder / ROLLBACK, "rollback", "Roll-back: loads, in this order, what restores the state before."),
    )
    for place, part, title in parts:
        lines = [title, "", *how, ""]
        lines += _step_lines(record[part])
        if part == "steps":
            same = ", ".join(f"{count:,} {kind}" for kind, count in record["unchanged"].items() if count)
            lines += ["", f"Unchanged: {same or 'nothing'}."]
            lines += ["", f"To take it back, load the files of {ROLLBACK}/ in their order."]
        (place / README).write_text("\n".join(lines) + "\n", "utf-8")


def _step_lines(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    if not steps:
        return ["Nothing has changed, so there is nothing to load."]
    lines = []
    for step in steps:
        lines.append(f"{step['number']:2d}. {step['file']}: {step['rows']:,} rows, {step['action']}")
        lines.append(f"    {step['why']}")
        if step["needs_ids"]:
            lines.append(f"    Needs record ids first: {', '.join(step['needs_ids'])}.")
    return lines
