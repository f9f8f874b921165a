"""The inner loop of the search for the smallest largest diameter, compiled.

A territory is too wide where two of its units are farther apart than a target. Every such pair costs its excess
``d² / target² − 1``; the sum over pairs has a slope wherever the largest diameter alone has none. A pair at least as
wide as the record to beat costs a fixed step more, or one such pair would be left where it eases many others. Each
unit keeps its own excess: taking it out costs nothing to price, putting it somewhere one pass over the members.

Units that change owner cost what the objective says, at a price that weighs it against excesses: `rules` hold that
cost with the price, `own_cost` without.

`form` (4,) holds the squared target, the squared record, the step, and what all changes of owner may cost for the
record to be beaten.
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
    row_value,
    stays_in_one_piece,
    uniform,
)
from solvers.local_search.ledger import (
    Ledger,
    Rules,
    all_kept_together,
    broken_in,
    change_of_bands,
    change_of_side_rules,
    enter_loads,
    enter_side_rules,
)

RAN, BETTER, FULL = 0, 1, 2
"""How a run ended: all proposals made; inside every limit and better; a territory is full."""


@nb.njit(cache=True, nogil=True, fastmath=True)
def excess_to(x: float, y: float, xs: FloatArray, ys: FloatArray, form: FloatArray) -> float:
    """Return the summed excess between one place and members at (`xs`, `ys`)."""
    total = 0.0
    scale = 1.0 / form[0]
    for j in range(xs.shape[0]):
        dx, dy = xs[j] - x, ys[j] - y
        d = dx * dx + dy * dy
        e = max(d * scale - 1.0, 0.0)
        total += e + (form[2] if d >= form[1] else 0.0)
    return total


@nb.njit(cache=True, nogil=True, fastmath=True)
def _change_members(
    x: float, y: float, xs: FloatArray, ys: FloatArray, excess: FloatArray, form: FloatArray, sign: float
) -> None:
    """Add (`sign` 1) or take away (−1) the excess of each member to one place."""
    scale = 1.0 / form[0]
    for j in range(xs.shape[0]):
        dx, dy = xs[j] - x, ys[j] - y
        d = dx * dx + dy * dy
        e = max(d * scale - 1.0, 0.0)
        excess[j] += sign * (e + (form[2] if d >= form[1] else 0.0))


@nb.njit(cache=True, nogil=True)
def _wide_pairs(x: float, y: float, xs: FloatArray, ys: FloatArray, square: float) -> int:
    """Return how many members are at least the root of `square` away."""
    pairs = 0
    for j in range(xs.shape[0]):
        dx, dy = xs[j] - x, ys[j] - y
        if dx * dx + dy * dy >= square:
            pairs += 1
    return pairs


@nb.njit(cache=True, nogil=True)
def fill(
    label: IntArray, xy: FloatArray, begin: CountArray, count: CountArray,
    slot: IntArray, member: IntArray, xs: FloatArray, ys: FloatArray,
) -> None:  # fmt: skip
    """Lay the units of each territory side by side from `begin`."""
    count[:] = 0
    for i in range(label.shape[0]):
        t = label[i]
        p = begin[t] + count[t]
        slot[i], member[p], xs[p], ys[p] = p, i, xy[i, 0], xy[i, 1]
        count[t] += 1


@nb.njit(cache=True, nogil=True)
def price_pairs(
    begin: CountArray, count: CountArray, xs: FloatArray, ys: FloatArray, excess: FloatArray, form: FloatArray
) -> float:
    """Fill each unit's `excess` against its own territory and return the sum over pairs."""
    total = 0.0
    for t in range(count.shape[0]):
        a, b = begin[t], begin[t] + count[t]
        for p in range(a, b):
            excess[p] = excess_to(xs[p], ys[p], xs[a:b], ys[a:b], form)
            total += excess[p]
    return total / 2.0


@nb.njit(cache=True, nogil=True)
def squared_diameters(
    begin: CountArray, count: CountArray, xs: FloatArray, ys: FloatArray, out: FloatArray
) -> None:
    """Fill `out` (k,) with the largest squared distance inside each territory."""
    for t in range(count.shape[0]):
        a, b = begin[t], begin[t] + count[t]
        largest = 0.0
        for p in range(a, b):
            for q in range(a, p):
                dx, dy = xs[p] - xs[q], ys[p] - ys[q]
                largest = max(largest, dx * dx + dy * dy)
        out[t] = largest


@nb.njit(cache=True, nogil=True)
def count_wide(begin: CountArray, count: CountArray, xs: FloatArray, ys: FloatArray, square: float) -> int:
    """Return how many pairs inside territories are at least the root of `square` apart."""
    pairs = 0
    for t in range(count.shape[0]):
        a, b = begin[t], begin[t] + count[t]
        for p in range(a, b):
            pairs += _wide_pairs(xs[p], ys[p], xs[a:p], ys[a:p], square)
    return pairs


@nb.njit(cache=True, nogil=True)
def count_broken(book: Ledger, rules: Rules) -> int:
    """Return how many limits of territories are broken in all."""
    broken = 0
    for t in range(book.load.shape[0]):
        broken += broken_in(t, book, rules)
    return broken


@nb.njit(cache=True, nogil=True)
def _rehouse(
    i: int, s: int, t: int, xy: FloatArray, begin: CountArray, count: CountArray, slot: IntArray,
    member: IntArray, xs: FloatArray, ys: FloatArray, excess: FloatArray, form: FloatArray,
) -> int:  # fmt: skip
    """Move unit `i` from the members of `s` to those of `t`; return the change in the number of wide pairs."""
    x, y = xy[i, 0], xy[i, 1]
    a, last, p = begin[s], begin[s] + count[s] - 1, slot[i]
    moved = member[last]
    member[p], xs[p], ys[p], excess[p], slot[moved] = moved, xs[last], ys[last], excess[last], p
    count[s] -= 1
    pairs = -_wide_pairs(x, y, xs[a:last], ys[a:last], form[1])
    _change_members(x, y, xs[a:last], ys[a:last], excess[a:last], form, -1.0)
    a, p = begin[t], begin[t] + count[t]
    pairs += _wide_pairs(x, y, xs[a:p], ys[a:p], form[1])
    excess[p] = excess_to(x, y, xs[a:p], ys[a:p], form)
    _change_members(x, y, xs[a:p], ys[a:p], excess[a:p], form, 1.0)
    member[p], xs[p], ys[p], slot[i] = i, x, y, p
    count[t] += 1
    return pairs


@nb.njit(cache=True, nogil=True)
def _left(i: int, s: int, t: int, indptr: IntArray, indices: IntArray, own_cost: FloatArray) -> float:
    """Return what the cost of changes of owner rises by when unit `i` goes from `s` to `t`."""
    return row_value(indptr, indices, own_cost, i, s) - row_value(indptr, indices, own_cost, i, t)


@nb.njit(cache=True, nogil=True)
def anneal(
    label: IntArray, book: Ledger, moved: FloatArray, tally: CountArray,
    begin: CountArray, count: CountArray, slot: IntArray, member: IntArray,
    xs: FloatArray, ys: FloatArray, excess: FloatArray, form: FloatArray,
    proposals: int, hot: float, cold: float, pair_share: float, price: FloatArray,
    state: RandomState, xy: FloatArray, rules: Rules, own_cost: FloatArray, dear: bool,
    excluded_indptr: IntArray, excluded_indices: IntArray, locked: IntArray,
    rows: IntArray, indptr: IntArray, indices: IntArray, contiguous: bool,
    candidate: IntArray, far_share: float,
    stamp: CountArray, mark: CountArray, queue: IntArray,
) -> int:  # fmt: skip
    """Propose moves on random borders, accept them as simulated annealing does, and return how the run ended.

    The temperature falls geometrically from `hot` to `cold`. A share `pair_share` of the proposals moves a second
    unit along, out of the territory that the first one joins. The run ends as soon as no pair is as wide as the
    record, no limit is broken and changes of owner cost no more than they may. `tally` (3,) holds the pairs that are,
    the broken limits of territories and the proposals made; `book` what the rules count, `moved` (1,) what changes
    of owner cost.
    """
    n_links = indices.shape[0]
    if n_links == 0:
        tally[2] = proposals
        return RAN
    # Fields of tuples are slower to reach than arrays by themselves.
    content, load, lower, upper = rules.content, book.load, rules.lower, rules.upper
    own_indptr, own_indices, rival_indptr = rules.own_indptr, rules.own_indices, rules.rival_indptr
    mixed = rules.least_share.shape[1] > 0
    counted = rules.budget.shape[0] > 0 or rules.rival_indices.shape[0] > 0
    cooling = (cold / hot) ** (1.0 / max(proposals, 1))
    temperature = hot
    tally[2] = 0
    while tally[2] < proposals:
        tally[2] += 1
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
        if s == t or count[s] <= 1 or not allowed(i, t, locked, excluded_indptr, excluded_indices):
            continue
        threshold = -temperature * np.log(uniform(state))
        change = -excess[slot[i]]
        change += change_of_bands(i, s, t, content, load, lower, upper, price)
        if mixed or rival_indptr[i + 1] > rival_indptr[i] or own_indptr[i + 1] > own_indptr[i]:
            change += change_of_side_rules(i, s, t, label, book, rules, price)
        x, y = xy[i, 0], xy[i, 1]
        a, b = begin[t], begin[t] + count[t]
        if b >= begin[t + 1]:
            return FULL
        alone = u < 0 or uniform(state) > pair_share
        if alone:
            if change > threshold:
                continue
            change += excess_to(x, y, xs[a:b], ys[a:b], form)
            if change > threshold:
                continue
            if contiguous and not stays_in_one_piece(i, label, indptr, indices, stamp, mark, queue):
                continue
            before = broken_in(s, book, rules) + broken_in(t, book, rules)
            enter_loads(i, s, t, content, load)
            if counted:
                enter_side_rules(i, s, t, label, book, rules)
            tally[1] += broken_in(s, book, rules) + broken_in(t, book, rules) - before
            label[i] = t
            if dear:
                moved[0] += _left(i, s, t, own_indptr, own_indices, own_cost)
            tally[0] += _rehouse(i, s, t, xy, begin, count, slot, member, xs, ys, excess, form)
        else:
            if uniform(state) < 0.5:
                u = member[a + below(state, b - a)]
            if indptr[u + 1] == indptr[u]:
                continue
            v = indices[indptr[u] + below(state, indptr[u + 1] - indptr[u])]
            r = label[v]
            if v == i or r == t or not allowed(u, r, locked, excluded_indptr, excluded_indices):
                continue
            c, d = begin[r], begin[r] + count[r]
            if d >= begin[r + 1]:
                return FULL
            ux, uy = xy[u, 0], xy[u, 1]
            between = excess_to(x, y, xy[u : u + 1, 0], xy[u : u + 1, 1], form)
            change -= excess[slot[u]]
            if r == s:
                change -= between
            enter_loads(i, s, t, content, load)
            if counted:
                enter_side_rules(i, s, t, label, book, rules)
            label[i] = t
            change += change_of_bands(u, t, r, content, load, lower, upper, price)
            if mixed or rival_indptr[u + 1] > rival_indptr[u] or own_indptr[u + 1] > own_indptr[u]:
                change += change_of_side_rules(u, t, r, label, book, rules, price)
            label[i] = s
            good = change <= threshold
            if good:
                change += excess_to(x, y, xs[a:b], ys[a:b], form) - between
                good = change <= threshold
            if good:
                change += excess_to(ux, uy, xs[c:d], ys[c:d], form)
                good = change <= threshold
            if good and contiguous:
                good = stays_in_one_piece(i, label, indptr, indices, stamp, mark, queue)
                if good:
                    label[i] = t
                    good = stays_in_one_piece(u, label, indptr, indices, stamp, mark, queue)
                    label[i] = s
            enter_loads(i, t, s, content, load)
            if counted:
                enter_side_rules(i, t, s, label, book, rules)
            if not good:
                continue
            before = broken_in(s, book, rules) + broken_in(t, book, rules)
            if r != s:
                before += broken_in(r, book, rules)
            enter_loads(i, s, t, content, load)
            if counted:
                enter_side_rules(i, s, t, label, book, rules)
            label[i] = t
            enter_loads(u, t, r, content, load)
            if counted:
                enter_side_rules(u, t, r, label, book, rules)
            label[u] = r
            after = broken_in(s, book, rules) + broken_in(t, book, rules)
            if r != s:
                after += broken_in(r, book, rules)
            tally[1] += after - before
            if dear:
                moved[0] += _left(i, s, t, own_indptr, own_indices, own_cost)
                moved[0] += _left(u, t, r, own_indptr, own_indices, own_cost)
            tally[0] += _rehouse(u, t, r, xy, begin, count, slot, member, xs, ys, excess, form)
            tally[0] += _rehouse(i, s, t, xy, begin, count, slot, member, xs, ys, excess, form)
        if tally[0] == 0 and tally[1] == 0 and moved[0] <= form[3] and all_kept_together(book, rules):
            return BETTER
    return RAN
