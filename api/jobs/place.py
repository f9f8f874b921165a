"""One place where jobs of a lane are worked on, one after the other."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from api.jobs.attempt import Attempt, Outcome
from api.jobs.effects import add_effect
from api.jobs.following import Followers
from api.jobs.kinds import KINDS, Lane
from api.jobs.task import Task
from api.settings import Settings
from data.store import job_news, job_work
from data.store.database import Database, StoreError
from data.store.job_news import JobNews
from data.store.jobs import JobRow
from data.store.opening import Store
from planner.errors import PlannerError
from planner.job import JobEvent

if TYPE_CHECKING:
    from api.deps import Services

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_STORED = 0.5
_SECONDS_TO_TRY_AGAIN = (0.2, 1.0, 3.0, 10.0)


def attempts_folder(store: Store) -> Path:
    """Return the folder with a folder for every attempt, named by its lease."""
    return store.scratch / "jobs"


class Place:
    """Takes jobs of a lane from the queue and brings them to their end. Runs in a thread of its own.

    Parameters
    ----------
    lane
        Which jobs to take.
    server
        Name of this server.
    store, settings, services
        Where everything is, how to run, what effects need.
    followers
        Whom to tell.
    """

    def __init__(
        self,
        lane: Lane,
        server: str,
        store: Store,
        settings: Settings,
        services: Services,
        followers: Followers,
    ) -> None:
        self._lane, self._server = lane, server
        self._store, self._settings, self._services = store, settings, services
        self._followers = followers
        self._work_waits, self._stopping = threading.Event(), threading.Event()
        self._current: tuple[JobRow, Attempt] | None = None

    @property
    def lane(self) -> Lane:
        """Which jobs it takes."""
        return self._lane

    @property
    def lease(self) -> str | None:
        """The lease of the job at hand; None where there is none."""
        current = self._current
        return None if current is None else current[0].lease

    def serve(self) -> None:
        """Work until `stop` is called."""
        while not self._stopping.is_set():
            try:
                job = self._next()
                if job is None:
                    self._work_waits.wait()
                else:
                    self._do(job)
            except Exception:
                # The job, if there was one, goes back into the queue when its lease runs out.
                _log.exception("a place for jobs stumbled")
                self._stopping.wait(_SECONDS_TO_TRY_AGAIN[1])

    def wake(self) -> None:
        """Look into the queue."""
        self._work_waits.set()

    def stop(self) -> None:
        """Give back the job at hand and take no more."""
        self._stopping.set()
        self._work_waits.set()
        if (current := self._current) is not None:
            current[1].give_up()

    def cancel(self, job_id: str) -> None:
        """Pass on that a job is to stop, where it is the one at hand."""
        if (current := self._current) is not None and current[0].id == job_id:
            current[1].cancel()

    def check(self, asked: Collection[str], held: Mapping[str, job_work.Held]) -> None:
        """Stop the job at hand where its lease is no longer held, or where somebody asked for it.

        Parameters
        ----------
        asked, held
            Leases that were asked about, and what was found of those that are held.
        """
        current = self._current
        if current is None or current[0].lease is None or current[0].lease not in asked:
            return
        mine = held.get(current[0].lease)
        if mine is None:
            current[1].give_up()
        elif mine.cancel_asked:
            current[1].cancel()

    # --- inside

    def _next(self) -> JobRow | None:
        self._work_waits.clear()
        with self._store.database.writing() as tx:
            return job_work.claim(tx, self._lane, self._server, self._settings.job_lease_s)

    def _do(self, job: JobRow) -> None:
        assert job.lease is not None
        self._followers.stored(job.id, job.last_event)
        kind = KINDS.get(job.kind)
        if kind is None:
            reason = (
                f"This service does not know jobs of the kind {job.kind!r}. Start it with a newer version."
            )
            self._conclude(job, Outcome(JobEvent.FAIL, reason), None, None)
            return
        scratch = attempts_folder(self._store) / job.lease
        scratch.mkdir(parents=True)
        task = Task(
            job_id=job.id,
            kind=job.kind,
            work=kind.work,
            params=job.params,
            store=self._store.root,
            scratch=scratch,
            input_digest=job.input_digest,
            planning=self._settings.planning,
            time_limit_s=job.time_limit_s,
            memory_bytes=job.memory_bytes,
            connections={name: url.get_secret_value() for name, url in self._settings.connections.items()},
        )
        attempt = Attempt(task, self._settings.cancel_grace_s)
        self._current = (job, attempt)
        try:
            if self._stopping.is_set():  # it was asked to stop before there was something to stop
                attempt.give_up()
            teller = _Teller(self._store.database, self._followers, job)
            outcome = attempt.run(teller.tell)
            digest = None
            if outcome.event is JobEvent.FINISH and task.output.is_dir():
                digest = self._store.objects.put_tree(task.output)
                self._keep_view(task.view, digest)
            self._conclude(job, outcome, digest, teller.pending)
        finally:
            self._current = None
            shutil.rmtree(scratch, ignore_errors=True)

    def _keep_view(self, view: Path, output_digest: str) -> None:
        """Keep what was made ready for looking at; whatever keeps it from being kept, it can be made again."""
        if view.is_dir():
            with suppress(OSError):
                view.rename(self._store.views / output_digest)

    def _conclude(
        self, job: JobRow, outcome: Outcome, output_digest: str | None, pending: dict[str, Any] | None
    ) -> None:
        """End the attempt together with its effect; where the effect fails, so does the job."""
        if outcome.traceback:
            _log.error("job %s failed\n%s", job.id, outcome.traceback)
        for patience_s in (*_SECONDS_TO_TRY_AGAIN, None):
            try:
                self._end(job, outcome, output_digest, pending)
                return
            except DBAPIError:
                if patience_s is None or self._stopping.wait(patience_s):
                    raise
                _log.exception("job %s ended, but that could not be written; trying again", job.id)
            except PlannerError as error:
                if outcome.event is not JobEvent.FINISH or isinstance(error, StoreError):
                    raise
                outcome = Outcome(JobEvent.FAIL, str(error))
            except Exception as error:
                if outcome.event is not JobEvent.FINISH:
                    raise
                _log.exception("the result of job %s could not be put in place", job.id)
                reason = f"An error in the program kept its result from being put in place ({error}). Please report it."
                outcome = Outcome(JobEvent.FAIL, reason)

    def _end(
        self, job: JobRow, outcome: Outcome, output_digest: str | None, pending: dict[str, Any] | None
    ) -> None:
        assert job.lease is not None
        done = outcome.event is JobEvent.FINISH
        with self._store.database.writing() as tx:
            if pending is not None:
                job_news.tell(tx, job.id, job.lease, pending)
            ended = job_work.end(
                tx,
                job.id,
                job.lease,
                outcome.event,
                reason=outcome.reason,
                problems=outcome.problems,
                result=outcome.result if done else None,
                output_digest=output_digest if done else None,
            )
            if ended is not None:
                add_effect(tx, self._services, ended)
        if ended is not None:
            self._followers.stored(job.id, ended.last_event)


class _Teller:
    """Stores some signs of progress of a job and shows them all."""

    def __init__(self, database: Database, followers: Followers, job: JobRow) -> None:
        self._database, self._followers, self._job = database, followers, job
        self._last = 0.0
        self.pending: dict[str, Any] | None = None

    def tell(self, progress: dict[str, Any]) -> None:
        """Pass on a sign of progress."""
        moment = time.monotonic()
        if self._last and moment - self._last < _SECONDS_BETWEEN_STORED:
            self.pending = progress
            self._followers.show(self._job.id, JobNews(None, "progress", progress))
            return
        self._last, self.pending = moment, None
        try:
            with self._database.writing() as tx:
                number = job_news.tell(tx, self._job.id, self._job.lease or "", progress)
        except DBAPIError:
            _log.exception("progress of job %s could not be stored", self._job.id)
            return
        if number is not None:
            self._followers.stored(self._job.id, number)
