"""docs/exchange.md names every setting and format, and its example of crm.toml can be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from data.exchange import FORMS, settings_from
from data.exchange.crm import LOADERS
from data.exchange.salesforce_snapshot import NEEDED, USEFUL
from data.exchange.settings import CrmSettings
from data.read.report import Report

TEXT = (Path(__file__).parents[3] / "docs" / "exchange.md").read_text("utf-8")


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += keys(inner, f"{prefix}{name}.")
        else:
            found.append(f"{prefix}{name}")
    return found


@pytest.mark.parametrize("key", [key for key in keys(CrmSettings) if key != "seats"])
def test_every_setting_is_described(key: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(key)}`[^|]*\|[^|]*\|[^|]+\|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("name", [*FORMS, *LOADERS])
def test_every_format_is_described(name: str) -> None:
    assert f"`{name}`" in TEXT or name.capitalize() in TEXT


@pytest.mark.parametrize("name", list(NEEDED))
def test_every_export_is_described_with_its_columns(name: str) -> None:
    row = re.search(rf"^\| `{name}` \| (.*) \|$", TEXT, re.MULTILINE)
    assert row is not None
    assert {column for column in (*NEEDED[name], *USEFUL[name]) if f"`{column}`" not in row[1]} == set()


def test_the_example_of_crm_toml_can_be_read() -> None:
    example = re.search(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert example is not None
    report = Report()
    found = settings_from(tomllib.loads(example[1]), report)
    assert report.problems() == ()
    assert found.salesforce.roles == {"owner": "Owner"}
    assert found.seats["S01"].email == "ann@example.com"
