"""What the end of a job changes besides the job itself, inside the transaction that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from api.jobs.kinds import KINDS, found
from data.store import job_news, job_work
from data.store.jobs import JobRow
from data.store.opening import Store
from planner.job import JobState

if TYPE_CHECKING:
    from api.deps import Services


def add_effect(transaction: Connection, services: Services, job: JobRow) -> None:
    """Do what belongs to the end of a job that has just ended; nothing where it has not."""
    kind = KINDS.get(job.kind)
    if kind is None or not job.state.ended:
        return
    job_news.thin(transaction, job.id)
    if job.state is JobState.DONE:
        if kind.finish:
            found(kind.finish)(transaction, services, job, job.result or {}, job.output_digest)
    elif kind.without_result:
        found(kind.without_result)(transaction, services, job)


def lose(store: Store, services: Services, everything: bool = False) -> list[JobRow]:
    """Put jobs back into the queue, or end them, whose server is gone: those with old leases, or all there are."""
    with store.database.writing() as tx:
        lost = job_work.lose_all(tx) if everything else job_work.lose_expired(tx)
        for job in lost:
            add_effect(tx, services, job)
    return lost
