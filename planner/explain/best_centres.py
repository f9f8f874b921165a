"""The best centre unit of a large territory after a few units come or go, without trying every pair of units again.

What the territory costs from each of its units is kept; a unit that comes or goes adds or takes away one term. Where
the best unit then leads by more than rounding can account for, it is the one that a full search would name; else the
full search is made.
"""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.explain.groups import Groups
from planner.measures.separation import Separation, central, centre_unit, totals

FEW = 40
"""Units up to which a full search is quick enough."""
CERTAIN = 1e-9
"""Lead of the best unit, relative to its cost, that rounding cannot account for."""


class BestCentres:
    """Finds the best centre units of territories that are nearly those of one alignment.

    Parameters
    ----------
    cost
        Cost of distance.
    xy, weight
        Positions and weights of all units, shapes ``(n_units, 2)`` and ``(n_units,)``.
    members
        Units of each territory in the alignment.
    n_territories
        Number of territories.
    """

    def __init__(
        self, cost: Separation, xy: FloatArray, weight: FloatArray, members: Groups, n_territories: int
    ) -> None:
        self._cost, self._xy, self._weight, self._members = cost, xy, weight, members
        # Squared distances need no pairs: moments tell all.
        self._pairs = cost.table is not None or len(cost.affine) > 0
        self._known: dict[int, FloatArray] = {}
        for j in range(n_territories):
            held = members[j]
            if self._pairs and len(held) > FEW:
                self._known[j] = totals(cost, xy, weight, held, held)

    def of(self, j: int, members: IntArray) -> int:
        """Return the best centre of territory `j` once it consists of `members`, ascending; −1 for none."""
        if j not in self._known or not len(members):
            return centre_unit(self._cost, self._xy, self._weight, members)
        held = self._members[j]
        gone, come = np.setdiff1d(held, members), np.setdiff1d(members, held)
        places = members[central(self._xy[members], self._weight[members])]
        old = np.isin(places, held)
        total = np.empty(len(places))
        known = self._known[j][np.searchsorted(held, places[old])]
        total[old] = known + self._from(come, places[old]) - self._from(gone, places[old])
        if not old.all():
            total[~old] = totals(self._cost, self._xy, self._weight, members, places[~old])
        best = int(total.argmin())
        if (total <= total[best] + CERTAIN * abs(total[best])).sum() > 1:
            return centre_unit(self._cost, self._xy, self._weight, members)
        return int(places[best])

    def _from(self, units: IntArray, places: IntArray) -> FloatArray:
        """Return what `units` cost from each of `places`."""
        if not len(units):
            return np.zeros(len(places))
        return self._weight[units] @ self._cost.pairs(self._xy, units, self._xy[places], places)
