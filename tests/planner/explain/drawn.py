"""Random problems with every kind of rule and objective, and moves in them."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.sparse import csr_array

from planner.accounts import Accounts
from planner.alignment import GONE, NOBODY
from planner.arrays import IntArray
from planner.budget import Budget
from planner.graph import Graph
from planner.mix import Mix
from planner.objective import Centre, Compactness, Objective
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import Scorecard
from planner.seats import Territories
from planner.units import Units

OBJECTIVES = (
    (Compactness.INERTIA, Centre.CENTROID, False),
    (Compactness.INERTIA, Centre.HOME, False),
    (Compactness.INERTIA, Centre.UNIT, False),
    (Compactness.DISTANCE, Centre.HOME, False),
    (Compactness.DISTANCE, Centre.UNIT, False),
    (Compactness.DISTANCE, Centre.UNIT, True),
    (Compactness.HOURS, Centre.HOME, True),
    (Compactness.HOURS, Centre.UNIT, False),
    (Compactness.DIAMETER, Centre.CENTROID, False),
)
"""What is optimised, where distance is taken from, and whether a table of distances replaces straight lines."""


def drawn_problem(
    random: np.random.Generator,
    objective: tuple[Compactness, Centre, bool],
    *,
    with_accounts: bool,
    n: int = 40,
) -> tuple[AlignmentProblem, IntArray, Accounts | None]:
    """Return a problem, a complete alignment of it, and the accounts behind its units, if any."""
    k, m = 5, 2
    side = int(np.ceil(np.sqrt(n)))
    cell = np.arange(n)
    xy = np.c_[cell % side, cell // side] * 7_000.0 + random.uniform(-900, 900, (n, 2))
    edges = [(i, o) for i in range(n) for o in (i + 1, i + side) if o < n and (o != i + 1 or o % side)]
    edges = [edge for edge in edges if random.random() < 0.9]
    accounts, activity, fixed_activity = None, random.lognormal(2, 1, (n, m)), random.uniform(0, 5, (k, m))
    current = random.integers(GONE, k, n)
    owned = had_owner = None
    if with_accounts:
        accounts, activity, fixed_activity = _accounts(random, n, k, m)
        share = random.dirichlet(np.ones(k + 1), n) * (random.random((n, k + 1)) < 0.4)
        owned, had_owner = csr_array(share[:, :k]), share.sum(axis=1)
    compactness, centre, tabled = objective
    between = None
    if tabled:
        between = random.uniform(1e3, 9e4, (n, k if centre is Centre.HOME else n))
    even = np.full(k, 1 / k)
    measures = tuple(
        Measure.banded(f"m{c}", float(activity[:, c].sum() + fixed_activity[:, c].sum()), even, 0.3, 0.2)
        for c in range(m)
    )
    together = np.where(random.random(n) < 0.3, random.integers(0, 4, n), -1).astype(np.int32)
    graph = Graph.from_edges(n, edges, random.uniform(1e3, 9e3, len(edges))).linked(together)
    part = random.integers(0, 2, n) * activity[:, 0]
    problem = AlignmentProblem(
        units=Units([f"u{i}" for i in range(n)], xy, np.full(n, 4e7), np.full(n, 28_000.0)),
        territories=Territories.unnamed(k, m).replace(
            home_xy_m=random.uniform(0, 40_000, (k, 2)), fixed_activity=fixed_activity
        ),
        measures=measures,
        activity=activity,
        objective=Objective(activity[:, 0], random.uniform(0, 1e7, n), centre, compactness, between),
        graph=graph,
        contiguous=bool(random.integers(2)),
        current=current,
        owned=owned,
        had_owner=had_owner,
        locked=np.where(random.random(n) < 0.1, random.integers(0, k, n), -1),
        excluded=csr_array(random.random((n, k)) < 0.1),
        budgets=(
            Budget(
                "revenue", random.uniform(0, 3, n), float(random.uniform(1, n)), float(random.uniform(1, 20))
            ),
            Budget("accounts", np.ones(n), float(random.integers(0, n))),
        ),
        mixes=(
            Mix(
                "hospitals", part, activity[:, 0], np.zeros(k), np.zeros(k), np.full(k, 0.3), np.full(k, 0.6)
            ),
        ),
        apart=random.permutation(n)[:8].reshape(4, 2),
        region_of_unit=np.where(cell % side < side // 2, random.integers(-1, 1, n), -1),
        region_of_territory=[0, 0, 0, -1, -1],
        region_name=("west",),
        loose=[False, False, False, True, False],
        together=together,
    )
    return problem, random.integers(0, k, n).astype(np.int32), accounts


def _accounts(random: np.random.Generator, n: int, k: int, m: int) -> tuple[Accounts, np.ndarray, np.ndarray]:
    """Return accounts, some held apart, some without a place, and what they sum to."""
    count = 3 * n
    unit = random.integers(-1, n, count)
    fixed = np.where(random.random(count) < 0.1, random.integers(0, k, count), -1)
    value = random.lognormal(1, 1, (count, m))
    by_place = (fixed < 0) & (unit >= 0)
    activity, held = np.zeros((n, m)), np.zeros((k, m))
    np.add.at(activity, unit[by_place], value[by_place])
    np.add.at(held, fixed[fixed >= 0], value[fixed >= 0])
    current = random.choice([NOBODY, GONE, *range(k)], count)
    return Accounts([f"a{a}" for a in range(count)], unit, fixed, current, value), activity, held


def differences(told: Scorecard, full: Scorecard) -> list[str]:
    """Return the names of the fields in which two scorecards differ in any digit."""
    pairs = [(f.name, getattr(told, f.name), getattr(full, f.name)) for f in dataclasses.fields(full)]
    return [
        name
        for name, one, other in pairs
        if not (
            np.array_equal(one, other, equal_nan=True) and one.dtype == other.dtype
            if isinstance(other, np.ndarray)
            else one == other
        )
    ]
