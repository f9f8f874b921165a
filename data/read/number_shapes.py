"""What number cells look like before it is known which mark sets off the decimals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.read.currencies import KNOWN, PATTERN
from data.read.raw import BoolArray, RawColumn

PLACEHOLDERS = ("n/a", "#n/a", "na", "null", "none", "-", "–", "—", "?", "unknown", "tbd", "(blank)")
"""What exports write where they have nothing, in lower case."""

_NOTHING = pa.scalar("", pa.large_string())
_SPACE = r"[ \x{00a0}\x{202f}\x{2009}]"
_SHAPE = (
    r"^(?P<outer>" + PATTERN + r")?\s*(?P<open>\()?\s*(?P<sign>[+\-−])?\s*(?P<before>" + PATTERN + r")?\s*"
    r"(?P<core>[.,]?[0-9](?:[0-9.,'’]|"
    + _SPACE
    + r"[0-9])*)(?P<exponent>[eE][+\-]?[0-9]{1,3})?\s*(?P<percent>%)?\s*"
    r"(?P<after>" + PATTERN + r")?(?P<trailing>[-−])?\s*(?P<close>\))?$"
)
_SIMPLE = r"^-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$"
"""What nearly all cells look like."""
_GROUPS = ("['’]", _SPACE)


def _grouped(mark: str, other: str) -> str:
    """Return the pattern of a number whose decimal mark is `mark` and whose thousands may be set off by `other`."""
    forms = [rf"[0-9]*(?:{mark}[0-9]*)?"]
    forms += [rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+(?:{mark}[0-9]*)?" for group in (other, *_GROUPS)]
    forms += [rf"[1-9][0-9]?(?:{other}[0-9]{{2}})+{other}[0-9]{{3}}(?:{mark}[0-9]*)?"]
    return "^(?:" + "|".join(forms) + ")$"


_POINT, _COMMA = _grouped(r"\.", ","), _grouped(",", r"\.")
_PLACE_POINT, _PLACE_COMMA = r"^[0-9]*(?:\.[0-9]*)?$", r"^[0-9]*(?:,[0-9]*)?$"


def matches(text: pa.Array, pattern: str) -> BoolArray:
    return np.asarray(pc.fill_null(pc.match_substring_regex(text, pattern), False))


def _among(text: pa.Array, words: Iterable[str]) -> BoolArray:
    return np.asarray(pc.is_in(text, pa.array(list(words), pa.large_string())))


def trimmed(column: RawColumn) -> pa.Array:
    """Return the cells of a column as an Arrow array without spaces around them."""
    return pc.utf8_trim_whitespace(pa.array(column.text, type=pa.large_string()))


@dataclass(frozen=True, eq=False)
class _Parts:
    point: BoolArray
    comma: BoolArray
    negative: BoolArray
    percent: BoolArray
    currency: NDArray[np.object_]
    core: pa.Array
    exponent: pa.Array


def _take_apart(text: pa.Array, place: bool) -> _Parts:
    """Take cells that match `_SHAPE` apart."""
    parts = pc.extract_regex(text, _SHAPE)

    def part(name: str) -> pa.Array:
        return pc.struct_field(parts, name)

    def given(name: str) -> BoolArray:
        return np.asarray(pc.not_equal(part(name), ""))

    core, opened, minus = part("core"), given("open"), np.zeros(len(text), bool)
    for name in ("sign", "trailing"):
        minus ^= _among(part(name), "-−")
    once = given("sign").astype(int) + given("trailing") + opened <= 1
    currency = pc.binary_join_element_wise(part("outer"), part("before"), part("after"), _NOTHING)
    proper = (
        (opened == given("close"))
        & once
        & (given("outer").astype(int) + given("before") + given("after") <= 1)
        & _among(currency, ["", *KNOWN])
    )
    return _Parts(
        matches(core, _PLACE_POINT if place else _POINT) & proper,
        matches(core, _PLACE_COMMA if place else _COMMA) & proper,
        opened | minus,
        given("percent"),
        currency.to_numpy(zero_copy_only=False),
        core,
        part("exponent"),
    )


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
        text = trimmed(column)
        n_rows = len(text)
        native = np.zeros(n_rows, bool) if column.native is None else column.native
        blank = pc.equal(text, "").to_numpy(zero_copy_only=False)
        placeholder = _among(pc.utf8_lower(text), PLACEHOLDERS)
        simple = matches(text, _SIMPLE)
        minus = matches(text, "^-") & simple
        core = pc.if_else(pa.array(simple), pc.utf8_ltrim(text, "-"), _NOTHING)
        point, comma = simple, simple & matches(core, _PLACE_COMMA if place else _COMMA)
        exponent, percent = pa.nulls(n_rows, pa.large_string()).fill_null(""), np.zeros(n_rows, bool)
        currency = np.full(n_rows, "", dtype=object)
        odd = matches(text, _SHAPE) & ~simple
        if odd.any():
            # Only cells with signs and separators are taken apart: that is the slow part.
            some = _take_apart(text.filter(pa.array(odd)), place)
            point, comma, currency = point.copy(), comma.copy(), currency.copy()
            point[odd], comma[odd], minus[odd], percent[odd] = (
                some.point,
                some.comma,
                some.negative,
                some.percent,
            )
            currency[odd] = some.currency
            core = pc.replace_with_mask(core, pa.array(odd), some.core)
            exponent = pc.replace_with_mask(exponent, pa.array(odd), some.exponent)
        point, comma = point | (native & (point | comma)), comma & ~native
        return cls(
            blank,
            placeholder & ~blank,
            point | comma,
            point,
            comma,
            native,
            core,
            minus,
            exponent,
            percent,
            currency,
        )

    @cached_property
    def doubtless(self) -> tuple[int, int]:
        """Return how many cells fit only a decimal point, and only a decimal comma."""
        point = self.point & ~self.comma & ~self.native
        return int(point.sum()), int((self.comma & ~self.point).sum())

    @cached_property
    def doubtful(self) -> BoolArray:
        """Cells that fit both conventions and mean something else in each."""
        return self.point & self.comma & matches(self.core, "[.,]")

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
