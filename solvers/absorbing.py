"""A first alignment after seats came or went: what has no rep is absorbed by neighbours, new seats are peeled.

Both grow territories unit by unit over the neighbour graph. Neighbours with most room take over first; a new territory
takes what has no rep, then what overloaded territories around it can spare. Nobody else changes.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from planner.alignment import NOBODY
from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from planner.graph import Graph
from planner.measures.compactness import centroids
from planner.problem import AlignmentProblem
from solvers.restriction import Positions
from solvers.unit_graph import unit_graph


@dataclass(frozen=True, eq=False)
class FirstAlignment:
    """Where a search begins.

    Parameters
    ----------
    territory
        Territory of each unit, complete, shape ``(n_units,)``.
    donors
        Territories that gave something to new ones, shape ``(n_territories,)``.
    """

    territory: IntArray
    donors: MaskArray


def first_alignment(
    problem: AlignmentProblem, graph: Graph, owner: IntArray, moving: MaskArray
) -> FirstAlignment:
    """Return today's alignment with new territories peeled out of it and the units without a rep absorbed.

    Parameters
    ----------
    problem
        Its territories without any unit today are the new ones.
    graph
        Links along which territories grow, without gaps where possible.
    owner
        Today's owners as `with_ownerless` returns them, shape ``(n_units,)``.
    moving
        Units that cannot stay where they are, shape ``(n_units,)``.
    """
    growth = _Growth(problem, graph, np.where(moving | (owner < 0), -1, owner).astype(np.int32))
    held = np.flatnonzero((growth.label < 0) & (problem.locked >= 0))
    for unit in held.tolist():
        growth.give(unit, int(problem.locked[unit]))
    today = np.bincount(problem.current[problem.current >= 0], minlength=problem.n_territories)
    for new in np.flatnonzero(today == 0).tolist():
        growth.peel(new)
    growth.absorb(growth.label < 0)
    for unit in np.flatnonzero(growth.label < 0).tolist():
        growth.place(unit)
    return FirstAlignment(growth.label, growth.donors)


def with_ownerless(problem: AlignmentProblem) -> IntArray:
    """Return today's owners, units that nobody owns given to the neighbours with most room, shape ``(n_units,)``.

    Negative remains what has a rep that is gone, and what of nobody's lies among that.
    """
    graph = links(problem)
    growth = _Growth(problem, graph, np.where(problem.current < 0, -1, problem.current).astype(np.int32))
    growth.absorb(problem.current == NOBODY)
    return np.where((growth.label < 0) & (problem.current != NOBODY), problem.current, growth.label).astype(
        np.int32
    )


def links(problem: AlignmentProblem) -> Graph:
    """Return the links along which territories grow: those of the problem, else between near units."""
    return unit_graph(problem.units.xy_m) if problem.graph is None else problem.graph


class _Growth:
    """Labels in the making, with the loads they come to."""

    def __init__(self, problem: AlignmentProblem, graph: Graph, label: IntArray) -> None:
        self.problem, self.graph, self.label = problem, graph, label
        k = problem.n_territories
        self.donors: MaskArray = np.zeros(k, dtype=np.bool_)
        columns = [m for m in problem.limited if (problem.measures[m].ideal > 0).all()]
        lower, upper = problem.limits()
        if columns:
            self.activity = problem.activity[:, columns]
            self.loads = problem.loads(label)[:, columns]
            self.ideal = np.stack([problem.measures[m].ideal for m in columns], axis=1)
            self.lower, self.upper = lower[:, columns], upper[:, columns]
        else:
            weight = problem.objective.weight
            self.activity = weight[:, None]
            self.loads = sum_by(label[label >= 0], weight[label >= 0], k)[:, None]
            self.ideal = np.full((k, 1), weight.sum() / k)
            self.lower, self.upper = np.zeros((k, 1)), np.full((k, 1), np.inf)
        self.centre = centroids(problem.units.xy_m, problem.objective.weight, label, k)
        have = problem.territories.have_home
        self.centre[have] = problem.territories.home_xy_m[have]

    def may(self, unit: int, territory: int) -> bool:
        """Return whether the rules of pairs allow a unit in a territory."""
        problem = self.problem
        if problem.locked[unit] >= 0:
            return int(problem.locked[unit]) == territory
        region = problem.region_of_unit[unit]
        if region >= 0 and region != problem.region_of_territory[territory]:
            return False
        return problem.excluded is None or not problem.excluded[unit, territory]

    def give(self, unit: int, territory: int) -> None:
        """Let a unit change hands, or get its first ones."""
        before = int(self.label[unit])
        if before >= 0:
            self.loads[before] -= self.activity[unit]
            self.donors[before] = True
        self.loads[territory] += self.activity[unit]
        self.label[unit] = territory

    def fullness(self, territory: int) -> float:
        """Return the largest load of a territory in terms of its ideals."""
        return float((self.loads[territory] / self.ideal[territory]).max())

    def peel(self, new: int) -> None:
        """Grow a new territory from its seed until it holds enough, from what has no rep and what is overloaded."""
        enough = np.where(
            np.isfinite(self.lower[new]), (self.lower[new] + self.ideal[new]) / 2, self.ideal[new]
        )
        seed = self._seed(new)
        if seed < 0:
            return
        xy = self.problem.units.xy_m
        for spare in (1.0, 0.0):
            waiting, seen = [(0.0, seed)], {seed}
            while waiting and (self.loads[new] < enough).any():
                _, unit = heapq.heappop(waiting)
                if self.label[unit] != new and self._may_take(unit, new, spare):
                    self.give(unit, new)
                if self.label[unit] != new:
                    continue
                for other in self.graph.neighbours(unit).tolist():
                    if other not in seen:
                        seen.add(other)
                        away = float(np.hypot(*(xy[other] - xy[seed])))
                        heapq.heappush(waiting, (away, other))
        self.centre[new] = xy[seed]

    def absorb(self, units: MaskArray) -> None:
        """Give `units` to the neighbours with most room, nearest first among equals, as far as they have any."""
        xy = self.problem.units.xy_m
        waiting: list[tuple[float, float, int, int]] = []

        def offer(unit: int, territory: int) -> None:
            if territory >= 0 and self.may(unit, territory):
                away = float(np.hypot(*(xy[unit] - self.centre[territory])))
                heapq.heappush(waiting, (self.fullness(territory), away, unit, territory))

        for unit in np.flatnonzero(units & (self.label < 0)).tolist():
            for other in self.graph.neighbours(unit).tolist():
                offer(unit, int(self.label[other]))
        while waiting:
            full, _, unit, territory = heapq.heappop(waiting)
            if self.label[unit] >= 0:
                continue
            if self.fullness(territory) > full:
                offer(unit, territory)
                continue
            self.give(unit, territory)
            for other in self.graph.neighbours(unit).tolist():
                if units[other] and self.label[other] < 0:
                    offer(other, territory)

    def place(self, unit: int) -> None:
        """Give a unit that no neighbour may have to the nearest territory that may."""
        away = np.hypot(*(self.centre - self.problem.units.xy_m[unit]).T)
        order = np.argsort(np.where(np.isfinite(away), away, np.inf), kind="stable").tolist()
        self.give(unit, next((j for j in order if self.may(unit, j)), order[0]))

    def _may_take(self, unit: int, new: int, spare: float) -> bool:
        """Return whether a new territory may have a unit; `spare` is the fullness from which owners give."""
        if not self.may(unit, new) or (self.loads[new] + self.activity[unit] > self.upper[new]).any():
            return False
        owner = int(self.label[unit])
        if owner < 0:
            return True
        left = self.loads[owner] - self.activity[unit]
        keeps = bool((left >= np.where(np.isfinite(self.lower[owner]), self.lower[owner], 0.0)).all())
        return keeps and bool((self.loads[owner] / self.ideal[owner]).max() > spare)

    def _seed(self, new: int) -> int:
        """Return where a new territory begins, −1 where nobody can give anything.

        At its home, else amid what has no rep, else at the edge of the fullest territory that can give.
        """
        xy, home = self.problem.units.xy_m, self.problem.territories.home_xy_m[new]
        free = np.flatnonzero(self.label < 0)
        if np.isfinite(home).all():
            near = np.argsort(np.hypot(*(xy - home).T), kind="stable")
            return self._first(near, new)
        if len(free):
            middle: FloatArray = xy[free].mean(axis=0)
            found = self._first(free[np.argsort(np.hypot(*(xy[free] - middle).T), kind="stable")], new)
            if found >= 0:
                return found
        full = (self.loads / self.ideal).max(axis=1)
        for owner in np.argsort(-full, kind="stable").tolist():
            units = np.flatnonzero(self.label == owner)
            edge = np.argsort(-np.hypot(*(xy[units] - self.centre[owner]).T), kind="stable")
            found = self._first(units[edge], new)
            if found >= 0:
                return found
        return -1

    def _first(self, units: Positions, new: int) -> int:
        """Return the first of `units` that a new territory may have, −1 where none is."""
        return next((u for u in units.tolist() if self._may_take(u, new, 0.0)), -1)
