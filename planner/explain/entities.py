"""What changes hands, account by account (unit by unit where there are no accounts), after a move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.accounts import Accounts
from planner.arrays import FloatArray, IntArray, MaskArray, sum_by
from planner.explain.groups import Groups, joined, without
from planner.measures import disruption
from planner.problem import AlignmentProblem


@dataclass(frozen=True, eq=False)
class Handover:
    """What changes hands in one alignment; names and units as in the scorecard.

    `gained` and `lost` hold the territories that a move concerns, shape ``(n_measures,)`` each.
    """

    gained: dict[int, FloatArray]
    lost: dict[int, FloatArray]
    moved_share: FloatArray
    moved_entities: int


class Entities:
    """The entities of one alignment by territory, by owner of today, and by unit.

    Parameters
    ----------
    problem
        What the alignment is judged by.
    territory
        Territory of each unit, shape ``(n_units,)``, complete.
    accounts
        Accounts behind the units, where there are any; else units are the entities.
    """

    def __init__(self, problem: AlignmentProblem, territory: IntArray, accounts: Accounts | None) -> None:
        k = problem.n_territories
        self.problem, self.accounts = problem, accounts
        self.current, self.activity = problem.current, problem.activity
        self.territory = territory
        if accounts is not None:
            self.current, self.activity = accounts.current, accounts.activity
            self.territory = accounts.territory(territory)
            by_place = np.where(accounts.fixed < 0, accounts.unit, -1)
            self.of_unit, self.held_apart = Groups(by_place, problem.n_units), Groups(accounts.fixed, k)
        self.within, self.owned_by = Groups(self.territory, k), Groups(self.current, k)
        self.totals = self.activity.sum(axis=0)
        self.changed = disruption.moved(self.current, self.territory)

    def of(self, units: IntArray, held_apart: IntArray) -> MovingEntities:
        """Return the entities that go along with `units`, and with accounts held apart from geography."""
        if self.accounts is None:
            return MovingEntities(self, units, held_apart)
        parts = [self.of_unit[int(u)] for u in units]
        return MovingEntities(
            self, np.sort(np.concatenate([*parts, held_apart])).astype(np.int32), held_apart
        )


class MovingEntities:
    """A few entities that go together.

    Parameters
    ----------
    entities
        What was prepared.
    going
        Their positions, ascending.
    held_apart
        Those of them that a fixed territory holds apart from geography, ascending.
    """

    def __init__(self, entities: Entities, going: IntArray, held_apart: IntArray) -> None:
        self._all, self.going, self._held_apart = entities, going, held_apart
        self._goes = np.zeros(len(entities.current), bool)
        self._goes[going] = True
        self._left: dict[int, tuple[FloatArray, FloatArray]] = {}
        self._moved: dict[bytes, tuple[FloatArray, int]] = {}

    def fixed_activity(self, j: int, come: bool) -> FloatArray:
        """Return what territory `j` holds whatever is decided, once the accounts held apart have come or gone."""
        every, accounts = self._all, self._all.accounts
        if accounts is None or not len(self._held_apart):
            fixed: FloatArray = every.problem.territories.fixed_activity[j]
            return fixed
        held = without(every.held_apart[j], self._goes)
        return _sums(accounts.activity[joined(held, self._held_apart) if come else held])

    def after(self, to: int, sources: Sequence[int]) -> Handover:
        """Return what changes hands once they have gone from `sources` to territory `to`."""
        for j in sources:
            if j not in self._left:
                self._left[j] = self._gained(j, False), self._lost(j, False)
        gained, lost = ({j: self._left[j][part] for j in sources} for part in (0, 1))
        gained[to], lost[to] = self._gained(to, True), self._lost(to, True)
        now = disruption.moved(self._all.current[self.going], np.full(len(self.going), to))
        share, count = self._moved_once(now)
        return Handover(gained, lost, share, count)

    def _gained(self, j: int, come: bool) -> FloatArray:
        """Return what territory `j` gains against today, once those that go are there or are not."""
        every = self._all
        within = without(every.within[j], self._goes)
        within = joined(within, self.going) if come else within
        return _sums(every.activity[within[every.current[within] != j]])

    def _lost(self, j: int, come: bool) -> FloatArray:
        """Return what territory `j` loses against today, once those that go are there or are not."""
        every = self._all
        owned = every.owned_by[j]
        stays = np.where(self._goes[owned], come, every.territory[owned] == j)
        return _sums(every.activity[owned[~stays]])

    def _moved_once(self, now: MaskArray) -> tuple[FloatArray, int]:
        """Return moved share and number of moved entities, where `now` says which of those that go change owner."""
        key = now.tobytes()
        if key not in self._moved:
            every = self._all
            changed = every.changed.copy()
            changed[self.going] = now
            sums, totals = every.activity[changed].sum(axis=0), every.totals
            share = np.where(totals > 0, sums / np.where(totals > 0, totals, 1), 0.0)
            self._moved[key] = share, int(changed.sum())
        return self._moved[key]


def _sums(activity: FloatArray) -> FloatArray:
    """Return the sum of each column, added up row by row as sums per territory are, shape ``(n_measures,)``."""
    own = np.zeros(len(activity), np.int32)
    return np.array([sum_by(own, column, 1)[0] for column in activity.T]).reshape(activity.shape[1])
