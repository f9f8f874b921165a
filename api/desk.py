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
from typing import Any

from sqlalchemy import Connection

from api.editing.loading import load
from api.editing.refusing import frozen, refuse, undo_refused
from api.editing.telling import trail_entry
from api.editing.working_desk import Desk, Effect, Made, Now, effect_of
from api.errors import ApiError, not_found
from data.store import edits as edit_room
from data.store import plans as plan_room
from data.store import trail, versions
from data.store.opening import Store
from data.store.plans import PlanRow
from data.store.versions import VersionRow
from planner.approval.steps import Stage
from planner.editing.edits import Edit
from planner.editing.events import REDO, RESTORE, UNDO
from planner.editing.history import CannotUndo, History
from planner.editing.state import State
from planner.roles import Person

__all__ = ["KEPT", "SEVERAL", "Desk", "Desks", "Effect", "Made", "Now", "effect_of"]

KEPT = 8
"""Desks that stay in memory, those used last."""
SEVERAL = "several"
"""Kind of an event that holds edits of several kinds."""


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
