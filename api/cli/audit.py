"""``planner audit``: recompute from the files whatever must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
            for line in report.lines():
                console.print(line, markup=False)
        raise typer.Exit(ExitCode.OK if report.ok else ExitCode.FAULTS)
