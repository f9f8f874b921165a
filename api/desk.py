"""Desks: the working state of each plan that is edited, kept in memory and always what the log of edits says.

The log in the database is the truth. A desk reads on from the last event it knows, so that any number of processes
agree; an edit is appended inside one transaction that first makes sure that nobody was quicker. What a desk hands out
never changes afterwards, so nobody waits for anybody while reading.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from api.editing.loading import Amounts, amounts, load
from api.editing.refusing import frozen, refuse, undo_refused
from api.editing.telling import trail_entry
from api.errors import ApiError, not_found
from data.assembled import Assembled
from data.store import edits as edit_room
from data.store import plans as plan_room
from data.store import trail, versions
from data.store.opening import Store
from data.store.plans import PlanRow
from data.store.versions import VersionRow
from planner.approval.steps import Stage
from planner.editing.card import card_of
from planner.editing.changes import Change
from planner.editing.draft import Draft
from planner.editing.edits import Edit
from planner.editing.events import REDO, RESTORE, UNDO, Event
from planner.editing.history import CannotUndo, History
from planner.editing.judging import Verdict, all_broken, verdict
from planner.editing.state import State
from planner.editing.working import Along, Resolved, Working
from planner.roles import Person
from planner.rules import Breach
from planner.scorecard import Scorecard

KEPT = 8
"""Desks that stay in memory, those used last."""
SEVERAL = "several"
"""Kind of an event that holds edits of several kinds."""


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


class Desks:
    """The desks of a service, those used last in memory.

    Parameters
    ----------
    store
        Where plans, edits and versions are.
    kept
        How many stay in memory.
    """

    def __init__(self, store: Store, kept: int = KEPT) -> None:
        self.store, self._kept = store, kept
        self._desks: OrderedDict[str, Desk] = OrderedDict()
        self._loading: dict[str, threading.Lock] = {}
        self._turn = threading.Lock()

    # --- reading

    def of(self, plan_id: str) -> Desk:
        """Return the desk of a plan, opened where it is not in memory.

        Raises
        ------
        ApiError
            404 where there is no such plan, 409 while it is not made yet.
        """
        with self._turn:
            if plan_id in self._desks:
                self._desks.move_to_end(plan_id)
                return self._desks[plan_id]
            loading = self._loading.setdefault(plan_id, threading.Lock())
        with loading:  # others who ask for the same plan wait for it to be opened once
            with self._turn:
                if plan_id in self._desks:
                    return self._desks[plan_id]
            loaded = load(self.store, self._plan(plan_id))
            desk = Desk(plan_id, loaded.assembled, loaded.working)
            with self._turn:
                self._desks[plan_id] = desk
                self._loading.pop(plan_id, None)
                while len(self._desks) > self._kept:
                    self._desks.popitem(last=False)
            return desk

    def now(self, plan_id: str) -> Now:
        """Return the working state of a plan after every edit that was made."""
        desk = self.of(plan_id)
        with self.store.database.reading() as connection:
            return desk.caught_up(connection)

    def frozen(self, plan_id: str) -> VersionRow | None:
        """Return the version that a plan is frozen at; None while it may be edited."""
        with self.store.database.reading() as connection:
            return versions.frozen(connection, plan_id)

    def what_if(self, plan_id: str, edits: Sequence[Edit], *, believing: bool = True) -> Effect:
        """Return what edits would do, without making them.

        Parameters
        ----------
        believing
            Whether what they believe about where things are has to hold.

        Raises
        ------
        ApiError
            409 or 422 where they cannot be made.
        """
        desk, now = self.of(plan_id), self.now(plan_id)
        resolved = now.working.resolve(edits)
        if not resolved.possible and (believing or resolved.refusals or resolved.problems):
            refuse(resolved, desk.last_change(resolved))
        return effect_of(now.working, resolved.changes, resolved.along)

    # --- writing

    def edit(
        self,
        who: Person,
        plan_id: str,
        edits: Sequence[Edit],
        *,
        reason: str = "",
        permitted: Callable[[Effect], None] | None = None,
        tx: Connection | None = None,
    ) -> Made:
        """Make edits as one, and return what they do.

        Parameters
        ----------
        who, reason
            Who makes them, and why; empty where nothing is said.
        permitted
            Called with what they do before they are made; raises where that may not be.
        tx
            The transaction that they are part of; None for one of their own.

        Raises
        ------
        ApiError
            409 where something is not where it is believed to be, is locked, or the plan is frozen; 422 where
            something is unknown; 404 where there is no such plan.
        """
        desk = self.of(plan_id)
        with self._writing(tx) as transaction:
            now, _ = self._begin(desk, transaction, tx is None)
            resolved = now.working.resolve(edits)
            if not resolved.possible:
                refuse(resolved, desk.last_change(resolved))
            kinds = {edit.kind for edit in edits}
            kind = kinds.pop() if len(kinds) == 1 else SEVERAL
            effect = effect_of(now.working, resolved.changes, resolved.along)
            if permitted is not None:
                permitted(effect)
            made = self._append(transaction, who, desk, kind, effect, reason, now)
        return self._kept_up(desk, made, tx)

    def undo(
        self,
        who: Person,
        plan_id: str,
        *,
        number: int | None = None,
        mine: bool = False,
        again: bool = False,
        reason: str = "",
        tx: Connection | None = None,
    ) -> Made:
        """Undo the newest edit that stands, or a certain one.

        Parameters
        ----------
        number
            A certain edit instead of the newest.
        mine
            Whether only edits of the same person count.
        again
            Whether to redo an undone edit instead.

        Raises
        ------
        ApiError
            409 where there is none, or others rest on it; as in `edit` besides.
        """
        desk, kind = self.of(plan_id), REDO if again else UNDO
        with self._writing(tx) as transaction:
            now, history = self._begin(desk, transaction, tx is None)
            try:
                of, changes = desk.undoing(kind, number, who.id if mine else None, history)
            except CannotUndo as error:
                raise undo_refused(kind, error) from error
            made = self._append(
                transaction, who, desk, kind, effect_of(now.working, changes), reason, now, of=of
            )
        return self._kept_up(desk, made, tx)

    def restore(
        self,
        who: Person,
        plan_id: str,
        state: State,
        about: dict[str, Any],
        *,
        reason: str = "",
        tx: Connection | None = None,
    ) -> Made:
        """Put everything where a state has it, as one edit; `about` tells which one. Raises as `edit` does."""
        desk = self.of(plan_id)
        with self._writing(tx) as transaction:
            now, _ = self._begin(desk, transaction, tx is None)
            changes = now.state.changes_to(state)
            if not changes:
                detail = "Everything is as it was in that version already."
                raise ApiError(409, "changes-nothing", detail)
            made = self._append(
                transaction, who, desk, RESTORE, effect_of(now.working, changes), reason, now, about=about
            )
        return self._kept_up(desk, made, tx)

    # --- inside

    def _plan(self, plan_id: str) -> PlanRow:
        with self.store.database.reading() as connection:
            found = plan_room.plan(connection, plan_id)
        if found is None:
            raise not_found("plan", plan_id, "/api/plans")
        return found

    def _writing(self, tx: Connection | None) -> Any:
        return self.store.database.writing() if tx is None else nullcontext(tx)

    def _begin(self, desk: Desk, transaction: Connection, own: bool) -> tuple[Now, History | None]:
        """Make others who edit the plan wait, see that it may be edited, and return its working state and log.

        `own` says that the transaction began just now: then all that it sees is committed. The log is None where it is
        that of the desk.
        """
        plan = plan_room.plan(transaction, desk.plan_id, lock=True)
        if plan is None:
            raise not_found("plan", desk.plan_id, "/api/plans")
        at = versions.frozen(transaction, desk.plan_id)
        if at is not None or Stage(plan.stage).frozen:
            raise frozen(plan, at)
        return (desk.caught_up(transaction), None) if own else desk.seen_in(transaction)

    def _append(
        self,
        transaction: Connection,
        who: Person,
        desk: Desk,
        kind: str,
        effect: Effect,
        reason: str,
        now: Now,
        *,
        of: int | None = None,
        about: dict[str, Any] | None = None,
    ) -> Made:
        """Write an edit to the log and to the trail."""
        event, revision = edit_room.append(
            transaction,
            desk.plan_id,
            after=now.number,
            kind=kind,
            author=who.id,
            reason=reason,
            changes=() if of is not None else effect.changes,
            of=of,
            about=about,
        )
        trail.append(transaction, **trail_entry(desk.plan_id, event, effect.changes, effect.along))
        return Made(event, revision, effect)

    def _kept_up(self, desk: Desk, made: Made, tx: Connection | None) -> Made:
        """Let the desk know of an edit that is committed; one of a longer transaction is read from the log later."""
        if tx is None:
            desk.take_in(made.event, made.effect.after)
        return made
