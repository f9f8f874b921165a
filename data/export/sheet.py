"""One sheet of a workbook, written row by row; text is text, whatever it starts with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

MOST_ROWS = 1_048_576
"""Rows of a sheet in every spreadsheet program of today."""
LONGEST_TEXT = 32_767
"""Characters of a cell."""

FORMATS: dict[str, dict[str, Any]] = {
    "text": {"align": "left"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "head": {"bold": True, "bg_color": "#E8EDF3", "bottom": 1, "text_wrap": True, "valign": "vcenter"},
    "title": {"bold": True, "font_size": 14},
    "strong": {"bold": True},
    "whole": {"num_format": "#,##0"},
    "decimal": {"num_format": "#,##0.00"},
    "short": {"num_format": "0.000"},
    "degrees": {"num_format": "0.000000"},
    "percent": {"num_format": "0.0%"},
    "money": {"num_format": "#,##0.00;[Red]-#,##0.00"},
    "money_total": {"num_format": "#,##0.00;[Red]-#,##0.00", "bold": True, "top": 1},
    "difference": {"num_format": "[Red]#,##0.00;[Red]-#,##0.00;0.00", "bold": True},
    "good": {"bold": True, "font_color": "#1B6E3C"},
    "bad": {"bold": True, "font_color": "#B3261E"},
}


@dataclass(frozen=True)
class Formula:
    """A live formula with the value it has now, so that it shows right before anything is recalculated."""

    text: str
    value: float | int | str


class Book:
    """A workbook that writes its rows straight to disk and knows its formats by name."""

    def __init__(self, path: str, properties: dict[str, Any]) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "nan_inf_to_errors": False})
        self._book.set_properties(properties)
        self._formats = {name: self._book.add_format(format_) for name, format_ in FORMATS.items()}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *fault: object) -> None:
        self._book.close()

    def sheet(self, name: str, widths: Sequence[float], freeze: tuple[int, int] = (0, 0)) -> Sheet:
        """Add a sheet with the widths of its first columns in characters and its frozen rows and columns."""
        page = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        if any(freeze):
            page.freeze_panes(*freeze)
        return Sheet(page, self._formats)


class Sheet:
    """Rows from top to bottom; `row` is the position of the next one, counted from 0."""

    def __init__(self, page: Any, formats: dict[str, Any]) -> None:
        self.row = 0
        self._page, self._formats = page, formats

    def add(self, values: Sequence[object], formats: str | Sequence[str] = "") -> int:
        """Write one row and return its position.

        None and what is not finite leave a cell empty. `formats` is one name for all cells or one per cell.
        """
        names = [formats] * len(values) if isinstance(formats, str) else formats
        for column, (value, name) in enumerate(zip(values, names, strict=True)):
            self._put(column, value, self._formats.get(name))
        self.row += 1
        return self.row - 1

    def skip(self, rows: int = 1) -> None:
        """Leave rows empty."""
        self.row += rows

    def filter(self, first_row: int, columns: int) -> None:
        """Offer filters on the table whose head is in `first_row` and which ends above the next row."""
        if self.row > first_row + 1:
            self._page.autofilter(first_row, 0, self.row - 1, columns - 1)

    def _put(self, column: int, value: Any, format_: Any) -> None:
        page, row = self._page, self.row
        if isinstance(value, Formula):
            page.write_formula(row, column, value.text, format_, value.value)
        elif isinstance(value, bool):
            page.write_boolean(row, column, value, format_)
        elif isinstance(value, int | float) or hasattr(value, "dtype"):
            if math.isfinite(value):
                page.write_number(row, column, value, format_)
        elif value is not None and value != "":
            text = str(value)
            cut = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
            page.write_string(row, column, cut, format_)


def cell(row: int, column: int) -> str:
    """Return the address of a cell, counted from 0, as ``B3``."""
    address: str = xl_rowcol_to_cell(row, column)
    return address


def span(first: tuple[int, int], last: tuple[int, int]) -> str:
    """Return a range of cells as ``B3:B9``."""
    return f"{cell(*first)}:{cell(*last)}"
