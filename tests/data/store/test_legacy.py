"""The folders of an earlier version come into the store once: nothing lost, nothing twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data.store import data_sets, jobs, legacy, plans, trail, versions
from data.store.check import check_store
from data.store.legacy import ASIDE, INTERRUPTED, NO_OUTPUT, take_in_old_workspace
from data.store.opening import Store
from data.store.samples import take_in_samples
from planner.job import JobState

CREATED, STARTED, ENDED = "2025-03-01T09:00:00Z", "2025-03-01T09:00:01Z", "2025-03-01T09:05:00.250000Z"


def _write(path: Path, content: str | dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def _plan(root: Path, plan_id: str, **given: Any) -> None:
    record = {
        "id": plan_id,
        "name": plan_id.title(),
        "folder_id": "mine-4f2a91",
        "overrides": {"territories": 3},
        "state": "done",
        "reason": "",
        "problems": [],
        "created": CREATED,
        "started": STARTED,
        "ended": ENDED,
    }
    _write(root / "plans" / plan_id / "plan.json", {**record, **given})


@pytest.fixture
def old(store: Store, tmp_path: Path) -> Store:
    """Return a store whose folder an earlier version worked in."""
    root = store.root
    _write(tmp_path / "samples" / "iowa" / "accounts.csv", "account_id\nI1\n")
    take_in_samples(store, tmp_path / "samples")
    _write(
        root / "folders" / "mine-4f2a91.json",
        {"id": "mine-4f2a91", "name": "Mine, né", "source": "upload", "added": CREATED},
    )
    _write(root / "folders" / "mine-4f2a91" / "accounts.csv", "account_id\nA1\n")
    _write(root / "incoming" / "half" / "x.csv", "")
    _plan(root, "done-1")
    _write(root / "plans" / "done-1" / "output" / "run.json", "{}")
    _write(root / "plans" / "done-1" / "view" / "view.json", "{}")
    _plan(root, "sample-1", folder_id="iowa", state="failed", reason="No.", problems=[{"why": "x"}])
    _plan(root, "left-1", state="running", ended=None)
    _plan(root, "gone-1", folder_id="deleted-000000")
    _write(root / "plans" / "gone-1" / "output" / "run.json", "[]")
    _plan(root, "empty-1")
    _write(root / "plans" / "broken-1" / "plan.json", "{")
    _plan(root, "bad-1", id="../etc")
    return store


def test_everything_comes_in_with_its_ids_names_and_times(old: Store) -> None:
    taken = take_in_old_workspace(old)
    assert (taken.data_sets, taken.plans) == (1, 5)
    assert sorted(Path(path).parent.name for path in taken.unread) == ["bad-1", "broken-1"]
    with old.database.reading() as connection:
        mine = data_sets.data_set(connection, "mine-4f2a91")
        found = {row.id: row for row in plans.all_plans(connection)}
        made = {plan_id: jobs.job(connection, str(row.job_id)) for plan_id, row in found.items()}
        version = versions.version(connection, "done-1")
        lost = versions.version(connection, "gone-1")
        assert data_sets.data_set(connection, "deleted-000000") is None
        assert trail.broken(connection) is None
    assert mine is not None
    assert (mine.name, mine.added_at.isoformat()) == ("Mine, né", "2025-03-01T09:00:00+00:00")
    assert (old.objects.tree(mine.digest) / "accounts.csv").read_text() == "account_id\nA1\n"
    assert found["done-1"].data_digest == mine.digest
    assert found["done-1"].changes == {"territories": 3}
    assert found["sample-1"].data_set_id == "iowa"
    told = {plan_id: (job.state, job.reason) for plan_id, job in made.items() if job is not None}
    assert told == {
        "done-1": (JobState.DONE, ""),
        "sample-1": (JobState.FAILED, "No."),
        "left-1": (JobState.FAILED, INTERRUPTED),
        "gone-1": (JobState.DONE, ""),
        "empty-1": (JobState.FAILED, NO_OUTPUT),
    }
    done = made["done-1"]
    assert done is not None
    assert done.ended_at is not None
    assert done.ended_at.isoformat() == "2025-03-01T09:05:00.250000+00:00"
    assert version is not None
    assert version.output_digest is not None
    assert (old.objects.tree(version.output_digest) / "run.json").read_text() == "{}"
    assert (old.views / version.output_digest / "view.json").is_file()
    assert lost is not None
    assert [check.detail for check in check_store(old) if not check.held] == []


def test_the_old_folders_move_aside_and_nothing_comes_twice(old: Store) -> None:
    before = {p.relative_to(old.root) for name in ("folders", "plans") for p in (old.root / name).rglob("*")}
    take_in_old_workspace(old)
    assert {p.relative_to(old.root / ASIDE) for p in (old.root / ASIDE).rglob("*/*")} == before
    assert not (old.root / "incoming").exists()
    again = take_in_old_workspace(old)
    assert (again.data_sets, again.plans) == (0, 0)


def test_a_start_that_was_broken_off_goes_on(old: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    for where in ("_add_plan", "_move_aside"):  # inside the transaction, and after it
        with monkeypatch.context() as patch:
            patch.setattr(legacy, where, fail)
            with pytest.raises(KeyboardInterrupt):
                take_in_old_workspace(old)
        with old.database.reading() as connection:
            assert len(plans.all_plans(connection)) == (0 if where == "_add_plan" else 5)
    assert take_in_old_workspace(old).plans == 0
    with old.database.reading() as connection:
        assert len(plans.all_plans(connection)) == 5
        assert sum(entry.what == "store.take_in" for entry in trail.entries(connection)) == 1


def test_a_fresh_folder_has_nothing_to_take_in(store: Store) -> None:
    assert take_in_old_workspace(store) == legacy.TakenIn()
    assert not (store.root / ASIDE).exists()
