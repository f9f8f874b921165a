"""What happens to one plan, in order, for anybody who listens, from wherever they left off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

_KEPT = 400


@dataclass(frozen=True)
class JobNews:
    """One event: its number within the plan, its kind (``state`` or ``progress``) and its content."""

    number: int
    kind: str
    data: dict[str, Any]


class NewsLog:
    """Events of one plan. Written by a thread, read by any number of coroutines.

    Only the last events are kept; a reader that fell behind goes on with the oldest kept one, which loses
    nothing, since every event states the whole of what it reports.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news: list[JobNews] = []
        self._last = 0
        self._closed = False
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def latest(self) -> JobNews | None:
        """The last event, if there was any."""
        with self._lock:
            return self._news[-1] if self._news else None

    def add(self, kind: str, data: dict[str, Any], last: bool = False) -> None:
        """Append an event; `last` says that no other will follow."""
        with self._lock:
            self._last += 1
            self._news.append(JobNews(self._last, kind, data))
            del self._news[:-_KEPT]
            self._closed = self._closed or last
            waiting = list(self._waiting)
        for loop, wake in waiting:
            try:
                loop.call_soon_threadsafe(wake.set)
            except RuntimeError:  # the reader's loop is gone, and the reader with it
                continue

    async def follow(self, after: int = 0) -> AsyncIterator[JobNews]:
        """Yield events with a number above `after`, those to come included, until the last one.

        A number from before a restart, above all known ones, starts from the beginning.
        """
        wake = asyncio.Event()
        entry = (asyncio.get_running_loop(), wake)
        with self._lock:
            self._waiting.add(entry)
            after = after if after <= self._last else 0
        try:
            while True:
                wake.clear()
                with self._lock:
                    fresh = [news for news in self._news if news.number > after]
                    closed = self._closed
                for news in fresh:
                    after = news.number
                    yield news
                if closed:
                    return
                await wake.wait()
        finally:
            with self._lock:
                self._waiting.discard(entry)
