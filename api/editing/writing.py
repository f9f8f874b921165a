"""The job that writes the output folder of a version: the alignment as it was edited, quotas set again on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection

from api.editing.loading import working_on
from api.jobs.task import Task
from api.planning import NO_COST, NO_QUOTAS, with_quotas_if_possible
from data.assemble.hand_set import HandSet, with_hand_set
from data.assembled import Assembled
from data.export import write_plan
from data.reopen import Reopened, reopen
from data.store import trail, versions
from data.store.jobs import JobRow
from planner.alignment import Alignment
from planner.editing.card import card_of
from planner.editing.changes import Kind
from planner.editing.draft import Draft
from planner.editing.judging import all_broken
from planner.editing.state import State
from planner.editing.working import Working
from planner.errors import PlannerError
from planner.job import NothingToKeep
from planner.plan import Plan, Provenance
from planner.quota.currency import minor_digits
from planner.scorecard import Scorecard, current_scorecard
from planner.solving import Observer, Progress, SolveReport, SolveResult, Status
from planner.stop import Stop, Termination

if TYPE_CHECKING:
    from api.deps import Services

_MOST_REASONS = 20


def work(task: Task, stop: Stop, observer: Observer) -> dict[str, Any]:
    """Write the output folder of a version, in the process of the job."""
    asked = task.params
    observer(Progress("reading"))
    reopened = reopen(task.tree(asked["base"]), task.tree(asked["data"]))
    state = State.from_bytes(task.file(asked["state"]).read_bytes())
    base = working_on(reopened.assembled, reopened.territory)
    working = base.after(base.state().changes_to(state))
    if stop.reason(0) is not None:
        raise NothingToKeep("The version was not written: its job was asked to stop.")
    observer(Progress("setting quotas"))
    assembled, plan = edited_plan(reopened, base, working, str(asked["author"]), str(asked["note"]))
    observer(Progress("writing the plan", 1.0))
    write_plan(task.output, assembled, plan)
    return {"version": asked["version"], "feasible": plan.after.feasible}


def finish(
    transaction: Connection,
    _services: Services,
    job: JobRow,
    result: dict[str, Any],
    output_digest: str | None,
) -> None:
    """Record what was written as the output of its version."""
    if output_digest is None:
        raise PlannerError("No plan was written.")
    version = versions.by_id(transaction, str(result["version"]))
    if version is None:
        raise PlannerError("The version is gone.")
    versions.set_output(transaction, version.id, output_digest)
    trail.append(
        transaction,
        who=job.submitted_by,
        what="version.written",
        kind="version",
        subject=version.id,
        plan=version.plan_id,
        new={"number": version.number, "output_digest": output_digest, "job": job.id},
    )


def edited_plan(
    reopened: Reopened, base: Working, working: Working, author: str, reason: str
) -> tuple[Assembled, Plan]:
    """Return a plan as it was edited, with quotas set again where that is possible.

    Parameters
    ----------
    reopened
        The plan that the edits began from.
    base, working
        Where everything was then, and is now.
    author, reason
        Who decided amounts by hand, and why, for the table of overrides.
    """
    draft = working.draft
    assembled = replace(reopened.assembled, problem=draft.problem, accounts=draft.accounts)
    decided = _hand_set(reopened, working, author, reason)
    assembled = with_hand_set(assembled, decided)
    problem, accounts = assembled.problem, assembled.accounts
    owners = problem.current if accounts is None else accounts.current
    before = current_scorecard(problem, accounts) if (owners >= 0).any() else None
    after = card_of(draft)
    parameters = {
        **reopened.run["parameters"],
        "scenario": asdict(assembled.scenario),
        "hand_set": [asdict(each) for each in decided],
        "edited": edited(working, reopened.run["parameters"].get("edited", {})),
    }
    provenance = Provenance(
        assembled.folder.fingerprints, reopened.run["versions"], parameters, reopened.run["started"]
    )
    plan = Plan(_result(reopened, base, draft, after), before, after, None, provenance)
    return assembled, with_quotas_if_possible(assembled, plan)


def edited(working: Working, earlier: Mapping[str, Any]) -> dict[str, Any]:
    """Return what edits changed in the problem itself, for the run record: see `data.assemble.edited`.

    `earlier` is what the record of the plan said that they began from.
    """
    draft, names = working.draft, working.names
    accounts = draft.ground.accounts
    moved: dict[str, str] = dict(earlier.get("accounts", {}))
    if accounts is not None and draft.fixed is not None:
        for a in np.flatnonzero(draft.fixed != accounts.fixed).tolist():
            moved[str(names.account_id[a])] = names.territory_of(int(draft.fixed[a]))
    freed = {str(names.unit_id[u]) for u in draft.freed.tolist()} | set(earlier.get("unlocked", ()))
    return {"accounts": moved, "unlocked": sorted(freed)}


def _hand_set(reopened: Reopened, working: Working, author: str, reason: str) -> list[HandSet]:
    """Return every amount that was decided by hand, on the command line or in an edit, the later one of each."""
    run, digits = reopened.run, minor_digits(reopened.assembled.scenario.quota.currency)
    found = [HandSet.of(row) for row in run["parameters"].get("hand_set", [])]
    for subject, cents in sorted(working.by_hand.items(), key=lambda item: item[0]):
        if subject.kind is Kind.QUOTA and isinstance(cents, int):
            amount = str(Decimal(cents).scaleb(-digits))
            found.append(HandSet(subject.id, amount, subject.component, subject.period, reason, author))
    return list({each.what: each for each in found}.values())


def _result(reopened: Reopened, base: Working, draft: Draft, card: Scorecard) -> SolveResult:
    """Return what is known of the alignment: where it came from, how much was edited, which rules it breaks."""
    run = reopened.run
    notes = [note for note in run["notes"] if not note.startswith((NO_QUOTAS, NO_COST))]
    units = int((draft.territory != base.draft.territory).sum())
    named = 0 if draft.fixed is None else int((draft.fixed != base.draft.fixed).sum())
    status, termination = Status(run["status"]), Termination(run["termination"])
    bound, kind, reasons = run["bound"], run["bound_kind"], list(run["reasons"])
    if units or named or len(draft.freed):
        what = f"{units} basic unit{'s' if units != 1 else ''} and {named} named account{'s' if named != 1 else ''}"
        notes.append(f"Edited by hand: {what} are elsewhere than the solver had them.")
        status = Status.FEASIBLE if card.feasible else Status.UNKNOWN
        reasons = [breach.text for breach in all_broken(draft)[:_MOST_REASONS]]
        if not card.feasible or named or len(draft.freed):
            bound, kind = None, ""  # it was proved for the rules as they were
    report = SolveReport(
        run["solver"],
        card.objective,
        bound,
        kind,
        run["seconds"],
        run["iterations"],
        tuple(notes),
        tuple(reasons),
    )
    return SolveResult(Alignment(draft.territory), status, termination, report)
