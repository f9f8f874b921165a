"""What the words of a rule stand for: ids, conditions, columns, territories, seats and regions as positions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.assemble.findings import Findings
from data.assemble.roster import Roster
from data.assemble.rule_rows import RuleRow
from data.assemble.rules import Demands, Origin, Positions, Rules
from data.assemble.values import ACCOUNTS, UNITS, Values
from data.conditions import ConditionError, parse_condition
from data.folder import PlanFolder
from data.matching import column_named, matching
from data.schema import nearest
from planner.arrays import IntArray
from planner.scenario import Scenario


class RuleTerms:
    """The plan that rules speak of, and the rules read so far.

    Parameters
    ----------
    account_current, area_current
        Current territory of each account and each area, `NOBODY` or `GONE` where none of these.
    account_area
        Area that each account lies in, −1 where none.
    """

    def __init__(
        self,
        folder: PlanFolder,
        scenario: Scenario,
        roster: Roster,
        values: Values,
        account_current: IntArray,
        area_current: IntArray,
        account_area: Positions,
        findings: Findings,
    ) -> None:
        self.scenario, self.roster, self.values, self.findings = scenario, roster, values, findings
        self.account_area = account_area
        self.tables: dict[str, pd.DataFrame | None] = {ACCOUNTS: folder.accounts, UNITS: folder.units}
        self.current = {ACCOUNTS: account_current, UNITS: area_current}
        self.rules = Rules(Demands.none(len(account_current)), Demands.none(len(area_current)))
        self.demands = {ACCOUNTS: self.rules.accounts, UNITS: self.rules.areas}
        self.position = {
            "account_id": _positions(folder.accounts, "account_id"),
            "unit_id": _positions(folder.units, "unit_id"),
        }
        self._groups: dict[tuple[str, str], list[int]] = {}

    def group(self, kind: str, name: str) -> list[int]:
        """Return the members of a named group so far; more may be added to it."""
        return self._groups.setdefault((kind, name), [])

    def tell(self, row: RuleRow, column: str, code: str, why: str) -> None:
        """Report an error in a rule."""
        what_to_do = "Correct the rule, or remove it."
        self.findings.error(
            code, why, what_to_do, table=row.table, row=row.row, column=row.written(column), value=row[column]
        )

    def warn(self, row: RuleRow, column: str, code: str, why: str, what_to_do: str) -> None:
        """Report something in a rule that does not stop the plan."""
        self.findings.warn(
            code, why, what_to_do, table=row.table, row=row.row, column=row.written(column), value=row[column]
        )

    def origin(self, row: RuleRow, *columns: str) -> Origin:
        """Return where a rule stands, at the first of `columns` that says something."""
        column = next((name for name in columns if row[name]), columns[0])
        return Origin(row.table, row.row, row.written(column), row[column])

    def subjects(self, row: RuleRow) -> tuple[str, Positions] | None:
        """Return ``accounts`` or ``units`` and the rows of it that a rule speaks of; None where it names none."""
        for column, table in (("account_id", ACCOUNTS), ("unit_id", UNITS)):
            if row[column]:
                at = self.known(row, column, self.position[column])
                return table, np.array([] if at is None else [at], dtype=np.intp)
        return self.fulfilling(row) if row["where"].strip() else None

    def spoken_of(self, row: RuleRow) -> str:
        """Return the table that a condition or a column is of."""
        return row["of"] or (ACCOUNTS if self.tables[ACCOUNTS] is not None else UNITS)

    def fulfilling(self, row: RuleRow) -> tuple[str, Positions]:
        """Return the table of a condition and the rows that fulfil it; told where it cannot be meant."""
        table = self.spoken_of(row)
        frame = self.tables[table]
        if frame is None:
            self.tell(row, "of", "rule_of", f"The folder has no {table}.")
            return table, np.zeros(0, np.intp)
        try:
            found = matching(parse_condition(row["where"]), frame)
        except ConditionError as fault:
            self.tell(row, "where", "condition", str(fault))
            return table, np.zeros(0, np.intp)
        if not found.any():
            self.warn(
                row,
                "where",
                "condition_matches_nothing",
                f"None of the {table} fulfil this condition, so the rule asks for nothing.",
                "Check names and spelling; text is compared exactly.",
            )
        return table, np.flatnonzero(found)

    def column(self, row: RuleRow) -> tuple[str, pd.Series | None]:
        """Return the table of the column of groups, and the column; None, with an error, where it is not there."""
        table = self.spoken_of(row)
        frame = self.tables[table]
        names = [] if frame is None else [str(name) for name in frame.columns if name != "geometry"]
        name = column_named(row["by"], names)
        if name is None:
            self.tell(row, "by", "unknown_column", f"The {table} have no column {row['by']!r}.")
        return table, None if frame is None or name is None else frame[name]

    def known(self, row: RuleRow, column: str, position: Mapping[str, int]) -> int | None:
        """Return the position of what the row names; None, with an error, where it is not in the plan."""
        name = row[column]
        if name in position:
            return position[name]
        noun = column.removeprefix("with_").removesuffix("_id")
        near = nearest(name, position)
        guess = f" The nearest is {near!r}." if near else ""
        self.tell(row, column, f"unknown_{noun}", f"There is no {noun} {name!r} in the plan.{guess}")
        return None

    def territories(self, row: RuleRow) -> Positions | None:
        """Return the territories that a rule names, none where they are unknown; None where it names none."""
        regions = {name: r for r, name in enumerate(self.roster.region_name)}
        of_seat = self.roster.position | self.roster.position_of_seat
        positions = {"territory_id": self.roster.position, "seat_id": of_seat, "region": regions}
        stated = [column for column in positions if row[column]]
        if not stated:
            return None
        found = np.arange(len(self.roster))
        for column in stated:
            at = self.known(row, column, positions[column])
            if at is None:
                return np.zeros(0, np.intp)
            meant = np.flatnonzero(self.roster.region == at) if column == "region" else [at]
            found = np.intersect1d(found, meant)
        if not len(found):
            why = f"No territory is {' and '.join(f'{column} {row[column]}' for column in stated)} at the same time."
            self.tell(row, stated[-1], "contradicting_rules", why)
        return found

    def all_or(self, row: RuleRow) -> Positions:
        """Return the territories that a rule names, all where it names none."""
        named = self.territories(row)
        return np.arange(len(self.roster)) if named is None else named

    def ids(self, table: str, rows: Positions) -> list[str]:
        """Return the ids of rows of ``accounts`` or ``units``."""
        frame = self.tables[table]
        column = "account_id" if table == ACCOUNTS else "unit_id"
        return [] if frame is None else [str(name) for name in frame[column].iloc[rows]]


def _positions(table: pd.DataFrame | None, column: str) -> dict[str, int]:
    return {} if table is None else {str(name): at for at, name in enumerate(table[column])}
