"""Many scenarios on one plan folder, solved side by side, each written as an output of its own.

Inputs go to the workers as bytes, outputs come back as bytes: workers on other machines need no disk in common. What is
done stays done: a case whose output is there is not solved again, one that was broken off is.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from api.executing.tasks import Content, Ending, Executor, Outcome, Task, never
from data.export.sweep import (
    CANCELLED,
    DONE,
    FAILED,
    CaseRecord,
    case_is_done,
    open_sweep,
    put_case,
    write_index,
)
from data.export.text import plain
from data.side_by_side import Facts
from planner.errors import InvalidInput, Problem
from planner.scenarios import NamedChanges, canonical, check, describe, named_from_json, to_json
from planner.scenarios.grid import Axis, Case, cases_of
from planner.solving import SILENT, Observer, Progress
from planner.stop import AnyOf, MaxIterations, Stop, Termination

WORK = "api.sweeping:solve_case"
SECONDS_BETWEEN_INDEXES = 2.0
"""How often the files of the whole sweep are written anew while it runs."""
_LEAST_DATE = (1980, 1, 1, 0, 0, 0)
"""Date of files in archives: the same files make the same bytes."""

Announce = Callable[[CaseRecord, int, int], None]
"""Told of every case that ended, with how many of how many have."""


def run_sweep(
    folder: Path,
    out: Path,
    axes: Sequence[Axis],
    scenarios: Sequence[NamedChanges],
    executor: Executor,
    *,
    with_base: bool = False,
    overrides: Mapping[str, Any] | None = None,
    iterations: int | None = None,
    cancelled: Callable[[], bool] = never,
    observer: Observer = SILENT,
    announce: Announce | None = None,
) -> dict[str, Any]:
    """Solve every case of a sweep that is not done yet, and return what ``sweep.json`` holds.

    Parameters
    ----------
    folder
        Plan folder, or a zip of one.
    out
        Folder of the sweep; one of an earlier run is gone on with.
    axes, scenarios, with_base
        The cases, as `planner.scenarios.cases_of` makes them.
    executor
        Where cases are solved.
    overrides, iterations
        Changes to the scenario of every case, as `Scenario.overridden` takes them, and a limit on rounds for those
        that state none.
    cancelled
        Whether to stop: what is done is kept, what runs is dropped, for it is not what was asked for.
    observer
        Told of progress over all cases.
    announce
        Told of every case that ended.

    Raises
    ------
    InvalidInput
        Where the folder, a scenario, the grid or `out` cannot be used; nothing is solved then.
    """
    try:
        cases = cases_of(axes, scenarios, with_base=with_base)
    except ValueError as fault:
        problem = Problem(f"This is no sweep: {fault}.", "Change the grid.", code="sweep")
        raise InvalidInput([problem]) from None
    asked = dict(overrides or {})
    about = _checked(folder, cases, axes)
    content = packed(folder)
    place = open_sweep(out, folder)
    records = [_record(case, content.digest, asked, iterations) for case in cases]
    records = [replace(each, state=DONE) if case_is_done(place, each) else each for each in records]
    run = _Sweep(place, about, records, announce)
    run.write(always=True)
    waiting = {
        record.key: Task(
            record.key, WORK, _payload(case, record, folder, place, asked, iterations), (content,)
        )
        for case, record in zip(cases, records, strict=True)
        if record.state != DONE
    }
    for outcome in executor.run(
        list(waiting.values()),
        cancelled=cancelled,
        observer=lambda key, sign: observer(run.progress(key, sign)),
    ):
        run.ended(outcome)
    return run.write(always=True)


def solve_case(
    payload: Mapping[str, Any], shared: tuple[bytes, ...], stop: Stop, observer: Observer
) -> bytes | None:
    """Solve one case, wherever this runs, and return its output as an archive; None where it was cut short.

    The folder and the output stand to each other as they do for whoever asked, so that the run record points the right
    way.
    """
    # Imported here: only workers solve.
    from api.planning import make_plan
    from data.export import write_plan

    with tempfile.TemporaryDirectory(prefix="planner-case-") as temporary:
        out, folder = _laid_out(Path(temporary), payload["way"])
        _unpack_folder(shared[0], folder, zipped=payload["zipped"])
        changes = None
        if payload["changes"] is not None:
            changes = named_from_json(payload["changes"])
        if payload["iterations"] is not None:
            stop = AnyOf((stop, MaxIterations(payload["iterations"])))
        assembled, plan = make_plan(folder, payload["overrides"], stop, observer, changes=changes)
        if plan.result.termination is Termination.CANCELLED:
            return None
        observer(Progress("writing", 1.0))
        parameters = {**plan.provenance.parameters, "case": payload["key"]}
        plan = replace(plan, provenance=replace(plan.provenance, parameters=parameters))
        write_plan(out, assembled, plan)
        return archive(out)


@dataclass
class _Sweep:
    """What is known of a sweep while it runs."""

    place: Path
    about: dict[str, Any]
    records: list[CaseRecord]
    announce: Announce | None
    known: dict[str, Facts] = field(default_factory=dict)
    running: dict[str, float] = field(default_factory=dict)
    written: float = 0.0

    @property
    def done(self) -> int:
        """How many cases have ended."""
        return sum(record.state in (DONE, FAILED) for record in self.records)

    def ended(self, outcome: Outcome) -> None:
        """Take up the outcome of a case: its output in its place, or why there is none."""
        at = next(n for n, record in enumerate(self.records) if record.key == outcome.key)
        record, failure = self.records[at], outcome.failure
        self.running.pop(outcome.key, None)
        if failure is None and outcome.value is not None:
            put_case(self.place, record, lambda fresh: unpack(outcome.value, fresh))
            record = replace(record, state=DONE)
        elif failure is None or failure.ending is Ending.CANCELLED:
            record = replace(record, state=CANCELLED, reason="" if failure is None else failure.reason)
        else:
            problems = tuple(problem.as_dict() for problem in failure.problems)
            told = "; ".join(problem.why for problem in failure.problems[:3])
            reason = f"{failure.reason} {told}".strip()
            record = replace(record, state=FAILED, reason=reason, problems=problems)
        self.records[at] = record
        self.write()
        if self.announce is not None:
            self.announce(record, self.done, len(self.records))

    def progress(self, key: str, sign: Progress) -> Progress:
        """Return a sign of life of one case as one of the whole."""
        if sign.fraction is not None:
            self.running[key] = sign.fraction
        name = next(record.name for record in self.records if record.key == key)
        fraction = (self.done + sum(self.running.values())) / max(len(self.records), 1)
        phase = f"{self.done} of {len(self.records)} cases; {name}: {sign.phase}"
        return replace(sign, phase=phase, fraction=min(fraction, 1.0), alignment=None)

    def write(self, *, always: bool = False) -> dict[str, Any]:
        """Write the files of the sweep, not too often; what is done shows in its folders anyway."""
        moment = time.monotonic()
        if not always and moment - self.written < SECONDS_BETWEEN_INDEXES:
            return {}
        self.written = moment
        return write_index(self.place, self.about, self.records, self.known)


def _checked(folder: Path, cases: Sequence[Case], axes: Sequence[Axis]) -> dict[str, Any]:
    """Return what is told of the whole sweep.

    Raises
    ------
    InvalidInput
        With everything that is wrong with the folder or with any case.
    """
    from data.assemble.known import known_of
    from data.read import read_folder

    read = read_folder(folder)
    known = known_of(read)
    problems: list[Problem] = []
    for case in cases:
        problems += check(case.changes, read.scenario, known, file=case.name)
    if problems:
        raise InvalidInput(problems)
    return {
        "name": read.scenario.name,
        "plan_folder": folder.resolve().name,
        "axes": [axis.name for axis in axes],
        "grid": {axis.name: list(axis.values) for axis in axes},
        "balanced": list(read.scenario.measures),
    }


def _record(case: Case, digest: str, overrides: Mapping[str, Any], iterations: int | None) -> CaseRecord:
    """Return a case under a key that says all that it is made from."""
    from api.planning import PRODUCT, versions

    made_from = [
        case.name,
        digest,
        canonical(case.changes),
        plain(dict(overrides)),
        iterations,
        versions()[PRODUCT],
    ]
    text = json.dumps(made_from, ensure_ascii=False, sort_keys=True, default=str)
    key = hashlib.sha256(text.encode()).hexdigest()
    return CaseRecord(
        case.name,
        case.scenario,
        case.point,
        key,
        f"{_slug(case.name)}-{key[:8]}",
        in_words=describe(case.changes),
    )


def _slug(name: str) -> str:
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in kept.split("-") if part)[:60] or "case"


def _payload(
    case: Case,
    record: CaseRecord,
    folder: Path,
    place: Path,
    overrides: Mapping[str, Any],
    iterations: int | None,
) -> dict[str, Any]:
    way = Path(os.path.relpath(folder.resolve(), place / record.folder)).as_posix()
    named = {"name": case.name, "changes": to_json(case.changes)} if case.changes else None
    return {
        "key": record.key,
        "way": way,
        "zipped": folder.is_file(),
        "changes": named,
        "overrides": dict(overrides),
        "iterations": iterations,
    }


def _laid_out(temporary: Path, way: str) -> tuple[Path, Path]:
    """Return where to put an output and its plan folder, which lies `way` from it."""
    parts = Path(way).parts
    ups = sum(part == ".." for part in parts)
    out = temporary.joinpath(*(f"up-{number}" for number in range(ups)))
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = temporary.joinpath(*parts[ups:])
    folder.parent.mkdir(parents=True, exist_ok=True)
    return out, folder


def packed(folder: Path) -> Content:
    """Return a plan folder as bytes: its files, the same bytes for the same files.

    Raises
    ------
    InvalidInput
        Where it cannot be read.
    """
    try:
        return Content.of(folder.read_bytes() if folder.is_file() else archive(folder))
    except OSError as fault:
        why = f"The plan folder cannot be read: {fault.strerror}."
        problem = Problem(why, "Check that you may read it.", value=str(folder), code="unreadable_folder")
        raise InvalidInput([problem]) from None


def archive(folder: Path) -> bytes:
    """Return the files of a folder, not of those inside it, as an archive."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packing:
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                info = zipfile.ZipInfo(path.name, _LEAST_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                packing.writestr(info, path.read_bytes(), compresslevel=1)
    return held.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Write the files of an archive that `archive` made into a folder."""
    with zipfile.ZipFile(io.BytesIO(data)) as packing:
        for info in packing.infolist():
            # Names of one part: nothing leads out of the folder.
            (folder / Path(info.filename).name).write_bytes(packing.read(info))


def _unpack_folder(data: bytes, folder: Path, *, zipped: bool) -> None:
    if zipped:
        folder.write_bytes(data)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        unpack(data, folder)
