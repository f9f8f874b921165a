"""From what people ask for to changes: who has what now, what goes along, what stands in the way.

Ids come in and go out; in between positions in the arrays of a draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.arrays import IdArray, IntArray, MaskArray
from planner.editing.changes import Change, Kind, LockValue, Subject, Value, in_order
from planner.editing.draft import Draft, Step
from planner.editing.edits import ClearQuota, Edit, Lock, Move, Place, SetQuota, Unlock
from planner.editing.state import State
from planner.errors import Problem

NOBODYS = ""
"""Territory id of what nobody has."""
MOST_NAMED = 20
"""Accounts that are named where more went along."""


@dataclass(frozen=True)
class Conflict:
    """Something is not where whoever edits believes it to be: somebody else was quicker.

    Parameters
    ----------
    what, id
        ``account`` or ``unit``, and its id.
    believed, present
        Ids of territories; empty text for nobody's.
    subject
        What changed.
    """

    what: str
    id: str
    believed: str
    present: str
    subject: Subject


@dataclass(frozen=True)
class Refusal:
    """Something is locked.

    Parameters
    ----------
    what, id
        ``account`` or ``unit``, and its id.
    by_data
        Whether the data lock it, rather than a person.
    subject
        The lock.
    """

    what: str
    id: str
    by_data: bool
    subject: Subject


@dataclass(frozen=True)
class Along:
    """Accounts that go along, because they share a basic unit with what was asked for.

    Parameters
    ----------
    unit
        Id of the unit.
    accounts
        Ids of up to `MOST_NAMED` of them.
    count
        How many there are.
    """

    unit: str
    accounts: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Resolved:
    """What edits come to.

    Parameters
    ----------
    changes
        What changes, in order; to be made only where nothing stands against it.
    along
        What goes along.
    conflicts, refusals, problems
        What stands against it.
    """

    changes: tuple[Change, ...] = ()
    along: tuple[Along, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether nothing stands against it."""
        return not (self.conflicts or self.refusals or self.problems)


@dataclass(frozen=True, eq=False)
class Names:
    """Ids and their positions.

    Parameters
    ----------
    draft
        Any draft of the plan.
    locked_accounts
        Which accounts the data lock, shape ``(n_accounts,)``; of meaning for those held apart from geography.
    components, periods
        What quotas are set for; empty where the plan sets none.
    """

    territory_id: IdArray
    unit_id: IdArray
    account_id: IdArray
    locked_accounts: MaskArray
    components: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    territory: Mapping[str, int] = field(init=False)
    unit: Mapping[str, int] = field(init=False)
    account: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        for name in ("territory", "unit", "account"):
            ids = getattr(self, f"{name}_id")
            object.__setattr__(self, name, {str(each): position for position, each in enumerate(ids)})

    def territory_of(self, position: int) -> str:
        """Return the id of a territory, `NOBODYS` for a negative position."""
        return str(self.territory_id[position]) if position >= 0 else NOBODYS


@dataclass(frozen=True, eq=False)
class Working:
    """The working state of a plan.

    Parameters
    ----------
    names
        Ids and their positions.
    draft
        Where everything is.
    by_hand
        Locks and quotas that people decided.
    """

    names: Names
    draft: Draft
    by_hand: Mapping[Subject, Value] = field(default_factory=dict)

    def value(self, subject: Subject) -> Value:
        """Return the value of a subject; None where it has none."""
        names, draft = self.names, self.draft
        if subject.kind is Kind.UNIT:
            return names.territory_of(int(draft.territory[names.unit[subject.id]]))
        if subject.kind is Kind.ACCOUNT:
            assert draft.fixed is not None
            at = int(draft.fixed[names.account[subject.id]])
            return names.territory_of(at) if at >= 0 else None
        return self.by_hand.get(subject)

    def state(self) -> State:
        """Return everything as plain values."""
        names, draft = self.names, self.draft
        values = dict(self.by_hand)
        for unit, at in zip(names.unit_id, draft.territory.tolist(), strict=True):
            values[Subject(Kind.UNIT, str(unit))] = names.territory_of(at)
        if draft.fixed is not None:
            for account in np.flatnonzero(draft.fixed >= 0).tolist():
                at = names.territory_of(int(draft.fixed[account]))
                values[Subject(Kind.ACCOUNT, str(names.account_id[account]))] = at
        return State(values)

    def after(self, changes: Iterable[Change]) -> Working:
        """Return the working state once subjects have their new values; they must have the old ones."""
        found = tuple(changes)
        by_hand = dict(self.by_hand)
        for change in found:
            if change.subject.kind not in (Kind.UNIT, Kind.ACCOUNT):
                by_hand.pop(change.subject, None)
                if change.new is not None:
                    by_hand[change.subject] = change.new
        return replace(self, draft=self.draft.after(self.step(found)), by_hand=by_hand)

    def step(self, changes: Iterable[Change]) -> Step:
        """Return what changes do to the draft."""
        names = self.names
        units: list[tuple[int, int]] = []
        held: list[tuple[int, int]] = []
        freed: list[int] = []
        bound: list[int] = []
        for change in changes:
            kind, name = change.subject.kind, change.subject.id
            if kind is Kind.UNIT:
                units.append((names.unit[name], names.territory[str(change.new)]))
            elif kind is Kind.ACCOUNT:
                to = -1 if change.new is None else names.territory[str(change.new)]
                held.append((names.account[name], to))
            elif kind is Kind.LOCKED_UNIT and self.locked_by_data(change.subject):
                # Whatever people decide takes the place of the data's lock, which names a territory.
                (bound if change.new is None else freed).append(names.unit[name])
        return Step.of(units, held, freed, bound)

    def resolve(self, edits: Sequence[Edit]) -> Resolved:
        """Return what edits come to, made one after the other as one."""
        return _Resolving(self).all(edits)

    def comparable(self, other: Working) -> bool:
        """Return whether another working state has the same accounts, units, territories and measures."""
        names, others = self.names, other.names
        measures = [[measure.name for measure in w.draft.ground.problem.measures] for w in (self, other)]
        return measures[0] == measures[1] and all(
            np.array_equal(getattr(names, name), getattr(others, name))
            for name in ("territory_id", "unit_id", "account_id")
        )

    def is_locked(self, subject: Subject) -> bool:
        """Return whether a unit or an account held apart may not move, by people's decision or else by the data's."""
        decided = self.value(subject)
        return decided == LockValue.LOCKED or (decided is None and self.locked_by_data(subject))

    def locked(self) -> tuple[MaskArray, MaskArray]:
        """Return which units, and which accounts held apart, may not move, shapes ``(n_units,)``, ``(n_accounts,)``."""
        units = np.array(self.draft.ground.problem.locked >= 0)
        accounts = np.array(self.names.locked_accounts)
        for subject, value in self.by_hand.items():
            if subject.kind is Kind.LOCKED_UNIT:
                units[self.names.unit[subject.id]] = value == LockValue.LOCKED
            elif subject.kind is Kind.LOCKED_ACCOUNT:
                accounts[self.names.account[subject.id]] = value == LockValue.LOCKED
        return units, accounts

    def locked_by_data(self, subject: Subject) -> bool:
        """Return whether the data lock a unit or an account held apart."""
        if subject.kind is Kind.LOCKED_UNIT:
            return bool(self.draft.ground.problem.locked[self.names.unit[subject.id]] >= 0)
        return bool(self.names.locked_accounts[self.names.account[subject.id]])


class _Resolving:
    """Edits on their way to changes."""

    def __init__(self, working: Working) -> None:
        self.working, self.names = working, working.names
        self.changed: dict[Subject, Change] = {}
        self.asked: set[int] = set()
        self.moved_units: dict[int, None] = {}
        self.conflicts: list[Conflict] = []
        self.refusals: list[Refusal] = []
        self.problems: list[Problem] = []

    def all(self, edits: Sequence[Edit]) -> Resolved:
        for number, edit in enumerate(edits):
            path = f"edits[{number}]"
            match edit:
                case Move():
                    self._move(edit, path)
                case Lock() | Unlock():
                    self._lock(edit, path)
                case SetQuota() | ClearQuota():
                    self._quota(edit, path)
        changes = in_order(self.changed.values())
        if not (changes or self.problems or self.conflicts or self.refusals):
            why = "This changes nothing: everything is as it is asked for already."
            self.problems.append(Problem(why, "Nothing needs to be done.", code="changes_nothing"))
        return Resolved(
            changes, self._along(), tuple(self.conflicts), tuple(self.refusals), tuple(self.problems)
        )

    def _move(self, move: Move, path: str) -> None:
        if move.to not in self.names.territory:
            self._unknown("territory", move.to, f"{path}.to")
            return
        for n, place in enumerate(move.accounts):
            if place.id not in self.names.account:
                self._unknown("account", place.id, f"{path}.accounts[{n}].id")
                continue
            account = self.names.account[place.id]
            self.asked.add(account)
            if (unit := self._unit_of(account)) >= 0:
                self._move_unit("account", place, unit, move.to)
            else:
                self._place("account", place, Subject(Kind.ACCOUNT, place.id), Kind.LOCKED_ACCOUNT, move.to)
        for n, place in enumerate(move.units):
            if place.id in self.names.unit:
                self._move_unit("unit", place, self.names.unit[place.id], move.to)
            else:
                self._unknown("basic unit", place.id, f"{path}.units[{n}].id")

    def _move_unit(self, what: str, place: Place, unit: int, to: str) -> None:
        subject = Subject(Kind.UNIT, str(self.names.unit_id[unit]))
        if self._place(what, place, subject, Kind.LOCKED_UNIT, to):
            self.moved_units[unit] = None

    def _place(self, what: str, place: Place, subject: Subject, lock: Kind, to: str) -> bool:
        """Put one subject elsewhere, unless it is not where it is believed to be, or locked."""
        present = self.working.value(subject) or NOBODYS
        if place.believed != present:
            self.conflicts.append(Conflict(what, place.id, place.believed, str(present), subject))
            return False
        earlier = self.changed.get(subject)
        if earlier is not None and earlier.new != to:
            why = f"The {what} {place.id!r} is to go to {earlier.new} and to {to} at once."
            self.problems.append(
                Problem(why, "Name one territory for it.", value=place.id, code="two_territories")
            )
            return False
        if present == to:
            return False
        held = Subject(lock, subject.id)
        if self.working.is_locked(held) and not self._freed(held):
            by_data = self.working.value(held) is None
            self.refusals.append(Refusal(what, place.id, by_data, held))
            return False
        self.changed[subject] = Change(subject, self.working.value(subject), to)
        return True

    def _freed(self, lock: Subject) -> bool:
        change = self.changed.get(lock)
        return change is not None and change.new != LockValue.LOCKED

    def _lock(self, edit: Lock | Unlock, path: str) -> None:
        for n, name in enumerate(edit.accounts):
            if name not in self.names.account:
                self._unknown("account", name, f"{path}.accounts[{n}]")
                continue
            account = self.names.account[name]
            unit = self._unit_of(account)
            if unit >= 0:
                self._set_lock(Subject(Kind.LOCKED_UNIT, str(self.names.unit_id[unit])), edit)
            elif self._held(account):
                self._set_lock(Subject(Kind.LOCKED_ACCOUNT, name), edit)
            else:
                why = f"Nobody has the account {name!r}, so there is nothing to {edit.kind}."
                self.problems.append(
                    Problem(why, "Move it to a territory first.", value=name, code="unplaced")
                )
        for n, name in enumerate(edit.units):
            if name in self.names.unit:
                self._set_lock(Subject(Kind.LOCKED_UNIT, name), edit)
            else:
                self._unknown("basic unit", name, f"{path}.units[{n}]")

    def _set_lock(self, subject: Subject, edit: Lock | Unlock) -> None:
        by_data = self.working.locked_by_data(subject)
        if isinstance(edit, Lock):
            # What the data lock needs no lock by hand, unless it has left the place that they lock it to.
            new: Value = LockValue.LOCKED.value
            if by_data and self.working.value(subject) is None:
                new = None
        else:
            new = LockValue.FREE.value if by_data else None
        self.changed[subject] = Change(subject, self.working.value(subject), new)

    def _quota(self, edit: SetQuota | ClearQuota, path: str) -> None:
        if edit.territory not in self.names.territory:
            self._unknown("territory", edit.territory, f"{path}.territory")
            return
        if not self.names.periods:
            why = "This plan sets no quotas, so there is no amount to decide."
            what = "State a target in plan.toml, or in the plan's settings, and make the plan again."
            self.problems.append(Problem(why, what, column=path, code="no_quotas"))
            return
        for name, value, known in (
            ("component", edit.component, self.names.components),
            ("period", edit.period, self.names.periods),
        ):
            if value and value not in known:
                self._unknown(name, value, f"{path}.{name}", known)
                return
        subject = Subject(Kind.QUOTA, edit.territory, edit.component, edit.period)
        new = edit.amount_cents if isinstance(edit, SetQuota) else None
        self.changed[subject] = Change(subject, self.working.value(subject), new)

    def _unit_of(self, account: int) -> int:
        """Return the unit that an account goes with; −1 where it is held apart from geography, or nowhere."""
        accounts = self.working.draft.ground.accounts
        if accounts is None or self._held(account):
            return -1
        return int(accounts.unit[account])

    def _held(self, account: int) -> bool:
        fixed = self.working.draft.fixed
        return fixed is not None and bool(fixed[account] >= 0)

    def _along(self) -> tuple[Along, ...]:
        """Return what goes along with accounts that were asked for."""
        ground, found = self.working.draft.ground, []
        if ground.accounts is None:
            return ()
        for unit in self.moved_units:
            with_it: IntArray = ground.accounts_of_unit[unit]
            others = [int(a) for a in with_it if int(a) not in self.asked]
            if others:
                named = tuple(str(self.names.account_id[a]) for a in others[:MOST_NAMED])
                found.append(Along(str(self.names.unit_id[unit]), named, len(others)))
        return tuple(found)

    def _unknown(self, what: str, name: str, where: str, known: Sequence[str] = ()) -> None:
        may = f" There are {', '.join(known[:10])}." if known else ""
        why = f"The plan has no {what} {name!r}.{may}"
        self.problems.append(
            Problem(why, "Correct the id.", column=where, value=name[:200], code="unknown_id")
        )
