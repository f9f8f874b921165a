"""Takes in what earlier versions kept as folders of JSON records, once, at the first start on them.

Layout then::

    workspace/
      folders/ID/…          files of an uploaded plan folder
      folders/ID.json       its record
      plans/ID/plan.json    record of a plan: what was asked, and how its job stood
      plans/ID/output/…     what the plan wrote
      plans/ID/view/…       map layers made from that

Rows appear all at once; only then do the old folders move aside, into ``before-the-store``, where whoever wants to
delete them finds them. A start that was broken off goes on where it was.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from data.store import data_sets, jobs, plans, trail, versions
from data.store.data_sets import DataSet
from data.store.database import now
from data.store.ids import ID_PATTERN
from data.store.opening import Store
from planner.job import JobState
from planner.roles import LOCAL

ASIDE = "before-the-store"
"""Folder of the workspace that the old folders move into."""
INTERRUPTED = "The service stopped while this plan was being made. Start it again."
NO_OUTPUT = "Its output is no longer there. Start it again."
_OLD = ("folders", "plans")
_NAME_LENGTH = 200


@dataclass(frozen=True)
class TakenIn:
    """What was taken in: how many data sets and plans, and the files whose records could not be read."""

    data_sets: int = 0
    plans: int = 0
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Folder:
    id: str
    name: str
    added: datetime
    digest: str


@dataclass(frozen=True)
class _Plan:
    id: str
    name: str
    folder_id: str
    overrides: dict[str, Any]
    state: JobState
    reason: str
    problems: list[dict[str, Any]]
    created: datetime
    started: datetime | None
    ended: datetime | None
    output: str | None


def take_in_old_workspace(store: Store) -> TakenIn:
    """Take in the plan folders and plans that an earlier version left in the folder of the store, if it did.

    Samples have to be in the store already. Ids, names and times stay. Plans whose job had not ended are failed, as
    an earlier version would have had them on its next start.
    """
    if not any((store.root / name).is_dir() for name in _OLD):
        return TakenIn()
    unread: list[str] = []
    folders = [
        _folder(store, *each) for each in _records(store.root.glob("folders/*.json"), unread, _said_of_folder)
    ]
    found = [
        _plan(store, *each) for each in _records(store.root.glob("plans/*/plan.json"), unread, _said_of_plan)
    ]
    nothing = store.objects.put_bytes(b"{}")
    with store.database.writing() as transaction:
        jobs.hold_queue(transaction)  # a second server that starts waits here, and finds them
        added = [folder for folder in folders if _add_folder(transaction, folder)]
        made = [plan for plan in found if _add_plan(transaction, plan, nothing)]
        if added or made:
            trail.append(
                transaction,
                who=trail.SYSTEM,
                what="store.take_in",
                kind="store",
                subject=ASIDE,
                new={"data_sets": [each.id for each in added], "plans": [each.id for each in made]},
            )
    for plan in found:
        _keep_view(store, plan)
    _move_aside(store.root)
    return TakenIn(len(added), len(made), unread)


def _records(
    paths: Iterable[Path], unread: list[str], read: Callable[[Path, Any], Any]
) -> Iterator[tuple[Path, Any]]:
    for path in sorted(paths):
        try:
            yield path, read(path, json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            unread.append(str(path))


def _said_of_folder(path: Path, content: Any) -> _Folder:
    return _Folder(
        _id(content["id"]), _name(content["name"]), _moment(content.get("added")) or _changed(path), ""
    )


def _said_of_plan(path: Path, content: Any) -> _Plan:
    return _Plan(
        id=_id(content["id"]),
        name=_name(content["name"]),
        folder_id=_id(content["folder_id"]),
        overrides=dict(content.get("overrides") or {}),
        state=JobState(content.get("state", "queued")),
        reason=str(content.get("reason") or ""),
        problems=[dict(problem) for problem in content.get("problems") or []],
        created=_moment(content["created"]) or _changed(path),
        started=_moment(content.get("started")),
        ended=_moment(content.get("ended")),
        output=None,
    )


def _folder(store: Store, path: Path, said: _Folder) -> _Folder:
    files = path.with_suffix("")
    digest = store.objects.put_tree(files) if files.is_dir() else store.objects.put_bytes(b"{}")
    return _Folder(said.id, said.name, said.added, digest)


def _plan(store: Store, path: Path, said: _Plan) -> _Plan:
    values = dict(said.__dict__)
    output = path.parent / "output"
    if not said.state.ended:
        values |= {"state": JobState.FAILED, "reason": INTERRUPTED, "ended": now()}
    elif said.state is JobState.DONE and output.is_dir():
        values["output"] = store.objects.put_tree(output)
    elif said.state is JobState.DONE:
        values |= {"state": JobState.FAILED, "reason": NO_OUTPUT}
    return _Plan(**values)


def _add_folder(transaction: Connection, folder: _Folder) -> bool:
    """Add a data set; return False where an earlier start did."""
    if _is_there(transaction, data_sets.data_sets, folder.id):
        return False
    data_sets.add_data_set(
        transaction,
        folder.name,
        "upload",
        folder.digest,
        LOCAL.id,
        data_set_id=folder.id,
        added_at=folder.added,
    )
    return True


def _add_plan(transaction: Connection, plan: _Plan, nothing: str) -> bool:
    """Add a plan with how its job ended, and with its version where it has one; return False where it is there."""
    if _is_there(transaction, plans.plans, plan.id):
        return False
    of = data_sets.data_set(transaction, plan.folder_id) or _lost(transaction, plan, nothing)
    job_id = f"old-{plan.id}"[:80]
    plans.add_plan(
        transaction,
        plan.name,
        of,
        LOCAL.id,
        changes=plan.overrides,
        job_id=job_id,
        plan_id=plan.id,
        created_at=plan.created,
    )
    job = jobs.JobRow(
        id=job_id,
        kind="solve",
        lane="long",
        submitted_by=LOCAL.id,
        submitted_at=plan.created,
        plan_id=plan.id,
        subject=plan.name,
        state=plan.state,
        reason=plan.reason,
        problems=plan.problems,
        started_at=plan.started,
        ended_at=plan.ended or plan.created,
        attempts=0 if plan.started is None else 1,
        output_digest=plan.output,
    )
    transaction.execute(insert(jobs.jobs).values(**{**job.__dict__, "state": job.state.value}))
    jobs.add_event(transaction, job_id, "state", jobs.state_told(job))
    if plan.output is not None:
        versions.add(
            transaction,
            plan.id,
            plan.name,
            LOCAL.id,
            output_digest=plan.output,
            job_id=job_id,
            created_at=job.ended_at,
        )
    return True


def _lost(transaction: Connection, plan: _Plan, nothing: str) -> DataSet:
    """Return a stand-in for a data set that is gone, so that the plan made from it stays."""
    known = data_sets.data_sets
    if not _is_there(transaction, known, plan.folder_id):
        data_sets.add_data_set(
            transaction,
            plan.folder_id,
            "upload",
            nothing,
            LOCAL.id,
            data_set_id=plan.folder_id,
            added_at=plan.created,
        )
        transaction.execute(update(known).where(known.c.id == plan.folder_id).values(deleted_at=now()))
    row = transaction.execute(select(known).where(known.c.id == plan.folder_id)).one()
    return DataSet(**row._mapping)


def _is_there(connection: Connection, table: Any, row_id: str) -> bool:
    return connection.execute(select(table.c.id).where(table.c.id == row_id)).first() is not None


def _keep_view(store: Store, plan: _Plan) -> None:
    view = store.root / "plans" / plan.id / "view"
    if plan.output is None or not view.is_dir() or (store.views / plan.output).exists():
        return
    fresh = store.scratch / f"{plan.output[:12]}-{secrets.token_hex(4)}"
    shutil.copytree(view, fresh)
    with suppress(OSError):  # another process was quicker
        fresh.rename(store.views / plan.output)
    shutil.rmtree(fresh, ignore_errors=True)


def _move_aside(root: Path) -> None:
    aside = root / ASIDE
    aside.mkdir(exist_ok=True)
    for name in _OLD:
        with suppress(FileNotFoundError):  # another process was quicker
            target = aside / name
            (root / name).rename(target if not target.exists() else aside / f"{name}-{secrets.token_hex(4)}")
    shutil.rmtree(root / "incoming", ignore_errors=True)


def _id(value: Any) -> str:
    if not isinstance(value, str) or not re.match(ID_PATTERN, value):
        raise ValueError(f"{value!r} is no id")
    return value


def _name(value: Any) -> str:
    return str(value)[:_NAME_LENGTH]


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    found = datetime.fromisoformat(value)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
