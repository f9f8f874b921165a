"""Tables that another system exported, with the columns they must have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.read.columns import ColumnMap
from data.read.folder import matched_table, raw_table
from data.read.report import Report
from data.schema import Column, Kind, Table, key

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".parquet")


@dataclass(frozen=True, eq=False)
class ExportedTable:
    """Rows of one exported table.

    Parameters
    ----------
    file
        Name of its file.
    row
        Row of each record as a spreadsheet counts.
    columns
        Cells by name of the column, without space around; only those that are there.
    """

    file: str
    row: list[int]
    columns: dict[str, list[str]]

    def __len__(self) -> int:
        return len(self.row)

    def column(self, name: str) -> list[str]:
        """Return the cells of a column, ``""`` each where it is not there."""
        return self.columns.get(name, [""] * len(self))


def table_files(folder: Path) -> list[Path]:
    """Return the files of a folder that tables come in."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in ENDINGS)


def exported(
    folder: Path, name: str, required: Sequence[str], optional: Sequence[str], report: Report
) -> ExportedTable | None:
    """Read the table `name` of a folder of exports, as CSV, XLSX or Parquet; None where there is none.

    Columns are matched without case, spaces and punctuation; a required one that is missing is an error.
    """
    files = sorted(
        path
        for path in folder.iterdir()
        if key(path.stem) == key(name)
        and path.suffix.lower() in (".csv", ".tsv", ".txt", ".xlsx", ".parquet")
    )
    if not files:
        return None
    if len(files) > 1:
        report.error(
            "duplicate_file",
            f"{' and '.join(path.name for path in files)} both hold {name}; which one counts?",
            "Keep one of them.",
            file=files[1].name,
        )
        return None
    return exported_file(files[0], name, required, optional, report)


def exported_file(
    path: Path, name: str, required: Sequence[str], optional: Sequence[str], report: Report
) -> ExportedTable | None:
    """Read one file of the table `name`; None, reported, where it cannot be read."""
    schema = Table(
        name,
        (
            *(Column(one, Kind.ID, required=True) for one in required),
            *(Column(one, Kind.ID) for one in optional),
        ),
    )
    raw = raw_table(path, path.name, schema, report)
    if raw is None:
        return None
    if not len(raw):
        return ExportedTable(path.name, [], {})
    matched = matched_table(raw, schema, ColumnMap(), report)
    if matched is None or any(one not in matched.found for one in required):
        return None
    cells = {name: [str(cell).strip() for cell in column.text] for name, column in matched.found.items()}
    return ExportedTable(path.name, [int(row) for row in raw.row], cells)
