"""``planner token add|list|revoke``: tokens with which programs ask the service, straight on the store."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from api.cli import options
from api.cli.accounts import at_accounts, by_hand, person_of
from api.cli.at_store import DatabaseUrl, Workspace
from api.cli.screen import print_json, results, say
from planner.roles import LOCAL, Permission

token = typer.Typer(name="token", help="Tokens with which programs ask the service.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Login of the person whose token it is.", metavar="LOGIN")]


@token.command()
def add(
    login: Login,
    name: Annotated[str, typer.Argument(help="What it is for.", metavar="NAME")],
    permissions: Annotated[
        list[Permission] | None,
        typer.Option("--permission", "-p", help="What it may; again for more. All of its person's without."),
    ] = None,
    regions: Annotated[
        list[str] | None,
        typer.Option(
            "--region", help="Region it sees; again for more. All of its person's without.", metavar="NAME"
        ),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it lives.")] = 90,
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a token and print it, this once: programs send it as Authorization: Bearer TOKEN.

    \b
    Examples:
      planner token add ann@example.org "nightly export" --permission read --days 30
    """
    with at_accounts(workspace, database_url) as (store, settings):
        from api.identity import accounts

        owner = person_of(store, login)
        added, secret = accounts.add_token(
            store.database,
            settings,
            by_hand(),
            person_id=owner.id,
            name=name,
            permissions=permissions or None,
            regions=regions or None,
            days=days,
        )
    say(f"Made {added.id}, until {added.expires_at:%Y-%m-%d}. It is printed this once:")
    typer.echo(secret)


@token.command(name="list")
def list_(
    login: Annotated[
        str | None, typer.Argument(help="Login of the person whose tokens to list.", metavar="LOGIN")
    ] = None,
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
    as_json: options.AsJson = False,
) -> None:
    """List tokens, the last one first; what they are is kept nowhere."""
    with at_accounts(workspace, database_url, as_json=as_json) as (store, _):
        from data.store import access
        from data.store.database import now

        owner = person_of(store, login).id if login is not None else None
        with store.database.reading() as connection:
            found = access.all_tokens(connection, owner)
    if as_json:
        rows = [
            {
                "id": row.id,
                **row.told(),
                "used": None if row.used_at is None else row.used_at.isoformat(),
                "revoked": None if row.revoked_at is None else row.revoked_at.isoformat(),
            }
            for row in found
        ]
        print_json({"ok": True, "tokens": rows})
        return
    console = results()
    for row in found:
        state = f"until {row.expires_at:%Y-%m-%d}" if row.valid(now()) else "no longer valid"
        may = "all" if row.permissions is None else ", ".join(sorted(row.permissions))
        console.print(f"{row.id}  {row.name}  {row.person_id}  {may}  {state}", markup=False)


@token.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="Id of the token, from planner token list.", metavar="ID")],
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Withdraw a token for good.

    \b
    Examples:
      planner token revoke nightly-export-91c07e4f2a
    """
    with at_accounts(workspace, database_url) as (store, _):
        from api.identity import accounts

        accounts.revoke_token(store.database, replace(LOCAL, id=by_hand()), token_id)
    say(f"{token_id} opens nothing any more.")
