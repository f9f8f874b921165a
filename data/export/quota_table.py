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
        its sign), ``money`` (minor units), or ``amount`` (minor units too, but shown in whole units of the currency).
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

    def heading(self, currency: str) -> str:
        """Return the title, with the currency where there is money in it."""
        return f"{self.title}, {currency}" if {"money", "amount"} & set(self.kinds) else self.title


def shown(value: Value, kind: str, currency: str = "") -> str:
    """Return a value as people read it, money without its currency; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if kind == "money":
        return money(round(value), currency).removesuffix(f" {currency}")
    if kind == "amount":
        return f"{round(value / 10 ** minor_digits(currency)):,}"
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
    return html_table(table.heading(currency), table.columns, rows, text, table.tones)


def short_money(cents: float, currency: str) -> float:
    """Return an amount in whole units of its currency, for an axis."""
    return cents / 10.0 ** minor_digits(currency)
