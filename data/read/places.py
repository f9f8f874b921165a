"""Latitudes and longitudes: read, checked for range, for being swapped, and for standing at nowhere (0, 0)."""

from __future__ import annotations

import numpy as np

from data.read.cells import Cells
from data.read.raw import BoolArray
from planner.arrays import FloatArray
from planner.errors import Severity

_MANY = 20
"""Fewest places from which the others can be said to suggest anything."""
_MARGIN_DEG = 2.0


def read_places(cells: Cells) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return latitude and longitude in degrees, NaN where there is no usable place, and where that is an error already.

    Three arrays of shape ``(n_rows,)``.

    A place out of range is an error; one that would be in range the other way round is told as swapped. The point
    (0, 0) and half a place count as none, with a warning.
    """
    if cells.column("latitude") is None or cells.column("longitude") is None:
        nothing = np.full(len(cells), np.nan)
        return nothing, nothing.copy(), np.zeros(len(cells), bool)
    latitude, wrong_latitude = _degrees(cells, "latitude")
    longitude, wrong_longitude = _degrees(cells, "longitude")
    wrong = wrong_latitude | wrong_longitude
    with np.errstate(invalid="ignore"):
        off_latitude, off_longitude = np.abs(latitude) > 90, np.abs(longitude) > 180
        swapped = off_latitude & (np.abs(longitude) <= 90) & (np.abs(latitude) <= 180)
        nowhere = (latitude == 0) & (longitude == 0)
    cells.flag(
        "swapped_coordinates",
        "latitude",
        swapped,
        lambda at: (
            f"No latitude is {latitude[at]:g}, but a longitude can be, and the longitude here ({longitude[at]:g}) "
            "can be a latitude: the two look swapped."
        ),
        "Swap latitude and longitude.",
    )
    cells.flag(
        "latitude_range",
        "latitude",
        off_latitude & ~swapped,
        "A latitude lies between −90 and 90 degrees.",
        "Correct it, or leave latitude and longitude empty.",
    )
    cells.flag(
        "longitude_range",
        "longitude",
        off_longitude,
        "A longitude lies between −180 and 180 degrees.",
        "Correct it, or leave latitude and longitude empty.",
    )
    cells.flag(
        "zero_coordinates",
        "latitude",
        nowhere,
        "The place is 0, 0 in the Gulf of Guinea, which stands for an unknown place; it was read as none.",
        "Fill in the true place, or leave both empty.",
        Severity.WARNING,
    )
    half = (np.isnan(latitude) != np.isnan(longitude)) & ~wrong
    for name, missing in (("latitude", np.isnan(latitude)), ("longitude", np.isnan(longitude))):
        cells.flag(
            "half_place",
            name,
            half & missing,
            "The other coordinate is given, this one is not; the row was read as having no coordinates.",
            "Fill in both, or none.",
            Severity.WARNING,
        )
    told = wrong | off_latitude | off_longitude
    none = told | nowhere | half
    latitude[none], longitude[none] = np.nan, np.nan
    _tell_suspects(cells, latitude, longitude)
    return latitude, longitude, told


def _degrees(cells: Cells, name: str) -> tuple[FloatArray, BoolArray]:
    column = cells.column(name)
    if column is None:
        return np.full(len(cells), np.nan), np.zeros(len(cells), bool)
    numbers = cells.numbers.read(column, place=True, expect=f"a {name} in decimal degrees")
    return numbers.value.copy(), numbers.wrong


def _tell_suspects(cells: Cells, latitude: FloatArray, longitude: FloatArray) -> None:
    """Report places far from all others that would be among them if latitude and longitude were swapped."""
    known = np.isfinite(latitude)
    if known.sum() < _MANY:
        return
    (south, north), (west, east) = (np.nanquantile(value, (0.05, 0.95)) for value in (latitude, longitude))
    south, north, west, east = (
        south - _MARGIN_DEG,
        north + _MARGIN_DEG,
        west - _MARGIN_DEG,
        east + _MARGIN_DEG,
    )
    with np.errstate(invalid="ignore"):
        inside = (latitude >= south) & (latitude <= north) & (longitude >= west) & (longitude <= east)
        turned = (longitude >= south) & (longitude <= north) & (latitude >= west) & (latitude <= east)
    cells.flag(
        "swapped_suspected",
        "latitude",
        known & ~inside & turned,
        lambda at: (
            f"The place ({latitude[at]:g}, {longitude[at]:g}) is far from nearly all others, and would be among them "
            "if latitude and longitude were swapped; it was kept as it is."
        ),
        "Check it, and swap the two if they are.",
        Severity.WARNING,
    )
