"""Settled column mappings written into the plan.toml of a folder, where every reader honours them."""

from __future__ import annotations

import os
import re
import tomllib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.exchange.mapping import Settled
from data.read.columns import IGNORE
from data.read.limits import MAX_PLAN_BYTES
from data.read.sources import PLAN_FILE
from planner.errors import InvalidInput, Problem

_HEADER = re.compile(r"^\s*\[.*\]\s*(#.*)?$")


def write_columns(folder: Path, settled: Mapping[str, Settled]) -> None:
    """Write mappings into ``[columns.<table>]`` of the ``plan.toml`` of a folder; all else there stays as it is.

    Parameters
    ----------
    folder
        Plan folder; a ``plan.toml`` is made where it has none.
    settled
        Mapping by table; one that maps nothing removes that part.

    Raises
    ------
    InvalidInput
        Where plan.toml cannot be read, or states its columns in a way that cannot be changed line by line.
    """
    path = next((p for p in sorted(folder.iterdir()) if p.name.lower() == PLAN_FILE), folder / PLAN_FILE)
    text = ""
    if path.exists():
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_PLAN_BYTES:
            raise _refused(path, "The file is a link, no plain file, or too large.")
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            raise _refused(path, f"The file is not UTF-8: {fault.reason}.") from fault
    changed = with_columns(text, settled, path)
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.new")
    try:
        fresh.write_text(changed, "utf-8")
        os.replace(fresh, path)  # noqa: PTH105  the same call, but it says what matters
    finally:
        fresh.unlink(missing_ok=True)


def with_columns(text: str, settled: Mapping[str, Settled], path: Path = Path(PLAN_FILE)) -> str:
    """Return the text of a plan.toml with mappings in place of those of the same tables; see `write_columns`."""
    before = _parsed(text, path)
    lines = text.splitlines()
    for table, one in settled.items():
        lines = _without(lines, table)
        said = _section(table, one)
        if said:
            lines += ([""] if lines and lines[-1].strip() else []) + said
    changed = "\n".join(lines) + ("\n" if lines else "")
    try:
        after = _parsed(changed, path)
    except InvalidInput as fault:
        raise _refused(path, "Its columns are not written as tables [columns.NAME] of their own.") from fault
    expected = {name: value for name, value in before.items() if name != "columns"}
    columns = dict(before.get("columns", {}))
    for table, one in settled.items():
        columns.pop(table, None)
        value = _plain(one)
        if value:
            columns[table] = value
    if columns:
        expected["columns"] = columns
    left = {name: value for name, value in after.items() if not (name == "columns" and not value)}
    if left != expected:
        raise _refused(path, "Its columns are not written as tables [columns.NAME] of their own.")
    return changed


def _plain(one: Settled) -> dict[str, Any]:
    return {**one.columns, **({IGNORE: list(one.ignored)} if one.ignored else {})}


def _section(table: str, one: Settled) -> list[str]:
    value = _plain(one)
    if not value:
        return []
    lines = [f"[columns.{_quoted(table)}]"]
    for name, header in value.items():
        told = f"[{', '.join(map(_quoted, header))}]" if isinstance(header, list) else _quoted(header)
        lines.append(f"{_quoted(name)} = {told}")
    return lines


def _quoted(text: str) -> str:
    """Return a basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def _without(lines: list[str], table: str) -> list[str]:
    """Return the lines without the part ``[columns.<table>]``."""
    name = re.escape(table)
    own = re.compile(rf"""^\s*\[\s*["']?columns["']?\s*\.\s*["']?{name}["']?\s*\]\s*(#.*)?$""")
    out: list[str] = []
    inside = False
    for line in lines:
        if own.match(line):
            inside = True
        elif inside and _HEADER.match(line):
            inside = False
        if not inside:
            out.append(line)
    return out


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise _refused(path, f"The file is no TOML: {fault}.") from fault


def _refused(path: Path, why: str) -> InvalidInput:
    what = "Correct plan.toml by hand, or map the columns there: docs/plan-folder.md says how."
    return InvalidInput([Problem(why, what, path.name, code="plan_file")])
