"""Dead ends of the neighbour graph: places that no contiguous plan divides within the band.

Three proofs, each on one measure and one connected component of the graph:

1. Bags behind one unit that are too light for a territory go with that unit (`solvers.conflicts.leaves`); a group
   bound together may be too much for any territory.
2. What lies behind one unit is divided among whole territories and one that also holds the unit: its load may be too
   much for *q* of them and that one, and too little for *q* + 1.
3. Small regions around every group are divided exactly (`solvers.conflicts.region`).

Each gives the least deviation from the ideal that every plan has somewhere. Limits that differ between territories
enter by the loosest, so that the proof holds whichever territory comes to lie there. Effort is limited by counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, sum_by
from planner.graph import Graph
from planner.problem import AlignmentProblem
from solvers.conflicts.band import Band
from solvers.conflicts.conflict import Conflict, named
from solvers.conflicts.leaves import bound_together, depth_first, subtree_loads
from solvers.conflicts.region import HELD, HELD_OR_ELSEWHERE, IDEAL, LOWER, UPPER, WHOLE, excess
from solvers.conflicts.regions_around import Search, tightest_regions

LongArray = NDArray[np.int64]

BOUND_UP_TO = 0.5
"""Deviation up to which light bags count as bound to the unit they hang on."""

MOST_DEVIATION = 8.0
"""Largest deviation that is proved where that is not enough, and no bag counts as bound."""

MOST_COMPONENTS = 20
"""Connected components of the graph that are looked at, the heaviest ones."""

MOST_FOUND = 5
"""Dead ends told per measure, the worst first."""


def dead_ends(problem: AlignmentProblem, bands: list[Band]) -> list[Conflict]:
    """Return the dead ends that no plan divides within `bands`, the worst first per measure.

    Parameters
    ----------
    problem
        The problem; nothing is found where it has no neighbour graph, or where some territory need not be contiguous.
    bands
        Limits per measure; one with an ideal of 0 is passed over, for deviations from it mean nothing.
    """
    if problem.graph is None or not problem.contiguous or problem.loose.any() or problem.n_territories < 2:
        return []
    _, component = problem.graph.pieces(np.zeros(problem.n_units, np.int32))
    found: list[Conflict] = []
    for band in bands:
        if (band.ideal <= 0).any():
            continue
        value = np.asarray(problem.activity[:, band.measure])
        here: list[Conflict] = []
        mass = np.bincount(component, value)
        # A component lighter than any territory is no place of its own: the proofs need one that is not.
        heaviest = np.argsort(-mass, kind="stable")[:MOST_COMPONENTS]
        for c in heaviest[mass[heaviest] > float(band.lower.min())]:
            proofs = _Component(problem, problem.graph, band, value, component == c, BOUND_UP_TO).conflicts()
            if any(one.deviation >= BOUND_UP_TO for one in proofs):
                proofs += _Component(
                    problem, problem.graph, band, value, component == c, MOST_DEVIATION
                ).conflicts()
            here += proofs
        found += _apart(sorted(here, key=lambda conflict: -conflict.deviation))[:MOST_FOUND]
    return found


def _apart(conflicts: list[Conflict]) -> list[Conflict]:
    """Return `conflicts` without those that share units with an earlier one."""
    told: set[int] = set()
    kept = []
    for one in conflicts:
        if told.isdisjoint(one.units):
            kept.append(one)
            told.update(one.units)
    return kept


class _Component:
    """One connected component of the graph with the limits of one measure."""

    def __init__(
        self,
        problem: AlignmentProblem,
        graph: Graph,
        band: Band,
        value: FloatArray,
        inside: NDArray[np.bool_],
        cap: float,
    ) -> None:
        self.cap = cap
        self.problem, self.graph, self.band, self.value, self.inside = problem, graph, band, value, inside
        k = problem.n_territories
        fixed = problem.territories.fixed_activity[:, band.measure]
        self.elsewhere = float(value[~inside].sum())
        locked = problem.locked
        pinned = sum_by(locked[locked >= 0], value[locked >= 0], k)
        stuck = np.bincount(locked[inside & (locked >= 0)], minlength=k) > 0
        self.own_limits = np.c_[
            np.where(band.widens, band.ideal, 0.0), band.lower - band.slack, band.upper + band.slack,
            fixed, fixed + self.elsewhere, np.ones(k),
        ]  # fmt: skip
        rows = self.own_limits.copy()
        rows[:, HELD] += pinned
        rows[:, WHOLE] = ~stuck
        self.limits: FloatArray = np.unique(rows, axis=0)
        self._walk()

    def _walk(self) -> None:
        """Bind bags to the units they hang on, and contract them."""
        graph, value = self.graph, self.value
        units = np.flatnonzero(self.inside)
        root = int(units[value[units].argmax()])
        self.order, self.parent, self.found_at, self.low = depth_first(graph.indptr, graph.indices, root)
        self.bag = subtree_loads(self.order, self.parent, value)
        group = np.arange(len(value))
        locks = (self.problem.locked >= 0).astype(np.float64)
        self.bag_locks = subtree_loads(self.order, self.parent, locks)
        bound_together(
            self.order, self.parent, self.found_at, self.low, self.bag, self.bag_locks, self.limits,
            self.cap, group,
        )  # fmt: skip
        _, self.node = np.unique(group, return_inverse=True)
        self.n_nodes = int(self.node.max()) + 1
        self.load = sum_by(self.node.astype(np.int32), value, self.n_nodes)
        edges, _ = graph.edges()
        self.contracted = Graph.from_edges(self.n_nodes, self.node[edges])
        self.node_lock = np.full(self.n_nodes, -1, np.int64)
        held = np.flatnonzero(self.problem.locked >= 0)
        self.node_lock[self.node[held]] = self.problem.locked[held]

    def conflicts(self) -> list[Conflict]:
        """Return what the three proofs find."""
        return [*self._too_heavy(), *self._behind_one_unit(), *self._regions()]

    def _units_of(self, nodes: NDArray[np.integer]) -> NDArray[np.intp]:
        """Return the units of some groups, the heaviest first."""
        units = np.flatnonzero(np.isin(self.node, nodes))
        return units[np.lexsort((units, -self.value[units]))]

    def _conflict(self, deviation: float, units: NDArray[np.integer], text: str) -> Conflict:
        ideal = self.limits[self.limits[:, IDEAL] > 0, IDEAL]
        level = len(ideal) and np.ptp(ideal) <= 1e-9 * ideal[0]
        about = f"of {ideal[0]:,.2f}" if level else "of the ideals"
        band = (
            "No band narrower than" if deviation >= self.cap else "The narrowest band that can hold there is"
        )
        message = f"{text} {band} ±{100 * deviation:.2f} % {about}" + (
            " can hold there" if deviation >= self.cap else ""
        )
        return Conflict("dead_end", message, self.band.measure, tuple(int(i) for i in units), deviation)

    def _too_heavy(self) -> list[Conflict]:
        """Return the groups of several units that no territory may hold as a whole."""
        size = np.bincount(self.node, minlength=self.n_nodes)
        found = []
        for node in np.flatnonzero(
            (size > 1) & (self.load > (self.limits[:, UPPER] - self.limits[:, HELD]).max())
        ):
            if self.node_lock[node] >= 0:
                continue
            needed = min(excess(float(self.load[node]), self.limits), self.cap)
            units = self._units_of(np.array([node]))
            if needed > 0:
                text = (
                    f"{named(self.problem, units)} reach the rest through one unit only and are too light for "
                    f"territories of their own: they belong together, but hold {self.load[node]:,.2f} of "
                    f"{self._measure}, more than a territory may."
                )
                found.append(self._conflict(needed, units, text))
        return found

    @property
    def _measure(self) -> str:
        return self.problem.measures[self.band.measure].name

    def _behind_one_unit(self) -> list[Conflict]:
        """Return the bags too heavy for *q* territories and the one that leads out, too light for *q* + 1."""
        child = self.order[1:]
        above = self.parent[child]
        hangs = self.low[child] >= self.found_at[above]
        free = self.node[child] != self.node[above]
        child = child[hangs & free & (self.bag_locks[child] == 0)]
        found = []
        for u in child[np.argsort(-self.bag[child], kind="stable")]:
            door = int(self.parent[u])
            if self.node_lock[self.node[door]] >= 0:
                continue
            held, through = float(self.bag[u]), float(self.load[self.node[door]])
            needed = self._least_for_bag(held, through)
            if needed > 0:
                units = self._behind(int(u))
                whole = int(held // self.band.ideal.max())
                text = (
                    f"{named(self.problem, units)} hold {held:,.2f} of {self._measure} and reach the rest through "
                    f"{self.problem.units.unit_id[door]} only: too much for {whole} territories and one through "
                    f"it, too little for {whole + 1} and none."
                )
                found.append(self._conflict(needed, units, text))
        return found

    def _behind(self, child: int) -> NDArray[np.intp]:
        """Return the units found from `child`, itself included, the heaviest first."""
        below = np.zeros(len(self.value), bool)
        below[child] = True
        for u in self.order:
            below[u] |= self.parent[u] >= 0 and below[self.parent[u]]
        units = np.flatnonzero(below)
        return units[np.lexsort((units, -self.value[units]))]

    def _least_for_bag(self, held: float, through: float) -> float:
        """Return the least deviation at which some number of whole territories and one outlet take up a bag."""

        def fits(deviation: float) -> bool:
            least, most = self._extremes(deviation)
            if least <= 0 or not np.isfinite(most):
                return True
            whole = int(np.floor(held / least * (1 + 1e-9)))
            return whole * most + max(most - through, 0.0) >= held * (1 - 1e-9)

        if fits(0.0):
            return 0.0
        low, high = 0.0, self.cap
        for _ in range(50):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if fits(middle) else (middle, high)
        return low

    def _extremes(self, deviation: float) -> tuple[float, float]:
        """Return the least that a whole territory and the most that any may hold here at a deviation."""
        rows = self.limits
        below = np.where(rows[:, IDEAL] > 0, rows[:, IDEAL] * (1 - deviation), np.inf)
        lower = np.minimum(rows[:, LOWER], below) - rows[:, HELD_OR_ELSEWHERE]
        upper = np.maximum(rows[:, UPPER], rows[:, IDEAL] * (1 + deviation)) - rows[:, HELD]
        whole = rows[:, WHOLE] > 0
        return float(lower[whole].min()) if whole.any() else np.inf, float(upper.max())

    def _regions(self) -> list[Conflict]:
        """Return the small regions that cannot be divided, none of which overlap."""
        search = Search(self.contracted, self.load, self.limits, self.node_lock, self.own_limits, self.cap)
        seeds = np.unique(self.node[self.inside])
        seeds = seeds[np.argsort(-self.load[seeds], kind="stable")]
        found = []
        for region in tightest_regions(search, seeds):
            core, rim = self._units_of(region.core), self._units_of(region.rim)
            held = float(self.load[region.core].sum())
            worst = self._units_of(region.worst)
            doors = (
                f"reach the rest through {named(self.problem, rim)} only" if len(rim) else "have no way out"
            )
            text = (
                f"{named(self.problem, core)} hold {held:,.2f} of {self._measure} and {doors}: no way to divide them "
                f"into territories in one piece stays inside the band."
            )
            if len(worst):
                text += f" At best {named(self.problem, worst)} hold {self.value[worst].sum():,.2f} together."
            found.append(self._conflict(region.deviation, core, text))
        return found
