"""How values are written to text files: exact ids, full precision, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Collection
from dataclasses import asdict, is_dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.quota.currency import minor_digits

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet take a text for a formula."""


def write_csv(path: Path, frame: pd.DataFrame, free_text: Collection[str] = ()) -> None:
    """Write a table as UTF-8 with commas.

    Ids are written exactly as they came in, whatever they start with, because other systems match on them.
    Columns in `free_text` (names, reasons) are for people: a text there that a spreadsheet would run as a
    formula gets a leading apostrophe. Numbers keep full precision; what is not finite becomes an empty cell.
    """
    columns = [_cells(frame[name], name in free_text) for name in frame.columns]
    # A bare carriage return inside an unquoted cell would end the row for some readers.
    risky = any("\r" in cell for column in columns for cell in column)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL if risky else csv.QUOTE_MINIMAL)
        writer.writerow(frame.columns)
        writer.writerows(zip(*columns, strict=True))


def harmless(text: str) -> str:
    """Return `text` so that a spreadsheet shows it rather than runs it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def number(value: float) -> str:
    """Return a number with full precision, whole ones without decimals, and ``""`` for what is not finite."""
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def money(cents: int, currency: str) -> str:
    """Return an amount in minor units as decimal text with exactly as many decimals as its currency has."""
    digits = minor_digits(currency)
    sign, (whole, part) = ("-" if cents < 0 else ""), divmod(abs(int(cents)), 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"


def minor_units(text: str, currency: str) -> int:
    """Return the minor units of an amount as `money` writes it.

    Raises
    ------
    ValueError
        Where it is no amount, or has more decimals than its currency.
    """
    try:
        cents = Decimal(text).scaleb(minor_digits(currency))
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount") from None
    if not cents.is_finite() or cents != cents.to_integral_value():
        raise ValueError(f"{text!r} is no amount of whole minor units of {currency}")
    return int(cents)


def write_json(path: Path, value: object, *, compact: bool = False) -> None:
    """Write plain values, arrays and dataclasses as JSON; what is not finite becomes null."""
    layout: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 1}
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, **layout)
    path.write_text(f"{text}\n", "utf-8")


def plain(value: Any) -> Any:
    """Return `value` as what JSON knows: dicts, lists, text, finite numbers, true, false and null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


def _cells(column: pd.Series, free_text: bool) -> list[str]:
    if pd.api.types.is_bool_dtype(column):
        return ["true" if value else "false" for value in column]
    if pd.api.types.is_numeric_dtype(column):
        return [number(value) for value in column.tolist()]
    cells = [str(value) for value in column]
    return [harmless(cell) for cell in cells] if free_text else cells
