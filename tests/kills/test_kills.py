"""The real server and its workers, killed at chosen moments; the bench case `service-kills` does so at random."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import httpx

from data.store.opening import existing_store
from tests.conftest import write_grid_folder
from tests.kills.checks import faults_inside, faults_seen
from tests.kills.drive import QUICK
from tests.kills.server import Server
from tests.kills.world import Facts, wait_until_idle

PATIENT = "planning_standin:patient"


def wait_for(http: httpx.Client, plan_id: str, wanted: str, after: int = 0) -> int:
    """Wait until an event of a plan says something, and return the number of the last one with a number."""
    number = after
    with http.stream(
        "GET", f"/api/plans/{plan_id}/events", headers={"Last-Event-ID": str(after)}, timeout=120
    ) as events:
        for line in events.iter_lines():
            name, _, value = line.partition(": ")
            number = int(value) if name == "id" else number
            if name == "data" and wanted in json.loads(value).values():
                return number
    raise AssertionError(f"{plan_id} ended and never was {wanted!r}")


def test_what_was_acknowledged_survives_every_kill(tmp_path: Path) -> None:
    samples, root, facts = tmp_path / "samples", tmp_path / "store", Facts()
    write_grid_folder(samples / "grid")
    server = Server(root, samples)
    try:
        # Killed right after it took a plan and an upload, and while the first job runs.
        with httpx.Client(base_url=server.start(PATIENT, QUICK), timeout=120) as http:
            facts.plans = [
                http.post("/api/plans", json={"folder_id": "grid", "name": f"Plan {n}"}).json()["id"]
                for n in range(3)
            ]
            files = [
                ("files", (path.name, path.read_bytes())) for path in sorted((samples / "grid").iterdir())
            ]
            facts.folders = [http.post("/api/folders", files=files).json()["id"]]
            seen = wait_for(http, facts.plans[0], "looking for better")
            # A worker that is killed is replaced, and who follows the plan is told.
            for worker in server.workers():
                os.kill(worker, signal.SIGKILL)
            seen = wait_for(http, facts.plans[0], "queued", seen)
        server.kill()
        # All of it is there, goes on by itself, and its events go on where they were.
        with httpx.Client(base_url=server.start(QUICK, QUICK), timeout=120) as http:
            wait_for(http, facts.plans[0], "done", seen)
            wait_until_idle(http)
            plan = facts.plans[1]
            edit = {"edits": [{"kind": "lock", "accounts": ["00003"]}], "reason": "because"}
            assert http.post(f"/api/plans/{plan}/edits", json=edit).status_code == 201
            assert http.post(f"/api/plans/{plan}/versions", json={"name": "Second"}).status_code == 201
        server.kill()
        facts.edits, facts.versions = {plan: ["because"]}, {plan: ["Second"]}
        with httpx.Client(base_url=server.start(QUICK), timeout=120) as http:
            wait_until_idle(http)
            assert list(faults_seen(http, facts)) == []
            states = [http.get(f"/api/plans/{plan_id}").json()["state"] for plan_id in facts.plans]
            assert states == ["done"] * 3
        server.stop()
    finally:
        server.close()
    store = existing_store(root)
    assert list(faults_inside(store)) == []
    store.close()
