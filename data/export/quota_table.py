"""A table of values with what each column holds: for the workbook as it is, for pages as text."""

from __future__ import annotations

from dataclasses import dataclass

from data.export.page import html_table
from planner.quota.currency import minor_digits, money

Value = str | int | float | None


@dataclass(frozen=True)
class QuotaTable:
    """Values in rows.

    Parameters
    ----------
    title
        What it holds.
    columns, kinds
        Name of each column, and what its values are: ``text``, ``number``, ``fraction``, ``signed`` (a fraction with
        its sign) or ``money`` (minor units).
    rows
        Values; None where there is none.
    tones
        ``good``, ``watch``, ``bad`` or empty for each row; none where nothing is judged.
    """

    title: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    tones: tuple[str, ...] = ()


def shown(value: Value, kind: str, currency: str = "") -> str:
    """Return a value as people read it; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if kind == "money":
        return money(round(value), currency)
    if kind == "fraction":
        return f"{100 * value:.1f} %"
    if kind == "signed":
        return f"{100 * value:+.1f} %"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def as_html(table: QuotaTable, currency: str) -> str:
    """Return a table for a page."""
    rows = [
        [shown(value, kind, currency) for value, kind in zip(row, table.kinds, strict=True)]
        for row in table.rows
    ]
    text = [position for position, kind in enumerate(table.kinds) if kind == "text"]
    return html_table(table.title, table.columns, rows, text, table.tones)


def short_money(cents: float, currency: str) -> float:
    """Return an amount in whole units of its currency, for an axis."""
    return cents / 10.0 ** minor_digits(currency)
