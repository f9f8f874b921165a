"""A plan in the middle of being edited: immutable, each edit gives the next draft at the cost of what it touches.

Only territories that gain or lose something are measured anew; every number equals that of a full evaluation
(`planner.scorecard`) to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.accounts import Accounts
from planner.arrays import FloatArray, IntArray, read_only
from planner.editing.ground import Ground
from planner.errors import InvalidAlignment
from planner.explain.groups import Groups
from planner.explain.rows import Details, Row
from planner.measures import balance, disruption
from planner.problem import AlignmentProblem


@dataclass(frozen=True)
class Step:
    """What one edit does to a draft, by position.

    Parameters
    ----------
    units, to
        Basic units that go, and where each goes, shape ``(n,)`` both.
    held, held_to
        The same of accounts that are held apart from geography; −1 for those that nobody has from then on.
    freed, bound
        Units whose lock of the data is lifted, and put back.
    """

    units: IntArray
    to: IntArray
    held: IntArray
    held_to: IntArray
    freed: IntArray
    bound: IntArray

    @classmethod
    def of(
        cls,
        units: Iterable[tuple[int, int]] = (),
        held: Iterable[tuple[int, int]] = (),
        freed: Iterable[int] = (),
        bound: Iterable[int] = (),
    ) -> Step:
        """Return a step from pairs of position and territory."""
        moves, named = (np.array(sorted(each), np.int32).reshape(-1, 2) for each in (units, held))
        out, back = (np.array(sorted(each), np.int32) for each in (freed, bound))
        return cls(moves[:, 0], moves[:, 1], named[:, 0], named[:, 1], out, back)


@dataclass(frozen=True, eq=False)
class Standing:
    """One territory of a draft.

    Parameters
    ----------
    members
        Its units, ascending.
    fixed_activity
        What it holds apart from geography, shape ``(n_measures,)``.
    row, surplus_pieces
        What counts of it; see `planner.explain.rows.Row`.
    judged
        What `planner.editing.judging` keeps of the rules that it breaks; None until it was asked.
    """

    ground: Ground
    position: int
    members: IntArray
    fixed_activity: FloatArray
    row: Row
    surplus_pieces: int
    judged: object = None

    @cached_property
    def details(self) -> Details:
        """The rest of what the scorecard says of it."""
        return self.ground.details(self.position, self.members, self.row)

    @cached_property
    def violation(self) -> FloatArray:
        """Breach of the limits of each measure, a fraction of its ideal, shape ``(n_measures,)``."""
        ground, j = self.ground, self.position
        return balance.band_violation(self.row.loads, ground.lower[j], ground.upper[j], ground.ideal[j])

    @cached_property
    def mix_violation(self) -> FloatArray:
        """Breach of each mix, a fraction, shape ``(n_mixes,)``."""
        mixes = self.ground.problem.mixes
        out = [mix.violation(self.row.mix_share[x])[self.position] for x, mix in enumerate(mixes)]
        return np.array(out).reshape(len(mixes))


@dataclass(frozen=True, eq=False)
class Draft:
    """A plan in the middle of being edited. Make the first one with `Draft.start`.

    Parameters
    ----------
    ground
        What stays the same.
    territory
        Territory of each unit, shape ``(n_units,)``, complete.
    fixed
        Territory that holds each account apart from geography, as in `Accounts`; None where there are no accounts.
    freed
        Units whose lock of the data is lifted, ascending.
    standings
        Every territory.
    moved_share
        Fraction of each unit that changes owner, shape ``(n_units,)``.
    budget_lost
        What owners of today lose of each budget, shape ``(n_territories, n_budgets)``.
    """

    ground: Ground
    territory: IntArray
    fixed: IntArray | None
    freed: IntArray
    standings: tuple[Standing, ...]
    moved_share: FloatArray
    budget_lost: FloatArray

    @classmethod
    def start(cls, problem: AlignmentProblem, territory: IntArray, accounts: Accounts | None = None) -> Draft:
        """Return the first draft: an alignment as it is.

        Raises
        ------
        InvalidAlignment
            Where a unit has no territory.
        """
        k = problem.n_territories
        if len(territory) != problem.n_units or (territory < 0).any() or (territory >= k).any():
            raise InvalidAlignment("a draft starts from a complete alignment: every unit needs a territory")
        territory = read_only(territory, np.int32)
        ground, members = Ground(problem, territory, accounts), Groups(territory, k)
        lost = [problem.lost_share(budget.weight, territory) for budget in problem.budgets]
        every = [_standing(ground, j, members[j], problem.territories.fixed_activity[j]) for j in range(k)]
        return cls(
            ground=ground,
            territory=territory,
            fixed=None if accounts is None else accounts.fixed,
            freed=np.zeros(0, np.int32),
            standings=tuple(every),
            moved_share=read_only(problem.moved_share(territory), np.float64),
            budget_lost=read_only(np.array(lost).reshape(len(lost), k).T, np.float64),
        )

    def after(self, step: Step) -> Draft:
        """Return the draft after a step."""
        ground, territory, fixed = self.ground, self.territory, self.fixed
        if len(step.units):
            territory = np.array(territory)
            territory[step.units] = step.to
            territory = read_only(territory, np.int32)
        if len(step.held):
            assert fixed is not None
            fixed = np.array(fixed)
            fixed[step.held] = step.held_to
            fixed = read_only(fixed, np.int32)
        standings = list(self.standings)
        for j in self.touched(step).tolist():
            standings[j] = self._standing_after(j, step, territory, fixed)
        moved, lost = self.moved_share, self.budget_lost
        if len(step.units):
            moved = np.array(moved)
            moved[step.units] = ground.moved_share(step.units, step.to)
            moved = read_only(moved, np.float64)
        if len(step.units) and ground.problem.budgets:
            lost = np.array(lost)
            for j in ground.owners_of(step.units).tolist():
                lost[j] = ground.budget_lost(j, territory)
            lost = read_only(lost, np.float64)
        freed = np.setdiff1d(np.union1d(self.freed, step.freed), step.bound).astype(np.int32)
        return Draft(ground, territory, fixed, freed, tuple(standings), moved, lost)

    def touched(self, step: Step) -> IntArray:
        """Return the territories that gain or lose something, ascending."""
        held = np.zeros(0, np.int32) if self.fixed is None else self.fixed[step.held]
        found = np.unique(np.r_[self.territory[step.units], step.to, held, step.held_to])
        return found[found >= 0].astype(np.int32)

    def _standing_after(self, j: int, step: Step, territory: IntArray, fixed: IntArray | None) -> Standing:
        old = self.standings[j]
        members, activity = old.members, old.fixed_activity
        if len(step.units):
            stays = members[territory[members] == j]
            come = step.units[(step.to == j) & (self.territory[step.units] != j)]
            members = np.sort(np.concatenate([stays, come])).astype(np.int32)
        if len(step.held) and fixed is not None:
            activity = self.ground.fixed_activity(j, fixed)
        return _standing(self.ground, j, members, activity)

    @cached_property
    def problem(self) -> AlignmentProblem:
        """What the draft is judged by: the problem with locks lifted and accounts held apart as they are now."""
        problem, changes = self.ground.problem, {}
        if len(self.freed):
            locked = np.array(problem.locked)
            locked[self.freed] = -1
            changes["locked"] = locked
        held = np.array([standing.fixed_activity for standing in self.standings])
        if not np.array_equal(held, problem.territories.fixed_activity):
            return problem.replace(territories=problem.territories.replace(fixed_activity=held), **changes)
        return problem.replace(**changes) if changes else problem

    @cached_property
    def accounts(self) -> Accounts | None:
        """The accounts as they are held now."""
        accounts = self.ground.accounts
        if accounts is None or self.fixed is None or self.fixed is accounts.fixed:
            return accounts
        return replace(accounts, fixed=self.fixed)

    @cached_property
    def entity_territory(self) -> IntArray:
        """Territory of each account (unit where there are no accounts), −1 where it is unplaced."""
        accounts = self.accounts
        return self.territory if accounts is None else accounts.territory(self.territory)

    @cached_property
    def budget_used(self) -> FloatArray:
        """What changes hands as each budget counts it, shape ``(n_budgets,)``."""
        budgets = self.ground.problem.budgets
        return np.array([self.moved_share @ budget.weight for budget in budgets]).reshape(len(budgets))

    @cached_property
    def changed(self) -> IntArray:
        """Accounts (units where there are none) that have another owner than today, ascending."""
        return np.flatnonzero(disruption.moved(self.ground.current, self.entity_territory)).astype(np.int32)


def _standing(ground: Ground, j: int, members: IntArray, fixed_activity: FloatArray) -> Standing:
    row, surplus = ground.measure(j, members, fixed_activity)
    return Standing(ground, j, members, fixed_activity, row, surplus)
