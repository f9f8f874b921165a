"""Parquet files to raw tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.read.limits import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from data.read.raw import RawColumn, RawTable, texts
from data.read.report import Report, shown


def has_shapes(path: str) -> bool:
    """Return whether a Parquet file says that it is a GeoParquet file."""
    try:
        return b"geo" in (pq.read_schema(path).metadata or {})
    except (pa.ArrowException, OSError):
        return False


def read_parquet(path: str, file: str, report: Report, without: tuple[str, ...] = ()) -> RawTable | None:
    """Return the table in a Parquet file, columns of `without` left out; None, reported, where it cannot be read."""
    try:
        with pq.ParquetFile(path) as parquet:
            n_rows, names = parquet.metadata.num_rows, parquet.schema_arrow.names
            if n_rows > MAX_ROWS or len(names) > MAX_COLUMNS or n_rows * len(names) > MAX_CELLS:
                report.error(
                    "too_big",
                    f"The table has {n_rows:,} rows and {len(names):,} columns, more than is read.",
                    f"Keep it to {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns.",
                    file=file,
                )
                return None
            content = parquet.read()
    except (pa.ArrowException, OSError, ValueError) as fault:
        report.error(
            "broken_parquet",
            f"The file is not readable as Parquet: {shown(str(fault))}.",
            "Write it again, or save it as CSV.",
            file=file,
        )
        return None
    columns = []
    for name, values in zip(content.column_names, content.columns, strict=True):
        if name in without or name.startswith("__index_level_"):
            continue
        column = raw_column(name, values)
        if column is None:
            report.warning(
                "nested_column",
                f"The column holds {values.type}, which is no plain value; it was left out.",
                "Write it as text or numbers if it is needed.",
                file=file,
                column=name,
            )
        else:
            columns.append(column)
    if not columns:
        report.error("empty_file", "The table has no columns.", "Write it again, or remove it.", file=file)
        return None
    return RawTable(file, columns, np.arange(2, content.num_rows + 2))


def raw_column(name: str, values: pa.ChunkedArray) -> RawColumn | None:
    """Return an Arrow column as text with a note of which cells were numbers; None where its type is nested."""
    array = values.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    kind = array.type
    if pa.types.is_nested(kind):
        return None
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        try:
            text = array.cast(pa.large_string())
        except pa.ArrowInvalid:
            return None
    elif pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        text = pc.strftime(array.cast(pa.timestamp("s"), safe=False), format="%Y-%m-%d").cast(
            pa.large_string()
        )
    elif pa.types.is_floating(kind):
        text = _float_text(array.cast(pa.float64()))
    else:
        text = array.cast(pa.large_string())
    native = None
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        native = pc.is_valid(text).to_numpy(zero_copy_only=False)
    return RawColumn(name, texts(pc.fill_null(text, "").to_numpy(zero_copy_only=False)), native)


def _float_text(array: pa.Array) -> pa.Array:
    """Return floats as the shortest text that means the same, whole ones without decimals, NaN as nothing."""
    array = pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
    whole = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), 9e18))
    as_integer = pc.if_else(pc.fill_null(whole, False), array, None).cast(pa.int64()).cast(pa.large_string())
    return pc.coalesce(as_integer, array.cast(pa.large_string()))
