"""Which columns of accounts and units are measures.

A column that the schema does not know is a measure when

- plan.toml names it (under ``[columns]``, ``[measures]``, as potential, …), or its name always means one
  (``potential``, ``revenue``, ``population``, … of `KNOWN_MEASURES`): a cell that is no number, or below zero, is then
  an error;
- or its name does not speak of an id, a code or a date, no cell starts with a superfluous zero, and all its cells are
  numbers of zero or more. Where at least nine in ten are, the others are taken for slips and are errors; where fewer
  are, but most, the column is left out with a warning; other columns are plain text.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.read.cells import Cells
from data.read.number_shapes import Shapes
from data.read.raw import RawColumn
from data.schema import KNOWN_MEASURES, MEASURE_ALIASES, key
from planner.arrays import FloatArray

_ID_ENDINGS = (
    "id",
    "ids",
    "code",
    "key",
    "no",
    "nr",
    "number",
    "fips",
    "zip",
    "phone",
    "fax",
    "ref",
    "index",
    "rank",
)
_ID_WORDS = (
    "phone",
    "fax",
    "mobile",
    "postal",
    "postcode",
    "zipcode",
    "zip5",
    "zip4",
    "latitude",
    "longitude",
    "date",
    "created",
    "modified",
    "duns",
    "naics",
    "siccode",
    "taxnumber",
    "vatnumber",
    "geoid",
    "objectid",
    "street",
    "address",
    "iban",
)
_ID_NAMES = frozenset(
    ("lat", "lon", "lng", "x", "y", "year", "month", "quarter", "day", "fid", "sic", "row", "suite")
)
_NEARLY_ALL = 0.9


def read_measures(cells: Cells, wanted: Iterable[str]) -> tuple[dict[str, FloatArray], tuple[RawColumn, ...]]:
    """Return the measures of a table by name, float64 with NaN where a cell is empty, and the columns left over.

    Parameters
    ----------
    wanted
        Names of measures that plan.toml speaks of.
    """
    asked = {key(name) for name in wanted}
    asked |= {key(MEASURE_ALIASES[name]) for name in asked if name in MEASURE_ALIASES}
    measures: dict[str, FloatArray] = {}
    for name, column in cells.matched.measures.items():
        measures[name] = _values(cells, column, name)
    left: list[RawColumn] = []
    known = {key(name) for name in KNOWN_MEASURES}
    names = {column.header for column in cells.matched.others}
    for column in cells.matched.others:
        name = MEASURE_ALIASES.get(key(column.header), column.header)
        name = (
            column.header
            if name in measures or (name != column.header and name in names)
            else _canonical(name)
        )
        shape = cells.numbers.shapes(column)
        filled = ~(shape.blank | shape.placeholder)
        meant = key(name) in asked | known or key(column.header) in asked
        if name in measures:
            _tell_double(cells, column, name)
        elif not filled.any():
            if meant:
                _tell_left_out(cells, column, "it is empty")
            left.append(column)
        elif meant or _is_measure(cells, column, shape):
            measures[name] = _values(cells, column, name)
        else:
            left.append(column)
    return measures, tuple(left)


def _canonical(header: str) -> str:
    """Return a known measure's own name for a header that differs from it only in case or punctuation."""
    return next((name for name in KNOWN_MEASURES if key(name) == key(header)), header)


def like_an_id(header: str) -> bool:
    """Return whether a header speaks of an id, a code, a date or a place, so that its numbers are no amounts."""
    words = header.strip().lower().replace("_", " ").replace("-", " ").replace(".", " ").split()
    name = key(header)
    return (
        name in _ID_NAMES
        or any(word in name for word in _ID_WORDS)
        or (bool(words) and words[-1] in _ID_ENDINGS)
        or header.endswith(("Id", "ID", "Code", "Number", "Nr", "FIPS", "NUMBR"))
    )


def _is_measure(cells: Cells, column: RawColumn, shape: Shapes) -> bool:
    """Return whether a column that nobody named is a measure; tell where it nearly is one."""
    filled = ~(shape.blank | shape.placeholder)
    numbers = shape.number & filled
    if like_an_id(column.header) or numbers.sum() <= 0.5 * filled.sum() or leading_zeros(column, shape):
        return False
    positive = numbers & ~shape.negative
    share, good = numbers.sum() / filled.sum(), positive.sum() / filled.sum()
    if good >= _NEARLY_ALL:
        return True
    reason = "cells are no numbers" if share < _NEARLY_ALL else "numbers are below zero"
    count = int((filled & ~numbers).sum()) if share < _NEARLY_ALL else int((numbers & shape.negative).sum())
    wrong = filled & (~numbers if share < _NEARLY_ALL else shape.negative)
    _tell_left_out(cells, column, f"{count} of its {reason}", int(np.argmax(wrong)))
    return False


def leading_zeros(column: RawColumn, shape: Shapes) -> bool:
    """Return whether any cell starts with a zero that a number would not have, as codes do."""
    if column.native is not None and column.native.all():
        return False
    padded = pc.match_substring_regex(pa.array(column.text, type=pa.large_string()), r"^\s*0[0-9]+\s*$")
    return bool(pc.any(padded).as_py()) and bool(shape.number.any())


def _values(cells: Cells, column: RawColumn, name: str) -> FloatArray:
    """Return the cells of a measure; report such as are no numbers or below zero, and count empty ones."""
    shape = cells.numbers.shapes(column)
    filled = ~(shape.blank | shape.placeholder)
    percents = bool((shape.percent | ~filled).all())
    numbers = cells.numbers.read(column, percent=percents, expect=f"a number for the measure {name!r}")
    value = numbers.value
    with np.errstate(invalid="ignore"):
        below = value < 0
    cells.report.cells(
        "negative_measure",
        cells.raw,
        column,
        below,
        "A measure that is to be balanced cannot be below zero.",
        "Correct it, or leave the column out: list it in plan.toml under "
        f"[columns.{cells.matched.schema.name}] ignore.",
    )
    cells.report.missing(cells.raw, column, numbers.missing, "count as nothing in the sums of this measure")
    return np.where(below, np.nan, value)


def _tell_left_out(cells: Cells, column: RawColumn, why: str, at: int | None = None) -> None:
    cells.report.warning(
        "not_a_measure",
        f"The column is not used as a measure: {why}.",
        "Mend the cells if it is to be balanced.",
        file=cells.raw.file,
        row=None if at is None else int(cells.raw.row[at]),
        column=column.header,
        value=None if at is None else column.text.iloc[at][:80],
    )


def _tell_double(cells: Cells, column: RawColumn, name: str) -> None:
    cells.report.error(
        "ambiguous_column",
        f"The column {column.header!r} and another one are both the measure {name!r}.",
        f"Rename one of them, or list it in plan.toml under [columns.{cells.matched.schema.name}] ignore.",
        file=cells.raw.file,
        row=1,
        column=column.header,
    )
