"""Explains the accounts of finished plans: opens an output again, and tells what the planner finds as plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from api.schemas.explanations import (
    BudgetEffect,
    ExplanationOut,
    HomeOut,
    MeasureEffect,
    ObstacleOut,
    PinOut,
    SideOut,
)
from data.export.reasons import account_reason
from data.reopen import Reopened, reopen
from planner.errors import InvalidInput, Problem
from planner.explain import Explainer, Explanation, Home
from planner.scorecard import Scorecard

HOMES = 5
"""Homes that are told unless more are asked for."""


@dataclass(frozen=True, eq=False)
class OpenPlan:
    """A finished plan, ready to be asked about.

    Parameters
    ----------
    reopened
        The plan and what it was made from.
    explainer
        Its explanations.
    """

    reopened: Reopened
    explainer: Explainer

    @cached_property
    def _accounts(self) -> dict[str, int]:
        accounts = self.reopened.assembled.accounts
        return {} if accounts is None else {str(name): a for a, name in enumerate(accounts.account_id)}

    @cached_property
    def _units(self) -> dict[str, int]:
        return {str(name): u for u, name in enumerate(self.reopened.assembled.problem.units.unit_id)}

    def has_account(self, account_id: str) -> bool:
        """Return whether the plan has an account of this id."""
        return account_id in self._accounts

    def has_unit(self, unit_id: str) -> bool:
        """Return whether the plan has a basic unit of this id."""
        return unit_id in self._units

    def _parts(self, area_id: str) -> list[str]:
        """Return the basic units that an area of the folder was split into."""
        assembled = self.reopened.assembled
        areas = assembled.folder.units
        if areas is None:
            return []
        within = areas["unit_id"].to_numpy(dtype=object)[assembled.unit_area] == area_id
        return [str(name) for name in assembled.problem.units.unit_id[within & (assembled.unit_area >= 0)]]

    def account(self, account_id: str, homes: int = HOMES) -> ExplanationOut:
        """Explain an account by its id.

        Raises
        ------
        InvalidInput
            Where the plan has no such account.
        """
        if not self.has_account(account_id):
            raise _unknown("account", account_id)
        position = self._accounts[account_id]
        told = self.explainer.account(position)
        reason = account_reason(self.reopened.assembled, position, told.territory, told.reason)
        return self._told(told, account_id, reason, homes)

    def unit(self, unit_id: str, homes: int = HOMES) -> ExplanationOut:
        """Explain a basic unit by its id; `InvalidInput` where there is none."""
        if not self.has_unit(unit_id):
            raise _unknown("basic unit", unit_id, self._parts(unit_id))
        told = self.explainer.unit(self._units[unit_id])
        return self._told(told, None, told.reason, homes)

    def _told(self, told: Explanation, account_id: str | None, reason: str, homes: int) -> ExplanationOut:
        problem = self.reopened.assembled.problem
        ids, seats = problem.territories.territory_id, problem.territories.seat_id
        where, before = told.territory, told.before
        company = [str(problem.units.unit_id[u]) for u in told.units if u != told.unit]
        return ExplanationOut(
            account_id=account_id,
            unit_id=None if told.unit is None else str(problem.units.unit_id[told.unit]),
            goes_with=company,
            accounts=told.accounts,
            territory_id=str(ids[where]) if where >= 0 else "",
            seat_id=str(seats[where]) if where >= 0 else "",
            previous_territory_id=str(ids[told.current]) if told.current >= 0 else "",
            reason=reason,
            distance_km=_km(told.distance_m),
            hours=told.hours,
            objective=before.objective,
            unit_of_objective=problem.objective.unit_of_cost,
            expected_loss_cents=self._loss(told, None),
            currency=self.reopened.assembled.scenario.quota.currency,
            pins=[
                PinOut(
                    kind=None if pin.kind is None else pin.kind.value,
                    rules=list(pin.rules),
                    text=pin.text,
                    closes=pin.closes,
                    everywhere=pin.everywhere,
                )
                for pin in told.pins
            ],
            other_homes=len(told.homes),
            homes=[self._home(told, home) for home in told.homes[:homes]],
            inputs_changed=list(self.reopened.changed),
        )

    def _home(self, told: Explanation, home: Home) -> HomeOut:
        territories = self.reopened.assembled.problem.territories
        before, after = told.before, told.card(home.territory)
        lost = self._loss(told, home.territory)
        share = home.objective_change / before.objective if before.objective > 0 else None
        return HomeOut(
            territory_id=str(territories.territory_id[home.territory]),
            seat_id=str(territories.seat_id[home.territory]),
            is_current=home.territory == told.current,
            objective_change=home.objective_change,
            objective_change_share=share,
            compactness_change=home.compactness_change,
            disruption_change=home.disruption_change,
            expected_loss_change_cents=None if lost is None else lost - (self._loss(told, None) or 0),
            distance_km=_km(home.distance_m),
            hours=home.hours,
            obstacles=[
                ObstacleOut(
                    kind=obstacle.kind.value,
                    rule=obstacle.rule.name,
                    text=obstacle.breach.text,
                    severity=obstacle.breach.severity,
                )
                for obstacle in home.obstacles
            ],
            measures=[
                MeasureEffect(
                    name=name,
                    here=_side(before, after, told.territory, m),
                    there=_side(before, after, home.territory, m),
                    moved_share=float(before.moved_share[m]),
                    moved_share_after=float(after.moved_share[m]),
                )
                for m, name in enumerate(before.measures)
            ],
            budgets=[
                BudgetEffect(
                    name=name,
                    used=float(before.budget_used[b]),
                    used_after=float(after.budget_used[b]),
                    total=_finite(before.budget_total[b]),
                )
                for b, name in enumerate(before.budgets)
            ],
        )

    def _loss(self, told: Explanation, to: int | None) -> int | None:
        """Return the sales expected to be lost for changes of rep, once it has gone `to`; None where unknown."""
        relationships = self.reopened.assembled.relationships
        if relationships is None:
            return None
        territory = self.explainer.moves.entities.territory
        if to is not None:
            territory = territory.copy()
            territory[told.moves.entities] = to
        return relationships.loss(territory).total_cents


def open_plan(out: Path, inputs: Path | None = None) -> OpenPlan:
    """Open an output folder to ask about its plan; the last few are kept.

    Raises
    ------
    InvalidInput
        Where it is no whole output, or its inputs are gone or no longer fit.
    """
    stamp = tuple(
        (path.stat().st_mtime_ns, path.stat().st_size)
        for path in (out / "run.json", out / "assignments.csv")
        if path.is_file()
    )
    return _opened(out.resolve(), inputs, stamp)


@lru_cache(maxsize=4)
def _opened(out: Path, inputs: Path | None, _stamp: tuple[tuple[int, int], ...]) -> OpenPlan:
    reopened = reopen(out, inputs)
    assembled = reopened.assembled
    return OpenPlan(reopened, Explainer(assembled.problem, reopened.territory, assembled.accounts))


def _side(before: Scorecard, after: Scorecard, territory: int, measure: int) -> SideOut:
    """Return one measure of one territory in both scorecards."""
    at = territory, measure
    return SideOut(
        value=float(before.loads[at]),
        value_after=float(after.loads[at]),
        deviation=_finite(before.deviation[at]),
        deviation_after=_finite(after.deviation[at]),
        violation=float(before.violation[at]),
        violation_after=float(after.violation[at]),
    )


def _unknown(what: str, name: str, parts: list[str] | None = None) -> InvalidInput:
    why, remedy = f"The plan has no {what} {name!r}.", "Take an id from assignments.csv."
    if parts:
        more = f" and {len(parts) - 5} more" if len(parts) > 5 else ""
        why = f"The area {name!r} was split into the basic units {', '.join(parts[:5])}{more}."
        remedy = "Name one of them, or an account."
    return InvalidInput([Problem(why, remedy, value=name, code="unknown_id")])


def _km(metres: float) -> float | None:
    return metres / 1000 if math.isfinite(metres) else None


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
