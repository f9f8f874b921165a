"""Annealing in which the centre units move along with the units, compiled.

Held centres make a move of a unit cheap, but the centres then follow only between runs. Here a centre moves by a
proposal of its own, to a neighbour of the unit that is the centre now, and where the unit that is the centre leaves,
a neighbour takes its place in the same move. Both cost one pass over the units of one territory, which a linked list
gives, and are proposed as rarely as that asks for.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray
from solvers.local_search.kernel import (
    CountArray,
    RandomState,
    allowed,
    below,
    separated,
    stays_in_one_piece,
    uniform,
)
from solvers.local_search.ledger import (
    Ledger,
    Rules,
    change_of_bands,
    change_of_side_rules,
    enter_loads,
    enter_side_rules,
)


@nb.njit(cache=True, nogil=True, inline="always")
def cost_between(i: int, c: int, xy: FloatArray, affine: FloatArray, table: FloatArray) -> float:
    """Return the cost of one unit of weight at unit *i* from centre unit *c*; by `table` where it has rows."""
    if table.shape[0] > 0:
        told: float = table[i, c]
        return told
    dx, dy = xy[i, 0] - xy[c, 0], xy[i, 1] - xy[c, 1]
    return separated(dx * dx + dy * dy, affine)


@nb.njit(cache=True, nogil=True)
def link_members(label: IntArray, head: IntArray, after: IntArray, before: IntArray) -> None:
    """Fill the lists of members: first unit of each territory, next and previous unit of each unit, −1 at the ends."""
    head[:] = -1
    for i in range(label.shape[0] - 1, -1, -1):
        t = label[i]
        after[i], before[i] = head[t], -1
        if head[t] >= 0:
            before[head[t]] = i
        head[t] = i


@nb.njit(cache=True, nogil=True, inline="always")
def _shift(
    i: int, s: int, t: int, label: IntArray, count: CountArray, content: FloatArray, load: FloatArray,
    head: IntArray, after: IntArray, before: IntArray,
) -> None:  # fmt: skip
    """Move unit `i` from `s` to `t` in labels, sums and lists."""
    label[i] = t
    count[s] -= 1
    count[t] += 1
    enter_loads(i, s, t, content, load)
    if before[i] >= 0:
        after[before[i]] = after[i]
    else:
        head[s] = after[i]
    if after[i] >= 0:
        before[after[i]] = before[i]
    after[i], before[i] = head[t], -1
    if head[t] >= 0:
        before[head[t]] = i
    head[t] = i


@nb.njit(cache=True, nogil=True)
def recentring(
    s: int, old: int, new: int, without: int, head: IntArray, after: IntArray,
    xy: FloatArray, weight: FloatArray, affine: FloatArray, table: FloatArray,
) -> float:  # fmt: skip
    """Return the change of cost when the centre of `s` goes from unit `old` to `new`; unit `without` is not counted."""
    change = 0.0
    m = head[s]
    while m >= 0:
        if m != without:
            change += weight[m] * (
                cost_between(m, new, xy, affine, table) - cost_between(m, old, xy, affine, table)
            )
        m = after[m]
    return change


@nb.njit(cache=True, nogil=True, inline="always")
def _member_beside(
    i: int, s: int, label: IntArray, indptr: IntArray, indices: IntArray, random: RandomState
) -> int:
    """Return a random neighbour of `i` if it belongs to `s`, else −1."""
    if indptr[i + 1] == indptr[i]:
        return -1
    v = int(indices[indptr[i] + below(random, indptr[i + 1] - indptr[i])])
    return v if label[v] == s else -1


@nb.njit(cache=True, nogil=True)
def anneal_medians(
    label: IntArray, centre: IntArray, count: CountArray, book: Ledger,
    head: IntArray, after: IntArray, before: IntArray,
    proposals: int, hot: float, cold: float, pair_share: float, centre_share: float,
    price: FloatArray, random: RandomState,
    xy: FloatArray, weight: FloatArray, rules: Rules, affine: FloatArray, table: FloatArray,
    excluded_indptr: IntArray, excluded_indices: IntArray, locked: IntArray,
    rows: IntArray, indptr: IntArray, indices: IntArray, contiguous: bool,
    stamp: CountArray, mark: CountArray, queue: IntArray,
) -> int:  # fmt: skip
    """Propose moves of units and of centres and accept them as simulated annealing does; return how many.

    As `solvers.local_search.kernel.anneal`, with centres that move: a share `centre_share` of the proposals takes a
    centre to a neighbouring unit. `centre` (k,) is a unit of each territory; works in place on it, on `label`, the
    `book` of what rules count and the lists of members.
    """
    n_links = indices.shape[0]
    if n_links == 0:
        return 0
    # Fields of tuples are slower to reach than arrays by themselves.
    content, load, lower, upper = rules.content, book.load, rules.lower, rules.upper
    own_indptr, rival_indptr, mixed = rules.own_indptr, rules.rival_indptr, rules.least_share.shape[1] > 0
    counted = rules.budget.shape[0] > 0 or rules.rival_indices.shape[0] > 0
    k = centre.shape[0]
    accepted = 0
    cooling = (cold / hot) ** (1.0 / max(proposals, 1))
    temperature = hot
    for _ in range(proposals):
        temperature *= cooling
        if uniform(random) <= centre_share:
            s = below(random, k)
            c = centre[s]
            if c < 0:
                continue
            v = _member_beside(c, s, label, indptr, indices, random)
            if v < 0 or v == c:
                continue
            change = recentring(s, c, v, -1, head, after, xy, weight, affine, table)
            if change <= -temperature * np.log(uniform(random)):
                centre[s] = v
                accepted += 1
            continue
        link = below(random, n_links)
        i, u = rows[link], indices[link]
        s, t = label[i], label[u]
        if s == t or count[s] <= 1 or not allowed(i, t, locked, excluded_indptr, excluded_indices):
            continue
        threshold = -temperature * np.log(uniform(random))
        c, heir = centre[s], centre[s]
        change = weight[i] * (
            cost_between(i, centre[t], xy, affine, table) - cost_between(i, c, xy, affine, table)
        )
        if c == i:
            heir = _member_beside(i, s, label, indptr, indices, random)
            if heir < 0 or heir == i:
                continue
            change += recentring(s, c, heir, i, head, after, xy, weight, affine, table)
        change += change_of_bands(i, s, t, content, load, lower, upper, price)
        if mixed or rival_indptr[i + 1] > rival_indptr[i] or own_indptr[i + 1] > own_indptr[i]:
            change += change_of_side_rules(i, s, t, label, book, rules, price)
        if uniform(random) > pair_share:
            if change > threshold:
                continue
            if contiguous and not stays_in_one_piece(i, label, indptr, indices, stamp, mark, queue):
                continue
            _shift(i, s, t, label, count, content, load, head, after, before)
            if counted:
                enter_side_rules(i, s, t, label, book, rules)
            centre[s] = heir
            accepted += 1
            continue
        v = indices[indptr[u] + below(random, indptr[u + 1] - indptr[u])]
        r = label[v]
        if v == i or r == t or centre[t] == u or not allowed(u, r, locked, excluded_indptr, excluded_indices):
            continue
        if contiguous and not stays_in_one_piece(i, label, indptr, indices, stamp, mark, queue):
            continue
        _shift(i, s, t, label, count, content, load, head, after, before)
        if counted:
            enter_side_rules(i, s, t, label, book, rules)
        centre[s] = heir
        change += weight[u] * (
            cost_between(u, centre[r], xy, affine, table) - cost_between(u, centre[t], xy, affine, table)
        )
        change += change_of_bands(u, t, r, content, load, lower, upper, price)
        if mixed or rival_indptr[u + 1] > rival_indptr[u] or own_indptr[u + 1] > own_indptr[u]:
            change += change_of_side_rules(u, t, r, label, book, rules, price)
        if change > threshold or (
            contiguous and not stays_in_one_piece(u, label, indptr, indices, stamp, mark, queue)
        ):
            _shift(i, t, s, label, count, content, load, head, after, before)
            if counted:
                enter_side_rules(i, t, s, label, book, rules)
            centre[s] = c
            continue
        _shift(u, t, r, label, count, content, load, head, after, before)
        if counted:
            enter_side_rules(u, t, r, label, book, rules)
        accepted += 2
    return accepted


@nb.njit(cache=True, nogil=True)
def best_centres(
    head: IntArray, after: IntArray, centre: IntArray, xy: FloatArray, weight: FloatArray, affine: FloatArray,
    table: FloatArray, most: int,
) -> None:  # fmt: skip
    """Set `centre` (k,) to the member of each territory from which its units cost least; −1 where it has none.

    Every member of a territory of up to `most` units is tried, in a larger one the `most` members nearest in cost to
    the present centre. Among equals the present one wins, then the lowest unit.
    """
    n = weight.shape[0]
    member, away = np.empty(n, np.int32), np.empty(n)
    for s in range(centre.shape[0]):
        size, m = 0, head[s]
        while m >= 0:
            member[size] = m
            size += 1
            m = after[m]
        if size == 0:
            centre[s] = -1
            continue
        units = np.sort(member[:size])
        best = centre[s] if centre[s] >= 0 else units[0]
        least = 0.0
        for m in units:
            least += weight[m] * cost_between(m, best, xy, affine, table)
        if size > most:
            for q in range(size):
                away[q] = cost_between(units[q], best, xy, affine, table)
            units = units[np.argsort(away[:size], kind="mergesort")[:most]]
        for c in units:
            total = 0.0
            m = head[s]
            while m >= 0 and total < least:
                total += weight[m] * cost_between(m, c, xy, affine, table)
                m = after[m]
            if m < 0 and total < least * (1.0 - 1e-12):
                least, best = total, c
        centre[s] = best
