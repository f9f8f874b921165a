"""``planner audit``: recompute from the files whatever must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, results


def audit(
    out: Annotated[Path, typer.Argument(help="Output folder of a solve.", metavar="OUT")],
    inputs: Annotated[
        Path | None,
        typer.Option(
            "--inputs", "-i", metavar="FOLDER", help="Plan folder it was made from, if that has moved."
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Recompute from its files what must hold of a plan.

    Every id once, bands, contiguity, locks, every sum to the cent, file fingerprints.

    \b
    Examples:
      planner audit out
      planner audit out --inputs data/samples/iowa --json

    Exit codes: 0 everything holds, 1 something does not (each fault is listed), 2 the files cannot be read.
    """
    with errors_in_words(as_json=as_json):
        from data.audit import audit as audit_output

        report = audit_output(out, inputs)
        if as_json:
            print_json(report.as_dict())
        else:
            console = results()
            for check in report.checks:
                mark, style = ("holds", "green") if check.held else ("FAULT", "bold red")
                console.print(Text(mark, style).append(f"  {check.name}: {check.detail}", "default"))
            for sentence in report.skipped:
                console.print(f"not checked  {sentence}", markup=False)
            faults = len(report.faults)
            console.print(
                f"{len(report.checks)} checks, {faults} fault(s), {len(report.skipped)} not checked"
            )
        raise typer.Exit(ExitCode.OK if report.held else ExitCode.FAULTS)
