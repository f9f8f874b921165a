"""``planner sweep``: many scenarios and parameters side by side, on as many workers as there are."""

from __future__ import annotations

from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words
from api.cli.interrupt import cancel_on_interrupt, in_background
from api.cli.progress import progress_bar
from api.cli.screen import number, percent, print_json, results, say, table

if TYPE_CHECKING:
    from data.export.sweep import CaseRecord

EXAMPLES = """
\b
Examples:
  planner sweep data/samples/iowa --grid band.sales=0.05,0.10 --grid disruption_km=5,15 -o sweep
  planner sweep FOLDER --scenario a.toml --scenario b.toml --with-base --workers 4 -o sweep
  planner sweep FOLDER --grid territories=28,30,32 --cluster tcp://10.0.0.5:8786 -o sweep

Run the same line again to go on with a sweep that was stopped: what is done is not solved again. Ctrl-C keeps what
is done. docs/sweeps.md says what a grid may hold and how a cluster is started.

Exit codes: 0 every case is done, 1 some case has no plan, 2 input that cannot be used, 130 stopped by Ctrl-C.
"""


def sweep(
    folder: options.Folder,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder of the sweep; one that was stopped is gone on with."
        ),
    ],
    grid: Annotated[
        list[str] | None,
        typer.Option(
            "--grid",
            "-g",
            metavar="NAME=VALUE,VALUE",
            help="Values of one parameter, each tried with every value of the others. Repeat for several.",
        ),
    ] = None,
    scenario: Annotated[
        list[Path] | None,
        typer.Option(
            "--scenario",
            "-s",
            metavar="FILE",
            help="Scenario to try at every point of the grid: a file, or a name in the folder `scenarios`. Repeat.",
        ),
    ] = None,
    with_base: Annotated[
        bool, typer.Option("--with-base", help="Try the folder as it is, too, beside the scenarios.")
    ] = False,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    seed: options.Seed = None,
    time_limit: options.TimeLimit = None,
    iterations: options.Iterations = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Solve scenarios and grids of parameters side by side.

    Every case is written whole, in a folder of its own, with sweep.csv, sweep.json and a chart, sweep.html, beside
    them. Options hold for every case.
    """
    changes = options.scenario_changes(seed=seed, time_limit_s=time_limit)
    with errors_in_words(as_json=as_json), cancel_on_interrupt() as cancelled:
        with progress_bar(quiet=quiet or as_json) as observer:
            from api.executing import executor_from
            from api.scenario_files import read_scenario_file
            from api.sweeping import run_sweep
            from planner.scenarios import axis_of

            try:
                axes = [axis_of(text) for text in grid or ()]
            except ValueError as fault:
                raise typer.BadParameter(str(fault)) from None
            scenarios = [read_scenario_file(path, folder) for path in scenario or ()]
            executor = executor_from(workers, cluster)
            try:
                index = in_background(
                    lambda: run_sweep(
                        folder,
                        out,
                        axes,
                        scenarios,
                        executor,
                        with_base=with_base,
                        overrides=changes,
                        iterations=iterations,
                        cancelled=cancelled,
                        observer=observer,
                        announce=None if quiet else _say_ended,
                    )
                )
            finally:
                executor.close()
        states = [case["state"] for case in index["cases"]]
        code = ExitCode.FAULTS if "failed" in states else ExitCode.OK
        if cancelled():
            code = ExitCode.CANCELLED
        if as_json:
            print_json({"ok": code is ExitCode.OK, "out": str(out), **index})
        elif not quiet:
            _print(index, out)
    raise typer.Exit(code)


sweep.__doc__ = f"{cleandoc(sweep.__doc__ or '')}\n{EXAMPLES}"


def _say_ended(record: CaseRecord, done: int, total: int) -> None:
    """Tell of a case as soon as it has ended."""
    why = f": {record.reason}" if record.reason else ""
    say(f"{done} of {total}: {record.name} {record.state}{why}")


def _print(index: dict[str, Any], out: Path) -> None:
    columns = ("case", "state", "rules", "deviation", "distance, km", "changes hands", "gap")
    rows = [_row(case, index) for case in index["cases"]]
    console = results()
    console.print(table(f"Sweep of {index['name']}", columns, rows))
    console.print(f"Written to {out}: open {out / 'sweep.html'}", markup=False)


def _row(case: dict[str, Any], index: dict[str, Any]) -> tuple[str, ...]:
    told = case["measures"]
    if not told:
        return (case["name"], case["state"], "", "", "", "", "")
    worst = [told.get(f"{name}: worst deviation") for name in index["balanced"]]
    known = [value for value in worst if value is not None]
    moved = told.get(f"{index['balanced'][0]}: moved share") if index["balanced"] else None
    return (
        case["name"],
        case["state"],
        "hold" if told["feasible"] else "broken",
        percent(max(known)) if known else "–",
        "–" if told["mean distance km"] is None else number(told["mean distance km"]),
        "–" if moved is None else percent(moved),
        "–" if told["gap"] is None else percent(told["gap"]),
    )
