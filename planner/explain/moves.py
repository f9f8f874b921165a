"""The scorecard after a few units go elsewhere, from the territories concerned.

A full evaluation sums over all units; a move changes two territories. What depends on one territory is summed anew for
those two, by the functions and in the order of the full evaluation (`planner.explain.rows`); what sums over all units
keeps one array with an entry per unit, of which the few that changed are replaced. Each scorecard therefore equals
`planner.scorecard.scorecard` of the changed alignment to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from planner.accounts import Accounts
from planner.arrays import FloatArray, IntArray
from planner.errors import InvalidAlignment
from planner.explain.entities import Entities
from planner.explain.groups import Groups, joined, without
from planner.explain.ownership import Disruption, Ownership
from planner.explain.rows import Row, Rows
from planner.explain.shape_costs import ShapeCosts
from planner.explain.unit_rules import UnitBreaches, UnitRules
from planner.measures import balance
from planner.problem import AlignmentProblem
from planner.scorecard import Scorecard, scorecard

Values = TypeVar("Values", FloatArray, IntArray)


class Moves:
    """What any move away from one alignment does, prepared once.

    Parameters
    ----------
    problem
        What alignments are judged by.
    territory
        Territory of each unit, shape ``(n_units,)``, complete.
    accounts
        Accounts behind the units, where there are any.

    Attributes
    ----------
    before
        Scorecard of the alignment.

    Raises
    ------
    InvalidAlignment
        Where a unit has no territory.
    """

    def __init__(
        self, problem: AlignmentProblem, territory: IntArray, accounts: Accounts | None = None
    ) -> None:
        k = problem.n_territories
        if len(territory) != problem.n_units or (territory < 0).any():
            raise InvalidAlignment("moves start from a complete alignment: every unit needs a territory")
        self.problem, self.accounts = problem, accounts
        self.territory = np.array(territory, dtype=np.int32)
        self.before = scorecard(problem, self.territory, accounts)
        self.members = Groups(self.territory, k)
        self.entities = Entities(problem, self.territory, accounts)
        self.ownership = Ownership(problem, self.territory)
        self.unit_rules = UnitRules(problem, self.territory)
        self.rows = Rows(problem, self.members)
        centres = np.array([self.rows.centre_unit(j, self.members[j]) for j in range(k)], np.int32)
        self.shape_costs = ShapeCosts(problem, self.territory, self.before, centres)
        self.limits = problem.limits()

    def rows_now(self, j: int) -> Row:
        """Return what counts of territory `j` as it is."""
        return self.rows.measure(j, self.members[j], self.problem.territories.fixed_activity[j])

    def of(self, units: ArrayLike, held_apart: ArrayLike = ()) -> UnitMoves:
        """Return the moves of `units` together, and of accounts that are held apart from geography.

        Parameters
        ----------
        units
            Positions of the units.
        held_apart
            Positions of accounts with a fixed territory that go along, or alone where there are no units. The fixed
            activity of the territories is then summed from the accounts; shares of segments keep what they count of
            accounts held apart.
        """
        return UnitMoves(
            self, np.unique(np.asarray(units, np.int32)), np.unique(np.asarray(held_apart, np.int32))
        )


@dataclass(frozen=True, eq=False)
class Change:
    """What rules and objective make of one move.

    Parameters
    ----------
    units, to
        What goes, ascending, and where to.
    members, rows
        Units and numbers of each territory that changes.
    violation, mix_violation, surplus_pieces
        Breaches of each of them, as in the scorecard, shapes ``(n_measures,)``, ``(n_mixes,)`` and a count.
    disruption
        What changes hands.
    unit_breaches
        Breaches of rules about units in the whole plan.
    compactness_cost
        That part of the objective, after the move.
    """

    units: IntArray
    to: int
    members: dict[int, IntArray]
    rows: dict[int, Row]
    violation: dict[int, FloatArray]
    mix_violation: dict[int, FloatArray]
    surplus_pieces: dict[int, int]
    disruption: Disruption
    unit_breaches: UnitBreaches
    compactness_cost: float

    @property
    def objective(self) -> float:
        """Cost after the move."""
        return self.compactness_cost + self.disruption.cost


class UnitMoves:
    """Scorecards after a few units go together to one territory or another.

    Parameters
    ----------
    moves
        What was prepared.
    units, held_apart
        What goes, ascending.
    """

    def __init__(self, moves: Moves, units: IntArray, held_apart: IntArray) -> None:
        self._moves = moves
        self.units, self.held_apart = units, held_apart
        fixed = np.zeros(0, np.int32) if moves.accounts is None else moves.accounts.fixed[held_apart]
        self.sources: IntArray = np.unique(np.r_[moves.territory[units], fixed]).astype(np.int32)
        self._left: dict[int, tuple[IntArray, Row]] = {}
        self._entities = moves.entities.of(units, held_apart)
        self._ownership = moves.ownership.of(units)
        self._rules = moves.unit_rules.of(units)
        self._goes = np.zeros(moves.problem.n_units, bool)
        self._goes[units] = True

    @property
    def entities(self) -> IntArray:
        """Positions of the accounts that go (units where there are no accounts), ascending."""
        return self._entities.going

    def change(self, j: int) -> Change:
        """Return what rules and objective make of the move to territory `j`."""
        moves, before = self._moves, self._moves.before
        found = {source: self._without(source) for source in self._sources_of(j)}
        found[j] = self._with(j)
        members = {t: units for t, (units, _) in found.items()}
        rows = {t: row for t, (_, row) in found.items()}
        return Change(
            units=self.units,
            to=j,
            members=members,
            rows=rows,
            violation={t: self._violation(t, row) for t, row in rows.items()},
            mix_violation={t: self._mix_violation(t, row) for t, row in rows.items()},
            surplus_pieces=self._surplus(rows),
            disruption=self._ownership.after(j, self._sources_of(j)),
            unit_breaches=self._rules.breaches(before, j),
            compactness_cost=moves.shape_costs.after(self.units, j, members, rows),
        )

    def to(self, j: int) -> Scorecard:
        """Return the scorecard after the move to territory `j`, equal to a full evaluation to the last digit."""
        moves, problem, before, change = self._moves, self._moves.problem, self._moves.before, self.change(j)
        rows = change.rows
        details = {t: moves.rows.details(t, change.members[t], row) for t, row in rows.items()}
        loads = _replaced(before.loads, {t: row.loads for t, row in rows.items()})
        deviation = balance.deviation(loads, before.ideal)
        budget_lost = _replaced(before.budget_lost, change.disruption.lost)
        entities = self._entities.after(j, self._sources_of(j))
        return replace(
            before,
            loads=loads,
            deviation=deviation,
            violation=_replaced(before.violation, change.violation),
            worst_deviation=np.abs(deviation).max(axis=0, initial=0.0),
            gini=np.array([balance.gini(column) for column in loads.T]),
            n_units=_replaced(before.n_units, {t: len(units) for t, units in change.members.items()}),
            centre_m=_replaced(before.centre_m, {t: row.centre_m for t, row in rows.items()}),
            inertia=_replaced(before.inertia, {t: row.inertia for t, row in rows.items()}),
            diameter_m=_replaced(before.diameter_m, {t: more.diameter_m for t, more in details.items()}),
            polsby_popper=_replaced(
                before.polsby_popper, {t: more.polsby_popper for t, more in details.items()}
            ),
            pieces=_replaced(before.pieces, {t: row.pieces for t, row in rows.items()}),
            surplus_pieces=_replaced(before.surplus_pieces, change.surplus_pieces),
            mean_distance_m=_replaced(
                before.mean_distance_m, {t: more.mean_distance_m for t, more in details.items()}
            ),
            reach_m=_replaced(before.reach_m, {t: more.reach_m for t, more in details.items()}),
            gained=_replaced(before.gained, entities.gained),
            lost=_replaced(before.lost, entities.lost),
            moved_share=entities.moved_share,
            moved_entities=entities.moved_entities,
            lock_breaches=change.unit_breaches.lock,
            exclusion_breaches=change.unit_breaches.exclusion,
            apart_breaches=change.unit_breaches.apart,
            together_breaches=change.unit_breaches.together,
            region_breaches=change.unit_breaches.region,
            mix_share=_replaced(before.mix_share, {t: row.mix_share for t, row in rows.items()}),
            mix_violation=_replaced(before.mix_violation, change.mix_violation),
            budget_used=change.disruption.used,
            budget_lost=budget_lost,
            budget_breaches=change.disruption.breaches(problem.budgets, budget_lost),
            compactness_cost=change.compactness_cost,
            disruption_cost=change.disruption.cost,
        )

    def _sources_of(self, j: int) -> list[int]:
        """Return the territories that something leaves where it goes to `j`."""
        return [int(source) for source in self.sources if source != j]

    def _without(self, j: int) -> tuple[IntArray, Row]:
        """Return the units that territory `j` keeps, and its row; the same wherever the others go."""
        if j not in self._left:
            members = without(self._moves.members[j], self._goes)
            row = self._moves.rows.measure(j, members, self._entities.fixed_activity(j, False))
            self._left[j] = members, row
        return self._left[j]

    def _with(self, j: int) -> tuple[IntArray, Row]:
        """Return the units of territory `j` with those that come, and its row."""
        members = joined(without(self._moves.members[j], self._goes), self.units)
        return members, self._moves.rows.measure(j, members, self._entities.fixed_activity(j, True))

    def _violation(self, j: int, row: Row) -> FloatArray:
        """Return the breach of each measure's limits by territory `j`."""
        lower, upper = self._moves.limits
        return balance.band_violation(row.loads, lower[j], upper[j], self._moves.before.ideal[j])

    def _mix_violation(self, j: int, row: Row) -> FloatArray:
        """Return the breach of each mix by territory `j`."""
        mixes = self._moves.problem.mixes
        return np.array([mix.violation(row.mix_share[x])[j] for x, mix in enumerate(mixes)])

    def _surplus(self, rows: dict[int, Row]) -> dict[int, int]:
        """Return how many pieces too many the territories of `rows` have."""
        problem = self._moves.problem
        return {
            t: row.pieces - row.components if problem.contiguous and not problem.loose[t] else 0
            for t, row in rows.items()
        }


def _replaced(values: Values, rows: Mapping[int, ArrayLike]) -> Values:
    """Return a copy of `values` with some rows replaced."""
    changed = np.array(values, order="C")
    for row, value in rows.items():
        changed[row] = value
    return changed
