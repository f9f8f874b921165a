"""A scenario and what overrides it."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from planner.demands import AskedRule, BudgetRule, NumberOfTerritories, RegionRules, Span
from planner.scenario import Band, BasicUnit, QuotaSettings, Scenario, WorkloadSettings

WRITTEN = Scenario(
    territories=30, seed=1, measures={"sales": Band(0.1, 0.1)}, quota=QuotaSettings(target_cents=5, year=2022)
)


def test_nothing_given_changes_nothing() -> None:
    assert WRITTEN.overridden({}) == WRITTEN


def test_what_is_given_replaces_the_field_and_leaves_the_rest() -> None:
    changed = WRITTEN.overridden({"territories": 40, "measures": {"calls": Band(0.2, 0.2)}})
    assert changed == WRITTEN.replace(territories=40, measures={"calls": Band(0.2, 0.2)})


def test_quota_settings_are_changed_one_by_one() -> None:
    assert WRITTEN.overridden({"quota": {"target_cents": 7}}).quota == QuotaSettings(
        target_cents=7, year=2022
    )


def test_quota_settings_may_be_replaced_as_a_whole() -> None:
    assert WRITTEN.overridden({"quota": QuotaSettings(target_cents=9)}).quota == QuotaSettings(target_cents=9)


def test_plain_values_become_typed_ones() -> None:
    changed = WRITTEN.overridden({"measures": {"calls": {"below": 0.1}}, "basic_unit": "account"})
    assert changed.measures == {"calls": Band(below=0.1)}
    assert changed.basic_unit is BasicUnit.ACCOUNT


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="teritories"):
        WRITTEN.overridden({"teritories": 4})


DEMANDING = Scenario(
    territories=Span(35, 45),
    measures={"sales": Band(0.1, 0.1)},
    budgets=(BudgetRule("revenue", total=0.15, per_seat=0.3),),
    rules=(AskedRule("lock", where="segment = 'A'", row=7), AskedRule("reach_km", value=150.0)),
    regions={"west": RegionRules(4, False, {"sales": Band(0.2, 0.2)})},
    workload=WorkloadSettings("hours", 1400.0),
)


@pytest.mark.parametrize("territories", [None, 7, Span(3, 5), "capacity"])
def test_a_scenario_comes_back_from_its_plain_values(territories: NumberOfTerritories) -> None:
    scenario = DEMANDING.replace(territories=territories)
    plain = json.loads(json.dumps(asdict(scenario)))
    assert Scenario().overridden(plain) == scenario


def test_a_range_may_be_written_with_short_names() -> None:
    assert WRITTEN.overridden({"territories": {"min": 3, "max": 5}}).territories == Span(3, 5)


@pytest.mark.parametrize("stated", [{"min": 5, "max": 4}, {"min": 0, "max": 4}, "many", 2.5, True])
def test_what_is_no_number_of_territories_is_refused(stated: object) -> None:
    with pytest.raises(ValueError, match=r"range|number"):
        WRITTEN.overridden({"territories": stated})


def test_workload_settings_are_changed_one_by_one() -> None:
    assert DEMANDING.overridden({"workload": {"capacity_hours": 9.0}}).workload == WorkloadSettings(
        "hours", 9.0
    )
