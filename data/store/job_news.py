"""What happens to jobs, in order, for whoever follows them: stored, numbered by job, thinned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from data.store.jobs import ACTIVE, add_event, job_events, jobs

KEPT = 200
"""Signs of progress that are kept of one job, spread over its life."""
_THINNED_EVERY = 500


@dataclass(frozen=True)
class JobNews:
    """One event of a job.

    Parameters
    ----------
    number
        Counts the events of the job that were stored; None for one that was not, to be shown and forgotten.
    kind
        ``state`` or ``progress``.
    data
        What it says; each says the whole of what it reports, so that one that is missed is no loss.
    at
        When; None for one that was not stored.
    """

    number: int | None
    kind: str
    data: dict[str, Any]
    at: datetime | None = None


def tell(transaction: Connection, job_id: str, lease: str, progress: dict[str, Any]) -> int | None:
    """Store a sign of progress for the holder of a lease and return its number; None where it is no longer held."""
    mine = (jobs.c.id == job_id, jobs.c.lease == lease, jobs.c.state.in_(ACTIVE))
    if not transaction.execute(update(jobs).where(*mine).values(progress=progress)).rowcount:
        return None
    number = add_event(transaction, job_id, "progress", progress)
    if number % _THINNED_EVERY == 0:
        thin(transaction, job_id)
    return number


def news(connection: Connection, job_id: str, after: int = 0, limit: int = 1000) -> list[JobNews]:
    """Return the stored events of a job with a number above `after`, in order."""
    wanted = (
        select(job_events)
        .where(job_events.c.job_id == job_id, job_events.c.number > after)
        .order_by(job_events.c.number)
        .limit(limit)
    )
    return [JobNews(row.number, row.kind, row.data, row.at) for row in connection.execute(wanted)]


def last_numbers(connection: Connection, job_ids: Collection[str]) -> dict[str, int]:
    """Return the number of the last event of jobs; those that are gone are left out."""
    wanted = select(jobs.c.id, jobs.c.last_event).where(jobs.c.id.in_(job_ids))
    return {row.id: row.last_event for row in connection.execute(wanted)}


def thin(transaction: Connection, job_id: str, keep: int = KEPT) -> int:
    """Delete all but some signs of progress, the last one among those that stay; return how many went.

    Events that tell of a state all stay. Numbers stay as they are, with gaps.
    """
    progress = (job_events.c.job_id == job_id, job_events.c.kind == "progress")
    count = transaction.execute(select(func.count()).select_from(job_events).where(*progress)).scalar_one()
    if count <= keep:
        return 0
    wanted = select(job_events.c.number).where(*progress).order_by(job_events.c.number)
    numbers = transaction.execute(wanted).scalars().all()
    kept = {numbers[-1 - (place * count) // keep] for place in range(keep)}
    gone = [number for number in numbers if number not in kept]
    for start in range(0, len(gone), 500):
        part = job_events.c.number.in_(gone[start : start + 500])
        transaction.execute(delete(job_events).where(job_events.c.job_id == job_id, part))
    return len(gone)
