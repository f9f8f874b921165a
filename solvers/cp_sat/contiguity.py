"""Which territories do not hang together, and the inequalities that say why.

Contiguity is not written into the model, which would grow by a flow per territory, but added where an assignment
breaks it: a unit *a* of a stray piece can belong to the territory of *b* only where the territory also holds a unit
of a set that separates *a* from *b* (Carvajal, Constantino, Goycoolea, Vielma, Weintraub 2013,
https://doi.org/10.1287/opre.2013.1183; Validi, Buchanan, Lykhovyd 2022, https://doi.org/10.1287/opre.2021.2141).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, IntArray, MaskArray
from solvers.cp_sat.subgraph import components, links_among
from solvers.model import SearchModel

MOST_STRAY_UNITS = 8
"""Units of one stray piece that an inequality is written for; more make the model larger than they help."""


@dataclass(frozen=True, eq=False)
class Cut:
    """``x[stray, t] + x[root, t] − 1 ≤ Σ x[separator, t]`` for the territory `t`.

    Parameters
    ----------
    territory
        Position of the territory in the list that the search works on.
    stray, root
        Two units in different pieces.
    separator
        Units, one of which every path inside the territory from `stray` to `root` must cross.
    """

    territory: int
    stray: int
    root: int
    separator: tuple[int, ...]


class Surroundings:
    """The graph among the units of some territories, within which all their paths run.

    Parameters
    ----------
    model
        The scaled problem.
    units
        Units that belong to one of the territories, ascending; the set stays, only their labels change.
    may_hold
        Which unit may belong to which territory, shape ``(len(units), n_listed)``.
    is_free
        Which units may change territory, shape ``(len(units),)``.
    centre
        Centres of the territories, scaled, shape ``(n_listed, 2)``.
    """

    def __init__(
        self,
        model: SearchModel,
        units: NDArray[np.intp],
        may_hold: MaskArray,
        is_free: MaskArray,
        centre: FloatArray,
    ) -> None:
        self.units = units
        self._row, self._column = links_among(model, units)
        self._component = components(model)[units]
        self._may_hold = may_hold
        self._is_free = is_free
        offset = model.xy[units][:, None, :] - centre[None, :, :]
        self._squared = (offset**2).sum(axis=2)
        ends = np.searchsorted(self._row, np.arange(len(units) + 1)).tolist()
        column = self._column.tolist()
        self.neighbours: list[list[int]] = [column[start:end] for start, end in pairwise(ends)]

    def roots(self, territory: int, fixed_label: IntArray) -> set[int]:
        """Return the components of the graph in which `territory` holds a unit that cannot leave it."""
        return set(self._component[(fixed_label == territory) & ~self._is_free].tolist())

    def component(self, place: int) -> int:
        """Return the component of the graph that the unit at `place` lies in."""
        return int(self._component[place])

    def cuts(self, label: IntArray) -> list[Cut]:
        """Return inequalities that `label` breaks; none exactly where every territory hangs together.

        Parameters
        ----------
        label
            Listed territory of each unit, shape ``(len(units),)``.

        Returns
        -------
        Cuts whose units are positions in `units`.
        """
        n = len(self.units)
        inside = label[self._row] == label[self._column]
        row, column = self._row[inside], self._column[inside]
        links = csr_array((np.ones(len(row), np.int8), (row, column)), shape=(n, n))
        n_pieces, piece = connected_components(links, directed=False)
        first = np.full(n_pieces, n)
        np.minimum.at(first, piece, np.arange(n))
        holder = np.c_[label[first], self._component[first]]
        _, group, count = np.unique(holder, axis=0, return_inverse=True, return_counts=True)
        n_fixed = np.bincount(piece, ~self._is_free, n_pieces)
        size = np.bincount(piece, minlength=n_pieces)
        found: list[Cut] = []
        for broken in np.flatnonzero(count > 1):
            pieces = np.flatnonzero(group.ravel() == broken)
            ranked = pieces[np.lexsort((pieces, -size[pieces], -n_fixed[pieces]))]
            territory = int(label[first[ranked[0]]])
            root = self._anchor(np.flatnonzero(piece == ranked[0]), territory)
            for stray in ranked[1:]:
                found += self._cuts_between(np.flatnonzero(piece == stray), root, territory)
        return found

    def _anchor(self, members: NDArray[np.intp], territory: int) -> int:
        """Return the unit of a piece least likely to leave: a fixed one, else the one nearest to the centre."""
        fixed = members[~self._is_free[members]]
        among = fixed if len(fixed) else members
        return int(among[self._squared[among, territory].argmin()])

    def _cuts_between(self, members: NDArray[np.intp], root: int, territory: int) -> list[Cut]:
        stray = set(members.tolist())
        possible = self._may_hold[:, territory]
        around = {v for u in stray for v in self.neighbours[u] if v not in stray and possible[v]}
        reached, waiting, separator = {root}, [root], set()
        while waiting:
            for v in self.neighbours[waiting.pop()]:
                if v in around:
                    separator.add(v)
                elif v not in reached and possible[v]:
                    reached.add(v)
                    waiting.append(v)
        # The root may itself touch the stray piece's surroundings, never be one of them: it is of the territory.
        fixed = members[~self._is_free[members]]
        chosen = fixed[:1] if len(fixed) else self._nearest(members, territory)
        return [Cut(territory, int(a), root, tuple(sorted(separator))) for a in chosen]

    def _nearest(self, members: NDArray[np.intp], territory: int) -> NDArray[np.intp]:
        order = np.argsort(self._squared[members, territory], kind="stable")
        return members[order[:MOST_STRAY_UNITS]]
