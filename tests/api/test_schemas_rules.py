"""What a plan may ask for over HTTP becomes the same scenario as what plan.toml says."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from pydantic import ValidationError

from api.schemas.plans import PlanIn
from api.schemas.rules import BudgetIn, RegionIn, RuleIn
from planner.demands import AskedRule, BudgetRule, RegionRules, Span
from planner.scenario import Band, Scenario


def scenario(**asked: object) -> Scenario:
    wanted = PlanIn.model_validate({"folder_id": "iowa", **asked})
    return Scenario().overridden(json.loads(json.dumps(wanted.overrides())))


@pytest.mark.parametrize(
    ("asked", "territories"), [(7, 7), ({"min": 3, "max": 5}, Span(3, 5)), ("capacity", "capacity")]
)
def test_the_number_of_territories(asked: object, territories: object) -> None:
    assert scenario(territories=asked).territories == territories


def test_rules_budgets_and_regions() -> None:
    found = scenario(
        rules=[{"kind": "lock", "where": "segment = 'A'"}, {"kind": "mix", "max_share": 0.5}],
        budgets=[{"measure": "sales", "total": 0.15}],
        regions={"west": {"contiguous": False, "measures": {"sales": {"below": 0.1}}}},
        keep_regions=False,
    )
    assert found.rules == (AskedRule("lock", where="segment = 'A'"), AskedRule("mix", max_share=0.5))
    assert found.budgets == (BudgetRule("sales", total=0.15),)
    assert found.regions == {"west": RegionRules(None, False, {"sales": Band(below=0.1)})}
    assert found.keep_regions is False


@pytest.mark.parametrize(
    "asked",
    [
        {"territories": 0},
        {"territories": "many"},
        {"territories": {"min": 5, "max": 4}},
        {"territories": {"min": 5}},
        {"rules": [{"where": "a = 1"}]},
        {"rules": [{"kind": "lock", "wher": "a = 1"}]},
        {"budgets": [{"measure": "sales", "total": 15}]},
        {"regions": {"west": {"territories": 0}}},
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        scenario(**asked)


def test_nothing_that_a_file_can_say_is_missing() -> None:
    for schema, kind in ((RuleIn, AskedRule), (BudgetIn, BudgetRule), (RegionIn, RegionRules)):
        assert set(schema.model_fields) == {field.name for field in fields(kind)} - {"row"}
