"""``planner quota``: the quotas of a finished plan set again, without solving."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import options
from api.cli.amounts import MethodWeight, NamedAmount, amount, fraction, method_weight, named_amount
from api.cli.exits import errors_in_words
from api.cli.screen import money, percent, print_json, results, say, table

if TYPE_CHECKING:
    from rich.console import Console

    from api.requoting import Requoted

MOST = {"over_assignment": 1, "max_decrease": 1, "max_increase": 100}
"""Largest fractions, as in plan.toml: larger ones are percents without their sign."""
SHOWN_CHANGES = 10
"""Changed quotas printed; ``--json`` has all."""


def quota(
    out: Annotated[Path, typer.Argument(help="Output folder of a solve.", metavar="OUT")],
    new: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="NEW",
            help="Output folder to write, OUT itself to replace it; without one nothing is written.",
        ),
    ] = None,
    target: options.Target = None,
    over_assignment: options.OverAssignment = None,
    method: Annotated[
        list[MethodWeight] | None,
        typer.Option(
            "--method",
            "-m",
            parser=options.parser(method_weight),
            metavar="NAME[=WEIGHT]",
            help="What quotas rest on: the name of a method, or several with weights; `auto` for the one that a "
            "back-test picks.",
        ),
    ] = None,
    override: Annotated[
        list[NamedAmount] | None,
        typer.Option(
            "--override",
            parser=options.parser(named_amount),
            metavar="ID=AMOUNT",
            help="Decide the quota of a territory, seat or node; unlocked siblings take the difference. Repeat for "
            "several.",
        ),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why these amounts were decided.")] = "",
    author: Annotated[str, typer.Option("--author", help="Who decided them.")] = "",
    forget: Annotated[
        bool, typer.Option("--forget-overrides", help="Drop amounts decided by earlier runs of this command.")
    ] = False,
    rounding: Annotated[
        Decimal | None,
        typer.Option(
            "--rounding",
            parser=options.parser(amount),
            metavar="AMOUNT",
            help="Quotas are multiples of this amount where the target allows.",
        ),
    ] = None,
    max_increase: Annotated[
        float | None,
        typer.Option(
            "--max-increase",
            parser=options.parser(fraction),
            metavar="FRACTION",
            help="Largest increase against own history.",
        ),
    ] = None,
    max_decrease: Annotated[
        float | None,
        typer.Option(
            "--max-decrease",
            parser=options.parser(fraction),
            metavar="FRACTION",
            help="Largest decrease against own history.",
        ),
    ] = None,
    equal_difficulty: Annotated[
        bool | None,
        typer.Option(
            "--equal-difficulty/--no-equal-difficulty",
            help="Whether every seat gets the same chance to attain.",
        ),
    ] = None,
    inputs: options.MovedInputs = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """Set the quotas of a finished plan again; territories stay as they are.

    Settings are those of the plan (of plan.toml, where that has changed since); options override them. Without -o it is
    a what-if: the outcome is printed and nothing is written.

    \b
    Examples:
      planner quota out --target 480000000 --over-assignment 5%
      planner quota out --override IA-07=15000000 --reason "Key account lost" --author "R. Hall" -o out
      planner quota out --method last_year_plus=0.7 --method potential_share=0.3 -o blended

    Exit codes: 0 set, 2 the folder is no output of a solve, its inputs are gone, or quotas cannot be set like this.
    """
    changes = quota_changes(
        target=target,
        over_assignment=over_assignment,
        methods=method,
        rounding=rounding,
        max_increase=max_increase,
        max_decrease=max_decrease,
        equal_difficulty=equal_difficulty,
    )
    with errors_in_words(as_json=as_json):
        from api.requoting import requote
        from data.assemble.hand_set import HandSet
        from data.export import write_plan

        hand_set = [
            HandSet(each.name, f"{each.amount:f}", reason=reason, author=author) for each in override or ()
        ]
        found = requote(out, inputs, changes, hand_set, keep_hand_set=not forget)
        if new is not None and found.plan.quotas is not None:
            write_plan(new, found.assembled, found.plan)
        if as_json:
            from api.requoting import requoted_record

            print_json({"ok": True, "out": None if new is None else str(new), **requoted_record(found)})
            return
        for change in found.changed:
            say(f"Since the plan was made, {change}: quotas are set from the inputs as they are now.")
        if not quiet:
            _print(results(), found, new)


def quota_changes(*, methods: list[MethodWeight] | None, **given: Any) -> dict[str, Any]:
    """Return the changes to quota settings that options stand for; what was not given is absent.

    Raises
    ------
    typer.BadParameter
        Where a method is unknown, named twice, or beside ``auto``; or a fraction too large.
    """
    changes = {name: value for name, value in given.items() if value is not None}
    for name, most in MOST.items():
        if changes.get(name, 0) > most:
            option = f"--{name.replace('_', '-')}"
            raise typer.BadParameter(
                f"{option} is at most {most}; write {changes[name]:g} percent as a fraction"
            )
    if methods:
        from data.schema import nearest
        from planner.quota.methods import METHODS

        names = [each.name for each in methods]
        known = ["auto", *METHODS]
        for name in names:
            if name not in known:
                near = nearest(name, known)
                hint = f"; the nearest is {near}" if near else ""
                raise typer.BadParameter(f"there is no method {name!r}{hint}. There are {', '.join(known)}")
        if len(set(names)) < len(names) or ("auto" in names and len(names) > 1):
            raise typer.BadParameter("--method names each method once, and auto alone")
        weights = {each.name: each.weight for each in methods}
        changes |= {"methods": {} if names == ["auto"] else weights, "history_weight": None}
    return changes


def _print(console: Console, found: Requoted, new: Path | None) -> None:
    """Print method, bridge, tie-out, flags, and the largest changes."""
    from api.requoting import changes_of, flags_of

    quotas = found.plan.quotas
    if quotas is None:
        console.print("No quotas: no target is set. State one with --target or in targets.csv.", markup=False)
        return
    currency = quotas.currency
    if quotas.method:
        console.print(f"Method: {quotas.method}.", markup=False)
    for note in quotas.method_notes:
        console.print(f"  {note}", markup=False)
    rows = [
        (
            step.name,
            "" if step.over_assignment is None else percent(step.over_assignment),
            money(step.added_cents, currency),
            money(step.carried_cents, currency),
        )
        for step in quotas.bridge
    ]
    console.print(table("From company target to street quota", ("", "share", "adds", "carried"), rows))
    ties = "all hold to the cent" if quotas.ties_out else "NOT ALL HOLD"
    console.print(f"Tie-out: {len(quotas.equations)} sums checked, {ties}.", markup=False)
    for flag in flags_of(found):
        console.print(f"{flag.verdict.value}: {flag.text} {flag.todo}".rstrip(), markup=False)
    changes = changes_of(found)
    if changes:
        shown = [
            (name, money(before, currency), money(after, currency), money(after - before, currency))
            for name, before, after in changes[:SHOWN_CHANGES]
        ]
        title = f"{len(changes)} quotas change; the largest changes"
        console.print(table(title, ("territory", "before", "now", "difference"), shown))
    elif found.before_cents:
        console.print("No quota of a territory changes.", markup=False)
    where = "Nothing was written: name a folder with -o." if new is None else f"Written to {new}."
    console.print(where, markup=False)
