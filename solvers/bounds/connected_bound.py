"""The Lagrangian of the Hess model with contents that hang together, for problems of few units."""

from __future__ import annotations

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.stop import Stop
from solvers.bounds.bundle import ascend
from solvers.bounds.connected import ConnectedContents
from solvers.bounds.lagrangian import Lagrangian, LagrangianBound
from solvers.bounds.masks import units_of


def connected_bound(
    contents: ConnectedContents,
    start: FloatArray,
    *,
    stop: Stop,
    upper_bound: float,
    iterations: int = 200,
    most: int = 500_000,
) -> LagrangianBound:
    """Return the Lagrangian bound with contents that hang together.

    Parameters
    ----------
    contents
        Searches for contents of the problem.
    start
        Multipliers to begin with, shape ``(n_units,)``: those of the bound without contiguity.
    stop, iterations
        Asked before each evaluation; most evaluations.
    upper_bound
        Cost of a known plan.
    most
        Most decisions spent on one content; where they run out the bound is weaker, not wrong.
    """
    problem = contents.problem
    simple = Lagrangian(problem)
    least = np.empty(problem.n_candidates)

    chosen = np.empty(problem.k, np.int32)

    def connected(alpha: FloatArray) -> tuple[float, FloatArray]:
        simple(alpha)
        least[:] = simple.content
        chosen[:], share = _settle(contents, alpha, least, most)
        return float(alpha.sum() + least[chosen].sum()), 1.0 - share[chosen].sum(axis=0)

    value, _ = connected(start)
    ascent = ascend(
        connected, start, simple.scale, stop=stop, iterations=iterations,
        step=max(0.3 * (upper_bound - value), 1e-4 * abs(upper_bound)),
    )  # fmt: skip
    value, _ = connected(ascent.point)
    none = np.zeros((problem.n_candidates, 0))
    return LagrangianBound(value, ascent.point, none, least, chosen, ascent.iterations + 2)


def _settle(
    contents: ConnectedContents, alpha: FloatArray, least: FloatArray, most: int
) -> tuple[IntArray, FloatArray]:
    """Raise the lower bounds `least` on contents until the `k` cheapest are those of contents that hang together.

    Returns
    -------
    The candidates of the `k` cheapest, shape ``(k,)``, and the share of each unit in the content of each candidate,
    ``(n_candidates, n_units)``, zeros where none was found.
    """
    problem = contents.problem
    share, settled = np.zeros(problem.cost.shape), np.zeros(problem.n_candidates, bool)
    while True:
        chosen = cheapest_candidates(least, problem.k, settled)
        open_ = chosen[~settled[chosen] & np.isfinite(least[chosen])]
        if not len(open_):
            return chosen, share
        u = int(open_[0])
        # How far a content is above the last of k that are known need not be told.
        known = np.partition(np.where(settled, least, np.inf), problem.k - 1)[problem.k - 1]
        value, found = contents.cheapest(u, alpha, limit=float(known), most=most)
        least[u], settled[u] = max(least[u], value), value < known
        if found is not None:
            share[u, units_of(found, problem.n_units)] = 1.0


def cheapest_candidates(least: FloatArray, k: int, settled: MaskArray | None = None) -> IntArray:
    """Return the `k` candidates of the least contents; among ties settled ones come first, then in order."""
    last = np.zeros(len(least), bool) if settled is None else ~settled
    return np.lexsort((last, least))[:k].astype(np.int32)
