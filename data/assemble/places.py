"""Where each account is: by coordinates, else postal code, else unit; every repair is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from data.assemble.areas import Areas
from data.assemble.findings import Findings, examples
from data.folder import PlanFolder
from geo.crs import Projection
from geo.locate import locate
from planner.arrays import FloatArray, IdArray

BoolArray = NDArray[np.bool_]

FAR_M = 50_000.0
"""An account farther than this from every area is taken to have wrong coordinates."""
NEAR_ADVICE = "Check the coordinates; a few km outside are usual where outlines are simplified."
FAR_ADVICE = "Correct the coordinates, add the units they lie in, or leave these accounts out."
ANYWHERE_M = 3e7
"""More than any two places on earth are apart."""


@dataclass(eq=False)
class Places:
    """Place of each account.

    Parameters
    ----------
    degrees, xy_m
        Longitude and latitude, and the same on the projection, shape ``(n_accounts, 2)``; NaN where none.
    source
        ``coordinates``, ``postal_code``, ``unit`` or ``""``, shape ``(n_accounts,)``.
    area
        Position of the area each account belongs to, −1 where none, shape ``(n_accounts,)``.
    """

    degrees: FloatArray
    xy_m: FloatArray
    source: IdArray
    area: NDArray[np.intp]

    @property
    def known(self) -> BoolArray:
        """Which accounts have a place."""
        return self.source != ""

    def put(
        self, rows: NDArray[np.intp] | BoolArray, degrees: FloatArray, xy_m: FloatArray, source: str
    ) -> None:
        """Move the accounts `rows` to a place."""
        self.degrees[rows], self.xy_m[rows], self.source[rows] = degrees, xy_m, source


def place_accounts(
    folder: PlanFolder,
    areas: Areas | None,
    postal_deg: FloatArray,
    projection: Projection,
    findings: Findings,
) -> Places:
    """Place the accounts of the folder.

    Coordinates come first, then the postal code, then the stated unit. An account belongs to its stated unit
    where it names one, else to the area it lies in, or near: outlines are coarse. One far outside all areas is
    tried with latitude and longitude swapped, then by its postal code, and goes to the nearest area at last.

    Parameters
    ----------
    postal_deg
        Longitude and latitude of each account's postal code, shape ``(n_accounts, 2)``; NaN where unknown.
    """
    accounts = folder.accounts
    if accounts is None:
        nowhere = np.zeros((0, 2))
        return Places(nowhere, nowhere, np.zeros(0, dtype=object), np.zeros(0, dtype=np.intp))
    places = _by_coordinates(accounts, projection)
    _by_postal_code(places, accounts, postal_deg, projection, findings)
    if areas is not None:
        _by_unit(places, accounts, areas, projection, findings)
        _by_area(places, accounts, areas, postal_deg, projection, findings)
    return places


def _by_coordinates(accounts: pd.DataFrame, projection: Projection) -> Places:
    degrees = accounts[["longitude", "latitude"]].to_numpy(dtype=float).copy()
    source = np.where(np.isfinite(degrees).all(axis=1), "coordinates", "").astype(object)
    area = np.full(len(accounts), -1, dtype=np.intp)
    return Places(degrees, projection.to_m(*degrees.T), source, area)


def _by_postal_code(
    places: Places, accounts: pd.DataFrame, postal_deg: FloatArray, projection: Projection, findings: Findings
) -> None:
    rows = ~places.known & np.isfinite(postal_deg).all(axis=1)
    if rows.any():
        places.put(rows, postal_deg[rows], projection.to_m(*postal_deg[rows].T), "postal_code")
        findings.warn(
            "placed_by_postal_code",
            "Accounts without coordinates were placed at the middle of their postal code: "
            f"{examples(accounts['account_id'][rows])}.",
            "Add latitude and longitude where the exact place matters.",
            table="accounts",
            column="postal_code",
            count=int(rows.sum()),
        )
    unknown = ~places.known & (accounts["postal_code"] != "").to_numpy()
    if unknown.any():
        codes = accounts["postal_code"][unknown].unique()
        findings.warn(
            "unknown_postal_code",
            f"Accounts without coordinates have a postal code that is in no table: {examples(codes)}.",
            "Add coordinates, or a table postal_codes with postal_code, latitude and longitude.",
            table="accounts",
            column="postal_code",
            value=codes[0],
            count=int(unknown.sum()),
        )


def _by_unit(
    places: Places, accounts: pd.DataFrame, areas: Areas, projection: Projection, findings: Findings
) -> None:
    """Follow the unit that an account names; one whose place is far from it is put inside it."""
    stated = accounts["unit_id"].to_numpy(dtype=object)
    area = pd.Index(areas.area_id).get_indexer(stated)
    rows = np.flatnonzero(area >= 0)
    places.area[rows] = area[rows]
    elsewhere = rows[~_within(places.xy_m[rows], areas, area[rows], FAR_M)]
    by_code = rows[places.source[rows] == "postal_code"]
    coarse = by_code[~_within(places.xy_m[by_code], areas, area[by_code], 0.0)]
    moved = np.union1d(elsewhere, coarse)
    wrong = elsewhere[places.source[elsewhere] == "coordinates"]
    inside = areas.xy_m[area[moved]]
    places.put(moved, projection.to_degrees(inside), inside, "unit")
    if len(wrong):
        findings.warn(
            "far_from_unit",
            f"Coordinates more than {FAR_M / 1000:.0f} km from the unit that the account names: "
            f"{examples(accounts['account_id'].iloc[wrong])}. They were put in the middle of the unit.",
            "Correct the coordinates or the unit_id.",
            table="accounts",
            column="latitude",
            value=accounts["account_id"].iloc[wrong[0]],
            count=len(wrong),
        )


def _by_area(
    places: Places,
    accounts: pd.DataFrame,
    areas: Areas,
    postal_deg: FloatArray,
    projection: Projection,
    findings: Findings,
) -> None:
    """Find the area that every other account lies in, or mend its place."""

    def unfound() -> NDArray[np.intp]:
        return np.flatnonzero(places.known & (places.area < 0))

    rows = unfound()
    places.area[rows] = _find(places.xy_m[rows], areas, 0.0)
    rows = unfound()
    places.area[rows] = _find(places.xy_m[rows], areas, FAR_M)
    _tell_outside(
        places, rows[places.area[rows] >= 0], accounts, areas, "outside_areas", NEAR_ADVICE, findings
    )

    swapped_why = "latitude and longitude look swapped, and were swapped back"
    for degrees, source, code, why in (
        (places.degrees[:, ::-1].copy(), "coordinates", "swapped_coordinates", swapped_why),
        (postal_deg, "postal_code", "outside_all_areas", "the postal code was used instead"),
    ):
        rows = unfound()
        rows = rows[places.source[rows] == "coordinates"]
        rows = rows[np.isfinite(degrees[rows]).all(axis=1) & (np.abs(degrees[rows, 1]) <= 90)]
        xy_m = projection.to_m(*degrees[rows].T)
        found = _find(xy_m, areas, 0.0)
        hit = found >= 0
        if hit.any():
            places.put(rows[hit], degrees[rows[hit]], xy_m[hit], source)
            places.area[rows[hit]] = found[hit]
            ids = accounts["account_id"].iloc[rows[hit]]
            findings.warn(
                code,
                f"Coordinates more than {FAR_M / 1000:.0f} km outside every area; {why}: {examples(ids)}.",
                "Correct the coordinates.",
                table="accounts",
                column="latitude",
                value=ids.iloc[0],
                count=len(ids),
            )
    rows = unfound()
    places.area[rows] = _find(places.xy_m[rows], areas, ANYWHERE_M)
    _tell_outside(
        places, rows[places.area[rows] >= 0], accounts, areas, "outside_all_areas", FAR_ADVICE, findings
    )


def _tell_outside(
    places: Places,
    rows: NDArray[np.intp],
    accounts: pd.DataFrame,
    areas: Areas,
    code: str,
    advice: str,
    findings: Findings,
) -> None:
    """Warn of accounts that were given to the nearest area, farthest first."""
    if not len(rows) or areas.shapes is None:
        return
    shapes = areas.shapes.to_numpy()[places.area[rows]]
    km = shapely.distance(shapes, shapely.points(places.xy_m[rows])) / 1000
    order = np.argsort(-km, kind="stable")
    ids = accounts["account_id"].to_numpy(dtype=object)[rows]
    findings.warn(
        code,
        "Accounts outside every area were given to the nearest one: "
        f"{examples(f'{ids[i]} ({km[i]:,.1f} km outside)' for i in order)}.",
        advice,
        table="accounts",
        column="latitude",
        value=ids[order[0]],
        count=len(rows),
    )


def _find(xy_m: FloatArray, areas: Areas, tolerance_m: float) -> NDArray[np.intp]:
    """Return the area of each point, −1 where none is within the tolerance; the nearest one where areas are points."""
    found = np.full(len(xy_m), -1, dtype=np.intp)
    finite = np.isfinite(xy_m).all(axis=1)
    if not finite.any():
        return found
    if areas.shapes is None:
        found[finite] = cKDTree(areas.xy_m).query(xy_m[finite])[1]
    else:
        found[finite] = locate(xy_m[finite], areas.shapes, tolerance_m=tolerance_m)
    return found


def _within(xy_m: FloatArray, areas: Areas, area: NDArray[np.intp], distance_m: float) -> BoolArray:
    """Return which points lie within a distance of the area named for each; False where a point is unknown."""
    finite = np.isfinite(xy_m).all(axis=1)
    near = np.zeros(len(xy_m), dtype=bool)
    if areas.shapes is None:
        near[finite] = True
        return near
    shapes = areas.shapes.to_numpy()[area[finite]]
    near[finite] = shapely.distance(shapes, shapely.points(xy_m[finite])) <= distance_m
    return near
