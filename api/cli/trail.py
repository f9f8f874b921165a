"""``planner trail export|verify``: the audit trail as a file, and the proof that it is unbroken."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.at_store import DatabaseUrl, Workspace, opened
from api.cli.exits import ExitCode, errors_in_words
from api.cli.screen import print_json, say
from planner.trail import Proof, prove

trail = typer.Typer(name="trail", help="Export and prove the audit trail.", no_args_is_help=True)


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    if re.fullmatch(r"\d+:[0-9a-f]{64}", text) is None:
        raise typer.BadParameter(f"{text!r} is no entry: NUMBER:HASH, as planner trail export tells it.")
    number, _, digest = text.partition(":")
    return int(number), digest


Head = Annotated[
    str | None,
    typer.Option(
        "--head",
        help="Entry that must be part of it, as NUMBER:HASH; noticed then: entries that were cut off at the end.",
        metavar="NUMBER:HASH",
    ),
]


@trail.command()
def export(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; - or none prints.", metavar="FILE")
    ] = None,
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the audit trail as JSON lines: who, when, what, old, new, why.

    Tells number and hash of the last entry: keep them elsewhere, and nobody can cut the trail off unnoticed.

    \b
    Examples:
      planner trail export -o trail.jsonl
      planner trail export --workspace plans > trail.jsonl
    """
    with errors_in_words(as_json=False):
        from data.store import trail as room
        from data.store.trail_file import write_trail

        with opened(workspace, database_url) as store, store.database.snapshot() as connection:
            entries = room.entries(connection)
            if out is None or str(out) == "-":
                last = write_trail(entries, sys.stdout.buffer)
                sys.stdout.buffer.flush()
            else:
                with out.open("xb") as target:
                    last = write_trail(entries, target)
        say("The trail is empty." if last is None else f"The trail ends at {last.number}:{last.hash}")


@trail.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="What planner trail export wrote; the trail of the store without one.", metavar="FILE"
        ),
    ] = None,
    head: Head = None,
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
    as_json: options.AsJson = False,
) -> None:
    """Prove that no entry of the audit trail was changed, removed or put in between.

    \b
    Examples:
      planner trail verify
      planner trail verify trail.jsonl

    Exit codes: 0 unbroken, 1 broken (where and how is told), 2 cannot be read.
    """
    known = _head(head)
    with errors_in_words(as_json=as_json):
        proof = _proof_of_file(file, known) if file is not None else proof_of(workspace, database_url, known)
        if as_json:
            told = {"unbroken": proof.fault is None, "fault": proof.fault}
            print_json({**told, "number": proof.number, "hash": proof.hash})
        elif proof.fault is None:
            typer.echo(
                f"The audit trail is unbroken: {proof.number:,} entries, ends at {proof.number}:{proof.hash}"
            )
        else:
            typer.echo(f"The audit trail is BROKEN. {proof.fault}")
    raise typer.Exit(ExitCode.OK if proof.fault is None else ExitCode.FAULTS)


def proof_of(workspace: Path | None, database_url: str | None, head: tuple[int, str] | None = None) -> Proof:
    """Follow the audit trail of a store to its end."""
    from data.store import trail as room

    with opened(workspace, database_url) as store, store.database.snapshot() as connection:
        return prove(room.entries(connection), head)


def _proof_of_file(file: Path, head: tuple[int, str] | None) -> Proof:
    from data.store.trail_file import read_trail

    with file.open("rb") as source:
        return prove(read_trail(source), head)
