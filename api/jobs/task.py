"""What a job hands to the process that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.store.objects import ObjectStore


@dataclass(frozen=True)
class Task:
    """What one job has to do, and where.

    Parameters
    ----------
    job_id, kind
        The job.
    work
        The function to call, as ``module:function``: ``work(task, stop, observer)``.
    params
        What to do, plain values.
    store
        Folder of the store, for its files. The database is not for workers: their effect is written by the server
        when they are done.
    scratch
        Folder of this attempt, there and empty, gone when it ends.
    input_digest
        Tree of files to work on; None where there is none.
    planning
        What makes a plan, as ``module:function``; see `api.settings.Settings.planning`.
    time_limit_s, memory_bytes
        How long it may take and how much memory it may use; None where this is not limited.
    connections
        URLs of the databases that the settings name, with their passwords: told to the process, never kept.
    """

    job_id: str
    kind: str
    work: str
    params: dict[str, Any] = field(default_factory=dict)
    store: Path = Path()
    scratch: Path = Path()
    input_digest: str | None = None
    planning: str = ""
    time_limit_s: float | None = None
    memory_bytes: int | None = None
    connections: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def output(self) -> Path:
        """Folder for what the job writes; not made yet. What is in it when the work is done is kept as a tree."""
        return self.scratch / "output"

    @property
    def view(self) -> Path:
        """Folder for what can be made again from the output; kept beside it under `Store.views`."""
        return self.scratch / "view"

    def tree(self, digest: str) -> Path:
        """Return a folder with the files of a tree of the store, to be read only."""
        return ObjectStore(self.store).tree(digest)

    def file(self, digest: str) -> Path:
        """Return where a file of the store is, to be read only."""
        return ObjectStore(self.store).path(digest)

    def given(self) -> Path:
        """Return a folder with the files to work on."""
        if self.input_digest is None:
            raise ValueError(f"the job {self.job_id} was given no files")
        return self.tree(self.input_digest)
