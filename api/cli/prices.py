"""``planner prices``: what every rule of a finished plan costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words
from api.cli.interrupt import cancel_on_interrupt, in_background
from api.cli.progress import progress_bar
from api.cli.screen import percent, print_json, results, say, table

if TYPE_CHECKING:
    from api.pricing import PriceList

SHOWN = 25
"""Prices printed before the rest is counted; ``--json`` has all."""


def prices(
    out: Annotated[Path, typer.Argument(help="Output folder of a solve.", metavar="OUT")],
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=0.0, metavar="SECONDS", help="Seconds for all prices.")
    ] = 120.0,
    iterations: Annotated[
        int | None,
        typer.Option(
            "--iterations", min=1, help="Rounds per price, without a time limit: reproducible on any machine."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed.")] = 0,
    inputs: options.MovedInputs = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Tell what every rule of a plan costs in balance, travel and disruption.

    The plan is improved without each rule and, for comparison, with all of them. What is found without a rule can be
    had; more may be possible, so every price is a least one. Rules that were not reached in time are told as such.

    \b
    Examples:
      planner prices out
      planner prices out --time-limit 600 --json

    Exit codes: 0 priced, 2 the folder is no output of a solve or its inputs are gone, 130 stopped by Ctrl-C: prices
    found so far are told.
    """
    with errors_in_words(as_json=as_json), cancel_on_interrupt() as cancelled:
        with progress_bar(quiet=quiet or as_json) as observer:
            from api.pricing import price_plan
            from planner.stop import AnyOf, Cancelled, MaxSeconds, Stop

            rules: list[Stop] = [Cancelled(cancelled)]
            if iterations is None:
                rules.append(MaxSeconds(time_limit))
            stop = AnyOf(tuple(rules))
            told = in_background(
                lambda: price_plan(
                    out, inputs, stop=stop, observer=observer, iterations=iterations, seed=seed
                )
            )
        if as_json:
            print_json({"ok": True, **told.as_dict()})
        elif not quiet:
            _print(told)
        raise typer.Exit(ExitCode.CANCELLED if cancelled() else ExitCode.OK)


def _print(told: PriceList) -> None:
    for change in told.inputs_changed:
        say(f"Since the plan was made, {change}: the prices are of the inputs as they are now.")
    if not told.feasible:
        say("The plan breaks rules: a price is then how much of that would end without the rule.")
    console = results()
    if told.improved_share > 0:
        console.print(
            f"With every rule in place, searching on makes the plan {percent(told.improved_share)} better; prices "
            "come on top of that."
        )
    priced = [row for row in told.prices if row.method != "not priced"]
    dear = [row for row in priced if (row.objective or 0) > 0 or row.breach > 0]
    columns = ("rule", "costs", "deviation", told.travel_name, "changes hands", "how")
    rows = [
        (
            row.name,
            "–" if row.share is None else percent(row.share),
            "–" if row.balance is None else f"{100 * row.balance:+.2f} %",
            "–" if row.travel is None else f"{row.travel:+.3g}",
            "–" if row.disruption is None else f"{100 * row.disruption:+.2f} %",
            row.method,
        )
        for row in dear[:SHOWN]
    ]
    title = "What rules cost: share of the objective saved without each, at least, and what changes with that"
    console.print(table(title, columns, rows))
    if len(dear) > SHOWN:
        console.print(f"… and {len(dear) - SHOWN} more that cost something; --json has all.")
    free = len(priced) - len(dear)
    console.print(
        f"{free} rule(s) were found to cost nothing; {len(told.prices) - len(priced)} were not priced."
    )
