"""Whether a text is one statement that only reads."""

from __future__ import annotations

import re

_PARTS = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$)
    | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    | (?P<end>;)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENS = re.compile(r"['\"`\[]|/\*|\$[A-Za-z_]*\$")
WRITES = frozenset(
    (
        "insert",
        "update",
        "delete",
        "merge",
        "drop",
        "alter",
        "create",
        "truncate",
        "grant",
        "revoke",
        "into",
        "attach",
        "detach",
        "pragma",
    )
)
"""Words that a statement which only reads has no use for, outside of quotation marks."""
LONGEST = 100_000
"""Characters of a statement."""


def why_not_read_only(statement: str) -> str | None:
    """Return why `statement` is refused; None where it is one SELECT, or one WITH … SELECT.

    This is the first of two fences and tells mistakes early; the second one is that the database itself is asked for a
    transaction that cannot write.

    >>> why_not_read_only("select 1; drop table t")
    'it holds several statements; write one'
    """
    if len(statement) > LONGEST:
        return f"it is longer than {LONGEST:,} characters"
    words: list[str] = []
    ended = False
    for match in _PARTS.finditer(statement):
        if match["comment"] is not None or (match["other"] or "x").isspace():
            continue
        if ended:
            return "it holds several statements; write one"
        # What opens here would have matched as a whole if it were closed. Going on would look for its end again from
        # every further one.
        if match["other"] is not None and _OPENS.match(statement, match.start()):
            return "a quotation mark, bracket or comment is opened and not closed"
        ended = match["end"] is not None
        if match["word"] is not None:
            words.append(match["word"].lower())
        elif not words and match["other"] != "(":
            return "it does not begin with SELECT or WITH"
    if not words:
        return "it is empty"
    if words[0] not in ("select", "with"):
        return f"it begins with {words[0].upper()}; only SELECT, or WITH … SELECT, is run"
    found = next((word for word in words if word in WRITES), None)
    if found is not None:
        return f"{found.upper()} may change something; put a column of that name into quotation marks"
    return None
