"""The compensating swap: which units have to go back so that an edit breaks no rule.

Moves of one unit, and of two, among the territories that an edit touches and between them and their neighbours are all
looked at, within the bounds stated below. Sums decide quickly which of them bring every limit back; those are then
judged by all rules, the cheapest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray
from planner.editing.changes import Change, Kind, Subject
from planner.editing.judging import Verdict, verdict
from planner.editing.working import Working

MOST_UNITS = 200
"""Units of a territory that are thought of, those nearest to the one that they would go to."""
MOST_PAIRED = 500
"""Moves, the cheapest ones, that are looked at in pairs."""
MOST_JUDGED = 60
"""Swaps that sums allow and that are judged by all rules, until one holds."""


@dataclass(frozen=True, eq=False)
class Swap:
    """Units that have to go along with an edit so that it breaks no rule.

    Parameters
    ----------
    changes
        What has to change besides, in order.
    after
        The working state with the edit and the swap.
    verdict
        What both together do to the rules; nothing is broken.
    """

    changes: tuple[Change, ...]
    after: Working
    verdict: Verdict


def swap_for(before: Working, changes: tuple[Change, ...]) -> Swap | None:
    """Return the swap that brings what an edit breaks back inside the rules; None where none of one or two units does.

    Parameters
    ----------
    before
        The working state before the edit.
    changes
        The edit.
    """
    edited = before.after(changes)
    step = before.step(changes)
    touched = before.draft.touched(step)
    if not verdict(before.draft, edited.draft, step).broken:
        return Swap((), edited, verdict(before.draft, edited.draft, step))
    stays = {change.subject for change in changes}
    near = {int(j) for j in touched} | _neighbours(edited, touched)
    moves = _moves(edited, touched, sorted(near), stays)
    for chosen in _promising(before, edited, moves, sorted(near)):
        back = tuple(_change(edited, unit, to) for unit, to in chosen)
        both = _joined(before, changes, back)
        after = before.after(both)
        found = verdict(before.draft, after.draft, before.step(both))
        if not found.broken:
            return Swap(back, after, found)
    return None


def _moves(edited: Working, touched: IntArray, near: list[int], stays: set[Subject]) -> list[tuple[int, int]]:
    """Return single moves of units among the territories touched, and between them and those near."""
    draft, problem = edited.draft, edited.draft.ground.problem
    units = problem.units
    around = {int(j) for j in touched}
    found = []
    for source in near:
        members = draft.standings[source].members
        free = [
            u
            for u in members.tolist()
            if _free(edited, u) and Subject(Kind.UNIT, str(units.unit_id[u])) not in stays
        ]
        for target in near:
            if target == source or (source not in around and target not in around):
                continue
            centre = draft.standings[target].row.centre_m
            away = np.hypot(*(units.xy_m[free] - centre).T) if free else np.zeros(0)
            order = np.argsort(np.where(np.isfinite(away), away, 0.0), kind="stable")[:MOST_UNITS]
            found += [(free[p], target) for p in order.tolist() if _allowed(edited, free[p], target)]
    return found


def _neighbours(edited: Working, touched: IntArray) -> set[int]:
    """Return the territories that border on some territories; none where there is no graph."""
    draft, graph = edited.draft, edited.draft.ground.problem.graph
    if graph is None:
        return set()
    members = np.concatenate([draft.standings[int(j)].members for j in touched])
    beside = np.concatenate([graph.neighbours(int(u)) for u in members]) if len(members) else members
    return {int(j) for j in np.unique(draft.territory[beside])}


def _free(edited: Working, unit: int) -> bool:
    return not edited.is_locked(Subject(Kind.LOCKED_UNIT, str(edited.names.unit_id[unit])))


def _allowed(edited: Working, unit: int, to: int) -> bool:
    """Return whether no rule about the unit alone forbids a territory."""
    problem = edited.draft.ground.problem
    if problem.excluded is not None and bool(problem.excluded[unit, to]):
        return False
    region = problem.region_of_unit[unit]
    return bool(region < 0 or problem.region_of_territory[to] == region)


def _promising(
    before: Working, edited: Working, moves: list[tuple[int, int]], near: list[int]
) -> Iterator[list[tuple[int, int]]]:
    """Give single moves and pairs of moves that leave no limit further than it was, the cheapest first."""
    if not moves:
        return
    ground, draft = edited.draft.ground, edited.draft
    position = np.full(ground.problem.n_territories, -1, np.int32)
    position[near] = np.arange(len(near))
    loads = np.array([draft.standings[j].row.loads for j in near])
    was = np.array([before.draft.standings[j].violation for j in near])
    limits = ground.lower[near], ground.upper[near], ground.ideal[near]
    unit, to = np.array(moves, np.int32).T
    cost = _cost(edited, unit, to)
    order = np.argsort(cost, kind="stable")
    moves, unit, to, cost = [moves[p] for p in order.tolist()], unit[order], to[order], cost[order]
    shift = np.zeros((len(moves), *loads.shape))
    rows = np.arange(len(moves))
    shift[rows, position[to]] += ground.problem.activity[unit]
    shift[rows, position[draft.territory[unit]]] -= ground.problem.activity[unit]
    singles = np.flatnonzero(_within(loads + shift, was, limits))[:MOST_JUDGED]
    yield from ([moves[p]] for p in singles.tolist())
    shift, pairs = shift[:MOST_PAIRED], []
    for first in range(len(shift)):
        rest = np.arange(first + 1, len(shift))
        rest = rest[unit[rest] != unit[first]]
        good = rest[_within(loads + shift[first] + shift[rest], was, limits)]
        pairs += [(float(cost[first] + cost[p]), first, p) for p in good.tolist()]
    yield from ([moves[a], moves[b]] for _, a, b in sorted(pairs)[:MOST_JUDGED])


def _within(
    loads: FloatArray, was: FloatArray, limits: tuple[FloatArray, FloatArray, FloatArray]
) -> np.ndarray:
    """Return which of several loads, shape ``(n, n_territories, n_measures)``, break no limit more than it was."""
    lower, upper, ideal = limits
    scale = np.where(ideal > 0, ideal, 1.0)
    out = np.maximum(lower - loads, loads - upper) / scale
    return np.asarray((out <= np.maximum(was, 1e-9)).all(axis=(1, 2)))


def _cost(edited: Working, unit: IntArray, to: IntArray) -> FloatArray:
    """Return how much worse each move makes the shape, roughly: weight by squared distances to the two centres."""
    draft, problem = edited.draft, edited.draft.ground.problem
    centre = np.array([standing.row.centre_m for standing in draft.standings])
    centre = np.where(np.isfinite(centre), centre, 0.0)
    xy, weight = problem.units.xy_m[unit], problem.objective.weight[unit]
    there = ((xy - centre[to]) ** 2).sum(axis=1)
    here = ((xy - centre[draft.territory[unit]]) ** 2).sum(axis=1)
    moved = draft.ground.moved_share(unit, to) - draft.moved_share[unit]
    cost: FloatArray = weight * (there - here) + problem.objective.move_cost[unit] * moved
    return cost


def _change(edited: Working, unit: int, to: int) -> Change:
    subject = Subject(Kind.UNIT, str(edited.names.unit_id[unit]))
    return Change(subject, edited.value(subject), edited.names.territory_of(to))


def _joined(before: Working, changes: tuple[Change, ...], back: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return both as changes of the working state before."""
    last = {change.subject: change for change in (*changes, *back)}
    found = (Change(subject, before.value(subject), change.new) for subject, change in last.items())
    return tuple(sorted((c for c in found if c.old != c.new), key=lambda change: change.subject))
