"""Names as other systems take them: developer names, labels, e-mail addresses."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from data.export.text import FORMULA_STARTS

MOST_CHARACTERS = 80
"""Longest name and developer name of a territory."""
LONGEST_EMAIL = 254
_DEVELOPER_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+'-]*@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]*[a-z0-9])+")


def is_developer_name(text: str) -> bool:
    """Return whether `text` starts with a letter, holds only letters, digits and single ``_``, and ends with none."""
    return len(text) <= MOST_CHARACTERS and _DEVELOPER_NAME.fullmatch(text) is not None


def developer_name(text: str) -> str:
    """Return a developer name made from any text; the same for the same text.

    >>> developer_name("Nörd, 3"), developer_name("007"), developer_name("a__b_")
    ('Nord_3', 'T_007', 'a_b')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
    if not name:
        name = _mark(text)
    if not name[0].isalpha():
        name = f"T_{name}"
    return name[:MOST_CHARACTERS].rstrip("_")


def developer_names(
    texts: Mapping[tuple[str, str], str], taken: Iterable[str], known: Mapping[tuple[str, str], str]
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """Return a developer name for each text, unlike all others without regard to case, and who had to yield.

    Parameters
    ----------
    texts
        What names are made from, by key; of two that would get the same name the first one gets it.
    taken
        Names that others have.
    known
        Names that some of the keys have already.

    Returns
    -------
    tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]
        Name by key; and by key what it would have been called, where another one has that name.
    """
    names = dict(known)
    yielded: dict[tuple[str, str], str] = {}
    used = {name.casefold() for name in (*taken, *names.values())}
    for one, text in texts.items():
        if one in names:
            continue
        name = wanted = developer_name(text)
        if wanted.casefold() in used:
            yielded[one] = wanted
            name = marked_name(one, text)
        names[one] = name
        used.add(name.casefold())
    return names, yielded


def marked_name(key: tuple[str, str], text: str) -> str:
    """Return the developer name of a text whose plain one belongs to another: that of no other key."""
    mark = _mark(f"{text} {key}")
    return f"{developer_name(text)[: MOST_CHARACTERS - len(mark) - 1].rstrip('_')}_{mark}"


def label(text: str) -> str:
    """Return `text` as a label: one line, no control characters, nothing a spreadsheet runs, at most 80 characters.

    A label is for people, so one that begins as a formula does gets a word in front: an apostrophe would be shown.

    >>> label("=cmd()|x"), label(" North\\n West ")
    ('Territory =cmd()|x', 'North West')
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if line.startswith(FORMULA_STARTS):
        line = f"Territory {line}"
    return line[:MOST_CHARACTERS].rstrip()


def runs_in_spreadsheet(text: str) -> bool:
    """Return whether a spreadsheet would take `text` for a formula."""
    return text.startswith(FORMULA_STARTS)


def email(text: str) -> str | None:
    """Return an e-mail address in lower case; None where `text` is none."""
    found = text.strip().lower()
    return found if len(found) <= LONGEST_EMAIL and _EMAIL.fullmatch(found) else None


def _mark(text: str) -> str:
    return "x" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:7]
