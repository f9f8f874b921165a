"""``planner check``: what is wrong with a plan folder, and whether its rules can hold together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, print_problems, results

if TYPE_CHECKING:
    from api.schemas.folders import RulesOut
    from data.assembled import Assembled

TimeLimit = Annotated[
    float,
    typer.Option(
        "--time-limit",
        min=0.0,
        metavar="SECONDS",
        help="Seconds to find out whether the rules can hold together; 0 for not asking.",
    ),
]


def check(
    folder: options.Folder,
    territories: options.NumberOfTerritories = None,
    balance: options.Balance = None,
    contiguous: options.Contiguous = None,
    basic_unit: options.BasicUnits = None,
    time_limit: TimeLimit = 5.0,
    as_json: options.AsJson = False,
) -> None:
    """List all that is wrong with a plan folder, and say whether its rules can hold together.

    Every problem comes with file, row, column, value, reason and remedy.
    Where the rules cannot hold together, the fewest rules that contradict each other are named, and the cheapest
    changes after which a plan was found that keeps all the others.
    Quotas are set once on the alignment of today, to find what no other could mend.
    Nothing is written. Options stand for what `planner solve` would be given.

    \b
    Examples:
      planner check data/samples/iowa
      planner check FOLDER --territories 40 --balance potential=0.10 --json

    Exit codes: 0 it can be planned (warnings may be listed), 1 it has errors, 2 there is no such folder, 3 the rules
    cannot hold together. Where the time limit ends before either is known, that is told, and the code is 0.
    """
    changes = options.scenario_changes(
        territories=territories, balance=balance, contiguous=contiguous, basic_unit=basic_unit
    )
    with errors_in_words(as_json=as_json, on_invalid_input=ExitCode.FAULTS):
        from api.rehearsing import rehearse_quotas
        from data.assemble import assemble
        from data.read import read_folder

        if not folder.is_dir():
            raise NotADirectoryError(20, "there is no such folder", str(folder))
        read = read_folder(folder)
        assembled = assemble(read, read.scenario.overridden(changes))
        rehearse_quotas(assembled)
        summary = _summary(assembled)
        rules = _rules(assembled, time_limit)
        holds = rules is None or rules.hold is not False
        if as_json:
            problems = [problem.as_dict() for problem in assembled.problems]
            told = None if rules is None else rules.model_dump(mode="json")
            print_json({"ok": holds, **summary, "rules": told, "problems": problems})
        else:
            if assembled.problems:
                print_problems(assembled.problems)
            results().print(_in_words(summary), markup=False)
            if rules is not None:
                results().print(_of_rules(rules), markup=False)
    raise typer.Exit(ExitCode.OK if holds else ExitCode.CANNOT_HOLD)


def _rules(assembled: Assembled, seconds: float) -> RulesOut | None:
    """Return whether the rules can hold together; None where no time is given to find out."""
    if seconds <= 0:
        return None
    from api.checking import rules_hold
    from planner.stop import MaxSeconds

    return rules_hold(assembled.problem, stop=MaxSeconds(seconds), seed=assembled.scenario.seed)


def _of_rules(rules: RulesOut) -> str:
    if rules.hold:
        return (
            f"The rules can hold together: a plan that keeps all of them was found in {rules.seconds:.1f} s."
        )
    if rules.hold is None:
        return (
            f"No contradiction between the rules was found in {rules.seconds:.1f} s, and no plan that keeps all of "
            f"them either."
        )
    said = [f"The rules cannot hold together. {rules.conflict}"]
    if rules.relaxations:
        said.append(
            "After any one of these changes a plan was found that keeps all other rules, the least first:"
        )
        said += [f"  {number}. {one.text}" for number, one in enumerate(rules.relaxations, 1)]
    else:
        said.append("No change that helps was verified in time; give more with --time-limit.")
    return "\n".join(said)


def _summary(assembled: Assembled) -> dict[str, Any]:
    """Return what the folder holds, as plain values."""
    problem, accounts = assembled.problem, assembled.accounts
    return {
        "accounts": 0 if accounts is None else len(accounts),
        "unplaced_accounts": 0 if accounts is None else int(accounts.unplaced.sum()),
        "basic_units": problem.n_units,
        "territories": problem.n_territories,
        "contiguous": problem.contiguous,
        "measures": [measure.name for measure in problem.measures],
        "balanced": [measure.name for measure in problem.measures if measure.limited],
        "history_periods": 0 if assembled.history is None else len(assembled.history.periods),
        "projection": assembled.projection.name,
    }


def _in_words(summary: Mapping[str, Any]) -> str:
    balanced = ", ".join(summary["balanced"]) or "none"
    return (
        f"This folder can be planned: {summary['accounts']:,} accounts "
        f"({summary['unplaced_accounts']:,} without a place) on {summary['basic_units']:,} basic units, "
        f"{summary['territories']:,} territories, "
        f"{'contiguous' if summary['contiguous'] else 'not required to hang together'}. "
        f"Measures balanced: {balanced}. History: {summary['history_periods']} periods."
    )
