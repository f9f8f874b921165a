"""The audit trail as a chain: every entry holds the hash of the one before it, so that no entry can be changed,
removed or put in between without breaking what follows.

An entry that is cut off at the end breaks nothing; whoever wants to notice that keeps the number and the hash of the
last entry elsewhere, as certificates of validated plans and exports of the trail do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

START = "0" * 64
"""What stands for the hash of the entry before the first."""


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did.

    Parameters
    ----------
    number
        1 for the first, without gaps.
    at
        When, with time zone.
    who
        Id of the person, or ``system``.
    what
        What was done, a stable short name such as ``account.move``.
    kind, subject
        Kind and id of what it was done to.
    plan
        Id of the plan it belongs to; empty where it belongs to none.
    old, new
        The values before and after, plain values for JSON; None where there is none.
    why
        The reason given; empty where none was.
    previous, hash
        Hash of the entry before, and of this one.
    """

    number: int
    at: datetime
    who: str
    what: str
    kind: str
    subject: str
    plan: str
    old: Any
    new: Any
    why: str
    previous: str
    hash: str = ""

    def sealed(self) -> Entry:
        """Return the entry with its hash."""
        return Entry(**{**self.__dict__, "hash": digest(self)})


def digest(entry: Entry) -> str:
    """Return the SHA-256 of everything the entry says, the hash of the entry before it included."""
    said: Mapping[str, Any] = {
        **{name: value for name, value in entry.__dict__.items() if name not in ("hash", "at")},
        "at": entry.at.isoformat(timespec="microseconds"),
    }
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Proof:
    """What following a chain to its end found.

    Parameters
    ----------
    fault
        Where and how the chain is broken, in words; None where it holds.
    number, hash
        Number and hash of its last entry; 0 and `START` for an empty one.
    """

    fault: str | None
    number: int
    hash: str


def prove(entries: Iterable[Entry], head: tuple[int, str] | None = None) -> Proof:
    """Follow a chain to its end.

    Parameters
    ----------
    entries
        The chain in order, from its first entry on.
    head
        Number and hash of an entry that must be part of it, such as the last one known from elsewhere; None for none.
    """
    number, last, found = 0, START, head is None or head == (0, START)

    def watched() -> Iterator[Entry]:
        nonlocal number, last, found
        for entry in entries:
            number, last = entry.number, entry.hash
            found = found or (entry.number, entry.hash) == head
            yield entry

    fault = first_break(watched())
    if fault is None and not found and head is not None:
        fault = (
            f"It ends at entry {number}, before entry {head[0]}: entries were cut off."
            if number < head[0]
            else f"Entry {head[0]} is not the one with hash {head[1]}: the chain was written anew."
        )
    return Proof(fault, number, last)


def first_break(entries: Iterable[Entry], previous: str = START, number: int = 1) -> str | None:
    """Return where and how a chain is broken, in words; None where it holds.

    Parameters
    ----------
    entries
        The chain in order.
    previous, number
        Hash that the first entry must point back to, and the number it must have.
    """
    for entry in entries:
        if entry.number != number:
            return f"Entry {number} is missing: the next one is {entry.number}."
        if entry.previous != previous:
            return f"Entry {number} does not follow on entry {number - 1}: one of them was replaced."
        if digest(entry) != entry.hash:
            return f"Entry {number} was changed after it was written ({entry.what} by {entry.who})."
        previous, number = entry.hash, number + 1
    return None
