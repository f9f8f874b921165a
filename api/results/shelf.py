"""Keeps the plans that were looked at last in memory, and makes a view where one is missing."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from api.errors import ApiError
from api.results.output import PlanOutput
from api.results.view import VIEW, is_ready, make_view
from api.schemas.plans import PlanSummary
from api.schemas.results import MapInfo
from api.workspace import Workspace
from data.assemble import assemble
from data.read import read_folder
from planner.job import JobState
from planner.scenario import Scenario

_KEPT = 16


@dataclass
class ShelvedPlan:
    """One finished plan: its output, and its view, made on first use where it is missing.

    Parameters
    ----------
    folder, output_path, view_path
        The plan folder, the output, and where the view is or is to be.
    """

    folder: Path
    output_path: Path
    view_path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def output(self) -> PlanOutput:
        """What the output folder says."""
        return PlanOutput(self.output_path)

    def view(self) -> Path:
        """Return the folder of the view, made where it is missing."""
        with self._lock:
            if not is_ready(self.view_path):
                scenario = Scenario().overridden(self.output.run["scenario"])
                make_view(assemble(read_folder(self.folder), scenario), self.output_path, self.view_path)
        return self.view_path

    @cached_property
    def map_info(self) -> MapInfo:
        """What a map of the plan is made of."""
        content: dict[str, Any] = json.loads((self.view() / "view.json").read_text("utf-8"))
        return MapInfo.model_validate(content)

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """One row per account."""
        return pd.read_parquet(self.view() / "accounts.parquet")


class Shelf:
    """Finished plans of a workspace, the last ones kept in memory."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._plans: OrderedDict[str, ShelvedPlan] = OrderedDict()
        self._summaries: dict[str, PlanSummary] = {}

    def plan(self, plan_id: str) -> ShelvedPlan:
        """Return the newest version of a finished plan; `ApiError` 404 where there is none, 409 without output."""
        return self.version(plan_id, None)

    def version(self, plan_id: str, number: int | None) -> ShelvedPlan:
        """Return a version of a plan, the newest for None; `ApiError` 404 where there is none, 409 without output."""
        record = self._workspace.plan(plan_id)
        if record.state is not JobState.DONE:
            detail = f"The plan {record.name!r} is {record.state}: there is no result to show."
            raise ApiError(409, "no-result", detail)
        with self._lock:
            if plan_id not in self._plans:
                output = self._workspace.output_path(plan_id)
                folder = self._workspace.folder_path(record.folder_id)
                self._plans[plan_id] = ShelvedPlan(folder, output, output.with_name(VIEW))
            self._plans.move_to_end(plan_id)
            while len(self._plans) > _KEPT:
                self._plans.popitem(last=False)
            return self._plans[plan_id]

    def summary(self, plan_id: str) -> PlanSummary:
        """Return the numbers of a finished plan; small, so all are kept."""
        if plan_id not in self._summaries:
            self._summaries[plan_id] = self.plan(plan_id).output.summary
        return self._summaries[plan_id]

    def drop(self, plan_id: str) -> None:
        """Forget a plan that was deleted."""
        with self._lock:
            self._plans.pop(plan_id, None)
            self._summaries.pop(plan_id, None)
