"""What drivers share: where the service is at present, and what it acknowledged."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.http.idempotency import HEADER

_BUSY = 409


@dataclass
class Facts:
    """What the service said was done.

    Attributes
    ----------
    folders, plans, deleted_plans, cancelled
        Ids: uploaded folders, plans that were asked for, those that were deleted, those whose job was to stop.
    edits
        By plan, the reasons of edits, each of them told apart by its reason.
    versions
        By plan, the names of versions.
    publications
        Ids of publications.
    steps
        By plan, how many steps of its approval were taken.
    """

    folders: list[str] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)
    deleted_plans: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    edits: dict[str, list[str]] = field(default_factory=dict)
    versions: dict[str, list[str]] = field(default_factory=dict)
    publications: list[str] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)


class World:
    """The service as those see it who work with it while it comes and goes."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.answers: Counter[str] = Counter()
        self.lock = threading.RLock()
        self.answered = threading.Condition(self.lock)
        self._up, self._over = threading.Event(), threading.Event()
        self._http: httpx.Client | None = None

    def up(self, url: str) -> None:
        """Say where the service is now."""
        self._http = httpx.Client(base_url=url, timeout=120)
        self._up.set()

    def down(self) -> None:
        """Say that the service is about to go."""
        self._up.clear()

    def over(self) -> None:
        """Let every driver come back, once its request is answered."""
        self._over.set()

    def running(self) -> bool:
        """Return whether drivers are to go on."""
        return not self._over.is_set()

    def wait_for_answers(self, count: int, longest_s: float) -> None:
        """Wait until some more requests were answered, or for some seconds."""
        with self.answered:
            before = sum(self.answers.values())
            self.answered.wait_for(lambda: sum(self.answers.values()) >= before + count, longest_s)

    def settle(self) -> None:
        """Wait until every job has ended."""
        assert self._http is not None
        wait_until_idle(self._http)

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send a request until it is answered: what changes something is sent again with the same key."""
        if method != "GET":
            given["headers"] = {HEADER: uuid.uuid4().hex}
        while True:
            self._up.wait()
            http = self._http
            assert http is not None
            try:
                answer = http.request(method, path, **given)
            except httpx.TransportError:
                self._up.wait(0.05)
                continue
            if answer.status_code == _BUSY and answer.json().get("type", "").endswith("in-progress"):
                self._up.wait(0.05)
                continue
            kind = "" if answer.is_success else f" {answer.json().get('type', '').rpartition(':')[2]}"
            name = "/".join("…" if any(c.isdigit() for c in part) else part for part in path.split("/"))
            with self.lock:
                self.answers[f"{method} {name} {answer.status_code}{kind}"] += 1
                self.answered.notify_all()
            return answer


def wait_until_idle(http: httpx.Client) -> None:
    """Wait until every job has ended, by following those that have not."""
    while True:
        states = ["queued", "running", "cancelling"]
        waiting = (
            http.get("/api/jobs", params={"state": states, "limit": 1}).raise_for_status().json()["items"]
        )
        if not waiting:
            return
        with http.stream("GET", f"/api/jobs/{waiting[0]['id']}/events", timeout=300) as events:
            for _ in events.iter_lines():
                pass


def was_done(answer: httpx.Response) -> bool:
    """Return whether a request was done the first time it was sent, though its answer was lost."""
    return answer.status_code == _BUSY and answer.json()["type"].endswith("already-done")


def some(rng: random.Random, found: list[str]) -> str | None:
    """Return one of several, None where there is none."""
    return rng.choice(found) if found else None
