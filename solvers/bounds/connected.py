"""The cheapest contents of territories that hang together, by branch and bound, for problems of few units.

Without contiguity the Lagrangian of the Hess model takes units from anywhere; where whole counties are the units the
bound stays far below every contiguous plan. Here contents are connected to their centre unit: a node is bounded by the
fractional knapsack over the units that can still be reached, and where its optimum is in pieces, or splits a unit, one
unit is decided.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from scipy.sparse import csr_array

from planner.arrays import FloatArray, IntArray, MaskArray
from planner.stop import Stop
from solvers.bounds.branching import FREE, INSIDE, OUTSIDE, next_case, relaxed
from solvers.bounds.bundle import ascend
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.lagrangian import Lagrangian, LagrangianBound


@nb.njit(cache=True, nogil=True)
def _flood(
    root: int, may: MaskArray, indptr: IntArray, indices: IntArray, queue: IntArray, seen: MaskArray
) -> int:
    """Mark the units that hang together with `root` among those that `may`, and return their number."""
    seen[:] = False
    seen[root] = True
    queue[0] = root
    count, at = 1, 0
    while at < count:
        unit = queue[at]
        at += 1
        for link in range(indptr[unit], indptr[unit + 1]):
            other = indices[link]
            if may[other] and not seen[other]:
                seen[other] = True
                queue[count] = other
                count += 1
    return count


@nb.njit(cache=True, nogil=True)
def connected_content(
    root: int, also: int, reduced: FloatArray, load: FloatArray, floor: float, ceiling: float, indptr: IntArray,
    indices: IntArray, most: int, enough: float, share: FloatArray,
) -> float:  # fmt: skip
    """Return a lower bound on the cheapest connected content with `root`, exact unless the nodes are used up.

    Parameters
    ----------
    root, also
        Unit at the centre, and another one that must be inside, −1 for none.
    reduced, load
        Reduced cost, inf where a unit cannot belong, and load of each unit, ``(n_units,)``.
    floor, ceiling
        What the content holds at least and at most.
    indptr, indices
        Neighbours of each unit, compressed rows.
    most
        Most nodes.
    enough
        Values from this on need not be told apart: the search ends where nothing lower is left.
    share
        Filled with the content, whole units unless the nodes are used up; zeros where none is lower than `enough`.
    """
    n = len(reduced)
    ratio = np.full(n, np.inf)
    count = 0
    for i in range(n):
        if reduced[i] < np.inf:
            count += 1
            if load[i] > 0.0:
                ratio[i] = reduced[i] / load[i]
            elif reduced[i] < 0.0:
                ratio[i] = -np.inf
    order = np.empty(count, np.int32)
    filled = 0
    for i in np.argsort(ratio, kind="mergesort"):
        if reduced[i] < np.inf:
            order[filled] = i
            filled += 1
    state, reached = np.zeros(n, np.int32), np.zeros(n, np.int32)
    state[root] = INSIDE
    if also >= 0:
        state[also] = INSIDE
    may, seen, queue = np.empty(n, np.bool_), np.empty(n, np.bool_), np.empty(n, np.int32)
    deepest = min(n, most) + 2
    decided, second = np.empty(deepest, np.int32), np.zeros(deepest, np.bool_)
    pending = np.full(deepest, np.inf)
    best, depth, nodes = enough, 0, 0
    share[:] = 0.0
    while True:
        nodes += 1
        for i in range(n):
            may[i] = state[i] != OUTSIDE and reduced[i] < np.inf
        _flood(root, may, indptr, indices, queue, seen)
        possible = True
        for i in range(n):
            reached[i] = state[i] if seen[i] else OUTSIDE
            possible = possible and (seen[i] or state[i] != INSIDE)
        value, place, part = np.inf, count, 0.0
        if possible:
            value, place, part = relaxed(reduced, load, order, reached, floor, ceiling)
        branch = -1
        if value < best:
            may[:] = False
            for rank in range(count):
                i = order[rank]
                may[i] = reached[i] == INSIDE or (reached[i] == FREE and rank < place)
            if part > 0.0:
                branch = order[place]
            else:
                _flood(root, may, indptr, indices, queue, seen)
                pieces = False
                for i in range(n):
                    pieces = pieces or (may[i] and not seen[i])
                if pieces:
                    cheapest = np.inf
                    for i in range(n):
                        if reached[i] != FREE or may[i] or reduced[i] >= cheapest:
                            continue
                        for link in range(indptr[i], indptr[i + 1]):
                            if seen[indices[link]]:
                                cheapest, branch = reduced[i], i
                                break
            if branch < 0:
                best = value
                for i in range(n):
                    share[i] = 1.0 if may[i] else 0.0
            elif nodes >= most:
                best = value
                for i in range(n):
                    share[i] = 1.0 if may[i] else 0.0
                if part > 0.0:
                    share[order[place]] = part
            else:
                decided[depth], second[depth], pending[depth] = branch, False, value
                state[branch] = OUTSIDE if 0.0 < part < 0.5 else INSIDE
                depth += 1
                continue
        if nodes >= most:
            for level in range(depth):
                # The other case was not looked at: the value from before the decision holds for it.
                if not second[level]:
                    best = min(best, pending[level])
            break
        depth = next_case(state, decided, second, pending, depth, best)
        if depth == 0:
            break
    return best


@nb.njit(cache=True, nogil=True)
def connected_contents(
    cost: FloatArray, alpha: FloatArray, load: FloatArray, lower: FloatArray, upper: FloatArray, member: IntArray,
    indptr: IntArray, indices: IntArray, k: int, most: int, known: FloatArray, value: FloatArray, chosen: IntArray,
    slope: FloatArray,
) -> float:  # fmt: skip
    """Return the Lagrangian with connected contents: multipliers plus the `k` cheapest of them.

    `known` holds lower bounds on the contents; `value` is filled with better ones where they count.
    """
    p, n = cost.shape
    value[:] = known
    settled = np.zeros(p, np.bool_)
    shares = np.zeros((p, n))
    reduced = np.empty(n)
    while True:
        order = np.argsort(value, kind="mergesort")[:k]
        done = True
        for u in order:
            if not settled[u] and value[u] < np.inf:
                for i in range(n):
                    reduced[i] = cost[u, i] - alpha[i]
                exact = connected_content(
                    member[u],
                    -1,
                    reduced,
                    load,
                    lower[u, 0],
                    upper[u, 0],
                    indptr,
                    indices,
                    most,
                    np.inf,
                    shares[u],
                )
                value[u], settled[u], done = max(value[u], exact), True, False
        if done:
            break
    total = float(alpha.sum())
    slope[:] = 1.0
    for rank in range(k):
        u = order[rank]
        chosen[rank] = u
        total += float(value[u])
        if value[u] == np.inf:
            continue
        for i in range(n):
            slope[i] -= shares[u, i]
    return total


@nb.njit(cache=True, nogil=True)
def connected_pairs(
    cost: FloatArray, alpha: FloatArray, load: FloatArray, lower: FloatArray, upper: FloatArray, member: IntArray,
    indptr: IntArray, indices: IntArray, rest: FloatArray, content: FloatArray, known: float, most: int,
    pairs: MaskArray,
) -> None:  # fmt: skip
    """Clear the pairs that no connected content cheap enough for a plan below `known` holds.

    `rest` is what all else costs at least where a candidate is open, `content` a lower bound on its content.
    """
    p, n = cost.shape
    share, reduced = np.empty(n), np.empty(n)
    for u in range(p):
        if not pairs[u].any():
            continue
        if rest[u] + content[u] >= known:
            pairs[u, :] = False
            continue
        for i in range(n):
            # A pair that is out is out of every content from here on.
            reduced[i] = cost[u, i] - alpha[i] if pairs[u, i] else np.inf
        enough = known - rest[u]
        for i in range(n):
            if not pairs[u, i] or i == member[u]:
                continue
            least = connected_content(
                member[u], i, reduced, load, lower[u, 0], upper[u, 0], indptr, indices, most, enough, share
            )
            if least >= enough:
                pairs[u, i] = False
                reduced[i] = np.inf


def connected_bound(
    problem: CentreProblem,
    links: csr_array,
    start: FloatArray,
    *,
    stop: Stop,
    upper_bound: float,
    iterations: int = 200,
    most: int = 20_000,
) -> LagrangianBound:
    """Return the Lagrangian bound with contents that hang together.

    Parameters
    ----------
    problem
        With one measure, and a member for every candidate; just `k` centres are opened.
    links
        Neighbours of each unit, sparse ``(n_units, n_units)``, symmetric.
    start
        Multipliers to begin with, shape ``(n_units,)``: those of the bound without contiguity.
    stop, iterations
        Asked before each evaluation; most evaluations.
    upper_bound
        Cost of a known plan.
    most
        Most nodes spent on one content; where they run out the bound is weaker, not wrong.

    Raises
    ------
    ValueError
        Where the problem is of another kind.
    """
    if problem.activity.shape[1] != 1 or (problem.member < 0).any() or not problem.exactly:
        raise ValueError("connected contents need one measure, centre units, and a fixed number of centres")
    simple = Lagrangian(problem)
    load = np.ascontiguousarray(problem.activity[:, 0])
    indptr, indices = links.indptr.astype(np.int32), links.indices.astype(np.int32)
    content, chosen = np.empty(problem.n_candidates), np.empty(problem.k, np.int32)

    def connected(alpha: FloatArray) -> tuple[float, FloatArray]:
        simple(alpha)
        slope = np.empty(problem.n_units)
        value = connected_contents(
            problem.cost, alpha, load, problem.lower, problem.upper, problem.member, indptr, indices, problem.k,
            most, simple.content.copy(), content, chosen, slope,
        )  # fmt: skip
        return value, slope

    value, _ = connected(start)
    ascent = ascend(
        connected, start, simple.scale, stop=stop, iterations=iterations,
        step=max(0.3 * (upper_bound - value), 1e-4 * abs(upper_bound)),
    )  # fmt: skip
    value, _ = connected(ascent.point)
    return LagrangianBound(
        value, ascent.point, np.zeros((problem.n_candidates, 0)), content, chosen, ascent.iterations + 2
    )
