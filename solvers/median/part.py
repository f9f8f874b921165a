r"""Solve a small problem about best units by a mixed-integer model that is reduced first: centres and units at once.

With :math:`y_j` for "unit *j* is a centre" and :math:`x_{ij}` for "unit *i* belongs to it",

.. math::

    \min \sum c_{ij} x_{ij} \quad\text{s.t.}\quad \sum_j x_{ij} = 1,\ \sum_j y_j = k,\ x_{ij} \le y_j = x_{jj},\
    L y_j \le \sum_i a_i x_{ij} \le U y_j

(Hess and others 1965, https://doi.org/10.1287/opre.13.6.998), over the pairs that `solvers.median.reduction` keeps.
Contiguity is added in rounds: where a piece of a territory lies apart from its centre, each of its units needs one of
the units around the piece (Carvajal and others 2013, https://doi.org/10.1287/opre.2013.1183). HiGHS solves it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from planner.arrays import IntArray, MaskArray
from planner.stop import Stop
from solvers.bounding import centre_problem
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.lagrangian import lagrangian_bound
from solvers.local_search.annealing import TOLERANCE, Found, found
from solvers.local_search.search_state import SearchState
from solvers.median.reduction import cost_of_choices, kept_pairs
from solvers.model import SearchModel

MOST_ROUNDS = 12
"""Rounds of adding inequalities of contiguity, at most."""

NODES = 2_000
"""Nodes of a round, at most."""

FIRST_PAIRS, MORE_PAIRS = 3, 3
"""Pairs per unit in the first model, and factor to the next: where the bound is tight the first one holds the best
plan, and what that costs leaves few pairs for the next."""

Positions = NDArray[np.integer]
"""Positions of units or of pairs."""


@dataclass(frozen=True)
class PartEffort:
    """How much a solve may take.

    Parameters
    ----------
    evaluations
        Evaluations of the Lagrangian that reduces the model.
    most_pairs
        Pairs of unit and centre unit in the model; where more are worth it, the solve is a heuristic.
    nodes
        Nodes of one round.
    most_seconds
        Time of one round, where time is limited at all.
    """

    evaluations: int = 400
    most_pairs: int = 6_000
    nodes: int = NODES
    most_seconds: float = 30.0


def territories_alike(model: SearchModel) -> bool:
    """Return whether territories differ in nothing but their units, so that only centres tell them apart."""
    mixes = model.mixes
    limits = (
        model.lower,
        model.upper,
        model.fixed,
        mixes.lower,
        mixes.upper,
        mixes.fixed_part,
        mixes.fixed_whole,
    )
    same = all(bool((limit == limit[0]).all()) for limit in limits)
    owned = bool(model.own_cost.any()) or bool(model.budgets.own.any())
    free = bool((model.locked < 0).all()) and not len(model.excluded_indices)
    return same and free and not owned


def solve_part(model: SearchModel, start: IntArray, *, effort: PartEffort | None = None, stop: Stop) -> Found:
    """Return the best alignment found, `start` where none is better.

    Parameters
    ----------
    model
        The scaled problem, its distance taken from the best units; a part of another one, as a rule.
    start
        A known alignment, shape ``(n_units,)``. Its cost is what pairs are left out by, so that a good one helps.
    effort
        How much it may take.
    stop
        Asked between rounds; its seconds limit each.
    """
    effort = effort or PartEffort()
    known = found(SearchState(model, start, 0))
    if not territories_alike(model) or model.n_territories < 2:
        return known
    problem = centre_problem(model)
    moved = float(model.leave_cost.sum())
    cutoff = known.cost - moved if known.breach <= TOLERANCE and not known.surplus_pieces else np.inf
    bound = lagrangian_bound(
        problem, stop=stop, upper_bound=cutoff if np.isfinite(cutoff) else None, iterations=effort.evaluations
    )
    if bound.value >= cutoff or stop.reason(0) is not None:
        return known
    least = cost_of_choices(problem, bound)
    best, most = known, min(FIRST_PAIRS * model.n_units, effort.most_pairs)
    while stop.reason(0) is None:
        kept = kept_pairs(least, cutoff, most)
        left_out = least[~kept].min(initial=np.inf)
        best = _solve(model, problem, kept.T, best, effort, stop)
        if best.breach <= TOLERANCE and not best.surplus_pieces:
            cutoff = min(cutoff, best.cost - moved)
        if left_out >= cutoff or most >= effort.most_pairs:
            break
        most = min(MORE_PAIRS * most, effort.most_pairs)
    return best


def _solve(
    model: SearchModel, problem: CentreProblem, kept: MaskArray, known: Found, effort: PartEffort, stop: Stop
) -> Found:
    """Solve over the pairs ``kept[i, j]`` in rounds."""
    n = model.n_units
    open_ = kept.diagonal()
    unit, centre = np.nonzero(kept & open_[None, :])
    if open_.sum() < problem.k or len(np.unique(unit)) < n:
        return known
    column = np.full((n, n), -1, np.int64)
    column[unit, centre] = np.arange(len(unit))
    cost = problem.cost[centre, unit]
    rules = [*_rules(problem, unit, centre, column), *_side_rules(model, unit, centre, column)]
    best = known
    cuts: list[tuple[int, list[int]]] = []
    for _ in range(MOST_ROUNDS):
        # Only nodes end a round where the run has no time limit: then it gives the same result again.
        left = stop.seconds_left()
        seconds = min(left, effort.most_seconds) if np.isfinite(left) else np.inf
        if stop.reason(0) is not None or seconds <= 0.0:
            break
        constraints = [*rules, _cut_rows(cuts, len(unit))] if cuts else rules
        outcome = milp(
            cost,
            integrality=np.ones(len(unit), np.int8),
            bounds=Bounds(0, 1),
            constraints=constraints,
            options={"time_limit": seconds, "node_limit": effort.nodes, "mip_rel_gap": 1e-7},
        )
        if outcome.x is None:
            break
        taken = outcome.x > 0.5
        about = np.full(n, -1, np.int64)
        about[unit[taken]] = centre[taken]
        result = found(SearchState(model, _numbered(model, about, known.territory), 0))
        if result.better_than(best):
            best = result
        if not model.contiguous:
            break
        new = _broken(model, about, column)
        if not new:
            break
        cuts += new
    return best


def _rules(
    problem: CentreProblem, unit: Positions, centre: Positions, column: Positions
) -> list[LinearConstraint]:
    """Return the constraints of the model without contiguity; columns are pairs."""
    n, size = problem.n_units, len(unit)
    each, ones = np.arange(size), np.ones(size)
    opens = column[centre, centre]
    rules = [LinearConstraint(csr_array((ones, (unit, each)), shape=(n, size)), 1, 1)]
    own = np.flatnonzero(unit == centre)
    rules.append(
        LinearConstraint(
            csr_array((np.ones(len(own)), (np.zeros_like(own), own)), shape=(1, size)), problem.k, problem.k
        )
    )
    follows = np.flatnonzero(unit != centre)
    row = np.arange(len(follows))
    link = csr_array(
        (np.r_[np.ones(len(row)), -np.ones(len(row))], (np.r_[row, row], np.r_[follows, opens[follows]])),
        shape=(len(row), size),
    )
    rules.append(LinearConstraint(link, -np.inf, 0))
    for m in range(problem.activity.shape[1]):
        held = csr_array((problem.activity[unit, m], (centre, each)), shape=(n, size))
        for limit, low, high in ((problem.upper, -np.inf, 0.0), (problem.lower, 0.0, np.inf)):
            at_open = csr_array((limit[unit[own], m], (unit[own], own)), shape=(n, size))
            rules.append(LinearConstraint((held - at_open)[np.unique(centre)], low, high))
    return rules


def _side_rules(
    model: SearchModel, unit: Positions, centre: Positions, column: Positions
) -> list[LinearConstraint]:
    """Return the constraints of mixes, alike for all territories, and of units that must stay apart."""
    n, size = model.n_units, len(unit)
    each, own = np.arange(size), np.flatnonzero(unit == centre)
    mixes, rules = model.mixes, []
    for x in range(len(mixes)):
        for limit, sign in ((mixes.upper[0, x], 1.0), (mixes.lower[0, x], -1.0)):
            beyond = sign * (mixes.part[:, x] - limit * mixes.whole[:, x])
            fixed = float(sign * (limit * mixes.fixed_whole[0, x] - mixes.fixed_part[0, x]))
            held = csr_array((beyond[unit], (centre, each)), shape=(n, size))
            at_open = csr_array((np.full(len(own), fixed), (unit[own], own)), shape=(n, size))
            rules.append(LinearConstraint((held - at_open)[np.unique(centre)], -np.inf, 0.0))
    first, second = model.rivals.pairs()
    one, other = column[first].ravel(), column[second].ravel()
    opened = np.tile(column.diagonal(), len(first))
    both = np.flatnonzero((one >= 0) & (other >= 0) & (opened >= 0))
    if len(both):
        row = np.arange(len(both))
        values = np.repeat([1.0, 1.0, -1.0], len(both))
        at = np.concatenate([one[both], other[both], opened[both]])
        share = csr_array((values, (np.tile(row, 3), at)), shape=(len(both), size))
        rules.append(LinearConstraint(share, -np.inf, 0.0))
    return rules


def _cut_rows(cuts: list[tuple[int, list[int]]], size: int) -> LinearConstraint:
    rows = [
        csr_array(
            (np.r_[1.0, -np.ones(len(around))], ([0] * (1 + len(around)), [stray, *around])), shape=(1, size)
        )
        for stray, around in cuts
    ]
    return LinearConstraint(vstack(rows).tocsr(), -np.inf, 0)


def _broken(model: SearchModel, about: Positions, column: Positions) -> list[tuple[int, list[int]]]:
    """Return, for units of pieces apart from their centre, their column and the columns of the units around the piece.

    A piece in another component of the graph cannot hang together with the centre and is let be.
    """
    n = model.n_units
    row = np.repeat(np.arange(n), np.diff(model.graph_indptr))
    ones = np.ones(len(row), np.int8)
    graph = csr_array((ones, (row, model.graph_indices)), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    inside = about[row] == about[model.graph_indices]
    links = csr_array((ones[inside], (row[inside], model.graph_indices[inside])), shape=(n, n))
    n_pieces, piece = connected_components(links, directed=False)
    cuts = []
    for q in range(n_pieces):
        members = np.flatnonzero(piece == q)
        j = int(about[members[0]])
        if piece[j] == q or component[j] != component[members[0]]:
            continue
        beside = np.unique(model.graph_indices[np.isin(row, members)])
        around = column[np.setdiff1d(beside, members), j]
        around = around[around >= 0].tolist()
        cuts += [(int(column[i, j]), around) for i in members]
    return cuts


def _numbered(model: SearchModel, about: Positions, territory: IntArray) -> IntArray:
    """Return territory numbers for centre units, as many units as possible keeping their number."""
    _, group = np.unique(about, return_inverse=True)
    k = model.n_territories
    shared = np.zeros((k, k))
    np.add.at(shared, (group, territory), 1.0)
    _, number = linear_sum_assignment(-shared)
    return np.asarray(number[group], dtype=np.int32)
