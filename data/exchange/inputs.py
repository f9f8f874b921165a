"""Columns of a plan's inputs that only other systems care about, read as they stand in the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from data.read.columns import ColumnMap, Matched
from data.read.folder import matched_table, raw_table
from data.read.raw import RawColumn
from data.read.report import Report
from data.read.scenario_file import read_scenario
from data.read.sources import find_sources
from data.schema import TABLES, key

USER_ID = ("crm_user_id", "salesforce_user_id", "user_id", "owner_user_id")
EMAIL = ("email", "email_address", "rep_email", "e_mail")
ROLE = ("crm_role", "territory_role", "role_in_territory", "role_in_territory2")
RECORD_ID = ("crm_account_id", "salesforce_account_id", "salesforce_id", "crm_id")
TERRITORY_NAME = ("territory_name", "territory_label")
"""Headers by which further columns are known, the strongest first; compared as `data.schema.key` does."""


@dataclass(frozen=True, eq=False)
class InputTable:
    """Rows of one input table: values of a column by its canonical name, else by one of its headers.

    Parameters
    ----------
    matched
        The table; None where the folder has none.
    """

    matched: Matched | None = None

    def __len__(self) -> int:
        return 0 if self.matched is None else len(self.matched.raw)

    def column(self, *names: str) -> list[str]:
        """Return the cells of the first of `names` that there is, without space around; ``""`` each for none."""
        found = self._find(names)
        return [""] * len(self) if found is None else [str(cell).strip() for cell in found.text]

    def _find(self, names: Sequence[str]) -> RawColumn | None:
        if self.matched is None:
            return None
        for name in names:
            if name in self.matched.found:
                return self.matched.found[name]
            for column in self.matched.raw.columns:
                if key(column.header) == key(name):
                    return column
        return None


@dataclass(frozen=True, eq=False)
class Inputs:
    """The input tables that other systems care about, by name; all empty where there is no plan folder."""

    folder: Path | None = None
    tables: Mapping[str, InputTable] = field(default_factory=dict)

    def __getitem__(self, name: str) -> InputTable:
        return self.tables.get(name, InputTable())


def read_inputs(folder: Path, names: Sequence[str] = ("accounts", "seats", "hierarchy")) -> Inputs:
    """Read some tables of a plan folder without judging their cells: `data.read.read_folder` did that before."""
    quiet = Report()
    sources = find_sources(folder, quiet)
    columns: Mapping[str, ColumnMap] = {}
    if sources.plan is not None:
        columns = read_scenario(sources.plan.read_bytes(), sources.plan.name, quiet).columns
    tables = {}
    for name in names:
        path = sources.table.get(name)
        raw = None if path is None else raw_table(path, path.name, TABLES[name], quiet)
        if raw is not None:
            mapping = columns.get(name, ColumnMap()).within(raw, [raw])
            tables[name] = InputTable(matched_table(raw, TABLES[name], mapping, quiet))
    return Inputs(folder, tables)
