"""Runs jobs one after the other or side by side, each in a process of its own, and records how they stand."""

from __future__ import annotations

import logging
import multiprocessing
import queue
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from api.errors import ApiError, ProblemItem
from api.jobs.events import NewsLog
from api.jobs.worker import Task, work
from api.settings import Settings
from api.workspace import PlanRecord, Workspace, now
from planner.job import Job, JobEvent

_log = logging.getLogger(__name__)
INTERRUPTED = "The service stopped while this plan was being made. Start it again."


class JobRunner:
    """Queue of plans to make.

    The record of a plan in the workspace is the truth about its state; this class changes it, and tells whoever
    follows the plan's news.
    """

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace, self._settings = workspace, settings
        self._context = multiprocessing.get_context("spawn")
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._active: set[str] = set()
        self._news: dict[str, NewsLog] = {}
        self._cancel: dict[str, Any] = {}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Mark what a previous run left unfinished, and begin to work."""
        for record in self._workspace.plans():
            if not record.state.ended:
                self._record(record.id, JobEvent.INTERRUPT, INTERRUPTED)
        for number in range(self._settings.concurrent_jobs):
            thread = threading.Thread(target=self._serve, name=f"job-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End every running process and wait until their records say so."""
        self._stopping.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def submit(self, name: str, folder_id: str, overrides: dict[str, Any]) -> PlanRecord:
        """Record a plan and queue its job; `ApiError` 429 where too many wait already."""
        with self._lock:
            if len(self._active) >= self._settings.concurrent_jobs + self._settings.waiting_jobs:
                detail = f"{len(self._active)} plans are in the queue. Cancel one, or try again when one has ended."
                raise ApiError(429, "queue-full", detail)
            record = self._workspace.add_plan(name, folder_id, overrides)
            self._active.add(record.id)
            self._say_state(record)
        self._queue.put(record.id)
        return record

    def cancel(self, plan_id: str) -> PlanRecord:
        """Ask a job to stop and keep its best so far; `ApiError` 409 where it has ended."""
        with self._lock:
            record = self._workspace.plan(plan_id)
            if not Job(record.state).allows(JobEvent.CANCEL):
                raise ApiError(
                    409, "job-ended", f"The plan {record.name!r} is {record.state}: nothing to cancel."
                )
            record = self._record(plan_id, JobEvent.CANCEL)
            if plan_id in self._cancel:
                self._cancel[plan_id].set()
            return record

    def forget(self, plan_id: str) -> None:
        """Delete a plan that has ended; `ApiError` 409 while it has not."""
        with self._lock:
            record = self._workspace.plan(plan_id)
            if not record.state.ended:
                raise ApiError(
                    409, "job-active", f"The plan {record.name!r} is {record.state}. Cancel it first."
                )
            self._workspace.delete_plan(plan_id)
            self._news.pop(plan_id, None)

    def news(self, plan_id: str) -> NewsLog:
        """Return the events of a plan; of one that ended before this run, its state alone."""
        with self._lock:
            if plan_id not in self._news:
                self._say_state(self._workspace.plan(plan_id))
            return self._news[plan_id]

    def progress(self, plan_id: str) -> dict[str, Any] | None:
        """Return the last sign of life of a running job."""
        with self._lock:
            latest = self._news[plan_id].latest if plan_id in self._news else None
        return latest.data if latest is not None and latest.kind == "progress" else None

    # --- inside

    def _serve(self) -> None:
        while (plan_id := self._queue.get()) is not None:
            with self._lock:
                if self._stopping.is_set():
                    self._end_if_possible(plan_id, JobEvent.INTERRUPT, INTERRUPTED)
                    continue
                if not Job(self._workspace.plan(plan_id).state).allows(JobEvent.START):
                    continue  # withdrawn while it waited
                record = self._record(plan_id, JobEvent.START)
                cancel = self._cancel[plan_id] = self._context.Event()
            try:
                self._run(record, cancel)
            except Exception as error:
                _log.exception("plan %s could not be run", plan_id)
                self._end_if_possible(plan_id, JobEvent.FAIL, f"It could not be run: {error}")
            finally:
                with self._lock:
                    self._cancel.pop(plan_id, None)

    def _run(self, record: PlanRecord, cancel: Any) -> None:
        task = Task(
            self._settings.planning,
            self._workspace.folder_path(record.folder_id),
            self._workspace.output_path(record.id),
            record.overrides,
        )
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=work, args=(task, theirs, cancel), daemon=True)
        process.start()
        theirs.close()  # so that our end reports the end of the process as the end of the file
        try:
            ended = self._listen(record.id, ours, cancel)
        finally:
            ours.close()
            if process.is_alive():
                process.join(1.0)
            if process.is_alive():
                process.kill()
            process.join()
        if ended:
            return
        if self._stopping.is_set():
            self._end_if_possible(record.id, JobEvent.INTERRUPT, INTERRUPTED)
        elif cancel.is_set():
            reason = "It did not hand over its best so far in time and was ended."
            self._end_if_possible(record.id, JobEvent.FAIL, reason)
        else:
            code = process.exitcode
            how = (
                f"by signal {-code}, often for lack of memory"
                if code is not None and code < 0
                else f"({code})"
            )
            self._end_if_possible(record.id, JobEvent.FAIL, f"Its process ended without a word {how}.")

    def _listen(self, plan_id: str, pipe: Connection, cancel: Any) -> bool:
        """Pass on what the process says; return whether it said how it ended."""
        patience = None
        while not self._stopping.is_set():
            if patience is None and cancel.is_set():
                patience = time.monotonic() + self._settings.cancel_grace_s
            if patience is not None and time.monotonic() > patience:
                return False
            if not pipe.poll(0.2):
                continue
            try:
                kind, content = pipe.recv()
            except EOFError:
                return False
            if kind == "progress":
                self._log_of(plan_id).add("progress", content)
            elif kind == "done":
                self._record(plan_id, JobEvent.FINISH)
                return True
            else:
                if "traceback" in content:
                    _log.error("plan %s failed\n%s", plan_id, content["traceback"])
                problems = [ProblemItem.model_validate(problem) for problem in content.get("problems", [])]
                self._record(plan_id, JobEvent.FAIL, content["reason"], problems)
                return True
        return False

    def _record(
        self, plan_id: str, event: JobEvent, reason: str = "", problems: list[ProblemItem] | None = None
    ) -> PlanRecord:
        """Apply an event to the recorded state of a plan and tell those who follow it."""
        with self._lock:
            record = self._workspace.plan(plan_id)
            job = Job(record.state, record.reason).after(event, reason)
            changes: dict[str, Any] = {"state": job.state, "reason": job.reason, "problems": problems or []}
            if event is JobEvent.START:
                changes["started"] = now()
            if job.state.ended:
                changes["ended"] = now()
            record = record.model_copy(update=changes)
            self._workspace.save_plan(record)
            self._say_state(record)
            if job.state.ended:
                self._active.discard(plan_id)
            return record

    def _end_if_possible(self, plan_id: str, event: JobEvent, reason: str) -> None:
        with self._lock:
            if Job(self._workspace.plan(plan_id).state).allows(event):
                self._record(plan_id, event, reason)

    def _log_of(self, plan_id: str) -> NewsLog:
        with self._lock:
            return self._news.setdefault(plan_id, NewsLog())

    def _say_state(self, record: PlanRecord) -> None:
        content = {"state": record.state.value, "reason": record.reason}
        self._log_of(record.id).add("state", content, last=record.state.ended)
