"""A service started on the folders of an earlier version shows what it showed then."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.jobs.kinds import KINDS
from data.store import jobs


def _old_workspace(root: Path, grid: Path, output: Path) -> None:
    (root / "folders").mkdir(parents=True)
    shutil.copytree(grid, root / "folders" / "mine-4f2a91")
    folder = {"id": "mine-4f2a91", "name": "Mine", "source": "upload", "added": "2025-03-01T09:00:00Z"}
    (root / "folders" / "mine-4f2a91.json").write_text(json.dumps(folder))
    for plan_id, state, reason in (("spring-1a2b3c", "done", ""), ("summer-1a2b3c", "failed", "No.")):
        plan = {
            "id": plan_id,
            "name": plan_id[:6].title(),
            "folder_id": "mine-4f2a91" if state == "done" else "grid",
            "overrides": {"seed": 3},
            "state": state,
            "reason": reason,
            "problems": [],
            "created": "2025-03-01T09:01:00Z",
            "started": "2025-03-01T09:01:01Z",
            "ended": "2025-03-01T09:02:00Z",
        }
        (root / "plans" / plan_id).mkdir(parents=True)
        (root / "plans" / plan_id / "plan.json").write_text(json.dumps(plan))
    shutil.copytree(output, root / "plans" / "spring-1a2b3c" / "output")


def test_what_was_there_is_shown_after_every_start(
    serve: Callable[..., Any], tmp_path: Path, grid_samples: Path, grid_output: Path
) -> None:
    _old_workspace(tmp_path / "workspace", grid_samples / "grid", grid_output)
    for _ in range(2):
        service = serve()
        found = {plan["id"]: plan for plan in service.http.get("/api/plans").json()}
        assert set(found) == {"spring-1a2b3c", "summer-1a2b3c"}
        done, failed = found["spring-1a2b3c"], found["summer-1a2b3c"]
        assert (done["state"], done["name"], done["folder_name"]) == ("done", "Spring", "Mine")
        assert (done["created"], done["ended"]) == ("2025-03-01T09:01:00Z", "2025-03-01T09:02:00Z")
        assert (failed["state"], failed["reason"], failed["overrides"]) == ("failed", "No.", {"seed": 3})
        assert done["summary"]["territories"] == 4
        assert service.http.get("/api/plans/spring-1a2b3c/territories").status_code == 200
        assert service.http.get("/api/plans/spring-1a2b3c/map/points").status_code == 200
        assert [event["data"]["state"] for event in service.events("summer-1a2b3c")] == ["failed"]
        assert service.http.get("/api/folders/mine-4f2a91/check").json()["usable"]
        assert service.http.delete("/api/folders/mine-4f2a91").status_code == 409


def test_jobs_of_earlier_plans_are_of_a_kind_that_there_is(
    serve: Callable[..., Any], tmp_path: Path, grid_samples: Path, grid_output: Path
) -> None:
    _old_workspace(tmp_path / "workspace", grid_samples / "grid", grid_output)
    service = serve()
    with service.app.state.services.store.database.reading() as connection:
        found = jobs.all_jobs(connection)
    assert len(found) == 2
    assert all(KINDS[job.kind].lane == job.lane for job in found)
