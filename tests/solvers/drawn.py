"""Random problems with every kind of rule, for the property tests of the search."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from planner.alignment import GONE, NOBODY
from planner.arrays import IntArray
from planner.budget import Budget
from planner.mix import Mix
from planner.objective import Centre, Compactness, Objective
from planner.problem import AlignmentProblem
from planner.seats import Territories
from planner.stop import MaxIterations
from solvers.model import SearchModel
from solvers.starts import draw_start
from tests.contract.problems import grid, strips

MOST_MOVE_COST = {
    Compactness.INERTIA: 5e5,
    Compactness.DISTANCE: 500.0,
    Compactness.HOURS: 0.02,
    Compactness.DIAMETER: 50.0,
}
NO_LIMIT = MaxIterations(1_000_000)


def drawn_problem(
    seed: int, *, contiguous: bool = True, centre: Centre = Centre.CENTROID, rules: bool = True
) -> AlignmentProblem:
    """Return a grid with unequal activity and, with `rules`, locks, exclusions, shared owners and a budget."""
    random = np.random.default_rng(seed)
    width, height, k = int(random.integers(3, 9)), int(random.integers(3, 7)), int(random.integers(2, 5))
    n = width * height
    problem = grid(width, height, k, seed=seed, band=0.25, centre=centre, contiguous=contiguous)
    if centre is Centre.CENTROID:
        problem = problem.replace(territories=Territories.unnamed(k, 1))
    problem = problem.replace(
        territories=problem.territories.replace(fixed_activity=random.uniform(0, 0.5, (k, 1)))
    )
    problem = problem.replace(objective=_other_cost(random, problem, centre))
    if not rules:
        return problem
    current = strips(width, height, k)
    locked = np.where(random.random(n) < 0.06, current, -1)
    excluded = random.random((n, k)) < 0.06
    excluded[np.arange(n), current] = False
    current = np.where(random.random(n) < 0.1, random.choice([NOBODY, GONE], n), current).astype(np.int32)
    share = np.zeros((n, k))
    known = np.flatnonzero(current >= 0)
    share[known, current[known]] = random.uniform(0.5, 1.0, len(known))
    share[known, (current[known] + 1) % k] += (1 - share[known, current[known]]) * (
        random.random(len(known)) < 0.3
    )
    return problem.replace(
        current=current, locked=locked, excluded=csr_array(excluded), owned=csr_array(share), had_owner=None,
        objective=problem.objective.replace(
            move_cost=random.uniform(0, MOST_MOVE_COST[problem.objective.compactness], n)
        ),
        budgets=(Budget("sales", random.uniform(0, 2, n), float(random.uniform(1, n / 3))),),
    )  # fmt: skip


def with_side_rules(problem: AlignmentProblem, seed: int) -> AlignmentProblem:
    """Return the problem with limits on two mixes, units that must stay apart, and budgets in all and per owner."""
    random = np.random.default_rng([seed, 9])
    n, k = problem.n_units, problem.n_territories
    whole = np.where(random.random(n) < 0.2, 0.0, random.uniform(0, 2, n))
    mixes = tuple(
        Mix(
            name, whole * random.random(n) * (random.random(n) < 0.7), whole,
            fixed, fixed + random.uniform(0, 0.5, k), random.uniform(0, 0.4, k), random.uniform(0.4, 0.9, k),
        )
        for name, fixed in (("hospitals", random.uniform(0, 0.5, k)), ("clinics", np.zeros(k)))
    )  # fmt: skip
    pairs = random.integers(0, n, (1 + n // 4, 2))
    budgets = (
        Budget("accounts", np.ones(n), float(random.uniform(1, n)), random.uniform(0, n / 3, k)),
        Budget("sales", random.uniform(0, 2, n), float(random.uniform(1, n / 3))),
    )
    return problem.replace(mixes=mixes, apart=pairs[pairs[:, 0] != pairs[:, 1]], budgets=budgets)


def _other_cost(random: np.random.Generator, problem: AlignmentProblem, centre: Centre) -> Objective:
    """Return an objective about `centre` with any cost of distance that goes with it, a table of distances or not."""
    objective = problem.objective.replace(centre=centre)
    if centre is Centre.CENTROID:
        diameter = random.random() < 0.3
        return objective.replace(compactness=Compactness.DIAMETER if diameter else Compactness.INERTIA)
    kind = [Compactness.INERTIA, Compactness.DISTANCE, Compactness.HOURS][int(random.integers(3))]
    places = problem.n_territories if centre is Centre.HOME else problem.n_units
    table = random.uniform(0, 3_000, (problem.n_units, places)) if random.random() < 0.4 else None
    return objective.replace(compactness=kind, between=table)


def drawn_start(problem: AlignmentProblem, model: SearchModel, seed: int) -> IntArray:
    """Return a start that keeps locks and exclusions."""
    return draw_start(model, problem.current, seed % 3, seed, NO_LIMIT)
