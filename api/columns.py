"""Which column of an uploaded table is which: proposed, settled by a person, remembered for the next upload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.exchange.mapping import MappingBook, Proposal, Settled
from data.exchange.plan_columns import write_columns
from data.read.folder import raw_table
from data.read.report import Report
from data.read.sources import find_sources
from data.schema import TABLES
from planner.errors import InvalidInput


@dataclass(frozen=True)
class TableColumns:
    """The columns of one table of a folder.

    Parameters
    ----------
    file
        File that the table is in.
    headers
        Its headers, those that are not empty.
    proposal
        What they are taken for.
    """

    file: str
    headers: tuple[str, ...]
    proposal: Proposal


def columns_of(folder: Path, book: MappingBook) -> dict[str, TableColumns]:
    """Return the columns of every table of a plan folder, by its name; tables that cannot be read are left out."""
    report = Report()
    found = {}
    for name, path in sorted(find_sources(folder, report).table.items()):
        raw = raw_table(path, path.name, TABLES[name], Report())
        if raw is None:
            continue
        headers = tuple(column.header for column in raw.columns if column.header.strip())
        found[name] = TableColumns(path.name, headers, book.proposed(name, headers))
    return found


def apply_remembered(folder: Path, book: MappingBook) -> list[str]:
    """Write what was settled before for tables with the same headers into the plan.toml of a fresh upload.

    What the folder's own plan.toml says of a table counts more. Returns the tables that were mapped.
    """
    if not book.entries:
        return []
    settled: dict[str, Settled] = {}
    for name, table in columns_of(folder, book).items():
        known = book.remembered(name, table.headers)
        if known is not None:
            settled[name] = known
    stated = _stated(folder)
    settled = {name: one for name, one in settled.items() if name not in stated}
    if settled:
        try:
            write_columns(folder, settled)
        except InvalidInput:
            return []  # its plan.toml cannot be read: the check of the folder says so
    return sorted(settled)


def _stated(folder: Path) -> Mapping[str, object]:
    import tomllib

    path = next((each for each in sorted(folder.iterdir()) if each.name.lower() == "plan.toml"), None)
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8-sig")).get("columns", {})
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
