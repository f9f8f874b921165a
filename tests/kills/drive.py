"""Drives the service, kills it, starts it again, and looks at what is left."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from data.store.opening import existing_store
from tests.kills.actions import ACTIONS, Action
from tests.kills.checks import faults_inside, faults_seen
from tests.kills.server import Server
from tests.kills.world import Facts, World, wait_until_idle

DRIVERS = 2
REAL, QUICK = "api.jobs.plan_job:solve_and_write", "planning_standin:quick"
_REAL_EVERY = 4
_SHARE_OF_WORKERS = 0.7
_PLANS_AT_FIRST = 3
_MOST_ANSWERS_BETWEEN = 6
_LONGEST_BETWEEN_S = 10.0


@dataclass
class Outcome:
    """What a drive brought home.

    Attributes
    ----------
    server_kills, worker_kills
        How often each was ended.
    facts
        What was acknowledged.
    answers
        How often each kind of request got each kind of answer.
    jobs
        Jobs by how they ended; with `tries`, how many tries all of them took.
    faults
        What does not hold.
    seconds
        How long it took.
    """

    server_kills: int = 0
    worker_kills: int = 0
    facts: Facts = field(default_factory=Facts)
    answers: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def drive(
    root: Path,
    samples: Path,
    *,
    kills: int,
    seed: int,
    database_url: str | None = None,
    longest_s: float = 3600.0,
    say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Work with a service while its server or a worker is killed at random moments, and return what is left.

    Parameters
    ----------
    root, samples, database_url
        Folder of a new store, folder with the sample ``grid``, database of the store.
    kills, longest_s
        How many kills; seconds after which no more come.
    seed
        Of the moments and of what is done.
    say
        Takes a line about what is going on.
    """
    began, rng = time.monotonic(), random.Random(seed)
    server, world, outcome = Server(root, samples, database_url), World(), Outcome()
    world.up(server.start(QUICK, QUICK))
    _prepare(world)
    threads = [
        threading.Thread(target=_act, args=(world, random.Random(f"{seed}-{number}"), samples / "grid"))
        for number in range(DRIVERS)
    ]
    for thread in threads:
        thread.start()
    try:
        while (done := outcome.server_kills + outcome.worker_kills) < kills:
            if time.monotonic() - began > longest_s:
                break
            world.wait_for_answers(rng.randrange(_MOST_ANSWERS_BETWEEN), _LONGEST_BETWEEN_S)
            time.sleep(rng.uniform(0.0, 0.5))
            if rng.random() < _SHARE_OF_WORKERS:
                outcome.worker_kills += server.kill_worker(rng.random())
                continue
            world.down()
            server.kill()
            outcome.server_kills += 1
            real = outcome.server_kills % _REAL_EVERY == 0
            world.up(server.start(QUICK, REAL if real else QUICK))
            answers, spent_s = sum(world.answers.values()), time.monotonic() - began
            say(f"  {done + 1} kills, {answers} answers, {spent_s:.0f} s")
    finally:
        world.over()
        for thread in threads:
            thread.join()
    server.kill()
    outcome.server_kills += 1
    _settle(server, root, database_url, world, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def _prepare(world: World) -> None:
    """Make some plans, so that there is something to edit from the beginning."""
    for number in range(_PLANS_AT_FIRST):
        body = {"folder_id": "grid", "name": f"Plan at first {number}"}
        world.facts.plans.append(world.ask("POST", "/api/plans", json=body).json()["id"])
    world.settle()


def _act(world: World, rng: random.Random, sample: Path) -> None:
    while world.running():
        action: Action = rng.choice(ACTIONS)
        action(world, rng, sample)


def _settle(server: Server, root: Path, database_url: str | None, world: World, outcome: Outcome) -> None:
    """Start the service a last time, let it finish what it has, and look."""
    outcome.facts, outcome.answers = world.facts, world.answers
    outcome.faults += [f"answer {told}" for told in world.answers if " 5" in told]
    with httpx.Client(base_url=server.start(QUICK), timeout=120) as http:
        wait_until_idle(http)
        outcome.faults += faults_seen(http, world.facts)
        cursor: dict[str, str] = {}
        while True:
            page = http.get("/api/jobs", params={"limit": 500, **cursor}).json()
            outcome.jobs.update(f"{job['kind']} {job['state']}" for job in page["items"])
            outcome.tries += sum(job["attempts"] for job in page["items"])
            if not page["next"]:
                break
            cursor = {"cursor": page["next"]}
    server.stop()
    server.close()
    store = existing_store(root, database_url)
    try:
        outcome.faults += faults_inside(store)
    finally:
        store.close()
