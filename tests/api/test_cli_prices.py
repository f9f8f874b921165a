"""``planner prices``: what every rule of a finished plan costs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from api.cli.exits import ExitCode


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The output of a plan with a lock in the wrong place."""
    rows = ["account_id,latitude,longitude,potential,territory_id,locked"]
    for i in range(36):
        row, column = divmod(i, 6)
        owner = "E" if (column > 2) != (i == 0) else "W"
        locked = "yes" if i in (0, 7, 10) else "no"
        rows.append(f"{i:03d},{42 + row / 10:.1f},{-93 + column / 10:.1f},10,{owner},{locked}")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "accounts.csv").write_text("\n".join(rows) + "\n")
    result = planner(
        "solve", tmp_path / "in", "-b", "potential=0.2", "--iterations", "6", "-o", tmp_path / "out"
    )
    assert result.exit_code == 0, result.output
    return tmp_path / "out"


def test_the_lock_in_the_wrong_place_is_dear(out: Path) -> None:
    result = planner("prices", out, "--iterations", "6", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["feasible"]
    by_name = {row["name"]: row for row in told["prices"]}
    lock = by_name["locks to E"]
    assert lock["objective"] > 0
    assert lock["travel"] < 0
    assert lock["method"] == "re-solve"
    assert "at least" in lock["certainty"]
    assert all(row["objective"] is None or row["objective"] >= 0 for row in told["prices"])


def test_people_see_a_table(out: Path) -> None:
    output = planner("prices", out, "--iterations", "6").stdout
    assert "What rules cost" in output
    assert "re-solve" in output
    assert "cost nothing" in output


def test_what_is_no_output_is_told(out: Path) -> None:
    shutil.rmtree(out.parent / "in")
    result = planner("prices", out)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "--inputs" in result.stderr


def test_help_has_an_example() -> None:
    assert "planner prices out" in planner("prices", "--help").output
