"""Disruption budgets: how much may change hands in all, and how much one seat may lose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from planner.arrays import IntArray
from planner.budget import Budget
from planner.problem import AlignmentProblem
from planner.rules.rule import Breach, RuleKind
from planner.rules.wording import number, percent


@dataclass(frozen=True, eq=False)
class BudgetRule:
    """No more than a budget changes hands. Its size is the budget.

    Parameters
    ----------
    name
        Name for people.
    budget
        Position of the budget in the problem.
    """

    name: str
    budget: int
    kind: ClassVar[RuleKind] = RuleKind.DISRUPTION

    def parts(self, problem: AlignmentProblem) -> tuple[BudgetRule, ...]:
        """Return none: it is one piece."""
        return ()

    def text(self, problem: AlignmentProblem) -> str:
        """Return the budget as an amount and as a share of what anybody owns today."""
        budget = problem.budgets[self.budget]
        whole = float(problem.had_owner @ budget.weight)
        share = f" ({percent(budget.total / whole)} of {number(whole)})" if whole > 0 else ""
        return f"at most {number(budget.total)} of {budget.name} may change hands{share}"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the breach where more changes hands; the amount is how much more."""
        budget = problem.budgets[self.budget]
        used = self._used(problem, territory)
        if used <= budget.most:
            return ()
        said = f"{number(used)} of {budget.name} change hands; the budget is {number(budget.total)}"
        moved = tuple(np.flatnonzero((problem.moved_share(territory) > 0) & (budget.weight > 0)).tolist())
        return (Breach(self.name, (), moved, used - budget.total, _over(used, budget.total), said),)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which any amount may change hands."""
        return self.eased(problem, np.inf)

    def size(self, problem: AlignmentProblem) -> float:
        """Return the budget."""
        return problem.budgets[self.budget].total

    def needed(self, problem: AlignmentProblem, territory: IntArray) -> float:
        """Return what changes hands, or the budget where that is more."""
        return max(self._used(problem, territory), self.size(problem))

    def eased(self, problem: AlignmentProblem, size: float) -> AlignmentProblem:
        """Return the problem with a budget of `size`, where it is not larger already."""
        budget = problem.budgets[self.budget]
        return _with(problem, self.budget, budget.replace(total=max(budget.total, size)))

    def eased_text(self, problem: AlignmentProblem, size: float) -> str:
        """Return the old budget and the new one."""
        name = problem.budgets[self.budget].name
        return f"raise the disruption budget from {number(self.size(problem))} to {number(size)} of {name}"

    def _used(self, problem: AlignmentProblem, territory: IntArray) -> float:
        return float(problem.moved_share(territory) @ problem.budgets[self.budget].weight)


@dataclass(frozen=True, eq=False)
class SeatBudgetRule:
    """The seat of one territory loses no more than it may. Its size is that amount.

    Parameters
    ----------
    name
        Name for people.
    budget
        Position of the budget in the problem.
    territory
        Position of the territory.
    """

    name: str
    budget: int
    territory: int
    kind: ClassVar[RuleKind] = RuleKind.DISRUPTION

    def parts(self, problem: AlignmentProblem) -> tuple[SeatBudgetRule, ...]:
        """Return none: it is one piece."""
        return ()

    def text(self, problem: AlignmentProblem) -> str:
        """Return what the seat may lose, as an amount and as a share of what it owns today."""
        budget, size = problem.budgets[self.budget], self.size(problem)
        owned = float((problem.owned.T @ budget.weight)[self.territory])
        share = f" ({percent(size / owned)} of {number(owned)})" if owned > 0 else ""
        whose = problem.territories.territory_id[self.territory]
        return f"territory {whose} may lose at most {number(size)} of {budget.name}{share}"

    def breaches(self, problem: AlignmentProblem, territory: IntArray) -> tuple[Breach, ...]:
        """Return the breach where it loses more; the amount is how much more."""
        budget, size = problem.budgets[self.budget], self.size(problem)
        lost = self._lost(problem, territory)
        if lost <= budget.most_per_territory[self.territory]:
            return ()
        whose = problem.territories.territory_id[self.territory]
        said = f"territory {whose} loses {number(lost)} of {budget.name}; it may lose {number(size)}"
        return (Breach(self.name, (self.territory,), (), lost - size, _over(lost, size), said),)

    def lifted(self, problem: AlignmentProblem) -> AlignmentProblem:
        """Return the problem in which it may lose any amount."""
        return self.eased(problem, np.inf)

    def size(self, problem: AlignmentProblem) -> float:
        """Return what it may lose."""
        return float(problem.budgets[self.budget].per_territory[self.territory])

    def needed(self, problem: AlignmentProblem, territory: IntArray) -> float:
        """Return what it loses, or what it may where that is more."""
        return max(self._lost(problem, territory), self.size(problem))

    def eased(self, problem: AlignmentProblem, size: float) -> AlignmentProblem:
        """Return the problem in which it may lose `size`, where it may not lose more already."""
        budget = problem.budgets[self.budget]
        limit = np.array(budget.per_territory)
        limit[self.territory] = max(limit[self.territory], size)
        return _with(problem, self.budget, budget.replace(per_territory=limit))

    def eased_text(self, problem: AlignmentProblem, size: float) -> str:
        """Return the old limit and the new one."""
        whose = problem.territories.territory_id[self.territory]
        old, new = number(self.size(problem)), number(size)
        return f"let territory {whose} lose {new} of {problem.budgets[self.budget].name} instead of {old}"

    def _lost(self, problem: AlignmentProblem, territory: IntArray) -> float:
        return float(problem.lost_share(problem.budgets[self.budget].weight, territory)[self.territory])


def disruption_rules(problem: AlignmentProblem) -> tuple[BudgetRule | SeatBudgetRule, ...]:
    """Return a rule for each budget that is limited, and for each seat that may lose only so much."""
    found: list[BudgetRule | SeatBudgetRule] = []
    for b, budget in enumerate(problem.budgets):
        if np.isfinite(budget.total):
            found.append(BudgetRule(f"disruption budget of {budget.name}", b))
        for j in np.flatnonzero(np.isfinite(budget.per_territory)).tolist():
            whose = problem.territories.territory_id[j]
            found.append(SeatBudgetRule(f"what {whose} may lose of {budget.name}", b, j))
    return tuple(found)


def _with(problem: AlignmentProblem, position: int, budget: Budget) -> AlignmentProblem:
    budgets = list(problem.budgets)
    budgets[position] = budget
    return problem.replace(budgets=tuple(budgets))


def _over(used: float, limit: float) -> float:
    """Return by how much a limit is passed, relative to it; 1 where nothing at all is allowed."""
    return used / limit - 1.0 if limit > 0 else 1.0
