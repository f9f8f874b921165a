"""The working state of a plan as plain values: who holds what, what is locked, which quotas were decided by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.editing.changes import Change, Kind, Subject, Value, in_order

FORMAT = 1


@dataclass(frozen=True)
class State:
    """What every subject has as its value. Subjects that are not there have None.

    Parameters
    ----------
    values
        Value by subject, none of them None.
    """

    values: Mapping[Subject, Value] = field(default_factory=dict)

    def __getitem__(self, subject: Subject) -> Value:
        return self.values.get(subject)

    def after(self, changes: Iterable[Change]) -> State:
        """Return the state once subjects have their new values."""
        values = dict(self.values)
        apply(values, changes)
        return State(values)

    def changes_to(self, other: State) -> tuple[Change, ...]:
        """Return what makes this state the other one, in order."""
        subjects = self.values.keys() | other.values.keys()
        return in_order(Change(subject, self[subject], other[subject]) for subject in subjects)

    def of_kind(self, kind: Kind) -> Iterator[tuple[Subject, Value]]:
        """Yield the subjects of one kind with their values, in order."""
        for subject in sorted(subject for subject in self.values if subject.kind is kind):
            yield subject, self.values[subject]

    def as_bytes(self) -> bytes:
        """Return the state as canonical JSON: the same state gives the same bytes."""
        held: dict[str, dict[str, list[str]]] = {}
        for kind in (Kind.UNIT, Kind.ACCOUNT, Kind.LOCKED_UNIT, Kind.LOCKED_ACCOUNT):
            by_value: dict[str, list[str]] = {}
            for subject, value in self.of_kind(kind):
                by_value.setdefault(str(value), []).append(subject.id)
            held[kind.value] = by_value
        quotas = [[s.id, s.component, s.period, value] for s, value in self.of_kind(Kind.QUOTA)]
        stated = {"format": FORMAT, "held": held, "quotas": quotas}
        return json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")

    @classmethod
    def from_bytes(cls, content: bytes) -> State:
        """Return a state from what `as_bytes` made of it; `ValueError` where it is something else."""
        try:
            stated: dict[str, Any] = json.loads(content)
            if stated["format"] != FORMAT:
                raise ValueError(f"The state has format {stated['format']}, known is {FORMAT}.")
            values: dict[Subject, Value] = {
                Subject(Kind(kind), each): value
                for kind, by_value in stated["held"].items()
                for value, ids in by_value.items()
                for each in ids
            }
            values.update((Subject(Kind.QUOTA, t, c, p), int(cents)) for t, c, p, cents in stated["quotas"])
        except (KeyError, TypeError, AttributeError) as fault:
            raise ValueError(f"This is no state of a plan: {fault!r}") from fault
        return cls(values)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.as_bytes()).hexdigest()


def apply(values: dict[Subject, Value], changes: Iterable[Change]) -> None:
    """Give subjects their new values, in place."""
    for change in changes:
        if change.new is None:
            values.pop(change.subject, None)
        else:
            values[change.subject] = change.new
