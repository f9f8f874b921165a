"""Files of a sweep: an output folder a case, and the numbers of all cases beside them.

The folders say for themselves which case they are of, so that a sweep that was broken off knows what is done.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.compare import Output
from data.export.folder import PRODUCT, check_out, is_output
from data.export.sweep_page import sweep_page
from data.export.text import harmless, number, plain
from data.side_by_side import Facts, SideBySide, arranged, facts_of
from planner.errors import InvalidInput, Problem

INDEX, TABLE, PAGE = "sweep.json", "sweep.csv", "sweep.html"
"""Files beside the folders of the cases."""
DONE, FAILED, CANCELLED, WAITING = "done", "failed", "cancelled", "waiting"
"""What may be told of a case."""


@dataclass(frozen=True)
class CaseRecord:
    """One case of a sweep and what became of it.

    Parameters
    ----------
    name, scenario
        What it is, and the name of its scenario; empty for the base.
    point
        Value of each axis of the grid, as written.
    key
        Digest of all that it is made from: another input, another key.
    folder
        Name of its output folder.
    state
        `DONE`, `FAILED`, `CANCELLED` or `WAITING`.
    reason
        Why it failed; empty otherwise.
    problems
        What is wrong with its input, as plain values.
    in_words
        What it changes, a sentence a change.
    """

    name: str
    scenario: str
    point: dict[str, str]
    key: str
    folder: str
    state: str = WAITING
    reason: str = ""
    problems: tuple[dict[str, Any], ...] = ()
    in_words: tuple[str, ...] = ()


def is_sweep(folder: Path) -> bool:
    """Return whether `folder` holds a sweep of this product and nothing else but what is hidden."""
    index = read_index(folder)
    return index is not None and all(
        path.name in (INDEX, TABLE, PAGE) or path.name.startswith(".") or (path.is_dir() and is_output(path))
        for path in folder.iterdir()
    )


def read_index(folder: Path) -> dict[str, Any] | None:
    """Return the index of a sweep; None where there is none."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(index, dict) and index.get("product") == PRODUCT and index.get("kind") == "sweep"
    return index if ours and isinstance(index.get("cases"), list) else None


def done_outputs(folder: Path) -> list[tuple[str | None, Path]] | None:
    """Return name and output folder of every case of a sweep that is done; None where `folder` is no sweep."""
    index = read_index(folder)
    if index is None:
        return None
    return [
        (str(case["name"]), folder / str(case["folder"])) for case in index["cases"] if case["state"] == DONE
    ]


def open_sweep(out: Path, inputs: Path) -> Path:
    """Return the folder of a sweep, made where it is not there; what an earlier run left half done is removed.

    Raises
    ------
    InvalidInput
        Where it holds anything but an earlier sweep, or cannot be written.
    """
    check_out(out, inputs=inputs, ours=is_sweep)
    place = out.expanduser().resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
        for path in place.glob(".case-*"):
            shutil.rmtree(path, ignore_errors=True)
    except OSError as fault:
        problem = Problem(
            f"The folder cannot be written: {fault.strerror}.",
            "Choose another.",
            value=str(out),
            code="unwritable",
        )
        raise InvalidInput([problem]) from None
    return place


def case_is_done(place: Path, record: CaseRecord) -> bool:
    """Return whether the output of a case is there, and made from the very same."""
    folder = place / record.folder
    try:
        run = json.loads((folder / "run.json").read_text("utf-8"))
        said = run["parameters"].get("case")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return said == record.key and is_output(folder)


def put_case(place: Path, record: CaseRecord, unpack: Callable[[Path], None]) -> None:
    """Put the output of a case in its place, whole; `unpack` writes it to the folder it is given."""
    fresh = place / f".case-{uuid.uuid4().hex[:12]}"
    fresh.mkdir()
    try:
        unpack(fresh)
        target = place / record.folder
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_index(
    place: Path, about: dict[str, Any], records: Sequence[CaseRecord], known: dict[str, Facts]
) -> dict[str, Any]:
    """Write ``sweep.json``, ``sweep.csv`` and ``sweep.html`` of what is there; return what the first one holds.

    `known` keeps what is told of a case by its folder, so that each output is read once.
    """
    done = [record for record in records if record.state == DONE]
    for record in done:
        if record.folder not in known:
            known[record.folder] = facts_of(Output(place / record.folder))
    facts = [known[record.folder] for record in done]
    table = arranged([record.name for record in done], [record.folder for record in done], facts)
    rows = {
        record.name: {line.name: line.values[at] for line in table.lines} for at, record in enumerate(done)
    }
    cases = [{**asdict(record), "measures": rows.get(record.name)} for record in records]
    units = {line.name: line.unit for line in table.lines}
    index: dict[str, Any] = plain(
        {"product": PRODUCT, "kind": "sweep", **about, "units": units, "cases": cases}
    )
    _replace(place / INDEX, json.dumps(index, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    _replace(place / TABLE, _csv(records, table, rows))
    _replace(place / PAGE, sweep_page(index))
    return index


def _csv(
    records: Sequence[CaseRecord], table: SideBySide, rows: dict[str, dict[str, float | str | bool | None]]
) -> str:
    axes = list(dict.fromkeys(axis for record in records for axis in record.point))
    names = [line.name for line in table.lines]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["case", "scenario", *axes, "state", "folder", *names, "reason"])
    for record in records:
        values = rows.get(record.name, {})
        writer.writerow(
            [
                harmless(record.name),
                harmless(record.scenario),
                *(harmless(record.point.get(axis, "")) for axis in axes),
                record.state,
                record.folder,
                *(_cell(values.get(name)) for name in names),
                harmless(record.reason),
            ]
        )
    return text.getvalue()


def _cell(value: float | str | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else number(float(value))


def _replace(path: Path, text: str) -> None:
    """Write a file whole: whoever reads it meanwhile reads the former one."""
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
