"""What the tables of a plan folder say of each other: every id that one names must exist in the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from data.read.cells import Cells
from data.read.entities import Entities
from data.read.raw import BoolArray, among
from data.read.report import Report
from data.schema import COUNTED, measure_named, nearest
from planner.errors import Severity

Tables = Mapping[str, Entities]
Sheets = Mapping[str, Cells]


def check_references(tables: Tables, sheets: Sheets, report: Report) -> dict[str, pd.DataFrame]:
    """Report ids that name nothing. Return the frames, by table, that had rows left out because of it."""
    known = {
        "account_id": _ids(tables, "accounts", "account_id"),
        "unit_id": _ids(tables, "units", "unit_id"),
        "seat_id": _ids(tables, "seats", "seat_id"),
        "node_id": _ids(tables, "hierarchy", "node_id"),
        "territory_id": _territories(tables),
    }
    _check_accounts(tables, sheets, known, report)
    _check_current(tables, sheets, known)
    _check_adjacency(tables, sheets, known, report)
    _check_nodes(tables, sheets, known)
    _check_rules(tables, sheets, known)
    return _check_history(tables, known, report)


def _ids(tables: Tables, table: str, column: str) -> pd.Series | None:
    return tables[table].frame[column] if table in tables else None


def _territories(tables: Tables) -> pd.Series | None:
    """Return every territory there is to fill: those of the seats, else those in force; None where there are none."""
    for names in (("seats",), ("accounts", "units")):
        found = [tables[name].frame["territory_id"] for name in names if name in tables]
        found = [column[column != ""] for column in found]
        if sum(len(column) for column in found):
            return pd.concat(found)
    return None


def _near(sheet: Cells, name: str, candidates: pd.Series) -> Callable[[int], str]:
    """Return what tells, for a row, which id its own was most likely meant to be."""
    few = candidates.unique()[:5000].tolist()

    def words(at: int) -> str:
        value = sheet.text(name).iloc[at]
        near = nearest(value, few)
        return f" The nearest is {near!r}." if near and near != value else ""

    return words


def _flag_unknown(
    sheet: Cells,
    name: str,
    known: pd.Series,
    what: str,
    what_to_do: str,
    *,
    code: str,
    only: BoolArray | None = None,
    severity: Severity = Severity.ERROR,
) -> None:
    value = sheet.text(name)
    unknown = (value != "").to_numpy(bool)
    if unknown.any():
        unknown = unknown & ~among(value, known)
    near = _near(sheet, name, known) if unknown.any() else str
    sheet.flag(
        code,
        name,
        unknown if only is None else unknown & only,
        lambda at: f"There is no such {what}.{near(at)}",
        what_to_do,
        severity,
    )


def _check_accounts(
    tables: Tables, sheets: Sheets, known: Mapping[str, pd.Series | None], report: Report
) -> None:
    if "accounts" not in tables:
        return
    sheet, frame = sheets["accounts"], tables["accounts"].frame
    named = (frame["unit_id"] != "").to_numpy(bool)
    units = known["unit_id"]
    if units is not None:
        _flag_unknown(
            sheet,
            "unit_id",
            units,
            "unit in the units file",
            "Correct the id, or leave it empty: the place decides then.",
            code="unknown_unit",
        )
    elif named.any():
        elsewhere = (frame["latitude"].notna() | (frame["postal_code"] != "")).to_numpy(bool)
        at = int(np.argmax(named))
        lost = int((named & ~elsewhere).sum())
        tell = report.error if lost else report.warning
        tell(
            "no_units",
            f"{int(named.sum()):,} accounts name a unit, but the folder has no units file"
            + (
                f"; {lost:,} of them have no other place."
                if lost
                else "; their coordinates or postal codes were used."
            ),
            "Add units with their shapes.",
            file=sheet.raw.file,
            row=int(sheet.raw.row[at]),
            column="unit_id",
            value=str(frame["unit_id"].iloc[at])[:80],
            count=int(named.sum()),
        )
    if known["seat_id"] is not None:
        _flag_unknown(
            sheet,
            "seat_id",
            known["seat_id"],
            "seat in the seats file",
            "Correct the id, or add the seat.",
            code="unknown_seat",
        )
    else:
        sheet.flag(
            "unknown_seat",
            "seat_id",
            (frame["seat_id"] != "").to_numpy(bool),
            "The account is named for a seat, but the folder has no seats file.",
            "Add seats, or leave seat_id empty.",
        )
    _flag_unknown(
        sheet,
        "parent_account_id",
        frame["account_id"],
        "account",
        "Nothing to do if the parent is not planned.",
        code="unknown_parent",
        severity=Severity.WARNING,
    )


def _check_current(tables: Tables, sheets: Sheets, known: Mapping[str, pd.Series | None]) -> None:
    """Current territories that no seat has: their accounts and units have to move; those locked there cannot."""
    territories = known["territory_id"]
    if "seats" not in tables or territories is None:
        return
    for table in ("accounts", "units"):
        if table in tables:
            locked = tables[table].frame["locked"].to_numpy(bool)
            _flag_unknown(
                sheets[table],
                "territory_id",
                territories,
                "territory among those of the seats, so the row has to move",
                "Nothing to do if the territory was given up; else give a seat this territory.",
                code="unknown_territory",
                only=~locked,
                severity=Severity.WARNING,
            )
            _flag_unknown(
                sheets[table],
                "territory_id",
                territories,
                "territory among those of the seats, but the row is locked to it",
                "Clear the lock, or give a seat this territory.",
                code="unknown_territory",
                only=locked,
            )


def _check_adjacency(
    tables: Tables, sheets: Sheets, known: Mapping[str, pd.Series | None], report: Report
) -> None:
    if "adjacency" not in tables:
        return
    sheet = sheets["adjacency"]
    if known["unit_id"] is None:
        report.error(
            "no_units",
            "The folder says which units are neighbours, but has no units.",
            "Add units, or remove the file.",
            file=sheet.raw.file,
        )
        return
    for name in ("unit_id", "neighbour_id"):
        _flag_unknown(
            sheet,
            name,
            known["unit_id"],
            "unit in the units file",
            "Correct the id, or remove the row.",
            code="unknown_unit",
        )


def _check_nodes(tables: Tables, sheets: Sheets, known: Mapping[str, pd.Series | None]) -> None:
    nodes = known["node_id"]
    if "targets" in tables:
        sheet, named = sheets["targets"], tables["targets"].frame["node_id"]
        if nodes is not None:
            _flag_unknown(
                sheet,
                "node_id",
                nodes,
                "node in the hierarchy",
                "Correct the id, or add the node.",
                code="unknown_node",
            )
        elif (named != named.iloc[0]).any():
            sheet.flag(
                "unknown_node",
                "node_id",
                (named != named.iloc[0]).to_numpy(bool),
                "Targets for several nodes need a hierarchy that says how they add up.",
                "Add hierarchy.csv, or keep one node.",
            )
    if "seats" in tables and nodes is not None:
        names = tables["hierarchy"].frame["name"]
        _flag_unknown(
            sheets["seats"],
            "region",
            pd.concat([nodes, names]),
            "node in the hierarchy",
            "Write the node_id of the region, or add the node.",
            code="unknown_node",
        )


def _check_rules(tables: Tables, sheets: Sheets, known: Mapping[str, pd.Series | None]) -> None:
    if "rules" not in tables:
        return
    sheet, frame = sheets["rules"], tables["rules"].frame
    for name, what in (
        ("account_id", "account"),
        ("unit_id", "unit"),
        ("seat_id", "seat"),
        ("territory_id", "territory"),
    ):
        ids = known[name]
        if ids is None and name == "territory_id":
            continue  # territories are numbered when the plan is made
        _flag_unknown(
            sheet,
            name,
            pd.Series(dtype="str") if ids is None else ids,
            f"{what} in the folder",
            "Correct the id, or remove the rule.",
            code=f"unknown_{what}",
        )
    measures = [name for table in ("accounts", "units") if table in tables for name in tables[table].measures]
    unknown = (
        frame["measure"].map(lambda name: bool(name) and measure_named(name, measures) is None).to_numpy(bool)
    )
    sheet.flag(
        "unknown_measure",
        "measure",
        unknown,
        f"No measure has this name; there are {', '.join([*measures, *COUNTED])}.",
        "Correct the name, or add the column.",
    )


def _check_history(
    tables: Tables, known: Mapping[str, pd.Series | None], report: Report
) -> dict[str, pd.DataFrame]:
    """Leave out history of owners that are not in the folder, and tell how much that is."""
    if "history" not in tables:
        return {}
    entities = tables["history"]
    frame = entities.frame
    lost = np.zeros(len(frame), bool)
    for name, what in (("account_id", "accounts"), ("seat_id", "seats"), ("territory_id", "territories")):
        ids = known[name]
        if ids is None and name != "account_id":
            continue
        gone = (frame[name] != "").to_numpy(bool) & ~among(frame[name], [] if ids is None else ids)
        if not gone.any():
            continue
        at = int(gone.argmax())
        amount = int(frame.loc[gone, "amount_cents"].sum()) / 100
        everything = int(frame["amount_cents"].sum()) / 100
        report.warning(
            "unknown_history",
            f"{int(gone.sum()):,} of {len(frame):,} rows are of {frame.loc[gone, name].nunique():,} {what} "
            f"that the folder does not have; {amount:,.2f} of {everything:,.2f} was left out.",
            f"Nothing to do if these {what} are gone; else correct the ids.",
            file=entities.file,
            row=int(entities.row[at]),
            column=name,
            value=str(frame[name].iloc[at])[:80],
            count=int(gone.sum()),
        )
        lost |= gone
    return {"history": frame[~lost].reset_index(drop=True)} if lost.any() else {}
