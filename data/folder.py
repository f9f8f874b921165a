"""A plan folder after reading: clean frames, the scenario, and every problem found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd

from planner.errors import Problem
from planner.scenario import Scenario


@dataclass(frozen=True, eq=False)
class PlanFolder:
    """What a plan folder holds, with canonical column names and types.

    Text columns hold `str`, with ``""`` where the file had nothing; ids are exactly as they came in. Numbers are
    float64 with NaN where the file had nothing. Money is int64 minor units. Optional columns that the file does
    not have are absent from the frame, except where stated.

    Parameters
    ----------
    path
        Where it was read from.
    accounts
        ``account_id``; always present besides: ``latitude``, ``longitude`` (float, NaN where none),
        ``postal_code``, ``country``, ``unit_id``, ``territory_id``, ``seat_id``, ``name``, ``segment``,
        ``parent_account_id``, ``region``, ``required_skill`` (text), ``locked`` (bool), one float column per name in
        `account_measures`; besides, under their own headers, the columns that rules speak of (float or text).
    account_measures
        Numeric columns of the accounts that can be balanced.
    units
        GeoDataFrame in EPSG:4326: ``unit_id``, ``name``, ``territory_id``, ``region``, ``required_skill`` (text),
        ``locked`` (bool), `geometry` (polygons or points), one float column per name in `unit_measures`; besides those
        that rules speak of.
    unit_measures
        Numeric columns of the units that can be balanced.
    adjacency
        ``unit_id``, ``neighbour_id``, ``length_m`` (NaN where not stated).
    seats
        ``seat_id``, ``territory_id``, ``rep_name``, ``region``, ``node_id`` (the one where only the other is stated),
        ``skills``, ``pay_plan``, ``currency`` (text), ``latitude``, ``longitude``,
        ``target_share``, ``capacity_hours`` (float, NaN), ``start_date``, ``end_date`` (text, ISO),
        ``quota_last_year_cents``, ``on_target_earnings_cents`` (float, NaN; the latter in minor units of ``currency``).
    hierarchy
        ``node_id``, ``parent_id``, ``level``, ``name`` (text), ``over_assignment`` (float, NaN).
    targets
        ``node_id``, ``component``, ``period``, ``currency`` (text), ``amount_cents`` (int64).
    history
        One of ``account_id`` / ``territory_id`` / ``seat_id`` (text, ``""`` where not given), ``period`` (text:
        ``2025``, ``2025-Q3`` or ``2025-07``), ``component``, ``currency`` (text), ``amount_cents`` (int64).
    rules
        ``kind``, ``name``, ``account_id``, ``unit_id``, ``where``, ``of``, ``territory_id``, ``seat_id``, ``region``,
        ``with_account_id``, ``with_unit_id``, ``group``, ``by``, ``skill``, ``measure`` (text), ``value``,
        ``min_share``, ``max_share`` (float, NaN), ``row`` (int, the row of the file). Those of plan.toml are in
        `scenario`.
    overrides
        One of ``territory_id`` / ``seat_id`` / ``node_id``, ``component``, ``period``, ``currency``, ``reason``,
        ``author``, ``date`` (text), ``amount_cents`` (int64, of its own currency), ``row``.
    credits
        ``seat_id``, ``territory_id``, ``kind`` (``split`` or ``overlay``), ``component`` (text), ``share`` (float),
        ``row``.
    rates
        ``currency``, ``rate`` (exact decimal text: one unit in the currency of the plan), ``row``.
    account_targets
        ``account_id``, ``component``, ``period``, ``currency`` (text), ``amount_cents`` (int64).
    former_seats
        Seats that were just given up, with the columns of `seats`: who served the customers of today. No file holds
        them; `data.seat_changes` does.
    travel
        ``account_id`` or ``unit_id``, ``seat_id`` or ``to_account_id`` (text), ``hours`` (float): the way from the one
        to the other, one way.
    postal_codes
        ``postal_code``, ``country``, ``latitude``, ``longitude``; places a folder brings along for postal codes.
    scenario
        What ``plan.toml`` asks for, defaults where it is silent.
    problems
        Warnings that reading produced; errors were raised.
    fingerprints
        SHA-256 of every file read, by file name.
    """

    path: Path
    accounts: pd.DataFrame | None = None
    account_measures: tuple[str, ...] = ()
    units: gpd.GeoDataFrame | None = None
    unit_measures: tuple[str, ...] = ()
    adjacency: pd.DataFrame | None = None
    seats: pd.DataFrame | None = None
    hierarchy: pd.DataFrame | None = None
    targets: pd.DataFrame | None = None
    history: pd.DataFrame | None = None
    rules: pd.DataFrame | None = None
    overrides: pd.DataFrame | None = None
    credits: pd.DataFrame | None = None
    rates: pd.DataFrame | None = None
    account_targets: pd.DataFrame | None = None
    former_seats: pd.DataFrame | None = None
    travel: pd.DataFrame | None = None
    postal_codes: pd.DataFrame | None = None
    scenario: Scenario = field(default_factory=Scenario)
    problems: tuple[Problem, ...] = ()
    fingerprints: dict[str, str] = field(default_factory=dict)
