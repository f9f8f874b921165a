"""Bound a plan around centre units, and prove it where that is within reach: one method after another.

Multipliers first, which serve any size. Where contiguity is asked for and units are few, all contents that a better
plan can have are then looked at, from better multipliers where there are too many of them. At last comes an integer
programme over the pairs of unit and centre that are not ruled out.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.arrays import FloatArray, MaskArray
from planner.stop import AnyOf, MaxSeconds, Stop
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.connected import ConnectedContents
from solvers.bounds.connected_bound import connected_bound
from solvers.bounds.enumeration import Enumeration, enumerate_plans
from solvers.bounds.fixing import open_pairs
from solvers.bounds.lagrangian import LagrangianBound, lagrangian_bound
from solvers.bounds.proof import CentreProof, prove_centres

MOST_UNITS_CONNECTED = 300
"""Units up to which connected contents are searched for."""
MOST_UNITS_FIXED = 2_000
"""Units up to which pairs are ruled out; the work grows with the cube."""
MOST_PAIRS = 60_000
"""Pairs left up to which the integer programme is tried."""
MULTIPLIERS, CONNECTED, CONTENTS, PAIRS = 0.3, 0.3, 0.95, 0.25
"""Parts of the time that is left for multipliers, for those of connected contents, for looking at contents, and for
ruling out pairs; the rest is for the integer programme."""
FEW_DECISIONS, MANY_DECISIONS = 1_000_000, 400_000_000
"""Decisions in the search for contents at the first multipliers, and at the best ones."""
RISE, FURTHER = 0.01, 1.5
"""First rise of the cost below which plans are looked for, over what is proved, and its growth."""
CONNECTED_ITERATIONS = 200
"""Evaluations with connected contents at most."""


def certify_centres(
    problem: CentreProblem,
    known: float,
    *,
    links: csr_array | None,
    stop: Stop,
    seconds: float,
    start: FloatArray | None = None,
    iterations: int = 600,
) -> CentreProof:
    """Return a lower bound on all plans, and a better one than the known or the proof that there is none.

    Parameters
    ----------
    problem
        Units, candidates and limits.
    known
        Cost of the best plan known; inf where there is none.
    links
        Neighbours of each unit, sparse ``(n_units, n_units)``, symmetric; None where contiguity is not asked for. A
        territory hangs together where its units in each component of the graph do.
    stop, seconds
        Asked throughout; time for all.
    start, iterations
        Multipliers to begin with, and most evaluations of the Lagrangian.
    """
    upper = known if np.isfinite(known) else None
    many = problem.n_units > MOST_UNITS_FIXED
    clock = _Clock(stop, seconds)
    first = lagrangian_bound(
        problem, stop=clock.part(1.0 if many else MULTIPLIERS), upper_bound=upper, start=start,
        iterations=iterations,
    )  # fmt: skip
    if first.value >= known:
        return CentreProof(known, None, known, True, 0)
    if many or stop.reason(first.iterations) is not None:
        return CentreProof(first.value, None, known, False, 0)
    bound, pairs = first.value, None
    one_kind = problem.activity.shape[1] == 1 and problem.exactly and bool((problem.member >= 0).all())
    few = problem.n_units <= MOST_UNITS_CONNECTED
    # In a graph of several components a territory may have a piece in each, and contents need not be connected.
    if links is not None and one_kind and few and connected_components(links, directed=False)[0] == 1:
        looked = _look_at_contents(problem, first, known, links, clock, iterations)
        bound, pairs = max(bound, looked.bound), looked.pairs
        if looked.centre is not None:
            cost = float(problem.cost[looked.centre, np.arange(problem.n_units)].sum())
            bound = cost if looked.finished else bound
            return CentreProof(bound, looked.centre, cost, looked.finished, 0)
        if looked.finished:
            return CentreProof(min(looked.bound, known), None, known, upper is not None, 0)
    if upper is None:
        return CentreProof(bound, None, known, False, 0)
    pairs = _both(pairs, open_pairs(problem, first, known, stop=clock.part(PAIRS)))
    if pairs.sum() > MOST_PAIRS:
        return CentreProof(min(bound, known), None, known, False, 0)
    return prove_centres(
        problem, pairs, known, links=links, bound=bound, stop=stop, seconds=clock.left.seconds_left()
    )


def _look_at_contents(
    problem: CentreProblem, first: LagrangianBound, known: float, links: csr_array, clock: _Clock, iterations: int
) -> Enumeration:  # fmt: skip
    """Look at the contents of better plans: at the first multipliers if they are few there, then at better ones."""
    contents = ConnectedContents(problem, links)
    looked = _look_further(contents, first, known, FEW_DECISIONS, clock.part(CONNECTED))
    if looked.finished or looked.centre is not None or clock.reason() is not None:
        return looked
    aim = known if np.isfinite(known) else (1 + RISE) * looked.bound
    better = connected_bound(
        contents, first.alpha, stop=clock.part(CONNECTED), upper_bound=aim,
        iterations=min(iterations, CONNECTED_ITERATIONS),
    )  # fmt: skip
    if better.value >= known:
        return Enumeration(known, looked.pairs, True, None)
    again = _look_further(contents, better, known, MANY_DECISIONS, clock.part(CONTENTS))
    bound = max(again.bound, looked.bound)
    return Enumeration(bound, _both(again.pairs, looked.pairs), again.finished, again.centre)


def _look_further(
    contents: ConnectedContents, prices: LagrangianBound, known: float, most: int, stop: Stop
) -> Enumeration:
    """Look for plans below a limit that rises to `known`: the best plan may be far below, and what is proved stays."""
    costs = contents.problem.cost
    dearest = min(known, 1.0 + float(np.where(np.isfinite(costs), costs, 0.0).max(axis=0).sum()))
    everything: MaskArray = np.isfinite(costs)
    bound, rise = prices.value, RISE
    while True:
        limit = min(dearest, (1 + rise) * max(bound, 1e-3 * dearest))
        looked = enumerate_plans(contents, prices, limit, most=most, stop=stop)
        bound = max(bound, looked.bound)
        if limit >= dearest or looked.centre is not None:
            return Enumeration(bound, looked.pairs, looked.finished, looked.centre)
        if not looked.finished:
            return Enumeration(bound, everything, False, None)
        rise *= FURTHER


def _both(some: MaskArray | None, others: MaskArray) -> MaskArray:
    """Return the pairs that neither rules out."""
    return others if some is None else some & others


class _Clock:
    """The time for a proof, and parts of what is left of it."""

    def __init__(self, stop: Stop, seconds: float) -> None:
        self.left = MaxSeconds(seconds)
        self._stop = stop

    def part(self, share: float) -> Stop:
        """Return the rule for a step that may take a share of the time left."""
        return AnyOf((self._stop, MaxSeconds(share * max(self.left.seconds_left(), 0.0))))

    def reason(self) -> object | None:
        """Return why to end, None to go on."""
        return AnyOf((self._stop, self.left)).reason(0)
