"""What fields of a change may hold: each check returns the value in its one form, or says why it cannot be used."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from planner.data_changes import RulePattern
from planner.demands import CAPACITY, AskedRule, Span

Check = Callable[[Any], Any]
"""Takes what was written, returns it in its one form; raises `ValueError` with the reason where it cannot be used."""

MOST_LETTERS = 2_000
"""Longest text of a field."""
MOST_IDS = 100_000
"""Most ids that one change lists."""
MOST_TERRITORIES = 100_000
MOST_DIGITS = 40
"""Longest number that is written as text."""
NONE = "none"
"""What is written where a limit is to be taken away."""


def text(value: Any) -> str:
    """Return a text that says something."""
    found = optional_text(value)
    if not found:
        raise ValueError("a text is needed")
    return found


def optional_text(value: Any) -> str:
    """Return a text, perhaps empty, without spaces around it; control characters are refused."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is no text")
    if len(value) > MOST_LETTERS:
        raise ValueError(f"a text of {len(value):,} characters is too long; {MOST_LETTERS:,} are the most")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value):
        raise ValueError("the text holds characters that cannot be shown")
    return value.strip()


def prose(value: Any) -> str:
    """Return a text that may have lines."""
    if not isinstance(value, str):
        return optional_text(value)
    lines = [optional_text(line) for line in value[: MOST_LETTERS + 1].splitlines()]
    if len(value) > MOST_LETTERS:
        raise ValueError(f"a text of {len(value):,} characters is too long; {MOST_LETTERS:,} are the most")
    return "\n".join(lines).strip()


def ids(value: Any) -> tuple[str, ...]:
    """Return ids, each once, in the order given; one alone may be written without a list."""
    if value is None:
        return ()
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple):
        raise ValueError(f"{_shown(value)} is no list of ids")
    if len(listed) > MOST_IDS:
        raise ValueError(f"{len(listed):,} ids are too many; {MOST_IDS:,} are the most")
    found = [text(each) for each in listed]
    if len(set(found)) < len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise ValueError(f"{twice!r} is listed twice")
    return tuple(found)


def some_ids(value: Any) -> tuple[str, ...]:
    """Return ids, at least one."""
    found = ids(value)
    if not found:
        raise ValueError("at least one id is needed")
    return found


def flag(value: Any) -> bool | None:
    """Return yes or no; None where it is not stated."""
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"{_shown(value)} is neither true nor false")


def number(
    least: float = -math.inf, most: float = math.inf, *, above: float = -math.inf, needed: bool = False
) -> Check:
    """Return a check for a number in ``[least, most]`` and above `above`; ``"5%"`` stands for 0.05."""

    def check(value: Any) -> float | None:
        if value is None:
            if needed:
                raise ValueError("a number is needed")
            return None
        found = _as_number(value)
        if not math.isfinite(found) or not least <= found <= most or found <= above:
            low = f"above {above:g}" if math.isfinite(above) else f"from {least:g}"
            high = f" to {most:g}" if math.isfinite(most) else ""
            percent = f"; write {found:g} percent as {found / 100:g}" if 1 <= most < found <= 100 else ""
            raise ValueError(f"{_shown(value)} is not {low}{high}{percent}")
        return found

    return check


def number_or_none(least: float, most: float) -> Check:
    """Return a check for a number, or the word `NONE`."""
    inner = number(least, most)

    def check(value: Any) -> float | str | None:
        if isinstance(value, str) and value.strip().lower() == NONE:
            return NONE
        found: float | None = inner(value)
        return found

    return check


def whole(least: int, most: int, *, needed: bool = False) -> Check:
    """Return a check for a whole number in ``[least, most]``."""

    def check(value: Any) -> int | None:
        if value is None and not needed:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"{_shown(value)} is no whole number from {least:,} to {most:,}")
        return value

    return check


def choice(kind: type[StrEnum] | Iterable[str]) -> Check:
    """Return a check for one of some words; empty where not stated."""
    words = [str(each) for each in kind]

    def check(value: Any) -> str:
        if value is None or value == "":
            return ""
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"{_shown(value)} is none of {', '.join(words)}")
        return str(value)

    return check


def exact_amount(value: Any) -> str:
    """Return an exact amount of money as decimal text, empty where not stated; not negative."""
    if value is None or value == "":
        return ""
    written = "" if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal) else value
    try:
        found = Decimal(str(written).replace(",", "").replace("_", "").strip()[:MOST_DIGITS])
    except InvalidOperation:
        raise ValueError(f"{_shown(value)} is no amount") from None
    if not found.is_finite() or found < 0 or found >= Decimal(10) ** 15 or len(str(written)) > MOST_DIGITS:
        raise ValueError(f"{_shown(value)} is no amount from 0 to 10^15")
    plain = f"{found:f}" if found else "0"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def weight_table(value: Any) -> dict[str, float]:
    """Return weights above 0 by name, in the order of the names."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{_shown(value)} is no table of weights")
    check = number(above=0.0, needed=True)
    return {name: check(value[name]) for name in sorted(text(each) for each in value)}


def fractions(value: Any) -> tuple[float, ...]:
    """Return a list of fractions in [0, 1]."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or len(value) > 120:
        raise ValueError(f"{_shown(value)} is no list of at most 120 fractions")
    check = number(0.0, 1.0, needed=True)
    return tuple(check(each) for each in value)


def territories(value: Any) -> int | Span | str:
    """Return a number of territories, a range ``{min, max}``, or ``capacity``."""
    if isinstance(value, Span):
        value = {"min": value.minimum, "max": value.maximum}
    if isinstance(value, Mapping):
        ends = [value.get("min"), value.get("max")]
        check = whole(1, MOST_TERRITORIES, needed=True)
        if set(value) != {"min", "max"}:
            raise ValueError("a range is written {min = 28, max = 32}")
        return Span(*(check(end) for end in ends))
    if isinstance(value, str) and value.strip().lower() == CAPACITY:
        return CAPACITY
    found: int = whole(1, MOST_TERRITORIES, needed=True)(value)
    return found


def asked_rule(value: Any) -> AskedRule:
    """Return a rule as a row of a table of rules holds it; what it says is checked with the data."""
    if isinstance(value, AskedRule):
        return value
    columns = _rule_columns(value)
    if not columns.get("kind"):
        raise ValueError("a rule needs its kind")
    return AskedRule(**columns)


def rule_pattern(value: Any) -> RulePattern:
    """Return what rules are to be taken away."""
    if isinstance(value, RulePattern):
        return value
    return RulePattern(tuple(_rule_columns(value).items()))


_AMOUNTS = ("value", "min_share", "max_share")


def _rule_columns(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{_shown(value)} is no rule; write {{kind = 'lock', account_id = 'A1'}}")
    known = [name for name in AskedRule.__dataclass_fields__ if name != "row"]
    odd = [str(name) for name in value if name not in known]
    if odd:
        raise ValueError(f"a rule has no column {odd[0]!r}; it has {', '.join(known)}")
    check = number(needed=True)
    return {
        name: check(held) if name in _AMOUNTS else text(held)
        for name, held in value.items()
        if held is not None and held != ""
    }


def _as_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError(f"{_shown(value)} is no number")
    if not isinstance(value, str):
        try:
            return float(value)
        except (OverflowError, ValueError):
            return math.nan
    if not value.strip().endswith("%"):
        raise ValueError(f"{_shown(value)} is no number")
    try:
        return float(Decimal(value.strip()[:-1].strip()) / 100)
    except (InvalidOperation, OverflowError):
        raise ValueError(f"{_shown(value)} is no number") from None


def _shown(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:57]}…"
