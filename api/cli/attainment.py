"""``planner attainment``: how the year stands, and where it will end."""

from __future__ import annotations

from datetime import datetime
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.exits import errors_in_words
from api.cli.screen import money, number, percent, print_json, print_problems, results, table

if TYPE_CHECKING:
    from data.export.attainment import InYear
    from planner.quota.in_year.attainment import Standing

SHOWN_SEATS = 40
"""Seats printed, those with the least chance first; ``--json`` and attainment.csv have all."""
FROM_THOUSANDS = 1_000_000
"""Amounts are printed in thousands where the largest quota reaches this."""
COLUMNS = ("", "quota", "to date", "sold", "%", "forecast", "80 % from", "to", "of quota", "chance")


def attainment(
    out: Annotated[Path, typer.Argument(help="Output folder of a solve with quotas.", metavar="OUT")],
    actuals: Annotated[
        Path,
        typer.Argument(
            help="Sales to date by account, territory or seat: the columns of history (CSV, XLSX or Parquet).",
            metavar="ACTUALS",
        ),
    ],
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="Last day that sales are known for; else the last day of the last period in ACTUALS.",
        ),
    ] = None,
    moves: Annotated[
        Path | None,
        typer.Option(
            "--moves",
            metavar="FILE",
            help="Accounts that changed territory: account_id, from, to, date, reason.",
        ),
    ] = None,
    relief: Annotated[
        Path | None,
        typer.Option(
            "--relief",
            metavar="FILE",
            help="Quota that seats are relieved of: territory_id or seat_id, amount or share, from, to, carried_by "
            "(absorbed or siblings), reason, author.",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder to write; an earlier one is replaced."),
    ] = None,
    inputs: options.MovedInputs = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Tell attainment to date and where the year will end, per seat, region and company.

    Forecasts are the seasonal run rate, believed as far as the months so far have proved to tell in past years, and the
    outlook of the plan with the rest; the interval holds with a chance of 80 %. An account that moves takes its quota
    for the remaining days along, so that the company's total of every day stays that of the plan, to the cent.

    \b
    Examples:
      planner attainment out actuals.csv
      planner attainment out actuals.csv --as-of 2026-05-17 --moves moves.csv --relief relief.csv -o may --json

    Exit codes: 0 told, 2 the folder has no quotas, its inputs are gone, or a file cannot be used.
    """
    with errors_in_words(as_json=as_json):
        from api.attaining import in_year
        from data.export.attainment import attainment_record, write_attainment

        day = None if as_of is None else as_of.date()
        found = in_year(out, actuals, as_of=day, moves=moves, relief=relief, inputs=inputs)
        if folder is not None:
            write_attainment(folder, found)
        if as_json:
            print_json(
                {"ok": True, "out": None if folder is None else str(folder), **attainment_record(found)}
            )
        elif not quiet:
            _print(found, folder)


def _print(found: InYear, folder: Path | None) -> None:
    from planner.quota.currency import minor_digits

    console = results()
    if found.problems:
        print_problems(found.problems)
    whole = [one for one in found.standings if not one.component]
    seats = [one for one in whole if one.level == "seat"]
    credited = [one for one in whole if one.level in ("credited", "overlay")]
    others = [one for one in whole if one.level not in ("seat", "credited", "overlay")]
    unit = 10 ** minor_digits(found.currency)
    thousands = max(one.quota_cents for one in others) >= FROM_THOUSANDS * unit
    unit *= 1000 if thousands else 1
    amounts = f"{'thousand ' if thousands else ''}{found.currency}"
    title = f"The year on {found.as_of}, quotas until {found.until}, {amounts}"
    console.print(table(title, COLUMNS, [_row(one, unit) for one in others]))
    worst = sorted(seats, key=lambda one: (2.0 if isnan(one.chance) else one.chance, one.id))
    title = f"{'Seats' if len(seats) <= SHOWN_SEATS else 'Seats with the least chance'}, {amounts}"
    console.print(table(title, COLUMNS, [_row(one, unit) for one in worst[:SHOWN_SEATS]]))
    if len(seats) > SHOWN_SEATS:
        console.print(f"… and {len(seats) - SHOWN_SEATS} more seats; --json has all.")
    if credited:
        title = f"Seats by what they are credited with (overlays stand beside the company), {amounts}"
        console.print(table(title, COLUMNS, [_row(one, unit) for one in credited[:SHOWN_SEATS]]))
        if len(credited) > SHOWN_SEATS:
            console.print(f"… and {len(credited) - SHOWN_SEATS} more; --json has all.")
    for note in found.notes:
        console.print(note, markup=False)
    if found.certificate is not None:
        told = found.certificate
        holds = "all hold to the cent" if told["ties_out"] else "NOT ALL HOLD"
        relieved = money(int(told["absorbed_cents"]), found.currency)
        console.print(
            f"{len(told['moves'])} move(s), {len(told['relief'])} relief(s): {len(told['equations'])} sums checked, "
            f"{holds}; nobody carries {relieved} of the plan.",
            markup=False,
        )
    if folder is not None:
        console.print(f"Written to {folder}.", markup=False)


def _row(one: Standing, unit: int) -> tuple[str, ...]:
    label = {"company": "company", "target": "company target"}.get(one.level, one.id or "nobody")
    label += " (overlay)" if one.level == "overlay" else ""
    amounts = (one.quota_cents, one.to_date_cents, one.sold_cents)
    foreseen = (one.forecast_cents, one.low_cents, one.high_cents)
    return (
        f"{label} {one.name}".strip(),
        *(number(round(cents / unit)) for cents in amounts),
        percent(one.attainment),
        *(number(cents if isnan(cents) else round(cents / unit)) for cents in foreseen),
        percent(one.forecast_attainment),
        percent(one.chance),
    )
