"""The workspace on disk: plan folders that were uploaded, and plans with their records and outputs.

Layout::

    workspace/
      folders/ID/…          files of an uploaded plan folder
      folders/ID.json       its record
      plans/ID/plan.json    record of a plan: what was asked, and how its job stands
      plans/ID/output/…     what the plan wrote
"""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import ApiError, ProblemItem, not_found
from data.store.ids import ID_PATTERN, new_id
from planner.job import JobState

Record = TypeVar("Record", bound=BaseModel)


class FolderRecord(BaseModel):
    """A plan folder the service knows."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    source: Literal["sample", "upload"]
    added: datetime | None = None


class PlanRecord(BaseModel):
    """What was asked of a plan and how its job stands."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    folder_id: str
    overrides: dict[str, Any] = Field(default_factory=dict)
    state: JobState = JobState.QUEUED
    reason: str = ""
    problems: list[ProblemItem] = Field(default_factory=list)
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None


def now() -> datetime:
    """Return the present moment, with time zone."""
    return datetime.now(UTC)


class Workspace:
    """Plan folders and plans on disk. Every write is atomic: a file is complete or not there.

    Parameters
    ----------
    root
        Folder of the workspace; made where it is missing.
    samples
        Folder whose sub-folders are offered as samples, read only.
    """

    def __init__(self, root: Path, samples: Path) -> None:
        self._root, self._samples = root.resolve(), samples.resolve()
        self._lock = threading.Lock()
        for part in ("folders", "plans", "incoming"):
            (self._root / part).mkdir(parents=True, exist_ok=True)
        for left_behind in (self._root / "incoming").iterdir():
            shutil.rmtree(left_behind, ignore_errors=True)

    # --- plan folders

    def folders(self) -> list[FolderRecord]:
        """Return every plan folder: uploads, newest first, then samples by name."""
        uploads = [
            r for p in (self._root / "folders").glob("*.json") if (r := _read(FolderRecord, p)) is not None
        ]
        uploads.sort(key=lambda record: (record.added is not None, record.added), reverse=True)
        return uploads + self._sample_records()

    def folder(self, folder_id: str) -> FolderRecord:
        """Return one plan folder; `ApiError` 404 where there is none."""
        for record in self.folders():
            if record.id == folder_id:
                return record
        raise not_found("plan folder", folder_id, "/api/folders")

    def folder_path(self, folder_id: str) -> Path:
        """Return where the files of a plan folder are."""
        record = self.folder(folder_id)
        return (self._samples if record.source == "sample" else self._root / "folders") / record.id

    @contextmanager
    def new_folder(self, name: str) -> Iterator[tuple[FolderRecord, Path]]:
        """Give an empty folder to fill; it becomes a plan folder when the block ends without an error."""
        record = FolderRecord(id=new_id(name), name=name, source="upload", added=now())
        staging = self._root / "incoming" / record.id
        staging.mkdir()
        try:
            yield record, staging
            staging.rename(self._root / "folders" / record.id)
            _write(self._root / "folders" / f"{record.id}.json", record)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def delete_folder(self, folder_id: str) -> None:
        """Delete an uploaded plan folder that no plan uses."""
        record = self.folder(folder_id)
        if record.source == "sample":
            raise ApiError(409, "sample", f"{record.name!r} is a sample and stays.")
        users = [plan.name for plan in self.plans() if plan.folder_id == folder_id]
        if users:
            shown = ", ".join(users[:5])
            raise ApiError(409, "folder-in-use", f"{len(users)} plan(s) use it: {shown}. Delete them first.")
        (self._root / "folders" / f"{record.id}.json").unlink()
        shutil.rmtree(self._root / "folders" / record.id, ignore_errors=True)

    def _sample_records(self) -> list[FolderRecord]:
        if not self._samples.is_dir():
            return []
        folders = sorted(p for p in self._samples.iterdir() if p.is_dir() and re.match(ID_PATTERN, p.name))
        return [
            FolderRecord(id=p.name, name=p.name.replace("-", " ").title(), source="sample") for p in folders
        ]

    # --- plans

    def plans(self) -> list[PlanRecord]:
        """Return every plan, newest first."""
        found = [_read(PlanRecord, path) for path in (self._root / "plans").glob("*/plan.json")]
        return sorted((r for r in found if r is not None), key=lambda r: r.created, reverse=True)

    def plan(self, plan_id: str) -> PlanRecord:
        """Return one plan; `ApiError` 404 where there is none."""
        record = None
        if re.match(ID_PATTERN, plan_id):
            record = _read(PlanRecord, self._root / "plans" / plan_id / "plan.json")
        if record is None:
            raise not_found("plan", plan_id, "/api/plans")
        return record

    def add_plan(self, name: str, folder_id: str, overrides: dict[str, Any]) -> PlanRecord:
        """Record a plan that is asked for."""
        record = PlanRecord(
            id=new_id(name), name=name, folder_id=folder_id, overrides=overrides, created=now()
        )
        (self._root / "plans" / record.id).mkdir()
        self.save_plan(record)
        return record

    def save_plan(self, record: PlanRecord) -> None:
        """Replace the record of a plan."""
        with self._lock:
            _write(self._root / "plans" / record.id / "plan.json", record)

    def adopt_output(self, name: str, folder_id: str, output: Path) -> PlanRecord:
        """Take in a plan that was made elsewhere, such as on the command line, by copying its output."""
        record = self.add_plan(name, folder_id, {})
        shutil.copytree(output, self.output_path(record.id))
        done = record.model_copy(update={"state": JobState.DONE, "started": record.created, "ended": now()})
        self.save_plan(done)
        return done

    def delete_plan(self, plan_id: str) -> None:
        """Delete a plan with everything it wrote."""
        path = self._root / "plans" / self.plan(plan_id).id
        (path / "plan.json").unlink()
        shutil.rmtree(path, ignore_errors=True)

    def output_path(self, plan_id: str) -> Path:
        """Return where a plan writes its output."""
        return self._root / "plans" / plan_id / "output"


def _read(kind: type[Record], path: Path) -> Record | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None


def _write(path: Path, record: BaseModel) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    beside.write_text(record.model_dump_json(indent=1), encoding="utf-8")
    beside.replace(path)
