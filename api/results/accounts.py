"""The account table of a plan: filtered, sorted, a page at a time."""

from __future__ import annotations

from typing import Any

import pandas as pd

from api.errors import ApiError
from api.schemas.results import AccountPage, AccountRow

MEASURE = "value:"
"""How columns begin that hold measures."""
MOVED, ELSEWHERE = "moved", "elsewhere"
"""Columns of a table that leaves out some territories: whether the owner changes, and which one is not told."""
_SORTED_BY = ("account_id", "name", "territory_id", "previous_territory_id", "reason", "place")


def account_page(
    frame: pd.DataFrame,
    *,
    territory_id: str | None,
    search: str,
    moved: bool,
    sort: str,
    descending: bool,
    offset: int,
    limit: int,
) -> AccountPage:
    """Return some accounts: filtered first, then sorted, then cut.

    Parameters
    ----------
    frame
        One row per account, its position as the index.

    Raises
    ------
    ApiError
        422 where there is no column to sort by.
    """
    values = [column for column in frame.columns if column.startswith(MEASURE)]
    if territory_id is not None:
        frame = frame[frame["territory_id"] == territory_id]
    if search:
        hit = frame["account_id"].str.contains(search, case=False, regex=False)
        frame = frame[hit | frame["name"].str.contains(search, case=False, regex=False)]
    if moved:
        frame = frame[has_moved(frame)]
    column = f"{MEASURE}{sort}" if f"{MEASURE}{sort}" in values else sort
    if column not in (*_SORTED_BY, *values):
        known = [*_SORTED_BY, *(value.removeprefix(MEASURE) for value in values)]
        raise ApiError(422, "invalid-request", f"Cannot sort by {sort!r}; possible: {', '.join(known)}.")
    frame = frame.sort_values(column, ascending=not descending, kind="stable")
    rows = frame.iloc[offset : offset + limit]
    return AccountPage(
        total=len(frame),
        offset=offset,
        accounts=[_account(position, row, values) for position, row in rows.iterrows()],
    )


def account_at(frame: pd.DataFrame, position: int) -> AccountRow:
    """Return one account by its position; `ApiError` 404 where there is none."""
    if position not in frame.index:
        raise ApiError(404, "not-found", f"The plan has no account {position}. GET …/accounts lists them.")
    values = [column for column in frame.columns if column.startswith(MEASURE)]
    return _account(position, frame.loc[[position]].iloc[0], values)


def has_moved(frame: pd.DataFrame) -> Any:
    """Return which accounts change owner, as a series of truth values."""
    if MOVED in frame:
        return frame[MOVED]
    previous = frame["previous_territory_id"]
    return (previous != "") & (previous != frame["territory_id"])


def _account(position: Any, row: pd.Series, values: list[str]) -> AccountRow:
    return AccountRow(
        position=int(position),
        account_id=row["account_id"],
        name=row["name"],
        territory_id=row["territory_id"],
        previous_territory_id=row["previous_territory_id"],
        reason=row["reason"],
        elsewhere=row.get(ELSEWHERE, ""),
        place=row["place"],
        values={column.removeprefix(MEASURE): float(row[column]) for column in values},
    )
