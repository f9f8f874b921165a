"""Logs of edits: undo and redo without limit, the same state for every reader, nothing lost."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from planner.editing import BrokenLog, CannotUndo, Change, Event, History, State, Subject, Value, fold
from planner.editing.changes import Kind, in_order
from planner.editing.events import REDO, UNDO

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
UNITS = [Subject(Kind.UNIT, f"u{n}") for n in range(4)]
LOCKS = [Subject(Kind.LOCKED_UNIT, "u0"), Subject(Kind.LOCKED_ACCOUNT, "a0")]
QUOTAS = [Subject(Kind.QUOTA, "T1", "", period) for period in ("", "Q1")]
BASE = State(dict.fromkeys(UNITS, "T1"))


def event(
    number: int, kind: str, changes: tuple[Change, ...] = (), of: int | None = None, who: str = "ann"
) -> Event:
    return Event(number, kind, who, "", AT, changes, of)


def move(state: State, number: int, to: dict[Subject, Value], who: str = "ann") -> Event:
    return event(number, "move", in_order(Change(s, state[s], v) for s, v in to.items()), who=who)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Draw a log that people could have made: edits, undos and redos of what may be undone and redone."""
    history, state = History(), BASE
    events: list[Event] = []
    for number in range(1, draw(st.integers(0, 14)) + 1):
        undo = [n for n in history.standing if not history.no_undo(n)]
        redo = [n for n in history.undone if not history.no_redo(n)]
        ways = ["edit", *([UNDO] if undo else []), *([REDO] if redo else [])]
        way = draw(st.sampled_from(ways))
        if way == "edit":
            to: dict[Subject, Value] = draw(
                st.dictionaries(st.sampled_from(UNITS), st.sampled_from(["T1", "T2", "T3"]), max_size=3)
            )
            to |= draw(
                st.dictionaries(st.sampled_from(LOCKS), st.sampled_from(["locked", "free", None]), max_size=1)
            )
            to |= draw(st.dictionaries(st.sampled_from(QUOTAS), st.sampled_from([0, 5, None]), max_size=1))
            found = move(state, number, to, draw(st.sampled_from(["ann", "bob"])))
        else:
            found = event(number, way, of=draw(st.sampled_from(undo if way == UNDO else redo)))
        state = state.after(history.append(found))
        events.append(found)
    return events


@given(logs())
@settings(max_examples=50, deadline=None)
def test_a_log_gives_one_state_however_it_is_read(events: list[Event]) -> None:
    whole = fold(BASE, events)
    late = History(events[: len(events) // 2])
    state = fold(BASE, events[: len(events) // 2])
    for each in events[len(events) // 2 :]:
        state = state.after(late.append(each))
    assert (state, state.as_bytes(), state.digest) == (whole, whole.as_bytes(), whole.digest)
    again = [Event.stored(e.number, e.kind, e.author, e.reason, e.at, e.content()) for e in events]
    assert again == events
    assert fold(BASE, again) == whole


@given(logs())
@settings(max_examples=50, deadline=None)
def test_undo_takes_back_exactly_what_an_edit_did_and_redo_does_it_again(events: list[Event]) -> None:
    history, state = History(events), fold(BASE, events)
    n = len(events)
    for number in history.standing:
        if history.no_undo(number):
            continue
        undone = [*events, event(n + 1, UNDO, of=number)]
        before = state.after(Change(c.subject, c.new, c.old) for c in events[number - 1].changes)
        assert fold(BASE, undone) == before
        assert fold(BASE, [*undone, event(n + 2, REDO, of=number)]) == state


@given(logs())
@settings(max_examples=40, deadline=None)
def test_everything_can_be_undone_to_the_base_and_redone_to_the_end(events: list[Event]) -> None:
    history, state = History(events), fold(BASE, events)
    states = [state]
    steps = len(history.standing)
    for _ in range(steps):
        events = [*events, event(len(events) + 1, UNDO, of=history.to_undo())]
        history.append(events[-1])
        states.append(fold(BASE, events))
    assert states[-1] == BASE
    with pytest.raises(CannotUndo, match="no edit left"):
        history.to_undo()
    for before in reversed(states[:-1]):
        events = [*events, event(len(events) + 1, REDO, of=history.to_redo())]
        history.append(events[-1])
        assert fold(BASE, events) == before


@given(logs())
@settings(max_examples=40, deadline=None)
def test_states_come_back_from_their_bytes_and_differ_by_their_changes(events: list[Event]) -> None:
    states = [fold(BASE, events[:n]) for n in range(len(events) + 1)]
    for one, other in pairwise(states):
        assert State.from_bytes(one.as_bytes()) == one
        assert one.after(one.changes_to(other)) == other
        assert (one.digest == other.digest) == (one == other)


def test_an_edit_that_others_rest_on_is_not_undone_and_says_whose_they_are() -> None:
    u = UNITS[0]
    first = move(BASE, 1, {u: "T2"})
    second = event(2, "move", (Change(u, "T2", "T3"),), who="bob")
    history = History([first, second])
    with pytest.raises(CannotUndo, match="edit 2 by bob changed the same"):
        history.to_undo(1)
    assert history.to_undo() == 2
    assert history.to_undo(author="bob") == 2
    with pytest.raises(CannotUndo, match="edit 2 by bob"):
        history.to_undo(author="ann")
    with pytest.raises(CannotUndo, match="no edit 9"):
        history.to_undo(9)
    last = history.last_writer(u)
    assert last == second


def test_an_undone_edit_is_not_made_again_over_what_came_later() -> None:
    u = UNITS[0]
    events = [move(BASE, 1, {u: "T2"}), event(2, UNDO, of=1), move(BASE, 3, {u: "T3"}, "bob")]
    history = History(events)
    with pytest.raises(CannotUndo, match="edit 3 by bob stands"):
        history.to_redo()
    with pytest.raises(CannotUndo, match="undone already"):
        history.to_undo(1)
    history.append(event(4, UNDO, of=3))
    assert history.to_redo() == 3
    assert history.to_redo(1) == 1


def test_a_redo_waits_for_the_edit_that_it_rests_on() -> None:
    u = UNITS[0]
    events = [move(BASE, 1, {u: "T2"}), event(2, "move", (Change(u, "T2", "T3"),))]
    history = History([*events, event(3, UNDO, of=2), event(4, UNDO, of=1)])
    with pytest.raises(CannotUndo, match="rests on is undone"):
        history.to_redo(2)
    assert history.to_redo() == 1


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ([event(2, "move")], "one is missing"),
        ([event(1, UNDO, of=7)], "no edit"),
        ([event(1, "move", (Change(UNITS[0], "T9", "T2"),))], "but it is 'T1'"),
        ([move(BASE, 1, {UNITS[0]: "T2"}), event(2, REDO, of=1)], "no undone edit"),
    ],
)
def test_a_log_that_does_not_follow_on_itself_is_refused(broken: list[Event], told: str) -> None:
    with pytest.raises(BrokenLog, match=told):
        fold(BASE, broken)
