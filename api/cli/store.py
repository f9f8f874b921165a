"""``planner store check|clean``: whether what the service keeps is whole, and what nothing needs any more."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api.cli import options
from api.cli.at_store import DatabaseUrl, Workspace, opened
from api.cli.checks import print_report
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, say

store = typer.Typer(name="store", help="Look after what the service keeps.", no_args_is_help=True)


@store.command()
def check(
    workspace: Workspace = None, database_url: DatabaseUrl = None, as_json: options.AsJson = False
) -> None:
    """Check that what the service keeps is whole, while it runs.

    Revision, references between rows, the audit trail, and every file against its SHA-256.

    \b
    Examples:
      planner store check
      planner store check --workspace plans --json

    Exit codes: 0 everything holds, 1 something does not (each fault is listed), 2 there is no store.
    """
    with errors_in_words(as_json=as_json):
        from data.audit.report import AuditReport
        from data.store.check import check_store

        with opened(workspace, database_url) as found:
            report = AuditReport(check_store(found), [])
        print_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.held else ExitCode.FAULTS)


@store.command()
def clean(
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
    hours: Annotated[
        float, typer.Option("--hours", min=0.0, help="Leave alone what came in within this many hours.")
    ] = 24.0,
    as_json: options.AsJson = False,
) -> None:
    """Delete files that nothing names any more, while the service runs.

    Uploads that were broken off leave such files behind. What plans and data sets ever named stays.

    \b
    Examples:
      planner store clean
    """
    with errors_in_words(as_json=as_json):
        from data.store.check import clean_store

        with opened(workspace, database_url) as found:
            cleaned = clean_store(found, hours * 3600)
        if as_json:
            print_json({"ok": True, **asdict(cleaned)})
        else:
            say(
                f"Deleted {cleaned.files:,} files ({cleaned.file_bytes:,} bytes) and {cleaned.views:,} views."
            )
