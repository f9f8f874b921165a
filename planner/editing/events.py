"""One entry of the log of a plan: an edit, or one that takes an earlier edit back or does it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from planner.editing import changes as changing
from planner.editing.changes import Change

UNDO, REDO, RESTORE = "undo", "redo", "restore"
"""Kinds of events besides those of edits."""


@dataclass(frozen=True)
class Event:
    """One entry of the log.

    Parameters
    ----------
    number
        1 for the first of its plan, without gaps.
    kind
        Kind of the edit (``move``, ``lock`` …; ``several`` where several kinds were made as one), ``restore``, ``undo``
        or ``redo``.
    author, reason, at
        Who, why (empty where nothing was said), when.
    changes
        What changed; empty for ``undo`` and ``redo``, whose changes follow from the event they are of.
    of
        Number of the event that is undone or redone; None for other kinds.
    about
        What else is worth telling, plain values: such as the version that was restored.
    """

    number: int
    kind: str
    author: str
    reason: str
    at: datetime
    changes: tuple[Change, ...] = ()
    of: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", changing.in_order(self.changes))

    def content(self) -> dict[str, Any]:
        """Return what it holds besides number, kind, author, reason and moment, as plain values for JSON."""
        held: dict[str, Any] = {}
        if self.changes:
            held["changes"] = changing.as_json(self.changes)
        if self.of is not None:
            held["of"] = self.of
        if self.about:
            held["about"] = dict(self.about)
        return held

    @classmethod
    def stored(
        cls, number: int, kind: str, author: str, reason: str, at: datetime, content: Mapping[str, Any]
    ) -> Event:
        """Return an event from what `content` made of it; `ValueError` where it is something else."""
        changes = changing.from_json(content.get("changes", {}))
        return cls(number, kind, author, reason, at, changes, content.get("of"), content.get("about", {}))
