"""The audit trail as a file of JSON lines: one entry a line, everything that its hash is made of included."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import IO

from data.store.database import StoreError
from planner.trail import Entry

_FIELDS = set(Entry.__dataclass_fields__)


def line_of(entry: Entry) -> bytes:
    """Return the line of an entry."""
    content = {**asdict(entry), "at": entry.at.isoformat(timespec="microseconds")}
    return json.dumps(content, ensure_ascii=True).encode("ascii") + b"\n"


def write_trail(entries: Iterable[Entry], target: IO[bytes]) -> Entry | None:
    """Write entries in order and return the last one; None where there was none."""
    last = None
    for last in entries:
        target.write(line_of(last))
    return last


def read_trail(source: IO[bytes]) -> Iterator[Entry]:
    """Yield the entries of a file that `write_trail` wrote.

    Raises
    ------
    StoreError
        Where a line is no entry.
    """
    for number, line in enumerate(source, start=1):
        try:
            content = json.loads(line)
            if not isinstance(content, dict) or set(content) != _FIELDS:
                raise ValueError("its fields are not those of an entry")
            yield Entry(**{**content, "at": datetime.fromisoformat(content["at"])})
        except (ValueError, TypeError) as error:
            raise StoreError(f"Line {number} is no entry of an audit trail: {error}.") from error
