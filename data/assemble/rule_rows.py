"""The rows of all rules: those of the folder's table, then those of its scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from data.assemble.findings import Findings
from data.folder import PlanFolder
from data.read.asked_rules import rules_of_scenario
from data.read.report import Report
from data.read.rule_kinds import AMOUNTS, IDS, TEXTS
from planner.scenario import Scenario

PLAN = "plan.toml"


class RuleRow:
    """One row of a table of rules, with the table it stands in.

    Parameters
    ----------
    table
        ``rules``, or plan.toml.
    cells
        Values by canonical column.
    """

    def __init__(self, table: str, cells: Mapping[Any, Any]) -> None:
        self.table = table
        self._cells = cells

    def __getitem__(self, column: str) -> str:
        return str(self._cells.get(column, ""))

    def number(self, column: str) -> float:
        """Return a number, NaN where there is none."""
        return float(self._cells.get(column, np.nan))

    @property
    def row(self) -> int:
        """Row of the table, line of plan.toml."""
        return int(self._cells["row"])

    def written(self, column: str) -> str:
        """Return the column as its file calls it."""
        return f"rules.{column}" if self.table == PLAN else column


def rule_rows(folder: PlanFolder, scenario: Scenario, findings: Findings) -> list[RuleRow]:
    """Return the rows of every rule, canonical; what a scenario says wrong is found as in a file."""
    report = Report()
    asked = rules_of_scenario(scenario.rules, PLAN, report)
    findings.take(report.problems())
    findings.stop_on_errors()
    tables = {"rules": folder.rules, PLAN: None if asked is None else asked.frame}
    return [
        RuleRow(name, cells)
        for name, frame in tables.items()
        if frame is not None
        for cells in _complete(frame).to_dict("records")
    ]


def _complete(frame: pd.DataFrame) -> pd.DataFrame:
    missing = {name: "" for name in (*IDS, *TEXTS) if name not in frame}
    missing |= {name: np.nan for name in AMOUNTS if name not in frame}
    return frame.assign(**missing)
