"""``planner serve``: the service and its pages on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.exits import ExitCode
from api.cli.screen import say

if TYPE_CHECKING:
    from api.settings import Settings

Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="Folder for uploads and plans; made where it is missing."),
]
Host = Annotated[str | None, typer.Option("--host", help="Address of this machine to listen on.")]
Port = Annotated[
    int | None, typer.Option("--port", "-p", min=0, max=65535, help="Port to listen on; 0 picks a free one.")
]

_SECONDS_FOR_STREAMS = 3
"""How long open streams of events may keep the service from ending; their readers come back and go on."""


def serve(workspace: Workspace = None, host: Host = None, port: Port = None) -> None:
    """Run the service and its pages on this machine.

    Pages are at /, the API at /api, its documentation at /api/docs.
    Settings come from the environment (PLANNER_WORKSPACE, PLANNER_PORT, ...); options override them. Ctrl-C
    ends it.

    \b
    Examples:
      planner serve
      planner serve --workspace plans --port 8080

    """
    settings = settings_from(workspace=workspace, host=host, port=port)
    run(settings, lambda url: say(f"Listening on {url} (Ctrl-C ends it)"))


def settings_from(**given: object) -> Settings:
    """Return the settings of the service with the options that were given; exit where they contradict."""
    from pydantic import ValidationError

    from api.settings import Settings

    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**changes)
    except ValidationError as error:
        for fault in error.errors():
            name = "".join(f"{part}: " for part in fault["loc"])
            say(f"Error: {name}{fault['msg'].removeprefix('Value error, ')}")
        raise typer.Exit(ExitCode.BAD_INPUT) from None


def run(settings: Settings, when_ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `when_ready` gets the address once requests are answered."""
    import uvicorn

    from api.app import create_app
    from api.http import logs

    if settings.team:
        _need_an_administrator(settings)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        say(f"Error: cannot listen on {settings.host} port {settings.port}: {error.strerror}. Try --port 0.")
        raise typer.Exit(ExitCode.BAD_INPUT) from None

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                when_ready(url_of(listener))

    with listener:
        logs.configure(settings.log_format, level=settings.log_level)
        config = uvicorn.Config(
            create_app(settings),
            log_config=None,
            access_log=False,
            lifespan="on",
            proxy_headers=False,  # our own setting says who is believed; the server's believes this whole machine
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_FOR_STREAMS,
        )
        with suppress(KeyboardInterrupt):  # the way to end it
            Server(config).run(sockets=[listener])


def _need_an_administrator(settings: Settings) -> None:
    """Refuse to run a service for a team that nobody could sign in to and look after."""
    from data.store import people
    from data.store.opening import open_store

    store = open_store(settings.workspace, settings.database_url)
    try:
        with store.database.reading() as connection:
            found = people.active_admins(connection)
    finally:
        store.close()
    if not found:
        say(
            "Error: people have to sign in (PLANNER_MODE=team), and there is no administrator yet. "
            "Add one: planner people add LOGIN --role admin"
        )
        raise typer.Exit(ExitCode.BAD_INPUT)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host` and `port`, any free port where `port` is 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the address that a browser would use for `listener`."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
