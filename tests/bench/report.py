"""Results as Markdown for people and as JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.results import CaseResult, Cell, Table, Target

MOST_LETTERS = 420
"""Letters of a text in a cell, about five lines."""


def written(value: Any, cell: Cell) -> str:
    """Return one value as it stands in a table; empty where there is none."""
    if value is None or value == "":
        return ""
    if cell is Cell.TEXT:
        return spaced(" ".join(str(value).split())).replace("|", "\\|")
    if cell is Cell.YES:
        return "yes" if value else "**no**"
    if cell is Cell.COUNT:
        return f"{value:,}"
    if cell is Cell.PERCENT:
        return spaced(f"{value:.0%}" if value >= 1 else f"{value:.2%}")
    if cell is Cell.NUMBER:
        return exponential(value) if abs(value) >= 1e9 else f"{value:,.2f}"
    if cell is Cell.MB:
        return f"{value:,.0f} MB"
    return f"{value:,.2f}" if cell is Cell.RATIO else f"{value:,.1f}"


def spaced(text: str) -> str:
    """Return `text` with a space before every percent sign."""
    return re.sub(r"(?<=\d)%", " %", text)


def shortened(reasons: Sequence[str]) -> str:
    """Return the first reasons as one text that fits into a table; the JSON file has them all."""
    text = "; ".join(reasons)
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS].rsplit(' ', 1)[0]} …"


def exponential(value: float) -> str:
    """Return a large number as ``1.320e13``."""
    return f"{value:.3e}".replace("e+", "e")


def table_lines(table: Table) -> list[str]:
    """Return a table in Markdown; columns without any value are left out."""
    columns = [c for c in table.columns if any(row.get(c.key) not in (None, "") for row in table.rows)]
    if not columns:
        return ["Nothing was run."]
    right = [c.cell not in (Cell.TEXT, Cell.YES) for c in columns]
    lines = [
        "| " + " | ".join(c.heading for c in columns) + " |",
        "|" + "|".join("--:" if r else "---" for r in right) + "|",
    ]
    lines += [
        "| " + " | ".join(written(row.get(c.key), c.cell) for c in columns) + " |" for row in table.rows
    ]
    return lines


def target_lines(named: Sequence[tuple[str, Target]]) -> list[str]:
    """Return targets in Markdown, each with the case it belongs to."""
    lines = [
        "| case | target | reached | met | seconds | peak memory |",
        "|---|---|---|---|--:|--:|",
    ]
    for name, target in named:
        met = "not told" if target.met is None else written(target.met, Cell.YES)
        cells = [
            f"`{name}`",
            written(target.target, Cell.TEXT),
            written(target.reached, Cell.TEXT),
            met,
            written(target.seconds, Cell.SECONDS),
            written(target.peak_mb, Cell.MB),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def case_lines(case: CaseResult) -> list[str]:
    """Return one case in Markdown."""
    lines = [f"## {case.title}", "", spaced(case.about), ""]
    if case.targets:
        lines += [*target_lines([(case.name, target) for target in case.targets]), ""]
    for table in case.tables:
        lines += [f"**{table.title}**", "", *table_lines(table), ""]
    lines += [f"- {note}" for note in case.notes]
    if case.notes:
        lines.append("")
    if case.run:
        lines += [run_line(case.run), ""]
    return lines


def run_line(run: dict[str, Any]) -> str:
    """Return when, with what and where a case was run, as one line."""
    machine = run["machine"]
    load, cores = machine.get("load"), machine["cores"]
    busy = load is not None and cores is not None and load > cores / 2
    warning = f"**The machine was busy with other work** (load {load} on {cores} cores): " if busy else ""
    warning += "times and plans are worse than on one that is idle. " if busy else ""
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    peers = ", ".join(f"{name} {version}" for name, version in run["peer_versions"].items())
    return (
        f"{warning}Run {run['date']} with `{run['command']}` at commit {run['commit']}, Python {run['python']}; "
        f"{versions}. "
        f"Peers: {peers}. Machine: {machine['cores']} cores, {machine['memory_gb']} GB, {machine['processor']}, "
        f"{machine['system']}."
    )


def as_json(cases: Sequence[CaseResult]) -> str:
    """Return results as JSON text; numbers that are none become null."""
    return (
        json.dumps({"cases": [_plain(case.plain()) for case in cases]}, indent=1, ensure_ascii=False) + "\n"
    )


def read_json(path: Path) -> list[CaseResult]:
    """Return the results in a file that `as_json` wrote; none where there is no such file."""
    if not path.exists():
        return []
    stated = json.loads(path.read_text(encoding="utf-8"))
    return [CaseResult.from_plain(case) for case in stated["cases"]]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value


def write_results(cases: Sequence[CaseResult], out: Path) -> None:
    """Write ``results.md`` and ``results.json`` into the folder `out`."""
    lines = ["# Benchmark results", ""]
    for case in cases:
        lines += case_lines(case)
    (out / "results.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    (out / "results.json").write_text(as_json(cases), encoding="utf-8")
