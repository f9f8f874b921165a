"""What moves cost those who own units today: disruption, unit by unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray, sum_by
from planner.budget import Budget
from planner.explain.groups import Groups
from planner.problem import AlignmentProblem


@dataclass(frozen=True, eq=False)
class Disruption:
    """Disruption of one alignment.

    Parameters
    ----------
    cost
        Its part of the objective.
    used
        What changes hands, as each budget counts it, shape ``(n_budgets,)``.
    lost
        What owners of today lose, shape ``(n_budgets,)`` each; only those whom a move concerns.
    """

    cost: float
    used: FloatArray
    lost: dict[int, FloatArray]

    def breaches(self, budgets: Sequence[Budget], lost: FloatArray) -> int:
        """Return how many limits are broken; `lost` has shape ``(n_territories, n_budgets)``, all owners."""
        return sum(
            int(used > budget.most) + int((given_up > budget.most_per_territory).sum())
            for budget, used, given_up in zip(budgets, self.used, lost.T, strict=True)
        )


class Ownership:
    """Keeps what of each unit changes owner in one alignment.

    Parameters
    ----------
    problem
        What the alignment is judged by.
    territory
        Territory of each unit, shape ``(n_units,)``, complete.
    """

    def __init__(self, problem: AlignmentProblem, territory: IntArray) -> None:
        self.problem, self.territory = problem, territory
        self.moved_share = problem.moved_share(territory)
        owned = problem.owned.tocoo()
        self.unit, owner = owned.coords
        self.part = owned.data
        self.parts_of = Groups(owner, problem.n_territories)

    def of(self, units: IntArray) -> MovingOwnership:
        """Return what a move of `units` makes of it."""
        return MovingOwnership(self, units)


class MovingOwnership:
    """Disruption after a few units have gone together.

    Parameters
    ----------
    ownership
        What was prepared.
    units
        What goes, ascending.
    """

    def __init__(self, ownership: Ownership, units: IntArray) -> None:
        self._all, self._units = ownership, units
        self._goes = np.zeros(ownership.problem.n_units, bool)
        self._goes[units] = True
        self._kept: FloatArray = ownership.problem.owned[units].toarray()
        self._left: dict[int, FloatArray] = {}

    def after(self, to: int, sources: Sequence[int]) -> Disruption:
        """Return the disruption after the move from `sources` to territory `to`; nobody else is concerned."""
        problem = self._all.problem
        moved = self._all.moved_share.copy()
        moved[self._units] = np.clip(problem.had_owner[self._units] - self._kept[:, to], 0.0, 1.0)
        used = np.array([moved @ budget.weight for budget in problem.budgets]).reshape(len(problem.budgets))
        cost = float(moved @ problem.objective.move_cost)
        if not problem.budgets:
            return Disruption(cost, used, {})
        for j in sources:
            if j not in self._left:
                self._left[j] = self._lost(j, False)
        return Disruption(cost, used, {j: self._left[j] for j in sources} | {to: self._lost(to, True)})

    def _lost(self, j: int, come: bool) -> FloatArray:
        """Return what owner `j` loses of each budget's weight once the units are there or are not."""
        every = self._all
        entries = every.parts_of[j]
        unit = every.unit[entries]
        leaves = ~np.where(self._goes[unit], come, every.territory[unit] == j)
        own = np.zeros(int(leaves.sum()), np.int32)
        return np.array(
            [
                sum_by(own, (every.part[entries] * budget.weight[unit])[leaves], 1)[0]
                for budget in every.problem.budgets
            ]
        )
