"""Files for another system as numbered steps: what to load, in which order, and how to take it back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from planner.errors import Problem, Severity

Action = Literal["insert", "update", "upsert", "delete"]
Target = Literal["salesforce", "varicent", "clari"]

TOKEN = re.compile(r"\{\{(\w+):([^{}]*)\}\}")
"""What stands where the id of a record is needed that the other system has not told yet."""


def token(kind: str, *key: str) -> str:
    """Return what stands for the id of a record until it is known; no system takes it for an id.

    >>> token("Territory2", "North")
    '{{Territory2:North}}'
    """
    return f"{{{{{kind}:{'|'.join(key)}}}}}"


@dataclass(frozen=True)
class Step:
    """One file to load.

    Parameters
    ----------
    action, kind
        What the loader is told to do, and with which object or table.
    columns, rows
        Header and cells.
    why
        What it does and why it comes here, for people.
    label
        What tells it from other steps of the same action and object, for its file name.
    """

    action: Action
    kind: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    why: str
    label: str = ""

    @property
    def needs_ids(self) -> tuple[str, ...]:
        """Objects whose record ids must be filled in before this step can be loaded."""
        found = {match[1] for row in self.rows for cell in row for match in TOKEN.finditer(cell)}
        return tuple(sorted(found))

    def file(self, number: int) -> str:
        """Return the name of its file."""
        parts = [f"{number:02d}", self.kind, self.action, self.label]
        return "_".join(part for part in parts if part).lower() + ".csv"


@dataclass(frozen=True)
class Load:
    """Everything that is to be loaded.

    Parameters
    ----------
    target
        The other system.
    plan, against
        What is loaded, and what it is compared with.
    steps, rollback
        Files in the order in which they are loaded; and those that restore the state before, in their order.
    unchanged
        Records that are already as they should be, by object.
    problems
        Everything found; with errors nothing is to be written.
    """

    target: Target
    plan: str
    against: str
    steps: tuple[Step, ...] = ()
    rollback: tuple[Step, ...] = ()
    unchanged: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it can be written: no problem is an error."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)

    @property
    def empty(self) -> bool:
        """Whether nothing has changed."""
        return not self.steps

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many rows are inserted, updated, upserted, deleted, by object."""
        total: dict[str, Counter[str]] = {}
        for step in self.steps:
            total.setdefault(step.kind, Counter())[step.action] += len(step.rows)
        return {kind: dict(actions) for kind, actions in total.items()}


def steps_with_rows(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps that hold anything."""
    return tuple(step for step in steps if step.rows)


def filled(cells: Sequence[str], ids: Mapping[str, str]) -> tuple[str, ...]:
    """Return cells with those that are tokens of known ids replaced."""
    return tuple(ids.get(cell, cell) for cell in cells)
