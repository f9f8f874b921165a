"""Prove a contiguous plan around centre units by looking at every content that a better one can have.

At multipliers that prove a lower bound, a territory of a plan cheaper than a known one has a reduced cost below a
limit: the known cost less the least that everything else costs. All connected contents below that limit are listed,
and a plan is the cheapest choice of them that shares out the units (Baldacci, Christofides, Mingozzi 2008,
https://doi.org/10.1007/s10107-007-0178-5, for routes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.stop import Stop
from solvers.bounds.connected import ConnectedContents
from solvers.bounds.connected_bound import cheapest_candidates
from solvers.bounds.cover import cheapest_cover
from solvers.bounds.lagrangian import LagrangianBound, least_beside
from solvers.bounds.masks import Mask, units_of

MOST_CONTENTS = 1_500_000
"""Contents that are listed at most."""


@dataclass(frozen=True, eq=False)
class Enumeration:
    """What looking at contents one by one found out.

    Parameters
    ----------
    bound
        Lower bound on every plan, by the cheapest contents.
    pairs
        Pairs of candidate and unit that a cheaper plan may still use, shape ``(n_candidates, n_units)``.
    finished
        Whether all was looked at: then there is no cheaper plan but `centre`.
    centre
        Candidate of each unit in the cheapest plan below the known cost, shape ``(n_units,)``; None where none is.
    """

    bound: float
    pairs: MaskArray
    finished: bool
    centre: IntArray | None


def enumerate_plans(
    contents: ConnectedContents, prices: LagrangianBound, known: float, *, most: int, stop: Stop
) -> Enumeration:
    """Look at all contents that a plan cheaper than `known` can have.

    Parameters
    ----------
    contents
        Searches for contents of the problem.
    prices
        A Lagrangian bound on the problem; better ones leave fewer contents.
    known
        Cost of a known plan.
    most
        Most decisions in the search for contents.
    stop
        Asked on the way.
    """
    problem, alpha = contents.problem, prices.alpha
    least = _settled(contents, prices, known, stop)
    bound, rest = _bound_and_rest(least, alpha, problem.k)
    pairs = np.isfinite(problem.cost) & (rest + least < known)[:, None]
    room, left, finished = MOST_CONTENTS, most, True
    masks: list[Mask] = []
    costs: list[FloatArray] = []
    about: list[IntArray] = []
    # Those with the least slack first: where the effort runs out, most candidates are settled.
    for u in np.argsort(-(rest + least), kind="stable"):
        if rest[u] + least[u] >= known:
            continue
        found = contents.all_below(int(u), alpha, known - rest[u], room=room, most=left, stop=stop)
        if found is None:
            finished = False
            break
        mask, cost, decisions = found
        room, left = room - len(cost), left - decisions
        pairs[u] = _held(mask, problem.n_units)
        masks.append(mask)
        costs.append(cost)
        about.append(np.full(len(cost), u, np.int32))
    if not finished:
        return Enumeration(bound, pairs, False, None)
    if not masks:
        return Enumeration(known, pairs, True, None)
    mask, cost, of = _distinct(np.concatenate(masks), np.concatenate(costs), np.concatenate(about))
    plan, finished = cheapest_cover(
        mask, cost, problem.n_units, problem.k, known - float(alpha.sum()), stop=stop
    )
    if plan is None:
        return Enumeration(known if finished else bound, pairs, finished, None)
    centre = np.empty(problem.n_units, np.int32)
    for content in plan:
        centre[units_of(mask[content], problem.n_units)] = of[content]
    return Enumeration(bound, pairs, finished, centre)


def _settled(contents: ConnectedContents, prices: LagrangianBound, known: float, stop: Stop) -> FloatArray:
    """Return lower bounds on the contents of all candidates, as high as a short search for each brings them."""
    least = prices.content.copy()
    for u in np.argsort(least, kind="stable"):
        if stop.reason(0) is not None:
            break
        beside = _bound_and_rest(least, prices.alpha, contents.problem.k)[1][u]
        if beside + least[u] < known:
            value, _ = contents.cheapest(int(u), prices.alpha, limit=known - beside)
            least[u] = max(least[u], value)
    return least


def _bound_and_rest(least: FloatArray, alpha: FloatArray, k: int) -> tuple[float, FloatArray]:
    """Return the bound by the `k` cheapest contents, and what all else costs where a candidate is opened."""
    chosen = cheapest_candidates(least, k)
    bound = float(alpha.sum() + least[chosen].sum())
    return bound, least_beside(bound, least, chosen, k)


def _held(mask: Mask, n_units: int) -> MaskArray:
    """Return which units any of the contents holds."""
    held = np.zeros(n_units, bool)
    if len(mask):
        held[units_of(np.bitwise_or.reduce(mask, axis=0), n_units)] = True
    return held


def _distinct(mask: Mask, cost: FloatArray, about: IntArray) -> tuple[Mask, FloatArray, IntArray]:
    """Return each set of units once, about the candidate where it is cheapest."""
    order = np.lexsort((cost, *mask.T))
    mask, cost, about = mask[order], cost[order], about[order]
    new = np.ones(len(mask), bool)
    new[1:] = (mask[1:] != mask[:-1]).any(axis=1)
    return mask[new], cost[new], about[new]
