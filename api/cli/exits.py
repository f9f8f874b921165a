"""How a command ends: exit codes, and errors told in words instead of tracebacks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import typer

from api.cli.screen import print_json, print_problems, say
from planner.errors import InvalidInput, PlannerError
from planner.stop import Termination

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.solving import SolveResult


class ExitCode(IntEnum):
    """What the exit code of a command means."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    OK = 0, "done"
    FAULTS = 1, "a check or audit found faults"
    BAD_INPUT = 2, "bad usage or input that cannot be used"
    CANNOT_HOLD = 3, "the rules cannot all hold; the best possible plan was written"
    NOT_FOUND = 4, "no plan that keeps every rule was found in time; the best so far was written"
    NO_QUOTAS = (
        5,
        "the plan was written without its quotas, or without what they cost, which contradict each other",
    )
    CANCELLED = 130, "stopped by Ctrl-C; the best so far was written, unless stopped twice"


def plan_exit_code(plan: Plan) -> ExitCode:
    """Return the exit code that tells how a plan came out: how solving went, and whether its quotas could be set."""
    code = exit_code(plan.result)
    return ExitCode.NO_QUOTAS if code is ExitCode.OK and plan.quota_problems else code


def exit_code(result: SolveResult) -> ExitCode:
    """Return the exit code that tells how solving went."""
    from planner.solving import Status

    if result.termination is Termination.CANCELLED:
        return ExitCode.CANCELLED
    return {Status.INFEASIBLE: ExitCode.CANNOT_HOLD, Status.UNKNOWN: ExitCode.NOT_FOUND}.get(
        result.status, ExitCode.OK
    )


@contextmanager
def errors_in_words(*, as_json: bool, on_invalid_input: ExitCode = ExitCode.BAD_INPUT) -> Iterator[None]:
    """Turn errors that a person can mend into messages and exit codes; let programming errors through."""
    try:
        yield
    except InvalidInput as error:
        if as_json:
            problems = [problem.as_dict() for problem in error.problems]
            print_json({"ok": False, "error": "invalid input", "problems": problems})
        else:
            print_problems(error.problems)
        raise typer.Exit(on_invalid_input) from None
    except (PlannerError, OSError) as error:
        if as_json:
            print_json({"ok": False, "error": _in_words(error), "problems": []})
        else:
            say(f"Error: {_in_words(error)}")
        raise typer.Exit(ExitCode.BAD_INPUT) from None
    except KeyboardInterrupt:
        if as_json:
            print_json({"ok": False, "error": "stopped before anything was written", "problems": []})
        say("Stopped. Nothing was written.")
        sys.stderr.flush()
        raise typer.Exit(ExitCode.CANCELLED) from None


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}"
    return str(error)
