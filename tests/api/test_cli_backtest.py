"""``planner backtest``: every method on every past year, told, and written as table, JSON and page."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app

N = 60
YEARS = range(2017, 2022)


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write_folder(path: Path, *, months: bool = True, owners: bool = True) -> Path:
    """Write 60 accounts on a grid, the last without a place, that grow unevenly over five years."""
    rng = np.random.default_rng(3)
    path.mkdir()
    rows = ["account_id,latitude,longitude,potential,territory_id"]
    level = rng.lognormal(10, 0.6, N)
    for i in range(N):
        place = "," if i == N - 1 else f"{41 + (i // 8) / 10:.2f},{-93 + (i % 8) / 10:.2f}"
        rows.append(f"{i:03d},{place},{level[i]:.0f},{f'T{1 + i % 4}' if owners else ''}")
    (path / "accounts.csv").write_text("\n".join(rows) + "\n")
    sold = ["account_id,period,amount"]
    for year in YEARS:
        level *= np.exp(rng.normal(0.03, 0.1, N))
        for month in range(1, 13) if months else (1,):
            period = f"{year}-{month:02d}" if months else str(year)
            part = level / 12 if months else level
            noise = np.exp(rng.normal(0, 0.05, N))
            sold += [f"{i:03d},{period},{part[i] * noise[i]:.2f}" for i in range(N)]
    (path / "history.csv").write_text("\n".join(sold) + "\n")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("back") / "in")


@pytest.fixture(scope="module")
def tested(folder: Path) -> tuple[Path, Result]:
    out = folder.parent / "tested"
    return out, planner("backtest", folder, "--territories", "6", "--years", "2019-2021", "-o", out, "--json")


def test_every_method_and_year_is_written(tested: tuple[Path, Result]) -> None:
    out, result = tested
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["ok"]
    assert told["years"] == [2019, 2020, 2021]
    assert told["territories"] == 6
    with (out / "backtest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seen = {(row["method"], row["year"]) for row in rows}
    for method in ("even", "last_year_plus", "shrinkage", "picked"):
        assert {(method, year) for year in ("2019", "2020", "2021", "all")} <= seen
    for row in rows:
        assert float(row["spread_low"]) <= float(row["spread"]) <= float(row["spread_high"]) * 1.05
        assert 0 <= float(row["at_or_above"]) <= 1
        for name in ("wape", "wape_fair", "size_correlation", "within_10", "within_20"):
            assert np.isfinite(float(row[name]))
    assert json.loads((out / "backtest.json").read_text())["rows"] == told["rows"]


def test_the_best_has_the_least_spread_of_those_that_saw_nothing_of_today(
    tested: tuple[Path, Result],
) -> None:
    told = json.loads(tested[1].stdout)
    pooled = {row["method"]: row for row in told["rows"] if row["year"] == "all"}
    fair = {name: row["spread"] for name, row in pooled.items() if not row["hindsight"] and name != "picked"}
    assert told["best"] == min(fair, key=lambda name: fair[name])
    assert pooled["potential_share"]["hindsight"]
    assert {"bottom_up", "capacity", "weighted_index"} <= {skip["method"] for skip in told["skipped"]}


def test_the_account_without_a_place_follows_those_it_is_with_today(tested: tuple[Path, Result]) -> None:
    assert json.loads(tested[1].stdout)["left_out_share"] == 0


def test_the_page_is_one_file_that_says_what_was_picked(tested: tuple[Path, Result]) -> None:
    page = (tested[0] / "backtest.html").read_text("utf-8")
    best = json.loads(tested[1].stdout)["best"]
    assert f"Attainment against size with {best}" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def test_same_seed_same_files(folder: Path, tested: tuple[Path, Result], tmp_path: Path) -> None:
    again = planner(
        "backtest", folder, "-n", "6", "--years", "2019-2021", "-o", tmp_path / "again", "--quiet"
    )
    assert again.exit_code == 0
    assert again.stdout == ""
    for name in ("backtest.csv", "backtest.json", "backtest.html"):
        assert (tmp_path / "again" / name).read_bytes() == (tested[0] / name).read_bytes()


def test_without_a_number_territories_in_force_are_tested_and_told(folder: Path, tmp_path: Path) -> None:
    result = planner("backtest", folder, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "4 territories in force today" in result.stdout
    assert "Best: " in result.stdout
    assert "Not compared: capacity" in result.stdout
    assert "Stated intervals" in result.stdout


def test_the_territories_of_a_solve_are_tested(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    solved = planner("solve", folder, "-n", "3", "--iterations", "5", "-o", out, "--quiet")
    assert solved.exit_code == 0, solved.output
    result = planner("backtest", out, "-o", tmp_path / "tested", "--json")
    told = json.loads(result.stdout)
    assert told["territories"] == 3
    assert told["made"] == "3 territories of the plan in plan."


def test_a_history_by_year_is_enough(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", months=False)
    result = planner("backtest", folder, "-n", "5", "-o", tmp_path / "out", "--json")
    assert json.loads(result.stdout)["years"] == [2018, 2019, 2020, 2021]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--years", "soon"), 2, "names no years"),
        (("--years", "2017"), 2, "None of the years asked for can be tested"),
        (("--territories", "61"), 2, "cannot be made of 59"),
    ],
)
def test_what_cannot_be_tested_is_told(
    folder: Path, tmp_path: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    result = planner("backtest", folder, *options, "-o", tmp_path / "out")
    assert result.exit_code == code
    assert words in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_no_history_and_no_territories_are_told(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", owners=False)
    nobody = planner("backtest", folder, "-n", "4", "-o", tmp_path / "out", "--quiet")
    assert nobody.exit_code == 0
    (folder / "history.csv").unlink()
    result = planner("backtest", folder, "-n", "4", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "no sales history" in result.stderr


def test_files_of_others_are_not_replaced(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    assert planner("backtest", folder, "-n", "4", "-o", tmp_path).exit_code == 2
    assert (tmp_path / "mine.txt").read_text() == "keep me"
