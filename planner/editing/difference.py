"""What lies between two working states of the same problem: accounts moved, amounts, quotas and locks, measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.arrays import FloatArray, IntArray, sum_by
from planner.editing.card import card_of
from planner.editing.changes import Change
from planner.editing.working import Working
from planner.scorecard import Scorecard


@dataclass(frozen=True, eq=False)
class Flow:
    """What goes from one territory to another.

    Parameters
    ----------
    source, target
        Positions of the territories, −1 for nobody's.
    entities
        Positions of the accounts (units where there are no accounts), ascending.
    activity
        What they hold of each measure, shape ``(n_measures,)``.
    """

    source: int
    target: int
    entities: IntArray
    activity: FloatArray


@dataclass(frozen=True, eq=False)
class Difference:
    """What lies between two working states.

    Parameters
    ----------
    moved
        Accounts (units where there are no accounts) that have another territory, ascending.
    source, target
        Their territories before and after, −1 for nobody's, shape ``(n_moved,)`` each.
    flows
        The same by pairs of territories, those of most accounts first.
    decided
        Locks and quotas decided by hand that differ, in order.
    before, after
        Every measure of both.
    """

    moved: IntArray
    source: IntArray
    target: IntArray
    flows: tuple[Flow, ...]
    decided: tuple[Change, ...]
    before: Scorecard
    after: Scorecard


def difference(one: Working, other: Working) -> Difference:
    """Return what leads from one working state to another of the same problem."""
    old, new = one.draft.entity_territory, other.draft.entity_territory
    moved = np.flatnonzero(old != new).astype(np.int32)
    pair, which = np.unique(np.c_[old[moved], new[moved]], axis=0, return_inverse=True)
    activity = one.draft.ground.activity[moved]
    of: IntArray = which.ravel().astype(np.int32)
    held = [sum_by(of, column, len(pair)) for column in activity.T]
    flows = [
        Flow(int(s), int(t), moved[of == p], np.array([column[p] for column in held]))
        for p, (s, t) in enumerate(pair.tolist())
    ]
    decided = (
        Change(subject, one.by_hand.get(subject), other.by_hand.get(subject))
        for subject in sorted(one.by_hand.keys() | other.by_hand.keys())
    )
    return Difference(
        moved,
        old[moved].astype(np.int32),
        new[moved].astype(np.int32),
        tuple(sorted(flows, key=lambda flow: (-len(flow.entities), flow.source, flow.target))),
        tuple(change for change in decided if change.old != change.new),
        card_of(one.draft),
        card_of(other.draft),
    )
