"""What an audit looks at: the files of an output, and the plan folder it was made from."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.assemble.changes import columns_asked, with_data_changes
from data.assemble.findings import Findings
from data.audit.report import NotChecked
from data.export.reasons import SPLIT
from data.folder import PlanFolder
from data.read import read_folder
from data.reopen import scenario_of
from planner.errors import InvalidInput
from planner.scenario import Scenario


class Evidence:
    """Files of one output, read when they are first asked for, as text and nothing but text.

    Parameters
    ----------
    out
        The output folder.
    inputs
        The plan folder; None for the one that ``run.json`` points to.
    """

    def __init__(self, out: Path, inputs: Path | None = None) -> None:
        self.out = out
        self._given = inputs

    @cached_property
    def run(self) -> dict[str, Any]:
        """The run record."""
        return self._json("run.json")

    @cached_property
    def scores(self) -> dict[str, Any]:
        """The scorecards before and after."""
        return self._json("scorecard.json")

    @cached_property
    def tie_out(self) -> dict[str, Any]:
        """The certificate of the quotas."""
        return self._json("tie_out.json")

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """Every row of the assignments."""
        return self._table("assignments.csv")

    @cached_property
    def unplaced(self) -> pd.DataFrame:
        """Accounts that nobody owns."""
        return self._table("unplaced.csv")

    @cached_property
    def territories(self) -> pd.DataFrame:
        """The territory table."""
        return self._table("territories.csv")

    @cached_property
    def quotas(self) -> pd.DataFrame:
        """The quotas."""
        if not (self.out / "quotas.csv").exists() and not (self.out / "tie_out.json").exists():
            raise NotChecked("No quotas were set.")
        return self._table("quotas.csv")

    @cached_property
    def node_quotas(self) -> pd.DataFrame:
        """What the nodes of the hierarchy carry."""
        return self._detail("node_quotas.csv", "There is no hierarchy.")

    @cached_property
    def seat_quotas(self) -> pd.DataFrame:
        """What seats are credited with."""
        return self._detail("seat_quotas.csv", "No credit is shared.")

    @cached_property
    def overrides(self) -> pd.DataFrame:
        """Amounts decided by hand."""
        return self._detail("overrides.csv", "No amount was decided by hand.")

    def _detail(self, name: str, otherwise: str) -> pd.DataFrame:
        if not (self.out / name).exists() and name not in self.run["output"]:
            raise NotChecked(otherwise)
        return self._table(name)

    @cached_property
    def inputs(self) -> Path:
        """The plan folder."""
        if self._given is not None:
            return self._given
        way = self.run["input"]["path"]
        folder = self.out.resolve() / way if isinstance(way, str) else None
        if folder is None or not folder.is_dir():
            raise NotChecked(
                "The plan folder was not found where run.json says it is; name it to compare with it."
            )
        return folder

    @cached_property
    def scenario(self) -> Scenario:
        """What was asked of the plan, without pay."""
        return scenario_of(self.run)

    @cached_property
    def read(self) -> PlanFolder:
        """The plan folder after reading."""
        asked = self.scenario
        try:
            return read_folder(self.inputs, spoken_of=columns_asked(asked.rules, asked.growth))
        except InvalidInput as fault:
            raise ValueError(f"the plan folder can no longer be read: {fault.problems[0]}") from fault

    @cached_property
    def folder(self) -> PlanFolder:
        """The plan folder with the changes to data that the scenario made: what the plan has to agree with."""
        try:
            return with_data_changes(self.read, self.scenario, Findings(self.read))
        except InvalidInput as fault:
            raise ValueError(f"the scenario no longer fits the plan folder: {fault.problems[0]}") from fault

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """Rows of the assignments that are about accounts."""
        return self.assignments[self.assignments["account_id"] != ""]

    @cached_property
    def areas(self) -> pd.DataFrame:
        """Rows of the assignments that are about areas."""
        return self.assignments[self.assignments["unit_id"] != ""]

    @cached_property
    def split_areas(self) -> pd.Index:
        """Ids of the areas whose accounts have several territories."""
        return pd.Index(self.areas.loc[self.areas["reason"].str.startswith(SPLIT), "unit_id"])

    @cached_property
    def placed_accounts(self) -> pd.DataFrame:
        """Accounts of the input that the plan placed, with their new ``territory``."""
        if self.folder.accounts is None:
            raise NotChecked("The plan folder has no accounts.")
        return _with_territory(self.folder.accounts, self.accounts, "account_id")

    @cached_property
    def placed_areas(self) -> pd.DataFrame:
        """Areas of the input that the plan gave to a territory, with their new ``territory``."""
        if self.folder.units is None:
            raise NotChecked("The plan folder has no areas.")
        return _with_territory(self.folder.units, self.areas, "unit_id")

    @cached_property
    def territory_id(self) -> list[str]:
        """Ids of the territories in the order of the territory table."""
        return self.territories["territory_id"].tolist()

    @cached_property
    def measures(self) -> list[str]:
        """Names of the measures that the plan was judged by."""
        return [str(name) for name in self.scores["measures"]]

    def holdings(self, measure: str) -> pd.DataFrame:
        """Return ``id``, ``territory`` and ``value`` of each row of the input that adds to a measure.

        As in a plan: a column of the accounts counts before one of the areas; ``accounts`` and ``units`` count.
        """
        folder = self.folder
        in_accounts = measure in folder.account_measures
        if folder.accounts is not None and (in_accounts or measure == "accounts" or folder.units is None):
            rows, key = self.placed_accounts, "account_id"
        else:
            rows, key = self.placed_areas, "unit_id"
            if len(self.split_areas):
                raise NotChecked(f"Areas were split, so {measure}, which areas hold, was not added up again.")
        value = pd.to_numeric(rows[measure]).fillna(0.0) if measure in rows else 1.0
        return pd.DataFrame({"id": rows[key], "territory": rows["territory"], "value": value})

    def stated(self, measure: str) -> pd.Series:
        """Return what the territory table says each territory holds of a measure."""
        return pd.to_numeric(self.territories.set_index("territory_id")[measure])

    def recomputed(self, measure: str) -> pd.Series:
        """Return the sum of a measure over what each territory holds, in the order of the table."""
        rows = self.holdings(measure)
        held = rows["value"].groupby(rows["territory"]).sum()
        return held.reindex(self.territory_id, fill_value=0.0)

    def _table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.out / name, dtype=str, keep_default_na=False, encoding="utf-8")

    def _json(self, name: str) -> dict[str, Any]:
        value = json.loads((self.out / name).read_text("utf-8"))
        if not isinstance(value, dict):
            raise ValueError(f"{name} does not hold an object")
        return value


def _with_territory(given: pd.DataFrame, rows: pd.DataFrame, key: str) -> pd.DataFrame:
    owner = rows.drop_duplicates(key).set_index(key)["territory_id"]
    placed = pd.DataFrame(given.drop(columns="geometry", errors="ignore"))
    placed["territory"] = given[key].map(owner)
    return placed[placed["territory"].notna() & (placed["territory"] != "")]


def close(a: pd.Series | np.ndarray, b: pd.Series | np.ndarray) -> np.ndarray:
    """Return where two columns agree to a relative 1e-6."""
    return np.isclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-6, atol=1e-6)
