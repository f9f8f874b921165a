"""Errors of the planning domain.

Exception tree::

    PlannerError                    anything this product raises on purpose
    ├── InvalidInput                what came in cannot be used; carries every problem found
    ├── InvalidProblem              arrays of a problem contradict each other
    ├── InvalidAlignment            an alignment does not fit its problem
    └── UnsupportedProblem          a solver was asked for something it does not do
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem in the input weighs."""

    ERROR = "error"
    """The plan cannot be made until this is mended."""
    WARNING = "warning"
    """The plan can be made; something was repaired, guessed or left out."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input, precise enough to mend it without asking.

    Parameters
    ----------
    why
        What is wrong, in plain words, with the values that clash.
    what_to_do
        The next step for the person who reads it.
    file, row, column, value
        Where it is. ``row`` counts as a spreadsheet does: the header is row 1. ``None`` where the problem
        concerns the whole file, row or folder.
    severity
        Errors stop, warnings are listed.
    code
        A stable short name (``duplicate_id``, ``latitude_range``) for programs that read the report.
    count
        How many cells share this problem, where equal ones were folded into one line.
    """

    why: str
    what_to_do: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    severity: Severity = Severity.ERROR
    code: str = "invalid"
    count: int = 1

    def __str__(self) -> str:
        place = self.file or "plan folder"
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        if self.value is not None:
            place += f", value {self.value!r}"
        more = f" ({self.count} times)" if self.count > 1 else ""
        return f"{self.severity}: {place}: {self.why}{more} {self.what_to_do}"

    def as_dict(self) -> dict[str, object]:
        """Return the problem as plain values for JSON."""
        return asdict(self)


class PlannerError(Exception):
    """Base of every error this product raises on purpose."""


class InvalidInput(PlannerError):
    """The input cannot be used.

    Attributes
    ----------
    problems
        Every problem found, warnings included, errors first.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)
        )
        errors = [p for p in self.problems if p.severity is Severity.ERROR]
        shown = "\n".join(str(p) for p in errors[:20])
        more = f"\n… and {len(errors) - 20} more" if len(errors) > 20 else ""
        super().__init__(f"{len(errors)} problem(s) in the input:\n{shown}{more}")

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class InvalidProblem(PlannerError):
    """Arrays of a problem contradict each other. Carries all contradictions, not the first."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))

    def __reduce__(self) -> tuple[type[InvalidProblem], tuple[tuple[str, ...]]]:
        return type(self), (self.faults,)


class InvalidAlignment(PlannerError):
    """An alignment does not fit the problem it is judged by."""


class UnsupportedProblem(PlannerError):
    """A solver was asked for something it does not do; the message says what and which solver does."""
