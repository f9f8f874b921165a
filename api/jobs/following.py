"""Whoever follows jobs: woken when there is news, wherever the job runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from data.store import job_news
from data.store.database import Database
from data.store.job_news import JobNews
from planner.job import JobState


@dataclass
class _Followed:
    """What is known of a job that somebody follows: its last stored event, and a later one that is only shown."""

    stored: int = 0
    gone: bool = False
    shown: JobNews | None = None
    shown_count: int = 0
    waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=set)


class Followers:
    """Readers of the events of jobs: any number of coroutines, fed by threads.

    Events come from the database, so that it does not matter which server a job runs on, or ran on. Signs of progress
    between those that are stored reach the followers of this server only, without a number.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._followed: dict[str, _Followed] = {}
        self._closed = False

    def show(self, job_id: str, progress: JobNews) -> None:
        """Pass on a sign of progress that is not stored."""

        def change(followed: _Followed) -> None:
            followed.shown = progress
            followed.shown_count += 1

        self._wake(job_id, change)

    def stored(self, job_id: str, number: int) -> None:
        """Say that events up to `number` are stored."""

        def change(followed: _Followed) -> None:
            followed.stored = max(followed.stored, number)
            followed.shown = None

        self._wake(job_id, change)

    def look(self) -> None:
        """Find news of followed jobs that run elsewhere, and jobs that are gone."""
        with self._lock:
            known = {job_id: followed.stored for job_id, followed in self._followed.items()}
        if not known:
            return
        with self._database.reading() as connection:
            found = job_news.last_numbers(connection, known)
        for job_id, number in known.items():
            if job_id not in found:
                self._wake(job_id, lambda followed: setattr(followed, "gone", True))
            elif found[job_id] > number:
                self.stored(job_id, found[job_id])

    def close(self) -> None:
        """End every stream: the service stops. Followers come back with the number they have seen."""
        with self._lock:
            self._closed = True
            every = list(self._followed)
        for job_id in every:
            self._wake(job_id, lambda _: None)

    async def follow(self, job_id: str, after: int = 0) -> AsyncIterator[JobNews]:
        """Yield events of a job with a number above `after`, those to come included, until it has ended.

        A number above all there are starts from the beginning.
        """
        wake = asyncio.Event()
        entry = (asyncio.get_running_loop(), wake)
        with self._lock:
            followed = self._followed.setdefault(job_id, _Followed())
            followed.waiting.add(entry)
            shown = followed.shown_count
        try:
            known, ended = await run_in_threadpool(self._stands, job_id)
            after = after if after <= known else 0
            if ended and after == known:
                return
            followed.stored = max(followed.stored, known)
            while True:
                wake.clear()
                while followed.stored > after:
                    fresh = await run_in_threadpool(self._read, job_id, after)
                    for news in fresh:
                        after = news.number or after
                        yield news
                    if fresh and _is_the_end(fresh[-1]):
                        return
                    if not fresh:  # thinned away
                        break
                if followed.shown is not None and followed.shown_count > shown:
                    shown = followed.shown_count
                    yield followed.shown
                if self._closed or followed.gone:
                    return
                await wake.wait()
        finally:
            with self._lock:
                followed.waiting.discard(entry)
                if not followed.waiting:
                    self._followed.pop(job_id, None)

    def _stands(self, job_id: str) -> tuple[int, bool]:
        """Return the number of the last event of a job and whether it is the last of all."""
        with self._database.reading() as connection:
            number = job_news.last_numbers(connection, [job_id]).get(job_id, 0)
            last = job_news.news(connection, job_id, number - 1)
        return number, not number or (bool(last) and _is_the_end(last[-1]))

    def _read(self, job_id: str, after: int) -> list[JobNews]:
        with self._database.reading() as connection:
            return job_news.news(connection, job_id, after)

    def _wake(self, job_id: str, change: Callable[[_Followed], None]) -> None:
        with self._lock:
            followed = self._followed.get(job_id)
            if followed is None:
                return
            change(followed)
            waiting = list(followed.waiting)
        for loop, wake in waiting:
            try:
                loop.call_soon_threadsafe(wake.set)
            except RuntimeError:  # the reader's loop is gone, and the reader with it
                continue


def _is_the_end(news: JobNews) -> bool:
    return news.kind == "state" and JobState(news.data["state"]).ended
