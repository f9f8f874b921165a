"""``planner compare``: two plans, or one plan and today, side by side."""

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
    out: Annotated[Path, typer.Argument(help="Output folder of a solve.", metavar="OUT")],
    other: Annotated[
        Path | None, typer.Argument(help="Another one; today's alignment where absent.", metavar="[OUT2]")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Set two plans side by side.

    One plan alone is set beside the alignment it would replace. With --json come also every territory, every
    account with different owners, and every quota.

    \b
    Examples:
      planner compare out
      planner compare spring autumn --json

    Exit codes: 0 compared, 2 a folder is no output of a solve.
    """
    with errors_in_words(as_json=as_json):
        from data.compare import compare as compare_outputs

        comparison = compare_outputs(out, other)
        if as_json:
            print_json(comparison.as_dict())
            return
        rows = [
            (name, *(_cell(value, unit) for value in values)) for name, unit, *values in comparison.rows()
        ]
        columns = ("", comparison.a, comparison.b, "difference")
        console = results()
        console.print(table("Two plans side by side", columns, rows))
        console.print(f"{len(comparison.moved):,} accounts or units have different owners.")


def _cell(value: float | None, unit: str) -> str:
    """Return one value of a comparison for people; a dash where it is unknown."""
    if value is None:
        return "–"
    return percent(value) if unit.startswith(FRACTION) else number(value)
