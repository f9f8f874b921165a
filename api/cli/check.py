"""``planner check``: what is wrong with a plan folder, before anything is solved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, print_problems, results

if TYPE_CHECKING:
    from data.assembled import Assembled


def check(
    folder: options.Folder,
    territories: options.NumberOfTerritories = None,
    balance: options.Balance = None,
    contiguous: options.Contiguous = None,
    basic_unit: options.BasicUnits = None,
    as_json: options.AsJson = False,
) -> None:
    """List all that is wrong with a plan folder.

    Every problem comes with file, row, column, value, reason and remedy.
    Nothing is solved or written. Options stand for what `planner solve` would be given.

    \b
    Examples:
      planner check data/samples/iowa
      planner check FOLDER --territories 40 --balance potential=0.10 --json

    Exit codes: 0 it can be planned (warnings may be listed), 1 it has errors, 2 there is no such folder.
    """
    changes = options.scenario_changes(
        territories=territories, balance=balance, contiguous=contiguous, basic_unit=basic_unit
    )
    with errors_in_words(as_json=as_json, on_invalid_input=ExitCode.FAULTS):
        from data.assemble import assemble
        from data.read import read_folder

        if not folder.is_dir():
            raise NotADirectoryError(20, "there is no such folder", str(folder))
        read = read_folder(folder)
        assembled = assemble(read, read.scenario.overridden(changes))
        summary = _summary(assembled)
        if as_json:
            problems = [problem.as_dict() for problem in assembled.problems]
            print_json({"ok": True, **summary, "problems": problems})
            return
        if assembled.problems:
            print_problems(assembled.problems)
        results().print(_in_words(summary), markup=False)
    raise typer.Exit(ExitCode.OK)


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
