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
MOST_DIGITS = 4
"""Decimals of the currency with most of them."""
A4 = 9
"""Number of the paper size."""

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
    "signed": {"num_format": "+0.0%;[Red]-0.0%;0.0%"},
    "good": {"bold": True, "font_color": "#1B6E3C"},
    "bad": {"bold": True, "font_color": "#B3261E"},
}


def money_formats(digits: int) -> dict[str, dict[str, Any]]:
    """Return the formats of money with so many decimals, and for currencies of their own ``money_0``, ``money_2``, …"""
    number = "#,##0" + (f".{'0' * digits}" if digits else "")
    zero = number.removeprefix("#,##")
    by_digits = {
        f"money_{d}": {"num_format": "#,##0" + (f".{'0' * d}" if d else "")} for d in range(MOST_DIGITS + 1)
    }
    return {
        **by_digits,
        "money": {"num_format": f"{number};[Red]-{number}"},
        "money_total": {"num_format": f"{number};[Red]-{number}", "bold": True, "top": 1},
        "change": {"num_format": f"+{number};[Red]-{number};{zero}"},
        "difference": {"num_format": f"[Red]{number};[Red]-{number};{zero}", "bold": True},
    }


@dataclass(frozen=True)
class Formula:
    """A live formula with the value it has now, so that it shows right before anything is recalculated."""

    text: str
    value: float | int | str


class Book:
    """A workbook that writes its rows straight to disk and knows its formats by name; money has `digits` decimals."""

    def __init__(self, path: str, properties: dict[str, Any], digits: int = 2) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "nan_inf_to_errors": False})
        self._book.set_properties(properties)
        formats = {**FORMATS, **money_formats(digits)}
        self._formats = {name: self._book.add_format(format_) for name, format_ in formats.items()}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *fault: object) -> None:
        self._book.close()

    def sheet(self, name: str, widths: Sequence[float], freeze: tuple[int, int] = (0, 0)) -> Sheet:
        """Add a sheet with the widths of its first columns in characters and its frozen rows and columns.

        Printed it is as wide as the paper, in landscape, with the frozen rows on every page and page numbers.
        """
        page = self._book.add_worksheet(name)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.set_footer("&L&A&C&F&R&P / &N")
        if freeze[0]:
            page.repeat_rows(0, freeze[0] - 1)
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

    def warn_where(self, row: int, column: int, begins: str) -> None:
        """Colour a cell as bad where its text begins like this, also after it was recalculated."""
        rule = {"type": "text", "criteria": "begins with", "value": begins, "format": self._formats["bad"]}
        self._page.conditional_format(row, column, row, column, rule)

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


def absolute(first: tuple[int, int], last: tuple[int, int] | None = None) -> str:
    """Return a cell, or a range of them, as an address that stays put when a formula is copied: ``$B$3:$B$9``."""
    ends = [first] if last is None or last == first else [first, last]
    return ":".join(xl_rowcol_to_cell(*end, True, True) for end in ends)


def on_sheet(name: str, address: str) -> str:
    """Return an address on another sheet."""
    return f"'{name}'!{address}"
