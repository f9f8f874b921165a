"""What the tables of a plan folder say of each other: every id that one names must exist in the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from data.read.cells import Cells
from data.read.entities import Entities
from data.read.raw import BoolArray, among
from data.read.report import Report, shown
from data.read.rule_references import PLAN_RULES, check_rules
from data.schema import nearest
from planner.errors import Severity
from planner.quota.currency import money

_SEARCHED = 1_000
"""Ids among which the nearest to an unknown one is looked for."""
_TABLE_OF = {
    "account_id": "accounts",
    "unit_id": "units",
    "seat_id": "seats",
    "node_id": "hierarchy",
}


@dataclass(frozen=True, eq=False)
class References:
    """The tables of one folder, ready to be held against each other.

    Parameters
    ----------
    tables, cells
        Frames and cells of each table that could be read.
    unread
        Tables that are there and could not be read: what others say of them cannot be judged.
    report
        Where problems go.
    """

    tables: Mapping[str, Entities]
    cells: Mapping[str, Cells]
    unread: frozenset[str]
    report: Report

    def check(self) -> dict[str, pd.DataFrame]:
        """Report ids that name nothing. Return the frames, by table, that had rows left out because of it."""
        self._check_accounts()
        self._check_current()
        self._check_adjacency()
        self._check_nodes()
        self._check_travel()
        self._check_quota_tables()
        for table in ("rules", PLAN_RULES):
            check_rules(self, table)
        return self._check_history() | self._check_account_targets()

    @cached_property
    def territories(self) -> pd.Series | None:
        """Every territory there is to fill: those of the seats, else those in force; None where none is named."""
        for names in (("seats",), ("accounts", "units")):
            found = [self.tables[name].frame["territory_id"] for name in names if name in self.tables]
            found = [column[column != ""] for column in found]
            if sum(len(column) for column in found):
                return pd.concat(found)
        return None

    def ids(self, column: str) -> pd.Series | None:
        """Return the ids that a column may name: none where the folder lacks their table, None where unread."""
        table = _TABLE_OF[column]
        if table in self.unread:
            return None
        if table not in self.tables:
            return pd.Series([], dtype="str")
        ids: pd.Series = self.tables[table].frame[column]
        return ids

    def unknown(
        self,
        table: str,
        name: str,
        known: pd.Series,
        what: str,
        what_to_do: str,
        *,
        code: str,
        only: BoolArray | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Report the cells of a column that name none of `known`, in the rows of `only`."""
        cells = self.cells[table]
        value = cells.text(name)
        named = (value != "").to_numpy(bool)
        if not named.any():
            return
        unknown = named & ~among(value, known)
        near = _nearest_to(value, known)
        cells.flag(
            code,
            name,
            unknown if only is None else unknown & only,
            lambda at: f"There is no such {what}.{near(at)}",
            what_to_do,
            severity,
        )

    def _check_accounts(self) -> None:
        if "accounts" not in self.tables:
            return
        frame = self.tables["accounts"].frame
        units, seats = self.ids("unit_id"), self.ids("seat_id")
        if units is not None and len(units):
            self.unknown(
                "accounts",
                "unit_id",
                units,
                "unit in the units file",
                "Correct the id, or leave it empty: the place decides then.",
                code="unknown_unit",
            )
        elif units is not None:
            self._tell_no_units(frame)
        if seats is not None:
            self.unknown(
                "accounts",
                "seat_id",
                seats,
                "seat in the seats file",
                "Correct the id, or add the seat.",
                code="unknown_seat",
            )
        self.unknown(
            "accounts",
            "parent_account_id",
            frame["account_id"],
            "account",
            "Nothing to do if the parent is not planned.",
            code="unknown_parent",
            severity=Severity.WARNING,
        )

    def _tell_no_units(self, frame: pd.DataFrame) -> None:
        """Report accounts that name a unit in a folder without units: an error for those with no other place."""
        named = (frame["unit_id"] != "").to_numpy(bool)
        elsewhere = (frame["latitude"].notna() | (frame["postal_code"] != "")).to_numpy(bool)
        flag = self.cells["accounts"].flag
        flag(
            "no_units",
            "unit_id",
            named & ~elsewhere,
            "The account names a unit as its only place, but the folder has no units file.",
            "Add units with their shapes.",
        )
        flag(
            "no_units",
            "unit_id",
            named & elsewhere,
            "The account names a unit, but the folder has no units file; its coordinates or postal code were used.",
            "Add units with their shapes, or nothing if the coordinates are right.",
            Severity.WARNING,
        )

    def _check_current(self) -> None:
        """Current territories that no seat has: what is there has to move; what is locked there cannot."""
        if "seats" not in self.tables or self.territories is None:
            return
        for table in ("accounts", "units"):
            if table not in self.tables:
                continue
            locked = self.tables[table].frame["locked"].to_numpy(bool)
            self.unknown(
                table,
                "territory_id",
                self.territories,
                "territory among those of the seats, so the row has to move",
                "Nothing to do if the territory was given up; else give a seat this territory.",
                code="unknown_territory",
                only=~locked,
                severity=Severity.WARNING,
            )
            self.unknown(
                table,
                "territory_id",
                self.territories,
                "territory among those of the seats, but the row is locked to it",
                "Clear the lock, or give a seat this territory.",
                code="unknown_territory",
                only=locked,
            )

    def _check_adjacency(self) -> None:
        units = self.ids("unit_id")
        if "adjacency" not in self.tables or units is None:
            return
        if not len(units):
            self.report.error(
                "no_units",
                "The folder says which units are neighbours, but has no units.",
                "Add units, or remove the file.",
                file=self.tables["adjacency"].file,
            )
            return
        for name in ("unit_id", "neighbour_id"):
            what_to_do = "Correct the id, or remove the row."
            self.unknown("adjacency", name, units, "unit in the units file", what_to_do, code="unknown_unit")

    def _check_nodes(self) -> None:
        nodes = self.ids("node_id")
        if nodes is None:
            return
        if "targets" in self.tables and len(nodes):
            what_to_do = "Correct the id, or add the node."
            self.unknown(
                "targets", "node_id", nodes, "node in the hierarchy", what_to_do, code="unknown_node"
            )
        elif "targets" in self.tables:
            named = self.tables["targets"].frame["node_id"]
            self.cells["targets"].flag(
                "unknown_node",
                "node_id",
                (named != named.iloc[0]).to_numpy(bool),
                "Targets for several nodes need a hierarchy that says how they add up.",
                "Add hierarchy.csv, or keep one node.",
            )
        if "seats" in self.tables and len(nodes):
            below = (self.cells["seats"].text("node_id") != "").to_numpy(bool)
            known = pd.concat([nodes, self.tables["hierarchy"].frame["name"]])
            for name, rows in (("region", ~below), ("node_id", below)):
                what_to_do = "Write the node_id of the region, or add the node."
                what = "node in the hierarchy"
                self.unknown("seats", name, known, what, what_to_do, code="unknown_node", only=rows)

    def _check_travel(self) -> None:
        if "travel" not in self.tables:
            return
        for name in ("account_id", "to_account_id", "unit_id", "seat_id"):
            what = name.removeprefix("to_").removesuffix("_id")
            ids = self.ids(f"{what}_id")
            if ids is not None:
                what_to_do = "Nothing to do if it is not planned; else correct the id."
                code = f"unknown_{what}"
                self.unknown(
                    "travel",
                    name,
                    ids,
                    f"{what} in the folder",
                    what_to_do,
                    code=code,
                    severity=Severity.WARNING,
                )

    def _check_quota_tables(self) -> None:
        """Report amounts decided for what is not there; credit may go to a seat without a territory."""
        for name, what in (("seat_id", "seat in the seats file"), ("node_id", "node in the hierarchy")):
            ids = self.ids(name)
            if "overrides" in self.tables and ids is not None:
                what_to_do = "Correct the id, or remove the row."
                self.unknown("overrides", name, ids, what, what_to_do, code=f"unknown_{name[:-3]}")
        seats = self.ids("seat_id")
        if "credits" in self.tables and seats is not None:
            self.unknown(
                "credits",
                "seat_id",
                seats,
                "seat in the seats file; it is credited all the same",
                "Nothing to do if it has no territory of its own; else correct the id.",
                code="unknown_seat",
                severity=Severity.WARNING,
            )

    def _check_account_targets(self) -> dict[str, pd.DataFrame]:
        """Leave out targets of accounts that are not in the folder, and tell of each."""
        accounts = self.ids("account_id")
        if "account_targets" not in self.tables or accounts is None:
            return {}
        frame = self.tables["account_targets"].frame
        what, what_to_do = "account; its target was left out", "Correct the id, or add the account."
        self.unknown(
            "account_targets",
            "account_id",
            accounts,
            what,
            what_to_do,
            code="unknown_account",
            severity=Severity.WARNING,
        )
        known = among(frame["account_id"], accounts)
        return {} if known.all() else {"account_targets": frame[known].reset_index(drop=True)}

    def _check_history(self) -> dict[str, pd.DataFrame]:
        """Leave out history of owners that are not in the folder, and tell how much that is."""
        if "history" not in self.tables:
            return {}
        entities = self.tables["history"]
        frame, lost = entities.frame, np.zeros(len(entities.frame), bool)
        for name, what in (("account_id", "accounts"), ("seat_id", "seats"), ("territory_id", "territories")):
            ids = self.territories if name == "territory_id" else self.ids(name)
            if ids is None:
                continue
            gone = (frame[name] != "").to_numpy(bool) & ~among(frame[name], ids)
            if not gone.any():
                continue
            at = int(gone.argmax())
            # In the currency of the file, or that of the plan where it states none.
            stated = next((code for code in frame["currency"] if code), self.cells["history"].currency)
            amount, everything = (money(int(f["amount_cents"].sum()), stated) for f in (frame[gone], frame))
            self.report.warning(
                "unknown_history",
                f"The row is of one of {frame.loc[gone, name].nunique():,} {what} that the folder does not have; in "
                f"all, {amount} of {everything} was left out.",
                f"Nothing to do if these {what} are gone; else correct the ids.",
                file=entities.file,
                row=int(entities.row[at]),
                column=name,
                value=shown(str(frame[name].iloc[at])),
                count=int(gone.sum()),
            )
            lost |= gone
        return {"history": frame[~lost].reset_index(drop=True)} if lost.any() else {}


def _nearest_to(value: pd.Series, known: pd.Series) -> Callable[[int], str]:
    """Return what tells, for a row, which id its own was most likely meant to be."""
    few = known.unique()[:_SEARCHED].tolist()

    def words(at: int) -> str:
        near = nearest(value.iloc[at], few)
        return f" The nearest is {near!r}." if near else ""

    return words
