"""Which rows of a table fulfil a condition."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.conditions import Comparison, Condition, ConditionError, Every, Not
from data.schema import NO, YES, key, nearest
from planner.arrays import FloatArray

Rows = NDArray[np.bool_]

SHOWN = 12
"""Columns named in a message."""


def column_named(name: str, columns: Iterable[str]) -> str | None:
    """Return the column that `name` stands for, exactly or by its key; None where none, or more than one, does."""
    known = list(columns)
    if name in known:
        return name
    alike = [column for column in known if key(column) == key(name)]
    return alike[0] if len(alike) == 1 else None


def matching(condition: Condition, frame: pd.DataFrame) -> Rows:
    """Return which rows of `frame` fulfil `condition`, shape ``(n_rows,)``.

    An empty cell is not equal to anything, and neither below nor above it.

    Raises
    ------
    ConditionError
        Where a column is not there, or does not hold what it is compared to.
    """
    if isinstance(condition, Comparison):
        return _test(condition, frame)
    if isinstance(condition, Not):
        return ~matching(condition.part, frame)
    parts = [matching(part, frame) for part in condition.parts]
    return np.logical_and.reduce(parts) if isinstance(condition, Every) else np.logical_or.reduce(parts)


def _test(test: Comparison, frame: pd.DataFrame) -> Rows:
    columns = [str(name) for name in frame.columns if name != "geometry"]
    name = column_named(test.column, columns)
    if name is None:
        near = nearest(test.column, columns)
        listed = ", ".join(columns[:SHOWN]) + (" …" if len(columns) > SHOWN else "")
        guess = f" The nearest is {near!r}." if near else ""
        raise ConditionError(f"There is no column {test.column!r}; there are {listed}.{guess}", test.position)
    column = frame[name]
    if pd.api.types.is_bool_dtype(column):
        return _test_flags(test, name, column.to_numpy(bool))
    if pd.api.types.is_numeric_dtype(column):
        return _test_numbers(test, name, column.to_numpy(np.float64))
    return _test_texts(test, name, column.astype(str).str.strip())


def _test_flags(test: Comparison, name: str, value: Rows) -> Rows:
    if test.sign == "yes":
        return value
    if test.sign == "empty":
        return np.zeros(len(value), bool)
    if test.sign in ("=", "!=", "in") and all(isinstance(wanted, bool) for wanted in test.against):
        found = np.isin(value, list(test.against))
        return ~found if test.sign == "!=" else found
    raise ConditionError(f"The column {name!r} holds yes or no; compare it to true or false.", test.position)


def _test_numbers(test: Comparison, name: str, value: FloatArray) -> Rows:
    if test.sign == "empty":
        return np.isnan(value)
    if test.sign == "yes" or not all(isinstance(wanted, float) for wanted in test.against):
        why = f"The column {name!r} holds numbers; compare it to a number without quotes."
        raise ConditionError(why, test.position)
    wanted = [float(number) for number in test.against]
    if test.sign in ("=", "in", "!="):
        found = np.isin(value, wanted)
        return ~found if test.sign == "!=" else found
    return _ordered(value, test.sign, wanted[0])


def _test_texts(test: Comparison, name: str, value: pd.Series) -> Rows:
    if test.sign == "empty":
        return np.asarray(value == "", dtype=bool)
    if test.sign == "yes" or any(isinstance(wanted, bool) for wanted in test.against):
        return _test_words(test, name, value.str.casefold())
    # A code such as 50010 is text; written without quotes it means the same.
    wanted = [text.strip() for text in test.written]
    if test.sign in ("=", "in", "!="):
        found = value.isin(wanted).to_numpy(bool)
        return ~found if test.sign == "!=" else found
    if isinstance(test.against[0], float):
        example = next((text for text in value if text), "")
        why = (
            f"The column {name!r} holds text, such as {example!r}, which is neither below nor above a number."
        )
        raise ConditionError(why, test.position)
    filled = (value != "").to_numpy(bool)
    return np.asarray(_ordered(value.to_numpy(dtype=object), test.sign, wanted[0]), dtype=bool) & filled


def _test_words(test: Comparison, name: str, value: pd.Series) -> Rows:
    """Hold a column of words such as yes and no against true and false."""
    odd = value[~value.isin(YES | NO)]
    if len(odd):
        why = f"The column {name!r} holds {odd.iloc[0]!r}, which is neither yes nor no; compare it to a text in quotes."
        raise ConditionError(why, test.position)
    return _test_flags(test, name, value.isin(YES).to_numpy(bool))


def _ordered(value: NDArray, sign: str, wanted: float | str) -> Rows:
    compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[sign]
    with np.errstate(invalid="ignore"):
        return np.asarray(compare(value, wanted), dtype=bool)
