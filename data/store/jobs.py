"""Jobs in the database: what is to be done, who asked for it, how it stands; and the queue they wait in.

`data.store.job_work` takes jobs from the queue and brings them to their end, `data.store.job_news` tells of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)

from data.store.database import Moment, metadata, now
from data.store.ids import new_id
from data.store.newest import newest_first
from data.store.references import TREE, refers_to
from planner.errors import PlannerError
from planner.job import MOST_ATTEMPTS, Job, JobState
from planner.turns import turns

_LOCK = 0x6A6F_6273  # any number that no other lock uses
ACTIVE = (JobState.RUNNING.value, JobState.CANCELLING.value)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("lane", String(20), nullable=False),
    Column("plan_id", String(80), index=True, info=refers_to("plans.id")),
    Column("subject", String(200), nullable=False),
    Column("params", JSON, nullable=False),
    Column("input_digest", String(64), info=TREE),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("submitted_by", String(80), nullable=False),
    Column("submitted_at", Moment, nullable=False, index=True),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("most_attempts", Integer, nullable=False),
    Column("time_limit_s", Float),
    Column("memory_bytes", BigInteger),
    Column("server", String(120)),
    Column("lease", String(32)),
    Column("lease_until", Moment),
    Column("cancel_asked", Boolean, nullable=False),
    Column("progress", JSON(none_as_null=True)),
    Column("last_event", Integer, nullable=False),
    Column("result", JSON(none_as_null=True)),
    Column("output_digest", String(64), info=TREE),
    Index("ix_jobs_state", "state", "lane"),
    Index("ix_jobs_submitted_by", "submitted_by", "started_at"),
)

job_events = Table(
    "job_events",
    metadata,
    Column("job_id", String(80), ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", Moment, nullable=False),
)


class QueueFull(PlannerError):
    """No more jobs are taken for now; the message says what to do."""


@dataclass(frozen=True)
class JobRow:
    """A job.

    Parameters
    ----------
    id, kind
        Stable id; what kind of work it is.
    lane
        Which of the service's places it needs; each lane has its own, so that short work never waits behind long.
    submitted_by, submitted_at
        Id of who asked for it, and when.
    plan_id
        The plan it works for; None where it works for none.
    subject
        What it is about, in a few words for people.
    params
        What to do, plain values for JSON.
    input_digest
        Tree of files to work on that nothing else keeps; None where there is none.
    state, reason, problems
        Where it stands; why it failed, in plain words; what is wrong with the input, as `planner.errors.Problem`.
    started_at, ended_at
        When it was last started, and when it ended.
    attempts, most_attempts
        How often it was started, and how often it may be.
    time_limit_s, memory_bytes
        How long it may run, and how much memory it may use; None where this is not limited.
    server
        Which server works on it or did so last.
    lease, lease_until
        Token of the one attempt that may end it, and until when it is held without a sign of life.
    cancel_asked
        Whether somebody asked it to stop.
    progress
        Last sign of life that was stored.
    last_event
        Number of its last event; 0 before the first.
    result, output_digest
        What came out, plain values for JSON, and the tree of the files it wrote.
    """

    id: str
    kind: str
    lane: str
    submitted_by: str
    submitted_at: datetime
    plan_id: str | None = None
    subject: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    input_digest: str | None = None
    state: JobState = JobState.QUEUED
    reason: str = ""
    problems: list[dict[str, Any]] = field(default_factory=list)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    most_attempts: int = MOST_ATTEMPTS
    time_limit_s: float | None = None
    memory_bytes: int | None = None
    server: str | None = None
    lease: str | None = None
    lease_until: datetime | None = None
    cancel_asked: bool = False
    progress: dict[str, Any] | None = None
    last_event: int = 0
    result: dict[str, Any] | None = None
    output_digest: str | None = None

    @property
    def job(self) -> Job:
        """How it stands, to be asked what may happen next."""
        return Job(self.state, self.reason, self.attempts, self.most_attempts)


@dataclass(frozen=True)
class QueueLimits:
    """How many jobs may wait: in all, and of one person."""

    in_all: int
    each: int


def row_of(found: Any) -> JobRow:
    """Return a row of the table as a job."""
    values = dict(found._mapping)
    values["state"] = JobState(values["state"])
    return JobRow(**values)


def hold_queue(transaction: Connection) -> None:
    """Let nobody else put into the queue or take from it until the transaction ends."""
    if transaction.dialect.name == "postgresql":
        transaction.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def clock(connection: Connection) -> datetime:
    """Return the time by which leases are judged: that of the database, where several servers share one."""
    if connection.dialect.name == "postgresql":
        found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found
    return now()


def add_job(
    transaction: Connection,
    kind: str,
    submitted_by: str,
    *,
    lane: str,
    limits: QueueLimits,
    params: dict[str, Any] | None = None,
    subject: str = "",
    plan_id: str | None = None,
    input_digest: str | None = None,
    most_attempts: int = MOST_ATTEMPTS,
    time_limit_s: float | None = None,
    memory_bytes: int | None = None,
    job_id: str | None = None,
) -> JobRow:
    """Put a job into the queue; see `JobRow` for the parameters.

    Raises
    ------
    QueueFull
        Where too many jobs wait already, in all or of this person.
    """
    hold_queue(transaction)
    waiting = jobs.c.state == JobState.QUEUED.value
    count = select(func.count()).select_from(jobs).where(waiting)
    if transaction.execute(count).scalar_one() >= limits.in_all:
        raise QueueFull(
            f"{limits.in_all} jobs wait for their turn, and no more are taken. Cancel one, or try again when one has "
            "ended."
        )
    if transaction.execute(count.where(jobs.c.submitted_by == submitted_by)).scalar_one() >= limits.each:
        raise QueueFull(
            f"{limits.each} of your jobs wait for their turn, and no more are taken from one person. Cancel one, or "
            "try again when one has ended."
        )
    job = JobRow(
        id=job_id or new_id(kind),
        kind=kind,
        lane=lane,
        submitted_by=submitted_by,
        submitted_at=now(),
        plan_id=plan_id,
        subject=subject[:200],
        params=params or {},
        input_digest=input_digest,
        most_attempts=most_attempts,
        time_limit_s=time_limit_s,
        memory_bytes=memory_bytes,
    )
    transaction.execute(insert(jobs).values(**{**job.__dict__, "state": job.state.value}))
    return replace(job, last_event=add_event(transaction, job.id, "state", state_told(job)))


def state_told(job: JobRow) -> dict[str, Any]:
    """Return what an event says about the state of a job."""
    return {"state": job.state.value, "reason": job.reason, "attempt": job.attempts}


def add_event(transaction: Connection, job_id: str, kind: str, content: dict[str, Any]) -> int:
    """Append an event to a job and return its number."""
    number: int = transaction.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(last_event=jobs.c.last_event + 1)
        .returning(jobs.c.last_event)
    ).scalar_one()
    transaction.execute(
        insert(job_events).values(job_id=job_id, number=number, kind=kind, data=content, at=now())
    )
    return number


def job(connection: Connection, job_id: str, *, lock: bool = False) -> JobRow | None:
    """Return one job, locked against changes by others where asked; None where there is none."""
    wanted = select(jobs).where(jobs.c.id == job_id)
    found = connection.execute(wanted.with_for_update() if lock else wanted).first()
    return None if found is None else row_of(found)


def all_jobs(
    connection: Connection,
    *,
    states: Iterable[JobState] | None = None,
    kind: str | None = None,
    plan_id: str | None = None,
    submitted_by: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> list[JobRow]:
    """Return jobs, newest first.

    Parameters
    ----------
    states, kind, plan_id, submitted_by
        What jobs have to be, where given.
    before, limit
        Moment and id of the job to go on after, and how many to return.
    """
    wanted = newest_first(select(jobs), jobs.c.submitted_at, jobs.c.id, before, limit)
    if states is not None:
        wanted = wanted.where(jobs.c.state.in_([state.value for state in states]))
    for column, value in (
        (jobs.c.kind, kind),
        (jobs.c.plan_id, plan_id),
        (jobs.c.submitted_by, submitted_by),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return [row_of(found) for found in connection.execute(wanted)]


def jobs_by_id(connection: Connection, job_ids: Sequence[str]) -> dict[str, JobRow]:
    """Return jobs by their ids; those that are not there are left out."""
    found: dict[str, JobRow] = {}
    for start in range(0, len(job_ids), 500):  # a statement takes a limited number of values
        wanted = select(jobs).where(jobs.c.id.in_(job_ids[start : start + 500]))
        found.update((row.id, row_of(row)) for row in connection.execute(wanted))
    return found


def queue_order(connection: Connection, lane: str) -> list[str]:
    """Return the jobs that wait in a lane, the next one first; see `planner.turns`."""
    came = (jobs.c.submitted_at, jobs.c.id)
    waiting = connection.execute(
        select(jobs.c.id, jobs.c.submitted_by)
        .where(jobs.c.state == JobState.QUEUED.value, jobs.c.lane == lane)
        .order_by(*came)
    ).all()
    if not waiting:
        return []
    people = sorted({person for _, person in waiting})
    running = connection.execute(
        select(jobs.c.submitted_by, func.count())
        .where(jobs.c.state.in_(ACTIVE), jobs.c.lane == lane, jobs.c.submitted_by.in_(people))
        .group_by(jobs.c.submitted_by)
    ).all()
    served = connection.execute(
        select(jobs.c.submitted_by, func.max(jobs.c.started_at, type_=Moment()))
        .where(jobs.c.submitted_by.in_(people), jobs.c.lane == lane, jobs.c.started_at.is_not(None))
        .group_by(jobs.c.submitted_by)
    ).all()
    return turns(
        [(row[0], row[1]) for row in waiting],
        {row[0]: row[1] for row in running},
        {row[0]: row[1] for row in served},
    )


def waiting(connection: Connection, lane: str) -> int:
    """Return how many jobs wait in a lane."""
    count = select(func.count()).select_from(jobs)
    found: int = connection.execute(
        count.where(jobs.c.state == JobState.QUEUED.value, jobs.c.lane == lane)
    ).scalar_one()
    return found


def active_jobs_of(connection: Connection, plan_id: str) -> list[JobRow]:
    """Return the jobs of a plan that have not ended."""
    alive = [state for state in JobState if not state.ended]
    return all_jobs(connection, plan_id=plan_id, states=alive)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many jobs are in each state, states of none included."""
    found = connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state)).all()
    return {state.value: 0 for state in JobState} | {state: int(count) for state, count in found}
