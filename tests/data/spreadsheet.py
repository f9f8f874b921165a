"""Recalculates the formulas of a workbook: the few functions that reports use, by their meaning in spreadsheets."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from openpyxl.utils import range_boundaries

TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"]|"")*")|(?P<name>[A-Z]+)(?=\()|"""
    r"""(?P<ref>(?:'(?:[^']|'')+'!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)|(?P<sign><>|<=|>=|[-+*/(),=<>&]))"""
)


class Recalculated:
    """A workbook whose formulas are worked out from its constants alone; values that it carries are not looked at."""

    def __init__(self, path: Path) -> None:
        self.live = openpyxl.load_workbook(path)
        self.stated = openpyxl.load_workbook(path, data_only=True)
        self._known: dict[tuple[str, int, int], Any] = {}

    def formulas(self) -> list[tuple[str, str]]:
        """Return sheet and address of every formula."""
        return [
            (sheet.title, cell.coordinate)
            for sheet in self.live
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]

    def cell(self, sheet: str, address: str) -> Any:
        """Return the value of a cell: None where it is empty."""
        column, row, *_ = range_boundaries(address.replace("$", ""))
        return self._value(sheet, row, column)

    def _value(self, sheet: str, row: int, column: int) -> Any:
        key = sheet, row, column
        if key not in self._known:
            cell = self.live[sheet].cell(row, column)
            self._known[key] = (
                Formula(self, sheet, cell.value).value() if cell.data_type == "f" else cell.value
            )
        return self._known[key]

    def area(self, sheet: str, address: str) -> np.ndarray:
        """Return the values of a range, shape ``(n_rows, n_columns)``."""
        left, top, right, bottom = range_boundaries(address.replace("$", ""))
        rows = [[self._value(sheet, r, c) for c in range(left, right + 1)] for r in range(top, bottom + 1)]
        return np.array(rows, dtype=object)


class Formula:
    """One formula: comparison, then sums, then products, then signs, as in every spreadsheet."""

    def __init__(self, book: Recalculated, sheet: str, text: str) -> None:
        self.book, self.sheet, self.at = book, sheet, 0
        self.tokens: list[tuple[str, str]] = []
        position = 1
        while position < len(text):
            found = TOKEN.match(text, position)
            assert found, f"{text!r} at {position}"
            assert found.lastgroup
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    def value(self) -> Any:
        found = self._comparison()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return found

    def _take(self, *signs: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][1] in signs:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def _comparison(self) -> Any:
        left = self._sum()
        while sign := self._take("=", "<>", "<", ">", "<=", ">="):
            right = self._sum()
            left = {
                "=": lambda a, b: a == b,
                "<>": lambda a, b: a != b,
                "<": lambda a, b: a < b,
                ">": lambda a, b: a > b,
                "<=": lambda a, b: a <= b,
                ">=": lambda a, b: a >= b,
            }[sign](left, right)
        return left

    def _sum(self) -> Any:
        left = self._product()
        while sign := self._take("+", "-"):
            right = self._product()
            left = number(left) + number(right) if sign == "+" else number(left) - number(right)
        return left

    def _product(self) -> Any:
        left = self._signed()
        while sign := self._take("*", "/"):
            right = self._signed()
            left = number(left) * number(right) if sign == "*" else ratio(number(left), number(right))
        return left

    def _signed(self) -> Any:
        sign = self._take("+", "-")
        if sign is None:
            return self._atom()
        value = self._signed()
        return -number(value) if sign == "-" else number(value)

    def _atom(self) -> Any:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return float(text)
        if kind == "text":
            return text[1:-1].replace('""', '"')
        if kind == "ref":
            sheet, _, address = text.rpartition("!")
            name = sheet[1:-1].replace("''", "'") if sheet else self.sheet
            return self.book.area(name, address) if ":" in address else self.book.cell(name, address)
        if kind == "name":
            assert self._take("(")
            return self._call(text)
        assert text == "("
        value = self._comparison()
        assert self._take(")")
        return value

    def _call(self, name: str) -> Any:
        values = []
        while not self._take(")"):
            values.append(self._comparison())
            self._take(",")
        return FUNCTIONS[name](*values)


def number(value: Any) -> Any:
    """Return what a spreadsheet reckons with: 0 for an empty cell, 1 and 0 for true and false."""
    if isinstance(value, np.ndarray):
        return np.vectorize(number, otypes=[float])(value)
    if value is None or value == "":
        return 0.0
    return float(value)


def ratio(left: float, right: float) -> float:
    """Return a quotient; no number where a spreadsheet would say #DIV/0!, also in a branch that does not count."""
    return left / right if right else float("nan")


def total(*values: Any) -> float:
    """Return the sum; texts inside ranges do not count."""
    flat = [
        each for value in values for each in (value.ravel() if isinstance(value, np.ndarray) else [value])
    ]
    return float(sum(Decimal(repr(float(each))) for each in flat if isinstance(each, int | float)))


def rounded(value: float, digits: float) -> float:
    """Return a number rounded half away from zero."""
    unit = Decimal(1).scaleb(-int(digits))
    return float(Decimal(repr(float(value))).quantize(unit, ROUND_HALF_UP))


def exact(left: Any, right: Any) -> Any:
    """Return where texts are the same, case included."""
    return np.vectorize(lambda a, b: str(a or "") == str(b or ""), otypes=[bool])(left, right)


def product_sum(*values: Any) -> float:
    """Return the sum of products."""
    out: Any = 1.0
    for value in values:
        out = out * number(value)
    return float(np.sum(out))


FUNCTIONS: dict[str, Any] = {
    "SUM": total,
    "ROUND": rounded,
    "ABS": lambda value: np.abs(number(value)),
    "IF": lambda test, then, otherwise="": then if test else otherwise,
    "EXACT": exact,
    "SUMPRODUCT": product_sum,
    "AND": lambda *values: all(values),
    "OR": lambda *values: any(values),
    "MIN": lambda *values: min(number(value) for value in values),
    "MAX": lambda *values: max(number(value) for value in values),
}
