"""Workload in hours, what seats can carry, and how many territories that makes."""

from __future__ import annotations

import numpy as np

from data.assemble.findings import Findings, amount
from data.assemble.values import Values
from data.folder import PlanFolder
from data.schema import measure_named
from planner.arrays import FloatArray
from planner.demands import CAPACITY, Span
from planner.scenario import Scenario

WORKLOAD = ("workload_hours", "workload")
"""Measures that stand for workload where the scenario names none."""


def workload_measure(scenario: Scenario, names: tuple[str, ...]) -> str | None:
    """Return the measure that stands for workload; None where there is none."""
    wanted = (scenario.workload.measure,) if scenario.workload.measure else WORKLOAD
    found = [measure_named(name, names) for name in wanted]
    return next((name for name in found if name in names), None)


def seat_capacity(scenario: Scenario, stated_hours: FloatArray) -> FloatArray:
    """Return what each seat can carry, in hours: as stated, else as the scenario says, else the mean of the others.

    NaN where nothing says it.
    """
    known = stated_hours[np.isfinite(stated_hours)]
    usual = scenario.workload.capacity_hours
    otherwise = usual if usual is not None else known.mean() if len(known) else np.nan
    return np.where(np.isfinite(stated_hours), stated_hours, otherwise)


def territories_needed(workload_hours: float, capacity_hours: FloatArray, further_hours: float) -> int:
    """Return the smallest number of territories whose capacity covers the workload.

    Parameters
    ----------
    workload_hours
        Workload of all accounts together, ≥ 0.
    capacity_hours
        Capacity of each seat there is, shape ``(n_seats,)``; all of them are filled.
    further_hours
        Capacity of a further seat, > 0.
    """
    missing = workload_hours - float(capacity_hours.sum())
    further = 0 if missing <= 1e-9 * workload_hours else int(np.ceil(missing / further_hours - 1e-9))
    return max(len(capacity_hours) + further, 1)


def with_number(scenario: Scenario, folder: PlanFolder, values: Values, findings: Findings) -> Scenario:
    """Return the scenario with a number of territories where it asks for a range, or for enough capacity.

    A range stands for its smallest number here; which of them to take is for whoever can solve.
    """
    if isinstance(scenario.territories, Span):
        n_seats = 0 if folder.seats is None else len(folder.seats)
        least = max(scenario.territories.minimum, min(n_seats, scenario.territories.maximum))
        findings.warn(
            "territories_open",
            f"The number of territories is free between {scenario.territories.minimum} and "
            f"{scenario.territories.maximum}; this is the problem with {least}.",
            "Nothing to do: solving takes the fewest that keep the rules.",
            table="plan.toml",
            column="territories",
            value=least,
        )
        return scenario.replace(territories=least)
    if scenario.territories != CAPACITY:
        return scenario
    name = workload_measure(scenario, values.names)
    if name is None:
        findings.error(
            "unknown_workload",
            f"The number of territories is to follow from capacity, but no measure stands for workload; there are "
            f"{', '.join(values.names)}.",
            "Name the measure in plan.toml: [workload] measure.",
            table="plan.toml",
            column="workload.measure",
        )
        return scenario.replace(territories=None)
    stated = np.zeros(0)
    if folder.seats is not None and len(folder.seats):
        hours = folder.seats.get("capacity_hours")
        stated = np.full(len(folder.seats), np.nan) if hours is None else hours.to_numpy(dtype=float)
    carried = seat_capacity(scenario, np.append(stated, np.nan))
    if not np.isfinite(carried).all() or carried[-1] <= 0:
        findings.error(
            "capacity_unknown",
            "The number of territories is to follow from capacity, but nothing says how many hours a seat can carry.",
            "Fill in capacity_hours of the seats, or set [workload] capacity_hours in plan.toml.",
            table="seats",
            column="capacity_hours",
        )
        return scenario.replace(territories=None)
    position = values.position(name)
    load = float(values.of_account[:, position].sum() + values.of_area[:, position].sum())
    wanted = territories_needed(load, carried[:-1], float(carried[-1]))
    findings.warn(
        "territories_from_capacity",
        f"{amount(load)} {name} need {wanted} territories: {len(stated)} seats carry {amount(carried[:-1].sum())} hours"
        f", each further one {amount(carried[-1])}.",
        "Nothing to do if that is right; else correct capacity_hours.",
        table="plan.toml",
        column="territories",
        value=wanted,
    )
    return scenario.replace(territories=wanted)
