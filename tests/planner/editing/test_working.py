"""From edits to changes: what goes along, what stands in the way, and that the arrays say what the fold says."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from planner.editing import ClearQuota, Edit, Event, Lock, Move, Place, SetQuota, State, Unlock, fold, inverse
from planner.editing.card import card_of
from planner.editing.changes import Kind, Subject
from planner.editing.difference import difference
from planner.editing.draft import Draft
from planner.editing.swapping import swap_for
from planner.editing.working import Names, Resolved, Working
from planner.rules import breaches_of
from planner.scorecard import scorecard
from tests.contract.problems import grid
from tests.planner.explain.drawn import OBJECTIVES, differences, drawn_problem

AT = datetime(2026, 1, 5, tzinfo=UTC)


def drawn_working(seed: int, *, with_accounts: bool = True) -> Working:
    random = np.random.default_rng(seed)
    objective = OBJECTIVES[seed % len(OBJECTIVES)]
    problem, territory, accounts = drawn_problem(random, objective, with_accounts=with_accounts)
    ids = np.zeros(0, object) if accounts is None else accounts.account_id
    locked = random.random(len(ids)) < 0.1
    names = Names(
        problem.territories.territory_id, problem.units.unit_id, ids, locked, ("A", "B"), ("Q1", "Q2")
    )
    return Working(names, Draft.start(problem, territory, accounts))


def drawn_edit(random: np.random.Generator, working: Working) -> Edit:
    """Return an edit of a few things, each believed to be where it is."""
    names, draft = working.names, working.draft
    ids = [str(each) for each in random.choice(names.unit_id, 2, replace=False)]
    accounts = (
        [str(a) for a in random.choice(names.account_id, 3, replace=False)] if len(names.account_id) else []
    )
    territory = str(random.choice(names.territory_id))
    match int(random.integers(5)):
        case 0:
            return Lock(tuple(accounts), tuple(ids))
        case 1:
            return Unlock(tuple(accounts), tuple(ids))
        case 2:
            return SetQuota(territory, int(random.integers(100)), str(random.choice(["", "A"])), "Q1")
        case 3:
            return ClearQuota(territory, "A", "Q1")
    at = draft.entity_territory
    places = [Place(a, names.territory_of(int(at[names.account[a]]))) for a in accounts]
    units = [Place(u, names.territory_of(int(draft.territory[names.unit[u]]))) for u in ids]
    return Move(territory, tuple(places), tuple(units))


@pytest.mark.parametrize("with_accounts", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_arrays_say_what_the_log_folds_to(seed: int, with_accounts: bool) -> None:
    random = np.random.default_rng([seed, with_accounts])
    first = working = drawn_working(seed, with_accounts=with_accounts)
    base, events = first.state(), []
    made = 0
    for _ in range(25):
        found = working.resolve([drawn_edit(random, working)])
        if not found.possible:
            assert found.problems or found.refusals
            continue
        made += 1
        events.append(Event(len(events) + 1, "move", "ann", "", AT, found.changes))
        working = working.after(found.changes)
        assert fold(base, events) == working.state()
    assert made >= 5
    draft = working.draft
    assert differences(card_of(draft), scorecard(draft.problem, draft.territory, draft.accounts)) == []
    for event in reversed(events):
        working = working.after(inverse(event.changes))
    assert working.state() == base
    assert differences(card_of(working.draft), card_of(first.draft)) == []
    assert State.from_bytes(base.as_bytes()) == base


def refused(working: Working, *edits: Edit) -> Resolved:
    found = working.resolve(edits)
    assert not found.possible
    return found


def test_a_move_says_who_is_elsewhere_what_is_locked_and_what_goes_along() -> None:
    working = drawn_working(1)
    names, accounts = working.names, working.draft.ground.accounts
    assert accounts is not None
    shared = int(np.bincount(accounts.unit[(accounts.fixed < 0) & (accounts.unit >= 0)]).argmax())
    free = working.draft.ground.problem.locked[shared] < 0
    assert free
    some = [int(a) for a in working.draft.ground.accounts_of_unit[shared]]
    here = names.territory_of(int(working.draft.territory[shared]))
    there = next(str(t) for t in names.territory_id if t != here)
    asked = Place(str(names.account_id[some[0]]), here)
    found = working.resolve([Move(there, (asked,))])
    assert [change.subject for change in found.changes] == [Subject(Kind.UNIT, str(names.unit_id[shared]))]
    (along,) = found.along
    assert set(along.accounts) == {str(names.account_id[a]) for a in some[1:]}
    assert along.count == len(some) - 1

    (conflict,) = refused(working, Move(there, (Place(asked.id, there),))).conflicts
    assert (conflict.believed, conflict.present) == (there, here)
    locked = working.after(working.resolve([Lock((asked.id,))]).changes)
    (refusal,) = refused(locked, Move(there, (asked,))).refusals
    assert not refusal.by_data
    assert locked.resolve([Unlock((asked.id,)), Move(there, (asked,))]).possible
    bound = int(np.flatnonzero(working.draft.ground.problem.locked >= 0)[0])
    held = Place(str(names.unit_id[bound]), names.territory_of(int(working.draft.territory[bound])))
    away = next(str(t) for t in names.territory_id if t != held.believed)
    assert refused(working, Move(away, (), (held,))).refusals[0].by_data


def test_an_account_that_nobody_has_can_be_given_to_somebody_and_taken_back() -> None:
    working = drawn_working(2)
    accounts = working.draft.ground.accounts
    assert accounts is not None
    nobodys = str(working.names.account_id[int(np.flatnonzero(accounts.unplaced)[0])])
    assert refused(working, Lock((nobodys,))).problems[0].code == "unplaced"
    free = (
        working.after(working.resolve([Unlock((nobodys,))]).changes)
        if _is_locked(working, nobodys)
        else working
    )
    found = free.resolve([Move("T002", (Place(nobodys, ""),))])
    given = free.after(found.changes)
    assert given.value(Subject(Kind.ACCOUNT, nobodys)) == "T002"
    assert given.resolve([Move("T001", (Place(nobodys, "T002"),))]).possible
    back = given.after(inverse(found.changes))
    assert back.state() == free.state()
    assert differences(card_of(back.draft), card_of(free.draft)) == []


def _is_locked(working: Working, account: str) -> bool:
    return bool(working.names.locked_accounts[working.names.account[account]])


def test_what_is_unknown_or_contradicts_itself_is_told_at_its_place() -> None:
    working = drawn_working(3)
    unit = Place(str(working.names.unit_id[0]), working.names.territory_of(int(working.draft.territory[0])))
    found = refused(
        working,
        Move("T9", (), (unit,)),
        Move("T001", (Place("none", ""),), (Place("none", ""),)),
        Lock(("none",), ("none",)),
        SetQuota("none", 1),
        SetQuota("T001", 1, "C", "Q1"),
        SetQuota("T001", 1, "A", "Q9"),
    )
    assert [problem.column for problem in found.problems] == [
        "edits[0].to",
        "edits[1].accounts[0].id",
        "edits[1].units[0].id",
        "edits[2].accounts[0]",
        "edits[2].units[0]",
        "edits[3].territory",
        "edits[4].component",
        "edits[5].period",
    ]
    both = [str(t) for t in working.names.territory_id if t != unit.believed][:2]
    free = (
        working.after(working.resolve([Unlock((), (unit.id,))]).changes)
        if working.is_locked(Subject(Kind.LOCKED_UNIT, unit.id))
        else working
    )
    twice = refused(free, *(Move(to, (), (unit,)) for to in both))
    assert twice.problems[0].code == "two_territories"
    assert refused(free, Move(unit.believed, (), (unit,))).problems[0].code == "changes_nothing"
    unquoted = Working(Names(*(getattr(free.names, n) for n in _COLUMNS)), free.draft)
    assert refused(unquoted, SetQuota("T001", 1)).problems[0].code == "no_quotas"


_COLUMNS = ("territory_id", "unit_id", "account_id", "locked_accounts")


def test_a_difference_tells_where_everything_went_and_what_it_amounts_to() -> None:
    one = drawn_working(4)
    random, other = np.random.default_rng(4), one
    for _ in range(20):
        found = other.resolve([drawn_edit(random, other)])
        other = other.after(found.changes) if found.possible else other
    told = difference(one, other)
    old, new = one.draft.entity_territory, other.draft.entity_territory
    assert told.moved.tolist() == np.flatnonzero(old != new).tolist()
    assert len(told.moved)
    assert sum(len(flow.entities) for flow in told.flows) == len(told.moved)
    for flow in told.flows:
        assert (old[flow.entities] == flow.source).all()
        assert (new[flow.entities] == flow.target).all()
        assert flow.activity == pytest.approx(one.draft.ground.activity[flow.entities].sum(axis=0))
    assert {change.subject for change in told.decided} == {
        change.subject
        for change in one.state().changes_to(other.state())
        if change.subject.kind not in (Kind.UNIT, Kind.ACCOUNT)
    }
    assert not difference(one, one).flows


@pytest.mark.parametrize("seed", range(8))
def test_a_compensating_swap_leaves_no_rule_broken_that_was_kept(seed: int) -> None:
    problem = grid(8, 6, 3, seed=seed, band=0.12)
    names = Names(
        problem.territories.territory_id, problem.units.unit_id, np.zeros(0, object), np.zeros(0, bool)
    )
    # Rows of the grid, cut so that every territory is inside its band.
    order = np.cumsum(problem.activity[:, 0]) / problem.activity[:, 0].sum()
    territory = np.minimum((order * 3).astype(np.int32), 2)
    working = Working(names, Draft.start(problem, territory))
    before = {breach.text for breach in breaches_of(problem, territory)}
    border = [
        u for u in range(48) if {int(territory[n]) for n in problem.graph.neighbours(u)} - {int(territory[u])}
    ]  # type: ignore[union-attr]
    found = 0
    for unit in border:
        to = next(
            int(territory[n]) for n in problem.graph.neighbours(unit) if territory[n] != territory[unit]
        )  # type: ignore[union-attr]
        place = Place(f"u{unit}", names.territory_of(int(territory[unit])))
        changes = working.resolve([Move(names.territory_of(to), (), (place,))]).changes
        broken = {b.text for b in breaches_of(problem, working.after(changes).draft.territory)} - before
        swap = swap_for(working, changes)
        if swap is None:
            assert broken
            continue
        found += bool(swap.changes)
        assert bool(swap.changes) == bool(broken)
        assert swap.after.draft.territory[unit] == to
        after = breaches_of(problem, swap.after.draft.territory)
        assert (
            max((b.severity for b in after), default=0.0)
            <= max((b.severity for b in breaches_of(problem, territory)), default=0.0) + 1e-9
        )
        assert swap.after.state() == working.after(changes).after(swap.changes).state()
    assert found or not before
