"""What people do while the service comes and goes. One action is one function; add it to `ACTIONS`."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kills.world import World, some, was_done

MOST_WAITING = 3
Action = Callable[[World, random.Random, Path], None]


def upload(world: World, rng: random.Random, sample: Path) -> None:
    """Upload a plan folder that differs from all others."""
    files = [("files", (path.name, path.read_bytes())) for path in sorted(sample.iterdir())]
    files.append(("files", ("notes.txt", f"{rng.random()}".encode())))
    answer = world.ask("POST", "/api/folders", files=files, data={"name": f"Upload {rng.randrange(10**9)}"})
    if answer.status_code == 201:
        world.facts.folders.append(answer.json()["id"])


def start_plan(world: World, rng: random.Random, _: Path) -> None:
    """Start a plan of the sample or of an upload, where not many wait already."""
    waiting = world.ask("GET", "/api/jobs", params={"state": "queued", "limit": MOST_WAITING}).json()
    if len(waiting["items"]) >= MOST_WAITING:
        return
    body = {
        "folder_id": rng.choice(["grid", *world.facts.folders]),
        "name": f"Plan {rng.randrange(10**9)}",
        "time_limit_s": 0.5,
    }
    answer = world.ask("POST", "/api/plans", json=body)
    if answer.status_code == 202:
        world.facts.plans.append(answer.json()["id"])


def cancel(world: World, rng: random.Random, _: Path) -> None:
    """Cancel a plan."""
    if (plan_id := some(rng, world.facts.plans[-3:])) is not None and rng.random() < 0.3:
        answer = world.ask("POST", f"/api/plans/{plan_id}/cancel")
        if answer.status_code == 202 or was_done(answer):
            world.facts.cancelled.append(plan_id)


def delete_plan(world: World, _rng: random.Random, _: Path) -> None:
    """Delete a plan, of the oldest ones, so that there is something left to work with."""
    plans = [plan for plan in world.facts.plans if plan not in world.facts.deleted_plans]
    if len(plans) > 12:
        answer = world.ask("DELETE", f"/api/plans/{plans[0]}")
        if answer.status_code == 204 or was_done(answer):
            world.facts.deleted_plans.append(plans[0])


def _edit(world: World, plan_id: str, path: str, reason: str, **body: Any) -> None:
    answer = world.ask("POST", f"/api/plans/{plan_id}/{path}", json={**body, "reason": reason})
    if answer.status_code == 201 or was_done(answer):
        world.facts.edits.setdefault(plan_id, []).append(reason)


def _made(world: World, rng: random.Random) -> str | None:
    """Return a plan that is made, one of the last, so that edits come together."""
    return some(rng, [plan for plan in world.facts.plans[-8:-1] if plan not in world.facts.deleted_plans])


def lock(world: World, rng: random.Random, _: Path) -> None:
    """Lock or unlock an account."""
    if (plan_id := _made(world, rng)) is not None:
        kind, account = rng.choice(["lock", "unlock"]), f"{rng.randrange(60):05d}"
        reason = f"because of {rng.randrange(10**12)}"
        _edit(world, plan_id, "edits", reason, edits=[{"kind": kind, "accounts": [account]}])


def move(world: World, rng: random.Random, _: Path) -> None:
    """Move an account from where it is believed to be; somebody may have been quicker."""
    if (plan_id := _made(world, rng)) is None:
        return
    answer = world.ask("GET", f"/api/plans/{plan_id}/accounts", params={"limit": 60})
    if answer.status_code != 200:
        return
    account = rng.choice(answer.json()["accounts"])
    place = {"id": account["account_id"], "from": account["territory_id"]}
    edit = {"kind": "move", "to": f"T{rng.randrange(1, 5)}", "accounts": [place]}
    _edit(world, plan_id, "edits", f"because of {rng.randrange(10**12)}", edits=[edit])


def undo(world: World, rng: random.Random, _: Path) -> None:
    """Undo the newest edit."""
    if (plan_id := some(rng, list(world.facts.edits))) is not None:
        _edit(world, plan_id, "undo", f"because of {rng.randrange(10**12)}")


def make_version(world: World, rng: random.Random, _: Path) -> None:
    """Make a version of what was edited."""
    if (plan_id := some(rng, list(world.facts.edits))) is not None:
        name = f"Version {rng.randrange(10**12)}"
        answer = world.ask("POST", f"/api/plans/{plan_id}/versions", json={"name": name})
        if answer.status_code == 201 or was_done(answer):
            world.facts.versions.setdefault(plan_id, []).append(name)


def publish(world: World, rng: random.Random, _: Path) -> None:
    """Bring a plan as far on its way into force as it goes."""
    if (plan_id := _made(world, rng)) is None:
        return
    found = world.ask("GET", f"/api/plans/{plan_id}/versions", params={"limit": 1})
    if found.status_code != 200 or not found.json()["items"]:
        return
    version = found.json()["items"][0]["number"]
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("propose", {"reason": "Ready."}),
        ("review", {"reason": ""}),
        ("approve-on-behalf", {"version": version, "region": "", "reason": "All of it is ours."}),
        ("validate", {"version": version}),
        ("publish", {"version": version, "effective_from": f"2027-{rng.randrange(1, 13):02d}-01"}),
    )
    for step, body in steps:
        answer = world.ask("POST", f"/api/plans/{plan_id}/approval/{step}", json=body)
        if answer.is_success or was_done(answer):
            with world.lock:
                world.facts.steps[plan_id] += step != "publish"
            if step == "publish" and answer.is_success:
                world.facts.publications.append(answer.json()["id"])


ACTIONS: tuple[Action, ...] = (
    upload,
    start_plan,
    start_plan,
    start_plan,
    start_plan,
    cancel,
    delete_plan,
    lock,
    lock,
    move,
    move,
    undo,
    make_version,
    publish,
)
"""Every action, as often as it is to be drawn."""
