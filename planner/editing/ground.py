"""What stays the same while a plan is edited: its problem, who owns what today, and how single territories measure up.

Parts of `planner.explain` measure one territory from its own units, by the functions and in the order of the scorecard:
what they say equals the scorecard to the last digit.
"""

from __future__ import annotations

import threading

import numpy as np

from planner.accounts import Accounts
from planner.arrays import FloatArray, IntArray, sum_by
from planner.explain.groups import Groups
from planner.explain.rows import Details, Row, Rows
from planner.explain.rule_index import RuleIndex
from planner.explain.unit_rules import UnitRules
from planner.problem import AlignmentProblem


class Ground:
    """What drafts of one plan have in common. Several threads may use it.

    Parameters
    ----------
    problem
        What drafts are judged by.
    territory
        An alignment that drafts will be near to, shape ``(n_units,)``, complete.
    accounts
        Accounts behind the units, where there are any.
    """

    def __init__(self, problem: AlignmentProblem, territory: IntArray, accounts: Accounts | None) -> None:
        k = problem.n_territories
        self.problem, self.accounts = problem, accounts
        self.lower, self.upper = problem.limits()
        self.ideal = np.array([measure.ideal for measure in problem.measures]).reshape(-1, k).T
        self.rules = RuleIndex(problem)
        self.unit_rules = UnitRules(problem, territory)
        self.current = problem.current if accounts is None else accounts.current
        self.activity = problem.activity if accounts is None else accounts.activity
        self.owned_by = Groups(self.current, k)
        owned = problem.owned.tocoo()
        self._owned_unit, owner = owned.coords
        self._owned_part: FloatArray = owned.data
        self._parts_of = Groups(owner, k)
        if accounts is not None:
            self.accounts_of_unit = Groups(np.where(accounts.fixed < 0, accounts.unit, -1), problem.n_units)
        members = Groups(territory, k)
        self._rows = Rows(problem, members)
        linked = problem.graph_within_regions()
        self._linked = None if linked is problem.graph else Rows(problem.replace(graph=linked), members)
        self._turn = threading.Lock()  # rows share scratch space

    def measure(self, j: int, members: IntArray, fixed_activity: FloatArray) -> tuple[Row, int]:
        """Return what counts of territory `j` if it consisted of `members`, ascending, and its surplus of pieces."""
        problem = self.problem
        with self._turn:
            row = self._rows.measure(j, members, fixed_activity)
            judged = row if self._linked is None else self._linked.measure(j, members, fixed_activity)
        hangs = problem.contiguous and not problem.loose[j]
        return row, judged.pieces - judged.components if hangs else 0

    def details(self, j: int, members: IntArray, row: Row) -> Details:
        """Return the rest of what the scorecard says of territory `j`."""
        with self._turn:
            return self._rows.details(j, members, row)

    def entities_of(self, units: IntArray) -> IntArray:
        """Return the accounts of some units (the units where there are no accounts), ascending."""
        if self.accounts is None:
            return units
        return np.sort(np.concatenate([units[:0], *(self.accounts_of_unit[int(u)] for u in units)]))

    def owners_of(self, units: IntArray) -> IntArray:
        """Return the territories that own any part of some units today, ascending."""
        owned = self.problem.owned[units].tocoo()
        return np.unique(owned.coords[1]).astype(np.int32)

    def moved_share(self, units: IntArray, territory: IntArray) -> FloatArray:
        """Return the fraction of each of `units` that changes owner in `territory`, one entry per unit of `units`."""
        problem = self.problem
        kept = np.asarray(problem.owned[units, territory]).ravel()
        moved: FloatArray = np.clip(problem.had_owner[units] - kept, 0.0, 1.0)
        return moved

    def budget_lost(self, j: int, territory: IntArray) -> FloatArray:
        """Return what the owner `j` of today loses of each budget, shape ``(n_budgets,)``."""
        entries = self._parts_of[j]
        unit = self._owned_unit[entries]
        leaves = territory[unit] != j
        own = np.zeros(int(leaves.sum()), np.int32)
        lost = [
            sum_by(own, (self._owned_part[entries] * budget.weight[unit])[leaves], 1)[0]
            for budget in self.problem.budgets
        ]
        return np.array(lost).reshape(len(self.problem.budgets))

    def fixed_activity(self, j: int, fixed: IntArray) -> FloatArray:
        """Return what territory `j` holds apart from geography, where accounts are held as `fixed` says."""
        assert self.accounts is not None
        held = self.accounts.activity[fixed == j]
        own = np.zeros(len(held), np.int32)
        return np.array([sum_by(own, column, 1)[0] for column in held.T]).reshape(held.shape[1])
