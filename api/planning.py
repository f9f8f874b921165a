"""From a plan folder to a plan: the one place where reading, solving, measuring and quotas are wired together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from api.seating import with_best_seats
from api.sizing import sized
from data.assembled import Assembled
from data.read import read_folder
from planner.demands import Span
from planner.errors import InvalidInput, Problem
from planner.plan import Plan, Provenance
from planner.quota import Hierarchy, QuotaInputs, QuotaPlan, Targets, set_quotas
from planner.scenario import Scenario
from planner.scorecard import Scorecard, current_scorecard, scorecard
from planner.solving import SILENT, Observer, Progress, SolveResult
from planner.stop import AnyOf, MaxSeconds, Stop
from solvers import solve

PRODUCT = "territory-planner"
SHAPING = ("numpy", "scipy", "numba", "ortools", "scikit-learn", "shapely", "geopandas", "pyproj", "pandas")
"""Libraries whose version can change a plan."""


def make_plan(
    folder: Path,
    overrides: Mapping[str, Any],
    stop: Stop,
    observer: Observer = SILENT,
    *,
    method: str = "auto",
) -> tuple[Assembled, Plan]:
    """Read a plan folder, solve it, measure it and set its quotas.

    Parameters
    ----------
    folder
        Plan folder.
    overrides
        Changes to its scenario, as `Scenario.overridden` takes them.
    stop
        When to stop besides the scenario's time limit: cancel, or a number of iterations, which replaces the time
        limit so that the same run can be had again.
    observer
        Told of progress.
    method
        Name of a solver.

    Raises
    ------
    InvalidInput
        With every problem found.
    """
    observer(Progress("reading"))
    read = read_folder(folder)
    observer(Progress("assembling"))
    scenario = read.scenario.overridden(overrides)
    began = time.monotonic()
    found = sized(read, scenario, stop, observer, method=method)
    if isinstance(scenario.territories, Span) and np.isinf(stop.iterations_left(0)):
        stop = AnyOf((stop, MaxSeconds(max(scenario.time_limit_s - (time.monotonic() - began), 1.0))))
    return found.assembled, plan_assembled(found.assembled, stop, observer, method=method, notes=found.notes)


def plan_assembled(
    assembled: Assembled,
    stop: Stop,
    observer: Observer = SILENT,
    *,
    method: str = "auto",
    notes: tuple[str, ...] = (),
    solving: Callable[..., SolveResult] = solve,
) -> Plan:
    """Solve, measure and set the quotas of a problem that is assembled already; see `make_plan`.

    `notes` say what was settled before, for the report; `solving` stands in for `solvers.solve`. At the end
    territories are matched to seats.
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
    quotas = _quotas(assembled, result, after)
    result = result.replace(report=result.report.replace(notes=(*notes, *result.report.notes)))
    return Plan(result, before, after, quotas, _provenance(assembled, method, started))


def _quotas(assembled: Assembled, result: SolveResult, after: Scorecard) -> QuotaPlan | None:
    problem, accounts, folder = assembled.problem, assembled.accounts, assembled.folder
    assert result.alignment is not None
    territory = result.alignment.territory
    settings = assembled.scenario.quota
    potential = _potential_measure(assembled.scenario, after.measures)
    targets = hierarchy = node_of_territory = None
    if folder.targets is not None:
        table = folder.targets
        targets = Targets(
            tuple(table["node_id"]),
            tuple(table["component"]),
            tuple(table["period"]),
            table["amount_cents"].to_numpy(np.int64),
        )
    if folder.hierarchy is not None:
        nodes = folder.hierarchy
        hierarchy = Hierarchy.from_ids(
            list(nodes["node_id"]),
            list(nodes["parent_id"]),
            list(nodes["level"]),
            list(nodes["name"]),
            nodes["over_assignment"].to_numpy(float),
        )
        node_of_territory = _nodes(assembled, list(nodes["node_id"]))
    measures = {name: after.loads[:, j] for j, name in enumerate(after.measures)}
    return set_quotas(
        settings,
        QuotaInputs(
            territory if accounts is None else accounts.territory(territory),
            problem.n_territories,
            territory_id=tuple(map(str, problem.territories.territory_id)),
            seat_id=tuple(map(str, problem.territories.seat_id)),
            history=assembled.history,
            potential=None if potential is None else measures[potential],
            measures=measures,
            targets=targets,
            hierarchy=hierarchy,
            node_of_territory=node_of_territory,
        ),
    )


def _potential_measure(scenario: Scenario, measures: tuple[str, ...]) -> str | None:
    """Return the measure that stands for potential: the one named, else the first balanced one."""
    wanted = [scenario.quota.potential, *scenario.measures, *measures]
    return next((name for name in wanted if name in measures), None)


def _nodes(assembled: Assembled, node_ids: list[str]) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return the hierarchy node of each territory, by the region of its seat; −1 where it has none."""
    seats = assembled.folder.seats
    position = {node: p for p, node in enumerate(node_ids)}
    region = {} if seats is None else dict(zip(seats["seat_id"], seats["region"], strict=True))
    found = [position.get(region.get(seat, ""), -1) for seat in assembled.problem.territories.seat_id]
    return np.array(found, dtype=np.int32)


def _provenance(assembled: Assembled, method: str, started: str) -> Provenance:
    versions = {}
    for name in (PRODUCT, *SHAPING):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "unknown"
    scenario = asdict(assembled.scenario)
    return Provenance(
        assembled.folder.fingerprints, versions, {"scenario": scenario, "method": method}, started
    )
