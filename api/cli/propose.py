"""``planner propose``: several plans to choose from, on balance, travel and disruption."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words, exit_code
from api.cli.interrupt import cancel_on_interrupt, in_background
from api.cli.progress import progress_bar
from api.cli.screen import percent, print_json, print_problems, results, say, table

if TYPE_CHECKING:
    from planner.proposals import Proposal


def propose(
    folder: options.Folder,
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder of the proposals; an earlier one is replaced."
        ),
    ],
    most: Annotated[int, typer.Option("--most", min=2, max=12, help="How many proposals at most.")] = 7,
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
    """Make several plans to choose from, of which none is better than another in all respects.

    Each keeps every rule; they differ in balance, travel and how much changes hands. Every plan is written whole, in
    a folder of its own, with proposals.json and a chart, proposals.html, beside them.

    \b
    Examples:
      planner propose data/samples/iowa -o proposals
      planner propose FOLDER --balance potential=0.10 --time-limit 120 -o proposals

    Exit codes: 0 every rule holds in every plan, 2 input that cannot be used, 3 the rules cannot all hold, 4 nothing
    that keeps every rule was found in time, 5 a plan was written without its quotas, which contradict each other, 130
    stopped by Ctrl-C. With 3 and 4 the best plan is written all the same.
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
    with errors_in_words(as_json=as_json), cancel_on_interrupt() as cancelled:
        with progress_bar(quiet=quiet or as_json) as observer:
            from api.proposing import make_proposals
            from data.export.folder import check_out
            from data.export.proposals import is_proposals, proposals_index, write_proposals
            from planner.stop import AnyOf, Cancelled, MaxIterations, Stop

            check_out(out, inputs=folder, ours=is_proposals)
            rules: list[Stop] = [Cancelled(cancelled)]
            if iterations is not None:
                rules.append(MaxIterations(iterations))
            stop = AnyOf(tuple(rules))
            announce = None if quiet else _say_found
            made = in_background(lambda: make_proposals(folder, changes, stop, observer, announce, most))
            in_background(lambda: write_proposals(out, made.assembled, made.plans))
        feasible = all(one.plan.after.feasible for one in made.plans)
        unquoted = [one for one in made.plans if one.plan.quota_problems]
        done = ExitCode.NO_QUOTAS if unquoted else ExitCode.OK
        code = ExitCode.CANCELLED if cancelled() else done if feasible else exit_code(made.first)
        index = proposals_index(made.assembled, made.plans)
        if as_json:
            print_json({"ok": code is ExitCode.OK, "out": str(out), "found": made.found, **index})
        elif not quiet:
            _print(index, out)
        for one in unquoted:
            say(f"Without its quotas, or what they cost: {one.proposal.name}.")
            print_problems(one.plan.quota_problems)
        if not feasible:
            for reason in made.first.report.reasons:
                say(f"Why: {reason}")
    raise typer.Exit(code)


def _say_found(proposal: Proposal) -> None:
    """Tell of a plan as soon as it is found."""
    where = proposal.axes
    say(
        f"Found ({proposal.how}): deviation {percent(where.balance)}, travel {where.travel:,.4g}, "
        f"{percent(where.disruption)} changes hands"
    )


def _print(index: dict[str, Any], out: Path) -> None:
    told, now = index["axes"], index["current"]
    title = "Plans to choose from; none is better than another in all respects"
    columns = (
        "",
        "deviation",
        f"{told['travel']['name']}, {told['travel']['unit']}",
        "changes hands",
        "asked for",
    )
    rows = [(f"{row['number']} {row['name']}", *_cells(row), str(row["how"])) for row in index["proposals"]]
    if now is not None:
        rows.append(("today", *_cells(now), "in force"))
    console = results()
    console.print(table(title, columns, rows))
    console.print(f"Written to {out}: open {out / 'proposals.html'}", markup=False)


def _cells(row: dict[str, Any]) -> tuple[str, str, str]:
    return percent(row["balance"]), f"{row['travel']:,.4g}", percent(row["disruption"])
