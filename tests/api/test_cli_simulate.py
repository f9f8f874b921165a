"""``planner simulate``, and what a solve writes of how fair its quotas are and what they rest on."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from api.cli.exits import ExitCode
from data.quota_model import read_quota_model
from planner.errors import InvalidInput


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write_folder(folder: Path, years: tuple[int, ...], target: bool = True) -> Path:
    """Write a plan folder of 48 accounts in four territories with yearly sales."""
    rng = np.random.default_rng(3)
    folder.mkdir(parents=True)
    accounts, history = ["account_id,latitude,longitude,potential,territory_id"], ["account_id,period,amount"]
    level = rng.lognormal(10, 0.5, 48)
    for i in range(48):
        row, column = divmod(i, 8)
        owner = f"T{1 + (column > 3) + 2 * (row > 2)}"
        accounts.append(f"{i:03d},{42 + row / 10:.1f},{-93 + column / 10:.1f},{level[i]:.2f},{owner}")
    for year in years:
        level = level * rng.lognormal(0.03, 0.1, 48) * rng.lognormal(0, 0.03)
        history += [f"{i:03d},{year},{level[i]:.2f}" for i in range(48)]
    (folder / "accounts.csv").write_text("\n".join(accounts) + "\n")
    (folder / "history.csv").write_text("\n".join(history) + "\n")
    quota = '[quota]\ntarget = "1400000.00"\nover_assignment = 0.05\n' if target else ""
    (folder / "plan.toml").write_text(
        f'name = "Four <b>"\n[measures.potential]\nbelow = 0.9\nabove = 0.9\n{quota}'
    )
    return folder


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a plan with quotas from six years."""
    here = tmp_path_factory.mktemp("simulate")
    folder = write_folder(here / "in", tuple(range(2020, 2026)))
    result = planner("solve", folder, "--iterations", "3", "-o", here / "out")
    assert result.exit_code == 0, result.output
    return here / "out"


@pytest.fixture
def out(solved: Path, tmp_path: Path) -> Path:
    """A copy to write into, as far from its inputs."""
    shutil.copytree(solved.parent, tmp_path / "copy")
    return tmp_path / "copy" / "out"


def test_people_see_probabilities_and_both_readings(out: Path) -> None:
    result = planner("simulate", out, "--draws", "2000")
    assert result.exit_code == 0, result.output
    assert "Plan: sales reach the target" in result.stdout
    assert "(a) Sales as they come" in result.stdout
    assert "(b) Attainment as it comes" in result.stdout
    assert "Intervals that were to hold 80 %" in result.stdout


def test_json_is_what_is_written_and_the_same_for_the_same_seed(out: Path) -> None:
    arguments = ("simulate", out, "--draws", "2000", "--seed", "5", "--probability", "90%", "--json")
    told = json.loads(planner(*arguments).stdout)
    written = json.loads((out / "simulation.json").read_text("utf-8"))
    assert {**written, "ok": True, "out": str(out)} == told
    assert json.loads(planner(*arguments).stdout) == told
    assert told["asked"]["probability"] == 0.9
    assert told["target_cents"] == 140_000_000
    assert told["street_cents"] == 147_000_000
    assert told["asked"]["target_as_sold_cents"] < told["sales_cents"]["p50"]
    assert told["asked"]["over_assignment_as_attained"] > 0
    chances = [row["chance"] for row in told["territories"]]
    assert told["sellers_at_quota"]["mean"] == pytest.approx(np.mean(chances))
    assert told["calibration"]["years"] == [2022, 2023, 2024, 2025]


def test_chances_of_the_fairness_report_are_those_of_the_simulation(out: Path) -> None:
    fair = json.loads((out / "fairness.json").read_text("utf-8"))
    told = json.loads(planner("simulate", out, "--draws", "20000", "--json").stdout)
    for stated, drawn in zip(fair["territories"], told["territories"], strict=True):
        assert stated["territory_id"] == drawn["territory_id"]
        assert stated["quota_cents"] == drawn["quota_cents"]
        assert stated["chance"] == pytest.approx(drawn["chance"], abs=0.015)
    flags = {flag["name"]: flag for flag in fair["flags"]}
    assert flags["share_at_quota"]["value"] == pytest.approx(told["sellers_at_quota"]["mean"], abs=0.01)
    assert flags["over_assignment"]["value"] == pytest.approx(0.05)


@pytest.mark.parametrize("name", ["fairness.html", "simulation.html"])
def test_pages_are_one_file_without_scripts(out: Path, name: str) -> None:
    planner("simulate", out, "--draws", "500")
    page = (out / name).read_text("utf-8")
    assert not re.search(r"<script|(src|href)=|url\(|@import", page)
    assert "Four &lt;b&gt;" in page
    assert page.count("<svg") >= 4


def test_what_is_added_is_no_part_of_the_run_and_goes_with_it(out: Path) -> None:
    planner("simulate", out, "--draws", "500")
    audited = planner("audit", out)
    assert audited.exit_code == 0, audited.output
    again = planner("solve", out.parent / "in", "--iterations", "2", "-o", out)
    assert again.exit_code == 0, again.output
    assert not (out / "simulation.json").exists()


def test_a_changed_fairness_report_is_found(out: Path) -> None:
    path = out / "fairness.json"
    path.write_text(path.read_text("utf-8").replace('"actual"', '"act"').replace("0.", "1.", 1))
    assert planner("audit", out).exit_code == ExitCode.FAULTS


def test_a_history_that_is_too_short_says_so(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", (2025,))
    assert planner("solve", folder, "--iterations", "2", "-o", tmp_path / "out").exit_code == 0
    result = planner("simulate", tmp_path / "out")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "two full past years" in result.stderr
    fair = json.loads((tmp_path / "out" / "fairness.json").read_text("utf-8"))
    flags = {flag["name"]: flag["verdict"] for flag in fair["flags"]}
    assert flags["equal_chance"] == "unknown"


def test_quotas_of_a_year_that_is_over_are_judged_by_what_was_sold(solved: Path, tmp_path: Path) -> None:
    shutil.copytree(solved.parent / "in", tmp_path / "in")
    plan = tmp_path / "in" / "plan.toml"
    plan.write_text(plan.read_text("utf-8") + "year = 2025\n", "utf-8")
    assert planner("solve", tmp_path / "in", "--iterations", "2", "-o", tmp_path / "out").exit_code == 0
    fair = json.loads((tmp_path / "out" / "fairness.json").read_text("utf-8"))
    assert fair["basis"] == "actual"
    rows = (tmp_path / "in" / "history.csv").read_text("utf-8").splitlines()[1:]
    sold = sum(round(100 * float(row.split(",")[2])) for row in rows if row.split(",")[1] == "2025")
    assert sum(row["sales_cents"] for row in fair["territories"]) == pytest.approx(sold)
    assert all(row["last_year_cents"] != row["sales_cents"] for row in fair["territories"])


def test_an_output_without_quotas_is_told(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", (2024, 2025), target=False)
    assert planner("solve", folder, "--iterations", "2", "-o", tmp_path / "out").exit_code == 0
    assert not (tmp_path / "out" / "fairness.json").exists()
    assert planner("audit", tmp_path / "out").exit_code == 0
    result = planner("simulate", tmp_path / "out")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "no quota_model.json" in result.stderr


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:100],
        lambda text: text.replace('"shock":', '"shick":'),
        lambda text: text.replace('"territories":[{', '"territories":[{"x":1},{'),
        lambda _: "[]",
        lambda text: re.sub(r'"target_cents":\d+', '"target_cents":1e999', text),
        lambda text: re.sub(r'"covered":[\d.]+', '"covered":"most"', text, count=1),
        lambda text: re.sub(r'"years":\[[\d,]+\]', '"years":[]', text),
    ],
)
def test_a_damaged_model_is_told(out: Path, damage) -> None:
    path = out / "quota_model.json"
    whole = path.read_text("utf-8")
    path.write_text(damage(whole))
    assert path.read_text("utf-8") != whole
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_quota_model(out)


@pytest.mark.parametrize("record", ["", "[1]", "{"])
def test_a_damaged_run_record_leaves_nothing_written(out: Path, record: str) -> None:
    (out / "run.json").write_text(record)
    result = planner("simulate", out, "--draws", "500")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "not a whole output" in result.stderr
    assert not list(out.glob("*simulation*"))


@pytest.mark.parametrize("probability", ["0", "1.5", "most"])
def test_what_is_no_probability_is_refused(out: Path, probability: str) -> None:
    assert planner("simulate", out, "--probability", probability).exit_code == ExitCode.BAD_INPUT


def test_help_has_an_example() -> None:
    assert "planner simulate out" in planner("simulate", "--help").output
