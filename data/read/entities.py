"""Accounts, units and adjacency: from matched cells to canonical frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from data.matching import column_named
from data.read.cells import Cells
from data.read.columns import tell_missing_column
from data.read.measures import leading_zeros, like_an_id, read_measures
from data.read.places import read_places
from data.read.raw import RawColumn
from planner.arrays import FloatArray
from planner.errors import Severity

_UNITED_STATES = frozenset(("us", "usa", "united states", "united states of america", "u.s.", "u.s.a."))


@dataclass(frozen=True, eq=False)
class Entities:
    """A frame, the names of its measures, and the row of each record in its file."""

    frame: pd.DataFrame
    measures: tuple[str, ...]
    row: np.ndarray
    file: str


def read_accounts(cells: Cells, wanted: Iterable[str], spoken_of: Iterable[str] = ()) -> Entities:
    """Return the accounts.

    Parameters
    ----------
    wanted
        Measures that plan.toml speaks of.
    spoken_of
        Columns that rules speak of: kept even where nothing else is made of them.
    """
    account_id = cells.ids("account_id", "an id")
    latitude, longitude, _ = read_places(cells)
    frame = pd.DataFrame({"account_id": account_id, "latitude": latitude, "longitude": longitude})
    for name in (
        "postal_code",
        "country",
        "unit_id",
        "territory_id",
        "seat_id",
        "name",
        "segment",
        "parent_account_id",
        "region",
        "required_skill",
    ):
        frame[name] = cells.text(name)
    frame["postal_code"] = _postal_codes(cells, frame["postal_code"].str.strip(), frame["country"])
    frame["locked"] = _locked(cells)
    _tell_placeless(cells, frame)
    return _with_measures(cells, frame, wanted, spoken_of)


def read_units(cells: Cells, wanted: Iterable[str], spoken_of: Iterable[str] = ()) -> Entities:
    """Return the units, with the shapes of the file or else as points; `wanted`, `spoken_of` as for accounts."""
    frame = pd.DataFrame({"unit_id": cells.ids("unit_id", "an id")})
    for name in ("name", "territory_id", "region", "required_skill"):
        frame[name] = cells.text(name)
    frame["locked"] = _locked(cells)
    entities = _with_measures(cells, frame, wanted, spoken_of)
    geometry = cells.raw.geometry
    if geometry is None and cells.column("latitude") is not None and cells.column("longitude") is not None:
        latitude, longitude, told = read_places(cells)
        cells.flag(
            "unit_without_place",
            "latitude",
            np.isnan(latitude) & ~told,
            "A unit needs a place; this one has none.",
            "Fill in latitude and longitude.",
        )
        geometry = gpd.GeoSeries(gpd.points_from_xy(longitude, latitude))
    if geometry is None:
        return entities
    placed = gpd.GeoDataFrame(
        entities.frame, geometry=np.array(geometry.to_numpy(), dtype=object), crs="EPSG:4326"
    )
    return Entities(placed, entities.measures, entities.row, entities.file)


def read_adjacency(cells: Cells) -> Entities:
    """Return pairs of neighbours."""
    frame = pd.DataFrame({name: cells.needed(name, "two units") for name in ("unit_id", "neighbour_id")})
    frame["length_m"] = cells.number("length_m", expect="a length in metres")
    same = (frame["unit_id"] == frame["neighbour_id"]) & (frame["unit_id"] != "")
    cells.flag(
        "own_neighbour",
        "neighbour_id",
        same.to_numpy(bool),
        "A unit cannot be its own neighbour.",
        "Remove the row, or correct one of the two ids.",
    )
    cells.tell_unused(cells.matched.others)
    return Entities(frame, (), cells.raw.row, cells.raw.file)


def _with_measures(
    cells: Cells, frame: pd.DataFrame, wanted: Iterable[str], spoken_of: Iterable[str]
) -> Entities:
    measures, left = read_measures(cells, wanted)
    clash = [name for name in measures if name in frame.columns or name == "geometry"]
    for name in clash:
        del measures[name]
    headers = [column.header for column in left]
    kept = {column_named(name, headers) for name in spoken_of} - {*frame.columns, *measures, "geometry"}
    cells.tell_unused(tuple(column for column in left if column.header not in kept))
    more = {column.header: _as_it_is(cells, column) for column in left if column.header in kept}
    values: dict[str, FloatArray] = measures
    return Entities(frame.assign(**values, **more), tuple(values), cells.raw.row, cells.raw.file)


def _as_it_is(cells: Cells, column: RawColumn) -> FloatArray | pd.Series:
    """Return a column that rules speak of: numbers where all its cells are and none is a code, else text."""
    shape = cells.numbers.shapes(column)
    filled = ~(shape.blank | shape.placeholder)
    codes = like_an_id(column.header) or leading_zeros(column, shape)
    if filled.any() and not codes and bool((shape.number | ~filled).all()):
        return cells.numbers.read(column, percent=True).value
    return column.text.where(column.text.str.strip() != "", "")


def _locked(cells: Cells) -> np.ndarray:
    locked = cells.yes_no("locked")
    nobody = (cells.text("territory_id") == "").to_numpy(bool)
    cells.flag(
        "locked_without_territory",
        "locked",
        locked & nobody,
        "The row is locked but has no territory to stay in.",
        "Fill in territory_id, or clear the lock.",
    )
    return locked


def _postal_codes(cells: Cells, code: pd.Series, country: pd.Series) -> pd.Series:
    """Return postal codes, with the zeros that a spreadsheet cut off those of the United States put back."""
    american = country.str.strip().str.casefold().isin(_UNITED_STATES).to_numpy(bool)
    short = american & code.str.fullmatch(r"[0-9]{3,4}").to_numpy(bool)
    cells.flag(
        "postal_zeros",
        "postal_code",
        short,
        lambda at: (
            "A postal code of the United States has five digits; the "
            f"zeros in front were lost, and it was read as {code.iloc[at].zfill(5)}."
        ),
        "Export the column as text.",
        Severity.WARNING,
    )
    return code.where(~short, code.str.zfill(5))


def _tell_placeless(cells: Cells, frame: pd.DataFrame) -> None:
    """Report a table without any column that places accounts, and count accounts without any place."""
    raw, schema, report = cells.raw, cells.matched.schema, cells.report
    have = [name for name in ("latitude", "longitude") if cells.column(name) is not None]
    if len(have) == 1:
        other = "longitude" if have == ["latitude"] else "latitude"
        tell_missing_column(other, raw.headers, raw.file, schema, report)
    elif not have and cells.column("postal_code") is None and cells.column("unit_id") is None:
        report.error(
            "missing_column",
            "No column says where the accounts are; the file has "
            f"{', '.join(repr(header) for header in raw.headers[:20])}.",
            "Add latitude and longitude, or postal_code, or unit_id; or map them in plan.toml.",
            file=raw.file,
            row=1,
            column="latitude",
        )
        return
    nowhere = (frame["latitude"].isna() & (frame["postal_code"] == "") & (frame["unit_id"] == "")).to_numpy(
        bool
    )
    if nowhere.any():
        at = int(np.argmax(nowhere))
        kept = int((nowhere & (frame["territory_id"] != "").to_numpy(bool)).sum())
        report.warning(
            "no_place",
            "The account has no place: no usable coordinates, postal code or unit. Of these accounts "
            f"{kept:,} have a current territory to stay in; the others are kept aside.",
            "Fill in coordinates or a postal code.",
            file=raw.file,
            row=int(raw.row[at]),
            column="account_id",
            value=str(frame["account_id"].iloc[at])[:80],
            count=int(nowhere.sum()),
        )
