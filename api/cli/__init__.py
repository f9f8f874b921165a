"""The command line ``planner``: one file a command, exit codes that scripts can rely on, JSON on request."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    from api.cli.app import app

    app(prog_name="planner")
