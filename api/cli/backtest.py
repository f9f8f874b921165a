"""``planner backtest``: how quotas of past years would have fared, method by method."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words
from api.cli.interrupt import cancel_on_interrupt, in_background
from api.cli.progress import progress_bar
from api.cli.screen import percent, print_json, results, table

if TYPE_CHECKING:
    from data.export.backtest import BackTested
    from planner.quota.backtest.calibration import Calibration
    from planner.quota.backtest.result import Row

YEARS = re.compile(r"\d{4}(-\d{4})?(,\d{4}(-\d{4})?)*")
BY_YEAR = ("method", "year", "spread", "WAPE", "size bias", "at quota", "±10 %")
POOLED = ("method", "spread", "95 % interval", "WAPE", "WAPE, fair", "±10 %", "±20 %")
SELLERS = ("method", "size bias", "95 % interval", "at quota", "20 · 60 · 20")


def backtest(
    folder: Annotated[
        Path,
        typer.Argument(help="Plan folder with a history, or the output folder of a solve.", metavar="FOLDER"),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder of the back-test; an earlier one is replaced."
        ),
    ],
    territories: Annotated[
        int | None,
        typer.Option(
            "--territories",
            "-n",
            min=1,
            metavar="NUMBER",
            help="Make so many territories by place; else those in force today, or those of the solve.",
        ),
    ] = None,
    years: Annotated[
        str | None,
        typer.Option(
            "--years",
            metavar="YEARS",
            help="Quota years, such as 2016-2021 or 2018,2020; else the latest six.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Random seed: same seed, same territories and intervals.")
    ] = 0,
    inputs: options.MovedInputs = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Set the quotas of past years with every method, with what was known then, and see how they fared.

    Writes backtest.csv (every method and year), backtest.json and backtest.html. The best method, the one with the
    least spread of attainment, is what plans use where nobody asks for a method.

    \b
    Examples:
      planner backtest data/samples/iowa --territories 60 --years 2016-2021 -o tested
      planner backtest out -o tested

    Exit codes: 0 done, 2 input that cannot be used, 130 stopped by Ctrl-C, with nothing written.
    """
    asked = None if years is None else _years(years)
    with errors_in_words(as_json=as_json), cancel_on_interrupt() as cancelled:
        with progress_bar(quiet=quiet or as_json) as observer:
            from api.backtesting import run_back_test
            from data.export.backtest import backtest_index, is_backtest, write_backtest
            from data.export.folder import check_out
            from planner.stop import Cancelled

            check_out(out, inputs=folder, ours=is_backtest)
            tested = in_background(
                lambda: run_back_test(
                    folder,
                    territories=territories,
                    years=asked,
                    seed=seed,
                    stop=Cancelled(cancelled),
                    observer=observer,
                    inputs=inputs,
                )
            )
            if cancelled():
                raise KeyboardInterrupt
            write_backtest(out, tested)
        if as_json:
            print_json({"ok": True, "out": str(out), **backtest_index(tested)})
        elif not quiet:
            _print(tested, out)
    raise typer.Exit(ExitCode.OK)


def _years(text: str) -> list[int]:
    """Return the years that a text names.

    Raises
    ------
    typer.BadParameter
        Where it names none.
    """
    if not YEARS.fullmatch(text.replace(" ", "")):
        raise typer.BadParameter(
            f"{text!r} names no years: write 2016-2021 or 2018,2020", param_hint="--years"
        )
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return found


def _print(tested: BackTested, out: Path) -> None:
    test, console = tested.test, results()
    console.print(tested.made, markup=False)
    if tested.left_out_share > 0:
        console.print(f"{percent(tested.left_out_share)} of sales are of accounts that no territory holds.")
    rows = sorted(test.rows, key=lambda row: (row.year or 0, row.spread.value))
    single = [row for row in rows if row.year is not None]
    pooled = [row for row in rows if row.year is None]
    console.print(table("Every method and year", BY_YEAR, [_of_year(row, test.best) for row in single]))
    title = "All compared years together, the least spread first"
    console.print(table(title, POOLED, [_of_all(row, test.best) for row in pooled]))
    console.print(table("How sellers fared", SELLERS, [_of_sellers(row, test.best) for row in pooled]))
    console.print("* best   ° saw measures as of today, which nobody knew then: never picked", markup=False)
    told: dict[str, str] = {}
    for skip in test.skipped:
        told.setdefault(skip.method, skip.reason)
    for method, reason in told.items():
        console.print(f"Not compared: {method}. {reason}", markup=False)
    if tested.calibration is not None:
        console.print(_coverage(tested.calibration), markup=False)
    console.print(f"Best: {test.reason}", markup=False)
    console.print(f"Written to {out}: open {out / 'backtest.html'}", markup=False)


def _name(row: Row, best: str | None) -> str:
    return row.method + (" *" if row.method == best else " °" if row.hindsight else "")


def _of_year(row: Row, best: str | None) -> tuple[str, ...]:
    return (
        _name(row, best),
        str(row.year),
        percent(row.spread.value),
        percent(row.wape.value),
        _signed(row.size_correlation.value),
        percent(row.at_or_above.value),
        percent(row.within_10.value),
    )


def _of_all(row: Row, best: str | None) -> tuple[str, ...]:
    shares = (row.spread.value, row.wape.value, row.wape_fair.value, row.within_10.value, row.within_20.value)
    spread, *others = (percent(share) for share in shares)
    return _name(row, best), spread, f"{percent(row.spread.low)} to {percent(row.spread.high)}", *others


def _of_sellers(row: Row, best: str | None) -> tuple[str, ...]:
    bias = row.size_correlation
    return (
        _name(row, best),
        _signed(bias.value),
        f"{_signed(bias.low)} to {_signed(bias.high)}",
        percent(row.at_or_above.value),
        " · ".join(percent(value) for value in (row.lowest_fifth, row.middle, row.highest_fifth)),
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}" if math.isfinite(value) else "–"


def _coverage(found: Calibration) -> str:
    held = ", ".join(f"{one.level:.0%} held {one.whole:.0%} ({one.own:.0%})" for one in found.covered)
    return (
        f"Stated intervals of {found.method}, {found.years[0]} to {found.years[-1]}: {held}; in brackets once the "
        "company's year is known."
    )
