"""Small plan folders, built in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.folder import PlanFolder
from data.read.rule_kinds import AMOUNTS, IDS, TEXTS
from planner.scenario import Band, Scenario

ACCOUNT_TEXT = (
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
)
TABLES: dict[str, dict[str, Any]] = {
    "seats": {
        "territory_id": "",
        "rep_name": "",
        "region": "",
        "latitude": np.nan,
        "longitude": np.nan,
        "target_share": np.nan,
        "capacity_hours": np.nan,
        "skills": "",
        "start_date": "",
        "end_date": "",
    },
    "history": {"account_id": "", "territory_id": "", "seat_id": "", "component": "", "currency": ""},
    "rules": dict.fromkeys((*IDS, *TEXTS), "") | dict.fromkeys(AMOUNTS, np.nan),
    "travel": {"account_id": "", "unit_id": ""},
    "hierarchy": {"level": "", "name": "", "over_assignment": np.nan},
    "adjacency": {"length_m": np.nan},
    "postal_codes": {"country": ""},
}
SQUARE_DEG = 0.5


class MakeFolder(Protocol):
    def __call__(self, **tables: Any) -> PlanFolder: ...


def make(
    accounts: list[dict[str, Any]] | None = None,
    units: gpd.GeoDataFrame | None = None,
    scenario: Scenario | None = None,
    **tables: list[dict[str, Any]],
) -> PlanFolder:
    """Build a folder as reading would: canonical columns filled in, other numeric columns as measures."""
    frames: dict[str, Any] = {}
    if accounts is not None:
        frame = pd.DataFrame(accounts)
        frame["account_id"] = frame["account_id"].astype(object)
        known = {"account_id", "latitude", "longitude", "locked", *ACCOUNT_TEXT}
        measures = tuple(n for n in frame if n not in known and pd.api.types.is_numeric_dtype(frame[n]))
        for name in ACCOUNT_TEXT:
            frame[name] = frame[name].fillna("").astype(object) if name in frame else ""
        for name in ("latitude", "longitude"):
            frame[name] = frame[name].astype(float) if name in frame else np.nan
        frame["locked"] = frame["locked"].eq(True) if "locked" in frame else False
        frames |= {"accounts": frame, "account_measures": measures}
    if units is not None:
        held = {"unit_id", "name", "territory_id", "locked", "region", "required_skill", "geometry"}
        frames |= {
            "units": units,
            "unit_measures": tuple(
                n for n in units if n not in held and pd.api.types.is_numeric_dtype(units[n])
            ),
        }
    for name, rows in tables.items():
        frame = pd.DataFrame(rows)
        for column, empty in TABLES[name].items():
            frame[column] = frame[column].fillna(empty) if column in frame else empty
        if name == "rules":
            frame["row"] = np.arange(len(frame)) + 2
        frames[name] = frame
    given = scenario or Scenario(measures={"sales": Band(0.5, 0.5)})
    return PlanFolder(path=Path("plan"), scenario=given, **frames)


def grid(columns: int, rows: int, **values: Any) -> gpd.GeoDataFrame:
    """Return square areas ``U00``, ``U10``, … (column, row) of half a degree from 42 N, 94 W."""
    cells, names = [], []
    for row in range(rows):
        for column in range(columns):
            west, south = -94 + column * SQUARE_DEG, 42 + row * SQUARE_DEG
            cells.append(shapely.box(west, south, west + SQUARE_DEG, south + SQUARE_DEG))
            names.append(f"U{column}{row}")
    frame = gpd.GeoDataFrame({"unit_id": names, "name": names}, geometry=cells, crs="EPSG:4326")
    frame["unit_id"] = frame["unit_id"].astype(object)
    frame["territory_id"] = values.pop("territory_id", "")
    frame["locked"] = values.pop("locked", False)
    return frame.assign(**values)


@pytest.fixture(scope="session")
def make_folder() -> MakeFolder:
    """Builds a plan folder from lists of rows."""
    return make


@pytest.fixture(scope="session")
def make_grid() -> Any:
    """Builds a grid of square areas."""
    return grid
