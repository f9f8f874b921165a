"""Works through the queue of jobs, each in a process of its own; any number of servers may do so on one database."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from api.errors import ApiError, not_found
from api.jobs.effects import add_effect, lose
from api.jobs.following import Followers
from api.jobs.kinds import KINDS, Lane
from api.jobs.memory import machine_memory
from api.jobs.place import Place, attempts_folder
from api.jobs.presence import Presence
from api.settings import Settings
from data.store import job_work, jobs, trail
from data.store.job_news import JobNews
from data.store.jobs import JobRow, QueueFull, QueueLimits
from data.store.opening import Store
from planner.job import ImpossibleEvent
from planner.roles import Person

if TYPE_CHECKING:
    from api.deps import Services

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LOOKS = 0.25
_SHARE_OF_MEMORY = 0.8
_SIGNS_PER_LEASE = 3


class JobRunner:
    """Queue of jobs and the places where they are worked on.

    The database is the truth about every job; what stands here can be lost at any time.

    Parameters
    ----------
    store
        Where jobs and what they make are kept.
    settings
        How many run at the same time, how long, with how much memory.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._server = f"{socket.gethostname()}:{os.getpid()}"[-120:]
        self._followers = Followers(store.database)
        self._stopping = threading.Event()
        self._presence = Presence(store.root / "server.lock")
        self._places: list[Place] = []
        self._threads: list[threading.Thread] = []
        self._services: Services

    def start(self, services: Services) -> None:
        """Pick up what an earlier run left, and begin to work.

        Parameters
        ----------
        services
            What jobs need to write their effect.
        """
        self._services = services
        self._stopping.clear()
        self._pick_up(services)
        lanes = {Lane.LONG: self._settings.concurrent_jobs, Lane.QUICK: self._settings.concurrent_quick_jobs}
        for lane, count in lanes.items():
            for number in range(count):
                place = Place(lane, self._server, self._store, self._settings, services, self._followers)
                self._places.append(place)
                self._begin(place.serve, f"{lane}-{number}")
        self._begin(self._watch, "watch")

    def stop(self) -> None:
        """End every running process; their jobs go back into the queue. Streams of events end."""
        self._stopping.set()
        for place in self._places:
            place.stop()
        for thread in self._threads:
            thread.join()
        self._followers.close()
        self._places.clear()
        self._threads.clear()
        self._presence.leave()

    def submit(
        self,
        kind: str,
        params: dict[str, Any],
        who: Person,
        *,
        plan_id: str | None = None,
        subject: str = "",
        input_digest: str | None = None,
        time_limit_s: float | None = None,
        tx: Connection | None = None,
    ) -> JobRow:
        """Put a job into the queue and return it.

        Parameters
        ----------
        kind, params
            What to do: a name of `api.jobs.kinds.KINDS`, and plain values for it.
        who
            Who asks for it.
        plan_id, subject
            The plan it works for, and what it is about, for people.
        input_digest
            Tree of files that it works on and nothing else keeps.
        time_limit_s
            How long it may run, where that is less than the service allows.
        tx
            Transaction to do it in, together with what it belongs to; the caller appends to the trail. Without one, it
            is done, and told in the trail, in a transaction of its own.

        Raises
        ------
        ApiError
            429 where too many wait, in all or of this person.
        """
        if tx is None:
            with self._store.database.writing() as own:
                job = self._add(own, kind, params, who, plan_id, subject, input_digest, time_limit_s)
                told = {"kind": kind, "subject": job.subject}
                trail.append(
                    own,
                    who=who.id,
                    what="job.submit",
                    kind="job",
                    subject=job.id,
                    plan=plan_id or "",
                    new=told,
                )
            self.wake()
            return job
        return self._add(tx, kind, params, who, plan_id, subject, input_digest, time_limit_s)

    def wake(self) -> None:
        """Look for waiting jobs now; without this it takes a moment."""
        for place in self._places:
            place.wake()

    def cancel(self, job_id: str, who: Person) -> JobRow:
        """Withdraw a job that waits, ask one that runs to stop and keep its best so far.

        Raises
        ------
        ApiError
            404 where there is no such job, 409 where it has ended.
        """
        try:
            with self._store.database.writing() as tx:
                job = job_work.ask_cancel(tx, job_id)
                if job is None:
                    raise not_found("job", job_id, "/api/jobs")
                add_effect(tx, self._services, job)
                trail.append(
                    tx, who=who.id, what="job.cancel", kind="job", subject=job_id, plan=job.plan_id or ""
                )
        except ImpossibleEvent as error:
            raise ApiError(409, "job-ended", str(error)) from None
        self._followers.stored(job_id, job.last_event)
        for place in self._places:
            place.cancel(job_id)
        return job

    def follow(self, job_id: str, after: int = 0) -> AsyncIterator[JobNews]:
        """Yield events of a job with a number above `after`, those to come included, until it has ended."""
        return self._followers.follow(job_id, after)

    # --- inside

    def _begin(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=f"job-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _add(
        self,
        tx: Connection,
        kind: str,
        params: dict[str, Any],
        who: Person,
        plan_id: str | None,
        subject: str,
        input_digest: str | None,
        time_limit_s: float | None,
    ) -> JobRow:
        settings, asked = self._settings, KINDS[kind]
        longest_s = settings.max_job_s
        try:
            return jobs.add_job(
                tx,
                kind,
                who.id,
                lane=asked.lane,
                limits=QueueLimits(settings.waiting_jobs, settings.waiting_jobs_each),
                params=params,
                subject=subject,
                plan_id=plan_id,
                input_digest=input_digest,
                most_attempts=asked.most_attempts,
                time_limit_s=longest_s if time_limit_s is None else min(time_limit_s, longest_s),
                memory_bytes=self._memory_bytes(),
            )
        except QueueFull as error:
            raise ApiError(429, "queue-full", str(error)) from None

    def _memory_bytes(self) -> int | None:
        if self._settings.job_memory_bytes is not None:
            return self._settings.job_memory_bytes
        found = machine_memory()
        return None if found is None else int(found * _SHARE_OF_MEMORY / self._settings.concurrent_jobs)

    def _pick_up(self, services: Services) -> None:
        """Take over what is left by servers that are gone, and throw away what they had not finished."""
        alone = self._presence.enter() and self._store.database.is_sqlite
        # Only on SQLite is everybody who works on the store on this machine, where the lock is seen.
        for job in lose(self._store, services, everything=alone):
            _log.warning("job %s was left by a server that is gone: %s", job.id, job.state)
        self._clear_attempts()
        self._presence.settle()

    def _clear_attempts(self) -> None:
        folder = attempts_folder(self._store)
        if not folder.is_dir():
            return
        there = list(folder.iterdir())  # before the leases: an attempt gets its folder after its lease
        with self._store.database.reading() as connection:
            held = job_work.leases(connection)
        for path in there:
            if path.name not in held:
                shutil.rmtree(path, ignore_errors=True)

    def _watch(self) -> None:
        """Keep leases, pass on what happened on other servers, wake places for jobs that wait."""
        held_at = time.monotonic()
        while not self._stopping.wait(_SECONDS_BETWEEN_LOOKS):
            try:
                if time.monotonic() - held_at > self._settings.job_lease_s / _SIGNS_PER_LEASE:
                    held_at = time.monotonic()
                    self._hold()
                self._look()
            except Exception:
                _log.exception("could not look after the jobs")

    def _hold(self) -> None:
        leases = self._leases()
        if leases:
            with self._store.database.writing() as tx:
                job_work.hold(tx, leases, self._settings.job_lease_s)

    def _look(self) -> None:
        leases = self._leases()
        with self._store.database.reading() as connection:
            held = job_work.held(connection, leases) if leases else {}
            waits = {lane for lane in Lane if jobs.waiting(connection, lane)}
            expired = job_work.any_expired(connection)
        for place in self._places:
            place.check(leases, held)
            if place.lane in waits:
                place.wake()
        if expired:
            for job in lose(self._store, self._services):
                _log.warning("job %s lost its server: %s", job.id, job.state)
                self._followers.stored(job.id, job.last_event)
            self._clear_attempts()
        self._followers.look()

    def _leases(self) -> set[str]:
        return {lease for place in self._places if (lease := place.lease) is not None}
