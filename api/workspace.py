"""How the jobs of plans stand, on disk, beside the store; until jobs have tables of their own."""

from __future__ import annotations

import secrets
import shutil
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.errors import ProblemItem, not_found
from data.store import data_sets, plans
from data.store.database import now
from data.store.opening import Store
from planner.job import JobState
from planner.roles import LOCAL


class Making(BaseModel):
    """How the job of a plan stands."""

    model_config = ConfigDict(frozen=True)

    state: JobState = JobState.QUEUED
    reason: str = ""
    problems: list[ProblemItem] = Field(default_factory=list)
    started: datetime | None = None
    ended: datetime | None = None


class PlanRecord(Making):
    """What was asked of a plan and how its job stands."""

    id: str
    name: str
    folder_id: str
    overrides: dict[str, Any]
    created: datetime


class Workspace:
    """Plans of a store with how their jobs stand."""

    def __init__(self, store: Store) -> None:
        self._store, self._root = store, store.root / "making"
        self._root.mkdir(exist_ok=True)
        self._lock = threading.Lock()

    def folder_path(self, folder_id: str) -> Path:
        """Return where the files of a plan folder are."""
        with self._store.database.reading() as connection:
            found = data_sets.data_set(connection, folder_id)
        if found is None:
            raise not_found("plan folder", folder_id, "/api/folders")
        return self._store.objects.tree(found.digest)

    def plans(self) -> list[PlanRecord]:
        """Return every plan, newest first."""
        with self._store.database.reading() as connection:
            return [self._record(row) for row in plans.all_plans(connection)]

    def plan(self, plan_id: str) -> PlanRecord:
        """Return one plan; `ApiError` 404 where there is none."""
        with self._store.database.reading() as connection:
            row = plans.plan(connection, plan_id)
        if row is None:
            raise not_found("plan", plan_id, "/api/plans")
        return self._record(row)

    def add_plan(self, name: str, folder_id: str, overrides: dict[str, Any]) -> PlanRecord:
        """Record a plan that is asked for."""
        with self._store.database.writing() as transaction:
            of = data_sets.data_set(transaction, folder_id, lock=True)
            if of is None:
                raise not_found("plan folder", folder_id, "/api/folders")
            row = plans.add_plan(transaction, name, of, LOCAL.id, changes=overrides)
        (self._root / row.id).mkdir()
        return self._record(row)

    def save_plan(self, record: PlanRecord) -> None:
        """Replace how the job of a plan stands."""
        with self._lock:
            path = self._root / record.id / "job.json"
            beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            beside.write_text(record.model_dump_json(include=set(Making.model_fields)), encoding="utf-8")
            beside.replace(path)

    def adopt_output(self, name: str, folder_id: str, output: Path) -> PlanRecord:
        """Take in a plan that was made elsewhere, such as on the command line, by copying its output."""
        record = self.add_plan(name, folder_id, {})
        shutil.copytree(output, self.output_path(record.id))
        done = record.model_copy(update={"state": JobState.DONE, "started": record.created, "ended": now()})
        self.save_plan(done)
        return done

    def delete_plan(self, plan_id: str) -> None:
        """Delete a plan with everything it wrote."""
        with self._store.database.writing() as transaction:
            plans.delete(transaction, self.plan(plan_id).id)
        shutil.rmtree(self._root / plan_id, ignore_errors=True)

    def output_path(self, plan_id: str) -> Path:
        """Return where a plan writes its output."""
        return self._root / plan_id / "output"

    def _record(self, row: plans.PlanRow) -> PlanRecord:
        path = self._root / row.id / "job.json"
        making = Making.model_validate_json(path.read_bytes()) if path.exists() else Making()
        return PlanRecord(
            **making.model_dump(),
            id=row.id,
            name=row.name,
            folder_id=row.data_set_id,
            overrides=row.changes,
            created=row.created_at,
        )
