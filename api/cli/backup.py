"""``planner backup``: everything the service keeps in one file, while it runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.at_store import DatabaseUrl, Workspace, opened
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, say
from api.settings import product_version


def backup(
    out: Annotated[Path, typer.Option("--out", "-o", help="ZIP file to write.", metavar="FILE")],
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
    as_json: options.AsJson = False,
) -> None:
    """Write everything the service keeps to one file, while it runs.

    All rows of one moment and the files they name. It holds customers, quotas and hashes of passwords: keep it
    where only those read it who may.

    \b
    Examples:
      planner backup -o monday.zip
      planner backup -o monday.zip --workspace plans

    Exit codes: 0 written, 1 written, but files were missing or damaged (each is listed), 2 not written.
    """
    with errors_in_words(as_json=as_json):
        from data.store.backup import write_backup

        with opened(workspace, database_url) as store:
            manifest = write_backup(store, out, product_version())
        if as_json:
            print_json({"ok": not manifest.missing, "file": str(out), **asdict(manifest)})
        else:
            rows = sum(table.rows for table in manifest.tables)
            say(
                f"Wrote {out}: {rows:,} rows of {len(manifest.tables)} tables at revision {manifest.revision}, "
                f"{manifest.objects:,} files ({manifest.object_bytes:,} bytes)."
            )
            say(f"Its audit trail ends at {manifest.trail_number}:{manifest.trail_hash or '-'}")
            for digest in manifest.missing:
                say(f"Missing or damaged: {digest}")
    raise typer.Exit(ExitCode.FAULTS if manifest.missing else ExitCode.OK)
