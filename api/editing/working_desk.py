"""The working state of one plan: what never changes once it is handed out, and the desk that reads on in the log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from api.editing.loading import Amounts, amounts
from data.assembled import Assembled
from data.store import edits as edit_room
from data.store import versions
from data.store.opening import Store
from planner.editing.card import card_of
from planner.editing.changes import Change
from planner.editing.draft import Draft
from planner.editing.events import UNDO, Event
from planner.editing.history import CannotUndo, History
from planner.editing.judging import Verdict, all_broken, verdict
from planner.editing.state import State
from planner.editing.working import Along, Resolved, Working
from planner.rules import Breach
from planner.scorecard import Scorecard


@dataclass(frozen=True, eq=False)
class Now:
    """The working state of a plan at one edit. It never changes.

    Parameters
    ----------
    number
        Number of the last edit that it holds.
    working
        Where everything is.
    """

    number: int
    working: Working
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def draft(self) -> Draft:
        """Territories and what counts of them."""
        return self.working.draft

    @cached_property
    def card(self) -> Scorecard:
        """Every measure; what `planner.scorecard.scorecard` would say."""
        return card_of(self.working.draft)

    @cached_property
    def broken(self) -> tuple[Breach, ...]:
        """Every place where a rule is broken, most severe first."""
        return all_broken(self.working.draft)

    @cached_property
    def state(self) -> State:
        """Everything as plain values."""
        return self.working.state()

    @cached_property
    def _answers(self) -> dict[str, bytes]:
        return {}

    def kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return an answer about this state, made once."""
        with self._making:  # who asks at the same time waits for one answer, instead of all making it
            if name not in self._answers:
                self._answers[name] = make()
            return self._answers[name]


@dataclass(frozen=True, eq=False)
class Effect:
    """What changes do, or would do.

    Parameters
    ----------
    changes, along
        What changes, and which accounts go along because they share a basic unit.
    before, after
        The working states.
    touched
        Positions of the territories that gain or lose something, ascending.
    verdict
        The rules that are broken, mended and left as they were.
    """

    changes: tuple[Change, ...]
    along: tuple[Along, ...]
    before: Working
    after: Working
    touched: tuple[int, ...]
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Made:
    """An edit that was made.

    Parameters
    ----------
    event
        Its entry in the log.
    revision
        New revision of the plan.
    effect
        What it does.
    """

    event: Event
    revision: int
    effect: Effect


class Desk:
    """The working state of one plan. Several threads may use it.

    Parameters
    ----------
    plan_id
        The plan.
    assembled
        Its problem and what that came from.
    working
        Everything as it is before the first edit.
    """

    def __init__(self, plan_id: str, assembled: Assembled, working: Working) -> None:
        self.plan_id, self.assembled = plan_id, assembled
        self._base, self._now, self._history = working, Now(0, working), History()
        self._turn = threading.Lock()
        self._amounts: tuple[str, Amounts] = ("", {})

    def caught_up(self, connection: Connection) -> Now:
        """Return the working state after every edit that a connection sees."""
        known = self._now
        fresh = edit_room.events(connection, self.plan_id, after=known.number)
        if not fresh:
            return known
        with self._turn:
            for event in fresh:
                if event.number > self._now.number:  # another thread was not quicker
                    changes = self._history.append(event)
                    self._now = Now(event.number, self._now.working.after(changes))
            return self._now

    def seen_in(self, transaction: Connection) -> tuple[Now, History]:
        """Return the working state and the log as a transaction sees them, its own edits included.

        What may still be taken back is not taken in: whoever else reads does not see it.
        """
        fresh = edit_room.events(transaction, self.plan_id, after=self._now.number)
        with self._turn:
            now, history = self._now, self._history
            unseen = [event for event in fresh if event.number > now.number]
            if not unseen:
                return now, history
            history = History([*history.events, *unseen])
        working = now.working
        for event in unseen:
            working = working.after(history.effect(event))
        return Now(unseen[-1].number, working), history

    def take_in(self, event: Event, after: Working) -> None:
        """Take in an edit that is committed, with the working state that it led to."""
        with self._turn:
            if event.number == self._now.number + 1:  # else it is read from the log, after those before it
                self._history.append(event)
                self._now = Now(event.number, after)

    def state_before_edits(self) -> State:
        """Return the state that the log of edits begins from."""
        return self._base.state()

    def events(self) -> tuple[Event, ...]:
        """Return every event that the desk knows."""
        with self._turn:
            return tuple(self._history.events)

    def undoing(
        self, kind: str, number: int | None, author: str | None, history: History | None = None
    ) -> tuple[int, tuple[Change, ...]]:
        """Return the edit that an undo or a redo is of, and what it changes; see `History.to_undo`."""
        with self._turn:
            log = history or self._history
            of = (log.to_undo if kind == UNDO else log.to_redo)(number, author)
            return of, log.effect(Event(0, kind, "", "", log.events[of - 1].at, (), of))

    def effect(self, event: Event) -> tuple[Change, ...]:
        """Return what an event of the log changes."""
        with self._turn:
            return self._history.effect(event)

    def undone(self) -> frozenset[int]:
        """Return the numbers of the edits that do not stand."""
        with self._turn:
            return frozenset(self._history.undone)

    def possible_undo(self, author: str | None = None) -> tuple[int | None, int | None]:
        """Return the edits that an undo and a redo would be of; None where there is none."""
        found: list[int | None] = []
        with self._turn:
            for ask in (self._history.to_undo, self._history.to_redo):
                try:
                    found.append(ask(None, author))
                except CannotUndo:
                    found.append(None)
        return found[0], found[1]

    def last_change(self, resolved: Resolved) -> dict[Any, Event]:
        """Return who changed last what stands against edits, by subject."""
        subjects = [*(c.subject for c in resolved.conflicts), *(r.subject for r in resolved.refusals)]
        with self._turn:
            found = {subject: self._history.last_writer(subject) for subject in subjects}
        return {subject: event for subject, event in found.items() if event is not None}

    def quotas(self, connection: Connection, store: Store) -> Amounts:
        """Return the quotas of the newest version that is written; empty where there are none."""
        newest = versions.written(connection, self.plan_id)
        if newest is None:
            return {}
        if self._amounts[0] != newest.id:
            self._amounts = newest.id, amounts(store, newest)
        return self._amounts[1]


def effect_of(before: Working, changes: tuple[Change, ...], along: tuple[Along, ...] = ()) -> Effect:
    """Return what changes do to a working state."""
    step, after = before.step(changes), before.after(changes)
    touched = tuple(before.draft.touched(step).tolist())
    return Effect(changes, along, before, after, touched, verdict(before.draft, after.draft, step))
