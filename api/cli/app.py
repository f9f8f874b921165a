"""The commands put together."""

from __future__ import annotations

import typer

from api.cli.attainment import attainment
from api.cli.audit import audit
from api.cli.backtest import backtest
from api.cli.backup import backup
from api.cli.check import check
from api.cli.compare import compare
from api.cli.demo import demo
from api.cli.exits import ExitCode
from api.cli.explain import explain
from api.cli.export import export
from api.cli.import_ import import_
from api.cli.pay import pay
from api.cli.people import people
from api.cli.prices import prices
from api.cli.propose import propose
from api.cli.quota import quota
from api.cli.restore import restore
from api.cli.scenario import scenario
from api.cli.seats import seats
from api.cli.serve import serve
from api.cli.simulate import simulate
from api.cli.solve import solve
from api.cli.store import store
from api.cli.sweep import sweep
from api.cli.token import token
from api.cli.trail import trail
from api.cli.version import version

app = typer.Typer(
    name="planner",
    help="Balanced, contiguous sales territories and quotas that tie out to the cent.",
    epilog="Exit codes: " + " · ".join(f"{code.value} {code.meaning}" for code in ExitCode),
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: its tables cut long option names on a narrow terminal
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    demo,
    check,
    solve,
    quota,
    attainment,
    pay,
    seats,
    propose,
    sweep,
    compare,
    explain,
    export,
    prices,
    simulate,
    backtest,
    serve,
    backup,
    restore,
    audit,
    version,
):
    app.command()(command)
app.command("import")(import_)

app.add_typer(people)
app.add_typer(token)
app.add_typer(scenario)
app.add_typer(store)
app.add_typer(trail)
