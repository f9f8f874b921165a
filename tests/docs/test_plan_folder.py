"""The description of the plan folder names every file, column and key there is, and its example can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.export import OUTPUT_FILES
from data.read import read_folder
from data.read.pay_models import BonusModel, PayComponentModel, TierModel
from data.read.rule_kinds import KINDS
from data.read.scenario_file import PARTS
from data.read.scenario_models import BudgetModel, FileModel
from data.schema import TABLES

TEXT = (Path(__file__).parents[2] / "docs" / "plan-folder.md").read_text(encoding="utf-8")
HEADINGS = {part: f"[{part}]" for part in PARTS} | {
    "regions": "[regions.NAME]",
    "pay_plans": "[pay_plans.NAME]",
}
LISTS = {
    "[[disruption.budgets]]": BudgetModel,
    "[[pay_plans.NAME.components]]": PayComponentModel,
    "tiers": TierModel,
    "bonuses": BonusModel,
}
KEYS = [
    *(("", name) for name in FileModel.model_fields if name not in (*PARTS, "columns")),
    *(
        (HEADINGS.get(part, part), field.alias or name)
        for part, model in {**PARTS, **LISTS}.items()
        for name, field in model.model_fields.items()
    ),
]


def section(heading: str) -> str:
    """Return the text below a heading, up to the next one."""
    return re.split(r"^#+ ", TEXT.split(heading, 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize(("part", "key"), KEYS)
def test_every_key_of_plan_toml_is_described(part: str, key: str) -> None:
    rows = section(f"## `{part}`" if part else "## `plan.toml`")
    assert re.search(rf"^\|[^|]*`{key}`[^|]*\|", rows, re.MULTILINE), f"{part}.{key} is not described"


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_every_kind_of_rule_is_described(kind: str) -> None:
    assert re.search(rf"^\|[^|]*`{kind}`[^|]*\|", section("### Rules"), re.MULTILINE)


@pytest.mark.parametrize("name", list(TABLES))
def test_every_file_is_described_with_every_column(name: str) -> None:
    row = re.search(rf"^\| `{name}` \| (.*) \|$", TEXT, re.MULTILINE)
    assert row is not None, f"{name} is not described"
    shape = {"latitude", "longitude"} if name == "units" else set()
    columns = {column.name for column in TABLES[name].columns} - shape
    assert {column for column in columns if f"`{column}`" not in row[1]} == set()


@pytest.mark.parametrize("name", OUTPUT_FILES)
def test_every_file_of_the_output_is_described(name: str) -> None:
    assert f"| `{name}` |" in TEXT


def test_the_example_of_plan_toml_can_be_read(tmp_path: Path) -> None:
    example = re.search(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert example is not None
    (tmp_path / "plan.toml").write_text(example[1])
    (tmp_path / "accounts.csv").write_text(
        "account_id,latitude,longitude,Est. Potential $,Growth\na,42,-93,1000000,up\nb,43,-94,2000,down\n"
    )
    folder = read_folder(tmp_path)
    assert folder.scenario.territories == 40
    assert folder.scenario.measures["potential"].above == 0.2
    assert [rule.kind for rule in folder.scenario.rules] == ["lock", "max"]
    assert folder.scenario.budgets[0].per_seat == 0.3
    assert folder.scenario.quota.target_cents == 12_000_000_000
    assert folder.account_measures == ("potential",)
