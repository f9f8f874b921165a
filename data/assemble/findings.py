"""Collects what assembling repaired, guessed, left out or cannot use, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

import numpy as np

from data.folder import PlanFolder
from planner.errors import InvalidInput, Problem, Severity

SHOWN = 3
"""Examples named in one finding."""


def examples(values: Iterable[object], shown: int = SHOWN) -> str:
    """Return the first few of `values` as text: ``A, B, C and 12 more``."""
    listed = [str(value) for value in values]
    if len(listed) <= shown + 1:
        return ", ".join(listed)
    return f"{', '.join(listed[:shown])} and {len(listed) - shown} more"


def amount(value: float) -> str:
    """Return a number for people: thousands separated, no decimals where it is large."""
    if not np.isfinite(value):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.4g}"


def plural(count: int, noun: str) -> str:
    """Return ``1 account`` or ``2,000 accounts``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


class Findings:
    """The problems of one assembly, in the order they were found."""

    def __init__(self, folder: PlanFolder) -> None:
        self._file_of = {PurePath(name).stem.casefold(): name for name in folder.fingerprints}
        self._given = folder.problems
        self._found: list[Problem] = []

    def warn(
        self,
        code: str,
        why: str,
        what_to_do: str,
        *,
        table: str | None = None,
        column: str | None = None,
        value: object = None,
        row: int | None = None,
        count: int = 1,
    ) -> None:
        """Add a warning about `table` (``accounts``, ``seats``, …)."""
        self._add(Severity.WARNING, code, why, what_to_do, table, column, value, row, count)

    def error(
        self,
        code: str,
        why: str,
        what_to_do: str,
        *,
        table: str | None = None,
        column: str | None = None,
        value: object = None,
        row: int | None = None,
        count: int = 1,
    ) -> None:
        """Add an error about `table`; assembling goes on until `stop_on_errors`."""
        self._add(Severity.ERROR, code, why, what_to_do, table, column, value, row, count)

    def _add(
        self,
        severity: Severity,
        code: str,
        why: str,
        what_to_do: str,
        table: str | None,
        column: str | None,
        value: object,
        row: int | None,
        count: int,
    ) -> None:
        self._found.append(
            Problem(
                why=why,
                what_to_do=what_to_do,
                file=None if table is None else self._file_of.get(table, table),
                row=row,
                column=column,
                value=None if value is None else str(value),
                severity=severity,
                code=code,
                count=count,
            )
        )

    def take(self, problems: Iterable[Problem]) -> None:
        """Add problems that were found elsewhere and are not told yet."""
        self._found += [problem for problem in problems if problem not in self._given]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What reading and assembling found so far."""
        return (*self._given, *self._found)

    def stop_on_errors(self) -> None:
        """Raise `InvalidInput` with everything found if any of it is an error."""
        if any(problem.severity is Severity.ERROR for problem in self._found):
            raise InvalidInput(self.problems)
