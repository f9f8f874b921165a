"""What was checked, printed: one line a check, faults marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from api.cli.screen import print_json, results

if TYPE_CHECKING:
    from data.audit.report import AuditReport


def print_report(report: AuditReport, *, as_json: bool) -> None:
    """Print what was checked, whether it holds, and what could not be checked."""
    if as_json:
        print_json(report.as_dict())
        return
    console = results()
    for check in report.checks:
        mark, style = ("holds", "green") if check.held else ("FAULT", "bold red")
        console.print(Text(mark, style).append(f"  {check.name}: {check.detail}", "default"))
    for sentence in report.skipped:
        console.print(f"not checked  {sentence}", markup=False)
    console.print(
        f"{len(report.checks)} checks, {len(report.faults)} fault(s), {len(report.skipped)} not checked"
    )
