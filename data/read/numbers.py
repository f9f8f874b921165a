"""Numbers as people type them: decimal commas, thousands separators, currency signs, brackets, percent signs.

A column is read by one convention as a whole, never cell by cell. Each cell says which conventions it fits: ``1.234,50``
only a decimal comma, ``0.5`` only a decimal point, ``1,234`` both (one thousand two hundred thirty-four, or a little
more than one). The convention of a column is that of the cells that leave no doubt; where all do, that of the other
columns of the file; where these are silent too, a decimal comma in a file separated by semicolons, a decimal point
otherwise, and the guess is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.read.currencies import PATTERN, currency_code
from data.read.limits import MAX_EXACT
from data.read.raw import BoolArray, RawColumn, RawTable
from data.read.report import Report, shown
from planner.arrays import FloatArray

PLACEHOLDERS = ("n/a", "#n/a", "na", "null", "none", "-", "–", "—", "?", "unknown", "tbd", "(blank)")
"""What exports write where they have nothing, in lower case."""

_NOTHING = pa.scalar("", pa.large_string())
_SPACE = r"[ \x{00a0}\x{202f}\x{2009}]"
_SHAPE = (
    r"^(?P<open>\()?\s*(?P<sign>[+\-−])?\s*(?P<before>" + PATTERN + r")?\s*(?P<inner>[+\-−])?\s*"
    r"(?P<core>[.,]?[0-9](?:[0-9.,'’]|" + _SPACE + r"[0-9])*)(?P<exponent>[eE][+\-]?[0-9]{1,3})?\s*(?P<percent>%)?\s*"
    r"(?P<after>" + PATTERN + r")?(?P<trailing>[-−])?\s*(?P<close>\))?$"
)
_GROUPS = ("['’]", _SPACE)


def _grouped(mark: str, other: str) -> str:
    """Return the pattern of a number whose decimal mark is `mark` and whose thousands may be set off by `other`."""
    forms = [rf"[0-9]*(?:{mark}[0-9]*)?"]
    forms += [rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{mark}[0-9]*)?" for group in (other, *_GROUPS)]
    forms += [rf"[1-9][0-9]?(?:{other}[0-9]{{2}})+{other}[0-9]{{3}}(?:{mark}[0-9]*)?"]
    return "^(?:" + "|".join(forms) + ")$"


_POINT, _COMMA = _grouped(r"\.", ","), _grouped(",", r"\.")
_PLACE_POINT, _PLACE_COMMA = r"^[0-9]*(?:\.[0-9]*)?$", r"^[0-9]*(?:,[0-9]*)?$"


def _matches(text: pa.Array, pattern: str) -> BoolArray:
    return pc.fill_null(pc.match_substring_regex(text, pattern), False).to_numpy(zero_copy_only=False)


def arrow(column: RawColumn) -> pa.Array:
    """Return the cells of a column as an Arrow array without spaces around them."""
    return pc.utf8_trim_whitespace(pa.array(column.text, type=pa.large_string()))


@dataclass(frozen=True, eq=False)
class Shapes:
    """What the cells of one column look like, shapes ``(n_rows,)``: before a convention is chosen.

    Parameters
    ----------
    blank, placeholder
        Nothing there; something there that means nothing.
    number
        Looks like a number in one convention or the other.
    point, comma
        Fits a decimal point; fits a decimal comma. Cells that were numbers in a typed format fit both without doubt.
    core, sign, exponent, percent, currency
        Parts of the cell.
    """

    blank: BoolArray
    placeholder: BoolArray
    number: BoolArray
    point: BoolArray
    comma: BoolArray
    native: BoolArray
    core: pa.Array
    negative: BoolArray
    exponent: pa.Array
    percent: BoolArray
    currency: NDArray[np.object_]

    @classmethod
    def of(cls, column: RawColumn, *, place: bool = False) -> Shapes:
        """Take the cells of `column` apart; a `place` (latitude, longitude) has no thousands."""
        text = arrow(column)
        native = np.zeros(len(text), bool) if column.native is None else column.native
        blank = pc.equal(text, "").to_numpy(zero_copy_only=False)
        placeholder = pc.is_in(pc.utf8_lower(text), pa.array(PLACEHOLDERS, pa.large_string()))
        placeholder = placeholder.to_numpy(zero_copy_only=False)
        parts = pc.extract_regex(text, _SHAPE)

        def part(name: str) -> pa.Array:
            return pc.fill_null(pc.struct_field(parts, name), _NOTHING)

        def given(name: str) -> BoolArray:
            return pc.not_equal(part(name), "").to_numpy(zero_copy_only=False)

        core = part("core")
        opened, minus = given("open"), np.zeros(len(text), bool)
        for name in ("sign", "inner", "trailing"):
            minus ^= pc.is_in(part(name), pa.array(["-", "−"], pa.large_string())).to_numpy(zero_copy_only=False)
        twice = given("sign").astype(int) + given("inner") + given("trailing") + opened > 1
        paired = (opened == given("close")) & ~twice & ~(given("before") & given("after"))
        point = _matches(core, _PLACE_POINT if place else _POINT) & paired & given("core")
        comma = _matches(core, _PLACE_COMMA if place else _COMMA) & paired & given("core")
        point, comma = point | (native & given("core")), comma & ~native
        currency = pc.binary_join_element_wise(part("before"), part("after"), _NOTHING).to_numpy(zero_copy_only=False)
        return cls(
            blank, placeholder & ~blank, point | comma, point, comma, native, core, opened | minus, part("exponent"),
            given("percent"), currency,
        )  # fmt: skip

    @cached_property
    def doubtless(self) -> tuple[int, int]:
        """Return how many cells fit only a decimal point, and only a decimal comma."""
        point = self.point & ~self.comma & ~self.native
        return int(point.sum()), int((self.comma & ~self.point).sum())

    @cached_property
    def doubtful(self) -> BoolArray:
        """Cells that fit both conventions and mean something else in each."""
        return self.point & self.comma & _matches(self.core, "[.,]")

    def plain(self, comma: bool) -> pa.Array:
        """Return each number as computers write it, ``""`` where the cell is none in this convention."""
        fits = (self.comma | (self.point & self.native)) if comma else self.point
        separators = r"[.'’\s\x{00a0}\x{202f}\x{2009}]" if comma else r"[,'’\s\x{00a0}\x{202f}\x{2009}]"
        core = pc.replace_substring_regex(self.core, separators, "")
        if comma:
            core = pc.replace_substring(core, ",", ".")
            core = pc.if_else(pa.array(self.native), self.core, core)
        sign = pc.if_else(pa.array(self.negative), pa.scalar("-", pa.large_string()), _NOTHING)
        whole = pc.binary_join_element_wise(sign, core, self.exponent, _NOTHING)
        return pc.if_else(pa.array(fits), whole, _NOTHING)


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
        """Whether the cells of the file that leave no doubt have decimal commas; None where they are silent or differ."""
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
        value = pc.cast(pc.if_else(pc.equal(plain, ""), pa.scalar("nan", pa.large_string()), plain), pa.float64())
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
            "percent", table, column, unwanted, f"A percent sign stands where {expect} is needed.",
            "Write the amount itself.",
        )  # fmt: skip
        report.cells(
            "too_large", table, column, huge & ~unwanted,
            "The number is larger than 9,007,199,254,740,992, beyond which numbers are no longer exact.",
            "Check it, or state the whole column in a larger unit (thousands, millions).",
        )  # fmt: skip
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
        text = arrow(column)
        other = wrong & shape.number
        convention = "comma" if comma else "point"
        report.cells(
            "mixed_number_format", table, column, other,
            f"The other cells of the column have a decimal {convention}; this one does not fit that.",
            f"Write it with a decimal {convention} like the others.",
        )  # fmt: skip
        formula = wrong & _matches(text, r"^#(?:DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$")
        report.cells(
            "formula_error", table, column, formula, "A formula of the workbook failed here.",
            "Mend the formula, or type the value.",
        )  # fmt: skip
        infinite = wrong & _matches(pc.utf8_lower(text), r"^[+-]?(?:nan|inf|infinity|1\.#inf|1\.#qnan)$")
        report.cells(
            "not_finite", table, column, infinite, f"The cell says {expect} is infinite or not a number.",
            "Write a number, or leave the cell empty where none is known.",
        )  # fmt: skip
        letters = wrong & ~other & ~formula & ~infinite
        report.cells(
            "not_a_number", table, column, letters,
            lambda at: f"{shown(column.text.iloc[at].strip())!r} is not {expect}.",
            "Write digits only, with one decimal mark; leave the cell empty where nothing is known.",
        )  # fmt: skip
        if shape.placeholder.any():
            at = int(np.flatnonzero(shape.placeholder)[0])
            report.warning(
                "placeholder", "A word that stands for nothing was read as an empty cell.",
                "Leave such cells empty, or write the number.", file=table.file, row=int(table.row[at]),
                column=column.header, value=shown(column.text.iloc[at]), count=int(shape.placeholder.sum()),
            )  # fmt: skip

    def _check_currency(self, column: RawColumn, shape: Shapes) -> None:
        """Report a column whose cells carry different currencies."""
        if not (shape.currency != "").any():
            return
        signs, count = np.unique(shape.currency[shape.currency != ""].astype(str), return_counts=True)
        names = {currency_code(sign) or sign for sign in signs}
        if len(names) > 1:
            rare = signs[np.argmin(count)]
            self._report.cells(
                "mixed_currency", self._table, column, shape.currency == rare,
                f"The column mixes currencies ({', '.join(sorted(names))}).",
                "State the whole column in one currency.",
            )  # fmt: skip
