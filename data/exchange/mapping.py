"""Which column of an uploaded table is which: proposed from its headers, remembered once a person has settled it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from data.read.columns import IGNORE, ColumnMap, match_columns
from data.read.raw import RawColumn, RawTable, texts
from data.read.report import Report
from data.schema import TABLES, Table, key, nearest
from planner.errors import Problem

How = Literal["remembered", "name", "guess", "near", ""]
"""How a column was found: as settled before, by its name, by a weaker name, by likeness, or not at all."""

FORMAT = 1
MOST_REMEMBERED = 1_000
"""Tables that a book remembers; the one settled longest ago is forgotten first."""
LONGEST_HEADER = 1_000


@dataclass(frozen=True)
class ColumnGuess:
    """What one column of the schema is taken from.

    Parameters
    ----------
    name, required
        Column of the schema, and whether a table without it cannot be read. A name that the schema does not have is a
        measure.
    header
        Header of the file; ``""`` where none fits.
    how
        How it was found. What was only found by likeness (``near``) is to be confirmed: the reader would not take it.
    """

    name: str
    required: bool
    header: str
    how: How


@dataclass(frozen=True)
class Proposal:
    """A mapping to show to a person, or to use where nothing is open.

    Parameters
    ----------
    table
        Table of the plan folder.
    columns
        One guess for each column of the schema, and for each further measure that is remembered.
    ignored
        Headers that are left out, as settled before.
    others
        Headers that match nothing: numeric ones become measures, where the table has any.
    problems
        What the recogniser found: ambiguous, repeated or empty headers, required columns that are missing.
    """

    table: str
    columns: tuple[ColumnGuess, ...]
    ignored: tuple[str, ...]
    others: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def settled(self) -> bool:
        """Whether it can be used without asking: all that is required is there and nothing is ambiguous."""
        missing = any(c.required and c.how in ("", "near") for c in self.columns)
        return not missing and not any(p.code == "ambiguous_column" for p in self.problems)

    def mapping(self) -> dict[str, str]:
        """Return header by name for every column that was found."""
        return {column.name: column.header for column in self.columns if column.header}


@dataclass(frozen=True)
class Settled:
    """What a person settled for one table: header by name, and headers to leave out."""

    columns: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class MappingBook:
    """Mappings settled before, by table and by the headers it had. Immutable: `learnt` returns a new book.

    Parameters
    ----------
    entries
        Settled mappings by table and signature, the latest last.
    """

    entries: Mapping[tuple[str, str], Settled] = field(default_factory=dict)

    def remembered(self, table: str, headers: Iterable[str]) -> Settled | None:
        """Return what was settled for a table with these headers in any order; None where nothing was."""
        return self.entries.get((table, signature(headers)))

    def proposed(self, table: str, headers: Sequence[str]) -> Proposal:
        """Return a mapping for a table: as settled before, else as the reader would recognise it.

        Columns that nothing else gives are proposed from mappings of similar tables, then by likeness of their names.

        Raises
        ------
        KeyError
            Where there is no such table.
        """
        schema, report = TABLES[table], Report()
        known = self.remembered(table, headers)
        asked = ColumnMap() if known is None else ColumnMap(dict(known.columns), known.ignored)
        matched = match_columns(_raw(headers), schema, asked, report)
        guesses: dict[str, ColumnGuess] = {}
        for column in schema.columns:
            found = matched.found.get(column.name)
            settled = known is not None and column.name in known.columns
            how: How = "" if found is None else "remembered" if settled else _how(found, schema, column.name)
            guesses[column.name] = ColumnGuess(
                column.name, column.required, "" if found is None else found.header, how
            )
        for name, measure in matched.measures.items():
            guesses[name] = ColumnGuess(name, False, measure.header, "remembered")
        free = [column.header for column in matched.others]
        if known is None:
            free = self._fill(table, guesses, free)
        return Proposal(
            table,
            tuple(guesses.values()),
            () if known is None else known.ignored,
            tuple(free),
            report.problems(),
        )

    def learnt(
        self, table: str, headers: Sequence[str], columns: Mapping[str, str], ignored: Sequence[str] = ()
    ) -> MappingBook:
        """Return a book that remembers what was settled for a table with these headers.

        Parameters
        ----------
        columns
            Header by name; names that the schema does not have are measures.
        ignored
            Headers to leave out.

        Raises
        ------
        KeyError
            Where there is no such table.
        ValueError
            Where a header is not among `headers`, is used twice, or a name is none of the table.
        """
        fault = why_not(table, headers, columns, ignored)
        if fault is not None:
            raise ValueError(fault)
        at = table, signature(headers)
        entries = {where: one for where, one in self.entries.items() if where != at}
        entries[at] = Settled(dict(columns), tuple(ignored))
        return MappingBook(dict(list(entries.items())[-MOST_REMEMBERED:]))

    def without(self, table: str, headers: Iterable[str]) -> MappingBook:
        """Return a book that has forgotten what was settled for a table with these headers."""
        at = table, signature(headers)
        return MappingBook({where: one for where, one in self.entries.items() if where != at})

    def as_dict(self) -> dict[str, Any]:
        """Return the book as plain values for JSON."""
        rows = [
            {
                "table": table,
                "signature": mark,
                "columns": dict(one.columns),
                "ignored": list(one.ignored),
            }
            for (table, mark), one in self.entries.items()
        ]
        return {"format": FORMAT, "mappings": rows}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> MappingBook:
        """Return the book that `as_dict` gave; entries that cannot be used are forgotten.

        Raises
        ------
        ValueError
            Where it is none at all, or of a later format.
        """
        if value.get("format") != FORMAT or not isinstance(value.get("mappings"), list):
            raise ValueError("this is no book of column mappings of a format that is known")
        entries: dict[tuple[str, str], Settled] = {}
        for row in value["mappings"]:
            usable = (
                isinstance(row, Mapping)
                and row.get("table") in TABLES
                and isinstance(row.get("signature"), str)
                and isinstance(row.get("columns"), Mapping)
                and all(isinstance(part, str) for pair in row["columns"].items() for part in pair)
                and isinstance(row.get("ignored"), list)
                and all(isinstance(header, str) for header in row["ignored"])
            )
            if usable:
                settled = Settled(dict(row["columns"]), tuple(row["ignored"]))
                entries[row["table"], row["signature"]] = settled
        return cls(entries)

    def _fill(self, table: str, guesses: dict[str, ColumnGuess], free: list[str]) -> list[str]:
        """Fill what is open: from the latest mapping of a similar table, then by likeness; return what stays free."""
        for (other, _), one in reversed(list(self.entries.items())):
            for name, header in one.columns.items() if other == table else ():
                here = next((h for h in free if key(h) == key(header)), None)
                guess = guesses.get(name, ColumnGuess(name, False, "", ""))
                if here is not None and not guess.header:
                    guesses[name] = ColumnGuess(name, guess.required, here, "remembered")
                    free = [header for header in free if header != here]
        for name, guess in guesses.items():
            near = None if guess.header or not guess.required else nearest(name, free)
            if near is not None:
                guesses[name] = ColumnGuess(name, True, near, "near")
                free = [header for header in free if header != near]
        return free


def signature(headers: Iterable[str]) -> str:
    """Return what stands for the headers of a table: the same in any order, case and punctuation.

    >>> signature(["Account ID", "Lat"]) == signature(["lat", "account_id"])
    True
    """
    names = sorted(key(header) for header in headers if header.strip())
    return hashlib.sha256("\n".join(names).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def why_not(
    table: str, headers: Sequence[str], columns: Mapping[str, str], ignored: Sequence[str]
) -> str | None:
    """Return why a mapping cannot be remembered, None where it can."""
    schema = TABLES[table]
    known = {header for header in headers if header.strip()}
    used = [*columns.values(), *ignored]
    if any(len(text) > LONGEST_HEADER for text in (*columns, *used)):
        return f"a header has more than {LONGEST_HEADER:,} characters"
    missing = sorted(set(used) - known)
    if missing:
        return f"the table has no column {missing[0]!r}"
    twice = sorted({header for header in used if used.count(header) > 1})
    if twice:
        return f"the column {twice[0]!r} is used more than once"
    odd = [
        name
        for name in columns
        if name == IGNORE or not name.strip() or (schema.column(name) is None and not schema.measures)
    ]
    return f"{table} has no column {odd[0]!r}" if odd else None


def _how(found: RawColumn, schema: Table, name: str) -> How:
    column = schema.column(name)
    assert column is not None
    strong = {key(one) for one in (column.name, *column.aliases)}
    return "name" if key(found.header) in strong else "guess"


def _raw(headers: Sequence[str]) -> RawTable:
    """Return a table with these headers and one row, for the recogniser: it looks at headers alone."""
    return RawTable("upload", [RawColumn(header, texts(["x"])) for header in headers], np.array([2]))
