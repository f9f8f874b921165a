"""Hard rules besides bands as scaled arrays: shares of segments, disruption budgets, units that must stay apart.

Amounts are divided by what an average territory holds of them, so that a breach of 1 weighs the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray, sum_by
from planner.problem import AlignmentProblem


@dataclass(frozen=True, eq=False)
class Mixes:
    """Limits on the share of a segment per territory, ``lower ≤ part / whole ≤ upper``.

    Parameters
    ----------
    part, whole
        Scaled amounts of each unit, shape ``(n_units, n_mixes)``.
    fixed_part, fixed_whole
        The same of what territories hold in any case, shape ``(n_territories, n_mixes)``.
    lower, upper
        Fractions, shape ``(n_territories, n_mixes)``; 0 and 1 where there is no limit.
    """

    part: FloatArray
    whole: FloatArray
    fixed_part: FloatArray
    fixed_whole: FloatArray
    lower: FloatArray
    upper: FloatArray

    def __len__(self) -> int:
        """Return the number of mixes."""
        return int(self.part.shape[1])

    def among(self, units: IntArray, territories: IntArray) -> Mixes:
        """Return the same limits for some territories and all their units."""
        return Mixes(
            self.part[units],
            self.whole[units],
            self.fixed_part[territories],
            self.fixed_whole[territories],
            self.lower[territories],
            self.upper[territories],
        )


@dataclass(frozen=True, eq=False)
class Budgets:
    """Limits on what changes owner, in all and per owner of today.

    An owner loses what does not stay: a limit on that is one on what it keeps, whoever gets the rest.

    Parameters
    ----------
    own
        Scaled weight that stays where a unit stays with an owner, shape ``(n_owned, n_budgets)``; rows go with
        `SearchModel.own_indices`.
    leave
        Scaled weight of units that stay with none of their owners, shape ``(n_units, n_budgets)``.
    total
        Most that may change owner, shape ``(n_budgets,)``; inf where there is no limit.
    least_kept
        Least that each territory keeps of what is its own today, shape ``(n_territories, n_budgets)``; −inf where
        there is no limit.
    """

    own: FloatArray
    leave: FloatArray
    total: FloatArray
    least_kept: FloatArray

    def __len__(self) -> int:
        """Return the number of budgets."""
        return len(self.total)


@dataclass(frozen=True, eq=False)
class Rivals:
    """Units that must not share a territory.

    Parameters
    ----------
    indptr, indices
        Rivals of each unit, compressed rows in both directions.
    breach
        What a pair in one territory counts as, in shares of an average territory.
    """

    indptr: IntArray
    indices: IntArray
    breach: float

    def among(self, units: IntArray) -> Rivals:
        """Return the rivals among some units, numbered by their places in `units`."""
        if not len(self.indices):
            return Rivals(np.zeros(len(units) + 1, np.int32), self.indices, self.breach)
        inside = self.matrix()[units][:, units].tocsr()
        return Rivals(inside.indptr.astype(np.int32), inside.indices.astype(np.int32), self.breach)

    def matrix(self) -> csr_array:
        """Return the pairs as a symmetric matrix of ones, sparse ``(n_units, n_units)``."""
        n = len(self.indptr) - 1
        return csr_array((np.ones(len(self.indices), np.int8), self.indices, self.indptr), shape=(n, n))

    def pairs(self) -> tuple[IntArray, IntArray]:
        """Return each pair once, the smaller unit first."""
        row = np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))
        once = row < self.indices
        return row[once], self.indices[once]


def mixes_of(problem: AlignmentProblem) -> Mixes:
    """Return the mixes of `problem`."""
    n, k = problem.n_units, problem.n_territories
    scale = [
        (float(mix.part.sum() + mix.fixed_part.sum()) or float(mix.whole.sum() + mix.fixed_whole.sum()) or 1.0) / k
        for mix in problem.mixes
    ]  # fmt: skip

    def columns(rows: int, values: list[FloatArray], scaled: bool = True) -> FloatArray:
        by = np.array(scale) if scaled else 1.0
        return np.ascontiguousarray(np.array(values, float).reshape(len(values), rows).T / by)

    return Mixes(
        columns(n, [mix.part for mix in problem.mixes]),
        columns(n, [mix.whole for mix in problem.mixes]),
        columns(k, [mix.fixed_part for mix in problem.mixes]),
        columns(k, [mix.fixed_whole for mix in problem.mixes]),
        columns(k, [mix.lower for mix in problem.mixes], scaled=False),
        columns(k, [mix.upper for mix in problem.mixes], scaled=False),
    )


def budgets_of(problem: AlignmentProblem, owned: csr_array) -> Budgets:
    """Return those disruption budgets of `problem` that limit anything; `owned` is its matrix with sorted rows."""
    n, k = problem.n_units, problem.n_territories
    finite = [
        budget
        for budget in problem.budgets
        if np.isfinite(budget.total) or np.isfinite(budget.per_territory).any()
    ]
    row = np.repeat(np.arange(n), np.diff(owned.indptr))
    own, leave = np.zeros((len(owned.data), len(finite))), np.zeros((n, len(finite)))
    total, least_kept = np.zeros(len(finite)), np.zeros((k, len(finite)))
    for b, budget in enumerate(finite):
        scale = max(float(budget.weight.sum()) / k, 1e-300)
        own[:, b] = owned.data * budget.weight[row] / scale
        leave[:, b] = problem.had_owner * budget.weight / scale
        total[b] = budget.total / scale
        least_kept[:, b] = sum_by(owned.indices, own[:, b], k) - budget.per_territory / scale
    return Budgets(own, leave, total, least_kept)


def rivals_of(problem: AlignmentProblem) -> Rivals:
    """Return the pairs of `problem` that must stay apart."""
    n = problem.n_units
    first, second = np.asarray(problem.apart, np.int32).reshape(-1, 2).T
    both = np.r_[first, second], np.r_[second, first]
    links = csr_array((np.ones(2 * len(first), np.int8), both), shape=(n, n))
    links.sum_duplicates()
    links.sort_indices()
    indptr, indices = links.indptr.astype(np.int32), links.indices.astype(np.int32)
    return Rivals(indptr, indices, problem.n_territories / n)


def no_side_rules(n_units: int, n_territories: int, n_owned: int) -> tuple[Mixes, Budgets, Rivals]:
    """Return empty rules for so many units, territories and pairs of unit and owner of today."""
    of_units, of_territories = np.zeros((n_units, 0)), np.zeros((n_territories, 0))
    mixes = Mixes(of_units, of_units, of_territories, of_territories, of_territories, of_territories)
    budgets = Budgets(np.zeros((n_owned, 0)), of_units, np.zeros(0), of_territories)
    return mixes, budgets, Rivals(np.zeros(n_units + 1, np.int32), np.zeros(0, np.int32), 0.0)
