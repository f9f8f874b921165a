"""What commands share that work on a store rather than on files: where it is, and opening it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.serve import settings_from

if TYPE_CHECKING:
    from data.store.opening import Store

Workspace = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", help="Folder of the store; as the service without it.", metavar="FOLDER"
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url", help="Its database, where that is not a file in the folder.", metavar="URL"
    ),
]


@contextmanager
def opened(workspace: Path | None, database_url: str | None) -> Iterator[Store]:
    """Give the store that the options or the settings of the service name; `StoreError` where there is none."""
    from data.store.opening import existing_store

    settings = settings_from(workspace=workspace, database_url=database_url)
    store = existing_store(settings.workspace, settings.database_url)
    try:
        yield store
    finally:
        store.close()
