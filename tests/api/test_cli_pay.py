"""``planner pay``: what quotas cost, with the pay plans as they are now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app

PLAN = """
[quota]
target = 1000000
[measures]
sales = 0.5
[pay_plans.hunter]
on_target_earnings = 120000
variable = "50%"
tiers = [{ above = 1.0, rate = 2 }]
"""


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixteen accounts with monthly sales of four years, two seats, one pay plan."""
    path = tmp_path / "in"
    path.mkdir()
    accounts, history = ["account_id,latitude,longitude,sales"], ["account_id,period,amount"]
    for i in range(16):
        row, column = divmod(i, 4)
        accounts.append(f"{i:03d},{42 + row / 10:.1f},{-93 + column / 10:.1f},{60 + i}")
        history += [
            f"{i:03d},{year}-{month:02d},{(60 + i) * 80 + (i * 7 + year * 3 + month * 5) % 90}.05"
            for year in range(2018, 2022)
            for month in range(1, 13)
        ]
    (path / "accounts.csv").write_text("\n".join(accounts) + "\n")
    (path / "history.csv").write_text("\n".join(history) + "\n")
    (path / "seats.csv").write_text("seat_id,territory_id,start_date\nS1,T1,\nS2,T2,2022-07-01\n")
    (path / "plan.toml").write_text(PLAN)
    return path


@pytest.fixture
def out(folder: Path, tmp_path: Path) -> Path:
    """The output of a small solve."""
    path = tmp_path / "out"
    result = planner("solve", folder, "--iterations", "2", "-o", path)
    assert result.exit_code in (0, 3), result.output
    return path


def test_the_cost_of_a_plan_is_that_of_its_files_until_pay_plans_change(folder: Path, out: Path) -> None:
    record = json.loads((out / "compensation.json").read_text("utf-8"))
    told = json.loads(planner("pay", out, "--json").stdout)
    assert told["ok"] is True
    assert {name: told[name] for name in record} == record
    # S2 is filled from July on: 184 days of a year counted by months, six of them.
    assert [seat["on_target_earnings_cents"] for seat in told["seats"]] == [12_000_000, 6_000_000]
    levels = told["levels"]
    assert list(levels) == ["plan", "expected", "mean", "p50", "p90"]
    assert levels["plan"]["cost_cents"] == 18_000_000
    assert levels["p50"]["cost_cents"] <= levels["p90"]["cost_cents"]
    (folder / "plan.toml").write_text(PLAN.replace('"50%"', '"50%"\ncap = 1'))
    capped = json.loads(planner("pay", out, "--json", "--draws", "500").stdout)
    assert capped["draws"] == 500
    assert capped["changed"] == ["plan.toml has changed"]
    assert capped["levels"]["p90"]["cost_cents"] <= levels["plan"]["cost_cents"]
    assert json.loads((out / "compensation.json").read_text("utf-8")) == record


def test_people_get_a_table_and_what_was_assumed(out: Path) -> None:
    result = planner("pay", out)
    assert result.exit_code == 0
    for words in ("at plan", "P90", "180,000.00", "seats outside 4 to 6"):
        assert words in result.stdout


def test_without_pay_plans_or_quotas_it_says_what_to_do(folder: Path, out: Path, tmp_path: Path) -> None:
    (folder / "plan.toml").write_text(PLAN.partition("[pay_plans")[0])
    result = planner("pay", out)
    assert result.exit_code == 2
    assert "[pay_plans.NAME]" in result.output
    assert planner("pay", tmp_path / "nowhere").exit_code == 2


def test_faults_of_pay_plans_are_told(folder: Path, out: Path) -> None:
    (folder / "plan.toml").write_text(PLAN.replace("rate = 2", "rate = -2"))
    result = planner("pay", out, "--json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert "pay_plans.hunter.tiers.0.rate" in {problem["column"] for problem in told["problems"]}


def test_earnings_in_another_currency_count_at_its_rate(folder: Path, tmp_path: Path) -> None:
    (folder / "seats.csv").write_text("seat_id,ote,currency\nS1,100000.01,EUR\nS2,90000,USD\n")
    out = tmp_path / "out"
    solving = ("solve", folder, "--iterations", "2", "-o", out)
    lacking = planner(*solving)
    assert lacking.exit_code == 2
    assert "no rate leads" in lacking.output
    (folder / "rates.csv").write_text("currency,rate\nEUR,1.085\n")
    assert planner(*solving).exit_code in (0, 3)
    seats = json.loads((out / "compensation.json").read_text("utf-8"))["seats"]
    assert [seat["on_target_earnings_cents"] for seat in seats] == [10_850_001, 9_000_000]
