"""Close small breaches of an alignment by the best moves and exchanges around the territories that break a rule.

Annealing leads near the bands; what is left outside are often hair's breadths in single territories, which random
proposals rarely hit. Here every move of one unit into or out of such a territory is looked at, alone and with a second
unit that moves on or back, and the best is made, until all rules hold or nothing brings them nearer.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.stop import Stop
from solvers.local_search.annealing import TOLERANCE, Found, found
from solvers.local_search.kernel import (
    CountArray,
    allowed,
    distance_change,
    stays_in_one_piece,
    transfer,
)
from solvers.local_search.ledger import (
    Ledger,
    Rules,
    breaches_by_territory,
    change_of_bands,
    change_of_side_rules,
    enter_side_rules,
)
from solvers.local_search.search_state import SearchState
from solvers.model import SearchModel

PRICE = 30.0
"""What a breach of one whole ideal is worth, in mean territory costs: being inside counts before being short."""

LARGEST = 0.05
"""Summed breach, in ideals, above which there is more to do than to mend."""

GAIN = 1e-10
"""Least gain of a step, in ideals: below, sums of floats tell nothing."""


def mend(model: SearchModel, begin: Found, stop: Stop) -> Found:
    """Return `begin` with breaches closed as far as moves of one or two units bring it; never a worse one.

    Parameters
    ----------
    stop
        Asked after every step; only time and cancellation count.
    """
    if not TOLERANCE < begin.breach <= LARGEST or begin.surplus_pieces:
        return begin
    state = SearchState(model, begin.territory, 0)
    hopeless = np.zeros(model.n_territories, bool)
    # Listing the units of all territories takes far longer than a step: it is done anew where none is found.
    members, moved = members_of(state), False
    while stop.reason(0) is None:
        broken = sum(part.sum(axis=1) for part in breaches_by_territory(state.book, state.rules))
        broken = np.where(hopeless, 0.0, broken)
        worst = int(broken.argmax())
        if broken[worst] <= 0.0:
            break
        step = step_around(state, worst, members)
        if step is None and moved:
            members, moved = members_of(state), False
            step = step_around(state, worst, members)
        hopeless[worst] = step is None
        if step is None:
            continue
        unit, there, other, further = step
        state.move(unit, there)
        if other >= 0:
            state.move(other, further)
        hopeless[:], moved = False, True
    result = found(SearchState(model, state.label, 0))
    return result if result.better_than(begin) else begin


def members_of(state: SearchState) -> tuple[IntArray, IntArray]:
    """Return the units by territory, shape ``(n_units,)``, and where those of each begin, ``(n_territories + 1,)``."""
    member = np.argsort(state.label, kind="stable").astype(np.int32)
    first = np.searchsorted(state.label[member], np.arange(state.model.n_territories + 1))
    return member, first.astype(np.int32)


def step_around(
    state: SearchState, territory: int, members: tuple[IntArray, IntArray]
) -> tuple[int, int, int, int] | None:
    """Return the best step around a territory: a unit and where it goes, a second one and where that goes.

    −1 for no second unit; None where no step lowers the sum of breaches. `state` stays as it is. Units that joined a
    territory since `members` were listed are not thought of.
    """
    model, (member, first) = state.model, members
    step: tuple[int, int, int, int] = _best_step(
        territory, PRICE, len(state.breach()), member, first,
        state.label, state.count, state.moment, state.book,
        model.xy, model.weight, state.rules, *state.distance, model.excluded_indptr, model.excluded_indices,
        model.locked, model.graph_indptr, model.graph_indices, model.contiguous, *state.scratch,
    )  # fmt: skip
    return None if step[0] < 0 else step


@nb.njit(cache=True, nogil=True)
def _effect(
    i: int, s: int, t: int, ones: FloatArray, nothing: FloatArray, label: IntArray, book: Ledger, rules: Rules,
    xy: FloatArray, weight: FloatArray, moment: FloatArray,
    about: int, place: FloatArray, column: IntArray, affine: FloatArray, table: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """Return the change of breaches, in ideals, and of the cost when `i` goes from `s` to `t`."""
    moved = change_of_side_rules(i, s, t, label, book, rules, nothing)
    relief = change_of_bands(i, s, t, rules.content, book.load, rules.lower, rules.upper, ones)
    relief += change_of_side_rules(i, s, t, label, book, rules, ones) - moved
    return relief, moved + distance_change(i, s, t, xy, weight, moment, about, place, column, affine, table)


@nb.njit(cache=True, nogil=True)
def _best_step(
    around: int, price: float, n_rules: int, member: IntArray, first: IntArray,
    label: IntArray, count: CountArray, moment: FloatArray, book: Ledger,
    xy: FloatArray, weight: FloatArray, rules: Rules,
    about: int, place: FloatArray, column: IntArray, affine: FloatArray, table: FloatArray, anchor: IntArray,
    excluded_indptr: IntArray, excluded_indices: IntArray, locked: IntArray,
    indptr: IntArray, indices: IntArray, contiguous: bool,
    stamp: CountArray, mark: CountArray, queue: IntArray,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Return a unit and where it goes, a second one and where that goes; −1 for no unit.

    A step must lower the sum of breaches; among those the cheapest counts, breaches at `price` an ideal. `member`
    lists the units of each territory, from `first` of one to that of the next. Works on the state, and leaves it as
    it was.
    """
    ones, nothing = np.ones(n_rules), np.zeros(n_rules)
    best = np.inf
    chosen = (-1, -1, -1, -1)
    for m in range(first[around], first[around + 1]):
        a = int(np.int64(member[m]))
        if label[a] != around:
            continue
        for e in range(indptr[a], indptr[a + 1]):
            b = int(np.int64(indices[e]))
            if label[b] == around:
                continue
            for way in range(2):
                i = a if way == 0 else b
                s = int(np.int64(label[i]))
                t = int(np.int64(label[b])) if way == 0 else int(np.int64(around))
                if (
                    count[s] <= 1
                    or anchor[s] == i
                    or not allowed(i, t, locked, excluded_indptr, excluded_indices)
                ):
                    continue
                if contiguous and not stays_in_one_piece(i, label, indptr, indices, stamp, mark, queue):
                    continue
                relief, cost = _effect(
                    i, s, t, ones, nothing, label, book, rules,
                    xy, weight, moment, about, place, column, affine, table,
                )  # fmt: skip
                worth = cost + price * relief
                if relief < -GAIN and worth < best:
                    best, chosen = worth, (i, t, -1, -1)
                # One of the receiver's units goes on, or back.
                transfer(i, s, t, label, xy, weight, rules.content, count, book.load, moment)
                enter_side_rules(i, s, t, label, book, rules)
                for o in range(first[t], first[t + 1]):
                    u = int(np.int64(member[o]))
                    if u == i or label[u] != t or anchor[t] == u:
                        continue
                    last = -1
                    for f in range(indptr[u], indptr[u + 1]):
                        r = int(np.int64(label[indices[f]]))
                        if r in (t, last):
                            continue
                        last = r
                        if not allowed(u, r, locked, excluded_indptr, excluded_indices):
                            continue
                        further, on = _effect(
                            u, t, r, ones, nothing, label, book, rules,
                            xy, weight, moment, about, place, column, affine, table,
                        )  # fmt: skip
                        whole = worth + on + price * further
                        if relief + further >= -GAIN or whole >= best:
                            continue
                        if contiguous and not stays_in_one_piece(
                            u, label, indptr, indices, stamp, mark, queue
                        ):
                            continue
                        best, chosen = whole, (i, t, u, r)
                transfer(i, t, s, label, xy, weight, rules.content, count, book.load, moment)
                enter_side_rules(i, t, s, label, book, rules)
    return chosen
