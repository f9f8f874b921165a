"""``planner demo``: the shipped sample, solved and shown in the browser."""

from __future__ import annotations

import errno
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.exits import errors_in_words
from api.cli.screen import say
from api.cli.serve import Port, Workspace, listen, run, settings_from
from api.cli.solve import plan_to_files

if TYPE_CHECKING:
    from api.settings import Settings

SAMPLE = "iowa"


def demo(
    workspace: Workspace = None,
    port: Port = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    iterations: options.Iterations = None,
) -> None:
    """Plan the shipped sample and open it in the browser.

    The sample has 30 territories in Iowa; the page is served from this machine only.

    The plan and its files are kept in the workspace. Takes any free port where the usual one is taken.

    \b
    Examples:
      planner demo
      planner demo --no-browser --port 8080

    """
    settings = settings_from(workspace=workspace, port=port)
    if port is None:
        settings = settings.model_copy(update={"port": free_port(settings.host, settings.port)})
    page = plan_sample(settings, iterations)

    def when_ready(url: str) -> None:
        address = url.rstrip("/") + page
        say(f"The plan is at {address} (Ctrl-C ends it)")
        if not no_browser:
            webbrowser.open(address)

    run(settings, when_ready)


def plan_sample(settings: Settings, iterations: int | None) -> str:
    """Plan the sample, put the plan into the workspace and return the path of its page."""
    sample = settings.samples / SAMPLE
    say(f"Planning the sample {sample.name} …")
    with errors_in_words(as_json=False), tempfile.TemporaryDirectory(prefix="planner-") as folder:
        from api.opening import open_for_service
        from data.store.adopting import adopt_output
        from planner.roles import LOCAL

        out = Path(folder) / "out"
        plan_to_files(sample, out, {}, iterations=iterations, temporary=True)
        store = open_for_service(settings)
        plan = adopt_output(store, "Iowa demo", SAMPLE, out, LOCAL.id)
        store.close()
        return f"/plans/{plan.id}"
    raise AssertionError("unreachable: errors_in_words raises")


def free_port(host: str, wanted: int) -> int:
    """Return `wanted` where it is free on `host`, else 0, which lets the system pick one."""
    try:
        listen(host, wanted).close()
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        return 0
    return wanted
