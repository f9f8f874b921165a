"""Pay plans of plan.toml, and what seats say of them: everything that is wrong is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from data.read.cells import Cells
from data.read.entities import Entities
from data.read.pay_models import PayModel, PayPlanModel
from data.read.report import Report
from data.schema import nearest
from planner.errors import Problem, Severity
from planner.pay.settings import PaySettings
from planner.quota.tie_out import SINGLE

_OF_COMPONENT = re.compile(r"components\.(?P<number>\d+)\.(?P<rest>(?P<key>\w+).*)")


def pay_settings(
    pay: PayModel, plans: Mapping[str, PayPlanModel], text: str, file: str, report: Report
) -> PaySettings:
    """Return what plan.toml says about pay; every fault is reported with its line and key.

    Parameters
    ----------
    text
        The file, to tell the lines.
    """
    found = {name: plan.to_plan(name) for name, plan in plans.items()}
    for name, plan in found.items():
        _tell(_where_stated(plan.faults(), plans[name]), name, _line(text, name), file, report)
    if pay.plan is not None and pay.plan not in found:
        near = nearest(pay.plan, found)
        report.error(
            "unknown_pay_plan",
            f"There is no pay plan {pay.plan!r}." + (f" The nearest is {near!r}." if near else ""),
            "Correct the name, or add a table [pay_plans.NAME].",
            file=file,
            column="pay.plan",
            value=pay.plan,
        )
    if pay.ratio_low > pay.ratio_high:
        report.error(
            "wrong_value",
            f"ratio_low ({pay.ratio_low:g}) is larger than ratio_high ({pay.ratio_high:g}).",
            "Exchange the two.",
            file=file,
            column="pay.ratio_low",
            value=f"{pay.ratio_low:g}",
        )
    return PaySettings(found, pay.plan, pay.ratio_low, pay.ratio_high, pay.draws)


def check_pay(
    pay: PaySettings, tables: Mapping[str, Entities], cells: Mapping[str, Cells], file: str, report: Report
) -> None:
    """Hold pay plans against the tables: components that no quota has, seats without a plan or without earnings."""
    if pay.plans:
        known = list(SINGLE)
        if "targets" in tables:
            stated = tables["targets"].frame["component"]
            known = [name for name in stated.unique().tolist() if name] or known
        for name, plan in pay.plans.items():
            _tell(plan.unknown(known), name, None, file, report)
    if "seats" in tables:
        _check_seats(pay, tables["seats"], cells["seats"])


def _check_seats(pay: PaySettings, seats: Entities, cells: Cells) -> None:
    stated = seats.frame["pay_plan"]
    unknown = ((stated != "") & ~stated.isin(list(pay.plans))).to_numpy(bool)
    listed = ", ".join(repr(name) for name in list(pay.plans)[:8])

    def which(at: int) -> str:
        near = nearest(stated.iloc[at], pay.plans)
        return "There is no such pay plan." + (f" The nearest is {near!r}." if near else "")

    cells.flag(
        "unknown_pay_plan",
        "pay_plan",
        unknown,
        which,
        f"Use one of {listed}." if pay.plans else "Add a table [pay_plans.NAME] to plan.toml.",
    )
    if not pay.plans:
        return
    plan_of = {name: pay.plan_of(name) for name in stated.unique() if not name or name in pay.plans}
    without = np.array([name in plan_of and plan_of[name] is None for name in stated])
    cells.flag(
        "no_pay_plan",
        "pay_plan",
        without,
        "The seat names no pay plan, and there are several; its pay is not in the cost.",
        "Name one, or state plan under [pay] in plan.toml for all seats that name none.",
        Severity.WARNING,
    )
    needed = [
        (plan := plan_of.get(name)) is not None and plan.on_target_earnings_cents is None for name in stated
    ]
    earnings = seats.frame["on_target_earnings_cents"].to_numpy(float)
    cells.flag(
        "no_earnings",
        "on_target_earnings",
        np.array(needed, bool) & ~(earnings > 0),
        "The seat states no on-target earnings, nor does its pay plan.",
        "Fill in base and target variable pay of a year together, or state it in the pay plan.",
    )


def _where_stated(problems: Iterable[Problem], plan: PayPlanModel) -> list[Problem]:
    """Return problems by the key that states what is wrong, once: many components may take it from the plan."""
    found: dict[Problem, None] = {}
    for problem in problems:
        at = _OF_COMPONENT.fullmatch(problem.column or "")
        number = -1 if at is None else int(at["number"])
        own = plan.components[number].model_fields_set if 0 <= number < len(plan.components) else ()
        taken = at is not None and at["key"] in PayPlanModel.model_fields and at["key"] not in own
        found[replace(problem, column=at["rest"]) if at is not None and taken else problem] = None
    return list(found)


def _tell(problems: Iterable[Problem], name: str, line: int | None, file: str, report: Report) -> None:
    for problem in problems:
        report.add(replace(problem, file=file, row=line, column=f"pay_plans.{name}.{problem.column}"))


def _line(text: str, name: str) -> int | None:
    """Return the line of plan.toml that a pay plan begins in; None where it is written in another way."""
    quoted = rf"(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')"
    header = re.search(rf"^[ \t]*\[[ \t]*pay_plans[ \t]*\.[ \t]*{quoted}[ \t]*\]", text, re.MULTILINE)
    return None if header is None else text.count("\n", 0, header.end()) + 1
