"""``planner explain``: why an account is where it is, and what any other home would cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.exits import errors_in_words
from api.cli.screen import number, percent, print_json, results, say, table

if TYPE_CHECKING:
    from rich.console import Console

    from api.schemas.explanations import ExplanationOut, HomeOut

SHOWN_OBSTACLES = 2
"""Rules told in a row of the table; ``--json`` has all."""


def explain(
    out: Annotated[Path, typer.Argument(help="Output folder of a solve.", metavar="OUT")],
    account: Annotated[
        str | None, typer.Option("--account", "-a", metavar="ID", help="Account to explain, by its id.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", "-u", metavar="ID", help="Basic unit to explain, by its id.")
    ] = None,
    homes: Annotated[int, typer.Option("--homes", min=1, help="How many other homes to tell.")] = 5,
    inputs: options.MovedInputs = None,
    as_json: options.AsJson = False,
) -> None:
    """Tell why an account is where it is, what holds it there, and what its next best homes would cost.

    Every number is that of a full evaluation of the plan after the move, less the plan as it is.

    \b
    Examples:
      planner explain out --account 2633
      planner explain out --unit 19153 --homes 10 --json

    Exit codes: 0 explained, 2 the folder is no output of a solve, its inputs are gone, or there is no such id.
    """
    if (account is None) == (unit is None):
        raise typer.BadParameter("name one account with --account, or one basic unit with --unit")
    with errors_in_words(as_json=as_json):
        from api.explaining import open_plan

        plan = open_plan(out, inputs)
        told = plan.account(account, homes) if account is not None else plan.unit(str(unit), homes)
        if as_json:
            print_json({"ok": True, **told.model_dump()})
            return
        for change in told.inputs_changed:
            say(f"Since the plan was made, {change}: the numbers are of the inputs as they are now.")
        _print(results(), told)


def _print(console: Console, told: ExplanationOut) -> None:
    what = f"Account {told.account_id}" if told.account_id is not None else f"Basic unit {told.unit_id}"
    where = f"in territory {told.territory_id}" if told.territory_id else "nobody's"
    far = "" if told.distance_km is None else f", {told.distance_km:.1f} km from its home"
    console.print(f"{what} is {where}{far}: {told.reason}.", markup=False)
    company = told.accounts - 1
    if company > 0 and told.account_id is not None:
        console.print(f"{company} other account(s) of its basic unit(s) go where it goes.", markup=False)
    for pin in told.pins:
        closes = (
            "closes every other home"
            if pin.everywhere
            else f"closes {pin.closes} of {told.other_homes} homes"
        )
        console.print(f"Held: {pin.text} ({closes}).", markup=False)
    if told.homes:
        rows = [_row(home) for home in told.homes]
        title = f"Next best homes; cost in % of the plan's objective ({told.unit_of_objective})"
        measures = [f"{effect.name} here → there" for effect in told.homes[0].measures]
        columns = ("home", "cost", "km", *measures, "would break")
        console.print(table(title, columns, rows))


def _row(home: HomeOut) -> tuple[str, ...]:
    name = f"{home.territory_id} (today)" if home.is_current else home.territory_id
    share = home.objective_change_share
    cost = number(home.objective_change) if share is None else f"{100 * share:+.3f} %"
    broken = "; ".join(obstacle.text for obstacle in home.obstacles[:SHOWN_OBSTACLES])
    more = len(home.obstacles) - SHOWN_OBSTACLES
    balance = [
        f"{_deviation(effect.here.deviation_after)} / {_deviation(effect.there.deviation_after)}"
        for effect in home.measures
    ]
    km = "–" if home.distance_km is None else f"{home.distance_km:.1f}"
    return name, cost, km, *balance, (f"{broken}; and {more} more" if more > 0 else broken or "nothing")


def _deviation(value: float | None) -> str:
    return "–" if value is None else percent(value)
