"""The CP-SAT model of dividing all units of a small problem, with every hard rule and no other objective.

Sums are rounded so that no plan which keeps the rules is lost: what is infeasible here is infeasible.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.budget import Budget
from planner.mix import SLACK as MIX_SLACK
from planner.mix import Mix
from planner.problem import AlignmentProblem
from solvers.conflicts.band import Band
from solvers.conflicts.packing import common_step

LongArray = NDArray[np.int64]

FINEST = 2.0**30
"""Integer steps that the sum of all activities is counted in where it has no common step."""


class Division:
    """Variables and rules.

    Parameters
    ----------
    problem
        The problem.
    pairs
        Which unit may belong to which territory, shape ``(n_units, n_territories)``.
    bands
        Limits per measure.
    deviation
        Deviation from the ideals that is allowed whatever the limits say; inf for no limits at all.
    """

    def __init__(
        self, problem: AlignmentProblem, pairs: MaskArray, bands: list[Band], deviation: float
    ) -> None:
        self._problem, self._pairs = problem, pairs
        self.cp = cp_model.CpModel()
        self._at = np.full(pairs.shape, -1)
        self._at[pairs] = np.arange(int(pairs.sum()))
        self.row, self.column = np.nonzero(pairs)
        self.chosen = [self.cp.new_bool_var("") for _ in range(len(self.row))]
        for places in self._at:
            self.cp.add_exactly_one([self.chosen[p] for p in places if p >= 0])
        if np.isfinite(deviation):
            for band in bands:
                self._add_band(band, deviation)
        for budget in problem.budgets:
            self._add_budget(budget)
        for mix in problem.mixes:
            self._add_mix(mix)
        for one, other in problem.apart:
            for places in self._at[[one, other]].T:
                if min(places) >= 0:
                    self.cp.add_bool_or([~self.chosen[p] for p in places])
        self.classes = _interchangeable(problem, pairs, bands)
        for alike in self.classes:
            self._add_order(alike)

    def _add_band(self, band: Band, deviation: float) -> None:
        m = band.measure
        value, fixed = self._problem.activity[:, m], self._problem.territories.fixed_activity[:, m]
        step, total = common_step(value), float(value.sum())
        # Small integers are what CP-SAT reasons best with.
        scale = 1.0 / step if step > 0 and total / step < FINEST else FINEST / max(total, 1e-300)
        steps = np.rint(value * scale).astype(np.int64)
        error = np.abs(value * scale - steps)
        lower, upper = band.at(deviation)
        most = (upper + band.slack - fixed) * scale
        least = (lower - band.slack - fixed) * scale
        for j in range(self._problem.n_territories):
            places = np.flatnonzero(self.column == j)
            units, held = self.row[places], [self.chosen[p] for p in places]
            lost = float(error[units].sum()) + 1e-6
            total_steps = int(steps[units].sum())
            high = int(min(np.floor(most[j] + lost), total_steps))
            low = int(max(np.ceil(least[j] - lost), 0))
            if not held or low > high:
                if low > 0 or high < 0:
                    self.cp.add_bool_or([])
                continue
            load = cp_model.LinearExpr.weighted_sum(held, steps[units].tolist())
            self.cp.add_linear_constraint(load, low, high)

    def _add_mix(self, mix: Mix) -> None:
        """Write the limits of a share as ``part − limit · whole``, which is linear."""
        for j in range(self._problem.n_territories):
            places = np.flatnonzero(self.column == j)
            unit = self.row[places]
            for limit, sign in ((mix.upper[j] + MIX_SLACK, 1.0), (mix.lower[j] - MIX_SLACK, -1.0)):
                beyond = sign * (mix.part[unit] - limit * mix.whole[unit])
                room = float(sign * (limit * mix.fixed_whole[j] - mix.fixed_part[j]))
                self._at_most(places, beyond, room)

    def _at_most(self, places: NDArray[np.intp], amount: FloatArray, most: float) -> None:
        """Add that the sum of `amount` over chosen `places` is `most` at most, or hardly more."""
        total = float(np.abs(amount).sum())
        if float(amount[amount > 0].sum()) <= most:
            return
        scale = FINEST / max(total, 1e-300)
        steps = np.floor(amount * scale).astype(np.int64)
        limit = int(np.floor(max(most * scale, float(steps[steps < 0].sum()) - 1.0)))
        self.cp.add(
            cp_model.LinearExpr.weighted_sum([self.chosen[p] for p in places], steps.tolist()) <= limit
        )

    def _add_budget(self, budget: Budget) -> None:
        problem = self._problem
        owned = problem.owned.toarray()
        for j in np.flatnonzero(np.isfinite(budget.per_territory)):
            own = owned[:, j] * budget.weight
            places = np.flatnonzero((self.column != j) & (own[self.row] > 0))
            self._at_most(places, own[self.row[places]], float(budget.most_per_territory[j]))
        if not np.isfinite(budget.total):
            return
        kept = problem.owned.toarray()
        moved = np.clip(problem.had_owner[:, None] - kept, 0.0, 1.0) * budget.weight[:, None]
        total = float(moved.max(axis=1).sum())
        scale = FINEST / max(total, 1e-300)
        limit = budget.most * scale
        amount = np.floor(moved[self.row, self.column] * scale).astype(np.int64)
        if limit < FINEST:
            self.cp.add(
                cp_model.LinearExpr.weighted_sum(self.chosen, amount.tolist()) <= int(np.floor(limit))
            )

    def _add_order(self, alike: IntArray) -> None:
        """Let the first unit of each of some interchangeable territories come before the first of the next one."""
        first = self._problem.limited[0] if len(self._problem.limited) else None
        size = np.zeros(self._problem.n_units) if first is None else self._problem.activity[:, first]
        order = np.argsort(-size, kind="stable")
        for one, other in pairwise(alike.tolist()):
            begun: cp_model.IntVar | None = None
            for i in order:
                later = self._at[i, other]
                if later >= 0:
                    clause = [] if begun is None else [begun]
                    self.cp.add_bool_or([*clause, ~self.chosen[later]])
                here = self._at[i, one]
                if here >= 0:
                    now = self.cp.new_bool_var("")
                    so_far = [self.chosen[here]] if begun is None else [self.chosen[here], begun]
                    self.cp.add_bool_or([*so_far, ~now])
                    begun = now

    def add_cut(self, territory: int, stray: int, root: int, separator: tuple[int, ...]) -> None:
        """Add that a territory, and any like it, holds `stray` and `root` only with a unit of `separator`."""
        alike = next((one for one in self.classes if territory in one), np.array([territory], np.int32))
        for j in alike:
            held = [self._at[i, j] for i in (stray, root)]
            if min(held) < 0:
                continue
            between = [self.chosen[p] for p in self._at[list(separator), j] if p >= 0]
            self.cp.add_bool_or([*between, *(~self.chosen[p] for p in held)])


def _interchangeable(problem: AlignmentProblem, pairs: MaskArray, bands: list[Band]) -> list[IntArray]:
    """Return the groups of territories that differ in no rule, two or more in each."""
    columns: list[FloatArray] = [pairs.T.astype(float)]
    for band in bands:
        fixed = problem.territories.fixed_activity[:, band.measure]
        columns.append(np.c_[band.ideal, band.lower, band.upper, fixed, band.widens])
    if problem.budgets:
        columns.append(problem.owned.toarray().T)
        columns += [budget.per_territory[:, None] for budget in problem.budgets]
    for mix in problem.mixes:
        columns.append(np.c_[mix.fixed_part, mix.fixed_whole, mix.lower, mix.upper])
    _, kind = np.unique(np.hstack(columns), axis=0, return_inverse=True)
    groups = [np.flatnonzero(kind.ravel() == one).astype(np.int32) for one in np.unique(kind)]
    return [group for group in groups if len(group) > 1]
