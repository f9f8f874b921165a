"""docs/sweeps.md describes every change, every field and every axis there is, and its example can be read."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from planner.scenarios import KINDS, from_toml
from planner.scenarios.grid import AXES

TEXT = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_change_is_described_with_every_field(kind: str) -> None:
    row = re.search(rf"^\| `{kind}` \| (.*?) \| (.*) \|$", TEXT, re.MULTILINE)
    assert row is not None, f"{kind} is not described"
    told = set(re.findall(r"`([a-z_]+)`", row[1]))
    assert {field.name for field in fields(KINDS[kind])} <= told  # type: ignore[arg-type]


def test_changes_are_described_in_the_order_of_composition() -> None:
    described = re.findall(r"^\| `([a-z_]+)` \|", TEXT, re.MULTILINE)
    assert [kind for kind in described if kind in KINDS][: len(KINDS)] == list(KINDS)


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_is_described(axis: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(axis)}`", TEXT, re.MULTILINE), f"{axis} is not described"


def test_the_example_of_a_scenario_can_be_read() -> None:
    example = re.search(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert example is not None
    scenario = from_toml(example[1].encode(), "example.toml")
    assert [change.kind for change in scenario.changes] == ["growth", "leave"]
