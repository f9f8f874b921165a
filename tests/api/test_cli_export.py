"""``planner export`` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.app import app
from tests.data.exchange.grid import write_crm_plan
from tests.data.exchange.organisation import Organisation


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a plan, beside its plan folder with record ids and ``crm.toml``."""
    return write_crm_plan(tmp_path_factory.mktemp("cli"))


def export(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def told(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("form", ["xlsx", "csv", "parquet", "geojson", "gpkg", "kml"])
def test_files_for_other_programs(form: str, output: Path, tmp_path: Path) -> None:
    result = export(output, "--format", form, "-o", tmp_path / "x", "--json")
    assert result.exit_code == 0, result.output
    said = told(result)
    assert sorted([*said["files"], "export.json"]) == sorted(p.name for p in (tmp_path / "x").iterdir())
    assert said["rows"].get("accounts", said["rows"].get("assignments", 0)) >= 60


def test_only_some_territories(output: Path, tmp_path: Path) -> None:
    result = export(output, "-f", "csv", "-o", tmp_path / "x", "--territory", "T1", "--territory", "T2")
    assert result.exit_code == 0, result.output
    assert "territories: 2 rows" in result.stdout
    unknown = export(output, "-f", "csv", "-o", tmp_path / "y", "--territory", "T9")
    assert unknown.exit_code == 2
    assert "T9" in unknown.stderr
    assert not (tmp_path / "y").exists()


@pytest.mark.parametrize("system", ["salesforce", "varicent", "clari"])
def test_a_dry_run_tells_what_the_load_holds_and_writes_nothing(
    system: str, output: Path, tmp_path: Path
) -> None:
    dry = told(export(output, "-f", system, "--dry-run", "--json"))
    assert dry["out"] is None
    assert not list(tmp_path.iterdir())
    wet = told(export(output, "-f", system, "-o", tmp_path / "load", "--json"))
    assert {**wet, "out": None} == dry
    record = json.loads((tmp_path / "load" / "load_order.json").read_text())
    assert [step["file"] for step in record["steps"]] == [step["file"] for step in dry["steps"]]
    assert record["counts"] == dry["counts"]
    again = export(output, "-f", system, "--against", output, "--dry-run")
    assert again.exit_code == 0
    assert "nothing is to be loaded" in again.stdout


def test_from_a_snapshot_to_a_load_with_all_its_ids(output: Path, tmp_path: Path) -> None:
    empty = Organisation().export(tmp_path / "now")
    result = export(output, "-f", "salesforce", "--snapshot", empty, "-o", tmp_path / "load")
    assert result.exit_code == 0, result.output
    assert "01_territory2_insert_level_1.csv" in result.stdout
    (tmp_path / "ids").mkdir()
    rows = [f"0MI00000000000{n},T{n},T{n}" for n in range(1, 5)]
    (tmp_path / "ids" / "Territory2.csv").write_text("\n".join(["Id,Name,DeveloperName", *rows]) + "\n")
    counted = told(export(tmp_path / "load", "--ids", tmp_path / "ids", "--dry-run", "--json"))
    assert counted["ids_found"] > 0
    filled = export(tmp_path / "load", "--ids", tmp_path / "ids", "-o", tmp_path / "load")
    assert filled.exit_code == 0, filled.output
    assert f"{counted['ids_found']:,} record ids filled in" in filled.stdout


def test_errors_are_told_and_nothing_is_written(output: Path, tmp_path: Path) -> None:
    empty = tmp_path / "crm.toml"
    empty.write_text("")
    dry = export(output, "-f", "varicent", "--settings", empty, "--dry-run")
    assert dry.exit_code == 1
    assert "effective_date" in dry.stderr
    wet = export(output, "-f", "varicent", "--settings", empty, "-o", tmp_path / "load")
    assert wet.exit_code == 2
    assert "effective_date" in wet.stderr
    assert not (tmp_path / "load").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    taken = export(output, "-f", "csv", "-o", tmp_path / "mine")
    assert taken.exit_code == 2
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
    assert export(output, "-f", "csv", "-o", tmp_path / "mine", "--overwrite").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["-o", "x"], "--format"),
        (["-f", "csv"], "--dry-run"),
        (["-f", "csv", "--dry-run"], "--dry-run is for salesforce"),
        (["-f", "csv", "-o", "x", "--against", "y"], "--against is for salesforce"),
        (["-f", "clari", "-o", "x", "--territory", "T1"], "--territory is for files"),
        (["-f", "clari", "-o", "x", "--against", "y", "--snapshot", "z"], "keep one"),
        (["-f", "clari", "-o", "x", "--ids", "y"], "leave --format out"),
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], why: str, output: Path) -> None:
    result = export(output, *arguments)
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.replace("│", " ").split())
