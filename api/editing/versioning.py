"""Versions of a plan: made at once from the working state, written by a job, restored, branched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from api.desk import Desks, Made
from api.editing.refusing import frozen
from api.errors import ApiError, not_found
from data.store import data_sets, trail, versions
from data.store import plans as plan_room
from data.store.opening import Store
from data.store.plans import PlanRow
from data.store.versions import VersionRow
from planner.approval.steps import Stage
from planner.editing.state import State
from planner.editing.working import Working
from planner.roles import Person

if TYPE_CHECKING:
    from api.deps import Services

KIND = "version"
"""Kind of the job that writes the output of a version."""


def version_of(store: Store, plan_id: str, number: int) -> VersionRow:
    """Return a version of a plan; `ApiError` 404 where there is none."""
    with store.database.reading() as connection:
        found = versions.version(connection, plan_id, number)
    if found is None:
        raise not_found("version", str(number), f"/api/plans/{plan_id}/versions")
    return found


def state_of(desks: Desks, version: VersionRow) -> State:
    """Return the state of a version; what a job or another program made gets one when it is first asked for."""
    if version.state_digest is not None:
        return State.from_bytes(desks.store.objects.path(version.state_digest).read_bytes())
    if version.number != 1:
        raise ApiError(409, "no-state", f"Nothing is known of what version {version.number} holds.")
    state = desks.of(version.plan_id).state_before_edits()
    digest = desks.store.objects.put_bytes(state.as_bytes())
    with desks.store.database.writing() as transaction:
        versions.set_state(transaction, version.id, digest)
    return state


def working_of(desks: Desks, plan_id: str, number: int | None) -> Working:
    """Return the working state of a version, that after every edit for None; `ApiError` 404 where there is none."""
    now = desks.now(plan_id).working
    if number is None:
        return now
    state = state_of(desks, version_of(desks.store, plan_id, number))
    return now.after(now.state().changes_to(state))


def make(services: Services, who: Person, plan_id: str, name: str, note: str) -> VersionRow:
    """Make a version of the working state; a job writes its output folder.

    Raises
    ------
    ApiError
        404 where there is no such plan, 409 where it is frozen or not made yet, 429 where too many jobs wait.
    """
    desks, store = services.desks, services.store
    now = desks.now(plan_id)
    digest = store.objects.put_bytes(now.state.as_bytes())
    with store.database.writing() as transaction:
        plan = _editable(transaction, plan_id)
        parent = versions.version(transaction, plan_id)
        same = parent is not None and parent.state_digest == digest
        added = versions.add(
            transaction,
            plan_id,
            name,
            who.id,
            note=note,
            parent_id=None if parent is None else parent.id,
            edit_number=now.number,
            state_digest=digest,
            output_digest=parent.output_digest if parent is not None and same else None,
        )
        if added.output_digest is None:
            added = _submit(services, transaction, who, plan, added)
        told = {"number": added.number, "name": name, "edit": now.number, "state_digest": digest}
        _tell(transaction, who, "version.add", added, told, note)
    return added


def write_again(services: Services, who: Person, version: VersionRow) -> VersionRow:
    """Submit the job that writes a version once more; `ApiError` 409 where it is written, or being written."""
    from data.store import jobs  # the room of jobs is asked only here

    with services.store.database.writing() as transaction:
        plan = plan_room.plan(transaction, version.plan_id, lock=True)
        found = versions.by_id(transaction, version.id)
        if plan is None or found is None:
            raise not_found("version", str(version.number), f"/api/plans/{version.plan_id}/versions")
        if found.output_digest is not None or found.state_digest is None:
            raise ApiError(409, "written", f"Version {found.number} is written already.")
        job = None if found.job_id is None else jobs.job(transaction, found.job_id)
        if job is not None and not job.state.ended:
            raise ApiError(409, "job-active", f"Version {found.number} is being written.")
        found = _submit(services, transaction, who, plan, found)
        _tell(transaction, who, "version.write", found, {"number": found.number}, "")
    return found


def restore(desks: Desks, who: Person, plan_id: str, number: int, reason: str) -> Made:
    """Put everything where a version has it, as one edit that can be undone; raises as `Desks.edit` does."""
    version = version_of(desks.store, plan_id, number)
    about = {"version": version.number, "name": version.name}
    return desks.restore(who, plan_id, state_of(desks, version), about, reason=reason)


def branch(services: Services, who: Person, plan_id: str, number: int, name: str, note: str) -> PlanRow:
    """Make a new plan that begins as a version of another one; its first version keeps that one as its parent.

    Raises
    ------
    ApiError
        404 where there is no such version, 409 while it is not written yet, or its data set is gone.
    """
    desks, store = services.desks, services.store
    version = version_of(store, plan_id, number)
    digest = store.objects.put_bytes(state_of(desks, version).as_bytes())
    if version.output_digest is None:
        detail = f"Version {number} is still being written. Branch from it once that is done."
        raise ApiError(409, "not-written-yet", detail)
    with store.database.writing() as transaction:
        plan = plan_room.plan(transaction, plan_id)
        if plan is None:
            raise not_found("plan", plan_id, "/api/plans")
        of = data_sets.data_set(transaction, plan.data_set_id)
        if of is None:
            raise ApiError(409, "no-data-set", "The data set that this plan was made from is gone.")
        added = plan_room.add_plan(
            transaction,
            name,
            replace(of, digest=plan.data_digest),
            who.id,
            changes=plan.changes,
            scenario_id=plan.scenario_id,
            regions=plan.regions,
        )
        first = versions.add(
            transaction,
            added.id,
            version.name,
            who.id,
            note=note,
            parent_id=version.id,
            state_digest=digest,
            output_digest=version.output_digest,
        )
        told = {"name": name, "of": plan_id, "version": number}
        trail.append(
            transaction,
            who=who.id,
            what="plan.branch",
            kind="plan",
            subject=added.id,
            plan=added.id,
            new={**told, "first_version": first.id},
            why=note,
        )
        found = plan_room.plan(transaction, added.id)
    assert found is not None
    return found


def _editable(transaction: Connection, plan_id: str) -> PlanRow:
    plan = plan_room.plan(transaction, plan_id, lock=True)
    if plan is None:
        raise not_found("plan", plan_id, "/api/plans")
    at = versions.frozen(transaction, plan_id)
    if at is not None or Stage(plan.stage).frozen:
        raise frozen(plan, at)
    return plan


def _submit(
    services: Services, transaction: Connection, who: Person, plan: PlanRow, version: VersionRow
) -> VersionRow:
    """Submit the job that writes a version, as part of the transaction that needs it."""
    first = versions.version(transaction, plan.id, 1)
    assert first is not None
    params = {
        "version": version.id,
        "number": version.number,
        "data": plan.data_digest,
        "base": first.output_digest,
        "state": version.state_digest,
        "author": who.id,
        "note": version.note or version.name,
    }
    job = services.runner.submit(
        KIND, params, who, plan_id=plan.id, subject=f"{plan.name}: {version.name}", tx=transaction
    )
    versions.set_job(transaction, version.id, job.id)
    return replace(version, job_id=job.id)


def _tell(
    transaction: Connection, who: Person, what: str, version: VersionRow, new: dict[str, Any], why: str
) -> None:
    trail.append(
        transaction,
        who=who.id,
        what=what,
        kind="version",
        subject=version.id,
        plan=version.plan_id,
        new=new,
        why=why,
    )
