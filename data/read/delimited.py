"""Text files with separated cells (CSV) to raw tables."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

import numpy as np

from data.read.encodings import decode
from data.read.limits import MAX_CELL_CHARACTERS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from data.read.raw import RawColumn, RawTable, texts
from data.read.report import Report, shown
from data.schema import Table, key

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_RECORDS = 50


def read_delimited(data: bytes, file: str, schema: Table, report: Report) -> RawTable | None:
    """Return the table in `data`; None, reported, where there is none.

    Rows are counted as a spreadsheet does: a quoted cell with line breaks is one row, blank rows count. A row with too
    few cells is filled up and reported; one with too many is an error, because no one can say which cell is which.
    """
    text = decode(data, file, report)
    if text is None:
        return None
    if not text.strip():
        report.error("empty_file", "The file is empty.", "Export it again, or remove it.", file=file)
        return None
    separator: str | None = None
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text = first.strip()[4], rest
    separator = separator or _separator(text, schema)
    records = _records(text, separator, file, report)
    if records is None:
        return None
    start = next(position for position, record in enumerate(records) if any(cell.strip() for cell in record))
    header = [name.strip() for name in records[start]]
    if len(header) > MAX_COLUMNS or len(records) > MAX_ROWS or len(header) * len(records) > MAX_CELLS:
        report.error(
            "too_big",
            f"The table has {len(records):,} rows and {len(header):,} columns, more than is read.",
            f"Keep it to {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns.",
            file=file,
        )
        return None
    return _table(records, start, header, separator, file, report)


def _separator(text: str, schema: Table) -> str:
    """Return the separator under which the first rows agree best, and know the most column names."""
    known = {
        key(name) for column in schema.columns for name in (column.name, *column.aliases, *column.fallback)
    }
    sample = text[: 1 << 18]

    def score(separator: str) -> tuple[float, ...]:
        try:
            rows = list(
                islice(csv.reader(io.StringIO(sample, newline=""), delimiter=separator), _SAMPLE_RECORDS)
            )
        except csv.Error:
            return (0.0,)
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        if not rows or len(rows[0]) < 2:
            return (0.0,)
        agree = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        return (float(sum(key(name) in known for name in rows[0])), agree, float(len(rows[0])))

    return max(SEPARATORS, key=score)


def _records(text: str, separator: str, file: str, report: Report) -> list[list[str]] | None:
    """Return the cells of every row; None, reported, where a quotation mark is never closed."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records: list[list[str]] = []
    try:
        records.extend(reader)
    except csv.Error as fault:
        # The reader stops at the row it cannot end: everything before it was complete.
        report.error(
            "broken_quotes",
            f"A quotation mark is opened here and not closed properly ({fault}).",
            'Close the quoted cell, and double every quotation mark inside it ("").',
            file=file,
            row=len(records) + 1,
        )
        return None
    return records


def _table(
    records: list[list[str]], start: int, header: list[str], separator: str, file: str, report: Report
) -> RawTable | None:
    """Return the table below the header row at `start`."""
    width = len(header)
    body = records[start + 1 :]
    row = np.arange(start + 2, start + 2 + len(body))
    lengths = np.fromiter(map(len, body), np.int64, len(body))
    uneven = np.flatnonzero(lengths != width)
    blank: list[int] = []
    for at in uneven.tolist():
        cells = body[at]
        if not any(cell.strip() for cell in cells):
            blank.append(at)
        elif len(cells) < width:
            if _other_separator(cells, width, separator):
                _tell_separator(cells, separator, file, int(row[at]), report)
                return None
            report.warning(
                "short_row",
                f"The row has {len(cells)} cells where the header has {width}; the missing ones were taken as "
                "empty.",
                "Check whether a cell or a separator was lost.",
                file=file,
                row=int(row[at]),
                value=shown(separator.join(cells)),
            )
        elif any(cell.strip() for cell in cells[width:]):
            report.error(
                "long_row",
                f"The row has {len(cells)} cells where the header has {width}, so no one can say which cell "
                "belongs to which column.",
                f"Put cells that contain a {SEPARATORS.get(separator, 'separator')} in quotation marks.",
                file=file,
                row=int(row[at]),
                value=shown(separator.join(cells)),
            )
        body[at] = (cells + [""] * width)[:width]
    columns = list(zip(*body, strict=True)) if body else [()] * width
    table = RawTable(
        file,
        [RawColumn(name, texts(list(cells))) for name, cells in zip(header, columns, strict=True)],
        row,
        decimal_comma=separator == ";",
    )
    return without_blank_rows(table, report)


def _other_separator(cells: list[str], width: int, separator: str) -> bool:
    return len(cells) == 1 and any(
        cells[0].count(other) == width - 1 for other in SEPARATORS if other != separator and width > 1
    )


def _tell_separator(cells: list[str], separator: str, file: str, row: int, report: Report) -> None:
    counts = Counter(
        {name: cells[0].count(other) for other, name in SEPARATORS.items() if other != separator}
    )
    report.error(
        "separator",
        f"The header is separated by {SEPARATORS.get(separator, repr(separator))}, this row by "
        f"{counts.most_common(1)[0][0]}.",
        "Use one separator in the whole file.",
        file=file,
        row=row,
        value=shown(cells[0]),
    )


def without_blank_rows(table: RawTable, report: Report) -> RawTable:
    """Return `table` without rows that hold nothing; blank rows between others are reported."""
    filled = np.zeros(len(table), bool)
    for column in table.columns:
        if filled.all():
            break
        filled |= (column.text.str.strip() != "").to_numpy(bool)
    if filled.all():
        return table
    last = int(np.flatnonzero(filled).max(initial=-1))
    between = np.flatnonzero(~filled[: last + 1])
    if len(between):
        report.warning(
            "blank_rows",
            "Rows between others are blank and were skipped.",
            "Nothing to do if they are meant to be.",
            file=table.file,
            row=int(table.row[between[0]]),
            count=len(between),
        )
    return RawTable(
        table.file,
        [column.take(filled) for column in table.columns],
        table.row[filled],
        table.decimal_comma,
        None if table.geometry is None else table.geometry[filled].reset_index(drop=True),
    )
