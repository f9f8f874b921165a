"""Settles the scenario against the tables: measures by their names in the data, one currency for all money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from data.read.entities import Entities
from data.read.report import Report
from data.read.scenario_file import PlanFile
from data.schema import COUNTED, measure_named, nearest
from planner.coverage import WORKLOAD_HOURS
from planner.demands import EXPECTED_LOSS, Band
from planner.scenario import Scenario


def settle_measures(scenario: Scenario, measures: Iterable[str], file: str, report: Report) -> Scenario:
    """Return `scenario` with every measure by the name it has in the data; one that is not there is an error."""
    coverage = scenario.coverage
    computed = [WORKLOAD_HOURS] if coverage.has_call_plan else []
    known = tuple(dict.fromkeys([*measures, *computed]))

    def named(name: str | None, at: str) -> str | None:
        found = None if name is None else measure_named(name, known)
        if name is not None and found is None:
            near = nearest(name, [*known, *COUNTED])
            report.error(
                "unknown_measure",
                f"The data have no measure {name!r}; there are {', '.join([*known, *COUNTED])}."
                + (f" The nearest is {near!r}." if near else ""),
                "Correct the name, or map a column to it under [columns.accounts].",
                file=file,
                column=at,
                value=name,
            )
        return found or name

    def banded(stated: Mapping[str, Band], at: str) -> dict[str, Band]:
        bands: dict[str, Band] = {}
        for name, band in stated.items():
            found = named(name, f"{at}.{name}") or name
            if found in bands:
                report.error(
                    "duplicate_measure",
                    f"{name!r} is the measure {found!r}, which has a band already.",
                    "Keep one of the two.",
                    file=file,
                    column=f"{at}.{name}",
                    value=name,
                )
            bands[found] = band
        return bands

    return scenario.replace(
        measures=banded(scenario.measures, "measures"),
        regions={
            name: replace(region, measures=banded(region.measures, f"regions.{name}.measures"))
            for name, region in scenario.regions.items()
        },
        budgets=tuple(
            budget
            if budget.measure == EXPECTED_LOSS
            else replace(budget, measure=named(budget.measure, f"disruption.budgets.{number}.measure"))
            for number, budget in enumerate(scenario.budgets)
        ),
        revenue=named(scenario.revenue, "disruption.revenue"),
        workload=replace(scenario.workload, measure=named(scenario.workload.measure, "workload.measure")),
        coverage=replace(
            coverage,
            tier_by=named(coverage.tier_by, "segmentation.by"),
            potential=(named(coverage.potential, "potential.measure") or coverage.potential)
            if coverage.estimate_potential
            else coverage.potential,
        ),
        compactness_measure=named(scenario.compactness_measure, "compactness_measure"),
        disruption_measure=named(scenario.disruption_measure, "disruption.measure"),
        quota=replace(
            scenario.quota,
            potential=named(scenario.quota.potential, "quota.potential"),
            index={
                named(name, f"quota.index.{name}") or name: weight
                for name, weight in scenario.quota.index.items()
            },
        ),
    )


def settle_currency(plan: PlanFile, tables: Mapping[str, Entities], file: str, report: Report) -> Scenario:
    """Return the scenario in the currency of the tables; two currencies in one plan are an error."""
    scenario = plan.scenario
    agreed = (scenario.quota.currency, file) if plan.states_currency else None
    for name in ("targets", "history", "account_targets"):
        if name not in tables:
            continue
        stated = tables[name].frame["currency"]
        stated = stated[stated != ""]
        if not len(stated):
            continue
        currency = str(stated.mode()[0])
        if agreed is None:
            agreed = (currency, tables[name].file)
        elif currency != agreed[0]:
            report.error(
                "mixed_currency",
                f"The amounts are in {currency}, those of {agreed[1]} in {agreed[0]}.",
                "Convert all amounts of the plan to one currency.",
                file=tables[name].file,
                column="currency",
                value=currency,
            )
    return scenario.replace(quota=replace(scenario.quota, currency=agreed[0])) if agreed else scenario
