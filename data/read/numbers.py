"""Numbers as people type them: decimal commas, thousands separators, currency signs, brackets, percent signs.

A column is read by one convention as a whole, never cell by cell. Each cell says which conventions it fits:
``1.234,50`` only a decimal comma, ``0.5`` only a decimal point, ``1,234`` both (one thousand two hundred thirty-four,
or a little more than one). The convention of a column is that of the cells that leave no doubt; where all do, that of
the other columns of the file; where these are silent too, a decimal comma in a file separated by semicolons, a decimal
point otherwise, and the guess is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.read.currencies import currency_code
from data.read.limits import MAX_EXACT
from data.read.number_shapes import Shapes, matches, trimmed
from data.read.raw import BoolArray, RawColumn, RawTable
from data.read.report import Report, shown
from planner.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column read as numbers.

    Parameters
    ----------
    value
        float64, NaN where the cell has none; percents as fractions.
    plain
        The same as text without separators, for exact money.
    wrong
        Cells that have something that is no number; they were reported.
    missing
        Cells that have nothing.
    currency
        Currency sign or code of each cell, ``""`` where none.
    percent
        Which cells carry a percent sign.
    """

    value: FloatArray
    plain: pa.Array
    wrong: BoolArray
    missing: BoolArray
    currency: NDArray[np.object_]
    percent: BoolArray


class NumberReader:
    """Reads the number columns of one table by one convention each."""

    def __init__(self, table: RawTable, report: Report) -> None:
        self._table = table
        self._report = report
        self._shapes: dict[tuple[int, bool], Shapes] = {}

    def shapes(self, column: RawColumn, *, place: bool = False) -> Shapes:
        """Return what the cells of `column` look like."""
        at = (id(column), place)
        if at not in self._shapes:
            self._shapes[at] = Shapes.of(column, place=place)
        return self._shapes[at]

    @cached_property
    def _file_convention(self) -> bool | None:
        """Whether the doubtless cells of the file have decimal commas; None where there are none or they differ."""
        votes: set[bool] = set()
        for column in self._table.columns:
            shape = self.shapes(column)
            if shape.number.sum() > 0.5 * (~shape.blank).sum():
                point, comma = shape.doubtless
                votes |= {False} if point > comma else {True} if comma > point else set()
        return votes.pop() if len(votes) == 1 else None

    def read(
        self, column: RawColumn, *, place: bool = False, percent: bool = False, expect: str = "a number"
    ) -> Numbers:
        """Read a column, and report the cells that are no numbers.

        Parameters
        ----------
        place
            Whether it is a latitude or a longitude: no thousands.
        percent
            Whether a cell with a percent sign is a fraction of one here; else it is wrong.
        expect
            What a cell should be, for the message.
        """
        shape = self.shapes(column, place=place)
        comma = self._convention(column, shape)
        fits = (shape.comma | (shape.native & shape.point)) if comma else shape.point
        missing = shape.blank | shape.placeholder
        plain = shape.plain(comma)
        value = pc.cast(
            pc.if_else(pc.equal(plain, ""), pa.scalar("nan", pa.large_string()), plain), pa.float64()
        )
        value = value.to_numpy(zero_copy_only=False).copy()
        unwanted = shape.percent & fits & (not percent)
        value[shape.percent] /= 100
        with np.errstate(invalid="ignore"):
            huge = np.abs(value) > MAX_EXACT
        wrong = (~fits & ~missing) | unwanted | huge
        value[wrong] = np.nan
        self._tell(column, shape, comma, fits, missing, expect)
        table, report = self._table, self._report
        report.cells(
            "percent",
            table,
            column,
            unwanted,
            f"A percent sign stands where {expect} is needed.",
            "Write the amount itself.",
        )
        report.cells(
            "too_large",
            table,
            column,
            huge & ~unwanted,
            "The number is larger than 9,007,199,254,740,992, beyond which numbers are no longer exact.",
            "Check it, or state the whole column in a larger unit (thousands, millions).",
        )
        self._check_currency(column, shape)
        return Numbers(value, plain, wrong, missing, shape.currency, shape.percent)

    def _convention(self, column: RawColumn, shape: Shapes) -> bool:
        """Return whether the column has decimal commas, and report where that had to be guessed."""
        point, comma = shape.doubtless
        if point != comma:
            return comma > point
        if point and comma:
            return self._table.decimal_comma
        if not shape.doubtful.any():
            return False
        if self._file_convention is not None:
            return self._file_convention
        guess = self._table.decimal_comma
        at = int(np.flatnonzero(shape.doubtful)[0])
        example = column.text.iloc[at].strip()
        comma_thousands = ("," in example) != guess
        says = "thousands separator" if comma_thousands else "decimal mark"
        mark = "comma" if "," in example else "point"
        self._report.warning(
            "ambiguous_numbers",
            f"Nothing in the file says whether the {mark} in {example!r} sets off decimals or thousands; the whole "
            f"column was read with the {mark} as {says}.",
            "If that is wrong, write one number of the column with two decimals, or without separators.",
            file=self._table.file,
            row=int(self._table.row[at]),
            column=column.header,
            value=shown(example),
            count=int(shape.doubtful.sum()),
        )
        return guess

    def _tell(
        self, column: RawColumn, shape: Shapes, comma: bool, fits: BoolArray, missing: BoolArray, expect: str
    ) -> None:
        """Report cells that are no numbers, by what is wrong with them."""
        table, report = self._table, self._report
        wrong = ~fits & ~missing
        text = trimmed(column)
        other = wrong & shape.number
        convention = "comma" if comma else "point"
        report.cells(
            "mixed_number_format",
            table,
            column,
            other,
            f"The other cells of the column have a decimal {convention}; this one does not fit that.",
            f"Write it with a decimal {convention} like the others.",
        )
        formula = wrong & matches(text, r"^#(?:DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$")
        report.cells(
            "formula_error",
            table,
            column,
            formula,
            "A formula of the workbook failed here.",
            "Mend the formula, or type the value.",
        )
        infinite = wrong & matches(pc.utf8_lower(text), r"^[+-]?(?:nan|inf|infinity|1\.#inf|1\.#qnan)$")
        report.cells(
            "not_finite",
            table,
            column,
            infinite,
            f"The cell says infinity or not-a-number where {expect} is needed.",
            "Write a number, or leave the cell empty where none is known.",
        )
        letters = wrong & ~other & ~formula & ~infinite
        report.cells(
            "not_a_number",
            table,
            column,
            letters,
            lambda at: f"{shown(column.text.iloc[at].strip())!r} is not {expect}.",
            "Write digits only, with one decimal mark; leave the cell empty where nothing is known.",
        )
        if shape.placeholder.any():
            at = int(np.flatnonzero(shape.placeholder)[0])
            report.warning(
                "placeholder",
                "A word that stands for nothing was read as an empty cell.",
                "Leave such cells empty, or write the number.",
                file=table.file,
                row=int(table.row[at]),
                column=column.header,
                value=shown(column.text.iloc[at]),
                count=int(shape.placeholder.sum()),
            )

    def _check_currency(self, column: RawColumn, shape: Shapes) -> None:
        """Report a column whose cells carry different currencies."""
        if not (shape.currency != "").any():
            return
        signs, count = np.unique(shape.currency[shape.currency != ""].astype(str), return_counts=True)
        names = {currency_code(sign) or sign for sign in signs}
        if len(names) > 1:
            rare = signs[np.argmin(count)]
            self._report.cells(
                "mixed_currency",
                self._table,
                column,
                shape.currency == rare,
                f"The column mixes currencies ({', '.join(sorted(names))}).",
                "State the whole column in one currency.",
            )
