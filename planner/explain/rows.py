"""Everything the scorecard says of one territory, from the units in it alone.

Each number is summed by the functions that the scorecard uses, over the same units in the same order: it equals the
scorecard's to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, IntArray, sum_by
from planner.explain.best_centres import BestCentres
from planner.explain.groups import Groups
from planner.graph import Graph
from planner.measures import compactness, travel
from planner.measures.separation import diameter, separation
from planner.mix import Mix
from planner.objective import Centre, Compactness
from planner.problem import AlignmentProblem


@dataclass(frozen=True, eq=False)
class Row:
    """What rules and objective ask of one territory; names and units as in the scorecard.

    `loads` has shape ``(n_measures,)``, `mix_share` ``(n_mixes,)``, `centre_m` ``(2,)``. `components` counts the
    connected components of the whole graph that the territory lies in. `diameter_m` is NaN unless it is optimised;
    `centre_unit` is the unit that distance is taken from where the objective is about best units, else −1.
    """

    loads: FloatArray
    centre_m: FloatArray
    inertia: float
    diameter_m: float
    pieces: int
    components: int
    mix_share: FloatArray
    centre_unit: int


@dataclass(frozen=True, eq=False)
class Details:
    """The rest of what the scorecard says of one territory."""

    diameter_m: float
    polsby_popper: float
    mean_distance_m: float
    reach_m: float


class Rows:
    """Measures single territories of one problem.

    Parameters
    ----------
    problem
        What territories are judged by.
    members
        Units of each territory in the alignment that what is measured will be near to.
    """

    def __init__(self, problem: AlignmentProblem, members: Groups) -> None:
        self._problem = problem
        self._position = np.full(problem.n_units, -1, np.int32)
        graph, units, objective = problem.graph, problem.units, problem.objective
        self._component: IntArray | None = None
        if graph is not None:
            self._component = graph.pieces(np.zeros(graph.n_units, np.int32))[1]
        self._narrow = objective.compactness is Compactness.DIAMETER
        self._centres: BestCentres | None = None
        if objective.centre is Centre.UNIT and not self._narrow:
            self._centres = BestCentres(
                separation(objective), units.xy_m, objective.weight, members, problem.n_territories
            )
        self._round = graph is not None and units.have_area and bool(np.isfinite(units.perimeter_m).all())

    def centre_unit(self, j: int, members: IntArray) -> int:
        """Return the unit that distance is taken from where territory `j` consists of `members`; −1 for none."""
        return -1 if self._centres is None else self._centres.of(j, members)

    def measure(self, j: int, members: IntArray, fixed_activity: FloatArray) -> Row:
        """Return what counts of territory `j` if it consisted of `members`.

        Parameters
        ----------
        j
            Position of the territory.
        members
            Its units, ascending.
        fixed_activity
            What it holds whatever is decided, shape ``(n_measures,)``.
        """
        problem = self._problem
        xy, weight = problem.units.xy_m[members], problem.objective.weight[members]
        own = np.zeros(len(members), np.int32)
        held = np.array([sum_by(own, column, 1)[0] for column in problem.activity[members].T])
        centre = compactness.centroids(xy, weight, own, 1)
        pieces = components = 0
        if problem.graph is not None and self._component is not None:
            row, column, _ = self._links(problem.graph, members)
            pieces, components = (
                _n_pieces(len(members), row, column),
                len(np.unique(self._component[members])),
            )
        return Row(
            loads=fixed_activity + held.reshape(len(problem.measures)),
            centre_m=centre[0],
            inertia=float(compactness.inertia(xy, weight, own, centre)[0]),
            diameter_m=diameter(xy) if self._narrow else np.nan,
            pieces=pieces,
            components=components,
            mix_share=np.array([_share(mix, j, members) for mix in problem.mixes]),
            centre_unit=self.centre_unit(j, members),
        )

    def details(self, j: int, members: IntArray, row: Row) -> Details:
        """Return the rest of what the scorecard says of territory `j` if it consisted of `members`."""
        problem = self._problem
        units, weight = problem.units, problem.objective.weight[members]
        own, xy = np.zeros(len(members), np.int32), units.xy_m[members]
        home = problem.territories.home_xy_m[j : j + 1]
        start = home if np.isfinite(home).all() else row.centre_m[None]
        mean, reach = travel.mean_and_reach_m(travel.distance_m(xy, own, start), weight, own, 1)
        roundness = np.nan
        if problem.graph is not None and self._round:
            _, _, entry = self._links(problem.graph, members)
            outline = sum_by(own, units.perimeter_m[members], 1)
            outline = outline - sum_by(np.zeros(len(entry), np.int32), problem.graph.length_m[entry], 1)
            roundness = float(compactness.polsby_popper(sum_by(own, units.area_m2[members], 1), outline)[0])
        return Details(
            diameter_m=row.diameter_m if self._narrow else diameter(xy),
            polsby_popper=roundness,
            mean_distance_m=float(mean[0]),
            reach_m=float(reach[0]),
        )

    def _links(self, graph: Graph, members: IntArray) -> tuple[IntArray, IntArray, NDArray[np.int64]]:
        """Return every border between two of `members`, both ways: positions among them, and entries of the graph."""
        position = self._position
        position[members] = np.arange(len(members), dtype=np.int32)
        begin = graph.indptr[members].astype(np.int64)
        count = graph.indptr[members + 1] - begin
        row = np.repeat(np.arange(len(members), dtype=np.int32), count)
        entry = np.repeat(begin - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(len(row))
        column = position[graph.indices[entry]]
        position[members] = -1
        inside = column >= 0
        return row[inside], column[inside], entry[inside]


def _n_pieces(n: int, row: IntArray, column: IntArray) -> int:
    """Return the number of connected pieces of `n` units with these links."""
    if n == 0:
        return 0
    links = coo_array((np.ones(len(row), np.int8), (row, column)), shape=(n, n))
    return int(connected_components(links, directed=False)[0])


def _share(mix: Mix, j: int, members: IntArray) -> float:
    """Return the share that the segment of `mix` has in territory `j`; NaN where it holds nothing."""
    own = np.zeros(len(members), np.int32)
    part = float(mix.fixed_part[j] + sum_by(own, mix.part[members], 1)[0])
    whole = float(mix.fixed_whole[j] + sum_by(own, mix.whole[members], 1)[0])
    return part / whole if whole > 0 else np.nan
