"""``planner explain`` and its route: what is told of an account is what two full evaluations differ by."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from api.cli.exits import ExitCode
from data.reopen import reopen
from planner.scorecard import scorecard


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def made(grid_samples: Path, grid_output: Path, tmp_path: Path) -> Path:
    """A plan folder, ``in``, and the output of a plan made from it, ``out``, beside each other."""
    shutil.copytree(grid_samples / "grid", tmp_path / "in")
    shutil.copytree(grid_output, tmp_path / "out")
    return tmp_path


def test_an_output_is_opened_as_it_was_made(grid_samples: Path, grid_output: Path) -> None:
    opened = reopen(grid_output, grid_samples / "grid")
    card = scorecard(opened.assembled.problem, opened.territory, opened.assembled.accounts)
    assert opened.changed == ()
    assert card.objective == opened.run["objective"]


def test_what_is_told_in_json_is_a_full_evaluation(made: Path) -> None:
    result = planner("explain", made / "out", "--account", "00007", "--inputs", made / "in", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    opened = reopen(made / "out", made / "in")
    problem, accounts = opened.assembled.problem, opened.assembled.accounts
    assert accounts is not None
    ids = problem.territories.territory_id.tolist()
    before = scorecard(problem, opened.territory, accounts)
    assert told["objective"] == before.objective
    assert told["territory_id"] == ids[opened.territory[accounts.unit[7]]]
    assert told["other_homes"] == len(told["homes"]) == 3
    for home in told["homes"]:
        after = opened.territory.copy()
        after[accounts.unit[7]] = ids.index(home["territory_id"])
        full = scorecard(problem, after, accounts)
        assert home["objective_change"] == full.objective - before.objective
        here, there = ids.index(told["territory_id"]), ids.index(home["territory_id"])
        for m, effect in enumerate(home["measures"]):
            assert effect["here"]["value_after"] == full.loads[here, m]
            assert effect["there"]["value_after"] == full.loads[there, m]
            assert effect["moved_share_after"] == full.moved_share[m]


def test_people_are_told_in_words(made: Path) -> None:
    output = planner("explain", made / "out", "-a", "00007", "-i", made / "in", "--homes", "2").output
    assert "Account 00007 is in territory T" in output
    assert "km from its home" in output
    assert "Next best homes" in output
    assert output.count(" / ") >= 2


def test_a_basic_unit_is_explained_as_well(made: Path) -> None:
    told = json.loads(planner("explain", made / "out", "--unit", "U02", "-i", made / "in", "--json").stdout)
    assert told["unit_id"] == "U02"
    assert told["account_id"] is None


def test_inputs_that_changed_are_told(made: Path) -> None:
    rows = (made / "in" / "accounts.csv").read_text("utf-8")
    (made / "in" / "accounts.csv").write_text(rows.replace("Store 9", "Shop 9"), "utf-8")
    (made / "in" / "rules.csv").write_text("kind,account_id,territory_id\nlock,00007,T1\n", "utf-8")
    result = planner("explain", made / "out", "-a", "00007", "-i", made / "in", "--json")
    assert json.loads(result.stdout)["inputs_changed"] == ["accounts.csv has changed", "rules.csv is new"]
    said = planner("explain", made / "out", "-a", "00007", "-i", made / "in").stderr
    assert "Since the plan was made, accounts.csv has changed" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--account"),
        (("-a", "00007", "-u", "U05"), "--account"),
        (("-a", "nobody"), "no account 'nobody'"),
        (("-u", "nowhere"), "no basic unit 'nowhere'"),
        (("-u", "U05"), "split into the basic units 00009, 00028"),
        (("-a", "00007", "-i", "elsewhere"), "no plan folder"),
    ],
)
def test_bad_usage_is_told(made: Path, arguments: tuple[str, ...], said: str) -> None:
    given = arguments if "-i" in arguments else (*arguments, "-i", made / "in")
    result = planner("explain", made / "out", *given)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert said in " ".join(result.stderr.split())


def test_what_is_no_output_is_told(made: Path) -> None:
    result = planner("explain", made / "in", "-a", "00007")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "planner solve" in result.stderr


def test_inputs_that_no_longer_fit_are_told(made: Path) -> None:
    rows = (made / "out" / "assignments.csv").read_text("utf-8").splitlines()
    kept = [row for row in rows if not row.startswith(",U05")]
    (made / "out" / "assignments.csv").write_text("\n".join(kept) + "\n", "utf-8")
    accounts = (made / "in" / "accounts.csv").read_text("utf-8").splitlines()
    (made / "in" / "accounts.csv").write_text("\n".join(accounts[:2]) + "\n", "utf-8")
    result = planner("explain", made / "out", "-u", "U01", "-i", made / "in")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "does not fit its inputs" in result.stderr
    assert "accounts.csv has changed" in result.stderr


def test_the_service_explains_accounts_and_units(service: Any, plan_id: str) -> None:
    def ask(**query: Any) -> Any:
        return service.http.get(f"/api/plans/{plan_id}/explanation", params=query)

    told = ask(account_id="00007", homes=2).json()
    assert told["account_id"] == "00007"
    assert len(told["homes"]) == 2
    assert told["homes"][0]["measures"][0]["name"] == "sales"
    assert ask(unit_id="U02").json()["unit_id"] == "U02"
    assert ask(account_id="nobody").status_code == 404
    assert ask(unit_id="nowhere").status_code == 404
    assert ask().status_code == 422
    assert ask(account_id="00007", unit_id="U05").status_code == 422


def test_help_has_an_example() -> None:
    output = planner("explain", "--help").output
    assert "planner explain out --account" in output
