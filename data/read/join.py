"""Units in two files: a table with their measures beside a file with their shapes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from data.read.columns import Matched
from data.read.raw import RawColumn
from data.read.report import Report


def join_units(table: Matched, shapes: Matched, report: Report) -> Matched:
    """Return the units of `table` with the shapes of `shapes`; a unit of only one of them is an error.

    Columns of the table count; of the shapes only the geometry is taken, and a name or territory that the table lacks.
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
    extra = {
        name: RawColumn(column.header, column.text.iloc[position].reset_index(drop=True))
        for name, column in shapes.found.items()
        if name not in table.found and name in ("name", "territory_id", "locked")
    }
    raw = replace(
        table.raw,
        columns=[*table.raw.columns, *extra.values()],
        geometry=None if geometry is None else geometry.iloc[position].reset_index(drop=True),
    )
    return replace(table, raw=raw, found=table.found | extra)
