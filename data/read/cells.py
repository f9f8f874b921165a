"""The cells of one matched table, column by column, as text, ids, numbers, money, dates; what is wrong is reported."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.read.columns import Matched
from data.read.currencies import currency_code
from data.read.dates import DayOrder, day_order, iso_date, period, period_kind
from data.read.money import MAX_CENTS, to_cents
from data.read.numbers import NumberReader, Numbers
from data.read.raw import BoolArray, RawColumn, texts
from data.read.report import Report, shown
from data.schema import NO, YES
from planner.arrays import FloatArray
from planner.errors import Severity
from planner.quota.currency import minor_digits

_MANGLED = r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+$"


class Cells:
    """Reads the columns of one table; a column that the file does not have reads as nothing everywhere.

    `currency` is that of amounts which do not say theirs: it tells how many decimals they have.
    """

    def __init__(self, matched: Matched, report: Report, currency: str = "USD") -> None:
        self.matched = matched
        self.raw = matched.raw
        self.report = report
        self.currency = currency
        self.numbers = NumberReader(matched.raw, report)

    def __len__(self) -> int:
        return len(self.raw)

    def column(self, name: str) -> RawColumn | None:
        """Return the column of the file that is `name`, None where there is none."""
        return self.matched.found.get(name)

    def text(self, name: str) -> pd.Series:
        """Return text as it came in, ``""`` where there is nothing; cells of nothing but spaces are nothing."""
        column = self.column(name)
        if column is None:
            return texts([""] * len(self))
        return column.text.where(column.text.str.strip() != "", "")

    def flag(
        self,
        code: str,
        name: str,
        wrong: BoolArray,
        why: str | Callable[[int], str],
        what_to_do: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report the cells of `name` in the rows of `wrong`."""
        column = self.column(name) or RawColumn(name, texts([""] * len(self)))
        self.report.cells(code, self.raw, column, np.asarray(wrong, bool), why, what_to_do, severity)

    def needed(self, name: str, what: str) -> pd.Series:
        """Return text of a column in which every cell must say something."""
        value = self.text(name)
        self.flag(
            "blank_id",
            name,
            (value == "").to_numpy(bool),
            f"The cell is empty; each row needs {what}.",
            "Fill it in, or remove the row.",
        )
        return value

    def ids(self, name: str, what: str) -> pd.Series:
        """Return ids exactly as they came in; report empty, repeated and similar ones."""
        value = self.needed(name, what)
        column = self.column(name)
        if column is None:
            return value
        filled = (value != "").to_numpy(bool)
        again = value.duplicated().to_numpy(bool) & filled
        first = {} if not again.any() else dict(zip(value[::-1], self.raw.row[::-1].tolist(), strict=True))
        self.flag(
            "duplicate_id",
            name,
            again,
            lambda at: f"The same id stands in row {first[value.iloc[at]]}.",
            "Remove one of the rows, or give each its own id.",
        )
        folded = value.str.strip().str.casefold()
        alike = (
            folded.duplicated(keep=False).to_numpy(bool)
            & ~value.duplicated(keep=False).to_numpy(bool)
            & filled
        )
        self.flag(
            "similar_id",
            name,
            alike,
            "Another id differs only in case or in spaces; they were read as two.",
            "If they are one and the same, write them alike.",
            Severity.WARNING,
        )
        mangled = pc.match_substring_regex(pa.array(value, type=pa.large_string()), _MANGLED)
        self.flag(
            "mangled_id",
            name,
            mangled.to_numpy(zero_copy_only=False),
            "The id looks like a long number that a spreadsheet has shortened; digits are lost.",
            "Export again with this column as text.",
            Severity.WARNING,
        )
        return value

    def number(self, name: str, *, expect: str = "a number", negative: bool = False) -> FloatArray:
        """Return numbers, NaN where there is nothing; below zero is an error unless `negative`."""
        column = self.column(name)
        if column is None:
            return np.full(len(self), np.nan)
        value = self.numbers.read(column, expect=expect).value
        if not negative:
            self.flag(
                "negative",
                name,
                value < 0,
                f"The cell is below zero; {expect} cannot be.",
                "Check the value.",
            )
        return value

    def fraction(self, name: str, *, most: float) -> FloatArray:
        """Return fractions from 0.15 or 15 %, NaN where there is nothing; outside 0 … `most` is an error."""
        column = self.column(name)
        if column is None:
            return np.full(len(self), np.nan)
        value = self.numbers.read(column, percent=True, expect="a fraction").value
        self.flag(
            "fraction_range",
            name,
            (value < 0) | (value > most),
            lambda at: (
                f"The fraction lies outside 0 … {most:g}"
                + (f" (did you mean {value[at]:g} %?)." if 1 < value[at] <= 100 else ".")
            ),
            "Write ten percent as 0.10 or 10%.",
        )
        return value

    def yes_no(self, name: str) -> BoolArray:
        """Return which cells say yes; empty ones say no."""
        column = self.column(name)
        if column is None:
            return np.zeros(len(self), bool)
        word = column.text.str.strip().str.casefold()
        yes = word.isin(YES).to_numpy(bool)
        self.flag(
            "not_yes_no",
            name,
            ~yes & ~word.isin(NO).to_numpy(bool),
            "The cell says neither yes nor no.",
            "Write yes or no (or true, false, 1, 0).",
        )
        return yes

    def dates(self, name: str) -> pd.Series:
        """Return dates as ISO text, ``""`` where there is nothing."""
        return self._by_value(name, iso_date, "a date", "Write dates as 2025-07-31.")

    def periods(self, name: str, *, needed: bool, one_kind: bool = True) -> pd.Series:
        """Return periods; mixed kinds are an error in the rows of the rarer ones where they must be of `one_kind`."""
        value = self._by_value(name, period, "a period", "Write 2025, 2025-Q3, 2025-07 or a date.")
        if needed:
            self.needed(name, "a period")
        kind = value.map({text: period_kind(text) for text in value.unique()})
        counts = kind[kind != ""].value_counts()
        if one_kind and len(counts) > 1:
            listed = ", ".join(f"{count:,} {name}s" for name, count in counts.items())
            self.flag(
                "mixed_periods",
                name,
                ((kind != "") & (kind != counts.index[0])).to_numpy(bool),
                f"The column mixes kinds of periods ({listed}).",
                "State the whole file by year, by quarter or by month.",
            )
        return value

    def _by_value(
        self, name: str, convert: Callable[[str, DayOrder], str | None], what: str, what_to_do: str
    ) -> pd.Series:
        """Return a column converted once per distinct value."""
        column = self.column(name)
        if column is None:
            return texts([""] * len(self))
        distinct = [text for text in column.text.unique() if text.strip()]
        order = (
            day_order(distinct) if any("/" in text or "-" in text for text in distinct) else DayOrder(False)
        )
        if order.example is not None:
            at = int((column.text == order.example).to_numpy().argmax())
            self.report.warning(
                "ambiguous_dates",
                f"Nothing in the column says whether {order.example!r} has the month or the day first; "
                "the whole column was read with the month first.",
                "Write dates as 2025-07-31.",
                file=self.raw.file,
                row=int(self.raw.row[at]),
                column=column.header,
                value=shown(order.example),
            )
        known = {text: convert(text, order) for text in distinct}
        code, unique = pd.factorize(column.text)
        value = np.array([known.get(text) or "" for text in unique], dtype=object)[code]
        wrong = column.text.isin([text for text, value in known.items() if value is None]).to_numpy(bool)
        self.flag(f"not_{what.split()[-1]}", name, wrong, f"The cell is not {what}.", what_to_do)
        return texts(value)

    def money(
        self, name: str, *, negative: bool, by_row: bool = False
    ) -> tuple[NDArray[np.int64], Numbers | None]:
        """Return amounts in minor units (0 where there is nothing), and the numbers they were read as.

        How many decimals are minor units follows from the currency: of each row where they may differ `by_row`,
        else from the one that most rows state.
        """
        column = self.column(name)
        if column is None:
            return np.zeros(len(self), np.int64), None
        numbers = self.numbers.read(column, expect="an amount")
        stated = self._codes(numbers)
        if not by_row and (stated != "").any():
            stated[:] = stated[stated != ""].mode()[0]
        digits = stated.where(stated != "", self.currency).map(minor_digits).to_numpy(np.int64)
        cents = np.zeros(len(self), np.int64)
        for each in np.unique(digits).tolist():
            here = digits == each
            cents[here] = self._minor_units(column, numbers, here, each)[here]
        if not negative:
            self.flag("negative", name, cents < 0, "The amount is below zero.", "Check the value.")
        return cents, numbers

    def _minor_units(
        self, column: RawColumn, numbers: Numbers, here: BoolArray, digits: int
    ) -> NDArray[np.int64]:
        """Return the amounts of some rows in minor units of so many decimals, 0 in the others."""
        big = here & (np.abs(numbers.value) * 10.0**digits > MAX_CENTS)
        self.report.cells(
            "too_large",
            self.raw,
            column,
            big,
            f"The amount is larger than {Decimal(MAX_CENTS).scaleb(-digits):,}, the largest that is kept exactly.",
            "Check it, or plan in thousands.",
        )
        usable = pa.array(here & ~numbers.wrong & ~big)
        plain = pc.if_else(usable, numbers.plain, pa.scalar("", pa.large_string()))
        cents, rounded = to_cents(plain, column.native, digits)
        if rounded.any():
            at = int(np.argmax(rounded))
            self.report.warning(
                "rounded_amount",
                f"Amounts with more than {digits} decimals were rounded (halves to even).",
                "Nothing to do if that is right.",
                file=self.raw.file,
                row=int(self.raw.row[at]),
                column=column.header,
                value=shown(column.text.iloc[at]),
                count=int(rounded.sum()),
            )
        return cents

    def _codes(self, numbers: Numbers | None) -> pd.Series:
        """Return the currency of each row, of its column or else beside the amount; nothing where none is stated."""
        value = self.text("currency").str.strip().str.upper()
        return value if numbers is None else value.where(value != "", self.beside(numbers))

    def beside(self, numbers: Numbers) -> pd.Series:
        """Return the currency that stands beside each amount; nothing where none does."""
        code, sign = pd.factorize(numbers.currency)
        return texts(np.array([currency_code(each) for each in sign], dtype=object)[code])

    def codes(self, numbers: Numbers | None = None) -> pd.Series:
        """Return the currency of each row, `_codes`; report what is no code."""
        value = self._codes(numbers)
        if self.column("currency") is not None:
            named = self.text("currency").str.strip().str.upper()
            wrong = ~named.str.fullmatch(r"[A-Z]{3}").to_numpy(bool) & (named != "").to_numpy(bool)
            self.flag(
                "currency",
                "currency",
                wrong,
                "The cell is no currency code.",
                "Write a code of three letters: USD.",
            )
        return value

    def currencies(self, numbers: Numbers | None) -> pd.Series:
        """Return the currency of each row, of its column or else beside the amount; report mixed ones."""
        value = self.codes(numbers)
        counts = value[value != ""].value_counts()
        if len(counts) > 1:
            at = "currency" if self.column("currency") is not None else "amount"
            self.flag(
                "mixed_currency",
                at,
                ((value != "") & (value != counts.index[0])).to_numpy(bool),
                f"The file mixes currencies ({', '.join(sorted(counts.index))}).",
                "Convert all amounts to one currency.",
            )
        return value

    def tell_unused(self, others: tuple[RawColumn, ...]) -> None:
        """Report columns that nothing was made of, in one line."""
        others = tuple(column for column in others if (column.text.str.strip() != "").any())
        if others:
            names = ", ".join(repr(column.header) for column in others[:12]) + (
                " …" if len(others) > 12 else ""
            )
            self.report.warning(
                "unused_columns",
                f"Columns that nothing is made of: {names}.",
                f"Map a column that is needed in plan.toml, under [columns.{self.matched.schema.name}].",
                file=self.raw.file,
            )
