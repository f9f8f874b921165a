"""What an audit looks at: the files of an output, and the plan folder it was made from."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.audit.report import NotChecked
from data.folder import PlanFolder
from data.read import read_folder
from planner.errors import InvalidInput


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
    def folder(self) -> PlanFolder:
        """The plan folder after reading."""
        try:
            return read_folder(self.inputs)
        except InvalidInput as fault:
            raise ValueError(f"the plan folder can no longer be read: {fault.problems[0]}") from fault

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """Rows of the assignments that are about accounts."""
        return self.assignments[self.assignments["account_id"] != ""]

    @cached_property
    def areas(self) -> pd.DataFrame:
        """Rows of the assignments that are about areas."""
        return self.assignments[self.assignments["unit_id"] != ""]

    @cached_property
    def entities(self) -> pd.DataFrame:
        """The input rows that add up to territories (accounts, else units), with ``id`` and ``territory`` in the plan.

        Only those that the plan placed.
        """
        folder = self.folder
        frame, key, rows = folder.units, "unit_id", self.areas
        if folder.accounts is not None:
            frame, key, rows = folder.accounts, "account_id", self.accounts
        owner = rows.drop_duplicates(key).set_index(key)["territory_id"]
        placed = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
        placed["id"], placed["territory"] = frame[key], frame[key].map(owner)
        return placed[placed["territory"].notna()]

    @cached_property
    def territory_id(self) -> list[str]:
        """Ids of the territories in the order of the territory table."""
        return self.territories["territory_id"].tolist()

    @cached_property
    def measures(self) -> list[str]:
        """Names of the measures that the plan was judged by."""
        return [str(name) for name in self.scores["measures"]]

    def entity_values(self, measure: str) -> pd.Series:
        """Return what each row of `entities` holds of a measure, from the input."""
        if measure in self.entities:
            return pd.to_numeric(self.entities[measure]).fillna(0.0)
        counted = "units" if self.folder.accounts is None else "accounts"
        if measure == counted:
            return pd.Series(1.0, index=self.entities.index)
        raise NotChecked(f"{measure} is not a column of the {counted}, so its sums were not added up again.")

    def stated(self, measure: str) -> pd.Series:
        """Return what the territory table says each territory holds of a measure."""
        return pd.to_numeric(self.territories.set_index("territory_id")[measure])

    def recomputed(self, measure: str) -> pd.Series:
        """Return the sum of a measure over the entities of each territory, in the order of the table."""
        held = self.entity_values(measure).groupby(self.entities["territory"]).sum()
        return held.reindex(self.territory_id, fill_value=0.0)

    def _table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.out / name, dtype=str, keep_default_na=False, encoding="utf-8")

    def _json(self, name: str) -> dict[str, Any]:
        value = json.loads((self.out / name).read_text("utf-8"))
        if not isinstance(value, dict):
            raise ValueError(f"{name} does not hold an object")
        return value


def close(a: pd.Series | np.ndarray, b: pd.Series | np.ndarray) -> np.ndarray:
    """Return where two columns agree to a relative 1e-6."""
    return np.isclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-6, atol=1e-6)
