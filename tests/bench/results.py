"""What a case brings home: tables of raw values, and targets that were met or not."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Cell(StrEnum):
    """How a column is written for people."""

    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    PERCENT = "percent"
    RATIO = "ratio"
    SECONDS = "seconds"
    MB = "mb"
    YES = "yes"


@dataclass(frozen=True)
class Column:
    """One column: key in the rows, heading, and how its values are written."""

    key: str
    heading: str
    cell: Cell = Cell.TEXT


@dataclass(frozen=True)
class Table:
    """Rows of raw values; a value that a row does not have is left empty."""

    title: str
    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Target:
    """One thing that was to be reached.

    Parameters
    ----------
    target, reached
        In words with numbers.
    met
        Whether it was; None where this run could not tell (`reached` says why).
    seconds, peak_mb
        Of the run that tells.
    """

    target: str
    reached: str
    met: bool | None
    seconds: float | None = None
    peak_mb: float | None = None


@dataclass(frozen=True)
class CaseResult:
    """All that one case brings home.

    Parameters
    ----------
    name, title
        Name on the command line; heading.
    about
        What was run, in words.
    targets, tables
        What was to be reached, and what was measured.
    notes
        Whatever else a reader must know.
    run
        When, with what and where; see `tests.bench.environment`.
    """

    name: str
    title: str
    about: str
    targets: list[Target] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return it as values that JSON knows."""
        return asdict(self)

    @classmethod
    def from_plain(cls, stated: dict[str, Any]) -> CaseResult:
        """Return the result that `plain` gave."""
        tables = [
            Table(
                table["title"],
                tuple(Column(c["key"], c["heading"], Cell(c["cell"])) for c in table["columns"]),
                table["rows"],
            )
            for table in stated["tables"]
        ]
        targets = [Target(**target) for target in stated["targets"]]
        return cls(**{**stated, "tables": tables, "targets": targets})
