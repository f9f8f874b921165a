"""What edits, drafts and differences look like to those who ask, as far as they see them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from api.desk import Desk, Effect, Made, Now
from api.editing.loading import Amounts
from api.fence import Fence
from api.schemas.edits import (
    AlongOut,
    ChangeOut,
    DraftMeasure,
    DraftOut,
    DraftTerritory,
    DraftTerritoryMeasure,
    EditOut,
    EffectOut,
    EventDetail,
    EventOut,
    OwnersOut,
    QuotaByHand,
    RuleOut,
    TouchedMeasure,
    TouchedOut,
)
from api.schemas.versions import (
    DecidedOut,
    DiffOut,
    FlowOut,
    MeasureDiff,
    MovedOut,
    QuotaDiff,
    TerritoryDiff,
)
from planner.editing.changes import Change, Kind, Subject
from planner.editing.difference import Difference
from planner.editing.draft import Draft, Standing
from planner.editing.events import Event
from planner.editing.judging import Broken
from planner.editing.working import Working
from planner.measures import balance
from planner.rules import Breach

MOST_RULES = 500
MOST_CHANGES = 5000


def edit_out(made: Made, fence: Fence) -> EditOut:
    """Return an edit that was made."""
    return EditOut(
        number=made.event.number,
        revision=made.revision,
        kind=made.event.kind,
        at=made.event.at,
        of=made.event.of,
        effect=effect_out(made.effect, fence),
    )


def effect_out(effect: Effect, fence: Fence) -> EffectOut:
    """Return what edits do, for the territories that are seen."""
    before, after = effect.before.draft, effect.after.draft
    names = effect.after.names
    seen = [j for j in effect.touched if fence.sees(names.territory_of(j))]
    told = effect.verdict
    return EffectOut(
        changes=len(effect.changes),
        moved_along=[
            AlongOut(unit_id=each.unit, accounts=list(each.accounts), count=each.count)
            for each in effect.along
        ],
        territories=[_touched(effect.after, before.standings[j], after.standings[j]) for j in seen],
        broken=_rules(effect.after, told.broken, fence),
        mended=_rules(effect.after, told.mended, fence),
        still_broken=_rules(effect.after, told.still, fence),
    )


def _touched(working: Working, before: Standing, after: Standing) -> TouchedOut:
    problem, j = working.draft.ground.problem, after.position
    ideal = working.draft.ground.ideal[j]
    was, now = (balance.deviation(standing.row.loads, ideal) for standing in (before, after))
    return TouchedOut(
        territory_id=working.names.territory_of(j),
        seat_id=str(problem.territories.seat_id[j]),
        units=len(after.members),
        pieces=after.row.pieces,
        surplus_pieces=after.surplus_pieces,
        measures=[
            TouchedMeasure(
                name=measure.name,
                before=float(before.row.loads[m]),
                value=float(after.row.loads[m]),
                ideal=float(ideal[m]),
                deviation_before=_finite(was[m]),
                deviation=_finite(now[m]),
                violation=float(after.violation[m]),
            )
            for m, measure in enumerate(problem.measures)
        ],
    )


def _rules(working: Working, found: Iterable[Broken], fence: Fence) -> list[RuleOut]:
    return [
        _rule(working, each.breach, each.rule.kind.value)
        for each in found
        if _visible(working, each.breach, fence)
    ]


def _visible(working: Working, breach: Breach, fence: Fence) -> bool:
    """Return whether a breach tells nothing of territories that are not seen."""
    if fence.everything:
        return True
    where = [working.names.territory_of(j) for j in breach.territories]
    return bool(where) and all(fence.sees(name) for name in where)


def _rule(working: Working, breach: Breach, kind: str) -> RuleOut:
    return RuleOut(
        rule=breach.rule,
        kind=kind,
        text=breach.text,
        severity=float(breach.severity),
        territories=[working.names.territory_of(j) for j in breach.territories],
    )


def draft_out(desk: Desk, now: Now, fence: Fence, frozen: bool) -> DraftOut:
    """Return the working state of a plan as far as it is seen."""
    working, card = now.working, now.card
    draft, problem = working.draft, working.draft.ground.problem
    names = working.names
    seen = [j for j in range(problem.n_territories) if fence.sees(names.territory_of(j))]
    broken = [breach for breach in now.broken if _visible(working, breach, fence)]
    kinds = {rule.name: rule.kind.value for rule in draft.ground.rules.rules}
    whole = fence.everything
    undo, redo = desk.possible_undo()
    return DraftOut(
        number=now.number,
        feasible=not broken,
        objective=_finite(card.objective) if whole else None,
        unit_of_objective=problem.objective.unit_of_cost,
        moved=card.moved_entities if whole else None,
        entities="units" if draft.ground.accounts is None else "accounts",
        measures=[
            DraftMeasure(
                name=name,
                worst_deviation=_finite(np.abs(card.deviation[seen, m]).max(initial=0.0)),
                gini=float(card.gini[m]) if whole else None,
                moved_share=float(card.moved_share[m]) if whole else None,
            )
            for m, name in enumerate(card.measures)
        ],
        territories=[_territory(draft, now, j) for j in seen],
        broken=[_rule(working, breach, kinds.get(breach.rule, "lock")) for breach in broken[:MOST_RULES]],
        broken_count=len(broken),
        quotas=[
            QuotaByHand(
                territory_id=subject.id,
                component=subject.component,
                period=subject.period,
                amount_cents=cents,
            )
            for subject, cents in sorted(working.by_hand.items(), key=lambda item: item[0])
            if subject.kind is Kind.QUOTA and isinstance(cents, int) and fence.sees(subject.id)
        ],
        frozen=frozen,
        undo=undo,
        redo=redo,
    )


def _territory(draft: Draft, now: Now, j: int) -> DraftTerritory:
    card, ground = now.card, draft.ground
    return DraftTerritory(
        territory_id=now.working.names.territory_of(j),
        seat_id=str(ground.problem.territories.seat_id[j]),
        units=int(card.n_units[j]),
        pieces=int(card.pieces[j]),
        surplus_pieces=int(card.surplus_pieces[j]),
        polsby_popper=_finite(card.polsby_popper[j]),
        mean_distance_km=_finite(card.mean_distance_m[j] / 1000),
        reach_km=_finite(card.reach_m[j] / 1000),
        measures=[
            DraftTerritoryMeasure.model_construct(  # made by the hundred, from checked values
                name=name,
                value=float(card.loads[j, m]),
                ideal=float(card.ideal[j, m]),
                lower=_finite(ground.lower[j, m]),
                upper=_finite(ground.upper[j, m]),
                deviation=_finite(card.deviation[j, m]),
                violation=float(card.violation[j, m]),
                gained=float(card.gained[j, m]),
                lost=float(card.lost[j, m]),
            )
            for m, name in enumerate(card.measures)
        ],
    )


def owners_out(now: Now, fence: Fence) -> OwnersOut:
    """Return who has what, as far as it is seen."""
    working = now.working
    draft, names, accounts = working.draft, working.names, working.draft.accounts
    every = list(map(str, names.territory_id))
    seen = fence.mask(every)
    position = np.append(np.where(seen, np.cumsum(seen) - 1, -1), -1)
    at = draft.entity_territory
    shown = np.flatnonzero(np.append(seen, fence.everything)[at])
    ids = names.unit_id if accounts is None else names.account_id
    if accounts is None or draft.fixed is None:
        unit = np.arange(len(at))
    else:
        unit = np.where(draft.fixed < 0, accounts.unit, -1)
    units_locked, accounts_locked = working.locked()
    is_locked = np.where(unit >= 0, units_locked[unit], accounts_locked if len(accounts_locked) else False)
    used = np.unique(unit[shown])
    used = used[used >= 0]
    place = np.full(len(names.unit_id) + 1, -1)
    place[used] = np.arange(len(used))
    return OwnersOut(
        number=now.number,
        territory_ids=[name for name, ok in zip(every, seen.tolist(), strict=True) if ok],
        entities="units" if accounts is None else "accounts",
        ids=[str(each) for each in ids[shown]],
        territory=position[at[shown]].tolist(),
        unit_ids=[str(each) for each in names.unit_id[used]],
        unit=place[unit[shown]].tolist(),
        locked=np.flatnonzero(is_locked[shown]).tolist(),
    )


def territories_of(changes: Iterable[Change], working: Working) -> list[str]:
    """Return the ids of the territories that changes are about, ascending."""
    found: set[str] = set()
    for change in changes:
        kind = change.subject.kind
        if kind in (Kind.UNIT, Kind.ACCOUNT):
            found.update(str(value) for value in (change.old, change.new) if value)
        elif kind is Kind.QUOTA:
            found.add(change.subject.id)
        else:
            of = Kind.UNIT if kind is Kind.LOCKED_UNIT else Kind.ACCOUNT
            found.add(str(working.value(Subject(of, change.subject.id)) or ""))
    return sorted(found - {""})


def event_out(
    event: Event, changes: tuple[Change, ...], working: Working, undone: bool, fence: Fence
) -> EventOut | None:
    """Return an entry of the log; None where it is about nothing that is seen."""
    where = territories_of(changes, working)
    seen = [name for name in where if fence.sees(name)]
    if not fence.everything and not seen:
        return None
    whole = fence.everything or len(seen) == len(where)
    return EventOut(
        number=event.number,
        kind=event.kind,
        author=event.author,
        at=event.at,
        reason=event.reason if whole else "",
        of=event.of,
        about=dict(event.about) if whole else {},
        undone=undone,
        changes=len(_seen(changes, working, fence)),
        territories=seen,
    )


def event_detail(told: EventOut, changes: tuple[Change, ...], working: Working, fence: Fence) -> EventDetail:
    """Return an entry of the log with what it changed, as far as it is seen."""
    shown = _seen(changes, working, fence)[:MOST_CHANGES]
    return EventDetail(
        **told.model_dump(),
        changed=[
            ChangeOut(
                what=change.subject.kind.value,
                id=change.subject.id,
                component=change.subject.component,
                period=change.subject.period,
                old=_masked(change, change.old, fence),
                new=_masked(change, change.new, fence),
            )
            for change in shown
        ],
    )


def _seen(changes: tuple[Change, ...], working: Working, fence: Fence) -> list[Change]:
    if fence.everything:
        return list(changes)
    return [c for c in changes if any(fence.sees(name) for name in territories_of([c], working))]


def _masked(change: Change, value: str | int | None, fence: Fence) -> str | int | None:
    if change.subject.kind in (Kind.UNIT, Kind.ACCOUNT) and not fence.sees(str(value or "")):
        return None
    return value


def diff_out(
    found: Difference, one: Working, fence: Fence, quotas: tuple[Amounts, Amounts], offset: int, limit: int
) -> DiffOut:
    """Return what lies between two working states, as far as it is seen."""
    names, ground, whole = one.names, one.draft.ground, fence.everything
    every = [names.territory_of(j) for j in range(len(names.territory_id))]
    seen = [j for j, name in enumerate(every) if fence.sees(name)]
    mask = np.append(fence.mask(every), fence.everything)
    shown = np.flatnonzero(mask[found.source] | mask[found.target])
    ids = names.unit_id if ground.accounts is None else names.account_id
    before, after = found.before, found.after

    def told(j: int) -> str:
        return names.territory_of(j) if mask[j] else ""

    changed = [j for j in seen if (before.loads[j] != after.loads[j]).any()]
    return DiffOut(
        entities="units" if ground.accounts is None else "accounts",
        measures=[
            MeasureDiff(
                name=name,
                worst_before=_finite(np.abs(before.deviation[seen, m]).max(initial=0.0)),
                worst_after=_finite(np.abs(after.deviation[seen, m]).max(initial=0.0)),
                moved_share_before=float(before.moved_share[m]) if whole else None,
                moved_share_after=float(after.moved_share[m]) if whole else None,
            )
            for m, name in enumerate(before.measures)
        ],
        feasible_before=before.feasible if whole else None,
        feasible_after=after.feasible if whole else None,
        objective_before=_finite(before.objective) if whole else None,
        objective_after=_finite(after.objective) if whole else None,
        moved_count=len(shown),
        flows=[
            FlowOut(
                source=told(flow.source),
                target=told(flow.target),
                count=len(flow.entities),
                amounts=flow.activity.tolist(),
            )
            for flow in found.flows
            if mask[flow.source] or mask[flow.target]
        ],
        moved=[
            MovedOut(
                id=str(ids[found.moved[p]]),
                source=told(int(found.source[p])),
                target=told(int(found.target[p])),
            )
            for p in shown[offset : offset + limit].tolist()
        ],
        territories=[
            TerritoryDiff(
                territory_id=every[j], before=before.loads[j].tolist(), after=after.loads[j].tolist()
            )
            for j in changed
        ],
        decided=[
            DecidedOut(
                what=change.subject.kind.value,
                id=change.subject.id,
                component=change.subject.component,
                period=change.subject.period,
                old=change.old,
                new=change.new,
            )
            for change in found.decided
            if fence.everything or any(fence.sees(name) for name in territories_of([change], one))
        ],
        quotas=_quota_diff(*quotas, fence),
    )


def _quota_diff(before: Amounts, after: Amounts, fence: Fence) -> list[QuotaDiff]:
    if not before or not after:
        return []
    return [
        QuotaDiff(
            territory_id=key[0],
            component=key[1],
            period=key[2],
            before_cents=before.get(key),
            after_cents=after.get(key),
        )
        for key in {**before, **after}
        if before.get(key) != after.get(key) and fence.sees(key[0])
    ]


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
