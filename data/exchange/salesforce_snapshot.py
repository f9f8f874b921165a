"""What a Salesforce organisation holds now, from exports of its objects as CSV files with their record ids."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

from data.exchange import crm_ids
from data.exchange.crm_ids import record_id
from data.exchange.salesforce_delta import MANUAL
from data.exchange.salesforce_state import (
    ACCOUNTS,
    FIELDS,
    QUOTAS,
    TERRITORY,
    USERS,
    AccountKey,
    CrmState,
    Quota,
    QuotaKey,
    Territory,
    UserKey,
    account_token,
    quota_token,
    territory_token,
    user_token,
)
from data.exchange.tables import ExportedTable, exported, exported_file, table_files
from data.read.dates import day_order, iso_date
from data.read.report import Report, shown
from data.schema import key

NEEDED = {
    TERRITORY: ("Id", "DeveloperName"),
    ACCOUNTS: ("Id", "ObjectId", "Territory2Id"),
    USERS: ("Id", "UserId", "Territory2Id"),
    QUOTAS: ("Id", "QuotaOwnerId", "ForecastingTypeId", "StartDate", "QuotaAmount"),
}
"""Columns that the export of each object must have."""
USEFUL = {
    TERRITORY: ("Name", "Territory2ModelId", "ParentTerritory2Id", "ForecastUserId", *FIELDS[1:]),
    ACCOUNTS: ("AssociationCause",),
    USERS: ("RoleInTerritory2",),
    QUOTAS: ("CurrencyIsoCode", "Territory2Id"),
}
"""Columns that are used where they are there."""


def read_snapshot(folder: Path, model: str | None, report: Report) -> tuple[CrmState, frozenset[str]]:
    """Return what an organisation holds, and the DeveloperNames that other territory models take.

    Parameters
    ----------
    folder
        Holds ``Territory2.csv`` and, where there are any, ``ObjectTerritory2Association.csv``,
        ``UserTerritory2Association.csv`` and ``ForecastingQuota.csv``.
    model
        Territories of other models are left alone.
    """
    if not folder.is_dir():
        report.error(
            "no_snapshot",
            "There is no such folder.",
            "Name a folder with exports of the CRM's objects.",
            value=str(folder),
        )
        return CrmState(model or ""), frozenset()
    tables = {name: exported(folder, name, NEEDED[name], USEFUL[name], report) for name in NEEDED}
    if tables[TERRITORY] is None and not report.has_errors:
        report.error(
            "no_snapshot",
            f"The folder has no {TERRITORY}.csv, so nothing can be matched.",
            f"Export {TERRITORY} with {', '.join(NEEDED[TERRITORY] + USEFUL[TERRITORY])} into it.",
            file=f"{TERRITORY}.csv",
            value=str(folder),
        )
    reader = _Reader(report, model)
    territories = tables[TERRITORY]
    if territories is not None:
        reader.territories(territories)
    for name, read in ((ACCOUNTS, reader.accounts), (USERS, reader.users), (QUOTAS, reader.quotas)):
        table = tables[name]
        if table is not None:
            read(table)
        elif not report.has_errors:
            report.warning(
                "not_in_snapshot",
                f"The folder has no {name}.csv: the CRM is taken to hold none.",
                f"Export {name} with {', '.join(NEEDED[name] + USEFUL[name])} into it, if there are any.",
                file=f"{name}.csv",
            )
    return reader.state(), frozenset(reader.taken)


def read_ids(folder: Path, report: Report) -> dict[str, str]:
    """Return record ids by token, from exports and from success files of a loader.

    A file tells its object by its name, as the files of a load do; those of updates and deletes tell no new ids.
    """
    if not folder.is_dir():
        report.error(
            "no_ids", "There is no such folder.", "Name a folder with success files.", value=str(folder)
        )
        return {}
    files: dict[str, list[Path]] = {name: [] for name in NEEDED}
    for path in table_files(folder):
        stem = key(path.stem)
        # The names of associations hold that of the territory.
        kind = next((n for n in (ACCOUNTS, USERS, QUOTAS, TERRITORY) if key(n) in stem), None)
        if kind is not None and not any(word in stem for word in ("update", "delete", "error")):
            files[kind].append(path)
    reader = _Reader(report, None)
    reading = (
        (TERRITORY, reader.territories),
        (ACCOUNTS, reader.accounts),
        (USERS, reader.users),
        (QUOTAS, reader.quotas),
    )
    for kind, read in reading:
        for path in files[kind]:
            table = exported_file(path, kind, NEEDED[kind], USEFUL[kind], report)
            if table is not None and len(table):
                read(table)
    if not any(files.values()):
        report.error(
            "no_ids",
            "No file here bears the name of an object.",
            f"Name the files as the steps are named, or {TERRITORY}.csv, {ACCOUNTS}.csv, {USERS}.csv, {QUOTAS}.csv.",
            value=str(folder),
        )
    return dict(reader.state().ids)


class _Reader:
    """Puts the exported tables together; ids become names of territories."""

    def __init__(self, report: Report, model: str | None) -> None:
        self.report, self.model, self.taken = report, model, set[str]()
        self._territories: dict[str, Territory] = {}
        self._name_of: dict[str, str] = {}
        self._foreign: set[str] = set()
        self._accounts: set[AccountKey] = set()
        self._by_rule: set[AccountKey] = set()
        self._users: dict[UserKey, str] = {}
        self._quotas: dict[QuotaKey, Quota] = {}
        self._ids: dict[str, str] = {}

    def state(self) -> CrmState:
        """Return what was read so far."""
        return CrmState(
            self.model or "",
            self._territories,
            frozenset(self._accounts),
            frozenset(self._by_rule),
            self._users,
            self._quotas,
            self._ids,
        )

    def territories(self, table: ExportedTable) -> None:
        ids = self._ids_in(table, "Id", crm_ids.TERRITORY)
        above = self._ids_in(table, "ParentTerritory2Id", crm_ids.TERRITORY, empty=True)
        users = self._ids_in(table, "ForecastUserId", crm_ids.USER, empty=True)
        models = self._ids_in(table, "Territory2ModelId", (), empty=True)
        names, names_seen = table.column("DeveloperName"), set[str]()
        for at, (one, name, model) in enumerate(zip(ids, names, models, strict=True)):
            if not one:
                continue
            if self.model and model and model != self.model:
                self.taken.add(name)
                self._foreign.add(one)
                continue
            if not name or name.casefold() in names_seen:
                self._tell(table, at, "DeveloperName", name, "It is empty, or another territory has it.")
                continue
            names_seen.add(name.casefold())
            self._name_of[one] = name
            self._ids[territory_token(name)] = one
            fields = {field: table.column(field)[at] for field in FIELDS if field in table.columns}
            self._territories[name] = Territory(fields, above[at], users[at])
        for name, known in self._territories.items():
            parent = self._name_of.get(known.parent, "")
            self._territories[name] = Territory(known.fields, parent, known.forecast_user)

    def accounts(self, table: ExportedTable) -> None:
        causes = table.column("AssociationCause")
        for at, account, name, one in self._associations(table, "ObjectId", crm_ids.ACCOUNT):
            if causes[at] not in ("", MANUAL):
                self._by_rule.add((account, name))
                continue
            if self._first(table, at, account_token((account, name)), one):
                self._accounts.add((account, name))

    def users(self, table: ExportedTable) -> None:
        roles = table.column("RoleInTerritory2")
        for at, user, name, one in self._associations(table, "UserId", crm_ids.USER):
            if self._first(table, at, user_token((user, name)), one):
                self._users[user, name] = roles[at]

    def quotas(self, table: ExportedTable) -> None:
        ids = self._ids_in(table, "Id", ())
        owners = self._ids_in(table, "QuotaOwnerId", crm_ids.USER)
        types = self._ids_in(table, "ForecastingTypeId", ())
        places = self._ids_in(table, "Territory2Id", crm_ids.TERRITORY, empty=True)
        order = day_order(table.column("StartDate"))
        starts = [iso_date(cell, order) for cell in table.column("StartDate")]
        amounts, currencies = table.column("QuotaAmount"), table.column("CurrencyIsoCode")
        for at, (one, owner, kind, place, start) in enumerate(
            zip(ids, owners, types, places, starts, strict=True)
        ):
            if place in self._foreign or not (one and owner and kind):
                continue
            if start is None:
                self._tell(table, at, "StartDate", table.column("StartDate")[at], "This is no date.")
            elif not _is_amount(amounts[at]):
                self._tell(table, at, "QuotaAmount", amounts[at], "This is no amount.")
            else:
                which = (owner, kind, start, self._name_of.get(place, ""))
                if self._first(table, at, quota_token(which), one):
                    self._quotas[which] = Quota(amounts[at], currencies[at])

    def _associations(
        self, table: ExportedTable, who: str, prefixes: tuple[str, ...]
    ) -> list[tuple[int, str, str, str]]:
        ids = self._ids_in(table, "Id", ())
        people = self._ids_in(table, who, prefixes)
        places = self._ids_in(table, "Territory2Id", crm_ids.TERRITORY)
        found = []
        for at, (one, person, place) in enumerate(zip(ids, people, places, strict=True)):
            if not (one and person and place) or place in self._foreign:
                continue
            if place not in self._name_of:
                why = f"{TERRITORY}.csv has no territory of this id."
                self._tell(table, at, "Territory2Id", table.column("Territory2Id")[at], why)
                continue
            found.append((at, person, self._name_of[place], one))
        return found

    def _first(self, table: ExportedTable, at: int, one: str, record: str) -> bool:
        """Return whether a record is the first of its kind; a second one is reported."""
        if self._ids.get(one) == record:
            return False
        if one in self._ids:
            self._tell(table, at, "Id", record, f"The record says the same as {self._ids[one]}.")
            return False
        self._ids[one] = record
        return True

    def _ids_in(
        self, table: ExportedTable, column: str, prefixes: tuple[str, ...], *, empty: bool = False
    ) -> list[str]:
        """Return ids in their long spelling, ``""`` where there is none; what is no id is reported."""
        found = []
        for at, cell in enumerate(table.column(column)):
            one = record_id(cell, prefixes)
            if one is None and not (empty and cell == ""):
                kind = f" that begins with {' or '.join(prefixes)}" if prefixes else ""
                self._tell(
                    table,
                    at,
                    column,
                    cell,
                    f"This is no record id{kind}: 15 or 18 letters and digits whose case was not changed.",
                )
            found.append(one or "")
        return found

    def _tell(self, table: ExportedTable, at: int, column: str, value: str, why: str) -> None:
        self.report.error(
            "snapshot",
            why,
            "Export the object again, with ids as the CRM gives them, and do not save it from a spreadsheet.",
            file=table.file,
            row=table.row[at],
            column=column,
            value=shown(value),
        )


def _is_amount(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
