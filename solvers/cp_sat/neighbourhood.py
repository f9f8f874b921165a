"""Which few territories, and which of their units, to look at together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.arrays import FloatArray, IntArray
from solvers.centres import held_centres
from solvers.cp_sat.subgraph import links_among
from solvers.local_search.ledger import breach, breaches_by_territory, new_ledger, rules_of
from solvers.model import SearchModel

MOST_UNITS = 120
"""Free units that CP-SAT settles within a second or so."""


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """A part of an alignment to be reassigned at once.

    Parameters
    ----------
    model, label
        The scaled problem and the alignment, shape ``(n_units,)``.
    territories
        Neighbouring territories, ascending.
    most_units
        Free units, at most.
    """

    model: SearchModel
    label: IntArray
    territories: IntArray
    most_units: int

    @cached_property
    def units(self) -> IntArray:
        """Their free units, ascending; looked for when first asked for, so that skipping a group costs nothing."""
        return free_units(self.model, self.label, self.territories, self.most_units)


def territory_neighbours(model: SearchModel, label: IntArray) -> list[list[int]]:
    """Return the neighbours of each territory, ascending; one without any has the nearest one."""
    k = model.n_territories
    rows = np.repeat(np.arange(model.n_units), np.diff(model.graph_indptr))
    s, t = label[rows].astype(np.int64), label[model.graph_indices].astype(np.int64)
    pairs = np.unique(s[s != t] * k + t[s != t])
    beside: list[set[int]] = [set() for _ in range(k)]
    for pair in pairs.tolist():
        beside[pair // k].add(pair % k)
    centre = held_centres(model, label).place
    for j in range(k):
        if not beside[j] and k > 1:
            squared = ((centre - centre[j]) ** 2).sum(axis=1)
            squared[j] = np.inf
            near = int(squared.argmin())
            beside[j].add(near)
            beside[near].add(j)
    return [sorted(others) for others in beside]


def territory_breach(model: SearchModel, label: IntArray) -> FloatArray:
    """Return by how much each territory breaks its rules, scaled and summed, shape ``(n_territories,)``.

    What changes owner beyond a budget counts where it is now.
    """
    k, rules, book = model.n_territories, rules_of(model), new_ledger(model, label)
    broken = sum((part.sum(axis=1) for part in breaches_by_territory(book, rules)), np.zeros(k))
    first, second = model.rivals.pairs()
    broken += model.rivals.breach * np.bincount(label[first[label[first] == label[second]]], minlength=k)
    stays = model.stays(label)
    row = np.repeat(np.arange(model.n_units), np.diff(model.own_indptr))[stays]
    for b in np.flatnonzero(
        breach(book, rules)[rules.lower.shape[1] + len(model.mixes) :][: len(model.budgets)]
    ):
        left = model.budgets.leave[:, b] - np.bincount(row, model.budgets.own[stays, b], model.n_units)
        over = 1.0 - float(rules.budget[b] / book.spent[b])
        broken += over * np.bincount(label, np.maximum(left, 0.0), k)
    return np.asarray(broken, dtype=np.float64)


def free_units(
    model: SearchModel, label: IntArray, territories: IntArray, most_units: int = MOST_UNITS
) -> IntArray:
    """Return the units of `territories` that may change: all, else those nearest to the borders among them.

    Nearness is counted in hops on the graph; among units as many hops away, those count first whose own centre is
    farthest compared with the nearest other one. A locked unit in its place never changes.
    """
    listed = np.zeros(model.n_territories, bool)
    listed[territories] = True
    members = np.flatnonzero(listed[label])
    is_movable = model.locked[members] != label[members]
    movable = members[is_movable]
    if len(movable) <= most_units:
        return np.asarray(movable, dtype=np.int32)
    hops = _hops_from_borders(model, label, members)[is_movable]
    centre = held_centres(model, label, members).place[territories]
    squared = ((model.xy[movable][:, None, :] - centre[None, :, :]) ** 2).sum(axis=2)
    own = np.searchsorted(territories, label[movable])
    mine = squared[np.arange(len(movable)), own]
    squared[np.arange(len(movable)), own] = np.inf
    order = np.lexsort((movable, squared.min(axis=1) - mine, hops))
    return np.sort(movable[order[:most_units]]).astype(np.int32)


def _hops_from_borders(model: SearchModel, label: IntArray, members: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the hops from each member to the nearest one beside another territory of theirs; many where none."""
    row, column = links_among(model, members)
    of = label[members]
    hops = np.full(len(members), model.n_units, np.int64)
    reached = np.zeros(len(members), bool)
    reached[row[of[row] != of[column]]] = True
    distance = 0
    while reached.any():
        hops[reached] = distance
        distance += 1
        arrives = column[reached[row]]
        reached = np.zeros(len(members), bool)
        reached[arrives[hops[arrives] == model.n_units]] = True
    return hops


def neighbourhoods(
    model: SearchModel,
    label: IntArray,
    *,
    seed: int,
    most_units: int = MOST_UNITS,
    sizes: Sequence[int] = (2, 3),
) -> Iterator[Neighbourhood]:
    """Yield groups of neighbouring territories with their free units, of which there may be none, each group once.

    Smaller groups come first; among groups of one size those that break bands most, then those that touch each other
    most, the rest in random order. Groups are those of `label` as it is passed in: start anew once it has changed.

    Parameters
    ----------
    model
        The scaled problem.
    label
        The alignment, shape ``(n_units,)``.
    seed
        Seed of the order.
    most_units
        Free units per group, at most.
    sizes
        Numbers of territories per group, ascending.
    """
    beside = territory_neighbours(model, label)
    breach = territory_breach(model, label)
    random = np.random.default_rng(seed)
    for size in sizes:
        groups = _connected_groups(beside, size)
        links = [sum(b in beside[a] for a in group for b in group) for group in groups]
        broken = [float(breach[list(group)].sum()) for group in groups]
        shuffled = random.permutation(len(groups))
        for g in sorted(shuffled.tolist(), key=lambda g: (-broken[g], -links[g])):
            territories = np.array(groups[g], np.int32)
            yield Neighbourhood(model, label, territories, most_units)


def _connected_groups(beside: list[list[int]], size: int) -> list[tuple[int, ...]]:
    """Return every connected group of `size` territories, each ascending."""
    groups: set[tuple[int, ...]] = {(j,) for j in range(len(beside))}
    for _ in range(size - 1):
        groups = {
            tuple(sorted((*group, other)))
            for group in groups
            for member in group
            for other in beside[member]
            if other not in group
        }
    return sorted(groups)
