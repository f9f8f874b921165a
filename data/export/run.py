"""The record of a run: what it takes to make the plan again and to see that nothing was changed since."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from data.assembled import Assembled
from data.export.folder import PRODUCT
from data.export.text import plain
from planner.plan import Plan

FORMAT = 1
"""Version of the output format."""


def run_record(out: Path, written: Path, assembled: Assembled, plan: Plan) -> dict[str, object]:
    """Return what ``run.json`` holds.

    Parameters
    ----------
    out
        Where the output will stand; the way to the inputs is told from here.
    written
        Folder with every other file of the output.
    """
    result, report, provenance = plan.result, plan.result.report, plan.provenance
    record = {
        "product": PRODUCT,
        "format": FORMAT,
        "version": provenance.versions.get(PRODUCT, ""),
        "scenario": assembled.scenario,
        "parameters": provenance.parameters,
        "seed": assembled.scenario.seed,
        "solver": report.solver,
        "status": result.status,
        "termination": result.termination,
        "objective": report.objective,
        "bound": report.bound,
        "bound_kind": report.bound_kind,
        "gap": report.gap,
        "seconds": report.seconds,
        "iterations": report.iterations,
        "notes": report.notes,
        "reasons": report.reasons,
        "quota_problems": [problem.as_dict() for problem in plan.quota_problems],
        "contiguous": assembled.problem.contiguous,
        "problems": [problem.as_dict() for problem in assembled.problems],
        "started": provenance.started,
        "versions": provenance.versions,
        "input": {
            "folder": assembled.folder.path.resolve().name,
            "path": relative_path(assembled.folder.path, out),
            "files": provenance.inputs or assembled.folder.fingerprints,
        },
        "output": {path.name: fingerprint(path) for path in sorted(written.iterdir())},
    }
    ready: dict[str, object] = plain(record)
    ready["seal"] = seal(ready)
    return ready


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(record: dict[str, object]) -> str:
    """Return the SHA-256 of everything in a run record but its seal."""
    rest = {key: value for key, value in record.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def relative_path(target: Path, start: Path) -> str | None:
    """Return the way from `start` to `target` with forward slashes; None where there is none."""
    try:
        return Path(os.path.relpath(target.resolve(), start.expanduser().resolve())).as_posix()
    except ValueError:
        return None
