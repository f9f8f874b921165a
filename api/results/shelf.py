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

from api.errors import ApiError, not_found
from api.results.output import PlanOutput
from api.results.view import is_ready, make_view
from api.schemas.plans import PlanSummary
from api.schemas.results import MapInfo
from data.assemble import assemble
from data.read import read_folder
from data.store import jobs, plans, versions
from data.store.opening import Store
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
    """Finished plans of a store, the last ones kept in memory.

    What is kept is found by its content: the same output is the same for ever.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], ShelvedPlan] = OrderedDict()
        self._summaries: dict[str, PlanSummary] = {}

    def plan(self, plan_id: str) -> ShelvedPlan:
        """Return the newest version of a finished plan; `ApiError` 404 where there is none, 409 without output."""
        return self.version(plan_id, None)

    def version(self, plan_id: str, number: int | None) -> ShelvedPlan:
        """Return a version of a plan, the newest with an output for None.

        Raises
        ------
        ApiError
            404 where there is no such plan or version, 409 where it has no output (yet).
        """
        data_digest, output_digest = self._digests(plan_id, number)
        with self._lock:
            kept = self._kept.get((data_digest, output_digest))
            if kept is None:
                kept = ShelvedPlan(
                    self._store.objects.tree(data_digest),
                    self._store.objects.tree(output_digest),
                    self._store.views / output_digest,
                )
                self._kept[data_digest, output_digest] = kept
            self._kept.move_to_end((data_digest, output_digest))
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return kept

    def summary(self, plan_id: str) -> PlanSummary | None:
        """Return the numbers of the newest version of a plan; None where it has no output. Small, so all are kept."""
        with self._store.database.reading() as connection:
            version = versions.written(connection, plan_id)
        if version is None or version.output_digest is None:
            return None
        if version.output_digest not in self._summaries:
            output = PlanOutput(self._store.objects.tree(version.output_digest))
            self._summaries[version.output_digest] = output.summary
        return self._summaries[version.output_digest]

    def _digests(self, plan_id: str, number: int | None) -> tuple[str, str]:
        """Return the trees of a version: its data set and its output."""
        with self._store.database.reading() as connection:
            plan = plans.plan(connection, plan_id)
            if plan is None:
                raise not_found("plan", plan_id, "/api/plans")
            found = (
                versions.written(connection, plan_id)
                if number is None
                else versions.version(connection, plan_id, number)
            )
            job = None if plan.job_id is None else jobs.job(connection, plan.job_id)
        if found is None and number is not None:
            raise not_found("version", str(number), f"/api/plans/{plan_id}/versions")
        if found is None or found.output_digest is None:
            how = f"is {job.state}" if found is None and job is not None else "is not written out"
            detail = f"The plan {plan.name!r} {how}: there is no result to show."
            raise ApiError(409, "no-result", detail)
        return plan.data_digest, found.output_digest
