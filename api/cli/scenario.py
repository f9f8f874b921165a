"""``planner scenario``: scenarios as files: written, shown in words, checked against a plan folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, print_problems, results, say
from planner.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from planner.scenarios import NamedChanges

scenario = typer.Typer(
    name="scenario",
    help="Scenarios: named changes on a plan folder, as files that people can read.\n\nA scenario is asked for with "
    "`planner solve FOLDER --scenario FILE` and `planner sweep`. docs/sweeps.md lists every change there is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[
    Path,
    typer.Argument(
        help="Scenario file, or the name of one in the folder `scenarios` of the plan.", metavar="FILE"
    ),
]
OfPlan = Annotated[
    Path | None,
    typer.Option("--plan", "-p", metavar="FOLDER", help="Plan folder that it changes."),
]


@scenario.command()
def show(file: File, plan: OfPlan = None, as_json: options.AsJson = False) -> None:
    """Tell in words what a scenario changes.

    Exit codes: 0 told, 2 the file cannot be used.
    """
    with errors_in_words(as_json=as_json):
        from api.scenario_files import read_scenario_file
        from planner.scenarios import describe

        found = read_scenario_file(file, plan)
        if as_json:
            print_json({"ok": True, **found.as_json(), "in_words": list(describe(found))})
            return
        console = results()
        console.print(found.name, style="bold", markup=False)
        if found.note:
            console.print(found.note, markup=False)
        for sentence in describe(found) or ("Nothing is changed.",):
            console.print(f"- {sentence}", markup=False)


@scenario.command()
def check(file: File, plan: OfPlan = None, as_json: options.AsJson = False) -> None:
    """Check a scenario: conflicts between its changes and, with --plan, whether the plan folder has what it names.

    Exit codes: 0 nothing is wrong, 1 something is, 2 the file or the folder cannot be read.
    """
    with errors_in_words(as_json=as_json):
        from api.scenario_files import read_scenario_file

        found = read_scenario_file(file, plan)
        problems, warnings = _checked(found, plan)
    if as_json:
        told = [problem.as_dict() for problem in (*problems, *warnings)]
        print_json({"ok": not problems, "name": found.name, "problems": told})
    elif problems:
        print_problems((*problems, *warnings))
    else:
        for warning in warnings:
            results().print(warning.why, markup=False)
        say(f"{found.name}: nothing is wrong with its {len(found.changes)} change(s).")
    raise typer.Exit(ExitCode.FAULTS if problems else ExitCode.OK)


def _checked(found: NamedChanges, plan: Path | None) -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong with a scenario, and what the changes of its data come to."""
    from planner.scenarios import check as check_changes

    if plan is None:
        return list(check_changes(found.changes)), []
    from api.planning import read_asked
    from data.assemble import assemble
    from data.assemble.changes import SCENARIO
    from data.read import read_folder

    read_folder(plan)  # what is wrong with the folder itself is no fault of the scenario
    try:
        read, asked = read_asked(plan, found)
        assembled = assemble(read, asked.scenario)
    except InvalidInput as error:
        return [problem for problem in error.problems if problem.severity.value == "error"], []
    return [], [problem for problem in assembled.problems if problem.file == SCENARIO]


@scenario.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario.", metavar="NAME")],
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--change",
            "-c",
            metavar="KIND FIELD=VALUE …",
            help="A change, such as 'growth measure=potential by=5% region=West' or 'leave seats=S1,S2'. "
            "Repeat for several.",
        ),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="What it is for.")] = "",
    plan: OfPlan = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="File to write; else one in the folder `scenarios` of --plan."
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Write a scenario file.

    \b
    Examples:
      planner scenario new "West grows" -c "growth measure=sales by=5% region=western" --plan data/samples/iowa
      planner scenario new "Two fewer" -c "leave seats=S01,S02" -c "target by=-3%" -o two-fewer.toml

    Exit codes: 0 written, 2 a change cannot be used.
    """
    with errors_in_words(as_json=as_json):
        from api.scenario_files import FOLDER, file_name, write_scenario_file
        from planner.scenarios import check as check_changes
        from planner.scenarios import describe, named_from_json

        if out is None and plan is None:
            raise typer.BadParameter("say where to write it: --out FILE or --plan FOLDER")
        stated = [_stated(text) for text in change or ()]
        found = named_from_json({"name": name, "note": note, "changes": stated}, "--change")
        problems = check_changes(found.changes, file="--change")
        if problems:
            raise InvalidInput(problems)
        path = out if out is not None else Path(str(plan)) / FOLDER / file_name(name)
        write_scenario_file(path, found)
        if as_json:
            print_json({"ok": True, "file": str(path), **found.as_json()})
            return
        for sentence in describe(found):
            results().print(f"- {sentence}", markup=False)
        say(f"Written to {path}.")


def _stated(text: str) -> dict[str, Any]:
    """Return the plain values of a change written as ``KIND FIELD=VALUE …``; values with spaces stand in quotes.

    Raises
    ------
    typer.BadParameter
        Where it cannot be taken apart.
    """
    import shlex

    try:
        kind, *pairs = shlex.split(text)
    except ValueError as fault:
        raise typer.BadParameter(f"{text!r} is no change: {fault}") from None
    stated: dict[str, Any] = {"change": kind}
    inside: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise typer.BadParameter(f"{pair!r} is no FIELD=VALUE")
        holder, key = (inside, name.removeprefix("rule.")) if name.startswith("rule.") else (stated, name)
        holder[key] = _value(key, value)
    return {**stated, "rule": inside} if inside else stated


LISTS = ("accounts", "units", "seats")
TEXTS = (
    "seat_id",
    "account_id",
    "unit_id",
    "territory_id",
    "territory",
    "seat",
    "region",
    "name",
    "where",
    "amount",
)
"""Fields that are text, whatever they look like."""


def _value(name: str, text: str) -> Any:
    """Return what was written as the value of a field: a list of ids, text, a number, or yes and no."""
    if name in LISTS:
        return [each.strip() for each in text.split(",") if each.strip()]
    if name == "ramp":
        return [_value("", each.strip()) for each in text.split(",")]
    if name == "number" and ".." in text:
        low, _, high = text.partition("..")
        return {"min": _value("", low), "max": _value("", high)}
    if name in TEXTS:
        return text
    if text.lower() in ("true", "false", "yes", "no"):
        return text.lower() in ("true", "yes")
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
