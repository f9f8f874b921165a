"""The log of a plan folded in order: what stands, what was undone, and what may be undone or redone next.

An event that was undone stays in the log, and so does the one that undid it: undo and redo are events like all others.
An edit may be undone while everything it changed still has the value that it gave: nothing that came later is lost.
"""

from __future__ import annotations

from collections.abc import Iterable

from planner.editing.changes import Change, Subject, Value, inverse
from planner.editing.events import REDO, UNDO, Event
from planner.editing.state import State, apply
from planner.errors import PlannerError


class BrokenLog(PlannerError):
    """The events of a log do not follow on each other."""


class CannotUndo(PlannerError):
    """An edit cannot be undone or redone; the message says why."""


class History:
    """The events of one plan in order, and which of them stand.

    Attributes
    ----------
    events
        Every event, in order: that of number n at position n − 1.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.events: list[Event] = []
        self._standing: dict[int, None] = {}  # in order, found at once
        self._undone: dict[int, None] = {}
        self._values: dict[Subject, Value] = {}
        self._writers: dict[Subject, list[int]] = {}
        for event in events:
            self.append(event)

    @property
    def number(self) -> int:
        """Number of the last event; 0 where there is none."""
        return len(self.events)

    @property
    def standing(self) -> tuple[int, ...]:
        """Numbers of the edits that stand, in the order in which they were made or made again."""
        return tuple(self._standing)

    @property
    def undone(self) -> tuple[int, ...]:
        """Numbers of the edits that are undone, in the order in which that happened."""
        return tuple(self._undone)

    def event(self, number: int) -> Event | None:
        """Return an event by its number; None where there is none."""
        return self.events[number - 1] if 1 <= number <= len(self.events) else None

    def last_writer(self, subject: Subject) -> Event | None:
        """Return the standing edit that gave a subject its value; None where it has that of the base."""
        writers = self._writers.get(subject)
        return self.events[writers[-1] - 1] if writers else None

    def effect(self, event: Event) -> tuple[Change, ...]:
        """Return what an event changes, by itself or through the one that it is of.

        Raises
        ------
        BrokenLog
            Where that one is not there.
        """
        if event.of is None:
            return event.changes
        found = self.event(event.of)
        if found is None or found.of is not None:
            raise BrokenLog(f"Event {event.number} is to {event.kind} event {event.of}, which is no edit.")
        return inverse(found.changes) if event.kind == UNDO else found.changes

    def append(self, event: Event) -> tuple[Change, ...]:
        """Take in the next event and return what it changes.

        Raises
        ------
        BrokenLog
            Where it is not the next one, or undoes or redoes what cannot be.
        """
        if event.number != self.number + 1:
            raise BrokenLog(f"Event {event.number} comes after event {self.number}: one is missing.")
        changes = self.effect(event)
        if event.of is None:
            self._stand(event.number, changes)
        else:
            fault = self.no_undo(event.of) if event.kind == UNDO else self.no_redo(event.of)
            if fault or event.kind not in (UNDO, REDO):
                raise BrokenLog(f"Event {event.number}: {fault or event.kind}")
            if event.kind == UNDO:
                self._fall(event.of, changes)
            else:
                self._stand(event.of, changes)
        self.events.append(event)
        return changes

    def to_undo(self, number: int | None = None, author: str | None = None) -> int:
        """Return the edit that an undo takes back: the newest one that stands.

        Parameters
        ----------
        number
            A certain one instead.
        author
            Id of a person, where only edits of theirs count.

        Raises
        ------
        CannotUndo
            Where there is none, or later edits rest on it.
        """
        if number is None:
            mine = (n for n in reversed(self._standing) if author in (None, self.events[n - 1].author))
            number = next(mine, None)
            if number is None:
                raise CannotUndo("There is no edit left to undo.")
        if fault := self.no_undo(number):
            raise CannotUndo(fault)
        return number

    def to_redo(self, number: int | None = None, author: str | None = None) -> int:
        """Return the edit that a redo makes again: the one that was undone last; see `to_undo`."""
        if number is None:
            mine = (n for n in reversed(self._undone) if author in (None, self.events[n - 1].author))
            number = next(mine, None)
            if number is None:
                raise CannotUndo("There is no undone edit to redo.")
        if fault := self.no_redo(number):
            raise CannotUndo(fault)
        return number

    def no_undo(self, number: int) -> str:
        """Return why an edit cannot be undone; empty text where it can."""
        if number not in self._standing:
            if number in self._undone:
                return f"Edit {number} is undone already."
            return f"There is no edit {number} to undo."
        later = {
            writers[-1]
            for change in self.events[number - 1].changes
            if (writers := self._writers[change.subject])[-1] != number
        }
        if not later:
            return ""
        by = self.events[max(later) - 1]
        return f"Edit {number} cannot be undone: edit {by.number} by {by.author} changed the same afterwards."

    def no_redo(self, number: int) -> str:
        """Return why an edit cannot be made again; empty text where it can."""
        if number not in self._undone:
            return f"There is no undone edit {number} to redo."
        event = self.events[number - 1]
        for change in event.changes:
            if self._values[change.subject] != change.old:
                last = self.last_writer(change.subject)
                by = (
                    "an edit that it rests on is undone"
                    if last is None
                    else f"edit {last.number} by {last.author} stands"
                )
                return f"Edit {number} cannot be redone: {by} at {change.subject.kind} {change.subject.id}."
        return ""

    def _stand(self, number: int, changes: Iterable[Change]) -> None:
        for change in changes:
            self._writers.setdefault(change.subject, []).append(number)
            self._values[change.subject] = change.new
        self._standing[number] = None
        self._undone.pop(number, None)

    def _fall(self, number: int, changes: Iterable[Change]) -> None:
        for change in changes:
            writers = self._writers[change.subject]
            writers.pop()
            if not writers:
                del self._writers[change.subject]
            self._values[change.subject] = change.new
        del self._standing[number]
        self._undone[number] = None


def fold(base: State, events: Iterable[Event]) -> State:
    """Return the state that a base and the events on top of it make.

    Raises
    ------
    BrokenLog
        Where events do not follow on each other, or one changes a value that a subject does not have.
    """
    values: dict[Subject, Value] = dict(base.values)
    history = History()
    for event in events:
        changes = history.append(event)
        for change in changes:
            if values.get(change.subject) != change.old:
                raise BrokenLog(
                    f"Event {event.number} changes {change.subject.kind} {change.subject.id} from {change.old!r}, "
                    f"but it is {values.get(change.subject)!r}."
                )
        apply(values, changes)
    return State(values)
