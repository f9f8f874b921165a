"""``planner people add|list|change|disable|password``: who may sign in, straight on the store."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli import options
from api.cli.accounts import asked_password, at_accounts, by_hand, person_of
from api.cli.at_store import DatabaseUrl, Workspace
from api.cli.screen import print_json, results, say
from planner.roles import Role

people = typer.Typer(
    name="people",
    help="People who may sign in, where the service runs for a team (PLANNER_MODE=team).",
    no_args_is_help=True,
)

Login = Annotated[
    str, typer.Argument(help="What the person signs in with, mostly an e-mail address.", metavar="LOGIN")
]
Name = Annotated[str | None, typer.Option("--name", help="Name for people; the login without one.")]
Roles = Annotated[
    list[Role] | None, typer.Option("--role", "-r", help="What the person is; again for each further role.")
]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region", help="Region of a manager or viewer; again for each further one.", metavar="NAME"
    ),
]
Why = Annotated[str, typer.Option("--why", help="Reason, for the audit trail.")]


@people.command()
def add(
    login: Login,
    roles: Roles = None,
    name: Name = None,
    regions: Regions = None,
    no_password: Annotated[
        bool,
        typer.Option("--no-password", help="The person signs in with the company's identity provider only."),
    ] = False,
    why: Why = "",
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Add somebody who may sign in; asks for the first password, or reads it from standard input.

    \b
    Examples:
      planner people add ann@example.org --role admin
      planner people add bob@example.org --role manager --region west --region north
      planner people add eve@example.org --role viewer --no-password
    """
    if not roles:
        raise typer.BadParameter(f"Say what the person is: --role {', '.join(Role)}.")
    password = None if no_password else asked_password()
    with at_accounts(workspace, database_url, make=True) as (store, settings):
        from api.identity import accounts

        added = accounts.add_person(
            store.database,
            settings,
            by_hand(),
            login=login,
            name=name or login,
            roles=roles,
            regions=regions or (),
            password=password,
            why=why,
        )
    say(f"Added {added.login} ({', '.join(sorted(added.roles))}) as {added.id}.")


@people.command(name="list")
def list_(
    workspace: Workspace = None, database_url: DatabaseUrl = None, as_json: options.AsJson = False
) -> None:
    """List everybody who may sign in, and who is shut out."""
    with at_accounts(workspace, database_url, as_json=as_json) as (store, _):
        from data.store import people as room

        with store.database.reading() as connection:
            found = room.all_people(connection)
    if as_json:
        rows = [{"id": row.id, **row.told(), "has_password": row.password_hash is not None} for row in found]
        print_json({"ok": True, "people": rows})
        return
    console = results()
    for row in found:
        regions = f" · {', '.join(sorted(row.regions))}" if row.regions else ""
        shut = "" if row.active else " · disabled"
        console.print(f"{row.login}  {row.name}  {', '.join(sorted(row.roles))}{regions}{shut}", markup=False)


@people.command()
def change(
    login: Login,
    roles: Roles = None,
    name: Name = None,
    regions: Regions = None,
    no_regions: Annotated[bool, typer.Option("--no-regions", help="Take all regions away.")] = False,
    new_login: Annotated[
        str | None, typer.Option("--login", help="What they sign in with from now on.", metavar="LOGIN")
    ] = None,
    why: Why = "",
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Change somebody: what is given replaces what was, the rest stays. Takes effect with their next request.

    \b
    Examples:
      planner people change bob@example.org --region west
      planner people change bob@example.org --role manager --role finance --why "stands in for Ann"
    """
    if no_regions and regions:
        raise typer.BadParameter("--region and --no-regions contradict each other.")
    wanted: dict[str, Any] = {
        "roles": roles or None,
        "name": name,
        "regions": [] if no_regions else regions or None,
        "login": new_login,
    }
    if all(value is None for value in wanted.values()):
        raise typer.BadParameter("Say what to change: --role, --name, --region, --no-regions or --login.")
    _change(login, workspace, database_url, why, **wanted)
    say(f"Changed {login}.")


@people.command()
def disable(
    login: Login,
    undo: Annotated[bool, typer.Option("--undo", help="Let the person in again.")] = False,
    why: Why = "",
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Shut somebody out: their sessions end, their tokens open nothing. Nobody is deleted: the audit trail names them.

    \b
    Examples:
      planner people disable bob@example.org --why "left the company"
      planner people disable bob@example.org --undo
    """
    _change(login, workspace, database_url, why, disabled=not undo)
    say(f"{login} may sign in again." if undo else f"{login} is shut out.")


@people.command()
def password(
    login: Login, why: Why = "", workspace: Workspace = None, database_url: DatabaseUrl = None
) -> None:
    """Set the password of somebody; asks for it, or reads it from standard input. Every session of theirs ends.

    \b
    Examples:
      planner people password bob@example.org
    """
    _change(login, workspace, database_url, why, password=asked_password())
    say(f"The password of {login} is set.")


def _change(whose: str, workspace: Any, database_url: str | None, why: str, **wanted: Any) -> None:
    with at_accounts(workspace, database_url) as (store, settings):
        from api.identity import accounts

        found = person_of(store, whose)
        accounts.change_person(store.database, settings, by_hand(), found.id, if_match="*", why=why, **wanted)
