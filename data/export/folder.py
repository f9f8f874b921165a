"""An output folder that appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.errors import InvalidInput, Problem

PRODUCT = "territory-planner"
"""Name in ``run.json`` that says whose output a folder is."""

DETAIL_FILES = ("seat_quotas.csv", "node_quotas.csv", "overrides.csv")
"""Files of an output only where credit is shared, where there is a hierarchy, where amounts were decided by hand."""

JUDGED_FILES = ("quota_model.json", "fairness.json", "fairness.html")
"""Files of an output only where quotas are set, beside the quotas: what they rest on, and how fair they are."""

TESTED_FILES = ("backtest.json", "backtest.html")
"""Files of an output only where a back-test picked the quota method."""

ADDED_FILES = ("simulation.json", "simulation.html")
"""Files that later commands put into an output: no part of the run, and gone when it is replaced."""

PAY_FILES = ("compensation.json", "compensation.csv", "compensation.html")
"""Files of an output only where seats are paid by a plan."""

OUTPUT_FILES = (
    "assignments.csv",
    "unplaced.csv",
    "territories.csv",
    "territories.geojson",
    "quotas.csv",
    "tie_out.json",
    *DETAIL_FILES,
    *JUDGED_FILES,
    *TESTED_FILES,
    *PAY_FILES,
    "scorecard.json",
    "run.json",
    "map.html",
    "report.xlsx",
)
"""Every file that an output may hold."""


@contextmanager
def replaced_folder(
    out: Path, *, inputs: Path | None, overwrite: bool = False, ours: Callable[[Path], bool] | None = None
) -> Iterator[Path]:
    """Give a fresh folder beside `out` to write to, and put it in the place of `out` when all went well.

    Parameters
    ----------
    out
        Where the files are to appear. An earlier output is replaced as a whole; it stays as it was when
        writing fails.
    inputs
        The plan folder, which is never replaced; None where there is none.
    overwrite
        Replace also a folder that holds other files.
    ours
        Whether a folder is an earlier output of the same kind and nothing else; `is_output` where absent.

    Raises
    ------
    InvalidInput
        Where `out` may not or cannot be written.
    """
    check_out(out, inputs=inputs, overwrite=overwrite, ours=ours)
    out = out.expanduser().resolve()
    mark = uuid.uuid4().hex[:12]
    fresh = out.with_name(f".{out.name}.{mark}.new")
    try:
        fresh.mkdir(parents=True)
    except OSError as fault:
        what = "Choose a folder that you may write to, with -o or --out."
        raise _refused(out, f"The folder cannot be written: {fault.strerror}.", what) from fault
    try:
        yield fresh
        _swap(fresh, out, out.with_name(f".{out.name}.{mark}.old"))
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def check_out(
    out: Path, *, inputs: Path | None, overwrite: bool = False, ours: Callable[[Path], bool] | None = None
) -> None:
    """Refuse an `out` that may not be replaced, before long work is done for it.

    Raises
    ------
    InvalidInput
        As `replaced_folder` would.
    """
    out = out.expanduser().resolve()
    kept = None if inputs is None else inputs.expanduser().resolve()
    reason = _why_not(out, kept, overwrite, ours or is_output)
    if reason is not None:
        raise _refused(out, *reason)


def is_output(folder: Path) -> bool:
    """Return whether `folder` is an output of this product and holds nothing else."""
    return says_output(folder) and not foreign_files(folder, (*OUTPUT_FILES, *ADDED_FILES))


def says_output(folder: Path) -> bool:
    """Return whether the ``run.json`` of `folder` says that this product wrote it."""
    try:
        run = json.loads((folder / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(run, dict) and run.get("product") == PRODUCT


def foreign_files(folder: Path, known: Collection[str]) -> list[str]:
    """Return the names in `folder` that are not in `known`, sorted."""
    return sorted(entry.name for entry in folder.iterdir() if entry.name not in known)


def _why_not(
    out: Path, inputs: Path | None, overwrite: bool, ours: Callable[[Path], bool]
) -> tuple[str, str] | None:
    """Return why `out` may not be replaced and what to do about it, or None where it may."""
    elsewhere = "Choose another folder, or a new name, for the output."
    if inputs is not None and (out == inputs or out in inputs.parents):
        return "The output would replace the plan folder itself.", elsewhere
    if not out.exists():
        above = next(folder for folder in out.parents if folder.exists())
        writable = above.is_dir() and os.access(above, os.W_OK)
        return None if writable else (f"Nothing can be written in {str(above)!r}.", elsewhere)
    if not out.is_dir():
        return "A file stands where the output folder should be.", elsewhere
    if overwrite or not any(out.iterdir()) or ours(out):
        return None
    if says_output(out):
        names = ", ".join(foreign_files(out, (*OUTPUT_FILES, *ADDED_FILES))[:5])
        return (
            f"This earlier output also holds files of yours ({names}).",
            f"Move them away. {elsewhere}",
        )
    return "The folder holds files that are not an earlier output of this product.", elsewhere


def _swap(fresh: Path, out: Path, aside: Path) -> None:
    """Put `fresh` in the place of `out`; `out` comes back where that fails."""
    try:
        if not out.exists():
            fresh.rename(out)
            return
        out.rename(aside)
        try:
            fresh.rename(out)
        except OSError:
            aside.rename(out)
            raise
    except OSError as fault:
        what = "Close programs that have its files open, or choose another folder."
        raise _refused(out, f"The folder cannot be replaced: {fault.strerror}.", what) from fault
    shutil.rmtree(aside, ignore_errors=True)


def _refused(out: Path, why: str, what_to_do: str) -> InvalidInput:
    return InvalidInput([Problem(why, what_to_do, value=str(out), code="output_folder")])
