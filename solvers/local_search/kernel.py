"""The inner loop of the search on borders, compiled.

The state keeps, per territory, the sums from which every priced measure follows in constant time: number of units,
mass, first and second moments of position, and what the rules count (`solvers.local_search.ledger`). A move of unit
*i* from *s* to *t* changes the moment of inertia about the centroid (``S2 − |S1|²/W``) and the breaches of rules of
*s* and *t* only.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray
from solvers.local_search.ledger import (
    Ledger,
    Rules,
    change_of_bands,
    change_of_side_rules,
    enter_loads,
    enter_side_rules,
)

ABOUT_CENTROID, ABOUT_PLACE, ABOUT_TABLE = 0, 1, 2
"""What distance is taken from: moving centroids, held places, or a table of costs."""

RandomState = NDArray[np.uint64]
"""State of a random stream, shape ``(1,)``."""
CountArray = NDArray[np.int64]


@nb.njit(cache=True, nogil=True, inline="always")
def _next(state: RandomState) -> np.uint64:
    """Advance an xorshift64* generator (Vigna 2016, https://doi.org/10.1145/2845077) and return 64 random bits."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return np.uint64(x * np.uint64(2685821657736338717))


@nb.njit(cache=True, nogil=True, inline="always")
def below(state: RandomState, n: int) -> int:
    """Return a random position in [0, n)."""
    return int(np.int64((_next(state) >> np.uint64(33)) % np.uint64(n)))


@nb.njit(cache=True, nogil=True, inline="always")
def uniform(state: RandomState) -> float:
    """Return a random number in (0, 1]."""
    return (np.float64(_next(state) >> np.uint64(11)) + 1.0) * (1.0 / 9007199254740992.0)


@nb.njit(cache=True, nogil=True, inline="always")
def _spread(mass: float, first_x: float, first_y: float, second: float) -> float:
    """Return the moment of inertia about the centroid."""
    if mass <= 0.0:
        return 0.0
    return second - (first_x * first_x + first_y * first_y) / mass


@nb.njit(cache=True, nogil=True)
def row_value(indptr: IntArray, indices: IntArray, values: FloatArray, row: int, column: int) -> float:
    """Return the entry of a compressed matrix, 0 where it has none."""
    for e in range(indptr[row], indptr[row + 1]):
        if indices[e] == column:
            value: float = values[e]
            return value
    return 0.0


@nb.njit(cache=True, nogil=True)
def allowed(i: int, t: int, locked: IntArray, excluded_indptr: IntArray, excluded_indices: IntArray) -> bool:
    """Return whether unit `i` may belong to territory `t`."""
    if locked[i] >= 0 and locked[i] != t:
        return False
    low, high = excluded_indptr[i], excluded_indptr[i + 1]
    while low < high:
        middle = (low + high) // 2
        if excluded_indices[middle] < t:
            low = middle + 1
        else:
            high = middle
    return not (low < excluded_indptr[i + 1] and excluded_indices[low] == t)


@nb.njit(cache=True, nogil=True)
def stays_in_one_piece(
    i: int,
    label: IntArray,
    indptr: IntArray,
    indices: IntArray,
    stamp: CountArray,
    mark: CountArray,
    queue: IntArray,
) -> bool:
    """Return whether the territory of unit `i` hangs together without it.

    First a test among the neighbours alone, which settles most cases; then an exact search that ends as soon as
    all neighbours are reached. `stamp`, `mark` and `queue` are scratch space of the caller.
    """
    s = label[i]
    first, same = -1, 0
    for e in range(indptr[i], indptr[i + 1]):
        if label[indices[e]] == s:
            same += 1
            if first < 0:
                first = indices[e]
    if same <= 1:
        return True
    mark[0] += 1
    target = mark[0]
    mark[0] += 1
    reached = mark[0]
    for e in range(indptr[i], indptr[i + 1]):
        if label[indices[e]] == s:
            stamp[indices[e]] = target
    # Neighbours linked through each other: no need to leave the surroundings of the unit.
    stamp[first] = reached
    queue[0] = first
    head, tail, found = 0, 1, 1
    while head < tail and found < same:
        u = queue[head]
        head += 1
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if stamp[v] == target:
                stamp[v] = reached
                queue[tail] = v
                tail += 1
                found += 1
    if found == same:
        return True
    head = 0
    stamp[i] = reached
    while head < tail:
        u = queue[head]
        head += 1
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            if label[v] == s and stamp[v] != reached:
                if stamp[v] == target:
                    found += 1
                    if found == same:
                        return True
                stamp[v] = reached
                queue[tail] = v
                tail += 1
    return False


@nb.njit(cache=True, nogil=True)
def sums(label: IntArray, xy: FloatArray, weight: FloatArray, count: CountArray, moment: FloatArray) -> None:
    """Fill `count` (k,) and `moment` (k, 4: mass, Σwx, Σwy, Σw|xy|²) from scratch."""
    count[:] = 0
    moment[:] = 0.0
    for i in range(label.shape[0]):
        t = label[i]
        x, y, w = xy[i, 0], xy[i, 1], weight[i]
        count[t] += 1
        moment[t, 0] += w
        moment[t, 1] += w * x
        moment[t, 2] += w * y
        moment[t, 3] += w * (x * x + y * y)


@nb.njit(cache=True, nogil=True, inline="always")
def transfer(
    i: int, s: int, t: int, label: IntArray, xy: FloatArray, weight: FloatArray,
    content: FloatArray, count: CountArray, load: FloatArray, moment: FloatArray,
) -> None:  # fmt: skip
    """Move unit `i` from `s` to `t` in the state."""
    x, y, w = xy[i, 0], xy[i, 1], weight[i]
    second = w * (x * x + y * y)
    label[i] = t
    count[s] -= 1
    count[t] += 1
    moment[s, 0] -= w
    moment[t, 0] += w
    moment[s, 1] -= w * x
    moment[t, 1] += w * x
    moment[s, 2] -= w * y
    moment[t, 2] += w * y
    moment[s, 3] -= second
    moment[t, 3] += second
    enter_loads(i, s, t, content, load)


@nb.njit(cache=True, nogil=True, inline="always")
def separated(squared: float, affine: FloatArray) -> float:
    """Return the cost of a squared distance; see `planner.measures.separation.Separation`."""
    if affine.shape[0] == 0:
        return squared
    distance = np.sqrt(squared)
    least: float = affine[0, 0] + affine[0, 1] * distance
    for q in range(1, affine.shape[0]):
        least = min(least, affine[q, 0] + affine[q, 1] * distance)
    return least


@nb.njit(cache=True, nogil=True, inline="always")
def distance_change(
    i: int,
    s: int,
    t: int,
    xy: FloatArray,
    weight: FloatArray,
    moment: FloatArray,
    about: int,
    place: FloatArray,
    column: IntArray,
    affine: FloatArray,
    table: FloatArray,
) -> float:
    """Return the change of compactness when unit `i` moves from `s` to `t`."""
    x, y, w = xy[i, 0], xy[i, 1], weight[i]
    change = 0.0
    if about == ABOUT_TABLE:
        change += w * (table[i, column[t]] - table[i, column[s]])
    elif about == ABOUT_PLACE:
        dx, dy, ex, ey = x - place[t, 0], y - place[t, 1], x - place[s, 0], y - place[s, 1]
        change += w * (separated(dx * dx + dy * dy, affine) - separated(ex * ex + ey * ey, affine))
    else:
        second = w * (x * x + y * y)
        change -= _spread(moment[s, 0], moment[s, 1], moment[s, 2], moment[s, 3])
        change -= _spread(moment[t, 0], moment[t, 1], moment[t, 2], moment[t, 3])
        change += _spread(moment[s, 0] - w, moment[s, 1] - w * x, moment[s, 2] - w * y, moment[s, 3] - second)
        change += _spread(moment[t, 0] + w, moment[t, 1] + w * x, moment[t, 2] + w * y, moment[t, 3] + second)
    return change


@nb.njit(cache=True, nogil=True)
def link_rings(label: IntArray, cursor: IntArray, after: IntArray, before: IntArray) -> None:
    """Link the units of each territory in a ring: next and previous unit (n,), one unit of each (k,), −1 for none."""
    cursor[:] = -1
    for i in range(label.shape[0]):
        _join(i, label[i], cursor, after, before)


@nb.njit(cache=True, nogil=True, inline="always")
def _join(i: int, t: int, cursor: IntArray, after: IntArray, before: IntArray) -> None:
    """Enter unit `i` in the ring of `t`, to be the last one that its cursor comes to."""
    c = cursor[t]
    if c < 0:
        cursor[t], after[i], before[i] = i, i, i
        return
    b = before[c]
    after[b], before[i], after[i], before[c] = i, b, c, i


@nb.njit(cache=True, nogil=True, inline="always")
def _move_along(i: int, s: int, t: int, cursor: IntArray, after: IntArray, before: IntArray) -> None:
    """Move unit `i` from the ring of `s` to that of `t`."""
    if cursor[s] == i:
        cursor[s] = after[i] if after[i] != i else -1
    after[before[i]], before[after[i]] = after[i], before[i]
    _join(i, t, cursor, after, before)


@nb.njit(cache=True, nogil=True)
def anneal(
    label: IntArray, count: CountArray, moment: FloatArray, book: Ledger,
    proposals: int, hot: float, cold: float, pair_share: float, price: FloatArray, state: RandomState,
    xy: FloatArray, weight: FloatArray, rules: Rules,
    about: int, place: FloatArray, column: IntArray, affine: FloatArray, table: FloatArray, anchor: IntArray,
    excluded_indptr: IntArray, excluded_indices: IntArray, locked: IntArray,
    rows: IntArray, indptr: IntArray, indices: IntArray, contiguous: bool,
    candidate: IntArray, far_share: float, exchange_share: float,
    cursor: IntArray, after: IntArray, before: IntArray,
    stamp: CountArray, mark: CountArray, queue: IntArray,
) -> int:  # fmt: skip
    """Propose moves on random borders and accept them as simulated annealing does.

    The temperature falls geometrically from `hot` to `cold`. A share `pair_share` of the proposals moves a second
    unit along: the neighbour that the first one joins goes on to a third territory, or back (a swap). A share
    `far_share` sends a unit to one of its `candidate` territories (n, width), next to it or not; only where
    territories need not hang together. A share `exchange_share` of these gets a unit in return: the next one of the
    ring of that territory's members (`link_rings`). Distance is taken as `about` says: from centroids, from `place`
    (k, 2), or from `table` (n, p) by the `column` (k,) of each territory; its `anchor` (k,), a unit or −1, never
    leaves. Works in place on `label`, the sums, the `book` of what rules count and the rings. Returns the number of
    accepted moves.
    """
    n_links = indices.shape[0]
    if n_links == 0:
        return 0
    # Fields of tuples are slower to reach than arrays by themselves.
    content, load, lower, upper = rules.content, book.load, rules.lower, rules.upper
    own_indptr, rival_indptr, mixed = rules.own_indptr, rules.rival_indptr, rules.least_share.shape[1] > 0
    counted = rules.budget.shape[0] > 0 or rules.rival_indices.shape[0] > 0
    accepted = 0
    cooling = (cold / hot) ** (1.0 / max(proposals, 1))
    temperature = hot
    for _ in range(proposals):
        temperature *= cooling
        if far_share > 0.0 and uniform(state) <= far_share:
            i = below(state, label.shape[0])
            t = candidate[i, below(state, candidate.shape[1])]
            if t < 0:
                continue
            u = -1
        else:
            link = below(state, n_links)
            i, u = rows[link], indices[link]
            t = label[u]
        s = label[i]
        if (
            s == t
            or count[s] <= 1
            or anchor[s] == i
            or not allowed(i, t, locked, excluded_indptr, excluded_indices)
        ):
            continue
        threshold = -temperature * np.log(uniform(state))
        change = distance_change(i, s, t, xy, weight, moment, about, place, column, affine, table)
        change += change_of_bands(i, s, t, content, load, lower, upper, price)
        if mixed or rival_indptr[i + 1] > rival_indptr[i] or own_indptr[i + 1] > own_indptr[i]:
            change += change_of_side_rules(i, s, t, label, book, rules, price)
        if u < 0 and uniform(state) <= exchange_share:
            u, r = cursor[t], s
            cursor[t] = after[u]
        elif u < 0 or uniform(state) > pair_share:
            if change > threshold:
                continue
            if contiguous and not stays_in_one_piece(i, label, indptr, indices, stamp, mark, queue):
                continue
            transfer(i, s, t, label, xy, weight, content, count, load, moment)
            if counted:
                enter_side_rules(i, s, t, label, book, rules)
            if far_share > 0.0:
                _move_along(i, s, t, cursor, after, before)
            accepted += 1
            continue
        else:
            v = indices[indptr[u] + below(state, indptr[u + 1] - indptr[u])]
            r = label[v]
            if v == i or r == t:
                continue
        if anchor[t] == u or not allowed(u, r, locked, excluded_indptr, excluded_indices):
            continue
        if contiguous and not stays_in_one_piece(i, label, indptr, indices, stamp, mark, queue):
            continue
        transfer(i, s, t, label, xy, weight, content, count, load, moment)
        if counted:
            enter_side_rules(i, s, t, label, book, rules)
        change += distance_change(u, t, r, xy, weight, moment, about, place, column, affine, table)
        change += change_of_bands(u, t, r, content, load, lower, upper, price)
        if mixed or rival_indptr[u + 1] > rival_indptr[u] or own_indptr[u + 1] > own_indptr[u]:
            change += change_of_side_rules(u, t, r, label, book, rules, price)
        if change > threshold or (
            contiguous and not stays_in_one_piece(u, label, indptr, indices, stamp, mark, queue)
        ):
            transfer(i, t, s, label, xy, weight, content, count, load, moment)
            if counted:
                enter_side_rules(i, t, s, label, book, rules)
            continue
        transfer(u, t, r, label, xy, weight, content, count, load, moment)
        if counted:
            enter_side_rules(u, t, r, label, book, rules)
        if far_share > 0.0:
            _move_along(i, s, t, cursor, after, before)
            _move_along(u, t, r, cursor, after, before)
        accepted += 2
    return accepted
