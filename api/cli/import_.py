"""``planner import``: tables of a plan folder straight from a database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.exits import errors_in_words
from api.cli.screen import print_json, print_problems, results

LARGEST_QUERY = 1_000_000
"""Bytes of a file with a query."""


class TableForm(StrEnum):
    """How tables are kept."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True)
class Query:
    """One query and the table that it fills."""

    table: str
    statement: str


def query(text: str) -> Query:
    """Return the query in ``accounts=SELECT …``; ``accounts=@accounts.sql`` names a file with it.

    Raises
    ------
    ValueError
        Where it is none, or the file cannot be read.
    """
    table, equals, statement = text.partition("=")
    if not equals or not table.strip() or not statement.strip():
        raise ValueError(
            f'{text[:60]!r} is no query of a table: write accounts="SELECT …", or accounts=@file.sql'
        )
    if statement.startswith("@"):
        path = Path(statement[1:])
        try:
            if path.stat().st_size > LARGEST_QUERY:
                raise ValueError(f"{path} is larger than a query can be")
            statement = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as fault:
            raise ValueError(f"the query file {path} cannot be read") from fault
    return Query(table.strip(), statement)


def import_(
    url: Annotated[
        str,
        typer.Argument(
            help="Database as an SQLAlchemy URL, such as postgresql://ann@db.example.com/sales or sqlite:///crm.db.",
            metavar="URL",
        ),
    ],
    queries: Annotated[
        list[Query],
        typer.Option(
            "--query",
            "-q",
            parser=options.parser(query),
            metavar="TABLE=SELECT",
            help="One SELECT for a table of the plan folder, or TABLE=@FILE. Repeat for several.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FOLDER", help="Plan folder to write; other files there stay."),
    ],
    password_env: Annotated[
        str | None,
        typer.Option(
            "--password-env",
            metavar="NAME",
            help="Environment variable that holds the password, so that it is not on the command line.",
        ),
    ] = None,
    form: Annotated[
        TableForm, typer.Option("--as", help="Parquet keeps numbers exact; CSV is for people.")
    ] = TableForm.PARQUET,
    max_rows: Annotated[int, typer.Option("--max-rows", min=1, help="Most rows of one table.")] = 5_000_000,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, metavar="SECONDS", help="Longest time for all queries.")
    ] = 600.0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace tables that the folder holds already.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Fill a plan folder from a database.

    Each query is one SELECT (or WITH … SELECT); all run in one transaction that cannot write. What comes is checked
    like any other plan folder, and nothing is written unless all of it can be used. No message shows the password.

    \b
    Examples:
      planner import sqlite:///crm.db -q accounts="SELECT id AS account_id, lat, lon, sales FROM customers" -o FOLDER
      planner import postgresql://ann@db/sales --password-env PGPASSWORD -q accounts=@accounts.sql -o FOLDER

    Exit codes: 0 imported (warnings may be listed), 2 something cannot be used: nothing was written.
    """
    names = [one.table for one in queries]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise typer.BadParameter(f"--query states {', '.join(twice)} more than once")
    password = None
    if password_env is not None:
        password = os.environ.get(password_env)
        if password is None:
            raise typer.BadParameter(f"there is no environment variable {password_env}")
    with errors_in_words(as_json=as_json):
        from data.exchange.database import ImportLimits, import_database

        done = import_database(
            url,
            {one.table: one.statement for one in queries},
            out,
            password=password,
            form=form.value,
            limits=ImportLimits(rows=max_rows, seconds=timeout),
            overwrite=overwrite,
        )
    if as_json:
        problems = [problem.as_dict() for problem in done.problems]
        files = {name: path.name for name, path in done.files.items()}
        print_json({"ok": True, "out": str(out), "rows": done.rows, "files": files, "problems": problems})
        return
    if done.problems:
        print_problems(done.problems)
    for name, count in done.rows.items():
        results().print(f"{name}: {count:,} rows", markup=False)
    results().print(f"Written to {out}.", markup=False)
