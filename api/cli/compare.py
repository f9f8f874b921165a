"""``planner compare``: any number of plans, or one plan and today, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.exits import errors_in_words
from api.cli.screen import number, percent, print_json, results, table

FRACTION = "fraction"
"""How the unit of a fraction begins; fractions are shown as percents."""


def compare(
    out: Annotated[
        Path, typer.Argument(help="Output folder of a solve, or folder of a sweep.", metavar="OUT")
    ],
    others: Annotated[
        list[Path] | None,
        typer.Argument(help="Others; today's alignment where absent.", metavar="[OUT2 …]"),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Set plans side by side: two with their differences, or any number.

    One plan alone is set beside the alignment it would replace. With --json come also, for two, every territory,
    every account with different owners, and every quota. The folder of a sweep stands for all of its cases that are
    done.

    \b
    Examples:
      planner compare out
      planner compare spring autumn --json
      planner compare spring summer autumn winter
      planner compare sweep

    Exit codes: 0 compared, 2 a folder is no output of a solve.
    """
    with errors_in_words(as_json=as_json):
        from data.export.sweep import done_outputs

        outs = [out, *(others or ())]
        cases = [found if (found := done_outputs(each)) is not None else [(None, each)] for each in outs]
        listed = [pair for found in cases for pair in found]
        if len(listed) > 2 or any(name is not None for name, _ in listed):
            _several(listed, as_json=as_json)
        else:
            _pair(out, outs[1] if len(outs) > 1 else None, as_json=as_json)


def _pair(out: Path, other: Path | None, *, as_json: bool) -> None:
    """Print two plans, or a plan and today, with their differences."""
    from data.compare import compare as compare_outputs

    comparison = compare_outputs(out, other)
    if as_json:
        print_json(comparison.as_dict())
        return
    rows = [(name, *(_cell(value, unit) for value in values)) for name, unit, *values in comparison.rows()]
    columns = ("", comparison.a, comparison.b, "difference")
    console = results()
    console.print(table("Two plans side by side", columns, rows))
    console.print(f"{len(comparison.moved):,} accounts or units have different owners.")


def _several(listed: list[tuple[str | None, Path]], *, as_json: bool) -> None:
    """Print any number of plans, one column a plan."""
    from data.side_by_side import side_by_side

    outs = [out for _, out in listed]
    names = [str(out) if name is None else name for name, out in listed]
    short = [out.name for out in outs]
    plain = all(name is None for name, _ in listed) and len(set(short)) == len(short)
    comparison = side_by_side(outs, short if plain else names)
    if as_json:
        print_json(comparison.as_dict())
        return
    rows = [(line.name, *(_told(value, line.unit) for value in line.values)) for line in comparison.lines]
    title = f"{len(listed)} plans side by side"
    results().print(table(title, ("", *comparison.names), rows))


def _told(value: float | str | bool | None, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else _cell(value, unit)


def _cell(value: float | None, unit: str) -> str:
    """Return one value of a comparison for people; a dash where it is unknown."""
    if value is None:
        return "–"
    return percent(value) if unit.startswith(FRACTION) else number(value)
