"""``planner solve``: from a plan folder to an output folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words, plan_exit_code
from api.cli.interrupt import cancel_on_interrupt, in_background
from api.cli.progress import progress_bar
from api.cli.screen import print_json, print_problems, say

if TYPE_CHECKING:
    from data.assembled import Assembled
    from planner.plan import Plan
    from planner.scenarios import NamedChanges

EXAMPLES = """
\b
Examples:
  planner solve data/samples/iowa -o out
  planner solve FOLDER --territories 40 --balance potential=0.10 --balance accounts=0.15 \\
      --contiguous --target 120000000 --seed 7 --time-limit 60 -o out
  planner solve FOLDER --scenario west-grows -o out

Ctrl-C stops early and writes the best plan so far.

Exit codes: 0 every rule holds, 2 input that cannot be used, 3 the rules cannot all hold, 4 nothing that keeps
every rule was found in time, 5 the plan was written without its quotas, which contradict each other, 130 stopped
by Ctrl-C. With 3, 4 and 130 the best plan so far is written all the same, and the reasons are printed and kept in
run.json.
"""

ENDINGS = {
    ExitCode.CANNOT_HOLD: "The rules cannot all hold; the best possible plan",
    ExitCode.NOT_FOUND: "No plan that keeps every rule was found in time; the best so far",
    ExitCode.NO_QUOTAS: "Quotas, or what they cost, could not be set; the plan without them",
    ExitCode.CANCELLED: "Stopped early; the best plan so far",
}


def solve(
    folder: options.Folder,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="OUT", help="Output folder; an earlier output there is replaced."
        ),
    ],
    scenario: Annotated[
        Path | None,
        typer.Option(
            "--scenario",
            "-s",
            metavar="FILE",
            help="Scenario that changes what the folder asks for: a file, or a name in its folder `scenarios`.",
        ),
    ] = None,
    workers: options.Workers = None,
    cluster: options.Cluster = None,
    territories: options.NumberOfTerritories = None,
    balance: options.Balance = None,
    contiguous: options.Contiguous = None,
    target: options.Target = None,
    over_assignment: options.OverAssignment = None,
    seed: options.Seed = None,
    time_limit: options.TimeLimit = None,
    iterations: options.Iterations = None,
    basic_unit: options.BasicUnits = None,
    centre: options.CentreOption = None,
    compactness: options.CompactnessOption = None,
    disruption_km: options.DisruptionKm = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Make a plan: territories, quotas, map, workbook.

    Options override what plan.toml and the scenario say.
    """
    changes = options.scenario_changes(
        territories=territories,
        balance=balance,
        contiguous=contiguous,
        target=target,
        over_assignment=over_assignment,
        seed=seed,
        time_limit_s=time_limit,
        basic_unit=basic_unit,
        centre=centre,
        compactness=compactness,
        disruption_km=disruption_km,
    )
    with errors_in_words(as_json=as_json):
        asked = None
        if scenario is not None:
            from api.scenario_files import read_scenario_file

            asked = read_scenario_file(scenario, folder)
    plain = asked is None and workers is None and cluster is None
    making = None if plain else partial(_make_plan, scenario=asked, workers=workers, cluster=cluster)
    code = plan_to_files(
        folder, out, changes, iterations=iterations, quiet=quiet, as_json=as_json, making=making
    )
    raise typer.Exit(code)


solve.__doc__ = f"{cleandoc(solve.__doc__ or '')}\n{EXAMPLES}"


def _make_plan(
    *given: Any, scenario: NamedChanges | None, workers: int | None, cluster: str | None
) -> tuple[Assembled, Plan]:
    """Make a plan of a scenario, its regions solved side by side where workers are asked for."""
    from api.planning import make_plan

    if workers is None and cluster is None:
        return make_plan(*given, changes=scenario)
    from api.executing import executor_from
    from api.executing.regions import OnExecutor
    from solvers import solve as solve_problem

    executor = executor_from(workers, cluster)
    try:
        solving = partial(solve_problem, mapper=OnExecutor(executor))
        return make_plan(*given, changes=scenario, solving=solving)
    finally:
        executor.close()


def plan_to_files(
    folder: Path,
    out: Path,
    changes: dict[str, Any],
    *,
    iterations: int | None = None,
    quiet: bool = False,
    as_json: bool = False,
    temporary: bool = False,
    making: Callable[..., Any] | None = None,
) -> ExitCode:
    """Solve `folder` with progress, write the output to `out`, print the outcome and return the exit code.

    Where `out` is `temporary`, nobody is sent there. `making` stands in for `api.planning.make_plan`.
    """
    with errors_in_words(as_json=as_json), cancel_on_interrupt() as cancelled:
        with progress_bar(quiet=quiet or as_json) as observer:
            from api.planning import make_plan
            from data.export import check_out, write_plan
            from planner.stop import AnyOf, Cancelled, MaxIterations, Stop

            check_out(out, inputs=folder)
            rules: list[Stop] = [Cancelled(cancelled)]
            if iterations is not None:
                rules.append(MaxIterations(iterations))
            stop = AnyOf(tuple(rules))
            assembled, plan = in_background(lambda: (making or make_plan)(folder, changes, stop, observer))
            in_background(lambda: write_plan(out, assembled, plan))
        from api.cli.outcome import outcome, print_outcome

        code = plan_exit_code(plan)
        if as_json:
            print_json({"ok": code is ExitCode.OK, "out": str(out), **outcome(assembled, plan)})
        elif not quiet:
            print_outcome(assembled, plan, None if temporary else out)
        elif code is not ExitCode.OK:
            for reason in plan.result.report.reasons:
                say(f"Why: {reason}")
        if plan.quota_problems and not as_json:
            print_problems(plan.quota_problems)
        if code in ENDINGS:
            say(f"{ENDINGS[code]} was {'kept' if temporary else f'written to {out}'}.")
        return code
    raise AssertionError("unreachable: errors_in_words raises")
