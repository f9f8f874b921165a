"""How much may change hands: shares and amounts that the scenario allows become budgets on basic units."""

from __future__ import annotations

import numpy as np

from data.assemble.findings import Findings, amount
from data.assemble.ownership import Ownership
from data.assemble.values import Values, known_measure
from planner.arrays import FloatArray, IntArray, sum_by
from planner.budget import Budget
from planner.demands import EXPECTED_LOSS, BudgetRule
from planner.measures.disruption import EXPECTED_LOSS as USUAL_LOSS
from planner.measures.disruption import LossRates, loss_weight
from planner.scenario import Scenario

REVENUE = ("revenue", "sales")
"""Measures that stand for revenue where the scenario names none."""


def disruption_budgets(
    scenario: Scenario,
    values: Values,
    activity: FloatArray,
    account_activity: FloatArray,
    fixed: IntArray,
    account_current: IntArray,
    today: Ownership,
    findings: Findings,
) -> tuple[Budget, ...]:
    """Return the disruption budgets that the scenario sets.

    A share is one of everything there is; per seat, of what the seat holds today. Accounts that are held apart from
    geography by another seat than today's use part of a budget up.

    Parameters
    ----------
    activity, account_activity
        Activity of units and accounts, by measure.
    fixed, account_current
        Territory that holds each account apart from geography, −1 where none; current territory of each account.
    """
    asked = list(scenario.budgets)
    if scenario.disruption_budget is not None:
        measure = scenario.disruption_measure or values.names[values.primary]
        asked.insert(0, BudgetRule(measure, total=scenario.disruption_budget))
    k = today.owned.shape[1]
    held = np.flatnonzero(fixed >= 0)
    current = account_current[held]
    leaves = (current >= 0) & (current != fixed[held])
    budgets = []
    for rule in asked:
        counted = _counted(rule, scenario, values, findings)
        if counted is None:
            continue
        name, position, rate = counted
        of_unit, of_account = activity[:, position] * rate, account_activity[held, position] * rate
        gone = float(of_account[(current != fixed[held]) & (current != -1)].sum())
        lost = sum_by(current[leaves], of_account[leaves], k)
        owned = np.asarray(today.owned.T @ of_unit).ravel()
        owned += sum_by(current[current >= 0], of_account[current >= 0], k)
        whole = float(of_unit.sum() + of_account.sum())
        total = min(_limit(rule.total, whole), _limit(rule.total_amount, 1.0))
        per_seat = np.minimum(
            np.full(k, np.inf) if rule.per_seat is None else rule.per_seat * owned,
            _limit(rule.per_seat_amount, 1.0),
        )
        _check(name, gone, total, findings)
        budgets.append(Budget(name, of_unit, max(total - gone, 0.0), np.maximum(per_seat - lost, 0.0)))
    return tuple(budgets)


def _limit(stated: float | None, whole: float) -> float:
    return np.inf if stated is None else stated * whole


def _counted(
    rule: BudgetRule, scenario: Scenario, values: Values, findings: Findings
) -> tuple[str, int, float] | None:
    """Return name, position of the measure and factor of what a budget counts; None, with an error, where unknown."""
    if rule.measure != EXPECTED_LOSS:
        found = known_measure(rule.measure, values.names, "A disruption budget", findings)
        return None if found is None else (found, values.position(found), 1.0)
    wanted = [scenario.revenue] if scenario.revenue else [name for name in REVENUE if name in values.names]
    if not wanted:
        findings.error(
            "unknown_revenue",
            f"A disruption budget counts expected loss, but no measure holds the revenue; there are "
            f"{', '.join(values.names)}.",
            "Name the measure in plan.toml: [disruption] revenue.",
            table="plan.toml",
            column="disruption.revenue",
        )
        return None
    found = known_measure(wanted[0], values.names, "disruption.revenue", findings)
    if found is None:
        return None
    rates = LossRates(USUAL_LOSS if scenario.expected_loss is None else scenario.expected_loss)
    name = f"expected loss ({scenario.quota.currency})"
    return name, values.position(found), float(loss_weight(np.ones(1), rates)[0])


def _check(name: str, gone: float, total: float, findings: Findings) -> None:
    if gone > total * (1 + 1e-9) + 1e-12:
        findings.error(
            "budget_used_up",
            f"Named and locked accounts that another seat has today move {amount(gone)} {name}, but only "
            f"{amount(total)} may change hands.",
            "Name fewer accounts for other seats, or raise the budget.",
            table="plan.toml",
            column="disruption",
            value=name,
        )
