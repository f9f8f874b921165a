"""What processes of their own run for us: method `auto` with the defaults that a user gets."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from planner.graph import Graph
from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.solving import Progress
from planner.stop import AnyOf, Cancelled, MaxIterations, MaxSeconds, Stop
from planner.units import Units
from solvers import solve
from tests.bench.instances import read_instance
from tests.bench.problems import COST_OF_ONE, bound_holds, labels_of, problem_of

INSIDE = 1e-9
"""Breach up to which a plan counts as inside its bands."""


class Watch:
    """Notes when the first plan inside the bands was there."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.inside_s: float | None = None

    def __call__(self, progress: Progress) -> None:
        if self.inside_s is not None or progress.alignment is None or progress.violation is None:
            return
        if progress.violation <= INSIDE:
            self.inside_s = time.monotonic() - self.began


def solve_problem(
    problem: AlignmentProblem,
    *,
    time_limit_s: float | None,
    iterations: int | None,
    seed: int,
    until_inside: bool = False,
) -> dict[str, Any]:
    """Solve and return what a row of a table needs.

    Parameters
    ----------
    problem
        What to solve.
    time_limit_s, iterations
        Limits; None for none. One of them is needed.
    seed
        Seed of the run.
    until_inside
        Stop as soon as a plan is inside all bands.
    """
    watch = Watch()
    rules: list[Stop] = []
    if iterations is not None:
        rules.append(MaxIterations(iterations))
    if until_inside:
        rules.append(Cancelled(lambda: watch.inside_s is not None))
    if time_limit_s is not None:
        rules.append(MaxSeconds(time_limit_s))
    result = solve(problem, method="auto", stop=AnyOf(tuple(rules)), observer=watch, seed=seed)
    seconds = time.monotonic() - watch.began
    report = result.report
    return {
        "territory": None if result.alignment is None else np.asarray(result.alignment.territory),
        "seconds": seconds,
        "inside_s": watch.inside_s,
        "status": str(result.status),
        "termination": str(result.termination),
        "objective": report.objective,
        "bound": report.bound,
        "bound_kind": report.bound_kind,
        "notes": list(report.notes),
        "reasons": list(report.reasons),
    }


def solve_instance(
    path: Path, *, time_limit_s: float | None, iterations: int | None, seed: int
) -> dict[str, Any]:
    """Solve the instance at `path`; labels and bound as its objective counts."""
    instance = read_instance(path)
    answer = solve_problem(problem_of(instance), time_limit_s=time_limit_s, iterations=iterations, seed=seed)
    territory, bound = answer.pop("territory"), answer["bound"]
    answer["label"] = None if territory is None else labels_of(instance, territory)
    usable = bound is not None and bound_holds(instance)
    answer["bound"] = bound / COST_OF_ONE[instance.kind] if usable else None
    answer["bound_kind"] = answer["bound_kind"] if usable else ""
    return answer


def solve_data_set(
    path: Path,
    *,
    k: int,
    band: float,
    contiguous: bool,
    time_limit_s: float | None,
    iterations: int | None = None,
    seed: int = 0,
    limited: int = 1,
    weigh_all: bool = False,
    until_inside: bool = False,
) -> dict[str, Any]:
    """Solve a data set written by `DataSet.write`, its first `limited` measures within ±`band`.

    The first measure weighs distance; with `weigh_all` the mean of all does, as for a plan folder.
    """
    stated = np.load(path)
    xy_m, activity = stated["xy_m"], np.ascontiguousarray(stated["activity"][:, :limited])
    n, share = len(xy_m), np.full(k, 1 / k)
    measures = tuple(
        Measure.banded(str(name), float(amount.sum()), share, band, band)
        for name, amount in zip(stated["measures"], activity.T, strict=False)
    )
    weight = (activity / activity.sum(axis=0)).mean(axis=1) if weigh_all else activity[:, 0]
    problem = AlignmentProblem(
        units=Units.points(stated["unit_id"], xy_m),
        territories=Territories.unnamed(k, len(measures)),
        measures=measures,
        activity=activity,
        objective=Objective(weight, np.zeros(n)),
        graph=Graph.from_edges(n, stated["edges"]) if contiguous else None,
        contiguous=contiguous,
    )
    answer = solve_problem(
        problem, time_limit_s=time_limit_s, iterations=iterations, seed=seed, until_inside=until_inside
    )
    answer["label"] = answer.pop("territory")
    return answer


def compile_kernels(folder: Path) -> dict[str, Any]:
    """Solve every small instance of `folder` in one iteration, so that later runs find the kernels compiled."""
    began = time.monotonic()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".in", ".txt"):
            solve_instance(path, time_limit_s=None, iterations=1, seed=0)
    return {"seconds": time.monotonic() - began}


def solve_plan_folder(
    folder: Path, *, out: Path | None, time_limit_s: float | None, iterations: int | None, seed: int | None
) -> dict[str, Any]:
    """Read, solve and measure a plan folder just as a user's command does; write its output to `out` if given."""
    from api.planning import plan_assembled
    from data.assemble import assemble
    from data.export import write_plan
    from data.read import read_folder

    changes: dict[str, Any] = {} if time_limit_s is None else {"time_limit_s": time_limit_s}
    if seed is not None:
        changes["seed"] = seed
    began = time.monotonic()
    read = read_folder(folder)
    assembled = assemble(read, read.scenario.overridden(changes))
    read_s = time.monotonic() - began
    never = Cancelled(lambda: False)
    plan = plan_assembled(assembled, never if iterations is None else MaxIterations(iterations))
    if out is not None:
        write_plan(out, assembled, plan)
    report, card = plan.result.report, plan.after
    return {
        "seconds": report.seconds,
        "read_s": read_s,
        "status": str(plan.result.status),
        "objective": report.objective,
        "bound": report.bound,
        "bound_kind": report.bound_kind,
        "reasons": list(report.reasons),
        "feasible": card.feasible,
        "units": assembled.problem.n_units,
        "territories": assembled.problem.n_territories,
        "time_limit_s": assembled.scenario.time_limit_s,
        "deviation": {card.measures[m]: float(card.worst_deviation[m]) for m in assembled.problem.limited},
        "surplus_pieces": int(card.surplus_pieces.sum()),
    }
