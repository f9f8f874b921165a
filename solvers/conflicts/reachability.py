"""What locks and exclusions keep a territory from: units that cannot meet, and limits that are out of reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from planner.graph import Graph
from planner.problem import AlignmentProblem
from solvers.conflicts.conflict import Conflict, named

MOST_WORK = 50_000_000
"""Units and borders walked over; beyond that only sums are looked at, not whether what is summed hangs together."""


def out_of_reach(problem: AlignmentProblem) -> list[Conflict]:
    """Return the locks that hold units of one territory apart, and the lower limits that no territory can reach."""
    if problem.excluded is None and (problem.locked < 0).all():
        return []
    most, apart = _reach(problem)
    ids = problem.territories.territory_id
    found: list[Conflict] = []
    for j, units in apart:
        text = (
            f"units {named(problem, units)} are locked to territory {ids[j]}, but every path between some of them "
            f"crosses units that are locked elsewhere or excluded from it"
        )
        found.append(Conflict("locked_apart", text, -1, tuple(int(i) for i in units)))
    lower, _ = problem.limits()
    for m in problem.limited:
        measure = problem.measures[int(m)]
        for short in np.flatnonzero(most[:, m] < lower[:, m] - 1e-9 * np.abs(measure.ideal)):
            text = (
                f"territory {ids[short]} can hold at most {most[short, m]:,.2f} of {measure.name} with the units that "
                f"locks and exclusions leave in its reach, but must hold at least {lower[short, m]:,.2f}"
            )
            found.append(Conflict("out_of_reach", text, int(m)))
    return found


def most_in_reach(problem: AlignmentProblem) -> FloatArray:
    """Return the most that each territory can hold of each measure, shape ``(n_territories, n_measures)``.

    With contiguity that is one connected part per component of the graph: the one with its locked units, else the
    best one.
    """
    return _reach(problem)[0]


def _reach(problem: AlignmentProblem) -> tuple[FloatArray, list[tuple[int, NDArray[np.intp]]]]:
    """Return the most that each territory can hold, and which territories have locked units that cannot meet."""
    k, graph = problem.n_territories, problem.graph
    excluded = csc_array((problem.n_units, k), dtype=bool)
    if problem.excluded is not None:
        excluded = csc_array(problem.excluded)
    most = np.array(problem.territories.fixed_activity)
    free = problem.locked < 0
    together = problem.contiguous & ~problem.loose
    if graph is None or int(together.sum()) * (graph.n_units + len(graph.indices)) > MOST_WORK:
        together = np.zeros(k, bool)
    for m in range(len(problem.measures)):
        value = problem.activity[:, m]
        unheld = np.where(free, value, 0.0)
        sums = (
            unheld.sum() - excluded.astype(float).T @ unheld + sum_by(problem.locked[~free], value[~free], k)
        )
        most[~together, m] += sums[~together]
    if graph is None or not together.any():
        return most, []
    _, within = graph.pieces(np.zeros(problem.n_units, np.int32))
    apart: list[tuple[int, NDArray[np.intp]]] = []
    for j in np.flatnonzero(together).tolist():
        held = problem.locked == j
        allowed = free.copy()
        allowed[excluded.indices[excluded.indptr[j] : excluded.indptr[j + 1]]] = False
        allowed |= held
        load, torn = _best_parts(problem, graph, allowed, held, within)
        most[j] += load
        apart += [(j, units) for units in torn]
    return most, apart


def _best_parts(
    problem: AlignmentProblem, graph: Graph, allowed: MaskArray, held: MaskArray, within: IntArray
) -> tuple[FloatArray, list[NDArray[np.intp]]]:
    """Return the load of the best part of `allowed` per component, summed, and locked units in different parts."""
    alone = np.arange(1, problem.n_units + 1)
    n_parts, part = graph.pieces(np.where(allowed, 0, alone).astype(np.int32))
    lies_in = np.zeros(n_parts, np.intp)
    lies_in[part] = within
    usable = np.zeros(n_parts, bool)
    usable[part[allowed]] = True
    has_lock = np.zeros(n_parts, bool)
    has_lock[part[held]] = True
    n_components = int(within.max()) + 1
    with_lock = np.bincount(lies_in[has_lock], minlength=n_components)
    usable &= has_lock | (with_lock[lies_in] == 0)
    load = np.zeros(len(problem.measures))
    for m in range(len(problem.measures)):
        mass = sum_by(part, problem.activity[:, m], n_parts)
        best = np.zeros(n_components)
        np.maximum.at(best, lies_in[usable], mass[usable])
        load[m] = best.sum()
    torn = [np.flatnonzero(held & (within == c)) for c in np.flatnonzero(with_lock > 1)]
    return load, torn
