"""A table as it stands in its file: text cells, before anything is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RawColumn:
    """One column of a file.

    Parameters
    ----------
    header
        Its header, as it stands in the file.
    text
        Its cells as text, ``""`` where there is nothing; numbers of typed formats as they would be typed with a
        decimal point.
    native
        Which cells were numbers in a typed format (workbook, Parquet, shapes), so that their text leaves no doubt about
        decimal marks; None where none was.
    """

    header: str
    text: pd.Series
    native: BoolArray | None = None

    def __len__(self) -> int:
        return len(self.text)

    def take(self, keep: BoolArray) -> RawColumn:
        """Return the column with the rows of `keep` only."""
        native = None if self.native is None else self.native[keep]
        return RawColumn(self.header, self.text[keep].reset_index(drop=True), native)


@dataclass(frozen=True, eq=False)
class RawTable:
    """One table of a file.

    Parameters
    ----------
    file
        Name of the file, for messages.
    columns
        Its columns in order.
    row
        Row of each record as a spreadsheet counts (the header is row 1), shape ``(n_rows,)``.
    decimal_comma
        Whether the format of the file itself suggests decimal commas (a text file separated by semicolons).
    geometry
        One shape per row in EPSG:4326, where the file has shapes.
    """

    file: str
    columns: list[RawColumn]
    row: NDArray[np.int64]
    decimal_comma: bool = False
    geometry: gpd.GeoSeries | None = field(default=None)

    def __len__(self) -> int:
        return len(self.row)

    @property
    def headers(self) -> list[str]:
        """Headers in order."""
        return [column.header for column in self.columns]


def texts(values: object) -> pd.Series:
    """Return `values` as a text column without missing cells."""
    return pd.Series(values, dtype="str")


def among(values: pd.Series, known: pd.Series | list[str]) -> BoolArray:
    """Return which of `values` are in `known`, exactly."""
    found = pc.is_in(pa.array(values, pa.large_string()), pa.array(known, pa.large_string()))
    return np.asarray(found)
