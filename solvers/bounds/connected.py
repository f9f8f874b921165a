"""The cheapest contents of territories that hang together, units whole, and all contents below a limit.

Without contiguity the Lagrangian of the Hess model takes units from anywhere; where whole counties are the units the
bound stays far below every contiguous plan. Here a content is connected, holds its centre unit, keeps the limits to
the unit, and leaves a rest that can be divided: every part of it is an amount that a number of territories may hold.

Units are decided one by one: nearest first where the cheapest content is sought, which finds good ones soon, heaviest
first where all are, which leaves less open. What the undecided ones cost at least is looked up in a table of the
knapsack over loads rounded to steps (Bellman 1957; rounding may let a content in, never one out), so that a branch ends
where no choice of units keeps the limits below what is sought; it also ends where what is inside falls apart, or cuts
off a part of the rest that can no longer be divided.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from planner.arrays import FloatArray, IntArray
from planner.stop import Stop
from solvers.bounds.centre_problem import CentreProblem
from solvers.bounds.masks import (
    NONE,
    ONE,
    SIX,
    Mask,
    drop,
    flood,
    has,
    lowest,
    neighbour_masks,
    put,
    words_for,
)

STEPS = 4_000
"""Steps that the upper limit is rounded to."""
STEP_CARE = 1e-6
"""Part of a step by which limits in steps are widened against rounding."""
NODES_AT_ONCE = 400_000
"""Decisions between two questions whether to stop."""
FRESH, ONE_WAY, BOTH_WAYS = 0, 1, 2
"""Which cases of a decision were looked at."""


class Sought(NamedTuple):
    """What a search needs to know about the problem and the prices: see `ConnectedContents`."""

    root: int
    order: IntArray
    reduced: FloatArray
    load: FloatArray
    steps: IntArray
    least: FloatArray
    """Least cost of the units from a place in `order` on, by steps held before, ``(n_places + 1, n_steps)``."""
    floor: float
    ceiling: float
    others: int
    """Territories that the rest is divided into."""
    lightest: float
    heaviest: float
    """What any territory holds at least and at most."""
    beside: Mask
    everything: Mask


class Walk(NamedTuple):
    """Where a search stands; it goes on from there."""

    place: IntArray
    """Place in the order, −1 at the end, shape ``(1,)``."""
    inside: Mask
    may: Mask
    reach: Mask
    looked: NDArray[np.int8]
    first: NDArray[np.int8]
    cost: FloatArray
    held: FloatArray
    stepped: IntArray


@nb.njit(cache=True, nogil=True)
def _least_of_rest(
    order: IntArray, reduced: FloatArray, steps: IntArray, low: int, high: int, least: FloatArray
) -> None:
    """Fill `least`: cost of the units from a place on that brings what is held into [low, high], in steps."""
    last = len(order)
    for held in range(high + 1):
        least[last, held] = 0.0 if held >= low else np.inf
    for place in range(last - 1, -1, -1):
        unit = order[place]
        more, price = min(steps[unit], high + 1), reduced[unit]
        for held in range(high + 1 - more):
            least[place, held] = min(least[place + 1, held], price + least[place + 1, held + more])
        for held in range(high + 1 - more, high + 1):
            least[place, held] = least[place + 1, held]


@nb.njit(cache=True, nogil=True)
def _can_be_divided(sought: Sought, walk: Walk, place: int, rest: Mask, seen: Mask, fresh: Mask) -> bool:
    """Return whether the parts around what is inside may still be divided among the other territories.

    Units that are undecided from `place` on may still come inside; a part with others is left over at least in part.
    """
    words = len(walk.inside)
    for word in range(words):
        rest[word] = sought.everything[word] & ~walk.inside[word]
    in_one = True
    fewest, most = 0.0, 0.0
    for word in range(words):
        while rest[word] != NONE:
            flood((word << SIX) + lowest(rest[word]), rest, sought.beside, seen, fresh)
            if in_one:
                for other in range(words):
                    in_one = in_one and seen[other] == rest[other]
                if in_one:
                    # As a rule there is one part, and it is not looked into: its amount follows from the limits.
                    return sought.others > 0
            in_one = False
            whole, out, left_over = 0.0, 0.0, False
            for other in range(words):
                rest[other] &= ~seen[other]
                while seen[other] != NONE:
                    unit = (other << SIX) + lowest(seen[other])
                    seen[other] &= seen[other] - ONE
                    whole += sought.load[unit]
                    if not (has(walk.may, unit) and has(walk.reach[place], unit)):
                        out += sought.load[unit]
                        left_over = True
            if left_over:
                needed = max(1.0, np.ceil(out / sought.heaviest - 1e-9))
                if needed * sought.lightest > whole * (1 + 1e-9):
                    return False
                fewest += needed
            if sought.lightest > 0.0:
                most += np.floor(whole / sought.lightest + 1e-9)
            else:
                most = np.inf
    return fewest <= sought.others <= most


@nb.njit(cache=True, nogil=True)
def _falls_apart(walk: Walk, place: int) -> bool:
    apart = False
    for word in range(len(walk.inside)):
        apart = apart or walk.inside[word] & ~walk.reach[place, word] != NONE
    return apart


@nb.njit(cache=True, nogil=True)
def _value_of(sought: Sought, walk: Walk, place: int, taken: bool) -> float:
    """Return what contents cost at least that take, or leave, the unit at `place`."""
    unit = sought.order[place]
    if not taken:
        return float(walk.cost[place] + sought.least[place + 1, walk.stepped[place]])
    filled = walk.stepped[place] + sought.steps[unit]
    if filled >= sought.least.shape[1] or not has(walk.reach[place], unit):
        return np.inf
    if walk.held[place] + sought.load[unit] > sought.ceiling:
        return np.inf
    return float(walk.cost[place] + sought.reduced[unit] + sought.least[place + 1, filled])


@nb.njit(cache=True, nogil=True)
def _decide(sought: Sought, walk: Walk, place: int, taken: bool, rest: Mask, seen: Mask, fresh: Mask) -> bool:
    """Take or leave the unit at `place`, and return whether a content is still possible."""
    unit, after = sought.order[place], place + 1
    walk.cost[after], walk.held[after] = walk.cost[place], walk.held[place]
    walk.stepped[after] = walk.stepped[place]
    walk.reach[after] = walk.reach[place]
    if taken:
        put(walk.inside, unit)
        walk.cost[after] += sought.reduced[unit]
        walk.held[after] += sought.load[unit]
        walk.stepped[after] += sought.steps[unit]
        return _can_be_divided(sought, walk, after, rest, seen, fresh)
    drop(walk.may, unit)
    if has(walk.reach[place], unit):
        flood(sought.root, walk.may, sought.beside, walk.reach[after], fresh)
    return not _falls_apart(walk, after)


@nb.njit(cache=True, nogil=True)
def _walk_on(
    sought: Sought, walk: Walk, every: bool, most: int, limit: FloatArray, found: Mask, value: FloatArray
) -> tuple[int, int]:  # fmt: skip
    """Go on for `most` decisions, or until `value` is full, and return how many contents and decisions there were.

    Contents below ``limit[0]`` are written to `found`, their reduced costs to `value`. Unless `every` one is wanted the
    cheapest so far takes the first place, and sets the limit.
    """
    last = len(sought.order)
    rest, seen, fresh = np.empty_like(walk.inside), np.empty_like(walk.inside), np.empty_like(walk.inside)
    place, decisions, count = walk.place[0], 0, 0
    while place >= 0 and decisions < most and count < len(value):
        if place == last:
            whole = sought.floor <= walk.held[last] <= sought.ceiling and walk.cost[last] < limit[0]
            if whole and _can_be_divided(sought, walk, last, rest, seen, fresh):
                at = count if every else 0
                found[at], value[at] = walk.inside, walk.cost[last]
                count = at + 1 if every else 0
                if not every:
                    limit[0] = walk.cost[last]
            place -= 1
            continue
        unit = sought.order[place]
        drop(walk.inside, unit)
        put(walk.may, unit)
        if walk.looked[place] == BOTH_WAYS:
            walk.looked[place] = FRESH
            place -= 1
            continue
        if walk.looked[place] == FRESH:
            walk.first[place] = _value_of(sought, walk, place, True) <= _value_of(sought, walk, place, False)
        taken = bool(walk.first[place]) == (walk.looked[place] == FRESH)
        walk.looked[place] += 1
        decisions += 1
        if _value_of(sought, walk, place, taken) < limit[0] and _decide(
            sought, walk, place, taken, rest, seen, fresh
        ):
            place += 1
    walk.place[0] = place
    return count, decisions


@nb.njit(cache=True, nogil=True)
def _still_possible(sought: Sought, walk: Walk) -> float:
    """Return a lower bound on the contents that a walk has not come to."""
    least = np.inf
    for place in range(min(walk.place[0] + 1, len(sought.order))):
        if walk.looked[place] < BOTH_WAYS:
            first = bool(walk.first[place])
            if walk.looked[place] == ONE_WAY:
                least = min(least, _value_of(sought, walk, place, not first))
            else:
                least = min(
                    least, _value_of(sought, walk, place, True), _value_of(sought, walk, place, False)
                )
    if walk.place[0] == len(sought.order):
        least = min(least, walk.cost[walk.place[0]])
    return least


class ConnectedContents:
    """Searches for the connected contents of one problem at any multipliers.

    Parameters
    ----------
    problem
        With one measure, and a member for every candidate; just `k` centres are opened.
    links
        Neighbours of each unit, sparse ``(n_units, n_units)``, symmetric.

    Raises
    ------
    ValueError
        Where the problem is of another kind.
    """

    def __init__(self, problem: CentreProblem, links: csr_array) -> None:
        if problem.activity.shape[1] != 1 or (problem.member < 0).any() or not problem.exactly:
            raise ValueError(
                "connected contents need one measure, centre units, and a fixed number of centres"
            )
        self.problem = problem
        self.n_words = words_for(problem.n_units)
        self._load = np.ascontiguousarray(problem.activity[:, 0])
        self._beside = neighbour_masks(links)
        self._everything = np.zeros(self.n_words, np.uint64)
        for unit in range(problem.n_units):
            put(self._everything, unit)
        self._lightest = max(float(problem.lower.min()), 0.0)
        total = float(self._load.sum())
        self._heaviest = max(min(float(problem.upper.max()), total), 1e-9 * total, 1e-300)
        step = self._heaviest / STEPS
        self._steps = np.rint(self._load / step).astype(np.int32)
        self._step = step
        self._heavy_first = np.argsort(-self._load, kind="stable").astype(np.int32)
        hops = shortest_path(links, directed=False, unweighted=True)[problem.member]
        per_load = problem.cost / np.maximum(self._load, 1e-12 * self._heaviest)
        self._near_first = np.lexsort((per_load, hops), axis=1).astype(np.int32)
        # Rounding errs to either side by no more than that of the units with the largest errors that fit at once.
        fit = int((np.cumsum(np.sort(self._load)) <= self._heaviest).sum())
        error = self._steps - self._load / step
        self._over = float(np.sort(np.maximum(error, 0.0))[::-1][:fit].sum())
        self._under = float(np.sort(np.maximum(-error, 0.0))[::-1][:fit].sum())
        high = int(self._heaviest / step + self._over + STEP_CARE)
        self._least = np.empty((problem.n_units, high + 1))

    def cheapest(
        self, candidate: int, alpha: FloatArray, *, limit: float = np.inf, most: int = 50_000
    ) -> tuple[float, Mask | None]:
        """Return a lower bound on the cheapest content of a candidate, and that content where it was found.

        Parameters
        ----------
        candidate
            Whose content it is.
        alpha
            Multiplier of each unit, shape ``(n_units,)``.
        limit
            Values from this on need not be told apart.
        most
            Most decisions. The value is exact below `limit` unless they are used up.
        """
        begun = self._begin(candidate, alpha, limit, self._near_first[candidate])
        if begun is None:
            return limit, None
        sought, walk = begun
        found, value, bar = np.zeros((1, self.n_words), np.uint64), np.full(1, np.inf), np.array([limit])
        _walk_on(sought, walk, False, most, bar, found, value)
        least = bar[0] if walk.place[0] < 0 else min(bar[0], _still_possible(sought, walk))
        return float(least), found[0] if np.isfinite(value[0]) else None

    def all_below(
        self, candidate: int, alpha: FloatArray, limit: float, *, room: int, most: int, stop: Stop
    ) -> tuple[Mask, FloatArray, int] | None:
        """Return every content of a candidate with a reduced cost below `limit`.

        Parameters
        ----------
        candidate, alpha
            As in `cheapest`.
        room, most
            Most contents, and most decisions.
        stop
            Asked on the way.

        Returns
        -------
        The sets of units, ``(n_contents, n_words)``, their reduced costs, and the decisions taken; None where it was
        cut short.
        """
        begun = self._begin(candidate, alpha, limit, self._heavy_first)
        if begun is None:
            return np.zeros((0, self.n_words), np.uint64), np.zeros(0), 0
        sought, walk = begun
        kept: list[tuple[Mask, FloatArray]] = []
        done, total, bar, size = 0, 0, np.array([limit]), 1_024
        while walk.place[0] >= 0:
            if done >= most or total > room or stop.reason(0) is not None:
                return None
            found, value = np.empty((size, self.n_words), np.uint64), np.empty(size)
            count, decisions = _walk_on(sought, walk, True, NODES_AT_ONCE, bar, found, value)
            done, total, size = done + decisions, total + count, min(2 * size, 65_536)
            kept.append((found[:count], value[:count]))
        return np.concatenate([one[0] for one in kept]), np.concatenate([one[1] for one in kept]), done

    def _begin(
        self, candidate: int, alpha: FloatArray, limit: float, order: IntArray
    ) -> tuple[Sought, Walk] | None:
        """Return a search at its beginning; None where no content is below `limit`."""
        problem, root = self.problem, int(self.problem.member[candidate])
        reduced = problem.cost[candidate] - alpha
        floor, ceiling = float(problem.lower[candidate, 0]), float(problem.upper[candidate, 0])
        if self._load[root] > ceiling or not np.isfinite(reduced[root]):
            return None
        order = order[np.isfinite(reduced[order]) & (order != root)]
        high = int(min(ceiling, self._heaviest) / self._step + self._over + STEP_CARE)
        low = max(0, int(np.ceil(max(floor, 0.0) / self._step - self._under - STEP_CARE)))
        least = self._least[: len(order) + 1, : high + 1]
        _least_of_rest(order, reduced, self._steps, low, high, least)
        if self._steps[root] > high or reduced[root] + least[0, self._steps[root]] >= limit:
            return None
        sought = Sought(
            root, order, reduced, self._load, self._steps, least, floor, ceiling, problem.k - 1, self._lightest,
            self._heaviest, self._beside, self._everything,
        )  # fmt: skip
        return sought, self._walk(sought)

    def _walk(self, sought: Sought) -> Walk:
        size = len(sought.order) + 1
        inside, may = np.zeros(self.n_words, np.uint64), np.zeros(self.n_words, np.uint64)
        put(inside, sought.root)
        put(may, sought.root)
        for unit in sought.order:
            put(may, unit)
        walk = Walk(
            np.zeros(1, np.int32), inside, may, np.zeros((size, self.n_words), np.uint64), np.zeros(size, np.int8),
            np.zeros(size, np.int8), np.zeros(size), np.zeros(size), np.zeros(size, np.int32),
        )  # fmt: skip
        flood(sought.root, may, self._beside, walk.reach[0], np.empty(self.n_words, np.uint64))
        walk.cost[0], walk.held[0] = sought.reduced[sought.root], self._load[sought.root]
        walk.stepped[0] = self._steps[sought.root]
        return walk
