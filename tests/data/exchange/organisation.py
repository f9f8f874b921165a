"""A Salesforce organisation in memory that refuses what a real one refuses, and a keyed system that imports files."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.exchange.crm_ids import long_id
from data.exchange.keyed import KeyedTable
from data.exchange.load import TOKEN, Step
from data.exchange.names import is_developer_name
from data.exchange.salesforce_delta import NULL
from data.exchange.salesforce_state import (
    ACCOUNTS,
    QUOTAS,
    TERRITORY,
    USERS,
    account_token,
    quota_token,
    territory_token,
    user_token,
)

PREFIX = {TERRITORY: "0MI", ACCOUNTS: "0TX", USERS: "0UT", QUOTAS: "0J9"}
COLUMNS = {
    TERRITORY: (
        "Id",
        "Name",
        "DeveloperName",
        "Territory2ModelId",
        "Territory2TypeId",
        "ParentTerritory2Id",
        "Description",
        "ForecastUserId",
    ),
    ACCOUNTS: ("Id", "ObjectId", "Territory2Id", "AssociationCause"),
    USERS: ("Id", "UserId", "Territory2Id", "RoleInTerritory2"),
    QUOTAS: (
        "Id",
        "QuotaOwnerId",
        "ForecastingTypeId",
        "StartDate",
        "QuotaAmount",
        "CurrencyIsoCode",
        "Territory2Id",
    ),
}
UNIQUE = {
    ACCOUNTS: ("ObjectId", "Territory2Id"),
    USERS: ("UserId", "Territory2Id"),
    QUOTAS: ("QuotaOwnerId", "ForecastingTypeId", "StartDate", "Territory2Id"),
}


class Refused(Exception):
    """The organisation does not take a row."""


class Organisation:
    """Records by object and id, with the rules that the real one enforces."""

    def __init__(self, start: int = 0) -> None:
        self.records: dict[str, dict[str, dict[str, str]]] = {kind: {} for kind in PREFIX}
        self.known: dict[str, str] = {}
        self._numbers = itertools.count(start + 1)

    def load(self, steps: Sequence[Step]) -> None:
        """Load steps one after the other, ids filled in before each as `fill_ids` would."""
        for step in steps:
            self._learn()
            for row in step.rows:
                cells = {name: self._filled(cell) for name, cell in zip(step.columns, row, strict=True)}
                self._take(step.action, step.kind, cells)

    def without_ids(self) -> dict[str, set[tuple[tuple[str, str], ...]]]:
        """Return all records with names of territories instead of ids: what can be compared."""
        names = {one: row["DeveloperName"] for one, row in self.records[TERRITORY].items()}
        return {
            kind: {
                tuple(sorted((field, names.get(cell, cell)) for field, cell in row.items() if cell))
                for row in rows.values()
            }
            for kind, rows in self.records.items()
        }

    def export(self, folder: Path) -> Path:
        """Write every object with its ids as CSV files."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind, rows in self.records.items():
            with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS[kind])
                for one, row in rows.items():
                    writer.writerow([one, *(row.get(name, "") for name in COLUMNS[kind][1:])])
        return folder

    def insert(self, kind: str, **cells: str) -> str:
        """Insert one record and return its id."""
        return self._take("insert", kind, cells)

    def _filled(self, cell: str) -> str:
        found = self.known.get(cell, cell)
        if TOKEN.search(found):
            raise Refused(f"malformed id {found}")
        return found

    def _learn(self) -> None:
        names = {one: row["DeveloperName"] for one, row in self.records[TERRITORY].items()}
        self.known = {territory_token(name): one for one, name in names.items()}
        for one, row in self.records[ACCOUNTS].items():
            self.known[account_token((row["ObjectId"], names[row["Territory2Id"]]))] = one
        for one, row in self.records[USERS].items():
            self.known[user_token((row["UserId"], names[row["Territory2Id"]]))] = one
        for one, row in self.records[QUOTAS].items():
            place = names.get(row.get("Territory2Id", ""), "")
            key = (row["QuotaOwnerId"], row["ForecastingTypeId"], row["StartDate"], place)
            self.known[quota_token(key)] = one

    def _take(self, action: str, kind: str, cells: Mapping[str, str]) -> str:
        rows = self.records[kind]
        if action == "insert":
            one = long_id(f"{PREFIX[kind]}{next(self._numbers):012d}")
            assert one is not None
            self._check(kind, "", {name: cell for name, cell in cells.items() if cell})
            if "ForecastUserId" in cells or "PeriodId" in cells:
                raise Refused("the field cannot be written by insert")
            rows[one] = {name: cell for name, cell in cells.items() if cell}
            return one
        one = cells["Id"]
        if one not in rows:
            raise Refused(f"no {kind} {one}")
        if action == "delete":
            self._may_go(kind, one)
            del rows[one]
        else:
            if kind in (ACCOUNTS, USERS):
                raise Refused("associations know no update")
            changed = dict(rows[one])
            for name, cell in cells.items():
                if name == "Id" or not cell:
                    continue
                changed.pop(name, None)
                changed |= {} if cell == NULL else {name: cell}
            self._check(kind, one, changed)
            rows[one] = changed
        return one

    def _check(self, kind: str, one: str, row: Mapping[str, str]) -> None:
        for name, cell in row.items():
            if name.endswith("Id") and long_id(cell) != cell:
                raise Refused(f"{name} {cell!r} is no id")
        place = row.get("Territory2Id")
        if place is not None and place not in self.records[TERRITORY]:
            raise Refused(f"no territory {place}")
        if kind == TERRITORY:
            self._check_territory(one, row)
            return
        if kind != QUOTAS and place is None:
            raise Refused("an association needs its territory")
        if kind == ACCOUNTS and row.get("AssociationCause") != "Territory2Manual":
            raise Refused("only manual associations can be written")
        if kind == QUOTAS and row["StartDate"][-3:] != "-01":
            raise Refused("not the first day of a period")
        unique = tuple(row.get(name, "") for name in UNIQUE[kind])
        for other, there in self.records[kind].items():
            if other != one and tuple(there.get(name, "") for name in UNIQUE[kind]) == unique:
                raise Refused(f"duplicate {kind} {unique}")

    def _check_territory(self, one: str, row: Mapping[str, str]) -> None:
        there = self.records[TERRITORY]
        if not is_developer_name(row.get("DeveloperName", "")) or not row.get("Name"):
            raise Refused(f"bad name {row}")
        if not row.get("Territory2ModelId") or not row.get("Territory2TypeId"):
            raise Refused("model and type are required")
        for other, known in there.items():
            if other != one and known["DeveloperName"].casefold() == row["DeveloperName"].casefold():
                raise Refused(f"duplicate DeveloperName {row['DeveloperName']}")
        above, seen = row.get("ParentTerritory2Id", ""), {one}
        while above:
            if above not in there:
                raise Refused(f"no parent {above}")
            if above in seen:
                raise Refused("a circle of territories")
            seen.add(above)
            above = there[above].get("ParentTerritory2Id", "")
        manager = row.get("ForecastUserId")
        if manager and not any(
            place.get("UserId") == manager and place["Territory2Id"] == one
            for place in self.records[USERS].values()
        ):
            raise Refused("the forecast manager is not on the territory")

    def _may_go(self, kind: str, one: str) -> None:
        row = self.records[kind][one]
        if kind == TERRITORY:
            if any(other.get("ParentTerritory2Id") == one for other in self.records[TERRITORY].values()):
                raise Refused("the territory has others below it")
            for held in (ACCOUNTS, USERS, QUOTAS):
                if any(other.get("Territory2Id") == one for other in self.records[held].values()):
                    raise Refused(f"the territory has {held}")
        if kind == ACCOUNTS and row.get("AssociationCause") != "Territory2Manual":
            raise Refused("an assignment rule made it")
        if kind == USERS:
            place = self.records[TERRITORY][row["Territory2Id"]]
            if place.get("ForecastUserId") == row["UserId"]:
                raise Refused("the user is forecast manager there")


class Imports:
    """Tables of a system that imports files by key."""

    def __init__(self, tables: Sequence[KeyedTable], parents: str = "") -> None:
        self.tables = {table.name: table for table in tables}
        self.rows: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {table.name: {} for table in tables}
        self._parents = parents

    def load(self, steps: Sequence[Step]) -> None:
        """Import steps one after the other."""
        for step in steps:
            table, rows = self.tables[step.kind], self.rows[step.kind]
            for row in step.rows:
                key = table.key_of(row)
                if step.action == "delete":
                    if key not in rows:
                        raise Refused(f"no row {key}")
                    if step.kind == self._parents and any(other[2] == key[0] for other in rows.values()):
                        raise Refused("others are below it")
                    del rows[key]
                else:
                    if step.kind == self._parents and row[2] and (row[2],) not in rows:
                        raise Refused(f"no parent {row[2]}")
                    rows[key] = row

    def copy(self) -> dict[str, Any]:
        """Return all rows."""
        return {name: dict(rows) for name, rows in self.rows.items()}
