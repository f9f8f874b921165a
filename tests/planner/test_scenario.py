"""A scenario and what overrides it."""

from __future__ import annotations

import pytest

from planner.scenario import Band, BasicUnit, QuotaSettings, Scenario

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
