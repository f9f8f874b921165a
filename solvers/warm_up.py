"""Compile the kernels before they are needed: a first run would spend its time limit on that.

``python -m solvers.warm_up`` solves small problems of every kind; what is compiled is kept beside the sources and
found by every later process.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.graph import Graph
from planner.objective import Centre, Compactness, Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.stop import MaxIterations
from planner.units import Units
from solvers import solve
from solvers.local_search.mending import members_of, step_around
from solvers.local_search.search_state import SearchState
from solvers.model import build_model

ITERATIONS = 6
"""Iterations of each solve: starts, searches, recombination, bound and CP-SAT all get their turn."""
SIDE, FEW = 14, 6
"""Units along each side of the grids, and of those around centre units."""
MANY = 101
"""Territories of the problem in which units look at their nearest territories only."""


def problems() -> Iterator[AlignmentProblem]:
    """Yield small problems that call every kernel between them."""
    for contiguous in (True, False):
        plain = _grid(SIDE, 6, contiguous)
        yield plain
        weight, nothing = plain.objective.weight, np.zeros(plain.n_units)
        yield plain.replace(
            objective=Objective(weight, nothing, Centre.HOME, Compactness.DISTANCE),
            current=np.arange(plain.n_units) % 6,
        )
        yield plain.replace(objective=Objective(weight, nothing, compactness=Compactness.DIAMETER))
        # Few units: a proof around centres has no time limit here.
        few = _grid(FEW, 3, contiguous)
        yield few.replace(
            objective=Objective(
                few.objective.weight, np.zeros(few.n_units), Centre.UNIT, Compactness.DISTANCE
            )
        )
    yield _grid(4 * SIDE, MANY, False, band=0.05)
    # More than any territory may hold in one unit: conflicts are proved.
    heavy = _grid(SIDE, 6, True)
    activity = heavy.activity.copy()
    activity[0] *= 10.0 * heavy.n_units
    yield heavy.replace(activity=activity)


def _grid(side: int, territories: int, contiguous: bool, band: float = 0.2) -> AlignmentProblem:
    """Return a square grid of units with uneven activity."""
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    n = side * side
    at = np.arange(n).reshape(side, side)
    edges = np.r_[np.c_[at[:, :-1].ravel(), at[:, 1:].ravel()], np.c_[at[:-1].ravel(), at[1:].ravel()]]
    activity = np.random.default_rng(0).uniform(0.5, 1.5, (n, 1))
    share = np.full(territories, 1 / territories)
    xy_m = np.c_[column, row] * 1000.0
    homes = xy_m[np.linspace(0, n - 1, territories).astype(int)]
    return AlignmentProblem(
        units=Units.points(np.arange(n).astype(str), xy_m),
        territories=Territories.unnamed(territories, 1).replace(home_xy_m=homes),
        measures=(Measure.banded("activity", float(activity.sum()), share, band, band),),
        activity=activity,
        objective=Objective(activity[:, 0], np.zeros(n)),
        graph=Graph.from_edges(n, edges) if contiguous else None,
        contiguous=contiguous,
    )


def warm_up() -> None:
    """Compile every kernel, or find it compiled."""
    for problem in problems():
        solve(problem, stop=MaxIterations(ITERATIONS))
        # Whether a short run ends near enough to the bands to be mended is luck.
        model = build_model(problem)
        dealt = np.arange(problem.n_units, dtype=np.int32) % problem.n_territories
        state = SearchState(model, dealt, 0)
        step_around(state, 0, members_of(state))


if __name__ == "__main__":
    warm_up()
