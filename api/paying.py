"""Works out anew what the quotas of a finished plan cost in pay, with the pay plans as they are now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from api.requoting import changes_of, requote
from data.assemble.pay import compensation_of
from data.export.pay import compensation_record
from planner.errors import InvalidInput, Problem
from planner.pay.report import CompensationReport


@dataclass(frozen=True, eq=False)
class Priced:
    """The cost of a plan's quotas in pay.

    Parameters
    ----------
    report
        What they cost.
    changed
        What has changed since the plan was made and may matter, one sentence each.
    """

    report: CompensationReport
    changed: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return what was found as plain values."""
        return {**compensation_record(self.report), "changed": list(self.changed)}


def price_pay(
    out: Path, inputs: Path | None = None, *, draws: int | None = None, seed: int | None = None
) -> Priced:
    """Work out what the quotas of a plan cost in pay.

    Parameters
    ----------
    out
        Output folder of a solve.
    inputs
        Plan folder that it was made from; None for the one that ``run.json`` points to.
    draws, seed
        How many years to draw, and from where; None for what the scenario says.

    Raises
    ------
    InvalidInput
        Where `out` is no whole output, its inputs are gone, pay plans have faults, or nobody is paid by one.
    """
    found = requote(out, inputs)
    assembled = found.assembled
    scenario = assembled.scenario
    pay = scenario.pay if draws is None else replace(scenario.pay, draws=draws)
    scenario = scenario.replace(pay=pay, seed=scenario.seed if seed is None else seed)
    report = compensation_of(replace(assembled, scenario=scenario), found.plan.quotas)
    if report is None:
        raise InvalidInput([_nobody_paid(has_quotas=found.plan.quotas is not None)])
    changed = list(found.changed)
    others = changes_of(found)
    if others:
        changed.append(
            f"{len(others)} quotas come out otherwise than in {out}; the cost is that of quotas as of now"
        )
    return Priced(report, tuple(changed))


def _nobody_paid(*, has_quotas: bool) -> Problem:
    if not has_quotas:
        why = "The plan has no quotas, so there is nothing that pay depends on."
        return Problem(
            why, "State a target: target under [quota] in plan.toml, or targets.csv.", code="no_quotas"
        )
    why = "No seat of the plan is paid by a pay plan."
    what = "Add [pay_plans.NAME] to plan.toml, and pay_plan to the seats where there are several."
    return Problem(why, what, file="plan.toml", column="pay_plans", code="no_pay_plan")
