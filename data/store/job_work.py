"""Taking jobs from the queue and bringing them to their end, by any number of servers at the same time.

A server that takes a job gets a *lease*: a token that no other attempt has, with an end that the server keeps putting
off. Whatever happens to a running job is done only for the holder of its lease, inside one transaction together with
its effect, so that a job never ends twice and its effect is there once or not at all. A job whose lease ran out goes
back into the queue.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from data.store.database import now
from data.store.jobs import (
    ACTIVE,
    JobRow,
    add_event,
    clock,
    hold_queue,
    job,
    jobs,
    queue_order,
    row_of,
    state_told,
)
from planner.job import ImpossibleEvent, JobEvent, JobState

LOST = "Its process or its server was ended from outside, often for lack of memory."


@dataclass(frozen=True)
class Held:
    """What the holder of a lease has to know: whether the job is to stop."""

    cancel_asked: bool


def claim(transaction: Connection, lane: str, server: str, lease_s: float) -> JobRow | None:
    """Take the next job of a lane and return it with a lease; None where none waits.

    Parameters
    ----------
    lane
        Which jobs to look at.
    server
        Who takes it, for people to read.
    lease_s
        Seconds without a sign of life after which it counts as lost.
    """
    hold_queue(transaction)
    for job_id in queue_order(transaction, lane):
        wanted = select(jobs).where(jobs.c.id == job_id).with_for_update(skip_locked=True)
        found = transaction.execute(wanted).first()
        # A row that is locked is being cancelled: leave it.
        if found is None or found.state != JobState.QUEUED:
            continue
        lease, until = secrets.token_hex(16), clock(transaction) + timedelta(seconds=lease_s)
        changes: dict[str, Any] = {
            "server": server,
            "lease": lease,
            "lease_until": until,
            "started_at": now(),
            "progress": None,
        }
        return _apply(transaction, row_of(found), JobEvent.START, **changes)
    return None


def hold(transaction: Connection, leases: Collection[str], lease_s: float) -> None:
    """Put off the end of leases, where they are still held."""
    until = clock(transaction) + timedelta(seconds=lease_s)
    transaction.execute(
        update(jobs).where(jobs.c.lease.in_(leases), jobs.c.state.in_(ACTIVE)).values(lease_until=until)
    )


def held(connection: Connection, leases: Collection[str]) -> dict[str, Held]:
    """Return those of some leases that are still held."""
    wanted = select(jobs.c.lease, jobs.c.cancel_asked).where(
        jobs.c.lease.in_(leases), jobs.c.state.in_(ACTIVE)
    )
    return {lease: Held(bool(asked)) for lease, asked in connection.execute(wanted)}


def end(
    transaction: Connection,
    job_id: str,
    lease: str,
    event: JobEvent,
    *,
    reason: str = "",
    problems: list[dict[str, Any]] | None = None,
    result: dict[str, Any] | None = None,
    output_digest: str | None = None,
) -> JobRow | None:
    """Do what ends an attempt, for the holder of its lease only.

    Parameters
    ----------
    job_id, lease
        The job, and the token that `claim` gave.
    event
        `JobEvent.FINISH`, `WITHDRAW`, `FAIL`, `LOSE` or `RELEASE`.
    reason, problems
        Why it failed; what is wrong with its input.
    result, output_digest
        What came out of it.

    Returns
    -------
    JobRow or None
        The job as it is now; None where the lease is no longer held: whatever was made is to be thrown away.
    """
    found = job(transaction, job_id, lock=True)
    if found is None or found.lease != lease or not found.state.active:
        return None
    if event is JobEvent.WITHDRAW and not found.job.allows(event):
        event, reason = JobEvent.FAIL, "It stopped without a result though nobody asked it to stop."
    return _end_attempt(
        transaction, found, event, reason, problems=problems or [], result=result, output_digest=output_digest
    )


def ask_cancel(transaction: Connection, job_id: str) -> JobRow | None:
    """Withdraw a job that waits, ask one that runs to stop; None where there is no such job.

    Raises
    ------
    ImpossibleEvent
        Where it has ended.
    """
    found = job(transaction, job_id, lock=True)
    if found is None:
        return None
    if found.state is JobState.CANCELLING:
        return found
    if not found.job.allows(JobEvent.CANCEL):
        raise ImpossibleEvent(f"The job is {found.state}: there is nothing to cancel.")
    return _apply(transaction, found, JobEvent.CANCEL, cancel_asked=True)


def lose_expired(transaction: Connection) -> list[JobRow]:
    """Put jobs back into the queue, or end them, whose lease ran out; return them as they are now."""
    return _lose(transaction, jobs.c.lease_until < clock(transaction))


def lose_all(transaction: Connection) -> list[JobRow]:
    """Do so with every running job, for a server that knows that there is no other."""
    return _lose(transaction, jobs.c.lease.is_not(None))


def any_expired(connection: Connection) -> bool:
    """Return whether there is work for `lose_expired`."""
    wanted = select(jobs.c.id).where(jobs.c.state.in_(ACTIVE), jobs.c.lease_until < clock(connection))
    return connection.execute(wanted.limit(1)).first() is not None


def leases(connection: Connection) -> set[str]:
    """Return every lease that is held."""
    return set(connection.execute(select(jobs.c.lease).where(jobs.c.state.in_(ACTIVE))).scalars())


def _lose(transaction: Connection, which: Any) -> list[JobRow]:
    # Rows that somebody is about to end are locked; they are left to them.
    wanted = select(jobs).where(jobs.c.state.in_(ACTIVE), which).with_for_update(skip_locked=True)
    found = [row_of(each) for each in transaction.execute(wanted).all()]
    return [_end_attempt(transaction, each, JobEvent.ORPHAN, LOST) for each in found]


def _end_attempt(
    transaction: Connection, found: JobRow, event: JobEvent, reason: str = "", **changes: Any
) -> JobRow:
    """Apply an event that takes the job away from whoever worked on it."""
    return _apply(transaction, found, event, reason, lease=None, lease_until=None, **changes)


def _apply(
    transaction: Connection, found: JobRow, event: JobEvent, reason: str = "", **changes: Any
) -> JobRow:
    """Apply an event to a job that is locked, and tell of its new state."""
    after = found.job.after(event, reason)
    changes |= {"state": after.state, "reason": after.reason, "attempts": after.attempts}
    if after.state.ended:
        changes["ended_at"] = _not_before(found.started_at)
    changed = replace(found, **changes)
    transaction.execute(
        update(jobs).where(jobs.c.id == found.id).values(**{**changes, "state": after.state.value})
    )
    number = add_event(transaction, found.id, "state", state_told(changed))
    return replace(changed, last_event=number)


def _not_before(moment: datetime | None) -> datetime:
    """Return the present moment, never before another by a clock that was put back."""
    return now() if moment is None else max(now(), moment)
