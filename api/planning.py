"""From a plan folder to a plan: the one place where reading, solving, measuring and quotas are wired together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from api.seating import with_best_seats
from api.sizing import sized
from data.assemble.changes import columns_asked
from data.assemble.known import known_of
from data.assemble.pay import compensation_of
from data.assemble.quota_inputs import quota_inputs
from data.assembled import Assembled
from data.folder import PlanFolder
from data.read import read_folder
from planner.demands import Span
from planner.errors import InvalidInput, Problem
from planner.plan import Plan, Provenance
from planner.quota import set_quotas
from planner.quota.quota_plan import QuotaPlan
from planner.scenario import Scenario
from planner.scenarios import Asked, NamedChanges, apply, describe
from planner.scorecard import current_scorecard, scorecard
from planner.solving import SILENT, Observer, Progress, SolveResult
from planner.stop import AnyOf, MaxIterations, MaxSeconds, Stop
from solvers import solve

PRODUCT = "territory-planner"
NO_QUOTAS, NO_COST = "No quotas were set: ", "What quotas cost in pay is not told: "
"""How notes begin that tell why a plan goes without them."""
SHAPING = ("numpy", "scipy", "numba", "ortools", "scikit-learn", "shapely", "geopandas", "pyproj", "pandas")
"""Libraries whose version can change a plan."""


def make_plan(
    folder: Path,
    overrides: Mapping[str, Any],
    stop: Stop,
    observer: Observer = SILENT,
    *,
    method: str = "auto",
    changes: NamedChanges | None = None,
    solving: Callable[..., SolveResult] = solve,
) -> tuple[Assembled, Plan]:
    """Read a plan folder, solve it, measure it and set its quotas.

    Parameters
    ----------
    folder
        Plan folder.
    overrides
        Changes to its scenario, as `Scenario.overridden` takes them; they win over those of `changes`.
    stop
        When to stop besides the scenario's time limit: cancel, or a number of iterations, which replaces the time
        limit so that the same run can be had again.
    observer
        Told of progress.
    method
        Name of a solver, where `changes` name none.
    changes
        A scenario on the base of the folder; the run record keeps it.
    solving
        Stands in for `solvers.solve`.

    Raises
    ------
    InvalidInput
        With every problem found.
    """
    observer(Progress("reading"))
    read, asked = read_asked(folder, changes, method)
    observer(Progress("assembling"))
    scenario, method = asked.scenario.overridden(overrides), asked.method
    if asked.iterations is not None and np.isinf(stop.iterations_left(0)):
        stop = AnyOf((stop, MaxIterations(asked.iterations)))
    began = time.monotonic()
    found = sized(read, scenario, stop, observer, method=method)
    if isinstance(scenario.territories, Span) and np.isinf(stop.iterations_left(0)):
        stop = AnyOf((stop, MaxSeconds(max(scenario.time_limit_s - (time.monotonic() - began), 1.0))))
    plan = plan_assembled(
        found.assembled, stop, observer, method=method, notes=found.notes, solving=solving, changes=changes
    )
    return found.assembled, plan


def read_asked(
    folder: Path, changes: NamedChanges | None = None, method: str = "auto"
) -> tuple[PlanFolder, Asked]:
    """Read a plan folder and return it with what is asked of it, once the changes of a scenario are made.

    Raises
    ------
    InvalidInput
        With every problem of the folder, or every change that cannot be made.
    """
    if changes is None:
        read = read_folder(folder)
        return read, Asked(read.scenario, method)
    alone = [change.applied(Asked(Scenario())).scenario for change in changes.changes]
    rules, growth = ([one for each in alone for one in getattr(each, what)] for what in ("rules", "growth"))
    read = read_folder(folder, spoken_of=columns_asked(rules, growth))
    name = f"{read.scenario.name}: {changes.name}"
    return read, apply(Asked(read.scenario, method), changes.changes, known_of(read), name=name)


def plan_assembled(
    assembled: Assembled,
    stop: Stop,
    observer: Observer = SILENT,
    *,
    method: str = "auto",
    notes: tuple[str, ...] = (),
    solving: Callable[..., SolveResult] = solve,
    changes: NamedChanges | None = None,
) -> Plan:
    """Solve, measure and set the quotas of a problem that is assembled already; see `make_plan`.

    `notes` say what was settled before, for the report; `solving` stands in for `solvers.solve`; `changes`, which are
    part of the assembled scenario already, are told in the provenance. At the end
    territories are matched to seats. Where quotas cannot be set, the plan goes without them
    (`with_quotas_if_possible`); what is wrong with any territories is to be found before (`api.rehearsing`).

    Raises
    ------
    InvalidInput
        Where there is no plan.
    """
    scenario, problem, accounts = assembled.scenario, assembled.problem, assembled.accounts
    started = datetime.now(UTC).isoformat(timespec="seconds")
    if np.isinf(stop.iterations_left(0)) or stop.iterations_left(0) == 0:
        stop = AnyOf((stop, MaxSeconds(scenario.time_limit_s)))
    result = solving(problem, method=method, stop=stop, observer=observer, seed=scenario.seed)
    if result.alignment is None:
        raise InvalidInput(
            Problem(reason, "Change the rules or the number of territories it speaks of.", code="no_plan")
            for reason in result.report.reasons
        )
    result = with_best_seats(assembled, result)
    assert result.alignment is not None
    after = scorecard(problem, result.alignment.territory, accounts)
    owners = problem.current if accounts is None else accounts.current
    before = current_scorecard(problem, accounts) if (owners >= 0).any() else None
    observer(Progress("setting quotas", 1.0))
    result = result.replace(report=result.report.replace(notes=(*notes, *result.report.notes)))
    plan = Plan(result, before, after, None, _provenance(assembled, method, started, changes))
    return with_quotas_if_possible(assembled, plan)


def with_quotas_if_possible(assembled: Assembled, plan: Plan) -> Plan:
    """Return a plan with its quotas; where they cannot be set on its territories, without them and with the reasons.

    The territories of a solve are never lost to amounts that contradict each other. Quotas stay where only what they
    cost in pay cannot be told.
    """
    try:
        quoted = replace(plan, quotas=_quotas(assembled, plan))
    except InvalidInput as error:
        return _without(plan, NO_QUOTAS, error)
    try:
        return replace(quoted, compensation=compensation_of(assembled, quoted.quotas))
    except InvalidInput as error:
        return _without(quoted, NO_COST, error)


def _without(plan: Plan, what: str, error: InvalidInput) -> Plan:
    """Return the plan with problems kept beside it, and told in the notes of its report."""
    result, told = plan.result, [f"{what}{problem.why} {problem.what_to_do}" for problem in error.problems]
    report = result.report.replace(notes=(*result.report.notes, *told))
    return replace(plan, result=result.replace(report=report), quota_problems=tuple(error.problems))


def with_quotas(assembled: Assembled, plan: Plan) -> Plan:
    """Return a plan with its quotas as its scenario asks for, and what they cost in pay; neither without a target.

    Raises
    ------
    InvalidInput
        Where quotas cannot be set.
    """
    quotas = _quotas(assembled, plan)
    return replace(plan, quotas=quotas, compensation=compensation_of(assembled, quotas))


def _quotas(assembled: Assembled, plan: Plan) -> QuotaPlan | None:
    alignment = plan.result.alignment
    assert alignment is not None
    return set_quotas(assembled.scenario.quota, quota_inputs(assembled, alignment.territory, plan.after))


def _provenance(assembled: Assembled, method: str, started: str, changes: NamedChanges | None) -> Provenance:
    parameters: dict[str, object] = {"scenario": asdict(assembled.scenario), "method": method}
    if changes is not None:
        parameters["changes"] = {**changes.as_json(), "in_words": list(describe(changes))}
    return Provenance(assembled.folder.fingerprints, versions(), parameters, started)


def versions() -> dict[str, str]:
    """Return the versions of this product and of the libraries that shape a plan, by name."""
    found = {}
    for name in (PRODUCT, *SHAPING):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
