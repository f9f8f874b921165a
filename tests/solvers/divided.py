"""Small random problems and the narrowest band of any plan, by trying every division of the units."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.arrays import FloatArray
from planner.graph import Graph
from planner.objective import Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.units import Units

TOLERANCE = 1e-9


def built(
    value: FloatArray, edges: list[tuple[int, int]], k: int, band: float, **changes: object
) -> AlignmentProblem:
    """Return a contiguous problem of one measure on a graph, its units at random places."""
    n = len(value)
    xy_m = np.random.default_rng(n).uniform(0, 1e5, (n, 2))
    problem = AlignmentProblem(
        Units.points([f"u{i}" for i in range(n)], xy_m),
        Territories.unnamed(k, 1),
        (Measure.banded("sales", float(np.sum(value)), np.full(k, 1 / k), band, band),),
        np.asarray(value, float)[:, None],
        Objective(np.ones(n), np.zeros(n)),
        Graph.from_edges(n, edges),
        contiguous=True,
    )
    return problem.replace(**changes)


def drawn_division(seed: int) -> AlignmentProblem:
    """Return a problem of at most 8 units: a tree and a few more borders, at times in two components, with rules."""
    random = np.random.default_rng(seed)
    n, k = int(random.integers(4, 9)), int(random.integers(2, 4))
    edges = [(i, int(random.integers(0, i))) for i in range(1, n)]
    if random.random() < 0.2:
        edges.pop(int(random.integers(0, len(edges))))
    edges += [tuple(random.choice(n, 2, replace=False).tolist()) for _ in range(int(random.integers(0, 4)))]
    value = random.lognormal(0, random.choice([0.2, 1.0]), n)
    if random.random() < 0.3:
        value = np.ceil(2 * value)
    problem = built(value, edges, k, float(random.choice([0.02, 0.1, 0.3])))
    if random.random() < 0.3:
        ideal = value.sum() * random.dirichlet(np.full(k, 20.0))
        problem = problem.replace(measures=(Measure("sales", ideal, 0.9 * ideal, 1.05 * ideal),))
    if random.random() < 0.3:
        fixed = problem.territories.replace(fixed_activity=random.uniform(0, 0.3, (k, 1)))
        problem = problem.replace(territories=fixed)
    if random.random() < 0.4:
        locked = np.where(random.random(n) < 0.3, random.integers(0, k, n), -1)
        excluded = csr_array(random.random((n, k)) < 0.15)
        problem = problem.replace(locked=locked, excluded=excluded)
    return problem


@cache
def _pairs(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every set of n units, as bits, with every subset of it."""
    whole, part = [], []
    for mask in range(1 << n):
        sub = mask
        while True:
            whole.append(mask)
            part.append(sub)
            if not sub:
                break
            sub = (sub - 1) & mask
    return np.array(whole), np.array(part)


def narrowest_band(problem: AlignmentProblem) -> float:
    """Return the least deviation that some territory of every plan needs; 0 where a plan is feasible, inf where none.

    A territory needs none inside its limits, else its deviation from its ideal in the first measure.
    """
    n, k = problem.n_units, problem.n_territories
    inside = (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(bool)
    whole, part = _pairs(n)
    hangs = _hangs_together(problem, inside)
    value = np.zeros(1 << n)
    value[1:] = np.inf
    for j in range(k):
        banned = (problem.locked >= 0) & (problem.locked != j)
        if problem.excluded is not None:
            banned |= problem.excluded.toarray()[:, j]
        needed = _deviation(problem, inside, j)
        needed[~hangs | (inside & banned).any(axis=1)] = np.inf
        step = np.full(1 << n, np.inf)
        np.minimum.at(step, whole, np.maximum(needed[part], value[whole ^ part]))
        value = step
    return float(value[-1])


def _deviation(problem: AlignmentProblem, inside: NDArray[np.bool_], j: int) -> FloatArray:
    measure = problem.measures[0]
    load = inside @ problem.activity[:, 0] + problem.territories.fixed_activity[j, 0]
    slack = TOLERANCE * measure.ideal[j]
    outside = (load < measure.lower[j] - slack) | (load > measure.upper[j] + slack)
    return np.where(outside, np.abs(load / measure.ideal[j] - 1), 0.0)


def _hangs_together(problem: AlignmentProblem, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which sets of units are in one piece within each component of the graph."""
    graph = problem.graph
    assert graph is not None
    _, component = graph.pieces(np.zeros(problem.n_units, np.int32))
    good = np.ones(len(inside), bool)
    for s, members in enumerate(inside):
        label = np.where(members, 0, np.arange(1, problem.n_units + 1)).astype(np.int32)
        _, piece = graph.pieces(label)
        good[s] = len(np.unique(piece[members])) == len(np.unique(component[members]))
    return good
