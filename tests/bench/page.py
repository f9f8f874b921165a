"""The page of results that the repository keeps, for people who have never run a benchmark here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.data_sets import ROOT
from tests.bench.report import as_json, case_lines, read_json, target_lines
from tests.bench.results import CaseResult

PAGE = ROOT / "docs" / "benchmarks.md"
OPENING = Path(__file__).with_name("opening.md")


def write_page(cases: Sequence[CaseResult], known: Mapping[str, str], page: Path = PAGE) -> None:
    """Write the page and its numbers; cases that are there already and were not run again stay.

    Parameters
    ----------
    cases
        What was run now.
    known
        Every case by name with what it runs, in the order of the page; results under other names follow.
    page
        Where it is; the numbers go beside it with the ending ``.json``.
    """
    numbers = page.with_suffix(".json")
    together = {case.name: case for case in read_json(numbers)} | {case.name: case for case in cases}
    names = [name for name in known if name in together] + sorted(set(together) - set(known))
    sorted_cases = [together[name] for name in names]
    lines = [OPENING.read_text(encoding="utf-8"), "## Cases", "", "| case | what it runs |", "|---|---|"]
    lines += [f"| `{name}` | {told} |" for name, told in known.items()]
    lines += ["", "## All targets", ""]
    lines += target_lines([(case.name, target) for case in sorted_cases for target in case.targets])
    lines.append("")
    for case in sorted_cases:
        lines += case_lines(case)
    page.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    numbers.write_text(as_json(sorted_cases), encoding="utf-8")
