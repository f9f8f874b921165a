"""Part of a problem as a problem of its own: some units and the territories that they may belong to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.alignment import GONE
from planner.arrays import FloatArray
from planner.budget import Budget
from planner.graph import Graph
from planner.mix import Mix
from planner.objective import Centre, Objective
from planner.problem import AlignmentProblem, Measure
from planner.seats import Territories
from planner.units import Units

Positions = NDArray[np.intp]


def restricted(problem: AlignmentProblem, units: Positions, territories: Positions) -> AlignmentProblem:
    """Return the problem of some units and territories, without regions.

    Parameters
    ----------
    problem
        The whole problem. What its other units and territories do is left out of account: budgets and limits stay as
        they are, pairs apart that lie partly outside are dropped, locks to outside are dropped, and units that an
        outside territory owns today have to move.
    units, territories
        Their positions, ascending; groups that must stay together lie all inside or all outside.
    """
    within = np.full(problem.n_territories + 1, -1)
    within[territories] = np.arange(len(territories))
    number = np.full(problem.n_units, -1)
    number[units] = np.arange(len(units))
    current = problem.current[units]
    inside = within[np.where(current >= 0, current, -1)]
    pairs = number[problem.apart]
    return problem.replace(
        units=_units(problem.units, units),
        territories=_territories(problem.territories, territories),
        measures=tuple(_measure(measure, territories) for measure in problem.measures),
        activity=problem.activity[units],
        objective=_objective(problem.objective, units, territories),
        graph=None if problem.graph is None else _graph(problem.graph, units, number),
        current=np.where(inside >= 0, inside, np.where(current >= 0, GONE, current)),
        owned=_block(problem.owned, units, territories),
        had_owner=problem.had_owner[units],
        locked=within[problem.locked[units]],
        excluded=None if problem.excluded is None else _block(problem.excluded, units, territories),
        budgets=tuple(_budget(budget, units, territories) for budget in problem.budgets),
        mixes=tuple(_mix(mix, units, territories) for mix in problem.mixes),
        apart=pairs[(pairs >= 0).all(axis=1)],
        together=problem.together[units],
        region_of_unit=None,
        region_of_territory=None,
        region_name=(),
        loose=problem.loose[territories],
    )


def _units(units: Units, kept: Positions) -> Units:
    return Units(units.unit_id[kept], units.xy_m[kept], units.area_m2[kept], units.perimeter_m[kept])


def _territories(territories: Territories, kept: Positions) -> Territories:
    return Territories(
        territories.territory_id[kept],
        territories.seat_id[kept],
        territories.home_xy_m[kept],
        territories.fixed_activity[kept],
    )


def _measure(measure: Measure, territories: Positions) -> Measure:
    return Measure(
        measure.name, measure.ideal[territories], measure.lower[territories], measure.upper[territories]
    )


def _objective(objective: Objective, units: Positions, territories: Positions) -> Objective:
    between: FloatArray | None = objective.between
    if between is not None:
        between = between[np.ix_(units, territories if objective.centre is Centre.HOME else units)]
    return objective.replace(
        weight=objective.weight[units], move_cost=objective.move_cost[units], between=between
    )


def _graph(graph: Graph, units: Positions, number: Positions) -> Graph:
    edges, length_m = graph.edges()
    both = number[edges]
    kept = (both >= 0).all(axis=1)
    return Graph.from_edges(len(units), both[kept], length_m[kept])


def _block(matrix: csr_array, units: Positions, territories: Positions) -> csr_array:
    return csr_array(csr_array(matrix.tocsr()[units, :])[:, territories])


def _budget(budget: Budget, units: Positions, territories: Positions) -> Budget:
    return budget.replace(weight=budget.weight[units], per_territory=budget.per_territory[territories])


def _mix(mix: Mix, units: Positions, territories: Positions) -> Mix:
    return Mix(
        mix.name,
        mix.part[units],
        mix.whole[units],
        mix.fixed_part[territories],
        mix.fixed_whole[territories],
        mix.lower[territories],
        mix.upper[territories],
    )
