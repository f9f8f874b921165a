"""What commands print: messages on stderr, results on stdout, JSON as one object and nothing else."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from planner.errors import Problem, Severity

SHOWN_PROBLEMS = 50
"""Problems of one severity printed before the rest is counted; ``--json`` has all."""


def results() -> Console:
    """Return the console for results: standard output."""
    return Console(highlight=False, soft_wrap=True)


def messages() -> Console:
    """Return the console for messages and progress: standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """Print a message for the person at the keyboard on standard error."""
    typer.echo(message, err=True)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output; numbers that JSON does not know become null."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """Return `value` as what JSON knows: arrays as lists, NaN and infinity as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # numpy, without waiting for it to load
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def print_problems(problems: Sequence[Problem]) -> None:
    """Print problems on standard error, errors first, each with its place, reason and remedy."""
    console = messages()
    for severity, colour in ((Severity.ERROR, "red"), (Severity.WARNING, "yellow")):
        of_kind = [problem for problem in problems if problem.severity is severity]
        for problem in of_kind[:SHOWN_PROBLEMS]:
            line = Text(str(problem))
            line.stylize(colour, 0, len(severity))
            console.print(line)
        if len(of_kind) > SHOWN_PROBLEMS:
            console.print(f"… and {len(of_kind) - SHOWN_PROBLEMS} more; --json lists all of them")
    count = Counter(problem.severity for problem in problems)
    console.print(f"{count[Severity.ERROR]} error(s), {count[Severity.WARNING]} warning(s)")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table whose first column is text and whose others are numbers."""
    out = Table(title=title, title_justify="left", title_style="bold")
    for position, column in enumerate(columns):
        out.add_column(column, justify="left" if position == 0 else "right")
    for row in rows:
        out.add_row(*(Text(cell) for cell in row))
    return out


def percent(fraction: float) -> str:
    """Return a fraction for people: ``8.4 %``; a dash where there is none."""
    return f"{100 * fraction:.1f} %" if math.isfinite(fraction) else "–"


def number(value: float) -> str:
    """Return a number for people: four digits that count, thousands apart; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 1e9:
        return f"{value:.3e}"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def money(minor_units: int, currency: str) -> str:
    """Return an amount for people: ``USD 1,234.50``."""
    sign = "-" if minor_units < 0 else ""
    from planner.quota.currency import minor_digits

    digits = minor_digits(currency)
    whole, rest = divmod(abs(minor_units), 10**digits)
    return f"{currency} {sign}{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
