"""Who owns a compound of several units today, and what it costs to move it.

A problem has one matrix of what is owned, but its budgets and the price on moves weigh units differently. Where the
units of a compound have one owner, or where all weigh alike, the sums are exact. Elsewhere what moves is rounded up
for budgets, so that they hold for the units as well, and down for the price, so that bounds stay bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray, sum_by
from planner.budget import Budget
from planner.problem import AlignmentProblem

ROUNDING = 1e-9
"""Relative difference that sums of floats may have and still count as exact."""


@dataclass(frozen=True, eq=False)
class Owners:
    """What is owned today, and the weights on it, per compound.

    Parameters
    ----------
    current, owned, had_owner, move_cost, budgets
        As in `planner.problem.AlignmentProblem`.
    exact_cost, exact_budgets
        Whether price and budgets count the same as on the units, whatever the plan.
    """

    current: IntArray
    owned: csr_array
    had_owner: FloatArray
    move_cost: FloatArray
    budgets: tuple[Budget, ...]
    exact_cost: bool
    exact_budgets: bool


def compound_owners(problem: AlignmentProblem, of_unit: IntArray, n_compounds: int) -> Owners:
    """Sum up who owns what over the units of each compound.

    Parameters
    ----------
    problem
        The problem of the units.
    of_unit
        Compound of each unit, shape ``(n_units,)``.
    n_compounds
        Number of compounds.
    """
    price = problem.objective.move_cost
    weightings = [budget.weight for budget in problem.budgets if _limited(budget)]
    weighing = _weighing([*weightings, price], of_unit, n_compounds)
    mean = _sums(weighing, of_unit, n_compounds)
    owned, had = csr_array(mean @ problem.owned), mean @ problem.had_owner
    owned.sort_indices()
    changes = _Changes(problem, of_unit, owned, had)
    lowest, _ = changes.factors(price, losses=False)
    budgets, exact = [], True
    for budget in problem.budgets:
        least, most = changes.factors(budget.weight, losses=True)
        exact = exact and (not _limited(budget) or _same(least, most))
        budgets.append(budget.replace(weight=most))
    cost = sum_by(of_unit, price, n_compounds)
    current = most_weight(of_unit, problem.current, weighing)
    return Owners(current, owned, had, lowest, tuple(budgets), _same(lowest, cost), exact)


def most_weight(of_unit: IntArray, label: IntArray, weight: FloatArray) -> IntArray:
    """Return the label that holds most of each compound, the lowest among equals, shape ``(n_compounds,)``.

    `label` has shape ``(n_units,)`` and may be negative.
    """
    pairs, position = np.unique(np.c_[of_unit, label], axis=0, return_inverse=True)
    held = np.bincount(position.ravel(), weight)
    order = np.lexsort((pairs[:, 1], -held, pairs[:, 0]))
    _, first = np.unique(pairs[order, 0], return_index=True)
    return np.asarray(pairs[order[first], 1], dtype=np.int32)


class _Changes:
    """What a plan moves of each compound, as its units count it and as its mean does."""

    def __init__(
        self, problem: AlignmentProblem, of_unit: IntArray, owned: csr_array, had: FloatArray
    ) -> None:
        self._problem, self._of_unit, self._had = problem, of_unit, had
        self._row = np.repeat(np.arange(len(had)), np.diff(owned.indptr))
        self._column, self._owned = owned.indices, owned.data

    def factors(self, weight: FloatArray, losses: bool) -> tuple[FloatArray, FloatArray]:
        """Return the least and most that a compound may weigh to count as its units do, ``(n_compounds,)`` each.

        Compared is what moves when it goes to a stranger and to each of its owners and, with `losses`, what each
        owner loses. Both are the plain sum where nobody owns any of it.
        """
        n = len(self._had)
        sums = _sums(weight, self._of_unit, n, plain=True)
        total, had = sum_by(self._of_unit, weight, n), sums @ self._problem.had_owner
        kept = np.asarray(csr_array(sums @ self._problem.owned)[self._row, self._column]).ravel()
        counted: list[tuple[NDArray[np.intp], FloatArray, FloatArray]] = [(np.arange(n), had, self._had)]
        counted.append((self._row, had[self._row] - kept, self._had[self._row] - self._owned))
        if losses:
            counted.append((self._row, kept, self._owned))
        least, most = np.full(n, np.inf), np.full(n, -np.inf)
        for compound, wanted, mean in counted:
            told = mean > ROUNDING
            factor = wanted[told] / mean[told]
            np.minimum.at(least, compound[told], factor)
            np.maximum.at(most, compound[told], factor)
        least, most = (np.where(np.isfinite(factor), factor, total) for factor in (least, most))
        exact = np.abs(np.c_[least, most] - total[:, None]) <= ROUNDING * total[:, None]
        return np.where(exact[:, 0], total, np.maximum(least, 0.0)), np.where(exact[:, 1], total, most)


def _limited(budget: Budget) -> bool:
    return bool(np.isfinite(budget.total) or np.isfinite(budget.per_territory).any())


def _weighing(weightings: list[FloatArray], of_unit: IntArray, n_compounds: int) -> FloatArray:
    """Return weights that are 0 only where all weightings are, or 1 throughout a compound without any."""
    scaled = [weight / weight.sum() for weight in weightings if weight.any()]
    weighing = np.sum(scaled, axis=0) if scaled else np.zeros(len(of_unit))
    empty = sum_by(of_unit, weighing, n_compounds) <= 0
    return np.asarray(np.where(empty[of_unit], 1.0, weighing), dtype=np.float64)


def _sums(weight: FloatArray, of_unit: IntArray, n_compounds: int, plain: bool = False) -> csr_array:
    """Return the matrix that takes weighted sums over each compound, or means where not `plain`."""
    total = np.ones(n_compounds) if plain else sum_by(of_unit, weight, n_compounds)
    unit = np.arange(len(of_unit))
    return csr_array((weight / total[of_unit], (of_unit, unit)), shape=(n_compounds, len(of_unit)))


def _same(one: FloatArray, other: FloatArray) -> bool:
    return bool((np.abs(one - other) <= ROUNDING * np.maximum(np.abs(one), np.abs(other))).all())
