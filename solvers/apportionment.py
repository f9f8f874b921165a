"""How disruption budgets for all are shared out to parts that are solved one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.problem import AlignmentProblem
from planner.rules.wording import number
from solvers.conflicts.counting import least_moved


class Apportionment:
    """What each part may move, so that all together keep the budgets; what one leaves over, others may use.

    A part is sure of what its best plan so far moves, or of the least it must move where it has none. The rest goes to
    the parts that are still to come, by what they own today.

    Parameters
    ----------
    problem
        The whole problem.
    parts
        The problems of the parts, each with all budgets of the whole.
    """

    def __init__(self, problem: AlignmentProblem, parts: Sequence[AlignmentProblem]) -> None:
        self._parts, self._budgets = parts, problem.budgets
        self.total = np.array([budget.total for budget in problem.budgets])
        self.least = self._table([[least_moved(part, b) for b in part.budgets] for part in parts])
        self._whole = self._table(
            [[float(b.weight @ part.had_owner) for b in part.budgets] for part in parts]
        )
        self._sure = self.least.copy()

    def _table(self, rows: list[list[float]]) -> FloatArray:
        return np.array(rows, dtype=np.float64).reshape(len(self._parts), len(self.total))

    @property
    def shared(self) -> bool:
        """Whether any budget limits several parts at once."""
        return len(self._parts) > 1 and bool(np.isfinite(self.total).any())

    def faults(self) -> tuple[str, ...]:
        """Return the budgets that are less than what all parts together must move, in words."""
        if not self.shared:
            return ()
        return tuple(
            f"at least {number(needed)} of {budget.name} has to change hands (owners of other regions or no longer "
            f"there, locks, exclusions), but the budget is {number(budget.total)}"
            for budget, needed in zip(self._budgets, self.least.sum(axis=0), strict=True)
            if needed > budget.most
        )

    def uses(self, part: int, territory: IntArray) -> None:
        """Note what a plan of one part moves: it is sure of that from now on."""
        moved = self._parts[part].moved_share(territory)
        used = [float(moved @ budget.weight) for budget in self._parts[part].budgets]
        self._sure[part] = np.maximum(used, self.least[part])

    def allotted(self, part: int, to_come: Sequence[int], *, alone: bool) -> AlignmentProblem:
        """Return the problem of one part with the budgets that it may use now.

        Parameters
        ----------
        part
            Position of the part.
        to_come
            Parts among which the rest is shared, `part` among them.
        alone
            Whether it gets all the rest.
        """
        if not self.shared:
            return self._parts[part]
        others = np.delete(self._sure, part, axis=0).sum(axis=0)
        rest = np.maximum(self.total - others - self._sure[part], 0.0)
        of = self._whole[list(to_come)].sum(axis=0)
        share = np.where(of > 0, self._whole[part] / np.where(of > 0, of, 1.0), 1.0 / len(to_come))
        # An infinite rest has no shares.
        finite = np.where(np.isfinite(rest), rest, 0.0)
        more = np.where(np.isfinite(rest), finite * (1.0 if alone else share), np.inf)
        # A plan that passes its budget is not sure of all it moves: the others come first.
        total = np.minimum(self._sure[part] + more, np.maximum(self.total - others, self.least[part]))
        return self._with(part, total)

    def most(self, part: int) -> AlignmentProblem:
        """Return the problem of one part with all that it could use, did the others move the least they must."""
        return self._with(part, self.total - np.delete(self.least, part, axis=0).sum(axis=0))

    def _with(self, part: int, total: FloatArray) -> AlignmentProblem:
        problem = self._parts[part]
        budgets = tuple(
            budget.replace(total=max(float(most), 0.0))
            for budget, most in zip(problem.budgets, total, strict=True)
        )
        return problem.replace(budgets=budgets)
