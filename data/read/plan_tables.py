"""Seats, hierarchy, targets, history, travel times and postal codes: from matched cells to canonical frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.read.cells import Cells
from data.read.columns import tell_missing_column
from data.read.entities import Entities
from data.read.numbers import Numbers
from data.read.places import read_places
from planner.errors import Severity

_OWNERS = ("account_id", "territory_id", "seat_id")


def done(cells: Cells, frame: pd.DataFrame) -> Entities:
    """Return what was read, and report columns that nothing was made of."""
    cells.tell_unused(cells.matched.others)
    return Entities(frame, (), cells.raw.row, cells.raw.file)


def read_seats(cells: Cells) -> Entities:
    """Return the seats."""
    frame = pd.DataFrame({"seat_id": cells.ids("seat_id", "an id")})
    for name in ("territory_id", "rep_name", "region", "node_id", "skills"):
        frame[name] = cells.text(name)
    node, region = frame["node_id"], frame["region"]
    frame["node_id"], frame["region"] = node.where(node != "", region), region.where(region != "", node)
    frame["currency"] = cells.codes()
    again = frame["territory_id"].duplicated() & (frame["territory_id"] != "")
    cells.flag(
        "duplicate_territory",
        "territory_id",
        again.to_numpy(bool),
        "Another seat has this territory already; a territory has one seat.",
        "Give each seat its own territory, or leave it empty.",
    )
    frame["latitude"], frame["longitude"], _ = read_places(cells)
    frame["target_share"] = cells.fraction("target_share", most=1)
    frame["capacity_hours"] = cells.number("capacity_hours", expect="a number of hours")
    for name in ("start_date", "end_date"):
        frame[name] = cells.dates(name)
    both = (frame["start_date"] != "") & (frame["end_date"] != "")
    cells.flag(
        "dates_reversed",
        "end_date",
        (both & (frame["end_date"] < frame["start_date"])).to_numpy(bool),
        "The seat ends before it starts.",
        "Correct one of the two dates.",
    )
    frame["pay_plan"] = cells.text("pay_plan").str.strip()
    for name in ("quota_last_year", "on_target_earnings"):
        cents, numbers = cells.money(name, negative=False, by_row=True)
        _flag_other_currency(cells, name, numbers, frame["currency"])
        missing = np.ones(len(cells), bool) if numbers is None else numbers.missing | numbers.wrong
        frame[f"{name}_cents"] = np.where(missing, np.nan, cents.astype(np.float64))
    return done(cells, frame)


def _flag_other_currency(cells: Cells, name: str, numbers: Numbers | None, currency: pd.Series) -> None:
    """Report amounts of a seat with the sign of another currency than the seat's."""
    if numbers is None:
        return
    beside = cells.beside(numbers)
    own = currency.where(currency != "", cells.currency)
    cells.flag(
        "other_currency",
        name,
        ((beside != "") & (beside != own)).to_numpy(bool),
        lambda at: f"The amounts of the seat are in {own.iloc[at]}.",
        "Convert the amount, or state its currency in the column currency.",
    )


def read_hierarchy(cells: Cells) -> Entities:
    """Return the nodes; a parent that is none of them, and a node above itself, are errors."""
    frame = pd.DataFrame({"node_id": cells.ids("node_id", "an id")})
    for name in ("parent_id", "level", "name"):
        frame[name] = cells.text(name)
    frame["over_assignment"] = cells.fraction("over_assignment", most=1)
    parent = frame["parent_id"]
    unknown = (parent != "") & ~parent.isin(frame["node_id"])
    cells.flag(
        "unknown_node",
        "parent_id",
        unknown.to_numpy(bool),
        "The parent is no node of this file.",
        "Add a row for it, or correct the id; the top node has no parent.",
    )
    circle = _in_circle(dict(zip(frame["node_id"], parent, strict=True)))
    cells.flag(
        "hierarchy_circle",
        "parent_id",
        frame["node_id"].isin(circle).to_numpy(bool),
        lambda at: f"The node {frame['node_id'].iloc[at]!r} stands above itself.",
        "Break the circle: the top node has no parent.",
    )
    return done(cells, frame)


def _in_circle(parent: dict[str, str]) -> set[str]:
    """Return the nodes that are their own ancestors."""
    inside: set[str] = set()
    done: set[str] = set()
    for start in parent:
        path: dict[str, None] = {}
        node = start
        while node and node in parent and node not in done and node not in path:
            path[node] = None
            node = parent[node]
        if node in path:
            walked = list(path)
            inside |= set(walked[walked.index(node) :])
        done |= set(path)
    return inside


def read_targets(cells: Cells) -> Entities:
    """Return the targets; amounts in minor units."""
    frame = pd.DataFrame({"node_id": cells.needed("node_id", "a node")})
    frame["component"] = cells.text("component")
    frame["period"] = cells.periods("period", needed=False)
    cents, numbers = cells.money("amount", negative=False)
    if numbers is not None:
        cells.flag(
            "missing_amount",
            "amount",
            numbers.missing,
            "The target has no amount.",
            "Fill it in, or remove the row.",
        )
    frame["currency"] = cells.currencies(numbers)
    frame["amount_cents"] = cents
    again = frame.duplicated(["node_id", "component", "period"]).to_numpy(bool)
    cells.flag(
        "duplicate_target",
        "node_id",
        again,
        "The same node, component and period has a target already.",
        "Keep one of the rows.",
    )
    return done(cells, frame)


def read_history(cells: Cells) -> Entities:
    """Return the history; amounts in minor units, below zero allowed (returns)."""
    raw = cells.raw
    frame = pd.DataFrame({name: cells.text(name) for name in _OWNERS})
    if all(cells.column(name) is None for name in _OWNERS):
        tell_missing_column("account_id", raw.headers, raw.file, cells.matched.schema, cells.report)
    else:
        first = next(name for name in _OWNERS if cells.column(name) is not None)
        nobody = (frame[list(_OWNERS)] == "").all(axis=1).to_numpy(bool)
        cells.flag(
            "blank_id",
            first,
            nobody,
            "The row does not say whose amount it is.",
            "Fill in account_id, territory_id or seat_id, or remove the row.",
        )
    frame["period"] = cells.periods("period", needed=cells.column("period") is not None)
    frame["component"] = cells.text("component")
    cents, numbers = cells.money("amount", negative=True)
    if numbers is not None and (column := cells.column("amount")) is not None:
        cells.report.missing(raw, column, numbers.missing, "count as 0")
    frame["currency"] = cells.currencies(numbers)
    frame["amount_cents"] = cents
    again = frame.duplicated([*_OWNERS, "period", "component"]).to_numpy(bool)
    if again.any():
        at = int(np.argmax(again))
        cells.report.warning(
            "repeated_history",
            "Rows name the same owner, period and component as an earlier one; their amounts were added up.",
            "Nothing to do if they are parts of a whole; remove them if they are copies.",
            file=raw.file,
            row=int(raw.row[at]),
            column="period",
            value=str(frame["period"].iloc[at]),
            count=int(again.sum()),
        )
    return done(cells, frame)


def read_travel(cells: Cells) -> Entities:
    """Return travel times in hours one way: from seats to accounts or units, and from account to account."""
    frame = pd.DataFrame({name: cells.text(name) for name in ("account_id", "unit_id")})
    nobody = (frame == "").all(axis=1).to_numpy(bool)
    cells.flag(
        "blank_id",
        "account_id" if cells.column("account_id") is not None else "unit_id",
        nobody,
        "The row does not say where the way leads to.",
        "Fill in account_id or unit_id, or remove the row.",
    )
    frame["seat_id"], frame["to_account_id"] = cells.text("seat_id"), cells.text("to_account_id")
    cells.flag(
        "blank_id",
        "seat_id",
        ((frame["seat_id"] == "") == (frame["to_account_id"] == "")).to_numpy(bool),
        "The row needs the other end of the way, a seat or another account, and one of them only.",
        "Fill in seat_id or to_account_id, or remove the row.",
    )
    frame["hours"] = cells.number("hours", expect="a number of hours")
    told = np.isfinite(frame["hours"].to_numpy())
    column = cells.column("hours")
    if column is not None:
        told |= (column.text.str.strip() != "").to_numpy(bool)
    cells.flag(
        "missing_hours",
        "hours",
        ~told,
        "The row does not say how long the way takes.",
        "Fill in the hours, or remove the row: the time is then estimated from the distance.",
    )
    again = frame.duplicated(["account_id", "unit_id", "seat_id", "to_account_id"]).to_numpy(bool)
    cells.flag(
        "duplicate_travel",
        "hours",
        again,
        "An earlier row states the same way.",
        "Keep one of the rows.",
    )
    return done(cells, frame)


def read_postal_codes(cells: Cells) -> Entities:
    """Return places that the folder brings along for postal codes; a row without a place is left out."""
    frame = pd.DataFrame({"postal_code": cells.needed("postal_code", "a postal code").str.strip()})
    frame["country"] = cells.text("country")
    frame["latitude"], frame["longitude"], told = read_places(cells)
    nowhere = frame["latitude"].isna().to_numpy(bool)
    cells.flag(
        "no_place",
        "latitude",
        nowhere & ~told,
        "The postal code has no place; it was left out.",
        "Fill in latitude and longitude.",
        Severity.WARNING,
    )
    again = frame.duplicated(["postal_code", "country"]).to_numpy(bool)
    cells.flag(
        "duplicate_id",
        "postal_code",
        again & ~nowhere,
        "The same postal code stands in an earlier row.",
        "Keep one of the rows.",
    )
    return done(cells, frame[~nowhere].reset_index(drop=True))
