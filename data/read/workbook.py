"""Workbooks (.xlsx) to raw tables."""

from __future__ import annotations

import datetime
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

from data.read.archive import safe_workbook
from data.read.delimited import without_blank_rows
from data.read.limits import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from data.read.raw import RawColumn, RawTable, texts
from data.read.report import Report, shown
from data.schema import Table, key

Rows = list[tuple[Any, ...]]


def read_workbook(path: Path, file: str, schema: Table, report: Report) -> RawTable | None:
    """Return the table on the sheet named as the table, else on the first sheet; None, reported, where there is none.

    Cells hold the values that the workbook was last saved with; a formula that was never calculated is an error.
    """
    if not safe_workbook(path, file, report):
        return None
    try:
        sheet, rows = _rows(path, file, schema, report, values=True)
        formulas = _rows(path, file, schema, None, values=False)[1] if _has_formulas(path) else None
    except Exception as fault:  # openpyxl raises whatever its parts raise on a damaged file
        report.error(
            "broken_workbook",
            f"The workbook cannot be read: {shown(str(fault) or type(fault).__name__)}.",
            "Save it again as .xlsx from a spreadsheet program, or as CSV.",
            file=file,
        )
        return None
    start = next((at for at, cells in enumerate(rows) if any(_filled(cell) for cell in cells)), None)
    if start is None:
        report.error("empty_file", f"Sheet {sheet!r} is empty.", "Fill it, or remove the file.", file=file)
        return None
    width = max(len(cells) for cells in rows[start:])
    header = [_text(cell).strip() for cell in _padded(rows[start], width)]
    if len(rows) > MAX_ROWS or width > MAX_COLUMNS or len(rows) * width > MAX_CELLS:
        report.error(
            "too_big",
            f"The sheet has {len(rows):,} rows and {width:,} columns, more than is read.",
            f"Keep it to {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns.",
            file=file,
        )
        return None
    body = [_padded(cells, width) for cells in rows[start + 1 :]]
    row = np.arange(start + 2, start + 2 + len(body))
    columns = []
    for at, name in enumerate(header):
        cells = [cells[at] for cells in body]
        native = np.fromiter(
            (isinstance(c, int | float) and not isinstance(c, bool) for c in cells), bool, len(cells)
        )
        columns.append(RawColumn(name, texts([_text(cell) for cell in cells]), native))
    table = RawTable(file, columns, row)
    if formulas is not None:
        _tell_uncalculated(table, [_padded(cells, width) for cells in formulas[start + 1 :]], report)
    return without_blank_rows(table, report)


def _rows(path: Path, file: str, schema: Table, report: Report | None, *, values: bool) -> tuple[str, Rows]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of decorations it does not keep; they hold no data
        book = openpyxl.load_workbook(path, read_only=True, data_only=values)
        try:
            named = [sheet for sheet in book.worksheets if key(sheet.title) == key(schema.name)]
            sheet = named[0] if named else book.worksheets[0]
            sheet.reset_dimensions()
            others = [other.title for other in book.worksheets if other is not sheet]
            if others and not named and report is not None:
                report.warning(
                    "other_sheets",
                    f"The workbook has several sheets; the first one, {sheet.title!r}, was read, not "
                    f"{', '.join(repr(other) for other in others)}.",
                    f"Name the sheet to be read {schema.name!r}.",
                    file=file,
                    value=sheet.title,
                )
            return sheet.title, [tuple(cells) for cells in sheet.iter_rows(values_only=True)]
        finally:
            book.close()


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                content = archive.read(entry)
                if b"<f>" in content or b"<f " in content:
                    return True
    return False


def _tell_uncalculated(table: RawTable, formulas: Rows, report: Report) -> None:
    """Report formulas that have no calculated value: reading them as empty would lose them silently."""
    for at, column in enumerate(table.columns):
        asked = np.fromiter(
            (isinstance(c[at], str) and c[at].startswith("=") for c in formulas), bool, len(formulas)
        )
        report.cells(
            "formula_without_value",
            table,
            column,
            asked & (column.text == "").to_numpy(bool),
            "The cell holds a formula that was never calculated.",
            "Open the workbook in a spreadsheet program and save it, or paste the values.",
        )


def _padded(cells: tuple[Any, ...], width: int) -> tuple[Any, ...]:
    return cells + (None,) * (width - len(cells))


def _filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _text(cell: Any) -> str:
    """Return a cell as text: whole numbers without decimals, dates as ISO."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 9e18:
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)
