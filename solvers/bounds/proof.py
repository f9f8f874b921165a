r"""Prove a plan around centre units optimal, or bound how far it is from that, by an integer programme.

The Hess model is solved over the candidates and pairs that multipliers could not rule out (`solvers.bounds.fixing`).
Contiguity is added where a solution breaks it: a unit *i* can belong to the centre unit *u* only together with a unit
of every set of units that separates the two,

.. math:: x_{iu} \le \sum_{s \in S} x_{su}

(Oehrlein, Haunert 2017, https://doi.org/10.5311/JOSIS.2017.15.379; Validi, Buchanan, Lykhovyd 2022,
https://doi.org/10.1287/opre.2021.2141), first to the linear relaxation, which is quick, then to the integer programme.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.stop import MaxSeconds, Stop
from solvers.bounds.centre_problem import CentreProblem

MOST_LINEAR_ROUNDS = 30
"""Rounds of inequalities added to the linear relaxation."""
POSITIVE = 1e-6
"""Part of a unit from which it counts as present."""
MOST_CUTS_PER_CENTRE = 400
"""Inequalities added in one round on account of one centre."""
MOST_STRAY = 3
"""Units of one stray piece that inequalities are written for."""


@dataclass(frozen=True, eq=False)
class CentreProof:
    """What the integer programme found out.

    Parameters
    ----------
    bound
        Proven lower bound on every plan within the rules, no more than the known cost.
    centre
        Candidate of each unit in a plan cheaper than the known one, shape ``(n_units,)``; None where none was found.
    cost
        Cost of that plan; the known cost where there is none.
    proved
        Whether nothing cheaper than `cost` is left.
    rounds
        Linear and integer programmes solved.
    """

    bound: float
    centre: IntArray | None
    cost: float
    proved: bool
    rounds: int


class _Programme:
    """The integer programme over the open pairs, with its inequalities so far."""

    def __init__(self, problem: CentreProblem, pairs: MaskArray, links: csr_array | None) -> None:
        self.problem, self._links = problem, links
        # A territory may have a piece in each component of the graph: only what a way could link is tied.
        self._component = None if links is None else connected_components(links, directed=False)[1]
        self.candidate, self.unit = np.nonzero(pairs)
        self._column = np.full(pairs.shape, -1, np.int64)
        self._column[self.candidate, self.unit] = np.arange(len(self.unit))
        self.opened = np.flatnonzero(pairs.any(axis=1))
        # A centre is open where its member belongs to it; candidates without one have a variable of their own.
        self._open = np.full(problem.n_candidates, -1, np.int64)
        own = problem.member[self.opened]
        extra = len(self.unit) + np.arange(len(self.opened))
        self._open[self.opened] = np.where(own >= 0, self._column[self.opened, np.maximum(own, 0)], extra)
        self.width = len(self.unit) + len(self.opened)
        self.cost = np.r_[problem.cost[self.candidate, self.unit], np.zeros(len(self.opened))]
        self._fixed = self._rules()
        self._cuts: list[tuple[int, NDArray[np.int64]]] = []
        self._known: set[tuple[int, ...]] = set()

    def _rules(self) -> list[LinearConstraint]:
        """Return what holds without contiguity."""
        problem, count = self.problem, len(self.unit)
        each = np.arange(count)
        once = csr_array((np.ones(count), (self.unit, each)), shape=(problem.n_units, self.width))
        rules = [LinearConstraint(once, 1, 1)]
        opener = self._open[self.candidate]
        follows = np.flatnonzero(opener != each)
        rows = np.arange(len(follows))
        tied = coo_array(
            (np.r_[np.ones(len(rows)), -np.ones(len(rows))],
             (np.r_[rows, rows], np.r_[follows, opener[follows]])), shape=(len(rows), self.width),
        )  # fmt: skip
        rules.append(LinearConstraint(tied.tocsr(), -np.inf, 0))
        place = np.full(problem.n_candidates, -1)
        place[self.opened] = np.arange(len(self.opened))
        for m in range(problem.activity.shape[1]):
            held = csr_array(
                (problem.activity[self.unit, m], (place[self.candidate], each)),
                shape=(len(self.opened), self.width),
            )
            opening = (np.arange(len(self.opened)), self._open[self.opened])
            for limit, low, high in ((problem.upper, -np.inf, 0.0), (problem.lower, 0.0, np.inf)):
                of = limit[self.opened, m]
                if np.isfinite(of).all():
                    rule = held - csr_array((of, opening), shape=held.shape)
                    rules.append(LinearConstraint(rule, low, high))
        total = csr_array(
            (np.ones(len(self.opened)), (np.zeros(len(self.opened), int), self._open[self.opened])),
            shape=(1, self.width),
        )
        return [*rules, LinearConstraint(total, problem.k if problem.exactly else 0, problem.k)]

    def solve(self, seconds: float, whole: bool) -> OptimizeResult:
        """Solve the programme, or its linear relaxation."""
        rules = list(self._fixed)
        if self._cuts:
            rows, columns, values = [], [], []
            for row, (pair, separator) in enumerate(self._cuts):
                rows += [row] * (1 + len(separator))
                columns += [pair, *separator]
                values += [1.0, *([-1.0] * len(separator))]
            cuts = coo_array((values, (rows, columns)), shape=(len(self._cuts), self.width))
            rules.append(LinearConstraint(cuts.tocsr(), -np.inf, 0))
        return milp(
            self.cost, constraints=rules, bounds=Bounds(0, 1),
            integrality=np.full(self.width, 1 if whole else 0),
            options={"time_limit": max(seconds, 0.01), "mip_rel_gap": 1e-7},
        )  # fmt: skip

    def cut(self, value: FloatArray) -> int:
        """Add inequalities that `value` breaks, and return how many."""
        if self._links is None:
            return 0
        before = len(self._cuts)
        for u in self.opened:
            if self.problem.member[u] >= 0 and value[self._open[u]] > POSITIVE:
                self._cut_centre(int(u), value)
        return len(self._cuts) - before

    def _cut_centre(self, u: int, value: FloatArray) -> None:
        """Add inequalities for the pieces of the territory of *u* that do not hold its centre."""
        assert self._links is not None
        assert self._component is not None
        column = self._column[u]
        part = np.where(column >= 0, value[np.maximum(column, 0)], 0.0)
        root = self.problem.member[u]
        added = 0
        # Units that are there in part link as well as whole ones at first; then only the fuller ones do.
        for level in (POSITIVE, 0.25, 0.5):
            present = np.flatnonzero(part > level)
            if root not in present or added >= MOST_CUTS_PER_CENTRE:
                return
            _, piece = connected_components(self._links[present][:, present], directed=False)
            for label in range(int(piece.max()) + 1):
                stray = present[piece == label]
                elsewhere = self._component[root] != self._component[stray[0]]
                if elsewhere or root in stray or added >= MOST_CUTS_PER_CENTRE:
                    continue
                around = np.setdiff1d(self._links[stray].indices, stray)
                worst = stray[np.argsort(-part[stray], kind="stable")[:MOST_STRAY]]
                if part[worst[0]] > part[around].sum() + 1e-4:
                    added += self._cut_off(stray, around, worst)

    def _cut_off(self, stray: NDArray[np.int64], around: NDArray[np.int64], worst: NDArray[np.int64]) -> int:
        """Tie the `worst` of the `stray` units to the units around them, for all centres outside."""
        assert self._component is not None
        added = 0
        for u in self.opened:
            column, root = self._column[u], self.problem.member[u]
            if root < 0 or root in stray or root in around:
                continue
            if self._component[root] != self._component[stray[0]]:
                continue
            separator = self._reached(root, stray, around[column[around] >= 0], column)
            for i in worst[column[worst] >= 0]:
                added += self._add(int(column[i]), column[separator])
        return added

    def _reached(
        self, root: int, stray: NDArray[np.int64], around: NDArray[np.int64], column: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the units of `around` that a way from the centre meets first; the others are not needed."""
        assert self._links is not None
        allowed = column >= 0
        allowed[stray], allowed[around] = False, False
        inside = np.flatnonzero(allowed)
        _, piece = connected_components(self._links[inside][:, inside], directed=False)
        near = inside[piece == piece[np.searchsorted(inside, root)]]
        return np.intersect1d(around, self._links[near].indices)

    def _add(self, pair: int, separator: NDArray[np.int64]) -> int:
        key = (pair, *separator.tolist())
        if key in self._known:
            return 0
        self._known.add(key)
        self._cuts.append((pair, separator))
        return 1

    def centre(self, value: FloatArray) -> IntArray:
        """Return the candidate of each unit in a whole solution."""
        centre = np.full(self.problem.n_units, -1, np.int32)
        taken = value[: len(self.unit)] > 0.5
        centre[self.unit[taken]] = self.candidate[taken]
        return centre


def prove_centres(
    problem: CentreProblem,
    pairs: MaskArray,
    known: float,
    *,
    links: csr_array | None,
    bound: float,
    stop: Stop,
    seconds: float,
) -> CentreProof:
    """Search all plans cheaper than `known`.

    Parameters
    ----------
    problem
        Units, candidates and limits.
    pairs
        Pairs that such a plan may use, shape ``(n_candidates, n_units)``; see `solvers.bounds.fixing.open_pairs`.
    known
        Cost of the best plan known.
    links
        Neighbours of each unit, sparse ``(n_units, n_units)``, symmetric; None where contiguity is not asked for.
    bound
        Lower bound known before.
    stop, seconds
        Asked between programmes; time for all of them.
    """
    if not pairs.any():
        return CentreProof(known, None, known, True, 0)
    programme = _Programme(problem, pairs, links)
    limit = _Clock(stop, seconds)
    rounds = 0
    while rounds < MOST_LINEAR_ROUNDS and limit.left(rounds) > 0:
        found = programme.solve(limit.left(rounds), whole=False)
        rounds += 1
        if found.status == 2:
            return CentreProof(known, None, known, True, rounds)
        if found.x is None:
            break
        if found.status == 0:
            bound = max(bound, float(found.fun))
        if bound >= known or not programme.cut(found.x):
            break
    while bound < known and limit.left(rounds) > 0:
        found = programme.solve(limit.left(rounds), whole=True)
        rounds += 1
        if found.status == 2:
            return CentreProof(known, None, known, True, rounds)
        if found.mip_dual_bound is not None:
            bound = max(bound, float(found.mip_dual_bound))
        if found.x is None:
            break
        if not programme.cut(found.x):
            cost = float(found.fun)
            if cost < known:
                return CentreProof(
                    min(bound, cost), programme.centre(found.x), cost, found.status == 0, rounds
                )
            break
    return CentreProof(min(bound, known), None, known, bound >= known * (1 - 1e-7), rounds)


class _Clock:
    """The time left by both a rule to stop and a limit of one's own."""

    def __init__(self, stop: Stop, seconds: float) -> None:
        self._stop, self._own = stop, MaxSeconds(seconds)

    def left(self, rounds: int) -> float:
        """Return the seconds left; none where the rule says stop."""
        if self._stop.reason(rounds) is not None:
            return 0.0
        return max(0.0, min(self._stop.seconds_left(), self._own.seconds_left()))
