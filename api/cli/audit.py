"""``planner audit``: recompute from the files whatever must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.at_store import DatabaseUrl, Workspace
from api.cli.checks import print_report
from api.cli.exits import ExitCode, errors_in_words
from api.cli.trail import proof_of


def audit(
    out: Annotated[Path | None, typer.Argument(help="Output folder of a solve.", metavar="OUT")] = None,
    inputs: Annotated[
        Path | None,
        typer.Option(
            "--inputs", "-i", metavar="FOLDER", help="Plan folder it was made from, if that has moved."
        ),
    ] = None,
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
    as_json: options.AsJson = False,
) -> None:
    """Recompute from its files what must hold of a plan.

    Every id once, bands, contiguity, locks, every sum to the cent, file fingerprints. With --workspace or
    --database-url: that the audit trail of the service is unbroken, too (or only that, without OUT).

    \b
    Examples:
      planner audit out
      planner audit out --inputs data/samples/iowa --json
      planner audit --workspace plans

    Exit codes: 0 everything holds, 1 something does not (each fault is listed), 2 the files cannot be read.
    """
    if out is None and workspace is None and database_url is None:
        raise typer.BadParameter("Name an output folder, or the --workspace of a service.")
    with errors_in_words(as_json=as_json):
        from data.audit import AuditReport, Check
        from data.audit import audit as audit_output

        report = AuditReport([], []) if out is None else audit_output(out, inputs)
        if workspace is not None or database_url is not None:
            proof = proof_of(workspace, database_url)
            told = proof.fault or f"unbroken, {proof.number:,} entries, ends at {proof.number}:{proof.hash}"
            trail = Check("audit trail of the service", proof.fault is None, told)
            report = AuditReport([*report.checks, trail], report.skipped)
        print_report(report, as_json=as_json)
        raise typer.Exit(ExitCode.OK if report.held else ExitCode.FAULTS)
