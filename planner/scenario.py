"""A scenario: what is asked of a plan, apart from the data it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from planner.basic_unit import BasicUnit
from planner.coverage import NO_COVERAGE, CoverageSettings, coverage_settings
from planner.data_changes import NOTHING_LIFTED, Growth, Lifted, growths, lifted
from planner.demands import (
    EXPECTED_LOSS,
    AskedRule,
    Band,
    BudgetRule,
    NumberOfTerritories,
    RegionRules,
    bands,
    number_of_territories,
    region_rules,
)
from planner.pay.settings import PaySettings
from planner.quota.settings import QuotaSettings
from planner.seat_changes import NO_CHANGES, SeatChanges, seat_changes
from planner.shape import Compactness

__all__ = ["Band", "BasicUnit", "QuotaSettings", "Scenario", "WorkloadSettings"]


@dataclass(frozen=True)
class WorkloadSettings:
    """What a seat can carry.

    Parameters
    ----------
    measure
        Measure that stands for workload in hours; None for ``workload_hours`` or ``workload``.
    capacity_hours
        Capacity of a seat that states none; None for the mean of those that do.
    field_time, hours_per_day
        Share of working time for calls and travel, working hours of a day; None for those of `planner.workload`.
    """

    measure: str | None = None
    capacity_hours: float | None = None
    field_time: float | None = None
    hours_per_day: float | None = None


@dataclass(frozen=True)
class Scenario:
    """What is asked of a plan.

    Parameters
    ----------
    name
        Shown to people.
    territories
        How many territories: a number, a range, or ``capacity``; None for one per seat, or as many as the current
        alignment has.
    measures
        Measures to balance by name; ``accounts`` and ``units`` count.
    contiguous
        Whether territories must hang together; None for yes where units are areas, no where they are points.
    basic_unit, split_above
        What territories are made of, and the fraction of a territory's ideal above which an area is split.
    compactness_measure
        Measure that weighs distance; None for the mean of the balanced ones.
    compactness
        What is optimised: moment of inertia, sum of distances, travel hours, or the largest diameter.
    centre
        Where distance is taken from: ``home``, ``centroid``, ``unit`` (the best unit of the territory), or ``auto``:
        homes where every seat has one, else what goes with `compactness`.
    disruption_km
        Price of a change of owner: a unit that moves costs as much as the same unit this many km off centre.
    disruption_budget, disruption_measure
        Largest share of a measure that may change hands, a fraction; None for no limit.
    budgets
        Further disruption budgets, in all and per seat.
    expected_loss, similar_relief, revenue
        Share of a customer's annual revenue expected to be lost after a change of rep, and the share of that loss
        spared where the new rep is similar, None for those of the study in `planner.measures.disruption`; the measure
        that holds the revenue, None for ``revenue`` or ``sales``.
    rules
        Rules besides those of the folder's table of rules.
    regions, keep_regions
        What is asked of single regions, by their names; whether accounts and areas stay in their region, None for yes
        where `regions` names any.
    workload
        What a seat can carry.
    coverage
        Segments, their call plans, and estimates of potential.
    seat_changes
        Seats that leave or are hired, against those of the folder.
    growth, lifted
        What there is more or less of than the folder says, and which of its locks and rules hold no more.
    island_policy
        How islands are joined to the neighbour graph: ``nearest`` or ``none``.
    seed, time_limit_s
        Random seed; seconds to optimise.
    quota
        How quotas are set.
    pay
        How seats are paid.
    """

    name: str = "Plan"
    territories: NumberOfTerritories = None
    measures: dict[str, Band] = field(default_factory=dict)
    contiguous: bool | None = None
    basic_unit: BasicUnit = BasicUnit.AUTO
    split_above: float = 0.25
    compactness_measure: str | None = None
    compactness: Compactness = Compactness.INERTIA
    centre: str = "auto"
    disruption_km: float = 0.0
    disruption_budget: float | None = None
    disruption_measure: str | None = None
    budgets: tuple[BudgetRule, ...] = ()
    expected_loss: float | None = None
    similar_relief: float | None = None
    revenue: str | None = None
    rules: tuple[AskedRule, ...] = ()
    regions: dict[str, RegionRules] = field(default_factory=dict)
    keep_regions: bool | None = None
    workload: WorkloadSettings = field(default_factory=WorkloadSettings)
    coverage: CoverageSettings = NO_COVERAGE
    seat_changes: SeatChanges = NO_CHANGES
    growth: tuple[Growth, ...] = ()
    lifted: Lifted = NOTHING_LIFTED
    island_policy: str = "nearest"
    seed: int = 0
    time_limit_s: float = 60.0
    quota: QuotaSettings = field(default_factory=QuotaSettings)
    pay: PaySettings = field(default_factory=PaySettings)

    @property
    def measures_named(self) -> tuple[str, ...]:
        """Every measure that is spoken of besides the bands of all, as named; rules not included."""
        regional = [name for region in self.regions.values() for name in region.measures]
        counted = [budget.measure for budget in self.budgets if budget.measure != EXPECTED_LOSS]
        named = (
            self.compactness_measure,
            self.disruption_measure,
            self.quota.potential,
            *self.quota.index,
            self.revenue,
            self.workload.measure,
            self.coverage.tier_by,
            *counted,
            *regional,
        )
        return tuple(dict.fromkeys(name for name in named if name))

    def replace(self, **changes: Any) -> Scenario:
        """Return a copy with `changes`."""
        return replace(self, **changes)

    def overridden(self, changes: Mapping[str, Any]) -> Scenario:
        """Return a copy with fields changed by name.

        Parameters
        ----------
        changes
            New values by field name, typed or plain (as from JSON). Measures, rules, regions, budgets and growth
            replace all of their kind, a mapping under ``quota``, ``workload`` or ``pay`` changes single settings.

        Raises
        ------
        TypeError
            Where a name is no field.
        ValueError
            Where a value is none that the field may have.
        """
        typed = dict(changes)
        convert: dict[str, Callable[[Any], Any]] = {
            "territories": number_of_territories,
            "measures": bands,
            "compactness": Compactness,
            "basic_unit": BasicUnit,
            "rules": lambda rules: tuple(_typed(AskedRule, rule) for rule in rules),
            "budgets": lambda budgets: tuple(_typed(BudgetRule, budget) for budget in budgets),
            "coverage": coverage_settings,
            "seat_changes": seat_changes,
            "growth": growths,
            "lifted": lifted,
            "regions": lambda regions: {name: region_rules(region) for name, region in regions.items()},
        }
        for name in convert.keys() & typed.keys():
            typed[name] = convert[name](typed[name])
        if isinstance(typed.get("workload"), Mapping):
            typed["workload"] = replace(self.workload, **typed["workload"])
        if isinstance(typed.get("pay"), Mapping):
            typed["pay"] = self.pay.changed(typed["pay"])
        if isinstance(typed.get("quota"), Mapping):
            typed["quota"] = self.quota.changed(typed["quota"])
        return replace(self, **typed)


def _typed(kind: type[Any], stated: Any) -> Any:
    return kind(**stated) if isinstance(stated, Mapping) else stated
