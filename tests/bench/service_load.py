"""Many people editing one plan of a real service on this machine while it solves others.

Run it alone with ``python -m tests.bench.service_load --seconds 60``; the case ``service-load`` takes ten minutes. The
service is the real one in a process of its own. At the end its log is read: every edit that was acknowledged must be in
it, and the state must be what the log folds to.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from data.store import edits, trail
from data.store.opening import open_store
from planner.editing import fold
from tests.bench.data_sets import drawn_points

ACCOUNTS, TERRITORIES = 25_000, 200
PEOPLE, SOLVES = 50, 5
THINK_S = (3.0, 9.0)
"""Least and most seconds that a person looks at the screen between two edits."""
READS = ("draft", "edits?limit=50", "versions", "draft", "accounts?limit=50", "draft")
SOLVE_S = 30.0


@dataclass
class Measured:
    """What came of a run.

    Parameters
    ----------
    reads_s, edits_s
        Seconds of every answer.
    statuses
        How often each status came, by what was asked.
    acknowledged
        Numbers of the edits that were acknowledged.
    faults
        What went wrong, in words.
    solved
        Plans that were solved meanwhile.
    server_cpu_s
        Seconds of processor that the service itself took, its workers not included.
    """

    reads_s: list[float] = field(default_factory=list)
    edits_s: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    acknowledged: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    solved: int = 0
    server_cpu_s: float = 0.0


def folder_of(place: Path, seed: int, accounts: int = ACCOUNTS, territories: int = TERRITORIES) -> Path:
    """Write a plan folder of drawn accounts; today each belongs to the nearest of some places."""
    points = drawn_points(None, accounts, seed)
    random = np.random.default_rng(seed)
    xy = points.xy_m / 1000.0
    centres = xy[random.choice(len(xy), territories, replace=False)]
    nearest = np.concatenate(
        [((part[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1) for part in np.array_split(xy, 50)]
    )
    place.mkdir(parents=True)
    rows = [
        f"A{a:05d},{40 + y / 111:.5f},{-95 + x / 90:.5f},{value:.0f},T{t:03d}"
        for a, ((x, y), value, t) in enumerate(
            zip(xy.tolist(), points.activity[:, 0].tolist(), nearest.tolist(), strict=True)
        )
    ]
    head = "account_id,latitude,longitude,sales,territory_id"
    (place / "accounts.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    settings = (
        'name = "Load"\ncontiguous = false\nbasic_unit = "account"\n[measures]\nsales = 0.2\naccounts = 0.2\n'
    )
    (place / "plan.toml").write_text(settings, "utf-8")
    return place


class Server:
    """The service in a process of its own."""

    def __init__(self, workspace: Path, at_once: int) -> None:
        told = {
            "PLANNER_WORKSPACE": str(workspace),
            "PLANNER_LOG_LEVEL": "warning",
            "PLANNER_CONCURRENT_JOBS": str(at_once),
            "PLANNER_WAITING_JOBS": "20",
            "PLANNER_WAITING_JOBS_EACH": "20",
        }
        command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", "0"]
        said = workspace.with_name("server.log")
        with said.open("w") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **told}, stdout=log, stderr=subprocess.STDOUT
            )
        found = None
        while found is None:
            if self.process.poll() is not None:
                raise RuntimeError(f"the service did not start: {said.read_text()[-500:]}")
            time.sleep(0.1)
            found = re.search(r"http://[\w.:\[\]]+", said.read_text())
        self.url = found.group(0).rstrip("/")

    def cpu_s(self) -> float:
        """Return the seconds of processor that the service took so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End the service as people do."""
        self.process.terminate()
        self.process.wait(timeout=60)


class Person:
    """Somebody who looks at the plan and moves accounts of a part of it that nobody else edits."""

    def __init__(
        self, client: httpx.AsyncClient, plan_id: str, number: int, told: Measured, seed: int
    ) -> None:
        self.client, self.number, self.told = client, number, told
        self.url = f"/api/plans/{plan_id}"
        self.random = np.random.default_rng([seed, number])
        self.owner: dict[str, str] = {}
        self.territories: list[str] = []
        self.etags: dict[str, str] = {}

    def knows(self, owners: dict[str, Any]) -> None:
        """Take in who has the accounts that the person looks after."""
        ids, at = owners["ids"], owners["territory"]
        self.territories = owners["territory_ids"]
        self.owner = {ids[p]: self.territories[at[p]] for p in range(self.number, len(ids), PEOPLE)}

    async def work(self, until: float) -> None:
        """Read, think and edit until a moment."""
        await asyncio.sleep(float(self.random.uniform(0, THINK_S[1])))
        while time.monotonic() < until:
            await self.read(READS[int(self.random.integers(len(READS)))])
            await asyncio.sleep(float(self.random.uniform(*THINK_S)) / 2)
            await self.edit()
            await self.read("draft")
            await asyncio.sleep(float(self.random.uniform(*THINK_S)) / 2)

    async def read(self, path: str) -> None:
        """Read something and note how long that took."""
        known = {"If-None-Match": self.etags[path]} if path in self.etags else {}
        answer = await self._timed(
            self.told.reads_s,
            "read",
            lambda: self.client.get(f"{self.url}/{path}", headers=known),
            (200, 304),
        )
        if answer is not None and "etag" in answer.headers:
            self.etags[path] = answer.headers["etag"]

    async def edit(self) -> None:
        """Move an account, or undo the own last edit."""
        if self.random.random() < 0.1:
            answer = await self._timed(
                self.told.edits_s, "undo", lambda: self.client.post(f"{self.url}/undo", json={}), (201, 409)
            )
            if answer is not None and answer.status_code == 201:
                self.told.acknowledged.append(answer.json()["number"])
            return
        account = str(self.random.choice(list(self.owner)))
        to = str(self.random.choice(self.territories))
        place = {"id": account, "from": self.owner[account]}
        body = {"edits": [{"kind": "move", "to": to, "accounts": [place]}]}
        answer = await self._timed(
            self.told.edits_s, "edit", lambda: self.client.post(f"{self.url}/edits", json=body), (201, 409)
        )
        if answer is None:
            return
        if answer.status_code == 201:
            self.told.acknowledged.append(answer.json()["number"])
            self.owner[account] = to
        else:  # somebody undid the last edit: the answer says where the account is now
            for problem in answer.json()["problems"]:
                if problem["code"] == "conflict":
                    self.owner[problem["value"]] = problem["column"]

    async def _timed(
        self,
        seconds: list[float],
        what: str,
        ask: Callable[[], Awaitable[httpx.Response]],
        wanted: tuple[int, ...] = (200,),
    ) -> httpx.Response | None:
        began = time.monotonic()
        try:
            answer = await ask()
        except httpx.HTTPError as error:
            self.told.faults.append(f"{what}: {error!r}")
            return None
        seconds.append(time.monotonic() - began)
        self.told.statuses[f"{what} {answer.status_code}"] += 1
        if answer.status_code not in wanted:
            self.told.faults.append(f"{what}: {answer.status_code} {answer.text[:200]}")
        return answer


async def keep_solving(
    client: httpx.AsyncClient, folder_id: str, until: float, told: Measured, seed: int
) -> None:
    """Ask for one plan after the other."""
    while time.monotonic() < until:
        body = {"folder_id": folder_id, "name": f"Solve {seed}", "time_limit_s": SOLVE_S, "seed": seed}
        answer = await client.post("/api/plans", json=body)
        if answer.status_code != 202:
            told.faults.append(f"solve: {answer.status_code} {answer.text[:200]}")
            return
        plan_id, state = answer.json()["id"], ""
        while state not in ("done", "failed", "cancelled") and time.monotonic() < until:
            await asyncio.sleep(2.0)
            try:
                state = (await client.get(f"/api/plans/{plan_id}")).json()["state"]
            except httpx.HTTPError as error:
                told.faults.append(f"solve: {error!r}")
        told.solved += state == "done"
        if state == "failed":
            told.faults.append(f"solve: {(await client.get(f'/api/plans/{plan_id}')).json()['reason']}")


async def load(
    server: Server, plan_id: str, folder_id: str, seconds: float, people: int, solves: int, seed: int
) -> Measured:
    """Put the load on a service and return what was measured."""
    told = Measured()
    # Connections are let go before the service does: a request on one that just closes would be no fault of either.
    limits = httpx.Limits(max_connections=people + solves, keepalive_expiry=2.0)
    async with httpx.AsyncClient(base_url=server.url, timeout=60, limits=limits) as client:
        owners = (await client.get(f"/api/plans/{plan_id}/draft/owners")).json()
        crowd = [Person(client, plan_id, n, told, seed) for n in range(people)]
        for person in crowd:
            person.knows(owners)
        for path in dict.fromkeys(
            READS
        ):  # what a service makes when a plan is first looked at is not of interest here
            await client.get(f"/api/plans/{plan_id}/{path}", timeout=300)
        until, cpu_s = time.monotonic() + seconds, server.cpu_s()
        solving = [keep_solving(client, folder_id, until, told, n) for n in range(solves)]
        await asyncio.gather(*(person.work(until) for person in crowd), *solving)
        told.server_cpu_s = server.cpu_s() - cpu_s
    return told


def checked(workspace: Path, plan_id: str, told: Measured) -> None:
    """Compare what was acknowledged with what the store holds; adds what is wrong to the faults."""
    from api.desk import Desks

    store = open_store(workspace)
    try:
        with store.database.reading() as connection:
            log = edits.events(connection, plan_id)
            broken = trail.broken(connection)
        numbers = {event.number for event in log}
        if lost := [number for number in told.acknowledged if number not in numbers]:
            told.faults.append(f"{len(lost)} acknowledged edits are not in the log")
        if len(told.acknowledged) != len(log) or len(set(told.acknowledged)) != len(log):
            told.faults.append(f"{len(log)} edits in the log, {len(told.acknowledged)} acknowledged")
        if broken:
            told.faults.append(broken)
        desks = Desks(store)
        base = desks.of(plan_id).state_before_edits()
        if desks.now(plan_id).state != fold(base, log):
            told.faults.append("the working state is not what the log folds to")
    finally:
        store.close()


def run(
    place: Path, seconds: float, people: int, solves: int, seed: int, say: Callable[[str], None]
) -> Measured:
    """Make a plan, serve it, put the load on, and check what is left."""
    from data.export import write_plan
    from tests.api.made_plans import put_plan
    from tests.data.full_quotas import full_plan

    folder, workspace = folder_of(place / "folder", seed), place / "workspace"
    write_plan(place / "out", *full_plan(folder))
    store = open_store(workspace)
    plan_id = put_plan(store, folder, place / "out")
    store.close()
    say(
        f"  {ACCOUNTS:,} accounts, {TERRITORIES} territories, {people} people, {solves} solving, {seconds:.0f} s"
    )
    server = Server(workspace, solves)
    try:
        folders = httpx.get(f"{server.url}/api/folders", timeout=60).json()
        folder_id = next(each["id"] for each in folders if each["source"] == "sample")
        told = asyncio.run(load(server, plan_id, folder_id, seconds, people, solves, seed))
    finally:
        server.stop()
    checked(workspace, plan_id, told)
    return told


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Return the 50th, 95th and 99th percentile in milliseconds."""
    values = np.percentile(seconds or [np.nan], [50, 95, 99]) * 1000
    return dict(zip(("p50_ms", "p95_ms", "p99_ms"), values.tolist(), strict=True))


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the load alone and print what was measured."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=600.0)
    options.add_argument("--people", type=int, default=PEOPLE)
    options.add_argument("--solves", type=int, default=SOLVES)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    place = Path(tempfile.mkdtemp(prefix="service-load-"))
    try:
        told = run(place, asked.seconds, asked.people, asked.solves, asked.seed, say)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    for what, seconds in (("reads", told.reads_s), ("edits", told.edits_s)):
        shown = ", ".join(f"{name[:3]} {value:.0f} ms" for name, value in percentiles(seconds).items())
        say(f"{what}: {len(seconds)}; {shown}")
    asked_for = len(told.reads_s) + len(told.edits_s)
    say(
        f"server: {told.server_cpu_s:.1f} s of CPU, {1000 * told.server_cpu_s / max(asked_for, 1):.1f} ms a request"
    )
    say(f"answers: {dict(told.statuses)}; solved {told.solved}; faults {len(told.faults)}")
    for fault in told.faults[:20]:
        say(f"  {fault}")


if __name__ == "__main__":
    main()
