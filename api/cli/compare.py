"""``planner compare``: two plans, or one plan and today, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.exits import errors_in_words
from api.cli.screen import print_json, results, table


def compare(
    out: Annotated[Path, typer.Argument(help="Output folder of a solve.", metavar="OUT")],
    other: Annotated[
        Path | None,
        typer.Argument(help="Another one; today's alignment where absent.", metavar="[OUT2]"),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Set two plans side by side.

    One plan alone is set beside the alignment it would replace.

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
        else:
            results().print(table("", ("", *comparison.columns), comparison.rows()))
