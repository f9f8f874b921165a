"""Scenario files: TOML that people can read and write, and back without loss."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from planner.errors import InvalidInput, Problem
from planner.scenarios.codec import NamedChanges, named_from_json

MOST_BYTES = 10_000_000
"""Largest scenario file."""


def to_toml(scenario: NamedChanges) -> str:
    """Return a scenario as the text of a file, every change with what it means above it."""
    lines = [f"name = {_text(scenario.name)}"]
    if scenario.note:
        lines.append(f"note = {_text(scenario.note)}")
    for change in scenario.changes:
        lines += ["", f"# {_line(change.sentence())}", "[[changes]]"]
        lines += [f"{name} = {_value(held)}" for name, held in change.as_json().items()]
    return "\n".join(lines) + "\n"


def from_toml(data: bytes, file: str, name: str = "") -> NamedChanges:
    """Return the scenario of a file; `name` stands in where the file states none.

    Raises
    ------
    InvalidInput
        Where it is no TOML, or with everything that is wrong with it.
    """
    if len(data) > MOST_BYTES:
        why = f"The file has {len(data):,} bytes; {MOST_BYTES:,} are the most."
        raise InvalidInput([Problem(why, "List ids in files of rules instead.", file=file, code="too_large")])
    try:
        content = tomllib.loads(data.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError:
        problem = Problem("The file is not UTF-8.", "Save it as UTF-8.", file=file, code="encoding")
        raise InvalidInput([problem]) from None
    except (ValueError, RecursionError, ArithmeticError) as fault:
        why = f"The file is not TOML: {str(fault)[:200]}."
        raise InvalidInput([Problem(why, "Correct this line.", file=file, code="toml_syntax")]) from None
    return named_from_json(content, file, name)


def _value(held: Any) -> str:
    if isinstance(held, bool):
        return str(held).lower()
    if isinstance(held, str):
        return _text(held)
    if isinstance(held, int):
        return str(held)
    if isinstance(held, float):
        return repr(held)
    if isinstance(held, Mapping):
        inside = ", ".join(f"{_text(str(name))} = {_value(value)}" for name, value in held.items())
        return f"{{ {inside} }}" if inside else "{}"
    return f"[{', '.join(_value(each) for each in held)}]"


def _text(text: str) -> str:
    """Return a basic string of TOML: that of JSON, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(text: str) -> str:
    """Return a comment: texts hold no control characters, so it is one line."""
    return " ".join(text.split())
