"""Why one account is where it is: what holds it there, and every other home with what it would cost.

All numbers are those of full evaluations (`planner.explain.moves`): changes are differences of two scorecards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from planner.accounts import Accounts
from planner.arrays import IntArray
from planner.explain.moves import Change, Moves, UnitMoves
from planner.explain.obstacles import Obstacle, Obstacles
from planner.explain.pins import Pin, pins
from planner.explain.reasons import reasons
from planner.objective import Compactness
from planner.problem import AlignmentProblem
from planner.rules.wording import the_territory
from planner.scorecard import Scorecard

SHOWN = 5
"""Homes that come with a whole scorecard, unless more are asked for."""


@dataclass(frozen=True, eq=False)
class Home:
    """One territory that an account could go to.

    Parameters
    ----------
    territory
        Its position.
    obstacles
        Rules that the move would break, or break more than they are already, most severe first.
    objective_change, compactness_change, disruption_change
        Objective after the move less objective before it, and its two parts, in the unit of the objective.
    distance_m
        Straight distance from the home place of the territory (its centroid after the move where it has none).
    hours
        Travel time from there, as the objective counts it; None where it does not.
    """

    territory: int
    obstacles: tuple[Obstacle, ...]
    objective_change: float
    compactness_change: float
    disruption_change: float
    distance_m: float
    hours: float | None

    @property
    def severity(self) -> float:
        """Sum of what the obstacles weigh, each relative to what is allowed; 0 where every rule holds."""
        return sum(obstacle.breach.severity for obstacle in self.obstacles)


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why an account or a unit is where it is.

    Parameters
    ----------
    account, unit
        Positions of what was asked about; None where it was not an account, or has no unit.
    units
        Units that go along where it goes: its own, and those that must share a territory with it.
    accounts
        How many accounts go along, itself included; units where there are no accounts.
    territory, current
        Its territory in the plan and today, negative where none; see `planner.alignment`.
    reason
        Why it is there, in a few words.
    before
        Scorecard of the plan as it is.
    distance_m, hours
        How far it is from the home of its territory; as in `Home`.
    pins
        What holds it there, what closes most homes first.
    homes
        Every other territory, best first: those that break no rule by cost, then the others by how much they break.
    moves
        Gives the scorecard after the move to any territory.
    """

    account: int | None
    unit: int | None
    units: IntArray
    accounts: int
    territory: int
    current: int
    reason: str
    before: Scorecard
    distance_m: float
    hours: float | None
    pins: tuple[Pin, ...]
    homes: tuple[Home, ...]
    moves: UnitMoves

    def card(self, territory: int) -> Scorecard:
        """Return the scorecard of the plan after a move to `territory`, equal to a full evaluation."""
        return self.moves.to(territory)


class Explainer:
    """Explains one alignment, whatever is asked about it.

    Parameters
    ----------
    problem
        What it is judged by.
    territory
        Territory of each unit, shape ``(n_units,)``, complete.
    accounts
        Accounts behind the units, where there are any.
    """

    def __init__(
        self, problem: AlignmentProblem, territory: IntArray, accounts: Accounts | None = None
    ) -> None:
        self.problem, self.accounts = problem, accounts
        self.moves = Moves(problem, territory, accounts)
        self._obstacles = Obstacles(self.moves)

    def _reason(self, unit: int, current: int, territory: int) -> str:
        """Return why one entity is where it is, as far as geography decides."""
        one = [np.array([value], np.int32) for value in (unit, current, territory)]
        return reasons(self.problem, self.moves.before.centre_m, *one)[0]

    def unit(self, unit: int) -> Explanation:
        """Explain a basic unit; where others must share a territory with it, they go along.

        Raises
        ------
        IndexError
            Where there is no such unit.
        """
        if not 0 <= unit < self.problem.n_units:
            raise IndexError(f"there are {self.problem.n_units} units; there is no unit {unit}")
        together = self.moves.unit_rules.group(np.array([unit], np.int32))
        at, current = int(self.moves.territory[unit]), int(self.problem.current[unit])
        reason = self._reason(unit, current, at)
        return self._explain(None, unit, together, (), at, current, reason)

    def account(self, account: int) -> Explanation:
        """Explain an account, by the unit that it lies in or, held apart from geography, by itself.

        One that has neither a place nor a fixed territory belongs to nobody: it has no homes.

        Raises
        ------
        IndexError
            Where there is no such account.
        """
        accounts = self.accounts
        if accounts is None or not 0 <= account < len(accounts):
            raise IndexError(f"there is no account {account}")
        unit, fixed = int(accounts.unit[account]), int(accounts.fixed[account])
        current = int(accounts.current[account])
        where = unit if unit >= 0 else None
        if fixed >= 0:
            reason = self._reason(unit, current, fixed)
            return self._explain(account, where, (), (account,), fixed, current, reason)
        if where is None:
            return self._explain(account, None, (), (), -1, current, "has no place: nobody's")
        together = self.moves.unit_rules.group(np.array([unit], np.int32))
        at = int(self.moves.territory[unit])
        return self._explain(account, unit, together, (), at, current, self._reason(unit, current, at))

    def _explain(
        self, account: int | None, unit: int | None, units: ArrayLike, held_apart: ArrayLike,
        territory: int, current: int, reason: str,
    ) -> Explanation:  # fmt: skip
        moving, before = self.moves.of(units, held_apart), self.moves.before
        homes: list[Home] = []
        if territory >= 0:
            others = (j for j in range(self.problem.n_territories) if j != territory)
            homes = sorted(
                (self._home(moving.change(j), unit) for j in others),
                key=lambda home: (home.severity, home.objective_change, home.territory),
            )
        here = self.moves.rows_now(territory) if territory >= 0 else None
        going = len(moving.entities)
        return Explanation(
            account=account,
            unit=unit,
            units=moving.units,
            accounts=going if going else 1,
            territory=territory,
            current=current,
            reason=reason,
            before=before,
            distance_m=np.nan if here is None else self._distance_m(unit, territory, here.centre_m),
            hours=None if here is None else self._hours(unit, territory, here.centre_unit),
            pins=pins([home.obstacles for home in homes], self._bonds(moving, territory)),
            homes=tuple(homes),
            moves=moving,
        )

    def _bonds(self, moving: UnitMoves, territory: int) -> list[Pin]:
        """Return what holds units beside the rules that a move would break: a fixed territory, their company."""
        homes = self.problem.n_territories - 1
        found = []
        if len(moving.held_apart):
            where = the_territory(self.problem, territory)
            text = f"held by {where} apart from geography: it is named, locked, or has no place"
            found.append(Pin(None, (), text, homes, homes))
        for group in np.unique(self.problem.together[moving.units]).tolist():
            rule = self._obstacles.index.together(group) if group >= 0 else None
            if rule is not None:
                text = f"{rule.text(self.problem)}: they go together"
                found.append(Pin(rule.kind, (rule.name,), text, 0, homes))
        return found

    def _home(self, change: Change, unit: int | None) -> Home:
        before, row = self.moves.before, change.rows[change.to]
        return Home(
            territory=change.to,
            obstacles=self._obstacles.to(change),
            objective_change=change.objective - before.objective,
            compactness_change=change.compactness_cost - before.compactness_cost,
            disruption_change=change.disruption.cost - before.disruption_cost,
            distance_m=self._distance_m(unit, change.to, row.centre_m),
            hours=self._hours(unit, change.to, row.centre_unit),
        )

    def _distance_m(self, unit: int | None, territory: int, centroid_m: ArrayLike) -> float:
        """Return how far `unit` is from the home of a territory, else from its centroid."""
        if unit is None:
            return np.nan
        territories = self.problem.territories
        start = (
            territories.home_xy_m[territory] if territories.have_home[territory] else np.asarray(centroid_m)
        )
        return float(np.hypot(*(self.problem.units.xy_m[unit] - start)))

    def _hours(self, unit: int | None, territory: int, centre_unit: int) -> float | None:
        """Return the travel time of `unit` from the centre of a territory, where the objective counts hours."""
        if unit is None or self.problem.objective.compactness is not Compactness.HOURS:
            return None
        return self.moves.shape_costs.between(unit, territory, centre_unit)
