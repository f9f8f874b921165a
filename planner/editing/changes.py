"""What an edit changes: subjects, each with the value before and after. They group into compact JSON and come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Value = str | int | None
"""Territory id of a unit or account; a `LockValue` or None; minor units of a quota, None where the method decides."""


class Kind(StrEnum):
    """What a subject is."""

    UNIT = "unit"
    """A basic unit: which territory it belongs to."""
    ACCOUNT = "account"
    """An account that is held apart from geography: which territory holds it."""
    LOCKED_UNIT = "locked_unit"
    """Whether a basic unit may move."""
    LOCKED_ACCOUNT = "locked_account"
    """Whether an account that is held apart from geography may move."""
    QUOTA = "quota"
    """An amount that somebody decided: of a territory, a component and a period, empty text for all together."""


class LockValue(StrEnum):
    """What people decided about a lock; None as a value leaves it as the data have it."""

    LOCKED = "locked"
    FREE = "free"


@dataclass(frozen=True, order=True)
class Subject:
    """What has a value of its own in the state of a plan.

    Parameters
    ----------
    kind
        What it is.
    id
        Id of the unit, the account, or the territory of a quota.
    component, period
        Of a quota; empty text for all together, and for other kinds.
    """

    kind: Kind
    id: str
    component: str = ""
    period: str = ""


@dataclass(frozen=True)
class Change:
    """One subject gets another value.

    Parameters
    ----------
    subject
        What changes.
    old, new
        Its value before and after; they differ.
    """

    subject: Subject
    old: Value
    new: Value


def inverse(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes that take `changes` back."""
    return tuple(Change(change.subject, change.new, change.old) for change in changes)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes in the order of their subjects, those that change nothing left out."""
    return tuple(sorted((c for c in changes if c.old != c.new), key=lambda change: change.subject))


def as_json(changes: Iterable[Change]) -> dict[str, Any]:
    """Return changes as plain values: grouped by kind and by the values before and after, everything in order."""
    grouped: dict[Kind, dict[tuple[Value, Value], list[Any]]] = {}
    for change in in_order(changes):
        subject = change.subject
        whole = [subject.id, subject.component, subject.period]
        told = whole if subject.kind is Kind.QUOTA else subject.id
        grouped.setdefault(subject.kind, {}).setdefault((change.old, change.new), []).append(told)
    return {
        kind.value: [[old, new, of] for (old, new), of in sorted(groups.items(), key=_by_values)]
        for kind, groups in sorted(grouped.items())
    }


def from_json(stated: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return changes from what `as_json` made of them.

    Raises
    ------
    ValueError
        Where it is something else.
    """
    found = []
    try:
        for name, groups in stated.items():
            kind = Kind(name)
            for old, new, of in groups:
                for each in of:
                    subject = Subject(kind, *each) if kind is Kind.QUOTA else Subject(kind, each)
                    found.append(Change(subject, _value(old), _value(new)))
    except (TypeError, AttributeError) as fault:
        raise ValueError(f"These are no changes: {fault}") from fault
    return in_order(found)


def _value(stated: object) -> Value:
    if stated is None or (isinstance(stated, str | int) and not isinstance(stated, bool)):
        return stated
    raise ValueError(f"{stated!r} is no value of a subject")


def _by_values(group: tuple[tuple[Value, Value], list[Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((type(value).__name__, str(value)) for value in group[0])
