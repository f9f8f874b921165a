"""``planner restore``: a backup into an empty store."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.at_store import DatabaseUrl, Workspace
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, say
from api.cli.serve import settings_from


def restore(
    file: Annotated[Path, typer.Argument(help="What planner backup wrote.", metavar="FILE")],
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
    as_json: options.AsJson = False,
) -> None:
    """Restore a backup into a store that is empty.

    Everything is verified before anything is visible: files, rows, references, audit trail. Backups of earlier
    versions are brought to this one. The database may be another one than that of the backup.

    \b
    Examples:
      planner restore monday.zip --workspace restored
      planner restore monday.zip -w restored --database-url postgresql+psycopg://planner@db/planner

    Exit codes: 0 restored, 1 restored, but the backup lacked files (each is listed), 2 nothing was restored.
    """
    settings = settings_from(workspace=workspace, database_url=database_url)
    with errors_in_words(as_json=as_json):
        from data.store.restore import restore as restore_backup

        manifest = restore_backup(file, settings.workspace, settings.database_url)
        if as_json:
            print_json({"ok": not manifest.missing, "workspace": str(settings.workspace), **asdict(manifest)})
        else:
            rows = sum(table.rows for table in manifest.tables)
            say(f"Restored {rows:,} rows and {manifest.objects:,} files of {manifest.made_at}.")
            say(
                f"The audit trail is unbroken and ends at {manifest.trail_number}:{manifest.trail_hash or '-'}"
            )
            for digest in manifest.missing:
                say(f"Not in the backup: {digest}")
    raise typer.Exit(ExitCode.FAULTS if manifest.missing else ExitCode.OK)
