"""Bound a plan around centre units, and prove it where that is within reach: one method after another.

Multipliers first, which serve any size; then what they rule out; then, for few units, multipliers with contents that
hang together; at last an integer programme over the pairs that are left.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray
from planner.stop import AnyOf, MaxSeconds, Stop
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.connected import connected_bound
from solvers.bounds.fixing import connected_open_pairs, open_pairs
from solvers.bounds.lagrangian import lagrangian_bound
from solvers.bounds.proof import CentreProof, prove_centres

MOST_UNITS_CONNECTED = 128
"""Units up to which connected contents are searched for."""
MOST_UNITS_FIXED = 2_000
"""Units up to which pairs are ruled out; the work grows with the cube."""
MOST_PAIRS = 60_000
"""Pairs left up to which the integer programme is tried."""
TIGHT = 0.005
"""Relative gap below which connected contents are not worth their time."""
PARTS = (0.3, 0.25)
"""Parts of the time for multipliers, and for ruling out pairs and for connected contents each; the rest is for the
integer programme."""


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
        Neighbours of each unit, sparse ``(n_units, n_units)``, symmetric; None where contiguity is not asked for.
    stop, seconds
        Asked throughout; time for all.
    start, iterations
        Multipliers to begin with, and most evaluations of the Lagrangian.
    """
    upper = known if np.isfinite(known) else None
    many = problem.n_units > MOST_UNITS_FIXED
    share, left = 1.0 if many else PARTS[0], MaxSeconds(seconds)
    first = lagrangian_bound(
        problem, stop=AnyOf((stop, MaxSeconds(share * seconds))), upper_bound=upper, start=start,
        iterations=iterations,
    )  # fmt: skip
    bound = first.value
    if bound >= known:
        return CentreProof(known, None, known, True, 0)
    if upper is None or many or stop.reason(first.iterations) is not None:
        return CentreProof(bound, None, known, False, 0)
    pairs = open_pairs(problem, first, known, stop=AnyOf((stop, MaxSeconds(PARTS[1] * seconds))))
    one_kind = problem.activity.shape[1] == 1 and problem.exactly and bool((problem.member >= 0).all())
    small = problem.n_units <= MOST_UNITS_CONNECTED
    if links is not None and one_kind and small and bound < (1 - TIGHT) * known:
        second = connected_bound(
            problem, links, first.alpha, stop=AnyOf((stop, MaxSeconds(PARTS[1] * seconds))), upper_bound=known,
            iterations=iterations,
        )  # fmt: skip
        bound = max(bound, second.value)
        pairs = connected_open_pairs(problem, second, known, links, pairs)
    if pairs.sum() > MOST_PAIRS:
        return CentreProof(min(bound, known), None, known, False, 0)
    return prove_centres(
        problem, pairs, known, links=links, bound=bound, stop=stop, seconds=left.seconds_left()
    )
