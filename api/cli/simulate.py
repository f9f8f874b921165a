"""``planner simulate``: how likely a plan is, and what would make it as likely as wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.amounts import fraction
from api.cli.exits import errors_in_words
from api.cli.screen import print_json, results, table

if TYPE_CHECKING:
    from api.simulating import Simulated


def _probability(stated: str | float) -> float:
    value = fraction(str(stated))
    if not 0 < value <= 1:
        raise ValueError(f"{stated!r} is no probability above 0 and up to 1, such as 0.8 or 80%")
    return value


def simulate(
    out: Annotated[Path, typer.Argument(help="Output folder of a solve with quotas.", metavar="OUT")],
    draws: Annotated[
        int, typer.Option("--draws", min=100, max=1_000_000, help="How many years to draw.")
    ] = 10_000,
    probability: Annotated[
        float,
        typer.Option(
            "--probability",
            "-p",
            parser=options.parser(_probability),
            metavar="FRACTION",
            help="Wanted probability of plan: tells the target and the over-assignment that reach it.",
        ),
    ] = 0.8,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed: same seed, same answer.")] = 0,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Simulate the year: probability of plan, sellers at quota, and the over-assignment that it takes.

    Every draw is a year with a shock that all territories share, and deviations of their own, as large as the method's
    errors in past years. simulation.json and simulation.html are written into OUT.

    \b
    Examples:
      planner simulate out
      planner simulate out --probability 90% --draws 50000 --json

    Exit codes: 0 simulated, 2 the folder has no quotas, or the history is too short to tell how certain sales are.
    """
    with errors_in_words(as_json=as_json):
        from api.simulating import simulate_plan, write_simulation

        found = simulate_plan(out, draws=draws, seed=seed, probability=probability)
        write_simulation(out, found)
        if as_json:
            print_json({"ok": True, "out": str(out), **found.record()})
        elif not quiet:
            _print(found, out)


def _print(found: Simulated, out: Path) -> None:
    from data.export.quota_table import shown
    from data.export.simulation import AS_ATTAINED, AS_SOLD, calibration_text, simulation_rows

    console, currency = results(), found.model.currency
    outcome, wanted, unlikely = simulation_rows(found.model, found.risk, found.probability)
    for told in (outcome, wanted):
        rows = [
            tuple(shown(value, kind, currency) for value, kind in zip(row, told.kinds, strict=True))
            for row in told.rows
        ]
        console.print(table(told.heading(currency), told.columns, rows))
    console.print(f"{AS_SOLD} {AS_ATTAINED}", markup=False)
    if unlikely.rows:
        name, _, _, chance = unlikely.rows[0]
        console.print(f"Least likely to reach quota: {name}, {shown(chance, 'fraction')}.", markup=False)
    console.print(calibration_text(found.risk), markup=False)
    console.print(f"Written to {out}: open {out / 'simulation.html'}", markup=False)
