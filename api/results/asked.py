"""Turns the scenario that a run record states back into a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from planner.scenario import Band, BasicUnit, QuotaSettings, Scenario


def scenario_of(stated: Mapping[str, Any]) -> Scenario:
    """Return the scenario that ``run.json`` states; what it leaves out is as by default."""
    known = {field.name for field in fields(Scenario)}
    values = {name: value for name, value in stated.items() if name in known}
    values["measures"] = {name: Band(**band) for name, band in stated.get("measures", {}).items()}
    values["basic_unit"] = BasicUnit(stated.get("basic_unit", BasicUnit.AUTO))
    values["quota"] = QuotaSettings(**stated.get("quota", {}))
    return Scenario(**values)
