"""Files of the year under way: sales to date, accounts that moved, relief that was granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from data.read.cells import Cells
from data.read.columns import ColumnMap
from data.read.dates import day_order, iso_date
from data.read.folder import matched_table, raw_table
from data.read.quota_tables import exact_share
from data.read.report import Report
from data.read.sources import fingerprint
from data.schema import HISTORY, Column, Kind, Table, key, nearest
from planner.errors import InvalidInput, Problem, Severity
from planner.quota.days import days_of
from planner.quota.in_year.changes import Move, ReliefGrant
from planner.quota.in_year.sold import Sold
from planner.quota.settings import Relief
from planner.quota.tie_out import SINGLE

ACTUALS = Table("actuals", HISTORY.columns)
MOVES = Table(
    "moves",
    (
        Column("account_id", Kind.ID, ("account", "unit_id", "unit"), ("id", "customer_id"), required=True),
        Column(
            "from", Kind.ID, ("from_territory_id", "from_territory"), ("old_territory_id", "from_seat_id")
        ),
        Column(
            "to",
            Kind.ID,
            ("to_territory_id", "to_territory"),
            ("new_territory_id", "to_seat_id", "territory_id"),
            required=True,
        ),
        Column("date", Kind.DATE, ("effective_date", "start_date"), ("day",), required=True),
        Column("reason", Kind.TEXT, ("why",), ("comment", "note")),
    ),
)
RELIEF = Table(
    "relief",
    (
        Column("territory_id", Kind.ID, ("territory",)),
        Column("seat_id", Kind.ID, ("seat",)),
        Column("amount", Kind.MONEY, ("amt", "relief"), ("value", "quota")),
        Column("share", Kind.FRACTION, ("fraction",), ("percent",)),
        Column("from", Kind.DATE, ("from_date", "start_date"), ("start",), required=True),
        Column("to", Kind.DATE, ("to_date", "end_date"), ("end",), required=True),
        Column("carried_by", Kind.TEXT, ("carrier", "relief_mode")),
        Column("reason", Kind.TEXT, ("why",), ("comment", "note"), required=True),
        Column("author", Kind.TEXT, ("granted_by", "approved_by"), ("by",)),
        Column("currency", Kind.TEXT, ("currency_code",)),
    ),
)
CARRIED_BY = {
    "": Relief.ABSORBED,
    "absorbed": Relief.ABSORBED,
    "nobody": Relief.ABSORBED,
    "company": Relief.ABSORBED,
    "shared": Relief.SHARED,
    "siblings": Relief.SHARED,
    "others": Relief.SHARED,
}
"""Words for who carries what a seat is relieved of, by their key."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Names:
    """What the files may speak of: positions by id, as in the plan.

    Parameters
    ----------
    entity
        Accounts (basic units where there are none).
    territory, seat
        Territories, and the territory of each seat.
    components, currency
        Of the quotas.
    owner
        Territory of each entity in the plan, by position; negative where nobody's.
    """

    entity: Mapping[str, int]
    territory: Mapping[str, int]
    seat: Mapping[str, int]
    components: tuple[str, ...]
    currency: str
    owner: np.ndarray

    def territory_or_seat(self, name: str) -> int:
        """Return the territory that an id of a territory or a seat means, −1 where it is none."""
        return self.territory.get(name, self.seat.get(name, -1))


@dataclass(frozen=True, eq=False)
class InYearFiles:
    """What the files say, warnings that reading produced, and SHA-256 of each file by its name."""

    sold: Sold
    moves: tuple[Move, ...] = ()
    grants: tuple[ReliefGrant, ...] = ()
    problems: tuple[Problem, ...] = ()
    fingerprints: dict[str, str] = field(default_factory=dict)


def read_in_year(
    actuals: Path, names: Names, moves: Path | None = None, relief: Path | None = None
) -> InYearFiles:
    """Read the files; CSV, XLSX or Parquet.

    Raises
    ------
    InvalidInput
        Where anything stops them from being used; carries every problem of all files.
    """
    report = Report()
    sold = _table(actuals, ACTUALS, names, report, _sold)
    moved = None if moves is None else _table(moves, MOVES, names, report, _moves)
    granted = None if relief is None else _table(relief, RELIEF, names, report, _grants)
    if report.has_errors or sold is None:
        raise InvalidInput(report.problems())
    files = [path for path in (actuals, moves, relief) if path is not None]
    prints = {path.name: fingerprint(path) for path in files}
    return InYearFiles(sold, moved or (), granted or (), report.problems(), prints)


def _table(
    path: Path, schema: Table, names: Names, report: Report, reader: Callable[[Cells, Names], Found]
) -> Found | None:
    """Return what one file says; None, reported, where it cannot be read."""
    if not path.is_file():
        why = f"There is no file {str(path)!r}."
        report.error("no_file", why, "Check the path.", file=path.name, value=str(path))
        return None
    try:
        raw = raw_table(path, path.name, schema, report)
    except OSError as fault:
        why = f"The file cannot be opened: {fault.strerror}."
        report.error("unreadable_file", why, "Check that you may read it.", file=path.name)
        return None
    matched = None if raw is None else matched_table(raw, schema, ColumnMap(), report)
    if matched is None or any(c.required and c.name not in matched.found for c in schema.columns):
        return None
    cells = Cells(matched, report, names.currency)
    found = reader(cells, names)
    cells.tell_unused(matched.others)
    return found


def _sold(cells: Cells, names: Names) -> Sold:
    account, territory, seat = (cells.text(name) for name in ("account_id", "territory_id", "seat_id"))
    nobody = (account == "") & (territory == "") & (seat == "")
    cells.flag(
        "blank_id",
        "account_id",
        nobody.to_numpy(bool),
        "The row does not say whose sales these are.",
        "Fill in account_id, territory_id or seat_id, or remove the row.",
    )
    entity = _positions(account, names.entity.get)
    _tell_unknown(cells, "account_id", account, entity, names.entity, "account of the plan", Severity.WARNING)
    place = _positions(territory, names.territory.get)
    _tell_unknown(cells, "territory_id", territory, place, names.territory, "territory of the plan")
    by_seat = _positions(seat, names.seat.get)
    _tell_unknown(cells, "seat_id", seat, by_seat, names.seat, "seat of the plan")
    owner = np.where(place >= 0, place, by_seat)
    owner[(account != "").to_numpy(bool)] = -1
    first, last = _days(cells)
    component = cells.text("component")
    known = {name: c for c, name in enumerate(names.components)}
    if names.components == SINGLE:
        part = np.zeros(len(cells), np.int32)
    else:
        part = _positions(component, known.get)
        _tell_unknown(cells, "component", component, part, known, "component of the quotas")
    cents, numbers = cells.money("amount", negative=True)
    if numbers is not None and (column := cells.column("amount")) is not None:
        cells.report.missing(cells.raw, column, numbers.missing, "count as 0")
    _tell_currency(cells, cells.codes(numbers), names)
    return Sold(entity, owner.astype(np.int32), part, first, last, cents)


def _days(cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last day of each row; dates that are not all firsts of months are days."""
    period = cells.periods("period", needed=True, one_kind=False)
    text = cells.text("period").str.strip()
    order = day_order([value for value in text.unique() if value])
    dates = {value: iso_date(value, order) for value in text.unique() if value}
    told = [found for found in dates.values() if found is not None]
    by_day = any(not found.endswith("-01") for found in told)
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for value, name in set(zip(text, period, strict=True)):
        single = dates.get(value) if by_day else None
        span = days_of(name) if single is None else (date.fromisoformat(single),) * 2
        spans[value, name] = (1, 1) if span is None else (span[0].toordinal(), span[1].toordinal())
    both = [spans[pair] for pair in zip(text, period, strict=True)]
    return np.array([span[0] for span in both]), np.array([span[1] for span in both])


def _moves(cells: Cells, names: Names) -> tuple[Move, ...]:
    account = cells.needed("account_id", "an account")
    entity = _positions(account, names.entity.get)
    _tell_unknown(cells, "account_id", account, entity, names.entity, "account of the plan")
    sides = {}
    for side in ("from", "to"):
        text = cells.text(side) if side == "from" else cells.needed(side, "a territory")
        sides[side] = _positions(text, names.territory_or_seat)
        _tell_unknown(
            cells,
            side,
            text,
            sides[side],
            {**names.seat, **names.territory},
            "territory or seat of the plan",
        )
    day = _dates(cells, "date")
    reason = cells.text("reason")
    if cells.report.has_errors:
        return ()
    # An empty `from` is wherever the account is on that day.
    source = sides["from"].copy()
    at: dict[int, int] = {}
    blank = (cells.text("from") == "").to_numpy(bool)
    for j in np.argsort(day.to_numpy(dtype=str), kind="stable").tolist():
        if blank[j]:
            source[j] = at.get(int(entity[j]), int(names.owner[entity[j]]))
        at[int(entity[j])] = int(sides["to"][j])
    return tuple(
        Move(
            int(entity[j]),
            int(source[j]),
            int(sides["to"][j]),
            date.fromisoformat(day.iloc[j]),
            reason.iloc[j],
            int(cells.raw.row[j]),
        )
        for j in range(len(cells))
    )


def _grants(cells: Cells, names: Names) -> tuple[ReliefGrant, ...]:
    territory, seat = cells.text("territory_id"), cells.text("seat_id")
    cells.flag(
        "blank_id",
        "territory_id" if cells.column("territory_id") is not None else "seat_id",
        ((territory == "") == (seat == "")).to_numpy(bool),
        "The row must name a territory or a seat, one of them.",
        "Fill in territory_id or seat_id.",
    )
    place, by_seat = _positions(territory, names.territory.get), _positions(seat, names.seat.get)
    _tell_unknown(cells, "territory_id", territory, place, names.territory, "territory of the plan")
    _tell_unknown(cells, "seat_id", seat, by_seat, names.seat, "seat of the plan")
    cents, numbers = cells.money("amount", negative=False)
    _tell_currency(cells, cells.codes(numbers), names)
    share = cells.fraction("share", most=1)
    first, last = _dates(cells, "from"), _dates(cells, "to")
    word = cells.text("carried_by").map(key)
    cells.flag(
        "unknown_carrier",
        "carried_by",
        ~word.isin(list(CARRIED_BY)).to_numpy(bool),
        "The cell says neither absorbed nor siblings.",
        "Write absorbed where the street quota falls, siblings where the others of the node take over.",
    )
    reason, author = cells.needed("reason", "a reason"), cells.text("author")
    if cells.report.has_errors:
        return ()
    blank = np.ones(len(cells), bool) if numbers is None else numbers.missing
    return tuple(
        ReliefGrant(
            int(place[j] if place[j] >= 0 else by_seat[j]),
            date.fromisoformat(first.iloc[j]),
            date.fromisoformat(last.iloc[j]),
            None if blank[j] else int(cents[j]),
            exact_share(share[j]) if np.isfinite(share[j]) else None,
            CARRIED_BY[word.iloc[j]],
            reason.iloc[j],
            author.iloc[j],
            int(cells.raw.row[j]),
        )
        for j in range(len(cells))
    )


def _dates(cells: Cells, name: str) -> pd.Series:
    """Return dates that every row must state, as ISO text."""
    cells.needed(name, "a date")
    return cells.dates(name)


def _positions(text: pd.Series, find: Callable[[str], int | None]) -> np.ndarray:
    """Return the position of each id, −1 where it is none."""
    known = {value: find(value) for value in text.unique()}
    return np.array([-1 if (at := known[value]) is None else at for value in text], dtype=np.int32)


def _tell_unknown(
    cells: Cells,
    name: str,
    text: pd.Series,
    position: np.ndarray,
    known: Mapping[str, int],
    what: str,
    severity: Severity = Severity.ERROR,
) -> None:
    def why(at: int) -> str:
        near = nearest(text.iloc[at], known)
        return f"There is no such {what}." + (f" The nearest is {near!r}." if near else "")

    what_to_do = "Correct the id, or remove the row."
    if severity is Severity.WARNING:
        what_to_do = "Its sales are nobody's: correct the id, or leave it so if it is no longer served."
    cells.flag("unknown_id", name, (text != "").to_numpy(bool) & (position < 0), why, what_to_do, severity)


def _tell_currency(cells: Cells, code: pd.Series, names: Names) -> None:
    cells.flag(
        "other_currency",
        "currency" if cells.column("currency") is not None else "amount",
        ((code != "") & (code != names.currency)).to_numpy(bool),
        f"The quotas are in {names.currency}.",
        "Convert the amounts.",
    )
