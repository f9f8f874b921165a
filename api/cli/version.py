"""``planner version``: which version this is."""

from __future__ import annotations

import typer

from api.cli import options
from api.cli.screen import print_json


def version(as_json: options.AsJson = False) -> None:
    """Print the version.

    Example: planner version --json
    """
    from api.settings import product_version

    number = product_version()
    if as_json:
        print_json({"version": number})
    else:
        typer.echo(f"territory-planner {number}")
