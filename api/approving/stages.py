"""Takes plans from stage to stage: who may, whether they can, and the step with its entry in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from api.approving.reviewed import Reviewed
from api.deps import Services
from api.errors import ApiError, not_found
from data.store import approvals, challenges, edits, plans, trail, versions
from data.store.approvals import Certificate, Numbered
from data.store.database import now
from planner.approval import permits
from planner.approval.challenges import Challenge, State
from planner.approval.due import Due, checked, due
from planner.approval.fencing import sees_all
from planner.approval.standing import Event, ImpossibleStep, Standing, named, stood
from planner.approval.steps import FROM, OF_A_REGION, Stage, Step
from planner.errors import InvalidInput
from planner.roles import Person

_BEGINS_REVIEW = frozenset({Step.APPROVE, Step.REJECT})


@dataclass(frozen=True)
class Picture:
    """How the approval of a plan stands, for one person.

    Parameters
    ----------
    standing
        The stage and what was said of each region.
    lapsed
        Regions that changed since they were approved.
    due
        How due dates stand.
    certificate
        What finance has proved; None where nothing counts.
    open_challenges
        Open challenges that the person sees.
    newest_version, edits_beyond
        Number of the newest written version, and how many edits the draft has beyond it.
    revision
        Revision of the plan.
    """

    standing: Standing
    lapsed: tuple[str, ...]
    due: tuple[Due, ...]
    certificate: Certificate | None
    open_challenges: int
    newest_version: int
    edits_beyond: int
    revision: int


def picture(services: Services, who: Person, found: Reviewed) -> Picture:
    """Return how the approval of a plan stands."""
    plan_id = found.plan.id
    with services.store.database.reading() as connection:
        row = plans.plan(connection, plan_id)
        steps = approvals.events(connection, plan_id)
        dates = approvals.due_dates(connection, plan_id)
        counting = [c for c in approvals.all_certificates(connection, plan_id) if c.void_at is None]
        raised = challenges.all_challenges(connection, plan_id, state=State.OPEN)
        beyond = edits.last_number(connection, plan_id) - found.version.edit_number
    if row is None:
        raise not_found("plan", plan_id, "/api/plans")
    standing = stood(found.regions, [each.event for each in steps])
    return Picture(
        standing,
        standing.lapsed(found.contents.digests),
        due(dates, standing.stage, now().date()),
        counting[-1] if counting else None,
        sum(sees_all(who, found.sees_region, c.regions, c.raised_by) for _, c in raised),
        found.version.number,
        beyond,
        row.revision,
    )


def possible(who: Person, found: Reviewed, seen: Picture) -> list[tuple[Step, str | None, bool]]:
    """Return the steps that somebody may take as the plan stands: step, region, whether for its manager."""
    steps: list[tuple[Step, str | None, bool]] = []
    stage = seen.standing.stage
    for step in Step:
        begins = step in _BEGINS_REVIEW and stage is Stage.PROPOSED
        if stage not in FROM[step] and not begins:
            continue
        if step not in OF_A_REGION:
            if permits.forbidden(who, step) is None:
                steps.append((step, None, False))
            continue
        standing = replace(seen.standing, stage=Stage.IN_REVIEW) if begins else seen.standing
        for region in filter(found.sees_region, found.regions):
            content, names = found.contents.digests[region], found.contents.names[region]
            for on_behalf in (False, True) if step is Step.APPROVE else (False,):
                event = Event(step, who.id, now(), "a reason", region, on_behalf, content)
                if permits.forbidden(
                    who, step, region, names, on_behalf=on_behalf
                ) is None and not standing.why_not(event):
                    steps.append((step, region, on_behalf))
    return steps


def history(services: Services, found: Reviewed, after: int, limit: int) -> list[Numbered]:
    """Return the steps of a plan that who asks sees: those of the whole plan, and of regions they see."""
    with services.store.database.reading() as connection:
        steps = approvals.events(connection, found.plan.id, after=after)
    shown = [each for each in steps if each.event.region is None or found.sees_region(each.event.region)]
    return [
        replace(each, event=replace(each.event, void=tuple(filter(found.sees_region, each.event.void))))
        for each in shown[:limit]
    ]


def permit(
    who: Person, found: Reviewed, step: Step, region: str | None = None, *, on_behalf: bool = False
) -> None:
    """Let somebody pass who may take a step; `ApiError` 403 with the reason for others."""
    names = found.contents.names[region] if region else ()
    why_not = permits.forbidden(who, step, region, names, on_behalf=on_behalf)
    if why_not is not None:
        raise ApiError(403, "not-permitted", why_not)


def take(services: Services, found: Reviewed, event: Event) -> None:
    """Take a step that changes nothing but how the plan stands.

    Raises
    ------
    ApiError
        409 where it cannot be taken as the plan stands.
    """
    with services.store.database.writing() as tx:
        before, after = step_in(tx, found, event)
        if event.step is Step.REOPEN:
            _thaw(tx, found.plan.id, event)
        note(tx, found.plan.id, event, before, after)


def step_in(tx: Connection, found: Reviewed, event: Event) -> tuple[Standing, Standing]:
    """Take a step inside a transaction, all but its entry in the trail, and return how the plan stood and stands.

    A plan that is proposed comes into review with the first approval or refusal.
    """
    plan_id = found.plan.id
    before = locked_standing(tx, found)
    begun = before
    if event.step in _BEGINS_REVIEW and before.stage is Stage.PROPOSED:
        review = Event(Step.REVIEW, event.who, event.at)
        begun = _after(before, review)
        # The step that it makes room for may still be impossible; then neither is written.
        approvals.add_event(tx, plan_id, review, begun.stage)
    after = _after(begun, event)
    if event.step is Step.APPROVE:
        _nothing_open(challenges_of(tx, plan_id, event.region))
    approvals.add_event(tx, plan_id, event, after.stage)
    plans.set_stage(tx, plan_id, after.stage.value)
    return before, after


def locked_standing(tx: Connection, found: Reviewed) -> Standing:
    """Return how a plan stands; nobody else changes it until the transaction ends. `ApiError` 404 where it is gone."""
    if plans.plan(tx, found.plan.id, lock=True) is None:
        raise not_found("plan", found.plan.id, "/api/plans")
    return stood(found.regions, [each.event for each in approvals.events(tx, found.plan.id)])


def begin_review(tx: Connection, found: Reviewed, who: str, standing: Standing) -> Standing:
    """Bring a proposed plan into review, and return how it stands."""
    if standing.stage is not Stage.PROPOSED:
        return standing
    event = Event(Step.REVIEW, who, now())
    after = _after(standing, event)
    approvals.add_event(tx, found.plan.id, event, after.stage)
    plans.set_stage(tx, found.plan.id, after.stage.value)
    return after


def note(tx: Connection, plan_id: str, event: Event, before: Standing, after: Standing, **more: Any) -> None:
    """Write the entry of a step into the audit trail: the last thing of its transaction."""
    told = {
        "region": event.region,
        "on_behalf": event.on_behalf or None,
        "content": event.content or None,
        "version": event.version,
        "void": list(event.void) or None,
        **more,
    }
    trail.append(
        tx,
        who=event.who,
        what=f"approval.{event.step.value}",
        kind="plan",
        subject=plan_id,
        plan=plan_id,
        old={"stage": before.stage.value},
        new={
            "stage": after.stage.value,
            **{name: value for name, value in told.items() if value is not None},
        },
        why=event.reason,
    )


def set_due(
    services: Services, who: Person, plan_id: str, dates: Mapping[Stage, date], revision: Any
) -> None:
    """Replace the due dates of a plan.

    Parameters
    ----------
    revision
        Called with the plan's revision inside the transaction; raises where the change was meant for another one.
    """
    try:
        ordered = checked(dates)
    except InvalidInput as fault:
        raise ApiError(
            422, "due-dates", "Due dates contradict each other: see problems.", fault.problems
        ) from fault
    with services.store.database.writing() as tx:
        row = plans.plan(tx, plan_id, lock=True)
        if row is None:
            raise not_found("plan", plan_id, "/api/plans")
        revision(row.revision)
        before = approvals.due_dates(tx, plan_id)
        approvals.set_due_dates(tx, plan_id, ordered)
        plans.bump(tx, plan_id)
        trail.append(
            tx,
            who=who.id,
            what="approval.due",
            kind="plan",
            subject=plan_id,
            plan=plan_id,
            old={stage.value: on.isoformat() for stage, on in before.items()},
            new={stage.value: on.isoformat() for stage, on in ordered.items()},
        )


def challenges_of(connection: Connection, plan_id: str, region: str | None = None) -> list[Challenge]:
    """Return the open challenges of a plan, or those that concern one of its regions."""
    raised = challenges.all_challenges(connection, plan_id, state=State.OPEN)
    return [challenge for _, challenge in raised if region is None or region in challenge.regions]


def _nothing_open(raised: list[Challenge]) -> None:
    if raised:
        n = len(raised)
        detail = f"{n} open challenge{'s' if n > 1 else ''} must be decided or withdrawn first."
        raise ApiError(409, "open-challenges", detail)


def nothing_open(connection: Connection, plan_id: str) -> None:
    """Let a plan pass that has no open challenges; `ApiError` 409 otherwise."""
    _nothing_open(challenges_of(connection, plan_id))


def nothing_lapsed(standing: Standing, found: Reviewed) -> None:
    """Let a version pass whose regions hold what was approved; `ApiError` 409 otherwise."""
    lapsed = standing.lapsed(found.contents.digests)
    if lapsed:
        told = ", ".join(named(region) for region in lapsed)
        detail = f"Changed since it was approved: {told}. It has to be approved again."
        raise ApiError(409, "approval-lapsed", detail)


def _after(standing: Standing, event: Event) -> Standing:
    try:
        return standing.after(event)
    except ImpossibleStep as fault:
        raise ApiError(409, "impossible-step", str(fault)) from fault


def _thaw(tx: Connection, plan_id: str, event: Event) -> None:
    frozen = versions.frozen(tx, plan_id)
    if frozen is not None:
        versions.unfreeze(tx, frozen.id)
    approvals.void_certificates(tx, plan_id, event.who, event.at, event.reason)
