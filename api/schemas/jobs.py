"""Jobs: long work and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.errors import ProblemItem
from api.results.fenced_plan import fenced_progress
from data.store.jobs import JobRow
from planner.job import JobState
from planner.roles import Person


class JobOut(BaseModel):
    """A job and how it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "solve-4f2a91c07e",
                    "kind": "solve",
                    "plan_id": "spring-2022-4f2a91c07e",
                    "subject": "Spring 2022",
                    "params": {"changes": {"territories": 30}},
                    "state": "running",
                    "reason": "",
                    "problems": [],
                    "submitted_by": "local",
                    "submitted": "2026-01-05T09:00:00Z",
                    "started": "2026-01-05T09:00:01Z",
                    "ended": None,
                    "attempts": 1,
                    "most_attempts": 3,
                    "position": None,
                    "cancel_asked": False,
                    "time_limit_s": 14400,
                    "memory_bytes": 8589934592,
                    "progress": {
                        "phase": "local search",
                        "fraction": 0.4,
                        "objective": 1.2e15,
                        "bound": 1.1e15,
                    },
                    "last_event": 7,
                    "result": None,
                }
            ]
        }
    )

    id: str
    kind: str = Field(description="What kind of work it is.", examples=["solve"])
    plan_id: str | None = Field(description="The plan it works for.")
    subject: str = Field(description="What it is about, for people.")
    params: dict[str, Any] | None = Field(
        description="What it was given; null for those held to some regions."
    )
    state: JobState = Field(description="`queued`, `running`, `cancelling`, `done`, `failed` or `cancelled`.")
    reason: str = Field(description="Why it failed; empty otherwise.")
    problems: list[ProblemItem] = Field(
        description="What is wrong with its input, where that is why it failed."
    )
    submitted_by: str = Field(description="Id of who asked for it.")
    submitted: datetime
    started: datetime | None = Field(description="When it was last started.")
    ended: datetime | None
    attempts: int = Field(description="How often it was started: again where its worker was lost.")
    most_attempts: int = Field(description="How often it may be started.")
    position: int | None = Field(description="Its place in the queue, 1 for the next; null unless it waits.")
    cancel_asked: bool = Field(description="Whether somebody asked it to stop.")
    time_limit_s: float | None = Field(description="Seconds it may take.")
    memory_bytes: int | None = Field(description="Memory it may use, in bytes.")
    progress: dict[str, Any] | None = Field(
        description="Last sign of life: `phase`, `fraction`, best so far as `objective`, `bound` and `violation`, "
        "`iterations`, `seconds`."
    )
    last_event: int = Field(description="Number of its last event.")
    result: dict[str, Any] | None = Field(
        description="What came out, once it is done; null for those held to some regions."
    )

    @classmethod
    def of(cls, job: JobRow, position: int | None, who: Person) -> JobOut:
        """Return a job as it is sent.

        Parameters
        ----------
        job
            The job.
        position
            Its place in the queue.
        who
            Whom it is sent to: what names accounts of any region goes only to those who see all of them.
        """
        everything = who.scope.everything
        return cls(
            id=job.id,
            kind=job.kind,
            plan_id=job.plan_id,
            subject=job.subject,
            params=job.params if everything else None,
            state=job.state,
            reason=job.reason if everything else "",
            problems=[ProblemItem.model_validate(found) for found in job.problems] if everything else [],
            submitted_by=job.submitted_by,
            submitted=job.submitted_at,
            started=job.started_at,
            ended=job.ended_at,
            attempts=job.attempts,
            most_attempts=job.most_attempts,
            position=position,
            cancel_asked=job.cancel_asked,
            time_limit_s=job.time_limit_s,
            memory_bytes=job.memory_bytes,
            progress=job.progress if everything else fenced_progress(job.progress),
            last_event=job.last_event,
            result=job.result if everything else None,
        )
