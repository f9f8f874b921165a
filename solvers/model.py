"""A problem as the kernels see it: scale-free arrays of what is limited and what is priced.

Lengths are divided by the side of a square that holds one territory's share of the area, weights and activities by
what an average territory holds. An average territory then has mass 1, activity 1 and a moment of inertia near 1/6,
whatever the data, so that one set of tuning parameters serves every problem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from planner.graph import Graph
from planner.measures.separation import Separation, separation
from planner.objective import Centre, Compactness, Objective
from planner.problem import AlignmentProblem
from solvers.side_rules import Budgets, Mixes, Rivals, budgets_of, mixes_of, rivals_of
from solvers.unit_graph import unit_graph


@dataclass(frozen=True, eq=False)
class SearchModel:
    """Scaled, read-only arrays of one problem.

    Parameters
    ----------
    xy
        Scaled positions, shape ``(n_units, 2)``.
    weight
        Scaled weight of distance, shape ``(n_units,)``.
    activity
        Scaled limited measures, shape ``(n_units, n_limited)``.
    fixed, lower, upper, ideal
        Scaled fixed activity, hard limits and ideals, shape ``(n_territories, n_limited)``.
    home
        Scaled home places, shape ``(n_territories, 2)``; NaN where there is none.
    centre, compactness
        What distance is taken from, and what is made of it; see `planner.objective`.
    separation
        Scaled cost of distance; not used about centroids, where moments tell it.
    own_indptr, own_indices, own_cost
        Per unit, the territories that own part of it today and the move cost saved by staying, compressed rows.
    leave_cost
        Move cost of a unit that stays with none of its owners, shape ``(n_units,)``.
    mixes, budgets, rivals
        The hard rules besides bands, locks and exclusions; see `solvers.side_rules`.
    excluded_indptr, excluded_indices
        Territories a unit must not join, compressed rows, ascending.
    locked
        Territory a unit must belong to, −1 where free.
    graph_indptr, graph_indices
        Neighbours along which units move.
    contiguous
        Whether territories must hang together on that graph.
    length_m, cost_unit
        Metres per scaled length; the objective's unit per scaled cost.
    """

    xy: FloatArray
    weight: FloatArray
    activity: FloatArray
    fixed: FloatArray
    lower: FloatArray
    upper: FloatArray
    ideal: FloatArray
    home: FloatArray
    centre: Centre
    compactness: Compactness
    separation: Separation
    own_indptr: IntArray
    own_indices: IntArray
    own_cost: FloatArray
    leave_cost: FloatArray
    mixes: Mixes
    budgets: Budgets
    rivals: Rivals
    excluded_indptr: IntArray
    excluded_indices: IntArray
    locked: IntArray
    graph_indptr: IntArray
    graph_indices: IntArray
    contiguous: bool
    origin_m: FloatArray
    length_m: float
    cost_unit: float

    @property
    def n_units(self) -> int:
        """Number of basic units."""
        return len(self.xy)

    @property
    def n_territories(self) -> int:
        """Number of territories."""
        return len(self.home)

    @property
    def fixed_centre(self) -> bool:
        """Whether distance is taken from the homes, so that the objective is linear in the assignment."""
        return self.centre is Centre.HOME and self.compactness is not Compactness.DIAMETER

    @property
    def unit_centre(self) -> bool:
        """Whether distance is taken from the best unit of each territory."""
        return self.centre is Centre.UNIT and self.compactness is not Compactness.DIAMETER

    def loads(self, label: IntArray) -> FloatArray:
        """Return the activity each territory holds, fixed part included, shape ``(n_territories, n_limited)``."""
        held = [sum_by(label, column, self.n_territories) for column in self.activity.T]
        return self.fixed + np.array(held).reshape(self.fixed.shape[1], self.n_territories).T

    def stays(self, label: IntArray) -> MaskArray:
        """Return which of the entries of `own_indices` are units that stay with that owner."""
        if not len(self.own_indices):
            return np.zeros(0, bool)
        row = np.repeat(np.arange(self.n_units), np.diff(self.own_indptr))
        kept: MaskArray = label[row] == self.own_indices
        return kept

    def move_cost(self, label: IntArray) -> float:
        """Return the scaled cost of what changes owner under `label`."""
        return float(self.leave_cost.sum() - self.own_cost[self.stays(label)].sum())

    def pair_cost(self) -> csr_array:
        """Return the move cost saved by staying with an owner, sparse ``(n_units, n_territories)``."""
        shape = (self.n_units, self.n_territories)
        return csr_array((self.own_cost, self.own_indices, self.own_indptr), shape=shape)


def search_graph(problem: AlignmentProblem) -> Graph:
    """Return the graph along which units move: the neighbour graph, else links between units that are near."""
    return unit_graph(problem.units.xy_m) if problem.graph is None else problem.graph


def build_model(problem: AlignmentProblem) -> SearchModel:
    """Scale `problem` for the kernels."""
    n, k = problem.n_units, problem.n_territories
    xy_m = problem.units.xy_m
    origin = np.median(xy_m, axis=0)
    spread = np.quantile(xy_m, 0.98, axis=0) - np.quantile(xy_m, 0.02, axis=0) if n > 1 else np.ones(2)
    length = float(np.sqrt(max(spread[0], 1.0) * max(spread[1], 1.0) / k))
    length = max(length, float(spread.max()) / k, 1.0)
    mass = problem.objective.weight.sum() / k
    mass = mass if mass > 0 else 1.0
    limited = problem.limited
    lower, upper = (limit[:, limited] for limit in problem.limits())
    ideal = np.array([problem.measures[m].ideal for m in limited]).reshape(len(limited), k).T
    scale = np.where(ideal.mean(axis=0) > 0, ideal.mean(axis=0), 1.0)
    cost_unit = _cost_unit(problem.objective, mass, length)
    owned = csr_array(problem.owned)
    owned.sort_indices()
    row = np.repeat(np.arange(n), np.diff(owned.indptr))
    leave = problem.objective.move_cost / cost_unit
    excluded = csr_array((n, k), dtype=bool) if problem.excluded is None else csr_array(problem.excluded)
    excluded.eliminate_zeros()
    excluded.sort_indices()
    graph = search_graph(problem)
    return SearchModel(
        xy=np.ascontiguousarray((xy_m - origin) / length),
        weight=problem.objective.weight / mass,
        activity=np.ascontiguousarray(problem.activity[:, limited] / scale),
        fixed=np.ascontiguousarray(problem.territories.fixed_activity[:, limited] / scale),
        lower=np.ascontiguousarray(lower / scale),
        upper=np.ascontiguousarray(upper / scale),
        ideal=np.ascontiguousarray(ideal / scale),
        home=np.ascontiguousarray((problem.territories.home_xy_m - origin) / length),
        centre=problem.objective.centre,
        compactness=problem.objective.compactness,
        separation=separation(problem.objective).scaled(length, cost_unit / mass),
        own_indptr=owned.indptr.astype(np.int32),
        own_indices=owned.indices.astype(np.int32),
        own_cost=owned.data * leave[row],
        leave_cost=leave * problem.had_owner,
        mixes=mixes_of(problem),
        budgets=budgets_of(problem, owned),
        rivals=rivals_of(problem),
        excluded_indptr=excluded.indptr.astype(np.int32),
        excluded_indices=excluded.indices.astype(np.int32),
        # Copies: compiled code takes arrays that cannot be written to for another type and compiles anew.
        locked=np.array(problem.locked),
        graph_indptr=np.array(graph.indptr),
        graph_indices=np.array(graph.indices),
        contiguous=problem.contiguous,
        origin_m=origin,
        length_m=length,
        cost_unit=float(cost_unit),
    )


def _cost_unit(objective: Objective, mass: float, length: float) -> float:
    """Return what a territory costs whose units are one scaled length from its centre, in the objective's unit."""
    if objective.compactness is Compactness.DIAMETER:
        return length
    whole = separation(objective.replace(between=None))
    return mass * float(whole.at(np.array([length**2]))[0])
