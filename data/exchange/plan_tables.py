"""The tables of a plan as they go out, whole or fenced to some territories."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.export.folder import PRODUCT
from data.reopen import read_run, reopen
from planner.errors import InvalidInput, Problem, Severity

TABLES = ("assignments", "territories", "quotas", "seat_quotas", "unplaced")
"""Tables of an output that go out, where they are there."""
MONEY = frozenset(("amount", "local_amount", "quota_total", "expected_loss", "revenue_taken_over"))
"""Columns with amounts as exact decimal text."""
FREE_TEXT = frozenset(("reason", "segment", "rep_name", "region", "name", "role"))
"""Columns of text for people: what a spreadsheet would run is neutralised."""
_TEXT = FREE_TEXT | {"component", "period", "currency", "local_currency", "status"}
DEGREES = "EPSG:4326"


@dataclass(frozen=True, eq=False)
class PlanTables:
    """What a plan consists of, ready to be written.

    Parameters
    ----------
    name, currency
        Of the plan.
    tables
        By name: ids and other texts as `str`, amounts as `Decimal` (None where there is none), numbers as float64.
    points
        ``account_id``, ``name``, ``territory_id``, ``seat_id`` and the place of each account that has both, in
        EPSG:4326; None where the places were not asked for, or there are no accounts.
    polygons
        The columns of the territories, ``colour``, and the shape of each (None where it has none), in EPSG:4326; None
        where shapes were not asked for.
    fence
        Territories that all of it is limited to; None for the whole plan.
    problems
        What could not be told, as warnings.
    """

    name: str
    currency: str
    tables: Mapping[str, pd.DataFrame]
    points: gpd.GeoDataFrame | None = None
    polygons: gpd.GeoDataFrame | None = None
    fence: frozenset[str] | None = None
    problems: tuple[Problem, ...] = field(default=())


def read_tables(out: Path, *, places: bool, inputs: Path | None = None) -> PlanTables:
    """Read the tables of an output folder.

    Parameters
    ----------
    out
        Output folder.
    places
        Whether points of accounts and shapes of territories are wanted: points come from the inputs.
    inputs
        Plan folder that the plan was made from, if that has moved.

    Raises
    ------
    InvalidInput
        Where `out` is no whole output, or, where places are wanted, its inputs are gone or no longer fit.
    """
    run = read_run(out)
    try:
        tables = {
            name: _typed(pd.read_csv(out / f"{name}.csv", dtype=str, keep_default_na=False))
            for name in TABLES
            if name in ("assignments", "territories") or (out / f"{name}.csv").exists()
        }
        for name, column in (("assignments", "territory_id"), ("territories", "territory_id")):
            tables[name][column]
        polygons = _polygons(out / "territories.geojson", tables["territories"]) if places else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InvalidInput(
            [
                Problem(
                    f"This is not a whole output: {type(fault).__name__}: {fault}.",
                    "Name a folder that `planner solve` wrote, or write it again.",
                    value=str(out),
                    code="not_an_output",
                )
            ]
        ) from fault
    scenario: dict[str, Any] = run["scenario"]
    quotas = tables.get("quotas")
    stated = "" if quotas is None or not len(quotas) else str(quotas["currency"].iloc[0])
    currency = stated or str((scenario.get("quota") or {}).get("currency", "USD"))
    points, problems = _points(out, inputs, tables["assignments"]) if places else (None, ())
    return PlanTables(
        str(scenario.get("name") or PRODUCT), currency, tables, points, polygons, problems=problems
    )


def fenced(plan: PlanTables, territories: Collection[str]) -> PlanTables:
    """Return what concerns some territories only, as their manager may see it.

    Rows of other territories are gone, accounts without a territory too; where a row names another territory or seat
    (where an account comes from, a reason), that is blank.
    """
    inside = frozenset(territories)
    names = _foreign(plan, inside)
    pattern = _pattern(names)
    tables = {
        name: _masked(rows[rows["territory_id"].isin(inside)], names, pattern)
        for name, rows in plan.tables.items()
        if "territory_id" in rows
    }
    points, polygons = plan.points, plan.polygons
    if points is not None:
        points = _masked(points[points["territory_id"].isin(inside)], names, pattern)
    if polygons is not None:
        polygons = _masked(polygons[polygons["territory_id"].isin(inside)], names, pattern)
    return replace(plan, tables=tables, points=points, polygons=polygons, fence=inside, problems=())


def _foreign(plan: PlanTables, inside: frozenset[str]) -> frozenset[str]:
    """Return ids of territories and seats that lie outside."""
    owned = plan.tables["territories"]
    rows = plan.tables["assignments"]
    known = {*owned["territory_id"], *rows["territory_id"], *rows["previous_territory_id"]}
    ours = {*inside, *owned.loc[owned["territory_id"].isin(inside), "seat_id"]}
    return frozenset((known | set(owned["seat_id"])) - ours - {""})


def _pattern(names: Collection[str]) -> re.Pattern[str] | None:
    if not names:
        return None
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _masked(rows: pd.DataFrame, names: frozenset[str], pattern: re.Pattern[str] | None) -> pd.DataFrame:
    rows = rows.reset_index(drop=True).copy()
    for name in ("previous_territory_id",):
        if name in rows:
            rows[name] = [("" if cell in names else cell) for cell in rows[name]]
    if pattern is not None and "reason" in rows:
        rows["reason"] = ["" if pattern.search(cell) else cell for cell in rows["reason"]]
    return rows


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table with amounts exact, numbers as numbers, everything else as text."""
    columns: dict[str, object] = {}
    for name in rows.columns:
        cells = rows[name].tolist()
        if name in MONEY and (amounts := _amounts(cells)) is not None:
            columns[name] = pd.Series(amounts, dtype=object)
        elif name.endswith("_id") or name in _TEXT or (numbers := _numbers(cells)) is None:
            columns[name] = pd.Series(cells, dtype=object)
        else:
            columns[name] = numbers
    return pd.DataFrame(columns)


def _amounts(cells: list[str]) -> list[Decimal | None] | None:
    try:
        found = [Decimal(cell) if cell else None for cell in cells]
    except InvalidOperation:
        return None
    known = [one for one in found if one is not None]
    return found if known and all(one.is_finite() for one in known) else None


def _numbers(cells: list[str]) -> np.ndarray | None:
    """Return numbers, NaN for none; None where a cell is no number as this product writes them."""
    if not any(cells):
        return None
    if any(cell and not (cell.lstrip("-")[:1].isdigit() and cell.isascii()) for cell in cells):
        return None
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return None


def _polygons(path: Path, territories: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the shapes of the map layer with the columns of the table."""
    layer = json.loads(path.read_text("utf-8"))
    shapes, colours = {}, {}
    for feature in layer["features"]:
        one = str(feature["properties"]["territory_id"])
        shapes[one] = None if feature["geometry"] is None else shapely.geometry.shape(feature["geometry"])
        colours[one] = str(feature["properties"].get("colour", ""))
    rows = territories.copy()
    if "colour" not in rows:
        rows["colour"] = [colours.get(one, "") for one in rows["territory_id"]]
    return gpd.GeoDataFrame(rows, geometry=[shapes.get(one) for one in rows["territory_id"]], crs=DEGREES)


def _points(
    out: Path, inputs: Path | None, assignments: pd.DataFrame
) -> tuple[gpd.GeoDataFrame | None, tuple[Problem, ...]]:
    """Return the places of accounts with their owners, and how many accounts have none."""
    opened = reopen(out, inputs)
    accounts, given = opened.assembled.accounts, opened.assembled.folder.accounts
    if accounts is None or given is None:
        return None, ()
    rows = assignments[assignments["account_id"] != ""].drop_duplicates("account_id")
    place = pd.DataFrame(
        {
            "account_id": [str(one) for one in accounts.account_id],
            "name": [str(one) for one in given["name"]] if "name" in given else "",
            "longitude": opened.assembled.account_place_deg[:, 0],
            "latitude": opened.assembled.account_place_deg[:, 1],
        }
    )
    kept = rows[["account_id", "territory_id", "seat_id", "previous_territory_id", "reason"]]
    both = kept.merge(place, on="account_id", how="left")
    has_place = both["longitude"].notna() & both["latitude"].notna()
    problems: tuple[Problem, ...] = ()
    if not has_place.all():
        missing = both.loc[~has_place, "account_id"]
        why = "These accounts have a territory but no place, so no point shows them; the tables have them."
        problems = (
            Problem(
                why,
                "Fill in coordinates or a postal code.",
                "accounts",
                None,
                "account_id",
                str(missing.iloc[0])[:80],
                Severity.WARNING,
                "no_place",
                len(missing),
            ),
        )
    both = both[has_place]
    columns = ["account_id", "name", "territory_id", "seat_id", "previous_territory_id", "reason"]
    points = shapely.points(both["longitude"].to_numpy(), both["latitude"].to_numpy())
    return gpd.GeoDataFrame(both[columns].reset_index(drop=True), geometry=points, crs=DEGREES), problems
