"""The commands through their front door: exit codes, messages, JSON, files."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import api.planning
from api.cli.app import app
from api.cli.exits import ExitCode, exit_code
from planner.solving import Observer, SolveReport, SolveResult, Status
from planner.stop import Stop, Termination

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "iowa"
COMMANDS = ("demo", "check", "solve", "seats", "compare", "serve", "audit", "version")
OUTPUTS = {"assignments.csv", "unplaced.csv", "territories.csv", "scorecard.json", "run.json", "map.html"}


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixteen accounts on a grid, each worth 10, half of them owned by N today."""
    rows = ["account_id,latitude,longitude,potential,territory_id"]
    for i in range(16):
        row, column = divmod(i, 4)
        rows.append(f"{i:03d},{42 + row / 10:.1f},{-93 + column / 10:.1f},10,{'N' if row > 1 else 'S'}")
    path = tmp_path / "in"
    path.mkdir()
    (path / "accounts.csv").write_text("\n".join(rows) + "\n")
    return path


SMALL = ("--territories", "2", "--balance", "potential=0.10", "--iterations", "2", "--seed", "7")


@pytest.fixture
def out(folder: Path, tmp_path: Path) -> Path:
    """The output of a small solve with quotas."""
    path = tmp_path / "out"
    result = planner("solve", folder, *SMALL, "--target", "1000000.01", "-o", path)
    assert result.exit_code == 0, result.output
    return path


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_explains_itself_with_an_example(self, command: str) -> None:
        result = planner(command, "--help")
        assert result.exit_code == 0
        assert f"planner {command}" in result.output.split("xample", 1)[1]

    def test_the_list_of_commands_and_exit_codes(self) -> None:
        output = planner("--help").output
        assert all(f"  {command} " in output for command in COMMANDS)
        assert all(f"{code.value} {code.meaning.split()[0]}" in " ".join(output.split()) for code in ExitCode)

    def test_help_loads_no_heavy_library(self) -> None:
        code = (
            "import sys; from api.cli.app import app\n"
            "heavy = {'numpy', 'pandas', 'geopandas', 'ortools', 'numba', 'fastapi'} & set(sys.modules)\n"
            "sys.exit(f'loaded: {heavy}' if heavy else 0)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def test_version(self) -> None:
        assert planner("version").output.startswith("territory-planner ")
        assert json.loads(planner("version", "--json").stdout)["version"]


class TestSolve:
    def test_the_output_is_written_and_told(self, out: Path) -> None:
        assert {path.name for path in out.iterdir()} >= OUTPUTS
        run = json.loads((out / "run.json").read_text())
        assert run["seed"] == 7

    def test_json_is_one_object_and_nothing_else(self, folder: Path, tmp_path: Path) -> None:
        result = planner("solve", folder, *SMALL, "--json", "-o", tmp_path / "out")
        told = json.loads(result.stdout)
        assert told["ok"]
        assert told["territories"] == 2
        assert told["after"]["worst_deviation"]["potential"] <= 0.1
        assert told["quotas"] is None

    def test_quiet_prints_nothing(self, folder: Path, tmp_path: Path) -> None:
        assert planner("solve", folder, *SMALL, "--quiet", "-o", tmp_path / "out").output == ""

    def test_the_table_sets_today_beside_the_plan(self, folder: Path, tmp_path: Path) -> None:
        output = planner("solve", folder, *SMALL, "--target", "500", "-o", tmp_path / "out").output
        assert "worst deviation of potential" in output
        assert "target USD 500.00" in output
        assert "map.html" in output

    def test_options_override_the_file(self, folder: Path, tmp_path: Path) -> None:
        (folder / "plan.toml").write_text(
            "territories = 3\nseed = 1\n[measures.potential]\nbelow = 0.5\nabove = 0.5\n"
        )
        planner("solve", folder, *SMALL, "-o", tmp_path / "out")
        run = json.loads((tmp_path / "out" / "run.json").read_text())
        assert run["scenario"]["territories"] == 2
        assert run["scenario"]["measures"]["potential"]["below"] == 0.1

    def test_rules_that_cannot_hold_give_the_best_plan_the_reason_and_their_own_code(
        self, folder: Path, tmp_path: Path
    ) -> None:
        accounts = folder / "accounts.csv"
        accounts.write_text(accounts.read_text() + "whale,42.0,-93.0,5000,N\n")
        result = planner("solve", folder, *SMALL, "--json", "-o", tmp_path / "out")
        told = json.loads(result.stdout)
        assert result.exit_code == ExitCode.CANNOT_HOLD
        assert told["status"] == "infeasible"
        assert "whale" in " ".join(told["reasons"])
        assert told["after"]["unassigned"] == 0
        assert set(OUTPUTS) <= {path.name for path in (tmp_path / "out").iterdir()}

    def test_ctrl_c_writes_the_best_so_far_and_says_so(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_plan = api.planning.make_plan

        def interrupted(path: Path, changes: Mapping[str, Any], stop: Stop, observer: Observer) -> Any:
            signal.raise_signal(signal.SIGINT)
            while stop.reason(0) is None:
                pass
            return make_plan(path, changes, stop, observer)

        monkeypatch.setattr(api.planning, "make_plan", interrupted)
        result = planner("solve", folder, *SMALL, "-o", tmp_path / "out")
        assert result.exit_code == ExitCode.CANCELLED, result.output
        assert "best plan so far is kept" in result.stderr
        assert {path.name for path in (tmp_path / "out").iterdir()} >= OUTPUTS

    def test_an_output_that_may_not_be_replaced_is_refused_before_any_work(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api.planning, "make_plan", lambda *_: pytest.fail("solved in vain"))
        (tmp_path / "letters").mkdir()
        (tmp_path / "letters" / "mine.txt").write_text("keep me")
        result = planner("solve", folder, *SMALL, "-o", tmp_path / "letters")
        assert result.exit_code == ExitCode.BAD_INPUT
        assert "letters" in result.stderr
        assert (tmp_path / "letters" / "mine.txt").read_text() == "keep me"

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--balance", "potential"), "NAME=BAND"),
            (("--balance", "potential=10"), "10%"),
            (("--balance", "a=0.1", "--balance", "a=0.2"), "more than once"),
            (("--target", "1,000"), "not an amount"),
            (("--territories", "0"), "territories"),
            (("--over-assignment", "-1"), "not a fraction"),
            (("--basic-unit", "street"), "street"),
            (("--nonsense",), "nonsense"),
        ],
    )
    def test_bad_usage_is_told(
        self, folder: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
    ) -> None:
        result = planner("solve", folder, "-o", tmp_path / "out", *arguments)
        assert result.exit_code == ExitCode.BAD_INPUT
        assert said in result.stderr
        assert not (tmp_path / "out").exists()

    def test_an_unknown_measure_is_told_with_those_there_are(self, folder: Path, tmp_path: Path) -> None:
        result = planner("solve", folder, "-n", "2", "--balance", "turnover=0.1", "-o", tmp_path / "out")
        assert result.exit_code == ExitCode.BAD_INPUT
        assert "turnover" in result.stderr
        assert "potential" in result.stderr

    @pytest.mark.parametrize("missing", ["nowhere", "in/accounts.csv"])
    def test_what_is_no_folder_is_told(self, folder: Path, tmp_path: Path, missing: str) -> None:
        result = planner("solve", tmp_path / missing, "-n", "2", "-o", tmp_path / "out")
        assert result.exit_code == ExitCode.BAD_INPUT
        assert folder.exists()
        assert missing.rsplit("/", 1)[-1] in result.stderr


class TestExitCodes:
    @pytest.mark.parametrize(
        ("status", "termination", "code"),
        [
            (Status.OPTIMAL, Termination.PROVED, ExitCode.OK),
            (Status.FEASIBLE, Termination.TIME_LIMIT, ExitCode.OK),
            (Status.INFEASIBLE, Termination.PROVED, ExitCode.CANNOT_HOLD),
            (Status.UNKNOWN, Termination.TIME_LIMIT, ExitCode.NOT_FOUND),
            (Status.FEASIBLE, Termination.CANCELLED, ExitCode.CANCELLED),
            (Status.UNKNOWN, Termination.CANCELLED, ExitCode.CANCELLED),
        ],
    )
    def test_they_follow_the_result(self, status: Status, termination: Termination, code: ExitCode) -> None:
        assert exit_code(SolveResult(None, status, termination, SolveReport("any"))) is code


class TestCheck:
    def test_a_good_folder(self, folder: Path) -> None:
        result = planner("check", folder, "--territories", "2", "--json")
        told = json.loads(result.stdout)
        assert result.exit_code == 0
        assert (told["accounts"], told["basic_units"], told["territories"]) == (16, 16, 2)

    def test_the_sample(self) -> None:
        result = planner("check", SAMPLE)
        assert result.exit_code == 0
        assert "30 territories" in result.stdout

    def test_a_bad_folder_lists_every_problem(self, folder: Path) -> None:
        accounts = folder / "accounts.csv"
        accounts.write_text(accounts.read_text() + "x,91,-93,10,N\ny,42,-93,many,N\n")
        result = planner("check", folder, "--territories", "2")
        assert result.exit_code == ExitCode.FAULTS
        assert "row 18, column latitude, value '91'" in result.stderr
        assert "row 19, column potential, value 'many'" in result.stderr
        told = json.loads(planner("check", folder, "--territories", "2", "--json").stdout)
        assert not told["ok"]
        assert {(problem["row"], problem["column"]) for problem in told["problems"]} >= {
            (18, "latitude"),
            (19, "potential"),
        }

    def test_rules_that_can_hold_are_told(self, folder: Path) -> None:
        told = json.loads(planner("check", folder, *SMALL[:4], "--time-limit", "60", "--json").stdout)
        assert told["ok"]
        assert told["rules"]["hold"] is True
        assert told["rules"]["relaxations"] == []
        assert "rules can hold together" in planner("check", folder, *SMALL[:4], "--time-limit", "60").stdout
        untold = json.loads(planner("check", folder, *SMALL[:4], "--time-limit", "0", "--json").stdout)
        assert untold["rules"] is None

    def test_rules_that_cannot_hold_are_told_with_what_would_help(self, folder: Path) -> None:
        (folder / "plan.toml").write_text("territories = 2\n[measures.accounts]\nmax = 5\n")
        result = planner("check", folder, "--time-limit", "60")
        assert result.exit_code == ExitCode.CANNOT_HOLD
        assert "may hold at most 10 of accounts, but there are 16" in result.stdout
        assert "1. raise the upper limit of accounts" in result.stdout
        told = json.loads(planner("check", folder, "--time-limit", "60", "--json").stdout)
        assert not told["ok"]
        assert told["rules"]["rules"][0]["kind"] == "limit"
        assert told["rules"]["relaxations"][0]["text"].endswith("from 5 to 8")

    def test_what_is_no_folder_is_told(self, tmp_path: Path) -> None:
        assert planner("check", tmp_path / "nowhere").exit_code == ExitCode.BAD_INPUT


class TestCompare:
    def test_before_and_after_of_one_plan(self, out: Path) -> None:
        result = planner("compare", out)
        assert result.exit_code == 0
        assert "before" in result.stdout

    def test_two_plans(self, folder: Path, out: Path, tmp_path: Path) -> None:
        planner(
            "solve",
            folder,
            "-n",
            "4",
            "--balance",
            "potential=0.1",
            "--iterations",
            "2",
            "-o",
            tmp_path / "four",
        )
        told = json.loads(planner("compare", out, tmp_path / "four", "--json").stdout)
        assert (told["a"], told["b"]) == ("out", "four")

    def test_what_is_no_output_is_told(self, folder: Path) -> None:
        result = planner("compare", folder)
        assert result.exit_code == ExitCode.BAD_INPUT
        assert "planner solve" in result.stderr


class TestAudit:
    def test_a_fresh_plan_holds(self, out: Path) -> None:
        result = planner("audit", out)
        assert result.exit_code == 0, result.output
        assert " 0 fault(s)" in result.stdout

    def test_a_changed_file_is_a_fault(self, out: Path) -> None:
        quotas = out / "quotas.csv"
        text = quotas.read_text()
        quotas.write_text(text.replace("1", "2", 1) if "1" in text else text + "\n")
        result = planner("audit", out, "--json")
        assert result.exit_code == ExitCode.FAULTS
        assert not json.loads(result.stdout)["held"]
