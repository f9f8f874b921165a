"""The cheapest choice of contents that share out all units: exact cover by depth-first search.

The unit that the fewest contents hold is covered first, by each of them in turn, cheapest first; what overlaps is
left out below, and so is what costs more than is left to spend (Knuth 2000, https://arxiv.org/abs/cs/0011047, with
costs).
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.stop import Stop
from solvers.bounds.masks import NONE, ONE, SIX, Mask, has, lowest, put

WORK_AT_ONCE = 100_000_000
"""Contents looked at between two questions whether to stop."""
MOST_ROOM = 40_000_000
"""Contents in the lists of all levels, at most."""


class _Levels(NamedTuple):
    """Where the search stands, by the number of contents chosen."""

    place: IntArray
    """Level, −1 at the end, shape ``(1,)``."""
    listed: IntArray
    many: IntArray
    tried: IntArray
    tries: IntArray
    at: IntArray
    left: Mask
    spent: FloatArray
    best: FloatArray
    plan: IntArray


@nb.njit(cache=True, nogil=True)
def _rarest(mask: Mask, listed: IntArray, left: Mask, holders: IntArray) -> int:
    """Return the unit of `left` that the fewest of the listed contents hold."""
    holders[:] = 0
    for content in listed:
        for word in range(mask.shape[1]):
            rest = mask[content, word]
            while rest != NONE:
                holders[(word << SIX) + lowest(rest)] += 1
                rest &= rest - ONE
    rarest = -1
    for unit in range(len(holders)):
        if has(left, unit) and (rarest < 0 or holders[unit] < holders[rarest]):
            rarest = unit
    return rarest


@nb.njit(cache=True, nogil=True)
def _rest_of(
    mask: Mask, cost: FloatArray, levels: _Levels, level: int, chosen: int, spent: float, more: int
) -> int:
    """List for the next level what may join `chosen`, and return how many; 0 where the units left are not covered.

    `more` contents are needed beside it, so that the cheapest `more − 1` are spent with each.
    """
    listed, words = levels.listed, mask.shape[1]
    count = 0
    for q in range(levels.many[level]):
        other = listed[level, q]
        if spent + cost[other] >= levels.best[0]:
            break
        apart = True
        for word in range(words):
            apart = apart and mask[other, word] & mask[chosen, word] == NONE
        if apart:
            listed[level + 1, count] = other
            count += 1
    if count < more:
        return 0
    for q in range(more - 1):
        spent += cost[listed[level + 1, q]]
    while count > 0 and spent + cost[listed[level + 1, count - 1]] >= levels.best[0]:
        count -= 1
    for word in range(words):
        covered = NONE
        for q in range(count):
            covered |= mask[listed[level + 1, q], word]
        if covered != levels.left[level + 1, word]:
            return 0
    return count


@nb.njit(cache=True, nogil=True)
def _cover_on(mask: Mask, cost: FloatArray, levels: _Levels, holders: IntArray, most: int) -> None:
    """Go on until `most` contents were looked at; `levels` holds what is found and where it stands."""
    k, words = len(levels.plan), mask.shape[1]
    level, work = levels.place[0], 0
    while level >= 0 and work < most:
        if levels.at[level] < 0:
            listed = levels.listed[level, : levels.many[level]]
            work += len(listed)
            unit = _rarest(mask, listed, levels.left[level], holders)
            tries = 0
            for content in listed:
                if has(mask[content], unit):
                    levels.tried[level, tries] = content
                    tries += 1
            levels.tries[level], levels.at[level] = tries, 0
        if levels.at[level] == levels.tries[level]:
            level -= 1
            continue
        chosen = levels.tried[level, levels.at[level]]
        levels.at[level] += 1
        spent = levels.spent[level] + cost[chosen]
        if spent >= levels.best[0]:
            # The others cost no less.
            level -= 1
            continue
        done = True
        for word in range(words):
            levels.left[level + 1, word] = levels.left[level, word] & ~mask[chosen, word]
            done = done and levels.left[level + 1, word] == NONE
        levels.plan[level] = chosen
        if done and level == k - 1:
            levels.best[0] = spent
            levels.best[1:] = levels.plan
        if done or level == k - 1:
            continue
        work += levels.many[level]
        count = _rest_of(mask, cost, levels, level, chosen, spent, k - level - 1)
        if count:
            level += 1
            levels.many[level], levels.spent[level], levels.at[level] = count, spent, -1
    levels.place[0] = level


def cheapest_cover(
    mask: Mask, cost: FloatArray, n_units: int, k: int, limit: float, *, stop: Stop
) -> tuple[IntArray | None, bool]:
    """Return the cheapest `k` contents that hold each unit once, if they cost less than `limit`.

    Parameters
    ----------
    mask
        Units of each content, ``(n_contents, n_words)``.
    cost
        Cost of each, any number, shape ``(n_contents,)``.
    n_units, k
        Units, and contents to choose.
    limit
        Total from which on a choice is of no use.
    stop
        Asked on the way.

    Returns
    -------
    The contents chosen, shape ``(k,)``, None where none were found; and whether nothing cheaper is left.
    """
    size = len(mask)
    if size < k:
        return None, True
    if (k + 1) * size > MOST_ROOM:
        return None, False
    order = np.argsort(cost, kind="stable")
    # No cost is negative when the least is taken off each, so that spending more never gets cheaper.
    base = float(cost[order[0]])
    sorted_mask, sorted_cost = np.ascontiguousarray(mask[order]), cost[order] - base
    left = np.zeros((k + 1, mask.shape[1]), np.uint64)
    for unit in range(n_units):
        put(left[0], unit)
    levels = _Levels(
        np.zeros(1, np.int32), np.empty((k + 1, size), np.int32), np.zeros(k + 1, np.int32),
        np.empty((k, size), np.int32), np.zeros(k, np.int32), np.full(k, -1, np.int32), left, np.zeros(k + 1),
        np.r_[limit - k * base, np.full(k, -1.0)], np.zeros(k, np.int32),
    )  # fmt: skip
    levels.listed[0], levels.many[0] = np.arange(size), size
    holders = np.empty(n_units, np.int32)
    while levels.place[0] >= 0:
        if stop.reason(0) is not None:
            break
        _cover_on(sorted_mask, sorted_cost, levels, holders, WORK_AT_ONCE)
    plan = levels.best[1:].astype(np.int64)
    return (None if plan[0] < 0 else order[plan].astype(np.int32)), bool(levels.place[0] < 0)
