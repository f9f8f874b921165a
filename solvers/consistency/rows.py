"""Every rule that counts as linear inequalities over shares of items in territories.

With ``x[i, j]`` the share of item *i* in territory *j*, ``Σ_j x[i, j] = 1`` and ``x ≥ 0`` where the item may go, every
alignment that obeys the rules keeps ``A x ≤ b``. Rows:

- limits of each measure in each territory, both sides;
- each disruption budget, in all and per territory;
- both sides of each mix, multiplied out: ``Σ_i (part_i − upper · whole_i) x[i, j]`` is at most
  ``upper · fixed_whole_j − fixed_part_j``;
- at most one of each set of items that are pairwise apart in each territory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray
from planner.problem import AlignmentProblem
from solvers.consistency.items import TOLERANCE, Items, bound_to_lose

MOST_CLIQUES = 400
"""Sets of items pairwise apart that get rows; more would only cost time."""


@dataclass(frozen=True, eq=False)
class Block:
    """Rows of one rule: one per territory, or one over all territories.

    Parameters
    ----------
    amount
        What an item adds to the row of a territory, shape ``(n_items, n_territories)`` or, where it is the same for
        every territory, ``(n_items, 1)``.
    most
        Right-hand sides, shape ``(n_territories,)``, inf for no row; shape ``(1,)`` for one row over all.
    scale
        What breaches are measured in, positive, shape of `most`.
    key
        What the rows are about, the same in every problem with that rule.
    """

    amount: FloatArray
    most: FloatArray
    scale: FloatArray
    key: tuple[object, ...]

    @property
    def over_all(self) -> bool:
        """Whether one row sums over all territories."""
        return self.most.shape == (1,) and self.amount.shape[1] > 1


def blocks_of(problem: AlignmentProblem, items: Items) -> tuple[Block, ...]:
    """Return the rows of all rules."""
    return (
        *_of_limits(problem, items),
        *_of_budgets(problem, items),
        *_of_mixes(problem, items),
        *_of_cliques(problem, items),
    )


def _of_limits(problem: AlignmentProblem, items: Items) -> Iterator[Block]:
    lower, upper = problem.limits()
    for m in problem.limited:
        ideal, fixed = np.abs(problem.measures[int(m)].ideal), problem.territories.fixed_activity[:, m]
        amount = items.activity[:, m : m + 1]
        scale = np.where(ideal > 0, ideal, max(float(amount.sum()), 1e-12) / problem.n_territories)
        slack = TOLERANCE * ideal
        yield Block(amount, upper[:, m] - fixed + slack, scale, ("upper", int(m)))
        yield Block(-amount, fixed - lower[:, m] + slack, scale, ("lower", int(m)))


def _of_budgets(problem: AlignmentProblem, items: Items) -> Iterator[Block]:
    k = problem.n_territories
    for b, budget in enumerate(problem.budgets):
        whole = max(float(budget.weight.sum()), 1e-12)
        if np.isfinite(budget.total):
            moved = items.summed(budget.weight[:, None] * bound_to_lose(problem))
            yield Block(moved, np.array([budget.most]), np.array([whole / k]), ("budget", b))
        if np.isfinite(budget.per_territory).any():
            held = budget.weight[:, None] * problem.owned.toarray()
            most_lost = budget.most_per_territory - held.sum(axis=0)
            yield Block(-items.summed(held), most_lost, np.full(k, whole / k), ("seat budget", b))


def _of_mixes(problem: AlignmentProblem, items: Items) -> Iterator[Block]:
    k = problem.n_territories
    for x, mix in enumerate(problem.mixes):
        part, whole = items.summed(mix.part), items.summed(mix.whole)
        scale = np.full(k, max(float(whole.sum() + mix.fixed_whole.sum()), 1e-12) / k)
        slack = TOLERANCE * k * scale
        if (mix.upper < 1).any():
            amount = part[:, None] - mix.upper[None, :] * whole[:, None]
            most = mix.upper * mix.fixed_whole - mix.fixed_part + slack
            yield Block(amount, np.where(mix.upper < 1, most, np.inf), scale, ("mix upper", x))
        if (mix.lower > 0).any():
            amount = mix.lower[None, :] * whole[:, None] - part[:, None]
            most = mix.fixed_part - mix.lower * mix.fixed_whole + slack
            yield Block(amount, np.where(mix.lower > 0, most, np.inf), scale, ("mix lower", x))


def _of_cliques(problem: AlignmentProblem, items: Items) -> Iterator[Block]:
    k = problem.n_territories
    for clique in cliques_of(items.apart, len(items.activity)):
        amount = np.zeros((len(items.activity), 1))
        amount[clique] = 1.0
        yield Block(amount, np.ones(k), np.ones(k), ("apart", *clique.tolist()))


def cliques_of(apart: IntArray, n_items: int) -> list[IntArray]:
    """Return sets of items that are pairwise apart and together hold every pair, each grown greedily."""
    pairs = apart[apart[:, 0] != apart[:, 1]]
    if not len(pairs):
        return []
    both = np.r_[pairs, pairs[:, ::-1]]
    near = csr_array((np.ones(len(both), bool), (both[:, 0], both[:, 1])), shape=(n_items, n_items))
    degree = np.diff(near.indptr)
    rivals = {
        int(i): set(near.indices[near.indptr[i] : near.indptr[i + 1]].tolist()) for i in np.unique(pairs)
    }
    left = {(int(a), int(b)) for a, b in pairs}
    found: list[IntArray] = []
    for a, b in sorted(left, key=lambda pair: (-min(degree[pair[0]], degree[pair[1]]), pair)):
        if (a, b) not in left or len(found) == MOST_CLIQUES:
            continue
        clique = [a, b]
        common = rivals[a] & rivals[b]
        while common:
            best = max(common, key=lambda i: (len(rivals[i] & common), -i))
            clique.append(best)
            common &= rivals[best]
        clique.sort()
        left -= {(one, other) for p, one in enumerate(clique) for other in clique[p + 1 :]}
        found.append(np.array(clique, np.int32))
    return found
