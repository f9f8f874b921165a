"""The cheapest changes of rules that let the others hold, each verified by an alignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from planner.alignment import Alignment
from planner.arrays import IntArray
from planner.problem import AlignmentProblem
from planner.stop import AnyOf, MaxSeconds, Stop
from solvers.consistency.candidates import Candidate, Easing
from solvers.consistency.claims import Relaxation
from solvers.consistency.proofs import ByShares, Prover, refuted
from solvers.consistency.witness import find_witness, keeps

PRECISION = 0.001
"""Part of the price to which the least one is found by proofs."""

BEYOND = {0.0: 6, 0.03: 6, 0.15: 10, 0.6: 12, 2.0: 16, 7.0: 20, 25.0: 24}
"""By which part of the least amount that is not ruled out a change goes beyond it until an alignment is found, and the
searches that each is given: what is just possible is hard to find."""

SHARE_OF_ONE = 0.3
"""Share of the time that is left for a candidate that one amount may take: the first ones are worth most."""

EFFORT = 0.3
"""CP-SAT's deterministic time for one amount."""

GROWTH, MOST_GROWTHS = 4.0, 8
"""By how much an amount grows that was proved to be too little, and how often."""

HALVINGS_BACK, ITERATIONS_BACK = 4, 10
"""Times that an amount between a failure and a success is tried, and the searches for each."""

MOST_JUMPS = 6
"""Proofs by multipliers, each from where the one before ends, until amounts are halved instead."""


@dataclass(frozen=True, eq=False)
class Step:
    """A candidate at an amount."""

    candidate: Candidate
    give: float
    text: str
    price: float


class Relaxing:
    """The search for relaxations of one problem.

    Parameters
    ----------
    problem
        A problem whose rules cannot hold together.
    stop
        When to end; what is verified by then is kept.
    seed
        Seed of all searches.
    provers
        Proofs that rule changes out before a search is worth its time.
    """

    def __init__(self, problem: AlignmentProblem, stop: Stop, seed: int, provers: tuple[Prover, ...]) -> None:
        self._problem, self.stop, self.seed, self.provers = problem, stop, seed, provers

    def least(self, candidate: Candidate, others: Sequence[Step] = ()) -> Step | None:
        """Return a candidate at the least amount that no proof rules out, after `others`; None where there is none."""
        problem = after(self._problem, others)
        if problem is None:
            return None
        most, least = candidate.most(problem), candidate.least(problem)
        if most < least or self._impossible(candidate.applied(problem, most)):
            return None
        low = 0.0
        for _ in range(MOST_JUMPS):
            # Multipliers of earlier proofs tell up to which amount they hold: from there on a new proof is needed.
            low = self._remembered(candidate, problem, low, most)
            test = min(most, low + 1.0 if least >= 1 else max(least, low * (1.0 + PRECISION)))
            if not self._impossible(candidate.applied(problem, test)):
                return None if self._over else self._step(candidate, problem, test)
            low = test
        return self._halved(candidate, problem, low, most)

    def _remembered(self, candidate: Candidate, problem: AlignmentProblem, low: float, most: float) -> float:
        """Return an amount, at least `low`, up to which proofs that are known rule the candidate out."""
        counted = candidate.least(problem) >= 1
        memory = [prover for prover in self.provers if isinstance(prover, ByShares)]

        def known(give: float) -> bool:
            relaxed = candidate.applied(problem, give)
            return relaxed is not None and any(prover.remembers(relaxed) for prover in memory)

        step = candidate.least(problem)
        high = low + step if counted else max(step, 2.0 * low)
        if high > most or not known(high):
            return low
        while high < most and not self._over:
            low, high = high, min(most, low + 2.0 * (high - low) if counted else 8.0 * high)
            if not known(high):
                break
        while high - low > (1.0 if counted else PRECISION * high) and not self._over:
            middle = self._between(low, high, counted)
            low, high = (middle, high) if known(middle) else (low, middle)
        return low

    def _halved(
        self, candidate: Candidate, problem: AlignmentProblem, low: float, high: float
    ) -> Step | None:
        """Return a candidate at the least amount of an interval that no proof rules out."""
        counted = candidate.least(problem) >= 1
        while high - low > (1.0 if counted else PRECISION * high):
            if self._over:
                return None
            middle = self._between(low, high, counted)
            ruled_out = self._impossible(candidate.applied(problem, middle))
            low, high = (middle, high) if ruled_out else (low, middle)
        return self._step(candidate, problem, high)

    @staticmethod
    def _between(low: float, high: float, counted: bool) -> float:
        """Return an amount between two; amounts that differ by much are halved by their logarithm."""
        if counted:
            return float((low + high) // 2)
        return float(np.sqrt(low * high)) if low > 0 and high > 3 * low else 0.5 * (low + high)

    def freed(self, candidate: Candidate, others: Sequence[Step] = ()) -> AlignmentProblem | None:
        """Return the problem, after `others`, in which a candidate gives way as far as it can; None where it cannot."""
        problem = after(self._problem, others)
        if problem is None or candidate.most(problem) < candidate.least(problem):
            return None
        return candidate.applied(problem, candidate.most(problem))

    def verified(self, step: Step, others: Sequence[Step], share: float) -> Relaxation | None:
        """Return the relaxation that `step` begins, with an alignment that keeps the rest; None where none is found.

        Parameters
        ----------
        step
            The least amount that no proof rules out.
        others
            What gives way besides.
        share
            Part of the time that is left which the search may take.
        """
        problem = after(self._problem, others)
        if problem is None:
            return None
        ends = self._within(share)
        attempt = _Attempt(step.candidate, problem, ends, self.seed)
        failed, found = 0.0, None
        for beyond, iterations in BEYOND.items():
            give = attempt.whole(step.give * (1.0 + beyond))
            found = attempt.at(give, iterations, SHARE_OF_ONE)
            if found is not None:
                break
            failed = give
        # Where trying everything rules amounts out at once, the proofs were far from what is needed.
        for _ in range(MOST_GROWTHS if found is None and attempt.impossible else 0):
            give = attempt.whole(GROWTH * failed)
            found = attempt.at(give, ITERATIONS_BACK, SHARE_OF_ONE)
            if found is not None:
                break
            failed = give
        if found is None:
            return None
        # What lies between the largest failure and the first success may do as well.
        for _ in range(HALVINGS_BACK if failed else 0):
            middle = attempt.whole(0.5 * (failed + found.give))
            nearer = attempt.at(middle, ITERATIONS_BACK, 0.3) if failed < middle < found.give else None
            failed, found = (middle, found) if nearer is None else (failed, nearer)
        return self._told(step.candidate, problem, found, others)

    def _told(
        self, candidate: Candidate, problem: AlignmentProblem, found: _Verified, others: Sequence[Step]
    ) -> Relaxation:
        """Return the relaxation that an alignment verifies, no larger than the alignment needs."""
        give, relaxed = found.give, found.problem
        if isinstance(candidate, Easing):
            needed = candidate.give_at(problem, candidate.rule.needed(problem, found.territory))
            tighter = candidate.applied(problem, needed)
            if needed < give and keeps(tighter, found.territory):
                give, relaxed = needed, tighter
        own = self._step(candidate, problem, give)
        changes = (own.text, *(other.text for other in others))
        price = own.price + sum(other.price for other in others)
        return Relaxation(changes, price, relaxed, Alignment(found.territory))

    def _step(self, candidate: Candidate, problem: AlignmentProblem, give: float) -> Step:
        return Step(candidate, give, candidate.text(problem, give), candidate.price(problem, give))

    def _impossible(self, problem: AlignmentProblem | None) -> bool:
        return problem is None or refuted(problem, self.provers, self.stop) is not None

    @property
    def _over(self) -> bool:
        return self.stop.reason(0) is not None

    def _within(self, share: float) -> Stop:
        return _part_of(self.stop, share)


@dataclass(frozen=True, eq=False)
class _Verified:
    """An amount at which an alignment keeps every rule."""

    give: float
    problem: AlignmentProblem
    territory: IntArray


@dataclass(eq=False)
class _Attempt:
    """Searches for an alignment with one candidate at several amounts, none of them twice.

    `impossible` tells whether the last one was proved to be too little.
    """

    candidate: Candidate
    problem: AlignmentProblem
    stop: Stop
    seed: int
    tried: set[float] = field(default_factory=set)
    impossible: bool = False

    def whole(self, give: float) -> float:
        """Return an amount that the candidate can give way by: counts are whole, none is above the most."""
        counted = self.candidate.least(self.problem) >= 1
        return min(self.candidate.most(self.problem), float(np.ceil(give - 1e-9)) if counted else give)

    def at(self, give: float, iterations: int, share: float) -> _Verified | None:
        """Return the alignment found at an amount within a share of the time that is left; None where none is."""
        if give in self.tried:
            return None
        self.impossible = False
        relaxed = self.candidate.applied(self.problem, give)
        if relaxed is None or self.stop.reason(0) is not None:
            return None
        self.tried.add(give)
        stop = _part_of(self.stop, share)
        placed = find_witness(relaxed, stop=stop, effort=EFFORT, iterations=iterations, seed=self.seed)
        territory, self.impossible = placed.territory, placed.impossible
        return None if territory is None else _Verified(give, relaxed, territory)


def _part_of(stop: Stop, share: float) -> Stop:
    """Return the rule that also stops when a share of the time that `stop` leaves is spent."""
    left = stop.seconds_left()
    return AnyOf((stop, MaxSeconds(share * left))) if np.isfinite(left) else stop


def after(problem: AlignmentProblem, steps: Sequence[Step]) -> AlignmentProblem | None:
    """Return the problem after some changes; None where one of them is not possible."""
    for step in steps:
        changed = step.candidate.applied(problem, step.give)
        if changed is None:
            return None
        problem = changed
    return problem
