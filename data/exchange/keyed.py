"""Tables that another system loads by key: rows are put in place of rows of the same key, or removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from data.exchange.load import Step

Key = tuple[str, ...]
Row = tuple[str, ...]


@dataclass(frozen=True)
class KeyedTable:
    """How a table is loaded.

    Parameters
    ----------
    name
        What it is called.
    columns, key
        Its header, and the columns that say which row is which.
    put, remove
        What its steps do, for people.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    put: str
    remove: str

    def key_of(self, row: Row) -> Key:
        """Return the key of a row."""
        return tuple(row[self.columns.index(name)] for name in self.key)

    def rows(self, rows: Iterable[Row]) -> dict[Key, Row]:
        """Return rows by key; of rows with the same key the last one counts."""
        return {self.key_of(row): row for row in rows}

    def putting(
        self,
        now: Mapping[Key, Row],
        then: Mapping[Key, Row],
        order: Callable[[Key], Any] = lambda key: key,
    ) -> Step:
        """Return the step that puts rows which are new or differ."""
        keys = sorted((key for key, row in then.items() if now.get(key) != row), key=order)
        return Step("upsert", self.name, self.columns, tuple(then[key] for key in keys), self.put)

    def removing(
        self,
        now: Mapping[Key, Row],
        then: Mapping[Key, Row],
        order: Callable[[Key], Any] = lambda key: key,
    ) -> Step:
        """Return the step that removes rows which are gone: whole rows, so that a person sees which."""
        keys = sorted(now.keys() - then.keys(), key=order)
        return Step("delete", self.name, self.columns, tuple(now[key] for key in keys), self.remove)
