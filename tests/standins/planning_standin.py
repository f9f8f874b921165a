"""Stand-ins for planning that a job can run in its own process: quick and predictable, or bad in a known way."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import InvalidInput, PlannerError, Problem
from planner.solving import Observer, Progress, SolveReport, SolveResult, Status
from planner.stop import Stop, Termination

if TYPE_CHECKING:
    from data.assembled import Assembled
    from planner.plan import Plan
    from planner.scenarios import NamedChanges


def made(folder: Path, termination: Termination = Termination.TIME_LIMIT) -> tuple[Assembled, Plan]:
    """Make a plan: every unit goes to the nearest home; without homes, in stripes."""
    # Heavy imports stay inside: stand-ins that only fail then start in no time.
    import numpy as np

    from data.assemble import assemble
    from data.read import read_folder
    from planner.alignment import Alignment
    from planner.plan import Plan, Provenance
    from planner.quota import QuotaInputs, set_quotas
    from planner.scorecard import current_scorecard, scorecard

    assembled = assemble(read_folder(folder))
    problem, accounts = assembled.problem, assembled.accounts
    if problem.territories.have_home.all():
        offset = problem.units.xy_m[:, None] - problem.territories.home_xy_m
        territory = (offset**2).sum(axis=2).argmin(axis=1).astype(np.int32)
    else:
        east_to_west = np.argsort(np.argsort(problem.units.xy_m[:, 0], kind="stable"))
        territory = (east_to_west * problem.n_territories // problem.n_units).astype(np.int32)
    after = scorecard(problem, territory, accounts)
    report = SolveReport(
        "nearest home",
        after.objective,
        0.9 * after.objective,
        "a stand-in bound",
        1.5,
        3,
        ("Took the nearest home.",),
    )
    result = SolveResult(Alignment(territory), Status.FEASIBLE, termination, report)
    quotas = set_quotas(
        assembled.scenario.quota,
        QuotaInputs(
            territory if accounts is None else accounts.territory(territory),
            problem.n_territories,
            territory_id=tuple(map(str, problem.territories.territory_id)),
            history=assembled.history,
            potential=after.loads[:, 0],
        ),
    )
    provenance = Provenance(
        assembled.folder.fingerprints, {"territory-planner": "0"}, {}, "2026-01-01T00:00:00+00:00"
    )
    return assembled, Plan(result, current_scorecard(problem, accounts), after, quotas, provenance)


def quick(
    folder: Path, output: Path, _overrides: Mapping[str, object], _stop: Stop, observer: Observer
) -> None:
    """Make a plan at once, with a sign of life."""
    from api.results.view import VIEW, make_view
    from data.export import write_plan

    observer(Progress("standing in", 0.5, 2.0, 1.0, 0.0, 1))
    assembled, plan = made(folder)
    write_plan(output, assembled, plan)
    make_view(assembled, output, output.with_name(VIEW))


def one_round(
    folder: Path,
    output: Path,
    overrides: Mapping[str, object],
    _stop: Stop,
    observer: Observer,
    *,
    changes: NamedChanges | None = None,
) -> None:
    """Plan in earnest, for one round."""
    from api.jobs.plan_job import solve_and_write
    from planner.stop import MaxIterations

    solve_and_write(folder, output, overrides, MaxIterations(1), observer, changes=changes)


def patient(
    folder: Path, output: Path, _overrides: Mapping[str, object], stop: Stop, observer: Observer
) -> None:
    """Work until asked to stop, then hand over the best so far."""
    from data.export import write_plan

    nap, rounds = threading.Event(), 0
    while (reason := stop.reason(rounds)) is None:
        observer(Progress("looking for better", None, 2.0, 1.0, 0.0, rounds))
        nap.wait(0.02)
        rounds += 1
    write_plan(output, *made(folder, reason))


def refusing(*_: object) -> None:
    """Find fault with the folder."""
    fault = Problem("Latitude 91 is outside −90 to 90.", "Correct it.", "accounts.csv", 3, "latitude", "91")
    raise InvalidInput([fault])


def impossible(*_: object) -> None:
    """Say why there can be no plan."""
    raise PlannerError("Account A7 alone is 2.3 times a territory.")


def broken(*_: object) -> None:
    """Run into a mistake of the program."""
    raise ZeroDivisionError("nought")


def dying(*_: object) -> None:
    """End the process without a word."""
    os._exit(3)


def stubborn(
    _folder: Path, _output: Path, _overrides: Mapping[str, object], _stop: Stop, observer: Observer
) -> None:
    """Never come back."""
    observer(Progress("not listening"))
    threading.Event().wait()
