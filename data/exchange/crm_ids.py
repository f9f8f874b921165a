"""Record ids of a CRM in their two spellings: 15 characters where case counts, 18 with three that check it.

The last three characters of the long spelling say which of the others are capital letters, so that a spreadsheet that
changes case is noticed.
"""

from __future__ import annotations

import re

_FORM = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5a-z]{3})?")
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BLOCK = 5

ACCOUNT, USER, TERRITORY = ("001", "00Q"), ("005",), ("0MI",)
"""First characters of the ids of accounts (and leads), of users, of territories."""


def long_id(text: str) -> str | None:
    """Return the 18-character spelling of a record id; None where `text` is none, or its case was damaged.

    >>> long_id("0MI0b000000001j"), long_id("0MI0b000000001jGAA"), long_id("0MI0B000000001jGAA")
    ('0MI0b000000001jGAA', '0MI0b000000001jGAA', None)
    """
    text = text.strip()
    if not _FORM.fullmatch(text):
        return None
    short, given = text[:15], text[15:]
    check = "".join(
        _CHECK[
            sum(1 << place for place, letter in enumerate(short[at : at + _BLOCK]) if "A" <= letter <= "Z")
        ]
        for at in range(0, len(short), _BLOCK)
    )
    return short + check if given.upper() in ("", check) else None


def record_id(text: str, prefixes: tuple[str, ...] = ()) -> str | None:
    """Return the 18-character spelling of an id of a kind; None where it is none of that kind."""
    found = long_id(text)
    return found if found is not None and (not prefixes or found.startswith(prefixes)) else None
