"""``planner quota``: quotas of a finished plan set again, as a what-if or written; the alignment stays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.app import app
from data.audit import audit
from data.export import write_plan
from tests.data.full_quotas import full_plan, write_full_folder

TEXT = {"dtype": str, "keep_default_na": False}


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a plan with everything that quotas know."""
    place = tmp_path_factory.mktemp("made")
    write_plan(place / "out", *full_plan(write_full_folder(place / "plan")))
    return place


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out"


def outcome(*arguments: str | Path) -> dict:
    result = planner("quota", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_without_changes_quotas_stay_as_they_are(out: Path) -> None:
    before = files(out)
    told = outcome(out)
    assert told["changes"] == []
    assert told["quotas"]["ties_out"] is True
    assert told["out"] is None
    assert files(out) == before


def test_a_what_if_tells_and_writes_nothing(out: Path) -> None:
    before = files(out)
    told = outcome(out, "--over-assignment", "10%")
    # That of T1 was decided by hand.
    assert {change["territory_id"] for change in told["changes"]} == {"T2", "T3", "=T4", "T5", "T6"}
    assert told["quotas"]["bridge"][1]["over_assignment"] == pytest.approx(0.1)
    assert files(out) == before
    shown = planner("quota", out, "--over-assignment", "10%").stdout
    assert "Nothing was written" in shown
    assert "all hold to the cent" in shown


def test_new_quotas_are_written_beside_and_audit(out: Path, tmp_path: Path) -> None:
    target = "4000000.01"
    told = outcome(
        out, "--target", target, "--rounding", "100", "--method", "last_year_plus", "-o", tmp_path / "new"
    )
    assert told["quotas"]["target_cents"] == 400_000_001
    assert told["quotas"]["method"] == "last_year_plus"
    old, new = (pd.read_csv(folder / "assignments.csv", **TEXT) for folder in (out, tmp_path / "new"))
    assert old.equals(new)
    assert audit(tmp_path / "new").faults == []


def test_amounts_decided_here_stay_until_they_are_forgotten(out: Path) -> None:
    decide = ("--override", "T2=555555.55", "--reason", "Lost account", "--author", "Hall")
    first = outcome(out, *decide, "-o", out)
    assert "T2" in {change["territory_id"] for change in first["changes"]}
    rows = pd.read_csv(out / "overrides.csv", **TEXT).set_index("territory_id")
    assert rows.loc["T2", ["amount", "reason", "author"]].tolist() == ["555555.55", "Lost account", "Hall"]
    assert audit(out).faults == []
    kept = outcome(out, "--over-assignment", "0.05", "-o", out)
    assert kept["quotas"]["ties_out"] is True
    assert "T2" in set(pd.read_csv(out / "overrides.csv", **TEXT)["territory_id"])
    assert audit(out).faults == []
    outcome(out, "--forget-overrides", "-o", out)
    assert "T2" not in set(pd.read_csv(out / "overrides.csv", **TEXT)["territory_id"])
    assert audit(out).faults == []


def test_changed_inputs_are_told_and_count(out: Path) -> None:
    targets = out.parent / "plan" / "targets.csv"
    targets.write_text(targets.read_text("utf-8").replace("2000000.07", "2100000.07"), "utf-8")
    told = outcome(out, "-o", out)
    assert told["inputs_changed"] == ["targets.csv has changed"]
    assert told["quotas"]["target_cents"] == 360_000_014
    assert audit(out).faults == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--override", "T9=5"), "no territory, seat or node"),
        (("--override", "T2=5.001"), "more decimals than USD has"),
        (("--override", "T2"), "ID=AMOUNT"),
        (("--target", "5.001"), "more decimals than USD has"),
        (("--method", "last_yaer_plus"), "the nearest is last_year_plus"),
        (("--method", "auto", "--method", "even"), "auto alone"),
        (("--method", "even=0"), "above 0"),
        (("--max-decrease", "20"), "at most 1; write 20 percent as a fraction"),
        (("--max-increase", "300"), "at most 100"),
        (("--over-assignment", "5"), "at most 1"),
        (("--inputs", "nowhere"), "no plan folder"),
    ],
)
def test_what_cannot_be_is_told(out: Path, arguments: tuple[str, ...], told: str) -> None:
    before = files(out)
    result = planner("quota", out, *arguments, "-o", out)
    assert result.exit_code == 2
    assert told in " ".join((result.output + (result.stderr or "")).split())
    assert files(out) == before


def test_a_folder_that_is_no_output_is_told(tmp_path: Path) -> None:
    assert planner("quota", tmp_path).exit_code == 2


@pytest.mark.parametrize("command", ["quota", "pay", "simulate", "attainment"])
@pytest.mark.parametrize("text", ["", "territory_id\nT1\n", "[1]", "\ufeff\x00", "T"])
def test_a_damaged_table_of_quotas_is_told(out: Path, tmp_path: Path, command: str, text: str) -> None:
    (out / "quotas.csv").write_text(text, "utf-8")
    (tmp_path / "sold.csv").write_text("account_id,period,component,amount\nA1,2026-Q1,Service,5\n", "utf-8")
    result = planner(command, out, *([tmp_path / "sold.csv"] if command == "attainment" else []), "--json")
    assert result.exit_code == 2, result.output
    assert [problem["file"] for problem in json.loads(result.stdout)["problems"]] == ["quotas.csv"]
