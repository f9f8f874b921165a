"""What a folder has that changes of a scenario may name."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.folder import PlanFolder
from data.schema import COUNTED
from planner.coverage import WORKLOAD_HOURS
from planner.scenarios import Known


def known_of(folder: PlanFolder) -> Known:
    """Return the ids and names of a folder."""
    tables = [table for table in (folder.accounts, folder.units) if table is not None]
    in_force = _texts(*(table["territory_id"] for table in tables))
    seats, nodes = folder.seats, folder.hierarchy
    has_seats = seats is not None and len(seats) > 0
    computed = {WORKLOAD_HOURS} if folder.scenario.coverage.has_call_plan else set()
    return Known(
        accounts=_column(folder.accounts, "account_id"),
        units=_column(folder.units, "unit_id"),
        seats=_column(seats, "seat_id") if has_seats else in_force,
        territories=in_force | _column(seats, "territory_id") | _column(seats, "seat_id"),
        regions=_texts(
            *(table["region"] for table in tables if "region" in table),
            *(seats[name] for name in ("region", "node_id") if seats is not None and name in seats),
            *(nodes[name] for name in ("node_id", "name") if nodes is not None),
        ),
        segments=_column(folder.accounts, "segment") | frozenset(folder.scenario.coverage.segments),
        levels=_column(nodes, "level"),
        measures=frozenset({*folder.account_measures, *folder.unit_measures, *COUNTED, *computed}),
        rules=() if folder.rules is None else tuple(_plain(row) for row in folder.rules.to_dict("records")),
    )


def _column(table: pd.DataFrame | None, name: str) -> frozenset[str]:
    return frozenset() if table is None or name not in table else _texts(table[name])


def _texts(*columns: pd.Series) -> frozenset[str]:
    return frozenset(str(text).strip() for column in columns for text in column.unique()) - {""}


def _plain(row: dict[Any, Any]) -> dict[str, object]:
    return {str(name): value for name, value in row.items()}
