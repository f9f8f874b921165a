"""``planner pay``: what the quotas of a finished plan cost in pay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.exits import errors_in_words
from api.cli.screen import money, percent, print_json, results, say, table

if TYPE_CHECKING:
    from planner.pay.report import CompensationReport

SHORT = {"plan": "at plan", "p50": "P50", "p90": "P90"}
SHOWN_SEATS = 10
"""Flagged seats printed; ``--json`` has all."""


def pay(
    out: Annotated[Path, typer.Argument(help="Output folder of a solve with quotas.", metavar="OUT")],
    draws: Annotated[
        int | None,
        typer.Option(
            "--draws", min=100, max=1_000_000, help="How many years to draw; else as plan.toml says."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Random seed: same seed, same answer.")
    ] = None,
    inputs: options.MovedInputs = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Work out what the quotas of a plan cost in pay: at plan, as expected, on average, at P50 and P90.

    Pay plans are those of plan.toml as it is now: change a rate, a cap or a threshold there and see what it costs.
    Nothing is written; `planner quota OUT -o OUT` writes it into the plan.

    \b
    Examples:
      planner pay out
      planner pay out --draws 50000 --json

    Exit codes: 0 worked out, 2 the folder is no output of a solve, has no quotas, or no seat has a pay plan.
    """
    with errors_in_words(as_json=as_json):
        from api.paying import price_pay

        found = price_pay(out, inputs, draws=draws, seed=seed)
        if as_json:
            print_json({"ok": True, "out": str(out), **found.record()})
            return
        for change in found.changed:
            say(f"Since the plan was made, {change}.")
        if not quiet:
            _print(found.report)


def _print(report: CompensationReport) -> None:
    console, currency = results(), report.currency

    def plainly(cents: int) -> str:
        return money(cents, currency).removeprefix(f"{currency} ")

    rows = [
        (
            SHORT.get(level.name, level.name),
            plainly(level.base_cents),
            plainly(level.variable_cents),
            plainly(level.cost_cents),
            plainly(level.sales_cents),
            "–" if level.cost_of_sales is None else percent(level.cost_of_sales),
        )
        for level in report.levels
    ]
    columns = ("", "base", "variable", "cost", "sales", "cost of sales")
    console.print(table(f"What the company pays in a year, {currency}", columns, rows))
    flagged = [seat for seat in report.seats if seat.flag]
    console.print(
        f"Quota over on-target earnings: {len(flagged)} of {len(report.seats)} seats outside "
        f"{report.ratio_low:g} to {report.ratio_high:g}. {report.ratio_source}",
        markup=False,
    )
    if flagged:
        shown = [
            (
                seat.seat_id,
                "–" if seat.ratio is None else f"{seat.ratio:.2f} ({seat.flag})",
                plainly(seat.quota_cents),
                plainly(seat.earnings_cents),
            )
            for seat in flagged[:SHOWN_SEATS]
        ]
        console.print(
            table(f"Seats outside, {currency}", ("seat", "ratio", "quota", "on-target earnings"), shown)
        )
    for note in report.notes:
        console.print(note, markup=False)
