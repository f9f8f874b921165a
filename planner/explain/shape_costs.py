"""What the objective makes of the shape of all territories, after two of them change."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.explain.rows import Row
from planner.measures.separation import separation
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem
from planner.scorecard import Scorecard


class ShapeCosts:
    """Keeps the distance cost of every unit of one alignment, so that a move replaces a few of them.

    Parameters
    ----------
    problem
        What the alignment is judged by.
    territory
        Territory of each unit, shape ``(n_units,)``, complete.
    card
        Its scorecard.
    centre_unit
        Best unit of each territory, where distance is taken from that, shape ``(n_territories,)``.
    """

    def __init__(
        self, problem: AlignmentProblem, territory: IntArray, card: Scorecard, centre_unit: IntArray
    ) -> None:
        self._problem, objective = problem, problem.objective
        self._narrow = objective.compactness is Compactness.DIAMETER
        self._summed = not self._narrow and objective.centre is not Centre.CENTROID
        self._of_territory = card.diameter_m if self._narrow else card.inertia
        if not self._summed:
            return
        k, xy = problem.n_territories, problem.units.xy_m
        self._cost = separation(objective)
        self._column, self._place = np.arange(k, dtype=np.int32), problem.territories.home_xy_m
        if objective.centre is Centre.UNIT:
            self._column = centre_unit
            self._place = xy[self._column]
        every = np.arange(problem.n_units, dtype=np.int32)
        self._each = self._cost.each(xy, every, self._place[territory], self._column[territory])

    def of(self, units: IntArray, j: int) -> FloatArray:
        """Return the cost of one unit of weight of each of `units` from the centre that territory `j` has now."""
        at = np.full(len(units), j)
        return self._cost.each(self._problem.units.xy_m, units, self._place[at], self._column[at])

    def between(self, unit: int, j: int, centre_unit: int) -> float:
        """Return the cost of one unit of weight of `unit` from the home of territory `j`, or from a centre unit."""
        at = np.array([unit], np.int32)
        if self._problem.objective.centre is Centre.HOME:
            return float(self.of(at, j)[0])
        column = np.array([centre_unit], np.int32)
        xy = self._problem.units.xy_m
        return float(self._cost.each(xy, at, xy[column], column)[0])

    def after(
        self, units: IntArray, to: int, members: Mapping[int, IntArray], rows: Mapping[int, Row]
    ) -> float:
        """Return the compactness cost after a move, as the scorecard states it.

        Parameters
        ----------
        units, to
            What moved, and where to.
        members, rows
            Units and numbers of each territory that changed.
        """
        objective = self._problem.objective
        if not self._summed:
            of_territory = self._of_territory.copy()
            for j, row in rows.items():
                of_territory[j] = row.diameter_m if self._narrow else row.inertia
            return float(of_territory.max() if self._narrow else np.nansum(of_territory))
        each, xy = self._each.copy(), self._problem.units.xy_m
        if objective.centre is Centre.HOME:
            each[units] = self.of(units, to)
        else:
            for j, held in members.items():
                if len(held):
                    column = np.full(len(held), rows[j].centre_unit, np.int32)
                    each[held] = self._cost.each(xy, held, xy[column], column)
        return float(objective.weight @ each)
