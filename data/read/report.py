"""Collects every problem of a plan folder and folds repeated ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from data.read.limits import EXAMPLES, FOLD_AFTER
from data.read.raw import BoolArray, RawColumn, RawTable
from planner.errors import Problem, Severity

SHOWN_CHARACTERS = 80
Words = str | Callable[[int], str]
"""A text, or what makes the text for the row at a position."""


def shown(value: str) -> str:
    """Return `value` short enough for a message, control characters made visible."""
    visible = "".join(c if c.isprintable() else repr(c)[1:-1] for c in value[: SHOWN_CHARACTERS + 1])
    return visible if len(value) <= SHOWN_CHARACTERS else visible[:SHOWN_CHARACTERS] + "…"


class Report:
    """Every problem found so far; reading goes on after each, so that all are told at once."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    @property
    def has_errors(self) -> bool:
        """Whether anything found so far stops the plan."""
        return any(problem.severity is Severity.ERROR for problem in self._problems)

    def add(self, problem: Problem) -> None:
        """Take up one problem."""
        self._problems.append(problem)

    def error(
        self,
        code: str,
        why: str,
        what_to_do: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        count: int = 1,
    ) -> None:
        """Take up something that stops the plan."""
        self.add(Problem(why, what_to_do, file, row, column, value, Severity.ERROR, code, count))

    def warning(
        self,
        code: str,
        why: str,
        what_to_do: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        count: int = 1,
    ) -> None:
        """Take up something that was repaired, guessed or left out."""
        self.add(Problem(why, what_to_do, file, row, column, value, Severity.WARNING, code, count))

    def cells(
        self,
        code: str,
        table: RawTable,
        column: RawColumn,
        wrong: BoolArray,
        why: Words,
        what_to_do: Words,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Take up the cells of `column` in the rows of `wrong`, shape ``(n_rows,)``; nothing where none is."""
        position = np.flatnonzero(wrong)
        found = [
            Problem(
                why if isinstance(why, str) else why(at),
                what_to_do if isinstance(what_to_do, str) else what_to_do(at),
                table.file,
                int(table.row[at]),
                column.header,
                shown(column.text.iloc[at]),
                severity,
                code,
            )
            for at in position[: len(position) if len(position) <= FOLD_AFTER else EXAMPLES + 1].tolist()
        ]
        self._problems += found if len(position) <= FOLD_AFTER else [_fold(found, len(position))]

    def missing(self, table: RawTable, column: RawColumn, empty: BoolArray, consequence: str) -> None:
        """Tell in one line how many cells of `column` have nothing, and what that means."""
        if not empty.any():
            return
        count, at = int(empty.sum()), int(np.argmax(empty))
        self.warning(
            "missing_values",
            f"Empty cells of this column {consequence}.",
            "Fill them in where they are known.",
            file=table.file,
            row=int(table.row[at]),
            column=column.header,
            count=count,
        )

    def problems(self) -> tuple[Problem, ...]:
        """Return everything found, errors first, repeated ones folded."""
        groups: dict[tuple[object, ...], list[Problem]] = {}
        for problem in dict.fromkeys(self._problems):
            # A problem without a row is one of its kind already and keeps its own words.
            single = problem.value if problem.row is None else None
            kind = (problem.file, problem.column, problem.code, problem.severity, single)
            groups.setdefault(kind, []).append(problem)
        out: list[Problem] = []
        for group in groups.values():
            out += group if len(group) <= FOLD_AFTER else [_fold(group, sum(p.count for p in group))]
        return tuple(sorted(out, key=lambda problem: problem.severity is not Severity.ERROR))


def _fold(group: list[Problem], count: int) -> Problem:
    """Return the first of `group` with the number of all and a few others as examples."""
    first, others = group[0], group[1 : EXAMPLES + 1]
    also = ", ".join(f"row {p.row} ({p.value!r})" if p.value is not None else f"row {p.row}" for p in others)
    return replace(first, why=f"{first.why} Also {also}, …" if also else first.why, count=count)
