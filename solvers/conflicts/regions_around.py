"""The regions that call for the largest deviations, each as small as the proof allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray
from planner.graph import Graph
from solvers.conflicts.region import least_deviation
from solvers.conflicts.surroundings import ball, limits_of, region_of, scan

LongArray = NDArray[np.int64]

MOST_UNITS = 24
"""Units of a region in the scan of all surroundings."""

MOST_NODES = 2_000
"""Connected sets looked at per region of the scan."""

MOST_WORK = 6_000_000
"""Connected sets looked at in the whole scan."""

MOST_SEEDS = 200_000
"""Units whose surroundings are looked at, the heaviest first."""

MOST_UNITS_CLOSELY = 40
"""Units of a region that is looked at closely, because it is part of a dead end."""

MOST_NODES_CLOSELY = 200_000
"""Connected sets looked at per region there."""

MOST_REGIONS = 5
"""Regions returned."""


@dataclass(frozen=True, eq=False)
class Search:
    """Where regions are looked for.

    Parameters
    ----------
    graph
        The neighbour graph.
    load
        Load of each unit of it, shape ``(n,)``.
    limits
        Kinds of territories, one row each; see `solvers.conflicts.region`.
    locked
        Territory that a unit belongs to, shape ``(n,)``; −1 where free.
    own_limits
        Limits of each territory where its locked units lie in the region, shape ``(n_territories, 6)``.
    cap
        Largest deviation that is proved.
    """

    graph: Graph
    load: FloatArray
    limits: FloatArray
    locked: LongArray
    own_limits: FloatArray
    cap: float

    def divide(self, members: LongArray, most_nodes: int) -> tuple[float, LongArray, LongArray]:
        """Return the least deviation of a region, 0 where none is proved; its worst piece; its open units."""
        graph, n = self.graph, self.graph.n_units
        near, open_units = region_of(members, graph.indptr, graph.indices, np.full(n, -1, np.int64))
        seen = np.zeros(len(self.own_limits), np.bool_)
        table = limits_of(members, self.limits, self.locked, self.own_limits, seen)
        value, piece, _ = least_deviation(near, self.load[members], open_units, table, self.cap, most_nodes)
        return value, members[_bits(int(piece), len(members))], members[_bits(int(open_units), len(members))]


@dataclass(frozen=True, eq=False)
class Region:
    """A region that cannot be divided inside the limits.

    Parameters
    ----------
    deviation
        Least deviation at which it can be.
    core, rim
        Its units without and with neighbours outside.
    worst
        The piece that deviates most in the least bad division.
    """

    deviation: float
    core: LongArray
    rim: LongArray
    worst: LongArray


def _bits(mask: int, n: int) -> NDArray[np.bool_]:
    return np.array([mask >> i & 1 for i in range(n)], bool)


def tightest_regions(search: Search, seeds: LongArray) -> list[Region]:
    """Return regions that cannot be divided inside the limits, the worst first, none of which overlap.

    Parameters
    ----------
    search
        Where they are looked for.
    seeds
        Units that regions are grown around, the most promising first.
    """
    graph, seeds = search.graph, seeds[:MOST_SEEDS]
    deviation, size, _ = scan(
        seeds, graph.indptr, graph.indices, search.load, search.limits, search.locked, search.own_limits,
        search.cap, MOST_UNITS, MOST_NODES, MOST_WORK,
    )  # fmt: skip
    taken = np.zeros(graph.n_units, bool)
    found: list[Region] = []
    # The smallest ball among the worst is the easiest to look at closely.
    for s in np.lexsort((size, -np.round(deviation, 9))):
        if deviation[s] <= 0 or len(found) == MOST_REGIONS:
            break
        members = ball(int(seeds[s]), int(size[s]), graph.indptr, graph.indices)
        if taken[members].any():
            continue
        region = _smallest(search, _widest(search, members, float(deviation[s])))
        found.append(region)
        taken[members] = taken[region.core] = taken[region.rim] = True
    return found


def _widest(search: Search, members: LongArray, deviation: float) -> LongArray:
    """Return `members` with more units around them as long as that calls for a larger deviation."""
    best = members
    while True:
        around = [search.graph.neighbours(int(u)) for u in members]
        more = np.setdiff1d(np.concatenate(around), members)
        members = np.r_[members, more]
        if not len(more) or len(members) > MOST_UNITS_CLOSELY:
            return best
        value, _, _ = search.divide(members, MOST_NODES_CLOSELY)
        if value > deviation:
            best, deviation = members, value


def _smallest(search: Search, members: LongArray) -> Region:
    """Return the region without the units that the proof does not need, those met last left out first."""
    deviation, _, _ = search.divide(members, MOST_NODES_CLOSELY)
    for u in members[::-1]:
        fewer = members[members != u]
        if len(fewer) and search.divide(fewer, MOST_NODES_CLOSELY)[0] >= deviation:
            members = fewer
    deviation, worst, rim = search.divide(members, MOST_NODES_CLOSELY)
    return Region(deviation, np.setdiff1d(members, rim), rim, worst)
