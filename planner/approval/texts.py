"""What people write: kept as they wrote it, without what only a terminal or a browser would see."""

from __future__ import annotations

import unicodedata

from planner.errors import InvalidInput, Problem

LONGEST = 4000
"""Most characters of a comment, a reason or an answer."""
_KEPT = "\n\t"
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")
_JOINERS = "\u200c\u200d"  # scripts and emoji are written with them


def plain_text(text: str, what: str, *, longest: int = LONGEST, required: bool = True) -> str:
    """Return a text without control characters, bidirectional overrides and space around it.

    It is plain text: whoever shows it on a page has to escape it, nothing in it is markup.

    Parameters
    ----------
    what
        What the text is, as a column name.
    longest
        Most characters after normalising (Unicode NFC).
    required
        Whether it may not be empty.

    Raises
    ------
    InvalidInput
        Where it is empty though required, or too long.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        c for c in lines if c in _KEPT or c in _JOINERS or unicodedata.category(c) not in _INVISIBLE
    )
    found = unicodedata.normalize("NFC", kept).strip()
    if required and not found.strip(_JOINERS + " \n\t"):
        raise InvalidInput(
            [Problem(f"The {what} is empty.", "Say it in a few words.", column=what, code="empty_text")]
        )
    if len(found) > longest:
        why = f"The {what} has {len(found)} characters; {longest} is the most."
        raise InvalidInput([Problem(why, "Shorten it.", column=what, value=found[:60], code="long_text")])
    return found
