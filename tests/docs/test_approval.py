"""docs/approval.md names every stage, step and kind of challenge, and every address that it speaks of is there."""

from __future__ import annotations

import re
from pathlib import Path

from api.routes import approval, challenges, publications
from planner.approval.challenges import Kind
from planner.approval.steps import Stage, Step

TEXT = (Path(__file__).parents[2] / "docs" / "approval.md").read_text("utf-8")


def test_every_stage_and_kind_is_described() -> None:
    for stage in Stage:
        assert f"| {stage.words} |" in TEXT
    for kind in Kind:
        assert f"| `{kind.value}` |" in TEXT


def test_every_step_is_described() -> None:
    said = TEXT.lower()
    for step in Step:
        assert step.words in said or (
            step is Step.RECALL and "a publication is taken back" in " ".join(said.split())
        )


def test_every_address_is_there() -> None:
    known = {route.path for room in (approval, challenges, publications) for route in room.router.routes}
    shown = {
        match.split("?")[0].replace("{id}", "{plan_id}")
        for match in re.findall(r"(?:GET|PUT|POST) (\S+?)`", TEXT)
    }
    for path in shown:
        ending = path.removeprefix("…").replace("{n}", "{number}")
        assert any(each == path or (path.startswith("…") and each.endswith(ending)) for each in known), path
