"""What commands about people and tokens share: the store, who did it, refusals in words."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli.at_store import opened
from api.cli.exits import errors_in_words
from api.cli.serve import settings_from
from planner.errors import PlannerError

if TYPE_CHECKING:
    from api.settings import Settings
    from data.store.opening import Store
    from data.store.people import PersonRow


@contextmanager
def at_accounts(
    workspace: Path | None, database_url: str | None, *, as_json: bool = False, make: bool = False
) -> Iterator[tuple[Store, Settings]]:
    """Give the store and the settings; errors are told in words.

    Parameters
    ----------
    make
        Whether the store is made where there is none, as for the first person.
    """
    from api.errors import ApiError
    from data.store.opening import open_store

    settings = settings_from(workspace=workspace, database_url=database_url)
    with errors_in_words(as_json=as_json):
        try:
            if make:
                open_store(settings.workspace, settings.database_url).close()
            with opened(workspace, database_url) as store:
                yield store, settings
        except ApiError as error:
            raise PlannerError(error.detail) from error


def by_hand() -> str:
    """Return who works at the command line, for the audit trail."""
    try:
        return f"command line: {getpass.getuser()}"[:80]
    except (OSError, KeyError):  # a user without a name
        return "command line"


def person_of(store: Store, login: str) -> PersonRow:
    """Return who signs in with a login; `PlannerError` where nobody does."""
    from data.store import people

    tidy = people.tidy_login(login)
    with store.database.reading() as connection:
        found = people.by_login(connection, tidy) if tidy is not None else None
    if found is None:
        raise PlannerError(f"Nobody signs in with {login!r}. planner people list shows who does.")
    return found


def asked_password() -> str:
    """Return a password: typed twice without showing, or the first line of standard input where nobody types.

    Never an option: whoever lists the processes of the machine would read it.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
