"""Units in two files: a table with their measures beside a file with their shapes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from data.read.columns import Matched
from data.read.raw import RawColumn
from data.read.report import Report
from data.schema import key


def join_units(table: Matched, shapes: Matched, report: Report) -> Matched:
    """Return the units of `table` with the shapes of `shapes`; a unit of only one of them is an error.

    A column that both have is that of the table.
    """
    if "unit_id" not in table.found or "unit_id" not in shapes.found:
        return table
    wanted, given = table.found["unit_id"], shapes.found["unit_id"]
    there = pd.Index(given.text)
    without = ~wanted.text.isin(there) & (wanted.text.str.strip() != "")
    report.cells(
        "unknown_unit",
        table.raw,
        wanted,
        without.to_numpy(bool),
        f"The unit has no shape in {shapes.raw.file}.",
        "Correct the id, or add its shape.",
    )
    unused = ~given.text.isin(wanted.text)
    report.cells(
        "unknown_unit",
        shapes.raw,
        given,
        unused.to_numpy(bool),
        f"The unit is not in {table.raw.file}.",
        "Add a row for it, or remove its shape.",
    )
    again = given.text.duplicated()
    report.cells(
        "duplicate_id",
        shapes.raw,
        given,
        again.to_numpy(bool),
        "The same id stands at an earlier shape.",
        "Join its parts into one shape.",
    )
    if without.any() or again.any():
        return table
    position = there.get_indexer(wanted.text)
    position[position < 0] = 0  # a row without an id, which is reported when ids are read
    geometry = shapes.raw.geometry

    def moved(column: RawColumn) -> RawColumn:
        native = None if column.native is None else column.native[position]
        return RawColumn(column.header, column.text.iloc[position].reset_index(drop=True), native)

    own = {key(header) for header in table.raw.headers}
    found = {name: moved(column) for name, column in shapes.found.items() if name not in table.found}
    measures = {name: moved(column) for name, column in shapes.measures.items() if name not in table.measures}
    others = tuple(moved(column) for column in shapes.others if key(column.header) not in own)
    raw = replace(
        table.raw,
        columns=[*table.raw.columns, *found.values(), *measures.values(), *others],
        geometry=None if geometry is None else geometry.iloc[position].reset_index(drop=True),
    )
    return replace(
        table,
        raw=raw,
        found=table.found | found,
        measures=table.measures | measures,
        others=(*table.others, *others),
    )
