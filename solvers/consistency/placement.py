"""The CP-SAT model of placing all items so that every rule holds, with no other objective.

Sums are rounded so that no alignment that keeps the rules is lost: what is infeasible here is infeasible. Contiguity is
not written into the model but added where an answer breaks it (`solvers.cp_sat.contiguity`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ortools.sat.python import cp_model

from planner.arrays import FloatArray, IntArray
from planner.problem import AlignmentProblem
from planner.scorecard import scorecard
from planner.stop import Stop
from solvers.conflicts.exhaustion import LEAST_SPENT, watched_solve
from solvers.conflicts.packing import common_step
from solvers.consistency.items import Items, items_of
from solvers.consistency.rows import Block, blocks_of
from solvers.cp_sat.contiguity import Cut, Surroundings
from solvers.cp_sat.engine import new_solver
from solvers.model import build_model

FINEST = 2.0**30
"""Integer steps that the sum of a row is counted in where it has no common step."""

MOST_ROUNDS = 300
"""Rounds of adding inequalities of contiguity, at most."""


@dataclass(frozen=True, eq=False)
class Placed:
    """What trying to place everything has shown.

    Parameters
    ----------
    territory
        Territory of each unit in an alignment that keeps every rule, shape ``(n_units,)``; None where none was found.
    impossible
        Whether there is none.
    """

    territory: IntArray | None = None
    impossible: bool = False


def place(
    problem: AlignmentProblem, *, effort: float, stop: Stop, seed: int = 0, ordered: bool = False
) -> Placed:
    """Look for an alignment that keeps every rule of `problem`, or for the proof that there is none.

    Parameters
    ----------
    problem
        The problem, of few enough pairs of unit and territory for CP-SAT (some ten thousand).
    effort
        CP-SAT's units of deterministic time, about a second each.
    stop
        Asked ten times a second.
    seed
        Seed of the search.
    ordered
        Whether territories that differ in no rule are told apart by an order: that helps proofs and hinders answers.
    """
    items = items_of(problem)
    if len(items.homeless):
        return Placed(impossible=True)
    model = _Placement(problem, items, ordered)
    surroundings = _surroundings(problem, items) if problem.contiguous else None
    spent = 0.0
    for _ in range(MOST_ROUNDS):
        if spent >= effort or stop.reason(0) is not None:
            break
        solver = new_solver(seed)
        solver.parameters.max_deterministic_time = effort - spent
        left = stop.seconds_left()
        if np.isfinite(left):
            solver.parameters.max_time_in_seconds = max(left, 1e-3)
        status = watched_solve(solver, model.cp, stop)
        spent += solver.response_proto.deterministic_time + LEAST_SPENT
        if status == cp_model.INFEASIBLE:
            return Placed(impossible=True)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        taken = np.array([solver.boolean_value(v) for v in model.chosen], bool)
        choice = np.full(len(items.activity), -1, np.int32)
        choice[model.row[taken]] = model.column[taken]
        label = choice[items.of_unit]
        cuts = [] if surroundings is None else surroundings.cuts(label)
        cuts = [cut for cut in cuts if not problem.loose[cut.territory]]
        if not cuts:
            return Placed(label if scorecard(problem, label).feasible else None)
        for cut in cuts:
            model.add_cut(cut)
    return Placed()


def _surroundings(problem: AlignmentProblem, items: Items) -> Surroundings:
    model = build_model(problem)
    free = items.bound[items.of_unit] < 0
    home = np.where(np.isfinite(model.home), model.home, model.xy.mean(axis=0))
    return Surroundings(model, np.arange(problem.n_units), items.allowed[items.of_unit], free, home)


class _Placement:
    """Variables and rules."""

    def __init__(self, problem: AlignmentProblem, items: Items, ordered: bool) -> None:
        self._items = items
        self.cp = cp_model.CpModel()
        self.row, self.column = np.nonzero(items.allowed)
        self._at = np.full(items.allowed.shape, -1)
        self._at[items.allowed] = np.arange(len(self.row))
        self.chosen = [self.cp.new_bool_var("") for _ in range(len(self.row))]
        for places in self._at:
            self.cp.add_exactly_one([self.chosen[p] for p in places if p >= 0])
        blocks = blocks_of(problem, items)
        for block in blocks:
            self._add(block)
        self._classes = _interchangeable(problem, items, blocks)
        for alike in self._classes if ordered else ():
            self._add_order(alike)

    def _add(self, block: Block) -> None:
        shared = block.amount.shape[1] == 1
        for j in np.flatnonzero(np.isfinite(block.most)):
            places = np.arange(len(self.row)) if block.over_all else np.flatnonzero(self.column == j)
            column = 0 if shared else self.column[places] if block.over_all else int(j)
            amount = np.asarray(block.amount[self.row[places], column])
            self._at_most(places[amount != 0], amount[amount != 0], float(block.most[j]))

    def _at_most(self, places: IntArray, amount: FloatArray, most: float) -> None:
        if not len(amount):
            if most < 0:
                self.cp.add_bool_or([])
            return
        # Small integers are what CP-SAT reasons best with.
        total, step = float(np.abs(amount).sum()), common_step(np.abs(amount))
        scale = 1.0 / step if step > 0 and total / step < FINEST else FINEST / max(total, 1e-300)
        near = np.rint(amount * scale)
        exact = bool((np.abs(near - amount * scale) <= 1e-9 * (1.0 + np.abs(near))).all())
        steps = (near if exact else np.floor(amount * scale)).astype(np.int64)
        # Whole steps that stand for the amounts up to rounding: the limit gives way by as much.
        limit = most * scale + (1e-9 * float(np.abs(near).sum() + len(near)) if exact else 0.0)
        if limit >= float(np.maximum(steps, 0).sum()):
            return
        if limit < float(np.minimum(steps, 0).sum()):
            self.cp.add_bool_or([])
            return
        held = [self.chosen[p] for p in places]
        self.cp.add(cp_model.LinearExpr.weighted_sum(held, steps.tolist()) <= int(np.floor(limit)))

    def _add_order(self, alike: IntArray) -> None:
        """Let the first item of each of some interchangeable territories come before the first of the next one."""
        size = self._items.activity[:, 0] if self._items.activity.shape[1] else np.zeros(len(self._at))
        order = np.argsort(-size, kind="stable")
        for one, other in pairwise(alike.tolist()):
            begun: cp_model.IntVar | None = None
            for i in order:
                later, here = self._at[i, other], self._at[i, one]
                if later >= 0:
                    self.cp.add_bool_or([*([] if begun is None else [begun]), ~self.chosen[later]])
                if here >= 0:
                    now = self.cp.new_bool_var("")
                    so_far = [self.chosen[here]] if begun is None else [self.chosen[here], begun]
                    self.cp.add_bool_or([*so_far, ~now])
                    begun = now

    def add_cut(self, cut: Cut) -> None:
        """Add that a territory, and any like it, holds two units only with one of those between them."""
        of = self._items.of_unit
        alike = next(
            (one for one in self._classes if cut.territory in one), np.array([cut.territory], np.int32)
        )
        for j in alike:
            held = [self._at[of[i], j] for i in (cut.stray, cut.root)]
            if min(held) < 0:
                continue
            between = [self.chosen[p] for p in {self._at[of[i], j] for i in cut.separator} if p >= 0]
            self.cp.add_bool_or([*between, *(~self.chosen[p] for p in held)])


def _interchangeable(problem: AlignmentProblem, items: Items, blocks: tuple[Block, ...]) -> list[IntArray]:
    """Return the groups of territories that differ in no rule, two or more in each."""
    columns = [items.allowed.T.astype(float), problem.loose[:, None].astype(float)]
    for block in blocks:
        columns += [block.amount.T] if block.amount.shape[1] > 1 else []
        columns += [] if block.over_all else [block.most[:, None]]
    _, kind = np.unique(np.hstack(columns), axis=0, return_inverse=True)
    groups = [np.flatnonzero(kind.ravel() == one).astype(np.int32) for one in np.unique(kind)]
    return [group for group in groups if len(group) > 1]
